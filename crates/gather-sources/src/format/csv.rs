//! CSV as JSON: an array with one object a row, whose names are those of the header row.
//!
//! Every cell is a text, untouched: `1,50` stays `1,50`, and a leading zero stays. White space around a name in the
//! header is taken off; a column without a name is `column_3`, a second `Date` is `Date_2`. A row that is shorter than
//! the header lacks the last names; one that is longer is rejected, unless what is too much is empty. Lines without
//! anything are no rows.
//!
//! Source: RFC 4180, and what banks send.

use std::collections::{HashMap, HashSet};

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::Encoding;
use serde::Serialize;

use super::{Document, judge};
use crate::{
    ReadError, ReadErrorKind, Rejected, feed,
    jq::{Map, Rc, Val},
};

/// More rows than this are not read.
const MAX_ROWS: usize = 500_000;
/// More columns than this are not columns.
const MAX_COLUMNS: usize = 2_000;

/// How a CSV is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Settings {
    pub(crate) delimiter: u8,
    /// `None`: nothing is quoted.
    pub(crate) quote: Option<u8>,
    pub(crate) header: Header,
    /// A label of the WHATWG encoding standard; `None`: what the bytes, then the answer's header say.
    pub(crate) encoding: Option<String>,
}

/// Where the names of the columns come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Header {
    /// The first row.
    FirstRow,
    /// The declaration.
    Names(Vec<String>),
    /// Nowhere: a row is an array.
    Absent,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            header: Header::FirstRow,
            encoding: None,
        }
    }
}

pub(crate) fn read(
    settings: &Settings,
    body: &[u8],
    content_type: Option<&str>,
) -> Result<Document, ReadError> {
    let mut document = Document::default();
    let told = settings
        .encoding
        .as_ref()
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    let text = match told {
        Some(encoding) => encoding.decode(body).0,
        None => {
            let decoded = feed::decode(body, content_type);
            document.warnings.extend(decoded.warning);
            decoded.text
        }
    };
    let mut reader = ReaderBuilder::new()
        .delimiter(settings.delimiter)
        .quote(settings.quote.unwrap_or(b'"'))
        .quoting(settings.quote.is_some())
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut names = match &settings.header {
        Header::Names(names) => Some(keys(names.iter().map(String::as_str))),
        _ => None,
    };
    let mut rows = Vec::new();
    let mut cells = 0;
    // A cell takes about a hundred bytes of memory, and an empty one a single byte of text.
    let max_cells = (text.len() / 3).max(1_000_000);
    let mut record = StringRecord::new();
    let mut row = 0;
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => return Err(broken(&error)),
        }
        let refuse = |what: String| {
            Err(ReadError::new(
                ReadErrorKind::Malformed,
                format!("broken CSV: {what}"),
            ))
        };
        if record.len() > MAX_COLUMNS {
            return refuse(format!("a row of {} columns", record.len()));
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        cells += record.len();
        if cells > max_cells {
            return refuse(format!("more than {max_cells} cells"));
        }
        if names.is_none() && settings.header == Header::FirstRow {
            names = Some(keys(&record));
            continue;
        }
        if row == MAX_ROWS {
            document
                .warnings
                .push(format!("only the first {MAX_ROWS} rows are read"));
            break;
        }
        match value(names.as_deref(), &record) {
            Ok(value) => rows.push(value),
            Err(reason) => document.rejected.push(Rejected { row, reason }),
        }
        row += 1;
    }
    judge("CSV", rows.len(), &document.rejected)?;
    document.value = rows.into_iter().collect::<Val>();
    Ok(document)
}

/// One row.
fn value(names: Option<&[Val]>, record: &StringRecord) -> Result<Val, String> {
    let cells = record.iter().map(|cell| Val::from(cell.to_owned()));
    let Some(names) = names else {
        return Ok(cells.collect());
    };
    if record.iter().skip(names.len()).any(|cell| !cell.is_empty()) {
        return Err(format!(
            "{} cells under {} names; is `csv.delimiter` right?",
            record.len(),
            names.len()
        ));
    }
    Ok(Val::Obj(Rc::new(
        names.iter().cloned().zip(cells).collect::<Map>(),
    )))
}

/// The names of the columns, each once.
fn keys<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<Val> {
    let mut taken = HashSet::new();
    let mut copies = HashMap::<String, usize>::new();
    let mut keys = Vec::new();
    for (column, name) in names.into_iter().enumerate() {
        let name = match name.trim() {
            "" => format!("column_{}", column + 1),
            name => name.to_owned(),
        };
        let mut unique = name.clone();
        if taken.contains(&unique) {
            let copy = copies.entry(name.clone()).or_insert(1);
            while taken.contains(&unique) {
                *copy += 1;
                unique = format!("{name}_{copy}");
            }
        }
        taken.insert(unique.clone());
        keys.push(Val::from(unique));
    }
    keys
}

