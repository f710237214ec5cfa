//! JSON text in and out, numbers with their digits.
//!
//! The parser of jaq reads more than JSON (comments, `NaN`, byte strings) and follows nesting down the stack, so a
//! strict and flat check goes first; it also gives errors their line and column. A byte-order mark is ignored, and
//! UTF-16 with one is decoded.
//!
//! Source: RFC 8259 sections 8.1 (byte-order mark), 9 (a parser may limit depth and size).

mod repeats;
mod script;

use std::{borrow::Cow, fmt};

use jaq_json::{Num, Val};
use serde::de::IgnoredAny;

/// Deeper nesting than this is refused; what people publish has less than 20.
pub(crate) const MAX_DEPTH: usize = 200;
/// Longer numbers than this are refused: reading one takes time that grows with the square of its length.
pub(crate) const MAX_DIGITS: usize = 1_000;

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonFault {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at line {}, column {}",
            self.message, self.line, self.column
        )
    }
}

impl JsonFault {
    /// The same in a text that has this before it.
    pub(crate) fn behind(mut self, before: &str) -> Self {
        let (line, column) = position(before.as_bytes(), before.len());
        if self.line == 1 {
            self.column += column - 1;
        }
        self.line += line - 1;
        self
    }
}

/// Reads exactly one JSON document. Of a name that is repeated in one object the last value counts.
pub(crate) fn parse(bytes: &[u8]) -> Result<Val, JsonFault> {
    parse_plain(&plain(bytes)).map(|(value, _)| value)
}

/// The same, and the first name that is repeated.
pub(crate) fn read(bytes: &[u8]) -> Result<(Val, Option<String>), JsonFault> {
    let bytes = plain(bytes);
    let (value, members) = parse_plain(&bytes)?;
    // Counting is cheap; only a document with a repeated name is looked at again.
    let repeated = if repeats::members(&value) < members {
        repeats::first(&bytes)
    } else {
        None
    };
    Ok((value, repeated))
}

/// A document, and how many members its text has in all objects together.
fn parse_plain(bytes: &[u8]) -> Result<(Val, usize), JsonFault> {
    let members =
        guard(bytes, nodes(bytes.len())).map_err(|fault| script::name(bytes).unwrap_or(fault))?;
    serde_json::from_slice::<IgnoredAny>(bytes)
        .map_err(|e| script::name(bytes).unwrap_or_else(|| serde_fault(bytes, 0, &e)))?;
    Ok((build(bytes, 0, bytes)?, members))
}

/// Reads JSON documents one after the other, with or without line breaks between them.
pub(crate) fn parse_many(bytes: &[u8]) -> impl Iterator<Item = Result<Val, JsonFault>> {
    let bytes = plain(bytes).into_owned();
    let mut at = 0;
    let mut unchecked = true;
    std::iter::from_fn(move || {
        if std::mem::take(&mut unchecked)
            && let Err(fault) = guard(&bytes, usize::MAX)
        {
            at = bytes.len();
            return Some(Err(fault));
        }
        let rest = &bytes[at..];
        let mut documents = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
        match documents.next()? {
            Err(e) => {
                let fault = serde_fault(&bytes, at, &e);
                at = bytes.len();
                Some(Err(fault))
            }
            Ok(_) => {
                let end = documents.byte_offset();
                let value = build(&rest[..end], at, &bytes);
                at = if value.is_ok() { at + end } else { bytes.len() };
                Some(value)
            }
        }
    })
}

fn build(document: &[u8], offset: usize, whole: &[u8]) -> Result<Val, JsonFault> {
    jaq_json::read::parse_single(document).map_err(|e| {
        let (line, column) = position(whole, offset);
        JsonFault {
            line,
            column,
            message: format!("cannot be read as JSON ({e})"),
        }
    })
}

/// The text in UTF-8, without a byte-order mark.
fn plain(bytes: &[u8]) -> Cow<'_, [u8]> {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, length)) if encoding != encoding_rs::UTF_8 => {
            let (text, _) = encoding.decode_without_bom_handling(&bytes[length..]);
            Cow::Owned(text.into_owned().into_bytes())
        }
        Some((_, length)) => Cow::Borrowed(&bytes[length..]),
        None => Cow::Borrowed(bytes),
    }
}

/// How many values that hold others a text of this length may have. Each takes some hundred bytes of memory, and an
/// empty one two of text; what people publish has tens of bytes for each.
pub(crate) fn nodes(length: usize) -> usize {
    (length / 8).max(1_000_000)
}

