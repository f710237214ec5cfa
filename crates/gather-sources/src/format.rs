//! The body of an answer as one JSON value, whatever it came as: JSON, lines of JSON, CSV or XML.
//!
//! Everything after this is jq on that value. A line or a row that cannot be read is rejected with its reason and the
//! others go on; when most cannot be read, nothing of it is believed.
//!
//! Not here: feeds (`feed`), what the value means (`answer`, `mapping`).

pub(crate) mod csv;
mod lines;
pub(crate) mod xml;

pub(crate) use lines::{is_labelled as is_labelled_lines, is_plausible as is_lines};

use crate::{
    ReadError, ReadErrorKind, Rejected,
    config::Format,
    jq::{
        Val,
        json::{self, JsonFault},
    },
};

/// From this many rows on, a majority that cannot be read means that the whole is something else.
const JUDGED_ROWS: usize = 4;

/// A body that was read.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) value: Val,
    /// Lines or rows that could not be read.
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) warnings: Vec<String>,
}

/// Reads a body of a format that is not a feed.
pub(crate) fn read(
    format: Format,
    settings: &csv::Settings,
    body: &[u8],
    content_type: Option<&str>,
) -> Result<Document, ReadError> {
    // An XML document may well have a root called `title` or `body`.
    let html = match format {
        Format::Xml => starts_with_any(body, &["<!doctype html", "<html"]),
        _ => looks_like_html(body),
    };
    if html {
        return Err(ReadError::new(
            ReadErrorKind::NotTheFormat,
            format!(
                "not {}: looks like an HTML login or block page",
                name(format)
            ),
        )
        .with_hint("open the address in a browser on this machine"));
    }
    match format {
        Format::Csv => csv::read(settings, body, content_type),
        Format::Xml => xml::read(body, content_type),
        Format::Ndjson => lines::read(body),
        // A feed never comes here; its text would be JSON.
        Format::Json | Format::Feed => from_json(body, content_type),
    }
}

/// The name of a format in messages.
pub(crate) fn name(format: Format) -> &'static str {
    match format {
        Format::Json => "JSON",
        Format::Ndjson => "lines of JSON",
        Format::Csv => "CSV",
        Format::Xml => "XML",
        Format::Feed => "a feed",
    }
}

fn from_json(body: &[u8], content_type: Option<&str>) -> Result<Document, ReadError> {
    if content_type.is_some_and(lines::is_labelled) {
        return lines::read(body);
    }
    match json::read(body) {
        Ok((value, repeated)) => Ok(Document {
            value,
            warnings: repeated
                .map(|name| repeated_name(&name))
                .into_iter()
                .collect(),
            ..Document::default()
        }),
        // Lines of JSON that call themselves JSON.
        Err(_) if lines::is_plausible(body) => lines::read(body),
        Err(fault) => {
            let error = malformed(&fault);
            let media = content_type.unwrap_or_default().to_ascii_lowercase();
            Err(if body.trim_ascii_start().starts_with(b"<") {
                error.with_hint("the answer looks like XML: write `format = \"xml\"`, or `feed` in place of `url`")
            } else if media.starts_with("text/csv") {
                error.with_hint("the answer says that it is CSV: write `format = \"csv\"`")
            } else {
                error
            })
        }
    }
}

pub(crate) fn repeated_name(name: &str) -> String {
    format!(
        "`{}` stands more than once in one object; the last one counts",
        crate::mapping::value::clip(name)
    )
}

pub(crate) fn malformed(fault: &JsonFault) -> ReadError {
    ReadError::new(ReadErrorKind::Malformed, format!("broken JSON: {fault}"))
        .at(fault.line, fault.column)
}

/// Refuses a body of which most rows cannot be read.
fn judge(what: &str, read: usize, rejected: &[Rejected]) -> Result<(), ReadError> {
    let Some(first) = rejected.first() else {
        return Ok(());
    };
    let tried = read + rejected.len();
    if read == 0 || (tried >= JUDGED_ROWS && rejected.len() * 2 > tried) {
        return Err(ReadError::new(
            ReadErrorKind::Malformed,
            format!(
                "not {what}: {} of {tried} rows cannot be read; row {}: {}",
                rejected.len(),
                first.row + 1,
                first.reason
            ),
        ));
    }
    Ok(())
}

/// Whether nothing but white space is there.
pub(crate) fn is_blank(body: &[u8]) -> bool {
    body.strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .iter()
        .all(u8::is_ascii_whitespace)
}

/// Whether it is a page for people.
pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    starts_with_any(
        body,
        &[
            "<!doctype html",
            "<html",
            "<head",
            "<body",
            "<meta",
            "<title",
            "<script",
        ],
    )
}

/// Whether the first tag, behind a comment, is one of these.
fn starts_with_any(body: &[u8], tags: &[&str]) -> bool {
    let start: String = String::from_utf8_lossy(&body[..body.len().min(1_000)])
        .trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n'])
        .to_ascii_lowercase();
    let start = match start.strip_prefix("<!--") {
        Some(comment) => comment
            .split_once("-->")
            .map_or("", |(_, rest)| rest.trim_start()),
        None => &start,
    };
    tags.iter().any(|tag| start.starts_with(tag))
}
