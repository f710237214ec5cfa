//! What an answer is, and how to declare it: the work behind `gather try`.
//!
//! A feed and an answer that a preset knows are certain. Other JSON is guessed, by the names of its fields and the looks
//! of its values, and said to be a guess. Whatever is proposed has been read as a configuration, and the very answer
//! has been read by it: what the person sees as a sample is what a run would keep.
//!
//! Not here: asking (the caller), writing the declaration to a file (the caller).

mod fields;
mod guess;
mod head;
mod name;
mod page;
mod preset;
mod proposal;
mod rows;

use std::fmt;

use gather_records::Currency;
use secrecy::SecretString;
use url::Url;

pub(crate) use head::{feed_format, root};
pub use name::{free_name, source_name};
pub use proposal::Proposal;
use rows::Table;

use crate::{
    ParsedFormat, Reading, answer,
    jq::{Val, json},
    secret,
};

/// An answer to look at.
#[derive(Debug, Clone, Copy)]
pub struct Specimen<'a> {
    /// The address that would be declared.
    pub url: &'a Url,
    /// The address after redirects; relative links are relative to it.
    pub final_url: &'a Url,
    /// The `Content-Type` header as it came.
    pub content_type: Option<&'a str>,
    /// The `Link` headers as they came, one entry each.
    pub links: &'a [&'a str],
    /// The decoded body of a successful answer.
    pub body: &'a [u8],
    /// The currency of amounts, for an answer that does not say it.
    pub currency: Option<Currency>,
}

/// What an answer was found to be.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sniffed {
    /// What it is.
    pub what: What,
    /// How to declare it; `None` when there is nothing in it that could be declared.
    pub proposal: Option<Proposal>,
    /// The answer, read by the proposal; empty without one.
    pub reading: Reading,
    /// What a person should know or look at, in sentences.
    pub notes: Vec<String>,
}

/// The kinds of answer that are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// A feed.
    Feed {
        /// `RSS 2.0`, `Atom 1.0`, `JSON Feed`.
        format: String,
        /// What it calls itself.
        title: Option<String>,
        /// Its entries.
        items: usize,
    },
    /// An answer that a preset reads.
    Preset {
        /// The preset.
        name: String,
        /// Its records, or what it asks next.
        items: usize,
    },
    /// Rows that look like records.
    Rows {
        /// `JSON`, `lines of JSON`, `CSV` or `XML`.
        format: &'static str,
        /// Where the rows are, as jq.
        each: String,
        /// How many there are.
        rows: usize,
    },
    /// A page for people.
    Page {
        /// Its title.
        title: Option<String>,
        /// The feeds it names, the likeliest first.
        feeds: Vec<FeedLink>,
    },
    /// None of these: what it is, in words.
    Other(String),
}

/// A feed that a page names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedLink {
    /// Its address; `http` or `https`.
    pub url: Url,
    /// What the page calls it.
    pub title: Option<String>,
    /// `RSS`, `Atom` or `JSON Feed`, as the page says or the address suggests.
    pub format: String,
    /// Whether the page says that it is a feed; otherwise its address looks like one.
    pub declared: bool,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let called = |title: &Option<String>| match title {
            Some(title) => format!(" “{title}”"),
            None => String::new(),
        };
        match self {
            Self::Feed {
                format,
                title,
                items,
            } => {
                write!(
                    f,
                    "a feed ({format}){} with {}",
                    called(title),
                    counted(*items, "item", "items")
                )
            }
            Self::Preset { name, items } => {
                write!(
                    f,
                    "an answer that the preset `{name}` reads, with {}",
                    counted(*items, "item", "items")
                )
            }
            Self::Rows { format, each, rows } => {
                write!(
                    f,
                    "{format} with {} at `{each}`",
                    counted(*rows, "row", "rows")
                )
            }
            Self::Page { title, feeds } => {
                write!(f, "a web page{}", called(title))?;
                match feeds.len() {
                    0 => f.write_str(" that names no feed"),
                    count => write!(f, " that names {}", counted(count, "feed", "feeds")),
                }
            }
            Self::Other(words) => f.write_str(words),
        }
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Secrets that stand in an address, such as `?api_key=…` or a password: for redaction wherever it is shown.
#[must_use]
pub fn keys_of(url: &Url) -> Vec<SecretString> {
    proposal::keys_in(url)
}

/// Looks at an answer: what it is, and how to declare it. Works in memory; takes as long as reading the answer.
///
/// ```
/// use gather_sources::sniff::{Specimen, sniff};
///
/// let url = "https://harbour.example/v1/news?limit=2".parse()?;
/// let body = br#"{"stories": [{"id": 7, "headline": "Ferry line adds night sailing"}, {"id": 8, "headline": "Fog"}]}"#;
/// let found = sniff(&Specimen { url: &url, final_url: &url, content_type: None, links: &[], body, currency: None });
/// assert_eq!(found.what.to_string(), "JSON with 2 rows at `.stories[]`");
/// assert_eq!(found.reading.records.len(), 2);
/// assert!(found.proposal.unwrap().text("harbour").contains("title = \".headline\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn sniff(specimen: &Specimen<'_>) -> Sniffed {
    let mut found = look(specimen);
    // The server may repeat what it was asked with.
    let keys = proposal::keys_in(specimen.url);
    if !keys.is_empty() {
        found.hide(&keys);
    }
    found
}

impl Sniffed {
    fn hide(&mut self, keys: &[SecretString]) {
        let clean = |text: &mut String| *text = secret::redact(text, keys);
        match &mut self.what {
            What::Feed { title, .. } => title.iter_mut().for_each(clean),
            What::Page { title, feeds } => {
                let titles = feeds.iter_mut().filter_map(|feed| feed.title.as_mut());
                titles.chain(title).for_each(clean);
            }
            What::Other(words) => clean(words),
            What::Preset { .. } | What::Rows { .. } => {}
        }
        self.notes.iter_mut().for_each(clean);
        secret::redact_records(&mut self.reading.records, keys);
    }
}