fn broken(error: &csv::Error) -> ReadError {
    let read = ReadError::new(ReadErrorKind::Malformed, format!("broken CSV: {error}"));
    match error.position() {
        Some(at) => read.at(usize::try_from(at.line()).unwrap_or(usize::MAX), 1),
        None => read,
    }
}

/// The delimiter that makes a table of the first lines, if any does.
pub(crate) fn sniff(body: &[u8]) -> Option<Settings> {
    let decoded = feed::decode(&body[..body.len().min(64 * 1024)], None);
    let whole = body.len() <= 64 * 1024;
    [b',', b';', b'\t', b'|'].into_iter().find_map(|delimiter| {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(decoded.text.as_bytes());
        let mut lengths: Vec<usize> = reader
            .records()
            .take(20)
            .map_while(Result::ok)
            .map(|record| record.len())
            .collect();
        if !whole && lengths.len() < 20 {
            lengths.pop();
        }
        let columns = *lengths.first()?;
        (lengths.len() >= 2 && columns >= 2 && lengths.iter().all(|length| *length == columns))
            .then(|| Settings {
                delimiter,
                ..Settings::default()
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jq::json;

    fn lines(settings: &Settings, text: &[u8]) -> String {
        json::to_line(&read(settings, text, None).unwrap().value)
    }

    #[test]
    fn rows_are_objects_by_the_header() {
        let plain = Settings::default();
        assert_eq!(
            lines(
                &plain,
                b"id, Date,,Date\r\n007,2026-11-20,\"a, \"\"b\"\"\nc\",\r\n\r\n8\r\n"
            ),
            r#"[{"id":"007","Date":"2026-11-20","column_3":"a, \"b\"\nc","Date_2":""},{"id":"8"}]"#
        );
        assert_eq!(lines(&plain, b"a,b\n"), "[]");
        assert_eq!(
            lines(&plain, b"\xEF\xBB\xBFa,b\n1,2,\n"),
            r#"[{"a":"1","b":"2"}]"#
        );
    }

    #[test]
    fn a_header_can_be_given_or_absent() {
        let named = Settings {
            delimiter: b';',
            header: Header::Names(vec!["a".to_owned(), "b".to_owned()]),
            ..Settings::default()
        };
        assert_eq!(lines(&named, b"1;2"), r#"[{"a":"1","b":"2"}]"#);
        let bare = Settings {
            header: Header::Absent,
            quote: None,
            ..Settings::default()
        };
        assert_eq!(lines(&bare, b"1,\"2"), r#"[["1","\"2"]]"#);
    }

    #[test]
    fn a_row_that_is_too_long_is_rejected() {
        let document = read(&Settings::default(), b"a,b\n1,2\n1,2,3\n4,5\n", None).unwrap();
        assert_eq!(document.rejected[0].row, 1);
        assert_eq!(document.rejected.len(), 1);
        let error = read(&Settings::default(), b"a\n1,2\n", None).unwrap_err();
        assert!(error.to_string().contains("delimiter"), "{error}");
    }

    #[test]
    fn names_and_cells_are_bounded() {
        let names = keys(["a", "a_2", "a", "", "a", "column_4"]);
        let names: Vec<String> = names.iter().map(json::to_line).collect();
        assert_eq!(
            names.join(" "),
            r#""a" "a_2" "a_3" "column_4" "a_4" "column_4_2""#
        );
        let row = format!("{}x\n", ",".repeat(999));
        let bomb = row.repeat(1_001);
        let error = read(&Settings::default(), bomb.as_bytes(), None).unwrap_err();
        assert!(error.to_string().contains("more than"), "{error}");
        let wide = ",".repeat(100_000) + "x";
        let error = read(&Settings::default(), wide.as_bytes(), None).unwrap_err();
        assert!(error.to_string().contains("columns"), "{error}");
    }

    #[test]
    fn the_encoding_is_declared_or_found() {
        let cyrillic = b"n\n\xcf\xf0\xe8\xe2\xe5\xf2\n";
        let declared = Settings {
            encoding: Some("windows-1251".to_owned()),
            ..Settings::default()
        };
        assert_eq!(lines(&declared, cyrillic), "[{\"n\":\"Привет\"}]");
        let document = read(
            &Settings::default(),
            cyrillic,
            Some("text/csv; charset=windows-1251"),
        )
        .unwrap();
        assert_eq!(json::to_line(&document.value), "[{\"n\":\"Привет\"}]");
        assert!(document.warnings.is_empty());
        let guessed = read(&Settings::default(), b"n\ncaf\xe9\n", None).unwrap();
        assert_eq!(guessed.warnings.len(), 1);
        let mut utf16 = vec![0xFF, 0xFE];
        utf16.extend("a;b\n1;é\n".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(sniff(&utf16).unwrap().delimiter, b';');
        assert!(sniff(b"just words\nand more, of them\n").is_none());
    }
}
