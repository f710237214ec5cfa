//! RSS, Atom and JSON Feed, told apart by content and read into articles.
//!
//! The encoding is what the bytes prove: a byte-order mark, then valid UTF-8, then what the header and the XML
//! declaration say, then windows-1252. Nesting is bounded and an entity declaration refused before the parser sees
//! the text. An entry without an id is known by its link, else by its title and date.
//!
//! Not here yet: what is well-formed of an ill-formed feed (feed-rs takes all or nothing).
//! Source: RSS 2.0, RFC 4287 (Atom), JSON Feed 1.1, RFC 7303 section 3 (encodings).

use std::{borrow::Cow, fmt::Write as _, sync::LazyLock};

use feed_rs::model::{Entry, Feed, Link};
use gather_records::{Article, Record, RecordKind};
use jiff::Timestamp;
use quick_xml::events::Event;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::{
    ReadError, ReadErrorKind, Reading, Rejected, answer,
    jq::{Meter, Val, json},
    mapping::{Mapping, Plan, Surroundings},
    text,
};

/// Deeper nesting than this is refused.
const MAX_DEPTH: usize = 256;
const MAX_TITLE: usize = 1_000;
const MAX_SUMMARY: usize = 600;

/// JSON Feed in the language of declarations.
static JSON_FEED: LazyLock<Mapping> = LazyLock::new(|| {
    Plan {
        kind: RecordKind::Article,
        each: Some(". as $feed | .items[] | .authors = (.authors // [.author // empty] // []) | if .authors == [] then .authors = ($feed.authors // [$feed.author // empty]) else . end"),
        condition: None,
        fields: vec![
            ("id", ".id"),
            ("title", ".title"),
            ("url", ".url // .external_url"),
            ("published_at", ".date_published // .date_modified"),
            ("author", r#"[.authors[]?.name // empty] | if . == [] then null else join(", ") end"#),
            ("summary", ".summary // .content_text // .content_html"),
            ("section", ".tags[0]?"),
        ],
        negate: false,
        scale: 0,
    }
    .compile()
    .expect("a constant text, compiled by a test")
});

/// Whether a JSON document is a JSON Feed.
pub(crate) fn is_json_feed(body: &Val) -> bool {
    let Val::Obj(fields) = body else { return false };
    let version = fields.get(&Val::from("version".to_owned()));
    version
        .and_then(crate::mapping::value::text)
        .is_some_and(|version| version.contains("jsonfeed.org/version/"))
}

/// Reads a feed of any kind.
pub(crate) fn read(
    body: &[u8],
    content_type: Option<&str>,
    base: Option<&Url>,
    meter: &Meter,
) -> Result<Reading, ReadError> {
    let text = decode(body, content_type);
    let start = text.trim_start();
    if start.starts_with('{') {
        let body = json::parse(text.as_bytes()).map_err(|fault| answer::malformed(&fault))?;
        return json_feed(body, base, meter);
    }
    if answer::looks_like_html(start.as_bytes()) {
        return Err(ReadError::new(
            ReadErrorKind::NotTheFormat,
            "not a feed: looks like an HTML page",
        )
        .with_hint("look in the page's source for the address of its feed"));
    }
    if !start.starts_with('<') {
        return Err(ReadError::new(
            ReadErrorKind::NotTheFormat,
            "not a feed: neither XML nor JSON",
        ));
    }
    let xml = without_declaration(start);
    guard(xml)?;
    let parser = feed_rs::parser::Builder::new()
        .base_uri(base.map(Url::as_str))
        .sanitize_content(false)
        // An id that is not there stays empty; ours are made in `id`.
        .id_generator(|_, _, _| String::new())
        .build();
    let feed = parser
        .parse(control_free(xml).as_bytes())
        .map_err(|error| {
            ReadError::new(ReadErrorKind::Malformed, format!("broken feed: {error}"))
        })?;
    Ok(articles(&feed, base))
}

pub(crate) fn json_feed(
    body: Val,
    base: Option<&Url>,
    meter: &Meter,
) -> Result<Reading, ReadError> {
    let around = Surroundings {
        base,
        currency: None,
        params: Val::Null,
        meter,
    };
    let mapped = answer::map(&JSON_FEED, body, &around, 0)?;
    let mut reading = Reading::default();
    answer::keep(&mut reading, &JSON_FEED, mapped);
    Ok(reading)
}

/// The text, whatever header and declaration claim.
fn decode<'b>(body: &'b [u8], content_type: Option<&str>) -> Cow<'b, str> {
    if let Some((encoding, length)) = encoding_rs::Encoding::for_bom(body) {
        return encoding.decode_without_bom_handling(&body[length..]).0;
    }
    if let Ok(text) = std::str::from_utf8(body) {
        return Cow::Borrowed(text);
    }
    let header = content_type
        .and_then(|value| value.split(';').skip(1).find_map(charset))
        .map(str::to_owned);
    let start = String::from_utf8_lossy(&body[..body.len().min(200)]);
    let declared = start
        .trim_start()
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split("?>").next())
        .and_then(|declaration| declaration.split("encoding").nth(1))
        .and_then(|rest| rest.split(['"', '\'']).nth(1))
        .map(str::to_owned);
    let encoding = [header, declared]
        .into_iter()
        .flatten()
        .filter_map(|label| encoding_rs::Encoding::for_label(label.trim().as_bytes()))
        // UTF-8 it is not: that was tried.
        .find(|encoding| *encoding != encoding_rs::UTF_8)
        .unwrap_or(encoding_rs::WINDOWS_1252);
    encoding.decode_without_bom_handling(body).0
}

