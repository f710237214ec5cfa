//! A store in a folder of its own, and short ways to make records.

use std::{path::PathBuf, process::Command};

use gather_records::{Account, Article, Budget, Money, Rate, Record, Transaction, Viewer};
use gather_store::{Kept, Page, RunId, SourceRef, Store};
use jiff::Timestamp;
use tempfile::TempDir;

/// A store with a run under way; the folder goes with it.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) run: RunId,
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        let run = store.begin_run(at(0), &[]).unwrap();
        Self { store, run, folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("gather.db")
    }

    /// Keeps a page of a shared source.
    pub(crate) fn keep(&self, source: &str, seconds: i64, records: &[Record]) -> Kept {
        self.keep_as(None, source, seconds, records)
    }

    pub(crate) fn keep_as(
        &self,
        owner: Option<&str>,
        source: &str,
        seconds: i64,
        records: &[Record],
    ) -> Kept {
        self.store
            .keep(Page::new(
                self.run,
                SourceRef {
                    name: source,
                    owner,
                },
                records,
                at(seconds),
            ))
            .unwrap()
    }

    /// A look past the store at what stands in the file.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        number(&self.path(), sql)
    }
}

pub(crate) fn number(path: &std::path::Path, sql: &str) -> i64 {
    rusqlite::Connection::open(path)
        .unwrap()
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

/// 2026-11-20 12:00 UTC and some seconds.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_176_000 + seconds).unwrap()
}

pub(crate) fn shared(name: &str) -> SourceRef<'_> {
    SourceRef { name, owner: None }
}

pub(crate) fn user(name: &str) -> Viewer {
    Viewer::User(name.to_owned())
}

pub(crate) fn money(text: &str) -> Money {
    let (amount, currency) = text.split_once(' ').unwrap();
    Money::new(amount.parse().unwrap(), currency.parse().unwrap())
}

pub(crate) fn article(id: &str, title: &str, url: &str) -> Article {
    Article {
        title: Some(title.to_owned()),
        url: (!url.is_empty()).then(|| url.parse().unwrap()),
        ..Article::new(id)
    }
}

pub(crate) fn account(id: &str, balance: &str) -> Record {
    Record::Account(Account {
        id: id.to_owned(),
        name: format!("Account {id}"),
        balance: money(balance),
        as_of: None,
    })
}

pub(crate) fn moved(id: &str, amount: &str, day: &str, category: &str) -> Transaction {
    Transaction {
        date: (!day.is_empty()).then(|| day.parse().unwrap()),
        description: Some(format!("Payment {id}")),
        category: (!category.is_empty()).then(|| category.to_owned()),
        ..Transaction::new(id, money(amount))
    }
}

pub(crate) fn budget(category: &str, limit: &str, spent: Option<&str>) -> Record {
    Record::Budget(Budget {
        id: category.to_owned(),
        category: category.to_owned(),
        limit: money(limit),
        spent: spent.map(money),
    })
}

pub(crate) fn rate(base: &str, quote: &str, day: &str, rate: &str) -> Record {
    Record::Rate(Rate {
        base: base.parse().unwrap(),
        quote: quote.parse().unwrap(),
        date: day.parse().unwrap(),
        rate: rate.parse().unwrap(),
    })
}

/// This test program again, to run one test of it that does nothing unless it is told where the database is.
pub(crate) fn again(test: &str, database: &std::path::Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(DATABASE, database);
    command
}

/// The variable that tells a child process where the database is.
pub(crate) const DATABASE: &str = "GATHER_STORE_TEST_DATABASE";