/// Refuses nesting and numbers that would cost the stack or the clock, in one flat pass, and counts the members of
/// objects.
fn guard(bytes: &[u8], max_brackets: usize) -> Result<usize, JsonFault> {
    let (mut depth, mut digits, mut members) = (0_usize, 0_usize, 0_usize);
    let mut brackets = 0_usize;
    let (mut in_string, mut escaped) = (false, false);
    for (at, &byte) in bytes.iter().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        let fault = |message: String| {
            let (line, column) = position(bytes, at);
            Err(JsonFault {
                line,
                column,
                message,
            })
        };
        if byte.is_ascii_digit() {
            digits += 1;
            if digits > MAX_DIGITS {
                return fault(format!("a number of more than {MAX_DIGITS} digits"));
            }
            continue;
        }
        digits = 0;
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return fault(format!("brackets nested too deep, over {MAX_DEPTH} levels"));
                }
                brackets += 1;
                if brackets > max_brackets {
                    return fault(format!("more than {max_brackets} lists and objects"));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b':' => members += 1,
            _ => {}
        }
    }
    Ok(members)
}

/// serde's message without its position, and that position counted from the start of the whole text.
fn serde_fault(whole: &[u8], offset: usize, error: &serde_json::Error) -> JsonFault {
    let text = error.to_string();
    let message = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(message, _)| message)
        .to_owned();
    let rest = &whole[offset..];
    let line_start = rest
        .split_inclusive(|b| *b == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum::<usize>();
    let at = (line_start + error.column().saturating_sub(1)).min(rest.len());
    let (line, column) = position(whole, offset + at);
    let message = if error.is_eof() {
        format!("the JSON ends too early ({message})")
    } else if let Some(word) = script::word(&rest[at..]) {
        format!("`{word}` is not JSON")
    } else if matches!(rest.get(at), Some(b']' | b'}'))
        && rest[..at].trim_ascii_end().ends_with(b",")
    {
        "trailing comma".to_owned()
    } else {
        message
    };
    JsonFault {
        line,
        column,
        message,
    }
}

/// Line and column, both from 1, of a byte; the column counts characters.
pub(crate) fn position(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |i| i + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    (line, column)
}

/// A value as one line of JSON. What JSON cannot say becomes `null` (not a number, infinity).
pub(crate) fn to_line(value: &Val) -> String {
    let mut line = String::new();
    write(value, &mut line);
    line
}

