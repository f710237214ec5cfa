//! The handle: one connection that writes, a few that read, shared by all clones.
//!
//! Writers of this process take turns at a mutex, writers of other processes at SQLite's own lock (`BEGIN IMMEDIATE`,
//! so that no transaction finds out half-way that it may not write). A read runs in one transaction and therefore
//! sees one snapshot, whatever is written meanwhile.
//!
//! Not here: what is wrong with a file (`open`), what is written (`keep`, `history`), what is read (`stories`, `money`).

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{Error, error::Fault, open, run_lock::RunLocks};

/// How many connections read at once; a fifth reader waits for one of them.
const READERS: usize = 4;

/// How the file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long a write waits while another process is writing; default 10 s. After that the error is
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked).
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(10),
        }
    }
}

/// The store: one SQLite file. Clones share its connections; it is closed with the last of them.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    options: Options,
    writer: Mutex<Connection>,
    readers: Mutex<Readers>,
    reader_back: Condvar,
    locks: RunLocks,
    /// A connection that is only asked whether others have committed anything.
    watcher: Mutex<Option<Connection>>,
}

#[derive(Default)]
struct Readers {
    idle: Vec<Connection>,
    lent: usize,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store, with its defaults; see [`open_with`](Self::open_with).
    ///
    /// # Errors
    /// As [`open_with`](Self::open_with).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, Options::default())
    }

    /// Opens the store. Makes the file and its folders where they are missing, for the owner alone (mode 0600 and
    /// 0700), and brings its schema up to date. Runs whose process is gone are marked interrupted.
    ///
    /// Any number of processes may open the same file at the same moment.
    ///
    /// # Errors
    /// Everything that would make a later write fail is found here as far as it can be: [`Error::kind`] tells a file
    /// that is read-only, not a database, of another program, of a newer gather or damaged; a full disk; a lock that
    /// was held for longer than [`Options::wait`].
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, Error> {
        let path = path.as_ref();
        let writer = open::writer(path, options.wait).map_err(|fault| Error::new(path, fault))?;
        let store = Self(Arc::new(Inner {
            path: path.to_owned(),
            options,
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            reader_back: Condvar::new(),
            locks: RunLocks::beside(path),
            watcher: Mutex::default(),
        }));
        store.sweep_runs()?;
        Ok(store)
    }

    /// The database file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Reads the whole file and its indexes and looks for damage. Takes about a second for some hundred megabytes.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt), naming what was found first.
    pub fn check(&self) -> Result<(), Error> {
        let run = || {
            // On a connection of its own: the check of the full-text index goes by what a connection remembers of that
            // index, which on an older one may be from before other connections have written.
            let mut conn = open::reader(&self.0.path, self.0.options.wait)?;
            let tx = conn.transaction_with_behavior(TransactionBehavior::Deferred)?;
            open::damage(&tx, "PRAGMA integrity_check(1)")?;
            let orphan: i64 =
                tx.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
                    row.get(0)
                })?;
            if orphan > 0 {
                return Err(Fault::Damaged(format!(
                    "{orphan} rows belong to nothing that exists"
                )));
            }
            Ok(())
        };
        run().map_err(|fault: Fault| Error::new(&self.0.path, fault))
    }

    /// A number that is another one after anything was committed to the file, by whatever process. Costs some
    /// microseconds. Whoever reads it, then the data, and later finds the same number, has seen all there is.
    ///
    /// Only for as long as this handle and its clones live: another handle counts on its own.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn version(&self) -> Result<i64, Error> {
        let mut watcher = lock(&self.0.watcher);
        let mut look = || -> Result<i64, Fault> {
            let conn = match &mut *watcher {
                Some(conn) => conn,
                none => none.insert(open::reader(&self.0.path, self.0.options.wait)?),
            };
            let mut statement = conn.prepare_cached("PRAGMA data_version")?;
            Ok(statement.query_row([], |row| row.get(0))?)
        };
        look().map_err(|fault| Error::new(&self.0.path, fault))
    }

    /// Whether the file can be written to: writes something and takes it back.
    ///
    /// # Errors
    /// Why it cannot; see [`Error::kind`].
    pub fn check_writable(&self) -> Result<(), Error> {
        self.rehearse(|tx| {
            tx.execute(
                "INSERT INTO runs (started_at, status) VALUES (0, 'running')",
                [],
            )?;
            Ok(())
        })
    }

    pub(crate) fn locks(&self) -> &RunLocks {
        &self.0.locks
    }

    /// Runs one write transaction; an error or a panic in it leaves nothing behind.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let mut writer = lock(&self.0.writer);
        let run = || {
            let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        };
        run().map_err(|fault: Fault| Error::new(&self.0.path, fault))
    }

    /// Runs one write transaction and takes it back: what it would have done is its result.
    pub(crate) fn rehearse<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let mut writer = lock(&self.0.writer);
        let run = || {
            let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.rollback()?;
            Ok(done)
        };
        run().map_err(|fault: Fault| Error::new(&self.0.path, fault))
    }

    /// Runs reads that all see the same moment.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let run = || {
            let mut reader = self.lend_reader()?;
            let conn = reader.conn.as_mut().expect("lent with a connection");
            // A transaction that only reads is ended by its drop; there is nothing to commit.
            let tx = conn.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&tx)
        };
        run().map_err(|fault: Fault| Error::new(&self.0.path, fault))
    }

    fn lend_reader(&self) -> Result<Lent<'_>, Fault> {
        let mut readers = lock(&self.0.readers);
        while readers.lent >= READERS {
            readers = self
                .0
                .reader_back
                .wait(readers)
                .unwrap_or_else(PoisonError::into_inner);
        }
        readers.lent += 1;
        let idle = readers.idle.pop();
        drop(readers);
        // From here on the place is given back by the drop of `Lent`, also when opening fails.
        let mut lent = Lent {
            store: &self.0,
            conn: idle,
        };
        if lent.conn.is_none() {
            lent.conn = Some(open::reader(&self.0.path, self.0.options.wait)?);
        }
        Ok(lent)
    }

    #[cfg(test)]
    pub(crate) fn with_writer<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        work(&lock(&self.0.writer))
    }

    /// How SQLite goes about a statement.
    #[cfg(test)]
    pub(crate) fn plan(&self, sql: &str) -> String {
        self.with_writer(|conn| {
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            // Parameters stay unbound: the plan does not depend on them.
            let mut rows = plan.raw_query();
            let mut steps = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                steps.push(row.get::<_, String>(3).unwrap());
            }
            steps.join("\n")
        })
    }
}

