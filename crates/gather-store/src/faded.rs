//! Fields that used to be filled and now are empty: the sign that a source has changed its shape.
//!
//! For each optional field that a declaration maps, the store counts how many rows had it. A page of at least
//! [`ENOUGH_NOW`] rows, none of which has a field that nearly all earlier rows had, is refused before it overwrites
//! anything. Answers of a few rows each are judged together, over their run ([`Store::faded`]).
//!
//! The counts are those of one declaration: an edited mapping starts anew. They are halved from time to time, so that
//! the last thousand rows or so decide. A run in which a field has faded is not counted, so the sign stays until the
//! source is as it was or the mapping is edited.

use std::fmt;

use gather_records::RecordKind;
use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::{
    Error, RunId, SourceRef, Store,
    codec::{count, integer},
    error::Fault,
    sources,
};

/// Fewer rows than this say nothing.
const ENOUGH_NOW: u64 = 5;

/// As many rows must have been seen before.
const ENOUGH_BEFORE: u64 = 20;

/// Above as many rows the counts are halved.
const WINDOW: u64 = 1000;

/// How many rows of a page had an optional field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled<'a> {
    /// Of which kind the rows are.
    pub kind: RecordKind,
    /// The field's name.
    pub field: &'a str,
    /// How many rows had it.
    pub filled: u64,
    /// How many rows there were.
    pub rows: u64,
}

/// A field that nearly all earlier rows had and none has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faded {
    /// The kind of the rows, as the configuration writes it.
    pub kind: String,
    /// The field's name.
    pub field: String,
    /// How many earlier rows had it.
    pub filled_before: u64,
    /// How many earlier rows there were.
    pub rows_before: u64,
    /// How many rows there are now, none of which has it.
    pub rows: u64,
}

impl fmt::Display for Faded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` of {} is empty in all {} rows, though {} of {} rows before had it",
            self.field, self.kind, self.rows, self.filled_before, self.rows_before
        )
    }
}

/// What is known of one field.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    filled: u64,
    rows: u64,
    run: i64,
    run_filled: u64,
    run_rows: u64,
}

impl Known {
    fn used_to_be_filled(filled: u64, rows: u64) -> bool {
        rows >= ENOUGH_BEFORE && filled * 10 >= rows * 9
    }

    /// Whether the field has faded over the run that counts now.
    fn faded(self) -> bool {
        self.run_rows >= ENOUGH_NOW
            && self.run_filled == 0
            && Self::used_to_be_filled(self.filled, self.rows)
    }

    /// Ends the run that counts now and begins another.
    fn begin(self, run: i64) -> Self {
        let mut known = Self { run, ..self };
        if !self.faded() {
            known.filled += self.run_filled;
            known.rows += self.run_rows;
        }
        while known.rows > WINDOW {
            known.filled /= 2;
            known.rows /= 2;
        }
        known.run_filled = 0;
        known.run_rows = 0;
        known
    }
}

impl Store {
    /// The fields of a source that have faded over all of its rows in this run. Meant for sources whose answers are
    /// too small to be judged one by one; asked before [`finish_source`](Self::finish_source).
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn faded(&self, run: RunId, source: SourceRef<'_>) -> Result<Vec<Faded>, Error> {
        self.read(|tx| {
            let Some(id) = sources::known_source(tx, source)? else {
                return Ok(Vec::new());
            };
            let mut statement = tx.prepare_cached(
                "SELECT kind, field, filled, rows, run_id, run_filled, run_rows
                   FROM filled WHERE source_id = ?1 AND run_id = ?2 ORDER BY kind, field",
            )?;
            let rows = statement.query_map((id, run.0), |row| {
                let known = Known {
                    filled: count(row, 2)?,
                    rows: count(row, 3)?,
                    run: row.get(4)?,
                    run_filled: count(row, 5)?,
                    run_rows: count(row, 6)?,
                };
                Ok((row.get(0)?, row.get(1)?, known))
            })?;
            let mut faded = Vec::new();
            for row in rows {
                let (kind, field, known) = row?;
                if known.faded() {
                    faded.push(Faded {
                        kind,
                        field,
                        filled_before: known.filled,
                        rows_before: known.rows,
                        rows: known.run_rows,
                    });
                }
            }
            Ok(faded)
        })
    }
}

/// Counts the fields of a page, or refuses it when one has faded.
pub(crate) fn count_filled(
    tx: &Transaction<'_>,
    name: &str,
    source: i64,
    run: RunId,
    filled: &[Filled<'_>],
) -> Result<(), Fault> {
    for field in filled.iter().filter(|field| field.rows > 0) {
        let known = known(tx, source, field)?.unwrap_or_default();
        let before = (known.filled + known.run_filled, known.rows + known.run_rows);
        if field.rows >= ENOUGH_NOW
            && field.filled == 0
            && Known::used_to_be_filled(before.0, before.1)
        {
            return Err(Fault::FieldFaded {
                source: name.to_owned(),
                faded: Faded {
                    kind: field.kind.as_str().to_owned(),
                    field: field.field.to_owned(),
                    filled_before: before.0,
                    rows_before: before.1,
                    rows: field.rows,
                },
            });
        }
        let mut next = if known.run == run.0 {
            known
        } else {
            known.begin(run.0)
        };
        next.run_filled += field.filled;
        next.run_rows += field.rows;
        tx.prepare_cached(
            "INSERT OR REPLACE INTO filled
                    (source_id, kind, field, filled, rows, run_id, run_filled, run_rows)
             VALUES (:source, :kind, :field, :filled, :rows, :run, :run_filled, :run_rows)",
        )?
        .execute(named_params! {
            ":source": source, ":kind": field.kind.as_str(), ":field": field.field,
            ":filled": integer(next.filled), ":rows": integer(next.rows), ":run": next.run,
            ":run_filled": integer(next.run_filled), ":run_rows": integer(next.run_rows),
        })?;
    }
    Ok(())
}

fn known(tx: &Transaction<'_>, source: i64, field: &Filled<'_>) -> Result<Option<Known>, Fault> {
    Ok(tx
        .prepare_cached(
            "SELECT filled, rows, run_id, run_filled, run_rows
               FROM filled WHERE source_id = ?1 AND kind = ?2 AND field = ?3",
        )?
        .query_row((source, field.kind.as_str(), field.field), |row| {
            Ok(Known {
                filled: count(row, 0)?,
                rows: count(row, 1)?,
                run: row.get(2)?,
                run_filled: count(row, 3)?,
                run_rows: count(row, 4)?,
            })
        })
        .optional()?)
}
