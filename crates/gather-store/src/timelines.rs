//! What runs did with their time, as a text that only whoever made it can read.
//!
//! Not here: what is in it (`gather-run`), how long it is kept otherwise (`prune`).

use rusqlite::{OptionalExtension, Transaction};

use crate::{Error, RunId, Store, error::Fault};

/// The timelines of so many runs are kept; with each new one the oldest goes.
pub const MOST_TIMELINES: i64 = 1_000;

impl Store {
    /// Keeps the timeline of a run; a second one replaces the first. Those of the latest [`MOST_TIMELINES`] stay.
    ///
    /// # Errors
    /// When there is no such run, or the file cannot be written; see [`Error::kind`].
    pub fn keep_timeline(&self, run: RunId, body: &[u8]) -> Result<(), Error> {
        self.write(|tx| {
            tx.prepare_cached("INSERT OR REPLACE INTO timelines (run_id, body) VALUES (?1, ?2)")?
                .execute((run.0, body))?;
            tx.prepare_cached(
                "DELETE FROM timelines WHERE run_id <= (
                    SELECT run_id FROM timelines ORDER BY run_id DESC LIMIT 1 OFFSET ?1)",
            )?
            .execute([MOST_TIMELINES])?;
            Ok(())
        })
    }

    /// The timeline of a run, as it was kept; `None`: there is none, or not any more. It tells of all sources of the run:
    /// whoever shows it sees to it that a viewer gets no more than they may see.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn timeline(&self, run: RunId) -> Result<Option<Vec<u8>>, Error> {
        self.read(|tx| timeline(tx, run))
    }
}

pub(crate) fn timeline(tx: &Transaction<'_>, run: RunId) -> Result<Option<Vec<u8>>, Fault> {
    Ok(tx
        .prepare_cached("SELECT body FROM timelines WHERE run_id = ?1")?
        .query_row([run.0], |row| row.get(0))
        .optional()?)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_oldest_timeline_goes_when_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        let keep = || {
            let run = store.begin_run(Timestamp::UNIX_EPOCH, &[]).unwrap();
            store
                .keep_timeline(run, run.to_string().as_bytes())
                .unwrap();
            run
        };
        let first = keep();
        let second = keep();
        assert_eq!(store.timeline(first).unwrap().unwrap(), b"1");
        for _ in 0..MOST_TIMELINES - 1 {
            keep();
        }
        assert_eq!(store.timeline(first).unwrap(), None);
        assert!(store.timeline(second).unwrap().is_some());
    }
}