fn look(specimen: &Specimen<'_>) -> Sniffed {
    let body = specimen.body;
    if answer::is_blank(body) {
        return other("an empty answer", None);
    }
    let text = crate::feed::decode(body, specimen.content_type).text;
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if answer::looks_like_html(start.as_bytes()) {
        return page(start, specimen);
    }
    if start.starts_with('<') {
        return xml(start, specimen);
    }
    let mut documents = Vec::new();
    for document in json::parse_many(body) {
        match document {
            Ok(document) => documents.push(document),
            Err(fault) if start.starts_with(['{', '[']) => {
                return other(format!("broken JSON: {fault}"), None);
            }
            Err(_) => return rows::of_csv(specimen).unwrap_or_else(|| neither(specimen)),
        }
    }
    match &documents[..] {
        [one @ (Val::Obj(_) | Val::Arr(_))] => from_json(one, specimen),
        [_] => rows::of_csv(specimen).unwrap_or_else(|| neither(specimen)),
        lines => rows::declare(&lines.iter().cloned().collect(), Table::Lines, specimen),
    }
}

fn other(what: impl Into<String>, note: Option<&str>) -> Sniffed {
    Sniffed {
        what: What::Other(what.into()),
        proposal: None,
        reading: Reading::default(),
        notes: note.map(str::to_owned).into_iter().collect(),
    }
}

fn neither(specimen: &Specimen<'_>) -> Sniffed {
    let kind = specimen
        .content_type
        .map(|kind| clip(kind.split(';').next().unwrap_or_default().trim(), 60))
        .filter(|kind| !kind.is_empty())
        .map_or_else(String::new, |kind| {
            format!(" (the server calls it `{kind}`)")
        });
    other(
        format!("neither a feed nor data nor a web page{kind}"),
        Some(
            "gather reads RSS, Atom, JSON Feed, JSON, CSV and XML; look for such an address in the documentation of the service",
        ),
    )
}

fn page(text: &str, specimen: &Specimen<'_>) -> Sniffed {
    let page = page::look(text, specimen.final_url);
    let none = page.feeds.is_empty();
    Sniffed {
        what: What::Page {
            title: page.title,
            feeds: page.feeds,
        },
        proposal: None,
        reading: Reading::default(),
        notes: none
            .then(|| {
                "look on the page for a link called RSS, Atom or feed, and try its address"
                    .to_owned()
            })
            .into_iter()
            .collect(),
    }
}

fn xml(text: &str, specimen: &Specimen<'_>) -> Sniffed {
    let Some(root) = root(text) else {
        return other("broken XML", None);
    };
    if let Some(format) = feed_format(&root) {
        return feed(format, head::feed_title(text), specimen);
    }
    match root.name.to_ascii_lowercase().as_str() {
        "html" => page(text, specimen),
        "opml" => other(
            "a list of feeds (OPML)",
            Some("save it as a file: `gather import FILE` follows its feeds"),
        ),
        _ => rows::of_xml(specimen),
    }
}

fn feed(format: String, title: Option<String>, specimen: &Specimen<'_>) -> Sniffed {
    if let Some(found) = by_preset(specimen) {
        return found;
    }
    let proposal = Proposal::of_feed(specimen.url, title.as_deref());
    match proposal.prove(specimen) {
        Ok(reading) => Sniffed {
            what: What::Feed {
                format,
                title,
                items: reading.records.len(),
            },
            proposal: Some(proposal),
            notes: reading.warnings.clone(),
            reading,
        },
        Err(why) => other(
            format!("a feed ({format}) that cannot be read: {why}"),
            None,
        ),
    }
}

fn from_json(body: &Val, specimen: &Specimen<'_>) -> Sniffed {
    if crate::feed::is_json_feed(body) {
        let title = field(body, "title").and_then(|title| tidy(&title, 200));
        return feed("JSON Feed".to_owned(), title, specimen);
    }
    by_preset(specimen).unwrap_or_else(|| rows::declare(body, Table::Json, specimen))
}

/// A text of the first level.
fn field(body: &Val, name: &str) -> Option<String> {
    let Val::Obj(fields) = body else { return None };
    let value = fields.get(&Val::from(name.to_owned()))?;
    crate::mapping::value::text(value).map(std::borrow::Cow::into_owned)
}

fn by_preset(specimen: &Specimen<'_>) -> Option<Sniffed> {
    let parsed = crate::parse(
        specimen.body,
        specimen.content_type,
        Some(specimen.final_url),
    );
    let recognised = match parsed.map(|parsed| parsed.format) {
        Ok(ParsedFormat::Preset(name)) => Some(name),
        _ => None,
    };
    let plain = Proposal::default().without_keys(specimen.url);
    let proposal = preset::of_address(specimen, recognised.as_deref(), &plain)?;
    let preset = proposal.preset.clone()?;
    let reading = proposal.prove(specimen).ok()?;
    Some(Sniffed {
        what: What::Preset {
            name: preset,
            items: reading.records.len() + reading.follow.len(),
        },
        proposal: Some(proposal),
        notes: reading.warnings.clone(),
        reading,
    })
}

/// At most `max` characters on one line; `None` when nothing is left.
fn tidy(text: &str, max: usize) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let short = clip(&line, max);
    (!short.is_empty()).then_some(short)
}

fn clip(text: &str, max: usize) -> String {
    crate::mapping::value::clip_to(text, max)
}
