//! The value of `csv`: how the cells and the names of the columns are written.

use encoding_rs::Encoding;
use toml::{Spanned, de::DeValue};

use super::{place::Placed, read::Reader, values};
use crate::format::csv::{Header, Settings};

const KEYS: &[&str] = &["delimiter", "header", "quote", "encoding"];

impl Reader<'_> {
    pub(super) fn csv(&mut self, value: &Spanned<DeValue<'_>>) -> Placed<Settings> {
        let place = self.place(value.span());
        let mut csv = Settings::default();
        for (key, key_place, value) in self.table(value) {
            match key {
                "delimiter" => {
                    if let Some(read) = self.value(value, one_byte) {
                        csv.delimiter = read.value;
                    }
                }
                "quote" => {
                    if let Some(read) = self.value(value, |v| match v {
                        DeValue::Boolean(false) => Ok(None),
                        other => one_byte(other).map(Some),
                    }) {
                        csv.quote = read.value;
                    }
                }
                "header" => {
                    if let Some(read) = self.value(value, header) {
                        csv.header = read.value;
                    }
                }
                "encoding" => {
                    if let Some(read) = self.value(value, encoding) {
                        csv.encoding = Some(read.value);
                    }
                }
                _ => self.unknown(key, &key_place, KEYS),
            }
        }
        Placed { value: csv, place }
    }
}

fn one_byte(value: &DeValue<'_>) -> Result<u8, String> {
    match value.as_str().map(str::as_bytes) {
        Some([byte]) if byte.is_ascii() && !matches!(byte, b'\r' | b'\n') => Ok(*byte),
        _ => Err("expected one ASCII character in quotes, such as `\";\"`".to_owned()),
    }
}

fn header(value: &DeValue<'_>) -> Result<Header, String> {
    let expected = || {
        "expected `true` (the first row holds the names), `false` (rows are arrays), or a list of names".to_owned()
    };
    match value {
        DeValue::Boolean(true) => Ok(Header::FirstRow),
        DeValue::Boolean(false) => Ok(Header::Absent),
        DeValue::Array(names) if !names.is_empty() => names
            .iter()
            .map(|name| values::name(name.get_ref()).map_err(|_| expected()))
            .collect::<Result<_, _>>()
            .map(Header::Names),
        _ => Err(expected()),
    }
}

fn encoding(value: &DeValue<'_>) -> Result<String, String> {
    let label = values::text(value)?;
    match Encoding::for_label(label.as_bytes()) {
        Some(_) => Ok(label),
        None => Err(format!(
            "`{label}` is not an encoding; expected one such as `utf-8`, `windows-1252`, `iso-8859-15` or `utf-16le`"
        )),
    }
}
