//! Letting go of what is old: articles and runs, by age.
//!
//! Nothing of money goes, and no article of a story that somebody has starred. Of each source its latest outcome stays,
//! since it says how the source stands. Rows go in small transactions, so that nobody who writes waits for long.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Transaction, named_params};
use serde::Serialize;

use crate::{Error, Store, error::Fault};

/// So many rows go in one transaction.
const AT_ONCE: i64 = 500;

/// How long what is kept. `None` keeps it for good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Articles, since they were last changed.
    pub articles: Option<Duration>,
    /// Runs with their outcomes and timelines, since they began.
    pub runs: Option<Duration>,
}

/// What went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Articles.
    pub articles: usize,
    /// Runs.
    pub runs: usize,
}

impl Store {
    /// Lets go of what is older than it is to be kept.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`]. What had gone before is gone.
    pub fn prune(&self, retention: &Retention, now: Timestamp) -> Result<Pruned, Error> {
        let before = |age: Duration| {
            let micros = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
            now.as_microsecond().saturating_sub(micros)
        };
        let mut pruned = Pruned::default();
        if let Some(age) = retention.articles {
            pruned.articles = self.in_steps(|tx| articles(tx, before(age)))?;
        }
        if let Some(age) = retention.runs {
            pruned.runs = self.in_steps(|tx| runs(tx, before(age)))?;
        }
        Ok(pruned)
    }

    fn in_steps(
        &self,
        step: impl Fn(&Transaction<'_>) -> Result<usize, Fault>,
    ) -> Result<usize, Error> {
        let mut gone = 0;
        loop {
            let some = self.write(&step)?;
            gone += some;
            if some == 0 {
                return Ok(gone);
            }
        }
    }
}

/// A note of an answer vouches for all rows of its source: it would bring old articles back as "not modified" and never
/// again, so the trigger that drops it with a row is right here too.
fn articles(tx: &Transaction<'_>, before: i64) -> Result<usize, Fault> {
    let mut old = tx.prepare_cached(
        "SELECT a.key, a.story_id FROM articles a
          WHERE a.rank_at < :before AND a.updated_at < :before
            AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.story_id = a.story_id AND m.starred_at IS NOT NULL)
          ORDER BY a.rank_at LIMIT :limit",
    )?;
    let rows = old.query_map(
        named_params! {":before": before, ":limit": AT_ONCE},
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    )?;
    let rows: Vec<(i64, i64)> = rows.collect::<Result<_, _>>()?;
    let mut delete = tx.prepare_cached("DELETE FROM articles WHERE key = ?1")?;
    let mut empty = tx.prepare_cached(
        "DELETE FROM stories WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM articles WHERE story_id = ?1)",
    )?;
    for (article, story) in &rows {
        delete.execute([article])?;
        empty.execute([story])?;
    }
    Ok(rows.len())
}

fn runs(tx: &Transaction<'_>, before: i64) -> Result<usize, Fault> {
    Ok(tx
        .prepare_cached(
            "DELETE FROM runs WHERE id IN (
                SELECT r.id FROM runs r
                 WHERE r.started_at < :before AND r.status <> 'running'
                   AND NOT EXISTS (
                        SELECT 1 FROM outcomes o
                         WHERE o.run_id = r.id
                           AND o.run_id = (SELECT max(l.run_id) FROM outcomes l
                                            WHERE l.source_id = o.source_id AND l.state IS NOT NULL))
                 ORDER BY r.id LIMIT :limit)",
        )?
        .execute(named_params! {":before": before, ":limit": AT_ONCE})?)
}
