//! Lines of JSON (NDJSON, JSON Lines): an array of the documents, one a line.
//!
//! A line that cannot be read costs that line, so that an answer which was cut off still brings what came. Empty lines
//! do not count as rows.

use super::{Document, judge, repeated_name};
use crate::{
    ReadError, Rejected,
    jq::{Val, json},
};

/// More lines than this are not read.
const MAX_LINES: usize = 500_000;

/// Whether a media type says so.
pub(crate) fn is_labelled(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or("").trim();
    [
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/json-lines",
        "application/x-json-stream",
    ]
    .iter()
    .any(|known| kind.eq_ignore_ascii_case(known))
}

/// Whether the first two lines are whole objects by themselves.
pub(crate) fn is_plausible(body: &[u8]) -> bool {
    let mut first = rows(body).take(2).filter(|line| {
        line.first() == Some(&b'{') && line.last() == Some(&b'}') && json::parse(line).is_ok()
    });
    first.next().is_some() && first.next().is_some()
}

fn rows(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .split(|b| *b == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
}

pub(super) fn read(body: &[u8]) -> Result<Document, ReadError> {
    let mut document = Document::default();
    let mut values = Vec::new();
    for (row, line) in rows(body).enumerate() {
        if row == MAX_LINES {
            document
                .warnings
                .push(format!("only the first {MAX_LINES} lines are read"));
            break;
        }
        match json::read(line) {
            Ok((value, repeated)) => {
                if let (Some(name), true) = (repeated, document.warnings.is_empty()) {
                    document.warnings.push(repeated_name(&name));
                }
                values.push(value);
            }
            Err(fault) => document.rejected.push(Rejected {
                row,
                reason: format!("broken JSON: {} at column {}", fault.message, fault.column),
            }),
        }
    }
    judge("lines of JSON", values.len(), &document.rejected)?;
    document.value = values.into_iter().collect::<Val>();
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_costs_that_line() {
        let document = read(b"{\"a\":1}\r\n\n[2]\n{\"a\":\n3\n").unwrap();
        assert_eq!(json::to_line(&document.value), "[{\"a\":1},[2],3]");
        assert_eq!(document.rejected.len(), 1);
        assert_eq!(document.rejected[0].row, 2);
        assert!(document.rejected[0].reason.contains("too early"));
    }

    #[test]
    fn mostly_broken_lines_are_something_else() {
        assert!(read(b"one\ntwo\n3\nfour\n").is_err());
        assert!(read(b"x\n").is_err());
    }

    #[test]
    fn lines_are_told_from_one_document() {
        assert!(is_plausible(b"{\"id\": 0}\n{\"id\": 1}\n"));
        for one in [
            "{\n\"a\": {}\n",
            "{\"a\":1}\n",
            "[{\"a\":1},\n{\"a\":2}",
            "{\"a\":1}\noops",
        ] {
            assert!(!is_plausible(one.as_bytes()), "{one}");
        }
        assert!(is_labelled("application/x-ndjson; charset=utf-8"));
        assert!(!is_labelled("application/json"));
    }
}
