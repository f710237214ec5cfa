//! Sources as the store knows them: whose they are, how they last came out, what is held of them.
//!
//! A source is its name and its owner. When the configuration gives a shared source an owner, what was shared moves
//! to that owner. Between two owners nothing ever moves: the same name with another owner is another source.

use std::ops::AddAssign;

use gather_records::{RecordKind, Viewer};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params};
use serde::Serialize;

use crate::{
    Error, RunId, SourceOutcome, SourceRef, Store,
    codec::{Instant, count},
    error::Fault,
    history,
};

/// How many records of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Articles.
    pub articles: u64,
    /// Accounts.
    pub accounts: u64,
    /// Transactions.
    pub transactions: u64,
    /// Budgets.
    pub budgets: u64,
    /// Rates, one a pair of currencies and day.
    pub rates: u64,
}

/// A source as one viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceState {
    /// Its name in the configuration.
    pub source: String,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// How it came out last; `None` when it never had an outcome.
    pub last: Option<SourceOutcome>,
    /// The run of that outcome.
    pub last_run: Option<RunId>,
    /// When its data was last known to be good: a page was kept, or the source said that nothing had changed.
    /// Its age is the caller's now minus this.
    pub good_at: Option<Timestamp>,
    /// What is held of it.
    pub held: Held,
}

impl Held {
    /// Counts one more of a kind.
    pub fn count(&mut self, kind: RecordKind) {
        match kind {
            RecordKind::Article => self.articles += 1,
            RecordKind::Account => self.accounts += 1,
            RecordKind::Transaction => self.transactions += 1,
            RecordKind::Budget => self.budgets += 1,
            RecordKind::Rate => self.rates += 1,
        }
    }
}

impl AddAssign for Held {
    fn add_assign(&mut self, more: Self) {
        self.articles += more.articles;
        self.accounts += more.accounts;
        self.transactions += more.transactions;
        self.budgets += more.budgets;
        self.rates += more.rates;
    }
}

impl Store {
    /// Every source the viewer may see, by name, with its last outcome; read in one snapshot.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn source_states(&self, viewer: &Viewer) -> Result<Vec<SourceState>, Error> {
        self.read(|tx| states(tx, viewer))
    }
}

pub(crate) fn states(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<SourceState>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.id, s.name, s.owner, s.good_at,
                (SELECT count(*) FROM articles WHERE source_id = s.id),
                (SELECT count(*) FROM accounts WHERE source_id = s.id),
                (SELECT ifnull(sum(rows), 0) FROM day_sums WHERE source_id = s.id AND day = '*')
                    + (SELECT count(*) FROM transactions INDEXED BY transactions_pending
                        WHERE source_id = s.id AND pending = 1),
                (SELECT count(*) FROM budgets WHERE source_id = s.id),
                (SELECT count(*) FROM rates WHERE source_id = s.id),
                (SELECT max(run_id) FROM outcomes WHERE source_id = s.id AND state IS NOT NULL)
           FROM sources s
          WHERE :viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer
          ORDER BY s.name, s.owner",
    )?;
    let rows = statement.query_map(named_params! {":viewer": viewer.user()}, |row| {
        let state = SourceState {
            source: row.get(1)?,
            owner: row.get(2)?,
            last: None,
            last_run: row.get::<_, Option<i64>>(9)?.map(RunId),
            good_at: row.get::<_, Option<Instant>>(3)?.map(|at| at.0),
            held: Held {
                articles: count(row, 4)?,
                accounts: count(row, 5)?,
                transactions: count(row, 6)?,
                budgets: count(row, 7)?,
                rates: count(row, 8)?,
            },
        };
        Ok((row.get::<_, i64>(0)?, state))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (id, mut state) = row?;
        if let Some(run) = state.last_run {
            state.last = history::outcomes(tx, run, viewer, Some(id))?.pop();
        }
        found.push(state);
    }
    Ok(found)
}

/// The store's number of a source, which is made where it is new.
pub(crate) fn source_id(tx: &Transaction<'_>, source: SourceRef<'_>) -> Result<i64, Fault> {
    if source.name.is_empty() || source.owner == Some("") {
        return Err(Fault::InvalidRecord(
            "a source without a name, or with an owner without a name".to_owned(),
        ));
    }
    if let Some(id) = known_source(tx, source)? {
        return Ok(id);
    }
    if source.owner.is_some() {
        let moved = tx
            .prepare_cached(
                "UPDATE sources SET owner = ?2 WHERE name = ?1 AND owner IS NULL RETURNING id",
            )?
            .query_row((source.name, source.owner), |row| row.get(0))
            .optional()?;
        if let Some(id) = moved {
            return Ok(id);
        }
    }
    let id = tx
        .prepare_cached("INSERT INTO sources (name, owner) VALUES (?1, ?2) RETURNING id")?
        .query_row((source.name, source.owner), |row| row.get(0))?;
    Ok(id)
}

/// The store's number of a source, if it knows it.
pub(crate) fn known_source(
    tx: &Transaction<'_>,
    source: SourceRef<'_>,
) -> Result<Option<i64>, Fault> {
    Ok(tx
        .prepare_cached(
            "SELECT id FROM sources WHERE name = ?1 AND ifnull(owner, '') = ifnull(?2, '')",
        )?
        .query_row((source.name, source.owner), |row| row.get(0))
        .optional()?)
}

/// Notes that what is held of a source was good at an instant.
pub(crate) fn mark_good(tx: &Transaction<'_>, id: i64, at: Timestamp) -> Result<(), Fault> {
    tx.prepare_cached("UPDATE sources SET good_at = max(ifnull(good_at, ?2), ?2) WHERE id = ?1")?
        .execute((id, Instant(at)))?;
    Ok(())
}
