//! What is noted of an answer so that it need not be fetched again: validators, freshness, and what it led to.
//!
//! A note is written in the transaction of the rows it vouches for (`keep`), and goes when a row of its source goes, so
//! an answer "not modified" can never stand for rows that are not there. Notes belong to the declaration they were
//! made under: under another one they are not given, and the next page under it drops them.
//!
//! Not here: what the texts mean. Requests, validators and follow-ups are kept byte for byte and never read.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params};

use crate::{Error, Page, RunId, SourceRef, Store, codec::Instant, error::Fault, history, sources};

/// A note that nobody has used for so long is dropped: its request is no longer made, as for an item that has left a
/// list. Should it be made after all, it costs one full answer.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(14 * 24 * 3600);

/// What to note of an answer; see [`Page::answer`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswerNote<'a> {
    /// The entity tag, byte for byte as it came.
    pub etag: Option<&'a [u8]>,
    /// When the server says it was last modified, byte for byte as it came.
    pub last_modified: Option<&'a [u8]>,
    /// Until when it need not be asked again.
    pub fresh_until: Option<Timestamp>,
    /// Until when it may stand in for an error.
    pub stale_if_error_until: Option<Timestamp>,
    /// What it depends on beside the request, as an opaque text.
    pub vary: Option<&'a str>,
    /// What the answer led to, as opaque texts.
    pub follow: &'a [String],
}

/// What was noted of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Which request it answered.
    pub request: String,
    /// The entity tag, byte for byte as it came.
    pub etag: Option<Vec<u8>>,
    /// When the server says it was last modified, byte for byte as it came.
    pub last_modified: Option<Vec<u8>>,
    /// Until when it need not be asked again.
    pub fresh_until: Option<Timestamp>,
    /// Until when it may stand in for an error.
    pub stale_if_error_until: Option<Timestamp>,
    /// What it depends on beside the request.
    pub vary: Option<String>,
    /// What the answer led to.
    pub follow: Vec<String>,
    /// When it was fetched, or last confirmed.
    pub at: Timestamp,
}

/// What an answer "not modified" brought; see [`Store::freshen`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshened<'a> {
    /// The entity tag; `None` leaves the one that is noted.
    pub etag: Option<&'a [u8]>,
    /// When it was last modified; `None` leaves what is noted.
    pub last_modified: Option<&'a [u8]>,
    /// Until when it need not be asked again; replaces what is noted.
    pub fresh_until: Option<Timestamp>,
    /// Until when it may stand in for an error; replaces what is noted.
    pub stale_if_error_until: Option<Timestamp>,
    /// What it depends on; `None` leaves what is noted.
    pub vary: Option<&'a str>,
    /// When it was confirmed.
    pub at: Timestamp,
}

impl Store {
    /// What is noted of a source's answers under this declaration, by request.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn answers(
        &self,
        source: SourceRef<'_>,
        declaration: &str,
    ) -> Result<Vec<KeptAnswer>, Error> {
        self.read(|tx| answers(tx, source, declaration))
    }

    /// Notes that an answer still stands. Its rows are not touched; the source's data is good at `freshened.at`.
    ///
    /// `false` when nothing is noted of the request any more: the rows may be gone, and it has to be asked again
    /// without validators.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownRun`](crate::ErrorKind::UnknownRun), or when the file cannot be written.
    pub fn freshen(
        &self,
        run: RunId,
        source: SourceRef<'_>,
        request: &str,
        freshened: &Freshened<'_>,
    ) -> Result<bool, Error> {
        self.write(|tx| {
            let id = sources::source_id(tx, source)?;
            history::outcome_row(tx, run, id)?;
            let noted = tx
                .prepare_cached(
                    "UPDATE answers
                        SET etag = ifnull(:etag, etag), last_modified = ifnull(:last_modified, last_modified),
                            fresh_until = :fresh, stale_until = :stale, vary = ifnull(:vary, vary), at = :at
                      WHERE source_id = :source AND request = :request",
                )?
                .execute(named_params! {
                    ":source": id, ":request": request, ":etag": freshened.etag,
                    ":last_modified": freshened.last_modified, ":fresh": freshened.fresh_until.map(Instant),
                    ":stale": freshened.stale_if_error_until.map(Instant), ":vary": freshened.vary,
                    ":at": Instant(freshened.at),
                })?;
            if noted > 0 {
                sources::mark_good(tx, id, freshened.at)?;
            }
            Ok(noted > 0)
        })
    }

    /// Drops what is noted of a request.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn forget_answer(&self, source: SourceRef<'_>, request: &str) -> Result<(), Error> {
        self.write(|tx| {
            if let Some(id) = sources::known_source(tx, source)? {
                drop_note(tx, id, request)?;
            }
            Ok(())
        })
    }
}

