//! The rows of a CSV: which delimiter makes a table of the text, where its names are, and where it begins and ends.
//!
//! A row of the table has a day in one cell and an amount in another. What stands above the first one is a preamble,
//! the last line of it that has no numbers in it the names; what stands below the last one and has no day a footer.

use csv::{ReaderBuilder, StringRecord};

use super::super::{
    Column, Profile, Proof,
    amount::Written,
    characters::LineOf,
    day::Day,
    error::{Fault, Open},
    import::MAX_ROWS,
};
use super::names;

/// More columns than this are not columns.
const MAX_COLUMNS: usize = 500;
/// A quoted cell that reaches over more lines than this was never closed.
const MAX_LINES: usize = 50;
/// The names of a table without rows stand among this many.
const MAX_PREAMBLE: usize = 100;
/// How many rows tell the delimiters apart.
const SAMPLE: usize = 500;

/// One row with something in it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) cells: StringRecord,
}

impl Row {
    /// A cell without white space at its ends; empty where the row is too short.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }
}

/// The table in a text.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) delimiter: char,
    /// The names of the columns, where there are any.
    pub(super) names: Option<Row>,
    pub(super) rows: Vec<Row>,
    pub(super) width: usize,
    pub(super) preamble: Vec<Proof>,
    pub(super) footer: Vec<Proof>,
}

pub(super) fn read(text: &str, profile: &Profile, open: &mut Open) -> Result<Table, Fault> {
    let candidates = match profile.delimiter {
        Some(delimiter) => vec![delimiter],
        None => vec![';', ',', '\t', '|'],
    };
    let mut found: Vec<(char, usize)> = Vec::new();
    for delimiter in &candidates {
        let sample = rows(text, *delimiter, profile, SAMPLE)?;
        if let Some(place) = Place::find(&sample, profile) {
            found.push((*delimiter, place.width));
        }
    }
    // Of two delimiters that both make a table, the one that leaves the fewest characters together.
    found.sort_by_key(|(_, width)| std::cmp::Reverse(*width));
    let delimiter = match found.as_slice() {
        [] => return Err(no_table(text, profile)),
        [(one, _)] => *one,
        [(one, width), (_, next), ..] if width > next => *one,
        [(one, _), (other, _), ..] => {
            let (one_value, other_value) = (format!("{one:?}"), format!("{other:?}"));
            open.ask(
                "delimiter",
                "two delimiters make a table of the file",
                Vec::new(),
                &[
                    (&one_value.replace('\'', "\""), "the first"),
                    (&other_value.replace('\'', "\""), "the second"),
                ],
            );
            *one
        }
    };
    let mut all = rows(text, delimiter, profile, usize::MAX)?;
    let place = Place::find(&all, profile).ok_or_else(|| no_table(text, profile))?;
    let proof = |row: &Row| {
        let cells: Vec<&str> = row.cells.iter().collect();
        Proof::new(row.line, &cells.join(&delimiter.to_string()))
    };
    let footer = all[place.end..].iter().take(5).map(proof).collect();
    all.truncate(place.end);
    let rows = all.split_off(place.start);
    let names = place.names.map(|index| all.remove(index));
    Ok(Table {
        delimiter,
        names,
        rows,
        width: place.width,
        preamble: all.iter().take(5).map(proof).collect(),
        footer,
    })
}

fn no_table(text: &str, profile: &Profile) -> Fault {
    let first = super::super::characters::lines(text).find(|(_, line)| !line.trim().is_empty());
    let columns: Vec<String> = named(profile)
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let fault = if columns.is_empty() {
        Fault::new(
            "it is no table of transactions: there is no line with a date and an amount in cells of their own",
        )
        .with_hint("the delimiter may be an unusual one: write `delimiter = \"…\"` in the profile")
    } else {
        Fault::new(format!(
            "the profile does not fit: no line has the names {}",
            columns.join(", ")
        ))
        .with_hint("read the file without the profile, or correct `[columns]` in it")
    };
    fault.at(first.map_or(1, |(line, _)| line))
}

