//! The books: every change of a transaction goes through here, with the sums that depend on it, and whatever an import
//! needs to be undone.
//!
//! A bank's ids are hints. What tells two transactions apart is in `identity` and `which`; what cannot be told without
//! asking waits in `review`. A field that a user set is never overwritten by a source; what the source says stands
//! beside it.
//!
//! Not here: what is read of money (`money`), accounts and budgets as a source states them (`keep/finance`).

mod account;
mod adopt;
mod arrive;
mod edit;
mod identity;
mod import;
mod merge;
mod review;
pub(crate) mod row;
mod rules;
pub(crate) mod sum;
pub(crate) mod totals;
mod transfer;
mod types;
mod undo;
mod which;

pub use types::{
    AccountRef, AggregateDrift, Decision, Import, ImportAccount, ImportBatch, ImportCounts,
    ImportId, ImportPlan, ImportReport, Part, PlannedRow, Review, ReviewId, ReviewReason, RowFate,
    Rule, RuleSubject, SetBy, Signs, TransactionId, TransferWith, Undone,
};

pub(crate) use account::{Stated, signs, state_balance};
pub(crate) use adopt::adopt;
pub(crate) use arrive::{Arrival, Arrived, Channel};
pub use edit::Edit;
pub(crate) use import::day_of;
pub(crate) use review::reviews;
pub use rules::Ruled;

use jiff::civil::Date;
use rusqlite::{Transaction as Tx, types::ToSqlOutput};

use self::{row::Row, totals::Totals};
use crate::{codec::Instant, error::Fault};

/// What is written of transactions in one transaction of the file.
pub(crate) struct Books<'t> {
    pub(crate) tx: &'t Tx<'t>,
    pub(crate) at: Instant,
    /// The import that writes; it notes what it changes.
    pub(crate) import: Option<i64>,
    totals: Totals,
    /// Rows of which it has to be found out anew whether they are one side of a transfer.
    unsure: Vec<Unsure>,
    /// The number of the next new row, once it is known.
    next_key: Option<i64>,
    /// The first new row that is not in the full-text index yet.
    not_indexed: Option<i64>,
}

/// A row that may be one side of a transfer: what its other side is looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Unsure {
    key: i64,
    source: i64,
    units: Option<i64>,
    date: Date,
}

impl<'t> Books<'t> {
    pub(crate) fn open(tx: &'t Tx<'t>, at: Instant, import: Option<i64>) -> Self {
        Self {
            tx,
            at,
            import,
            totals: Totals::default(),
            unsure: Vec::new(),
            next_key: None,
            not_indexed: None,
        }
    }

    /// Adds a row and returns its number.
    pub(crate) fn insert(&mut self, row: &Row) -> Result<i64, Fault> {
        let key = match self.next_key {
            Some(key) => key,
            None => self
                .tx
                .prepare_cached("SELECT ifnull(max(key), 0) + 1 FROM transactions")?
                .query_row([], |row| row.get(0))?,
        };
        self.next_key = Some(key + 1);
        row.insert(self.tx, key)?;
        self.not_indexed.get_or_insert(key);
        self.totals.count(row, true);
        if row.transfer.is_none() && !row.pending {
            self.unsure(key, row);
        }
        self.note(key, "new", None)?;
        Ok(key)
    }

    /// Writes a row over what stood there, and notes that for the undo of an import.
    pub(crate) fn replace(&mut self, before: &Row, after: &Row) -> Result<(), Fault> {
        self.note(before.key, "changed", Some(before))?;
        self.rewrite(before, after)
    }

    /// Writes a row over what stood there. Not noted: a link between two rows goes with either of them.
    pub(crate) fn rewrite(&mut self, before: &Row, after: &Row) -> Result<(), Fault> {
        self.index_new()?;
        after.update(self.tx, before.parts != after.parts)?;
        self.totals.count(before, false);
        self.totals.count(after, true);
        Ok(())
    }

    /// Takes a row away, and with it the link from the other side of a transfer.
    pub(crate) fn remove(&mut self, row: &Row) -> Result<(), Fault> {
        self.index_new()?;
        self.unlink_peer(row)?;
        self.totals.count(row, false);
        self.tx
            .prepare_cached("DELETE FROM transactions WHERE key = ?1")?
            .execute([row.key])?;
        Ok(())
    }

    /// Notes that an import tells of a row.
    pub(crate) fn vouch(&self, key: i64) -> Result<(), Fault> {
        self.note(key, "same", None)
    }

    /// Has it found out, at the end, whether a row as it stands now is one side of a transfer.
    pub(crate) fn look_for_transfer(&mut self, row: &Row) {
        self.unsure(row.key, row);
    }

    fn unsure(&mut self, key: i64, row: &Row) {
        // Without a day nothing can be at about the same time.
        self.unsure.extend(row.date.map(|date| Unsure {
            key,
            source: row.source,
            units: Row::units(row.amount.amount),
            date,
        }));
    }

    /// Finds transfers and puts the sums down. Nothing is written of the sums before.
    pub(crate) fn close(mut self) -> Result<(), Fault> {
        self.index_new()?;
        self.totals.write(self.tx)?;
        let mut unsure = std::mem::take(&mut self.unsure);
        unsure.sort_unstable();
        unsure.dedup();
        transfer::find(&mut self, &unsure)?;
        self.totals.write(self.tx)
    }

    /// Puts the sums down, for a write in which no row can have become a transfer.
    pub(crate) fn write_sums(&mut self) -> Result<(), Fault> {
        self.totals.write(self.tx)
    }

    /// Puts new rows into the full-text index, one after the other with nothing between: whatever begins a nested
    /// transaction in between has the index write a segment.
    fn index_new(&mut self) -> Result<(), Fault> {
        let Some(first) = self.not_indexed.take() else {
            return Ok(());
        };
        let mut new = self.tx.prepare_cached(
            "SELECT key, description, category, payee, note FROM transactions WHERE key >= ?1",
        )?;
        let mut put = self.tx.prepare_cached(
            "INSERT INTO transactions_text (rowid, description, category, payee, note) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let mut rows = new.query([first])?;
        while let Some(row) = rows.next()? {
            let column = |at| row.get_ref(at).map(ToSqlOutput::Borrowed);
            put.execute((column(0)?, column(1)?, column(2)?, column(3)?, column(4)?))?;
        }
        Ok(())
    }

    /// The first note of a row by an import is the one that counts: how it stood before.
    fn note(&self, key: i64, did: &str, before: Option<&Row>) -> Result<(), Fault> {
        let Some(import) = self.import else {
            return Ok(());
        };
        let before = before.map(|row| serde_json::to_string(row).expect("a row is JSON"));
        // An upsert costs several times as much, and most rows are new.
        let statement = if did == "changed" {
            "INSERT INTO import_rows (import_id, transaction_key, did, before) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET did = excluded.did, before = excluded.before WHERE did = 'same'"
        } else {
            "INSERT OR IGNORE INTO import_rows (import_id, transaction_key, did, before) VALUES (?1, ?2, ?3, ?4)"
        };
        self.tx
            .prepare_cached(statement)?
            .execute((import, key, did, before))?;
        Ok(())
    }
}
