//! The beginning of a text from outside: its first element, the title of a feed.
//!
//! Not here: its encoding and what a feed holds (`feed`), what a page links to (`page`).

use quick_xml::{XmlVersion, events::Event};

use crate::feed;

/// How far a title is looked for, in elements.
const TITLE_WITHIN: usize = 200;
const MAX_TITLE: usize = 200;

/// The first element of an XML text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) namespaces: Vec<String>,
}

/// The first element, when the text is XML that far.
pub(crate) fn root(text: &str) -> Option<Root> {
    let mut reader = quick_xml::Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => {
                let mut root = Root {
                    name: element.local_name().as_ref().to_owned(),
                    version: None,
                    namespaces: Vec::new(),
                };
                for attribute in element.attributes().with_checks(false).flatten() {
                    let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) else {
                        continue;
                    };
                    match attribute.key.as_ref() {
                        "version" => root.version = Some(value.trim().to_owned()),
                        name if name == "xmlns" || name.starts_with("xmlns:") => {
                            root.namespaces.push(value.trim().to_owned());
                        }
                        _ => {}
                    }
                }
                return Some(root);
            }
            Event::Text(text) if !text.trim().is_empty() => return None,
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// What kind of feed begins with this element; `None` for what is no feed.
pub(crate) fn feed_format(root: &Root) -> Option<String> {
    let is_of_atom = |name: &String| name.contains("purl.org/atom");
    match root.name.to_ascii_lowercase().as_str() {
        "rss" => {
            let version = root.version.as_deref().unwrap_or("2.0");
            Some(format!("RSS {}", super::clip(version, 10)))
        }
        "rdf" => Some("RSS 1.0".to_owned()),
        // One entry alone is a feed too, but many things are called so.
        "entry" if !root.namespaces.iter().any(|name| feed::is_namespace(name)) => None,
        "feed" | "entry" if root.namespaces.iter().any(is_of_atom) => Some("Atom 0.3".to_owned()),
        "feed" | "entry" => Some("Atom 1.0".to_owned()),
        _ => None,
    }
}

/// What a feed in XML calls itself.
pub(super) fn feed_title(text: &str) -> Option<String> {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    reader.config_mut().allow_dangling_amp = true;
    let mut path: Vec<String> = Vec::new();
    let mut title = String::new();
    let mut elements = 0;
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                elements += 1;
                if elements > TITLE_WITHIN {
                    return None;
                }
                path.push(element.local_name().as_ref().to_ascii_lowercase());
            }
            Event::End(_) => {
                if is_title(&path) {
                    return super::tidy(&title, MAX_TITLE);
                }
                path.pop();
            }
            Event::Text(words) if is_title(&path) => title.push_str(&words),
            Event::CData(words) if is_title(&path) => title.push_str(&words),
            Event::GeneralRef(name) if is_title(&path) => {
                title.push_str(&character(&name).unwrap_or_else(|| format!("&{};", &*name)));
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn is_title(path: &[String]) -> bool {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        &names[..],
        ["rss" | "rdf", "channel", "title"] | ["feed", "title"]
    )
}

/// What `&name;` stands for.
fn character(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).map(String::from);
    }
    quick_xml::escape::resolve_html5_entity(name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feeds_are_told_by_their_first_element() {
        let format = |text: &str| root(text).as_ref().and_then(feed_format);
        assert_eq!(
            format("<?xml version='1.0'?>\n<!-- x --><rss version='0.91'>"),
            Some("RSS 0.91".into())
        );
        assert_eq!(
            format("<rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/'>"),
            Some("RSS 1.0".into())
        );
        assert_eq!(
            format("<feed xmlns='http://purl.org/atom/ns#' version='0.3'>"),
            Some("Atom 0.3".into())
        );
        assert_eq!(
            format("<a:feed xmlns:a='http://www.w3.org/2005/Atom'/>"),
            Some("Atom 1.0".into())
        );
        assert_eq!(
            format("<entry xmlns='http://www.w3.org/2005/Atom'><id>1</id></entry>"),
            Some("Atom 1.0".into())
        );
        assert_eq!(format("<entry><id>1</id></entry>"), None);
        assert_eq!(format("<opml version='2.0'/>"), None);
        assert_eq!(root("words <b>"), None);
        assert_eq!(root(""), None);
    }

    #[test]
    fn the_title_is_that_of_the_feed_and_not_of_an_item() {
        assert_eq!(
            feed_title(
                "<rss><channel><item><title>no</title></item><title>A &amp;&#32;<![CDATA[B]]></title>"
            ),
            Some("A & B".into())
        );
        assert_eq!(
            feed_title("<feed><entry><title>no</title></entry></feed>"),
            None
        );
    }
}