/// Rows that are not blank.
fn rows(text: &str, delimiter: char, profile: &Profile, most: usize) -> Result<Vec<Row>, Fault> {
    let byte = |c: char| u8::try_from(c).unwrap_or(b',');
    let mut reader = ReaderBuilder::new()
        .delimiter(byte(delimiter))
        .quote(byte(profile.quote.unwrap_or('"')))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = LineOf::default();
    let mut rows = Vec::new();
    let mut cells = StringRecord::new();
    while rows.len() < most {
        let more = reader
            .read_record(&mut cells)
            .map_err(|error| Fault::new(format!("broken CSV: {error}")))?;
        if !more {
            break;
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let begin = cells.position().map_or(0, |at| at.byte());
        let begin = usize::try_from(begin).unwrap_or(usize::MAX).min(text.len());
        let blank = text.as_bytes()[begin..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let line = lines.byte(text, begin + blank);
        if cells.len() > MAX_COLUMNS {
            return Err(Fault::new(format!("a line has more than {MAX_COLUMNS} columns")).at(line));
        }
        let breaks = |cell: &str| cell.bytes().filter(|byte| *byte == b'\n').count();
        if cells.iter().any(|cell| breaks(cell) > MAX_LINES) {
            return Err(Fault::new(format!(
                "a quote opens a cell that does not end within {MAX_LINES} lines"
            ))
            .at(line)
            .with_hint(
                "write `quote = \"…\"` with a character that is not in the file into the profile",
            ));
        }
        if rows.len() == MAX_ROWS {
            return Err(Fault::too_many_rows());
        }
        rows.push(Row {
            line,
            cells: cells.clone(),
        });
    }
    Ok(rows)
}

/// Where the table is in the rows.
struct Place {
    names: Option<usize>,
    start: usize,
    end: usize,
    width: usize,
}

impl Place {
    fn find(rows: &[Row], profile: &Profile) -> Option<Self> {
        let wanted = named(profile);
        let given = if wanted.is_empty() {
            None
        } else {
            let has_all = |row: &Row| {
                wanted
                    .iter()
                    .all(|name| row.cells.iter().any(|cell| same_name(cell, name)))
            };
            Some(rows.iter().position(has_all)?)
        };
        let from = given.map_or(0, |index| index + 1);
        let is_data = |row: &&Row| {
            let days = row
                .cells
                .iter()
                .filter(|cell| Day::new(cell).is_some())
                .count();
            days > 0 && row.cells.iter().any(is_amount)
        };
        let data: Vec<usize> = rows[from..]
            .iter()
            .enumerate()
            .filter(|(_, row)| is_data(row))
            .map(|(index, _)| from + index)
            .collect();
        let Some((first, last)) = data.first().copied().zip(data.last().copied()) else {
            // A statement without transactions: only the names say that it is one.
            let index = given.or_else(|| {
                rows.iter().take(MAX_PREAMBLE).position(|row| {
                    let has = |wanted: &[names::Role]| {
                        row.cells.iter().any(|cell| {
                            names::roles(cell)
                                .iter()
                                .any(|(role, _)| wanted.contains(role))
                        })
                    };
                    has(&[names::Role::Date]) && has(&[names::Role::Amount, names::Role::Debit])
                })
            })?;
            let width = rows[index].cells.len();
            // Only rows that might have been meant as transactions are told.
            let end = (index + 1..rows.len())
                .rev()
                .find(|row| rows[*row].cells.len() == width)
                .map_or(index + 1, |row| row + 1);
            return Some(Self {
                names: Some(index),
                start: index + 1,
                end,
                width,
            });
        };
        // In a list with its own first column, rows of another shape may stand between.
        let mut widths: Vec<usize> = data.iter().map(|index| rows[*index].cells.len()).collect();
        widths.sort_unstable();
        let width = widths[widths.len() / 2];
        if width < 2 {
            return None;
        }
        let names = given.or_else(|| {
            (0..first).rev().find(|index| {
                let cells = &rows[*index].cells;
                let words = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
                cells.len() + 1 >= width
                    && words * 2 >= cells.len()
                    && words >= 2
                    && !cells
                        .iter()
                        .any(|cell| Day::new(cell).is_some() || is_amount(cell))
            })
        });
        // Below the names everything is a row; without names, from the first one on.
        let start = names.map_or(first, |index| index + 1);
        // A row below the last good one is a footer when it cannot have been meant as a transaction.
        let meant = |row: &Row| {
            row.cells.len() >= width.saturating_sub(1)
                && row
                    .cells
                    .iter()
                    .take(width)
                    .filter(|cell| !cell.trim().is_empty())
                    .count()
                    > 1
                && row.cells.iter().any(|cell| {
                    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
                    digits >= 4 && cell.contains(['/', '.', '-']) && !is_amount(cell)
                })
        };
        let end = (last + 1..rows.len())
            .rev()
            .find(|index| meant(&rows[*index]))
            .unwrap_or(last)
            + 1;
        Some(Self {
            names,
            start,
            end,
            width,
        })
    }
}

/// The columns that the profile names, by name.
fn named(profile: &Profile) -> Vec<&str> {
    let columns = &profile.columns;
    let single = [
        &columns.date,
        &columns.value_date,
        &columns.amount,
        &columns.debit,
        &columns.credit,
        &columns.indicator,
        &columns.balance,
        &columns.currency,
        &columns.payee,
        &columns.category,
        &columns.id,
        &columns.account,
        &columns.state,
    ];
    single
        .into_iter()
        .flatten()
        .chain(&columns.description)
        .filter_map(|column| match column {
            Column::Name(name) => Some(name.as_str()),
            Column::Number(_) => None,
        })
        .collect()
}

/// Whether a cell of the first row is what a profile names.
pub(super) fn same_name(cell: &str, name: &str) -> bool {
    cell.trim().to_lowercase() == name.trim().to_lowercase()
}

/// An amount that is no year, no day and no number of an account.
pub(super) fn is_amount(cell: &str) -> bool {
    Day::new(cell).is_none() && Written::new(cell).is_some()
}
