//! Several reads of one moment: what a page or an answer shows belongs together, whatever is written meanwhile.

use std::{fmt, path::Path};

use gather_records::{Currency, Viewer};
use jiff::civil::Date;
use rusqlite::Transaction;

use crate::{
    BalanceProof, DayBalance, Error, MoneyOverview, MoneyQuery, MonthSpending, RateOnDay, Review,
    Run, RunId, SourceState, Store, Story, StoryQuery, TransactionId, TransactionLine,
    TransactionPage, TransactionQuery, books,
    error::Fault,
    history::{self, Numbers},
    money, sources, stories, timelines,
};

/// A moment of the store. Each function is that of [`Store`] of the same name.
pub struct Snapshot<'s> {
    tx: &'s Transaction<'s>,
    path: &'s Path,
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Reads several things of one moment. The reading connection is taken until `work` is done: keep it short.
    ///
    /// # Errors
    /// What `work` returns, and when the file cannot be read; see [`Error::kind`].
    pub fn snapshot<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut done = None;
        self.read(|tx| {
            done = Some(work(&Snapshot {
                tx,
                path: self.path(),
            }));
            Ok(())
        })?;
        done.expect("a read that succeeds has run its work")
    }
}

impl Snapshot<'_> {
    fn named<T>(&self, read: Result<T, Fault>) -> Result<T, Error> {
        read.map_err(|fault| Error::new(self.path, fault))
    }

    /// See [`Store::stories`].
    ///
    /// # Errors
    /// As there.
    pub fn stories(&self, viewer: &Viewer, query: &StoryQuery) -> Result<Vec<Story>, Error> {
        self.named(stories::stories(self.tx, viewer, query))
    }

    /// See [`Store::money`].
    ///
    /// # Errors
    /// As there.
    pub fn money(&self, viewer: &Viewer, query: &MoneyQuery) -> Result<MoneyOverview, Error> {
        self.named(money::overview(self.tx, viewer, query))
    }

    /// See [`Store::transactions`].
    ///
    /// # Errors
    /// As there.
    pub fn transactions(
        &self,
        viewer: &Viewer,
        query: &TransactionQuery,
    ) -> Result<TransactionPage, Error> {
        self.named(money::list(self.tx, viewer, query))
    }

    /// See [`Store::transaction`].
    ///
    /// # Errors
    /// As there.
    pub fn transaction(
        &self,
        viewer: &Viewer,
        id: TransactionId,
    ) -> Result<TransactionLine, Error> {
        self.named(money::one(self.tx, viewer, id))
    }

    /// See [`Store::categories`].
    ///
    /// # Errors
    /// As there.
    pub fn categories(&self, viewer: &Viewer) -> Result<Vec<String>, Error> {
        self.named(money::categories(self.tx, viewer))
    }

    /// See [`Store::balances_by_day`].
    ///
    /// # Errors
    /// As there.
    pub fn balances_by_day(
        &self,
        viewer: &Viewer,
        source: &str,
        account: &str,
        since: Option<Date>,
    ) -> Result<Vec<DayBalance>, Error> {
        self.named(money::balances_by_day(
            self.tx, viewer, source, account, since,
        ))
    }

    /// See [`Store::spending_by_month`].
    ///
    /// # Errors
    /// As there.
    pub fn spending_by_month(
        &self,
        viewer: &Viewer,
        since: Option<Date>,
    ) -> Result<Vec<MonthSpending>, Error> {
        self.named(money::spending_by_month(self.tx, viewer, since))
    }

    /// See [`Store::rates_by_day`].
    ///
    /// # Errors
    /// As there.
    pub fn rates_by_day(
        &self,
        viewer: &Viewer,
        base: Currency,
        quote: Currency,
        since: Option<Date>,
    ) -> Result<Vec<RateOnDay>, Error> {
        self.named(money::rates_by_day(self.tx, viewer, base, quote, since))
    }

    /// See [`Store::balance_proof`].
    ///
    /// # Errors
    /// As there.
    pub fn balance_proof(&self, viewer: &Viewer) -> Result<Vec<BalanceProof>, Error> {
        self.named(money::proofs(self.tx, viewer))
    }

    /// See [`Store::reviews`].
    ///
    /// # Errors
    /// As there.
    pub fn reviews(&self, viewer: &Viewer) -> Result<Vec<Review>, Error> {
        self.named(books::reviews(self.tx, viewer))
    }

    /// See [`Store::source_states`].
    ///
    /// # Errors
    /// As there.
    pub fn source_states(&self, viewer: &Viewer) -> Result<Vec<SourceState>, Error> {
        self.named(sources::states(self.tx, viewer))
    }

    /// See [`Store::runs`].
    ///
    /// # Errors
    /// As there.
    pub fn runs(&self, viewer: &Viewer, limit: usize) -> Result<Vec<Run>, Error> {
        self.named(history::runs(self.tx, viewer, Numbers::ALL, limit))
    }

    /// See [`Store::runs_before`].
    ///
    /// # Errors
    /// As there.
    pub fn runs_before(
        &self,
        viewer: &Viewer,
        run: RunId,
        limit: usize,
    ) -> Result<Vec<Run>, Error> {
        self.named(history::runs(self.tx, viewer, Numbers::before(run), limit))
    }

    /// See [`Store::run_after`].
    ///
    /// # Errors
    /// As there.
    pub fn run_after(&self, viewer: &Viewer, run: RunId) -> Result<Option<Run>, Error> {
        self.one_run(viewer, Numbers::after(run))
    }

    /// See [`Store::run`].
    ///
    /// # Errors
    /// As there.
    pub fn run(&self, viewer: &Viewer, id: RunId) -> Result<Option<Run>, Error> {
        self.one_run(viewer, Numbers::one(id))
    }

    fn one_run(&self, viewer: &Viewer, numbers: Numbers) -> Result<Option<Run>, Error> {
        self.named(history::runs(self.tx, viewer, numbers, 1).map(|mut runs| runs.pop()))
    }

    /// See [`Store::timeline`].
    ///
    /// # Errors
    /// As there.
    pub fn timeline(&self, run: RunId) -> Result<Option<Vec<u8>>, Error> {
        self.named(timelines::timeline(self.tx, run))
    }
}

#[cfg(test)]
mod tests {
    use gather_records::Viewer;
    use jiff::Timestamp;

    use crate::{Error, Store};

    #[test]
    fn what_is_written_meanwhile_is_not_seen() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        store
            .snapshot(|moment| -> Result<(), Error> {
                assert!(moment.runs(&Viewer::Operator, 9)?.is_empty());
                store.begin_run(Timestamp::UNIX_EPOCH, &[])?;
                assert!(moment.runs(&Viewer::Operator, 9)?.is_empty());
                Ok(())
            })
            .unwrap();
        assert_eq!(store.runs(&Viewer::Operator, 9).unwrap().len(), 1);
    }

    #[test]
    fn the_version_changes_with_every_commit_of_whatever_handle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gather.db");
        let store = Store::open(&path).unwrap();
        let first = store.version().unwrap();
        assert_eq!(store.version().unwrap(), first);
        store.begin_run(Timestamp::UNIX_EPOCH, &[]).unwrap();
        let second = store.version().unwrap();
        assert_ne!(second, first);
        Store::open(&path)
            .unwrap()
            .add_user("ann", None, Timestamp::UNIX_EPOCH)
            .unwrap();
        assert_ne!(store.version().unwrap(), second);
    }
}
