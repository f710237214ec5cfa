//! OPML: the list of feeds that readers of feeds exchange.
//!
//! Every outline with an `xmlUrl` is a feed, however deep; outlines without one are its folders. What is no web address
//! is left out with its reason. Declared entities are refused and depth and size are bounded before anything is kept,
//! since the file may be anybody's.
//!
//! Not here: writing one (`write::opml`), what to do with a feed that is followed already (the caller).
//! Source: OPML 2.0, section "Subscription lists".

use quick_xml::{
    XmlVersion,
    events::{BytesStart, Event},
};
use url::Url;

use crate::{ReadError, ReadErrorKind, feed, sniff};

/// Deeper folders than this are refused.
const MAX_DEPTH: usize = 64;
/// More feeds than this are refused; large collections have some thousand.
const MAX_FEEDS: usize = 50_000;
/// Longer titles are cut, in characters.
const MAX_TITLE: usize = 200;

/// A list of feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opml {
    /// What the list calls itself.
    pub title: Option<String>,
    /// The feeds in the order of the file, repeated ones too.
    pub feeds: Vec<OpmlFeed>,
    /// Outlines that name a feed which cannot be followed, in words for a person.
    pub refused: Vec<String>,
}

/// One feed of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpmlFeed {
    /// What a person calls it.
    pub title: Option<String>,
    /// The feed itself; `http` or `https`.
    pub url: Url,
    /// The page it belongs to.
    pub home: Option<Url>,
    /// The folders it is in, the outermost first.
    pub folders: Vec<String>,
}

/// Whether a text looks like OPML: its first element says so.
pub(crate) fn is_opml(text: &str) -> bool {
    sniff::root(text).is_some_and(|root| root.name.eq_ignore_ascii_case("opml"))
}

/// Reads a list of feeds, in any encoding that its bytes or its XML declaration tell.
///
/// # Errors
/// [`ReadError`] when the bytes are no OPML, are broken, or try to do more than list feeds; with a
/// [position](ReadError::position).
pub fn read(bytes: &[u8]) -> Result<Opml, ReadError> {
    let text = feed::decode(bytes, None).text;
    if !is_opml(&text) {
        return Err(ReadError::new(
            ReadErrorKind::NotTheFormat,
            "not OPML: the first element is not `opml`",
        )
        .with_hint("export the list of feeds as OPML from the other program"));
    }
    let mut reader = quick_xml::Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut list = Opml::default();
    // A folder a level; `None` for an element that names none.
    let mut levels: Vec<Option<String>> = Vec::new();
    let mut in_title = false;
    loop {
        let at = reader.buffer_position();
        let broken = |message: String| {
            let (line, column) = place(&text, at);
            Err(
                ReadError::new(ReadErrorKind::Malformed, format!("broken OPML: {message}"))
                    .at(line, column),
            )
        };
        if list.feeds.len() + list.refused.len() > MAX_FEEDS {
            return broken(format!("more than {MAX_FEEDS} feeds"));
        }
        match reader.read_event() {
            Err(error) => return broken(error.to_string()),
            Ok(Event::Eof) if levels.is_empty() => return Ok(list),
            Ok(Event::Eof) => return broken("it ends before its elements do".to_owned()),
            Ok(Event::DocType(doctype)) if doctype.to_ascii_lowercase().contains("<!entity") => {
                return broken("it declares entities of its own, which are not read".to_owned());
            }
            Ok(Event::Start(element)) => {
                if levels.len() == MAX_DEPTH {
                    return broken(format!("elements nested deeper than {MAX_DEPTH} levels"));
                }
                in_title = is(&element, "title");
                let folder = outline(&element, &levels, &mut list);
                levels.push(folder);
            }
            Ok(Event::Empty(element)) => {
                outline(&element, &levels, &mut list);
            }
            Ok(Event::End(_)) => {
                in_title = false;
                levels.pop();
            }
            Ok(Event::Text(words)) if in_title && list.title.is_none() => {
                list.title = tidy(&words);
            }
            Ok(_) => {}
        }
    }
}

fn is(element: &BytesStart<'_>, name: &str) -> bool {
    element.local_name().as_ref().eq_ignore_ascii_case(name)
}

/// Keeps an outline that is a feed; gives the name of one that is a folder.
fn outline(element: &BytesStart<'_>, levels: &[Option<String>], list: &mut Opml) -> Option<String> {
    if !is(element, "outline") {
        return None;
    }
    let attribute = |name: &str| {
        element
            .attributes()
            .with_checks(false)
            .flatten()
            .find(|one| one.key.as_ref().eq_ignore_ascii_case(name))
            .map(|one| match one.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value.trim().to_owned(),
                // A stray `&`, as many programs write it.
                Err(_) => one.value.trim().to_owned(),
            })
            .filter(|value| !value.is_empty())
    };
    let title = attribute("title")
        .or_else(|| attribute("text"))
        .and_then(|text| tidy(&text));
    let Some(address) = attribute("xmlUrl") else {
        return title;
    };
    match web_address(&address) {
        Ok(url) => list.feeds.push(OpmlFeed {
            title: title.clone(),
            url,
            home: attribute("htmlUrl").and_then(|home| web_address(&home).ok()),
            folders: levels.iter().flatten().cloned().collect(),
        }),
        Err(why) => list.refused.push(format!(
            "`{}`: {why}",
            title.as_deref().unwrap_or("an outline")
        )),
    }
    title
}

fn web_address(text: &str) -> Result<Url, String> {
    // `feed:` is what some readers put before or in place of `http:`.
    let text = match text.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("http") => rest.to_owned(),
        Some(rest) => format!("http:{rest}"),
        None => text.to_owned(),
    };
    match Url::parse(&text) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            Err(format!("`{}` addresses are not fetched", url.scheme()))
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("its address holds a user or a password; declare it by hand with `auth`".to_owned())
        }
        Ok(url) => Ok(url),
        Err(error) => Err(format!("its address cannot be read: {error}")),
    }
}

/// One line of a bounded length; `None` when nothing is left.
fn tidy(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(MAX_TITLE).collect();
    (!short.is_empty()).then_some(short)
}

/// Line and column of a byte, both from 1.
fn place(text: &str, at: u64) -> (usize, usize) {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
    crate::jq::json::position(text.as_bytes(), at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feed_addresses_of_old_readers_are_web_addresses() {
        let read = |text: &str| web_address(text).map(String::from);
        assert_eq!(read("feed://a.example/x").unwrap(), "http://a.example/x");
        assert_eq!(
            read("feed:https://a.example/x").unwrap(),
            "https://a.example/x"
        );
        assert!(
            read("javascript:alert(1)")
                .unwrap_err()
                .contains("not fetched")
        );
        assert!(
            read("https://me:pw@a.example/x")
                .unwrap_err()
                .contains("password")
        );
        assert!(
            !read("https://me:pw@a.example/x")
                .unwrap_err()
                .contains("pw")
        );
    }

    #[test]
    fn titles_are_one_short_line() {
        assert_eq!(tidy(" a\n b ").as_deref(), Some("a b"));
        assert_eq!(tidy("  "), None);
        assert_eq!(tidy(&"é".repeat(1_000)).unwrap().chars().count(), MAX_TITLE);
    }
}
