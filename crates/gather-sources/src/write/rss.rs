//! RSS 2.0.
//!
//! Titles and descriptions are HTML to most readers, so plain text is escaped for HTML before it is escaped for XML.
//!
//! Source: RSS 2.0 (rssboard.org), RSS Best Practices Profile (character data, `dc:creator` for authors without an
//! e-mail address).

use jiff::fmt::rfc2822::DateTimePrinter;

use super::{Channel, Item, xml::Xml};

/// An RSS 2.0 feed of these items, in their order; one document, ending with a line break.
#[must_use]
pub fn rss(channel: &Channel, items: &[Item]) -> String {
    let mut xml = Xml::new();
    xml.open(
        "rss",
        &[
            ("version", "2.0"),
            ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
            ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
        ],
    );
    xml.open("channel", &[]);
    xml.text("title", &[], &html(&channel.title));
    // The element must be there; this address leads nowhere, and invents nothing.
    let home = channel.home.as_deref().unwrap_or("about:blank");
    xml.text("link", &[], home);
    xml.text("description", &[], &html(&channel.description));
    xml.text("generator", &[], "gather");
    for item in items {
        write(&mut xml, item);
    }
    xml.close("channel");
    xml.close("rss");
    xml.end()
}

fn write(xml: &mut Xml, item: &Item) {
    xml.open("item", &[]);
    if let Some(title) = &item.title {
        xml.text("title", &[], &html(title));
    }
    if let Some(url) = &item.url {
        xml.text("link", &[], url);
    }
    // An item must have a title or a description.
    match (&item.summary, &item.title) {
        (Some(summary), _) => xml.text("description", &[], &html(summary)),
        (None, None) => xml.text("description", &[], &html(&item.id)),
        (None, Some(_)) => {}
    }
    if let Some(content) = &item.content {
        xml.text("content:encoded", &[], content);
    }
    for author in &item.authors {
        xml.text("dc:creator", &[], author);
    }
    for tag in &item.tags {
        xml.text("category", &[], tag);
    }
    let is_link = item.url.as_ref() == Some(&item.id);
    let is_link = if is_link { "true" } else { "false" };
    xml.text("guid", &[("isPermaLink", is_link)], &item.id);
    if let Some(at) = item.published_at {
        // A date before the year 0 has no such form.
        if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&at) {
            xml.text("pubDate", &[], &date);
        }
    }
    xml.close("item");
}

/// Plain text as HTML.
fn html(text: &str) -> String {
    quick_xml::escape::minimal_escape(text).into_owned()
}