/// A reading connection on loan.
struct Lent<'a> {
    store: &'a Inner,
    conn: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut readers = lock(&self.store.readers);
        readers.lent -= 1;
        readers.idle.extend(self.conn.take());
        drop(readers);
        self.store.reader_back.notify_one();
    }
}

/// A mutex guards connections here; a panic elsewhere has rolled its transaction back and left them usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use gather_records::{Article, Record, Viewer};
    use jiff::Timestamp;

    use super::*;
    use crate::{ErrorKind, Page, SourceRef, StoryQuery};

    #[test]
    fn case_47_a_full_disk_is_named_and_keeps_nothing_of_the_page() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        let run = store.begin_run(Timestamp::UNIX_EPOCH, &[]).unwrap();
        let records: Vec<_> = (0..500)
            .map(|n| {
                Record::Article(Article {
                    summary: Some("word ".repeat(100)),
                    ..Article::new(n.to_string())
                })
            })
            .collect();
        let page = Page::new(
            run,
            SourceRef {
                name: "a",
                owner: None,
            },
            &records,
            Timestamp::UNIX_EPOCH,
        );
        let limit = |pages: i64| {
            store.with_writer(|conn| {
                conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| {
                    row.get::<_, i64>(0)
                })
                .unwrap()
            })
        };
        let full = limit(1);
        limit(full + 10);
        let error = store.keep(page).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DiskFull);
        assert!(error.to_string().contains("the disk is full"), "{error}");
        let query = StoryQuery::default();
        assert!(store.stories(&Viewer::Operator, &query).unwrap().is_empty());
        store.check().unwrap();

        limit(i64::from(u32::MAX) - 1);
        assert_eq!(
            store.keep(page).unwrap().new,
            500,
            "goes on when there is room"
        );
    }

    #[test]
    fn a_panic_in_a_write_rolls_it_back_and_the_store_lives_on() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        let clone = store.clone();
        let panicked = std::thread::spawn(move || {
            let _ = clone.write(|tx| -> Result<(), Fault> {
                tx.execute("INSERT INTO sources (name) VALUES ('half')", [])?;
                panic!("on purpose");
            });
        })
        .join();
        assert!(panicked.is_err());
        assert!(store.source_states(&Viewer::Operator).unwrap().is_empty());
        store.begin_run(Timestamp::UNIX_EPOCH, &[]).unwrap();
    }

    #[test]
    fn more_readers_than_connections_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..READERS * 4 {
                scope.spawn(|| store.source_states(&Viewer::Operator).unwrap());
            }
        });
        let readers = lock(&store.0.readers);
        assert_eq!(readers.lent, 0);
        assert!((1..=READERS).contains(&readers.idle.len()));
    }
}
