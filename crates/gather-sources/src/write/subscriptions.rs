//! OPML 2.0: a list of feeds for another reader.
//!
//! Source: OPML 2.0, section "Subscription lists".

use super::xml::Xml;
use crate::opml::OpmlFeed;

/// An OPML 2.0 list of these feeds, in their order; one document, ending with a line break. Feeds that follow each
/// other in the same folders share them.
#[must_use]
pub fn opml(title: &str, feeds: &[OpmlFeed]) -> String {
    let mut xml = Xml::new();
    xml.open("opml", &[("version", "2.0")]);
    xml.open("head", &[]);
    xml.text("title", &[], title);
    xml.close("head");
    xml.open("body", &[]);
    let mut open: &[String] = &[];
    for feed in feeds {
        let shared = open
            .iter()
            .zip(&feed.folders)
            .take_while(|(one, other)| one == other)
            .count();
        for _ in shared..open.len() {
            xml.close("outline");
        }
        for folder in &feed.folders[shared..] {
            xml.open("outline", &[("text", folder)]);
        }
        open = &feed.folders;
        let name = feed.title.as_deref().unwrap_or(feed.url.as_str());
        let mut attributes = vec![
            ("type", "rss"),
            ("text", name),
            ("title", name),
            ("xmlUrl", feed.url.as_str()),
        ];
        attributes.extend(feed.home.as_ref().map(|home| ("htmlUrl", home.as_str())));
        xml.empty("outline", &attributes);
    }
    for _ in open {
        xml.close("outline");
    }
    xml.close("body");
    xml.close("opml");
    xml.end()
}