fn charset(part: &str) -> Option<&str> {
    let (name, value) = part.split_once('=')?;
    name.trim()
        .eq_ignore_ascii_case("charset")
        .then(|| value.trim().trim_matches('"'))
}

/// Past the XML declaration: the text is UTF-8 by now, whatever it says.
fn without_declaration(text: &str) -> &str {
    match text.strip_prefix("<?xml") {
        Some(rest) => rest
            .split_once("?>")
            .map_or(text, |(_, rest)| rest.trim_start()),
        None => text,
    }
}

/// Without the control characters that XML forbids and publishers send.
fn control_free(text: &str) -> Cow<'_, str> {
    let illegal = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    if text.contains(illegal) {
        Cow::Owned(text.replace(illegal, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// Refuses nesting that would cost the stack, and entities of the document's own.
fn guard(xml: &str) -> Result<(), ReadError> {
    let refuse = |message: String| Err(ReadError::new(ReadErrorKind::Malformed, message));
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return refuse(format!(
                        "broken feed: elements nested deeper than {MAX_DEPTH} levels"
                    ));
                }
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::DocType(doctype)) if doctype.to_ascii_lowercase().contains("<!entity") => {
                return refuse(
                    "broken feed: it declares entities of its own, which are not read".to_owned(),
                );
            }
            // What is broken here is broken for the parser too, and it has the better words for it.
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
    }
}

fn articles(feed: &Feed, base: Option<&Url>) -> Reading {
    let mut reading = Reading::default();
    for (row, entry) in feed.entries.iter().enumerate() {
        match article(entry, base) {
            Some(article) => reading.records.push(Record::Article(article)),
            None => reading.rejected.push(Rejected {
                row,
                reason: "an entry without id, link, title and text".to_owned(),
            }),
        }
    }
    reading
}

fn article(entry: &Entry, base: Option<&Url>) -> Option<Article> {
    let title = entry
        .title
        .as_ref()
        .and_then(|title| text::from_html(&title.content, MAX_TITLE));
    let summary = entry
        .summary
        .as_ref()
        .map(|summary| summary.content.as_str())
        .filter(|summary| !summary.trim().is_empty())
        .or_else(|| {
            entry
                .content
                .as_ref()
                .and_then(|content| content.body.as_deref())
        })
        .and_then(|html| text::from_html(html, MAX_SUMMARY));
    let published_at = entry
        .published
        .or(entry.updated)
        .and_then(|time| Timestamp::new(time.timestamp(), 0).ok());
    let url = link(&entry.links, &entry.id, base);
    let id = if entry.id.trim().is_empty() {
        made_up_id(
            url.as_ref(),
            title.as_deref().or(summary.as_deref()),
            published_at,
        )?
    } else {
        entry.id.clone()
    };
    let names: Vec<String> = entry
        .authors
        .iter()
        .filter_map(|person| {
            let filled = |text: &Option<String>| {
                text.as_deref().and_then(|text| text::from_plain(text, 200))
            };
            filled(&person.name).or_else(|| filled(&person.email))
        })
        .collect();
    Some(Article {
        title,
        url,
        published_at,
        author: (!names.is_empty()).then(|| names.join(", ")),
        summary,
        section: entry.categories.first().and_then(|category| {
            text::from_plain(category.label.as_deref().unwrap_or(&category.term), 200)
        }),
        ..Article::new(id)
    })
}

/// The link to read it at: an alternate one, else an id that is an address.
fn link(links: &[Link], id: &str, base: Option<&Url>) -> Option<Url> {
    let alternate = |link: &&Link| matches!(link.rel.as_deref(), None | Some("alternate"));
    let web = |text: &str| {
        let url = match base {
            Some(base) => base.join(text.trim()).ok()?,
            None => Url::parse(text.trim()).ok()?,
        };
        matches!(url.scheme(), "http" | "https").then_some(url)
    };
    links
        .iter()
        .find(alternate)
        .and_then(|link| web(&link.href))
        .or_else(|| {
            id.starts_with("http")
                .then(|| Url::parse(id).ok())
                .flatten()
        })
}

/// A stable id for an entry without one: its link, else a digest of its words and date.
fn made_up_id(url: Option<&Url>, words: Option<&str>, date: Option<Timestamp>) -> Option<String> {
    if let Some(url) = url {
        return Some(url.as_str().to_owned());
    }
    let mut digest = Sha256::new();
    digest.update(words?);
    digest.update([0]);
    digest.update(date.map(|date| date.to_string()).unwrap_or_default());
    let mut id = "sha256:".to_owned();
    for byte in digest.finalize().iter().take(16) {
        let _ = write!(id, "{byte:02x}");
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mapping_of_json_feed_compiles() {
        assert_eq!(JSON_FEED.kind, RecordKind::Article);
    }

    #[test]
    fn an_encoding_is_what_the_bytes_prove() {
        let cyrillic = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>\xcf\xf0\xe8\xe2\xe5\xf2</a>";
        assert!(decode(cyrillic, Some("text/xml; charset=windows-1251")).contains("Привет"));
        let declared =
            b"<?xml version='1.0' encoding='windows-1251'?><a>\xcf\xf0\xe8\xe2\xe5\xf2</a>";
        assert!(decode(declared, Some("text/xml; charset=utf-8")).contains("Привет"));
        assert!(decode("<a>é</a>".as_bytes(), Some("text/xml; charset=iso-8859-1")).contains('é'));
        assert!(decode(b"<a>caf\xe9</a>", None).contains("café"));
    }
}