fn write(value: &Val, out: &mut String) {
    match value {
        Val::Null => out.push_str("null"),
        Val::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Val::Num(Num::Float(f)) if !f.is_finite() => out.push_str("null"),
        Val::Num(number) => out.push_str(&as_json(&number.to_string())),
        Val::TStr(text) | Val::BStr(text) => write_text(&String::from_utf8_lossy(text), out),
        Val::Arr(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Val::Obj(fields) => {
            out.push('{');
            for (i, (key, value)) in fields.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                match key {
                    Val::TStr(_) | Val::BStr(_) => write(key, out),
                    other => write_text(&to_line(other), out),
                }
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("a string always has a JSON form"));
}

/// A number as JSON writes it: an expression may say `007`, and JSON knows no zeros before a number.
fn as_json(number: &str) -> Cow<'_, str> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    let rest = &digits[zeros..];
    match (zeros, rest.starts_with(|c: char| c.is_ascii_digit())) {
        (0, _) | (1, false) => number.into(),
        (_, true) => format!("{sign}{rest}").into(),
        (_, false) => format!("{sign}0{rest}").into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fault_has_line_and_column() {
        let fault = parse(b"{\"a\": 1,\n \"b\": x}").unwrap_err();
        assert_eq!((fault.line, fault.column), (2, 7), "{fault}");
        let fault = parse(b"[1, 2").unwrap_err();
        assert!(fault.message.contains("too early"), "{fault}");
        let faults: Vec<_> = parse_many(b"{\"a\":1}\n{\"a\":}\n").collect();
        let fault = faults[1].as_ref().unwrap_err();
        assert_eq!(
            (faults.len(), fault.line, fault.column),
            (2, 2, 6),
            "{fault}"
        );
    }

    #[test]
    fn only_json_is_json() {
        for text in [
            "NaN", "# c\n1", "b\"x\"", "[1,]", "01", "+1", "{1:2}", "[1] 2", "'a'", "",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_made_for_scripts_is_named() {
        for (text, words) in [
            (")]}',\n{\"a\":1}", "guard against scripts"),
            ("cb({\"a\":1});", "calls `cb`"),
            (" /**/ my.fn_1 ([1])", "calls `my.fn_1`"),
            ("{\"a\": NaN}", "`NaN` is not JSON"),
            ("[1, Infinity]", "`Infinity` is not JSON"),
            ("[1, 2,]", "trailing comma"),
        ] {
            let fault = parse(text.as_bytes()).unwrap_err();
            assert!(fault.message.contains(words), "{text}: {fault}");
        }
        assert_eq!(parse(b"[1, NaN]").unwrap_err().column, 5);
    }

    #[test]
    fn of_a_repeated_name_the_last_counts_and_it_is_told() {
        let (value, repeated) =
            read(br#"[{"a":{"b":1,"c":2}},{"x":1,"y":":","x":{"z":3}}]"#).unwrap();
        assert_eq!(repeated.as_deref(), Some("x"));
        assert_eq!(
            to_line(&value),
            r#"[{"a":{"b":1,"c":2}},{"x":{"z":3},"y":":"}]"#
        );
        let (_, repeated) = read(br#"{"a":{"a":{"a":[{"a":1},{"a":2}]}}}"#).unwrap();
        assert_eq!(repeated, None);
        for (text, name) in [
            (
                r#"{"a\"b\\":":", "c" : ["c", {"c":1}], "a\u0022b\\":2}"#,
                r#"a"b\"#,
            ),
            (r#"[{"a":1},{"a":{"a":1},"b":2 , "b":3,"a":4}]"#, "b"),
        ] {
            assert_eq!(read(text.as_bytes()).unwrap().1.as_deref(), Some(name));
        }
    }

    #[test]
    fn case_70_a_number_that_no_float_can_hold_is_json() {
        let text = r#"{"a":1e400,"b":-1.50E+9999,"c":9007199254740993,"d":0.10}"#;
        assert_eq!(to_line(&parse(text.as_bytes()).unwrap()), text);
        let lines = format!("{text}\n{text}\n");
        assert!(parse_many(lines.as_bytes()).all(|value| to_line(&value.unwrap()) == text));
        let (_, repeated) = read(br#"{"a":1e400,"b":1,"b":2}"#).unwrap();
        assert_eq!(repeated.as_deref(), Some("b"));
    }

    #[test]
    fn documents_follow_each_other() {
        let lines: Vec<_> = parse_many(b"\xEF\xBB\xBF{\"a\":1}\n[2]  3\n")
            .map(|v| to_line(&v.unwrap()))
            .collect();
        assert_eq!(lines, ["{\"a\":1}", "[2]", "3"]);
        assert_eq!(parse_many(b" \n ").count(), 0);
    }

    #[test]
    fn utf16_with_a_mark_is_read() {
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend("[\"é\"]".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(to_line(&parse(&bytes).unwrap()), "[\"é\"]");
    }

    #[test]
    fn the_deepest_that_is_allowed_is_read() {
        let text = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(parse(text.as_bytes()).is_ok());
        let text = format!("[{text}]");
        assert!(parse(text.as_bytes()).unwrap_err().message.contains("deep"));
    }

    #[test]
    fn more_lists_than_anybody_publishes_are_refused() {
        let text = |count: usize| format!("[{}{{}}]", "[],".repeat(count));
        assert!(parse(text(900_000).as_bytes()).is_ok());
        let fault = parse(text(1_100_000).as_bytes()).unwrap_err();
        assert!(fault.message.contains("lists and objects"), "{fault}");
    }

    #[test]
    fn a_number_that_would_take_for_ever_is_refused() {
        let text = "9".repeat(1_000_000);
        assert!(
            parse(text.as_bytes())
                .unwrap_err()
                .message
                .contains("digits")
        );
    }

    proptest! {
        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
            let _ = parse_many(&bytes).count();
        }

        #[test]
        fn what_was_written_reads_back(text in ".{0,40}", n in any::<i64>()) {
            let json = serde_json::json!({"k": [text, n, null, true]}).to_string();
            prop_assert_eq!(to_line(&parse(json.as_bytes()).unwrap()), json);
        }
    }

    #[test]
    fn zeros_before_a_number_are_not_written() {
        for (said, written) in [
            ("0", "0"),
            ("-0.5", "-0.5"),
            ("-000e40000", "-0e40000"),
            ("007", "7"),
            ("00.10", "0.10"),
            ("0e1", "0e1"),
            ("10.50", "10.50"),
        ] {
            assert_eq!(as_json(said), written);
        }
    }
}
