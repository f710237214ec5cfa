//! RSS, Atom and JSON Feed, told apart by content and read into articles.
//!
//! What is ill-formed costs as little as can be: the items around it are kept, and a warning says what is wrong and
//! where. Ids are those of one feed; publishers repeat and change them.
//!
//! Not here: the bytes' encoding (`encoding`), the walk over XML (`cursor`), where each part of an article is found
//! (`xml`, `json`), and how the parts become one (`entry`).
//! Source: the formats are named in each of these; what they have in common is from no standard but from practice.

mod cursor;
mod encoding;
mod entry;
mod json;
mod names;
mod words;
mod xml;

pub(crate) use encoding::decode;

use std::collections::HashMap;

use gather_records::{Article, Record};
use jiff::Timestamp;
use url::Url;

use crate::{
    ReadError, ReadErrorKind, Reading, Rejected, format,
    jq::{Val, json as json_text},
    text,
};

/// How much junk before a feed is passed over, in bytes.
const MAX_JUNK: usize = 4_096;

/// From this many items on, a feed of which none can be used has changed its shape.
const JUDGED_ITEMS: usize = 4;

/// Whether a JSON document is a JSON Feed.
pub(crate) fn is_json_feed(body: &Val) -> bool {
    json::is_feed(body)
}

/// Whether this is the namespace of a feed.
pub(crate) fn is_namespace(address: &str) -> bool {
    names::by_address(address) == names::Ns::Core
}

/// Reads a feed of any kind. Relative links are relative to `base`: the address it came from, after redirects.
pub(crate) fn read(
    body: &[u8],
    content_type: Option<&str>,
    base: Option<&Url>,
) -> Result<Reading, ReadError> {
    let decoded = encoding::decode(body, content_type);
    let whole = decoded.text.trim_start_matches(['\u{FEFF}', '\0']);
    let text = whole.trim_start();
    let start = whole.len() - text.len();
    let mut reading = if text.starts_with('{') {
        let body = json_text::parse(text.as_bytes())
            .map_err(|fault| format::malformed(&fault.behind(&whole[..start])))?;
        json_feed(body, base)?
    } else if format::looks_like_html(text.as_bytes()) {
        let (line, column) = json_text::position(whole.as_bytes(), start);
        return Err(ReadError::new(
            ReadErrorKind::NotTheFormat,
            "not a feed: looks like an HTML page",
        )
        .at(line, column)
        .with_hint("`gather try URL` looks for the feeds that the page names"));
    } else {
        xml_feed(whole, start, base)?
    };
    reading.warnings.splice(..0, decoded.warning);
    Ok(reading)
}

pub(crate) fn json_feed(body: Val, base: Option<&Url>) -> Result<Reading, ReadError> {
    let document = json::read(&body, base)?;
    let mut notes = entry::Notes::default();
    let mut reading = Reading {
        feed_links: document.links,
        ..Reading::default()
    };
    for (row, found) in document.entries.into_iter().enumerate() {
        let article = found.and_then(|entry| {
            entry
                .article(&document.authors, &mut notes)
                .ok_or_else(|| "nothing tells it from other items".to_owned())
        });
        match article {
            Ok(article) => reading.records.push(Record::Article(article)),
            Err(reason) => reading.rejected.push(Rejected { row, reason }),
        }
    }
    reading.warnings.extend(notes.warning());
    finish(reading)
}

/// Reads what begins at byte `start` of a text with nothing but white space before it.
fn xml_feed(text: &str, start: usize, base: Option<&Url>) -> Result<Reading, ReadError> {
    let place = |at: usize| json_text::position(text.as_bytes(), at);
    let Some(junk) = junk(&text[start..]) else {
        let (line, column) = place(start);
        return Err(ReadError::new(
            ReadErrorKind::NotTheFormat,
            "not a feed: neither XML nor JSON",
        )
        .at(line, column));
    };
    let start = start + junk;
    let xml = &text[start..];
    let document = xml::read(xml, base).map_err(|refusal| {
        let (line, column) = place(start + refusal.at);
        let message = match refusal.kind {
            ReadErrorKind::Malformed => {
                format!("{} at line {line}, column {column}", refusal.message)
            }
            _ => refusal.message,
        };
        ReadError::new(refusal.kind, message).at(line, column)
    })?;
    let mut reading = Reading {
        feed_links: document.links,
        ..Reading::default()
    };
    let kept = document.entries.len();
    let mut fault = document.fault;
    if let Some(at) = xml
        .bytes()
        .position(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r'))
        && fault.is_none_or(|(first, ..)| at < first)
    {
        let others = fault.map_or(0, |(_, _, count)| count);
        fault = Some((at, "a control character", others + 1));
    }
    if junk > 0 {
        reading.warnings.push(format!(
            "the {junk} bytes before the feed are not part of it"
        ));
    }
    if let Some((at, what, count)) = fault {
        let (line, column) = place(start + at);
        let others = match count {
            1 => String::new(),
            2 => ", and one more fault".to_owned(),
            more => format!(", and {} more faults", more - 1),
        };
        reading.warnings.push(format!(
            "the feed is ill-formed: {what} in line {line}, column {column}{others}; {kept} item{} could be read",
            if kept == 1 { "" } else { "s" }
        ));
    }
    let mut notes = entry::Notes::default();
    let mut latest = Latest::default();
    for (row, entry) in document.entries.into_iter().enumerate() {
        let updated = entry.updated_at().filter(|_| document.is_atom);
        match entry.article(&document.authors, &mut notes) {
            Some(article) if document.is_atom => {
                latest.keep(&mut reading.records, article, updated)
            }
            Some(article) => reading.records.push(Record::Article(article)),
            None => reading.rejected.push(Rejected {
                row,
                reason: "an item that says nothing".to_owned(),
            }),
        }
    }
    if document.cut_item {
        reading.rejected.push(Rejected {
            row: kept,
            reason: "the feed ends in the middle of the item".to_owned(),
        });
    }
    reading.warnings.extend(notes.warning());
    finish(reading)
}

/// How many bytes stand before the first markup: messages of a program that went wrong, mostly. `None`: no feed begins
/// anywhere near.
fn junk(text: &str) -> Option<usize> {
    if text.starts_with('<') {
        return Some(0);
    }
    let head = text::start_of(text, MAX_JUNK);
    ["<?xml", "<rss", "<feed", "<rdf:RDF"]
        .iter()
        .filter_map(|mark| head.find(mark))
        .min()
}

/// Of the entries of an Atom feed with the same id, the one that was updated last.
#[derive(Default)]
struct Latest(HashMap<String, (usize, Option<Timestamp>)>);

impl Latest {
    fn keep(&mut self, records: &mut Vec<Record>, article: Article, updated: Option<Timestamp>) {
        match self.0.get_mut(&article.id) {
            Some((place, last)) => {
                if updated > *last {
                    *last = updated;
                    records[*place] = Record::Article(article);
                }
            }
            None => {
                self.0.insert(article.id.clone(), (records.len(), updated));
                records.push(Record::Article(article));
            }
        }
    }
}

fn finish(mut reading: Reading) -> Result<Reading, ReadError> {
    if reading.records.is_empty()
        && reading.rejected.len() >= JUDGED_ITEMS
        && let Some(first) = reading.rejected.first()
    {
        return Err(ReadError::new(
            ReadErrorKind::ShapeChanged,
            format!(
                "the shape has changed: none of {} items is an article; item {}: {}",
                reading.rejected.len(),
                first.row,
                first.reason
            ),
        ));
    }
    reading.feed = true;
    Ok(reading)
}
