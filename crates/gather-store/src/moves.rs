//! Addresses of a source that lead elsewhere for good, and addresses at which nothing will come any more.
//!
//! One permanent redirect may be a mistake of an afternoon. It is adopted when an address has led to the same place in
//! [`ADOPTED_AFTER`] runs in a row in which it answered; the source keeps its name, and with it its articles.
//! Runs in which it did not answer neither count nor break the row.
//!
//! Not here: which answers are permanent redirects, and which addresses may be asked at all.
//! Source: RFC 9110 sections 15.4.2 (301), 15.4.9 (308), 15.5.11 (410).

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::{Error, RunId, SourceRef, Store, codec::Instant, error::Fault, sources};

/// In how many runs in a row an address has to lead to another for good before that one is asked instead.
pub const ADOPTED_AFTER: u32 = 3;

/// An address of a source that leads to another for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The address that was asked.
    pub from: String,
    /// Where it leads to; of an adopted one, where the last of several adopted moves leads to.
    pub to: String,
    /// In how many runs in a row.
    pub runs: u32,
    /// When it led there first.
    pub first_at: Timestamp,
    /// When it led there last.
    pub last_at: Timestamp,
    /// Since when `to` is asked instead; `None` while it is not.
    pub adopted_at: Option<Timestamp>,
}

/// An address at which nothing will come any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// The address.
    pub url: String,
    /// When it said so.
    pub at: Timestamp,
}

impl Store {
    /// Notes where an address of a source led in a run: `to` is where it led to for good, `None` when it answered
    /// itself or led elsewhere only for now. Addresses are texts without credentials.
    ///
    /// Returns in how many runs in a row it has led to `to`; from [`ADOPTED_AFTER`] on it is adopted. Within one run
    /// only the first call for an address counts, unless a later one says otherwise.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn redirected(
        &self,
        run: RunId,
        source: SourceRef<'_>,
        from: &str,
        to: Option<&str>,
        at: Timestamp,
    ) -> Result<u32, Error> {
        let to = to.filter(|&to| to != from);
        if to.is_none() && !self.read(|tx| is_known(tx, source, from))? {
            // The usual case: nothing to count, nothing to forget, and no need to write.
            return Ok(0);
        }
        self.write(|tx| {
            let source = sources::source_id(tx, source)?;
            match to {
                Some(to) => count(tx, run, source, from, to, at),
                None => {
                    tx.prepare_cached("DELETE FROM moves WHERE source_id = ?1 AND from_url = ?2")?
                        .execute((source, from))?;
                    Ok(0)
                }
            }
        })
    }

    /// The addresses of a source that lead elsewhere for good, adopted or not, by address.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn moves(&self, source: SourceRef<'_>) -> Result<Vec<Move>, Error> {
        self.read(|tx| {
            let Some(source) = sources::known_source(tx, source)? else {
                return Ok(Vec::new());
            };
            let mut statement = tx.prepare_cached(
                "SELECT from_url, to_url, runs, first_at, last_at, adopted_at
                   FROM moves WHERE source_id = ?1 ORDER BY from_url",
            )?;
            let rows = statement.query_map([source], |row| {
                Ok(Move {
                    from: row.get(0)?,
                    to: row.get(1)?,
                    runs: row.get(2)?,
                    first_at: row.get::<_, Instant>(3)?.0,
                    last_at: row.get::<_, Instant>(4)?.0,
                    adopted_at: row.get::<_, Option<Instant>>(5)?.map(|at| at.0),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes that an address of a source said that nothing will come any more. The first time is what stays.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn gone(&self, source: SourceRef<'_>, url: &str, at: Timestamp) -> Result<(), Error> {
        self.write(|tx| {
            let source = sources::source_id(tx, source)?;
            tx.prepare_cached(
                "INSERT OR IGNORE INTO gone (source_id, url, at) VALUES (?1, ?2, ?3)",
            )?
            .execute((source, url, Instant(at)))?;
            Ok(())
        })
    }

    /// The addresses of a source at which nothing will come any more, by address.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn gone_addresses(&self, source: SourceRef<'_>) -> Result<Vec<Gone>, Error> {
        self.read(|tx| {
            let Some(source) = sources::known_source(tx, source)? else {
                return Ok(Vec::new());
            };
            let mut statement =
                tx.prepare_cached("SELECT url, at FROM gone WHERE source_id = ?1 ORDER BY url")?;
            let rows = statement.query_map([source], |row| {
                Ok(Gone {
                    url: row.get(0)?,
                    at: row.get::<_, Instant>(1)?.0,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Forgets that an address was gone, since a person asks for it again or it answered.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn forget_gone(&self, source: SourceRef<'_>, url: &str) -> Result<(), Error> {
        self.write(|tx| {
            if let Some(source) = sources::known_source(tx, source)? {
                tx.prepare_cached("DELETE FROM gone WHERE source_id = ?1 AND url = ?2")?
                    .execute((source, url))?;
            }
            Ok(())
        })
    }
}

fn is_known(tx: &Transaction<'_>, source: SourceRef<'_>, from: &str) -> Result<bool, Fault> {
    let Some(source) = sources::known_source(tx, source)? else {
        return Ok(false);
    };
    Ok(tx
        .prepare_cached("SELECT 1 FROM moves WHERE source_id = ?1 AND from_url = ?2")?
        .exists((source, from))?)
}

fn count(
    tx: &Transaction<'_>,
    run: RunId,
    source: i64,
    from: &str,
    to: &str,
    at: Timestamp,
) -> Result<u32, Fault> {
    let runs: u32 = tx
        .prepare_cached(
            "INSERT INTO moves (source_id, from_url, to_url, runs, last_run, first_at, last_at)
             VALUES (:source, :from, :to, 1, :run, :at, :at)
             ON CONFLICT (source_id, from_url) DO UPDATE
                SET runs = iif(to_url IS NOT excluded.to_url, 1, runs + (last_run <> excluded.last_run)),
                    first_at = iif(to_url IS NOT excluded.to_url, excluded.first_at, first_at),
                    adopted_at = iif(to_url IS NOT excluded.to_url, NULL, adopted_at),
                    to_url = excluded.to_url, last_run = excluded.last_run, last_at = excluded.last_at
             RETURNING runs",
        )?
        .query_row(
            named_params! {
                ":source": source, ":from": from, ":to": to, ":run": run.get(), ":at": Instant(at),
            },
            |row| row.get(0),
        )?;
    if runs >= ADOPTED_AFTER {
        let adopted = tx
            .prepare_cached(
                "UPDATE moves SET adopted_at = :at
                  WHERE source_id = :source AND from_url = :from AND adopted_at IS NULL RETURNING 1",
            )?
            .query_row(
                named_params! {":source": source, ":from": from, ":at": Instant(at)},
                |_| Ok(()),
            )
            .optional()?;
        if adopted.is_some() {
            follow_on(tx, source, from, to)?;
        }
    }
    Ok(runs)
}

/// What was adopted before and led to an address that itself has moved now leads on; one that would lead to itself,
/// because a site moved back, is asked again as it stands.
fn follow_on(tx: &Transaction<'_>, source: i64, from: &str, to: &str) -> Result<(), Fault> {
    tx.execute(
        "UPDATE moves SET to_url = ?3
          WHERE source_id = ?1 AND to_url = ?2 AND adopted_at IS NOT NULL AND from_url <> ?2",
        (source, from, to),
    )?;
    tx.execute(
        "DELETE FROM moves WHERE source_id = ?1 AND from_url = to_url",
        [source],
    )?;
    Ok(())
}
