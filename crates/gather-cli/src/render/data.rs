//! Data for programs: JSON, JSON lines, CSV.
//!
//! JSON says everything and says it exactly; CSV has the columns a person wants in a spreadsheet, its texts defused.

use serde::Serialize;

use super::{Lines, Reader, data};
use crate::{
    args::Format,
    escape,
    failure::{Failure, Result},
};

/// A value in a row of CSV.
#[derive(Debug)]
pub(crate) enum Cell {
    /// Text from outside.
    Text(String),
    /// A number or a date of ours, which must stay one.
    Plain(String),
    /// Nothing.
    Empty,
}

impl Cell {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn plain(value: impl ToString) -> Self {
        Self::Plain(value.to_string())
    }

    /// Text that may be missing.
    pub(crate) fn maybe(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    /// A value of ours that may be missing.
    pub(crate) fn maybe_plain(value: Option<impl ToString>) -> Self {
        value.map_or(Self::Empty, Self::plain)
    }
}

/// Something that can be a row of CSV.
pub(crate) trait Row {
    /// The names of the columns.
    const HEADER: &'static [&'static str];
    /// The row, one cell a column.
    fn cells(&self) -> Vec<Cell>;
}

/// Writes one JSON document.
pub(crate) fn document(value: &impl Serialize) -> Result<Reader> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| Failure::of(&error))?;
    text.push('\n');
    data(&escape::json(&text))
}

/// Writes one value: on a line of its own where lines are asked for, else as a document.
pub(crate) fn one(format: Format, value: &impl Serialize) -> Result<Reader> {
    if format != Format::Ndjson {
        return document(value);
    }
    let mut lines = Lines::new();
    lines.json(&serde_json::to_string(value).map_err(|error| Failure::of(&error))?)?;
    lines.end()
}

/// Writes a list: a JSON array, a line each, or a table in CSV.
pub(crate) fn rows<T: Serialize + Row>(format: Format, list: &[T]) -> Result<Reader> {
    match format {
        Format::Csv => data(&csv(list)?),
        Format::Ndjson => {
            let mut lines = Lines::new();
            for value in list {
                let line = serde_json::to_string(value).map_err(|error| Failure::of(&error))?;
                if lines.json(&line)? == Reader::Gone {
                    return Ok(Reader::Gone);
                }
            }
            lines.end()
        }
        // Feeds are refused before any command that does not write them.
        Format::Json | Format::Table | Format::JsonFeed | Format::Rss => document(&list),
    }
}

fn csv<T: Row>(list: &[T]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Failure::of(&error);
    writer.write_record(T::HEADER).map_err(failed)?;
    for value in list {
        let cells = value.cells().into_iter().map(|cell| match cell {
            Cell::Text(text) => escape::cell(&text),
            Cell::Plain(text) => text,
            Cell::Empty => String::new(),
        });
        writer.write_record(cells).map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Failure::of(error.error()))?;
    String::from_utf8(bytes).map_err(|error| Failure::of(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Line(&'static str, &'static str);

    impl Row for Line {
        const HEADER: &'static [&'static str] = &["title", "amount"];

        fn cells(&self) -> Vec<Cell> {
            vec![Cell::text(self.0), Cell::plain(self.1)]
        }
    }

    #[test]
    fn texts_are_defused_and_numbers_stay_numbers() {
        let text = csv(&[Line("=1+1", "-45.00"), Line("a, \"b\"", "3.00")]).unwrap();
        assert_eq!(text, "title,amount\n'=1+1,-45.00\n\"a, \"\"b\"\"\",3.00\n");
    }
}