fn answers(
    tx: &Transaction<'_>,
    source: SourceRef<'_>,
    declaration: &str,
) -> Result<Vec<KeptAnswer>, Fault> {
    let Some(id) = sources::known_source(tx, source)? else {
        return Ok(Vec::new());
    };
    let mut statement = tx.prepare_cached(
        "SELECT a.request, a.etag, a.last_modified, a.fresh_until, a.stale_until, a.vary, a.follow, a.at
           FROM answers a JOIN sources s ON s.id = a.source_id
          WHERE a.source_id = ?1 AND s.declaration = ?2
          ORDER BY a.request",
    )?;
    let rows = statement.query_map((id, declaration), |row| {
        let follow: String = row.get(6)?;
        Ok(KeptAnswer {
            request: row.get(0)?,
            etag: row.get(1)?,
            last_modified: row.get(2)?,
            fresh_until: row.get::<_, Option<Instant>>(3)?.map(|at| at.0),
            stale_if_error_until: row.get::<_, Option<Instant>>(4)?.map(|at| at.0),
            vary: row.get(5)?,
            follow: serde_json::from_str(&follow).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(
                    6,
                    rusqlite::types::Type::Text,
                    error.into(),
                )
            })?,
            at: row.get::<_, Instant>(7)?.0,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps or drops the note of a page.
pub(crate) fn note(tx: &Transaction<'_>, source: i64, page: &Page<'_>) -> Result<(), Fault> {
    if page.request.is_empty() {
        return Ok(());
    }
    let Some(note) = page.answer.filter(|_| !page.declaration.is_empty()) else {
        return drop_note(tx, source, page.request);
    };
    let follow = serde_json::to_string(note.follow).expect("a list of strings is JSON");
    tx.prepare_cached(
        "INSERT OR REPLACE INTO answers
                (source_id, request, etag, last_modified, fresh_until, stale_until, vary, follow, at)
         VALUES (:source, :request, :etag, :last_modified, :fresh, :stale, :vary, :follow, :at)",
    )?
    .execute(named_params! {
        ":source": source, ":request": page.request, ":etag": note.etag,
        ":last_modified": note.last_modified, ":fresh": note.fresh_until.map(Instant),
        ":stale": note.stale_if_error_until.map(Instant), ":vary": note.vary, ":follow": follow,
        ":at": Instant(page.at),
    })?;
    Ok(())
}

fn drop_note(tx: &Transaction<'_>, source: i64, request: &str) -> Result<(), Fault> {
    tx.prepare_cached("DELETE FROM answers WHERE source_id = ?1 AND request = ?2")?
        .execute((source, request))?;
    Ok(())
}

/// Makes what was noted and counted under another declaration void.
pub(crate) fn declare(tx: &Transaction<'_>, source: i64, declaration: &str) -> Result<(), Fault> {
    if declaration.is_empty() {
        return Ok(());
    }
    let known: Option<Option<String>> = tx
        .prepare_cached("SELECT declaration FROM sources WHERE id = ?1")?
        .query_row([source], |row| row.get(0))
        .optional()?;
    if known.flatten().as_deref() == Some(declaration) {
        return Ok(());
    }
    tx.execute("DELETE FROM answers WHERE source_id = ?1", [source])?;
    tx.execute("DELETE FROM filled WHERE source_id = ?1", [source])?;
    tx.execute(
        "UPDATE sources SET declaration = ?2 WHERE id = ?1",
        (source, declaration),
    )?;
    Ok(())
}

/// Drops notes of requests that are no longer made.
pub(crate) fn drop_forgotten(tx: &Transaction<'_>, now: Timestamp) -> Result<(), Fault> {
    if let Ok(before) = now.checked_sub(FORGOTTEN_AFTER) {
        tx.prepare_cached("DELETE FROM answers WHERE at < ?1")?
            .execute([Instant(before)])?;
    }
    Ok(())
}
