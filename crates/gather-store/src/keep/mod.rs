//! Keeping a page of answers: all of its records or none, in one transaction.
//!
//! A record that is already held with the same values is not touched, so the same answers twice change nothing, not
//! even `updated_at`. Of records that share an identity within one page the last one counts.
//!
//! Not here: what identifies a record across sources (`gather_records::canonical_url`), the declared outcome of a
//! source (`history`).

mod article;
mod feed;
mod finance;
mod story;

pub(crate) use story::rejoin;

use std::collections::HashMap;

use gather_records::{Currency, Record, RecordKind, Transaction as Moved};
use jiff::{Timestamp, civil::Date};
use rusqlite::Transaction;
use serde::Serialize;

use crate::{
    AnswerNote, Error, Filled, Held, RunId, SourceRef, Store, answers,
    books::{Arrival, Arrived, Books, Channel},
    codec::{Instant, integer},
    error::Fault,
    faded, history, sources,
};

/// One answer of one source, mapped to records.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The run that fetched it.
    pub run: RunId,
    /// The source's name.
    pub source: &'a str,
    /// The source's owner; `None` belongs to everybody.
    pub owner: Option<&'a str>,
    /// What was in it. Ids must not be empty, rates must be positive.
    pub records: &'a [Record],
    /// When it was fetched.
    pub at: Timestamp,
    /// The digest of the declaration it was asked and mapped by. Another one than before makes the source's notes and
    /// field counts void. Empty: nothing is noted, counted or made void.
    pub declaration: &'a str,
    /// Which request it answered, as an opaque text without secrets. Empty: no note is written or dropped.
    pub request: &'a str,
    /// What to note of the answer; `None` drops an older note of the same request.
    pub answer: Option<AnswerNote<'a>>,
    /// Its ids are those of a feed, which may be repeated for different posts and may all change at once.
    pub feed: bool,
    /// How many rows had each optional field.
    pub filled: &'a [Filled<'a>],
}

impl<'a> Page<'a> {
    /// A page of which only the records are known.
    #[must_use]
    pub fn new(run: RunId, source: SourceRef<'a>, records: &'a [Record], at: Timestamp) -> Self {
        Self {
            run,
            source: source.name,
            owner: source.owner,
            records,
            at,
            declaration: "",
            request: "",
            answer: None,
            feed: false,
            filled: &[],
        }
    }
}

/// What became of the records of a page; the first five add up to their number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Not held before.
    pub new: u64,
    /// Held before, with other values.
    pub changed: u64,
    /// Held before, with the same values; not touched.
    pub unchanged: u64,
    /// Said again later in the same page, which is what counts.
    pub repeated: u64,
    /// Transactions that are not kept until somebody decides; see [`Store::reviews`].
    pub review: u64,
    /// Of which kinds all but the repeated ones are.
    pub kinds: Held,
}

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    New,
    Changed,
    Unchanged,
}

/// Where and when a record is kept.
struct Place<'t> {
    tx: &'t Transaction<'t>,
    source: i64,
    at: Instant,
}

/// What makes two records of one source the same.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Identity<'a> {
    Article(&'a str),
    Account(&'a str),
    /// By its place: what it is can only be told from all of them together.
    Transaction(usize),
    Budget(&'a str),
    Rate(Currency, Currency, Date),
}

impl Store {
    /// Keeps a page: all of its records, or none when there is an error.
    ///
    /// The counts are also added to what this source has brought in this run, in the same transaction, and the
    /// source's data is noted as good at `page.at`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRecord`](crate::ErrorKind::InvalidRecord) for an empty id or a rate that is not positive,
    /// naming the record; [`ErrorKind::FieldFaded`](crate::ErrorKind::FieldFaded) when a field of
    /// [`Page::filled`] used to be filled and is empty in all of at least 5 rows;
    /// [`ErrorKind::UnknownRun`](crate::ErrorKind::UnknownRun); else when the file cannot be
    /// written, see [`Error::kind`].
    pub fn keep(&self, page: Page<'_>) -> Result<Kept, Error> {
        self.write(|tx| keep(tx, &page))
    }
}

fn keep(tx: &Transaction<'_>, page: &Page<'_>) -> Result<Kept, Fault> {
    let source = sources::source_id(
        tx,
        SourceRef {
            name: page.source,
            owner: page.owner,
        },
    )?;
    history::outcome_row(tx, page.run, source)?;
    answers::declare(tx, source, page.declaration)?;
    if !page.declaration.is_empty() {
        faded::count_filled(tx, page.source, source, page.run, page.filled)?;
    }
    let place = Place {
        tx,
        source,
        at: Instant(page.at),
    };
    let weak = page.feed.then(|| feed::look(&place, page)).transpose()?;
    let own_id = |index| weak.as_ref().and_then(|weak| weak.own_id(index));
    let mut last = HashMap::with_capacity(page.records.len());
    let mut moved = Vec::new();
    for (index, record) in page.records.iter().enumerate() {
        last.insert(identity(index, record, own_id(index)), index);
    }
    let mut kept = Kept::default();
    for (index, record) in page.records.iter().enumerate() {
        if last.get(&identity(index, record, own_id(index))) != Some(&index) {
            kept.repeated += 1;
            continue;
        }
        validate(record).map_err(|what| {
            let (kind, number) = (record.kind(), index + 1);
            Fault::InvalidRecord(format!(
                "source `{}`: record {number} ({kind}) {what}",
                page.source
            ))
        })?;
        let fate = match record {
            Record::Article(article) => match own_id(index) {
                Some(own) => place.article(article, own, None),
                None => place.article(article, &article.id, weak.as_ref()),
            },
            Record::Account(account) => place.account(account),
            Record::Transaction(transaction) => {
                // Which one it is can only be told from all of them together.
                moved.push(transaction);
                continue;
            }
            Record::Budget(budget) => place.budget(budget),
            Record::Rate(rate) => place.rate(rate),
        };
        kept.kinds.count(record.kind());
        match fate? {
            Fate::New => kept.new += 1,
            Fate::Changed => kept.changed += 1,
            Fate::Unchanged => kept.unchanged += 1,
        }
    }
    if !moved.is_empty() {
        place.transactions(page, &moved, &mut kept)?;
    }
    tx.prepare_cached(
        "UPDATE outcomes
            SET new = new + ?3, changed = changed + ?4, unchanged = unchanged + ?5, articles = articles + ?6,
                accounts = accounts + ?7, transactions = transactions + ?8, budgets = budgets + ?9,
                rates = rates + ?10
          WHERE run_id = ?1 AND source_id = ?2",
    )?
    .execute((
        page.run.0,
        source,
        integer(kept.new),
        integer(kept.changed),
        integer(kept.unchanged),
        integer(kept.kinds.articles),
        integer(kept.kinds.accounts),
        integer(kept.kinds.transactions),
        integer(kept.kinds.budgets),
        integer(kept.kinds.rates),
    ))?;
    answers::note(tx, source, page)?;
    sources::mark_good(tx, source, page.at)?;
    Ok(kept)
}

impl Place<'_> {
    /// Keeps the transactions of a page together.
    fn transactions(
        &self,
        page: &Page<'_>,
        moved: &[&Moved],
        kept: &mut Kept,
    ) -> Result<(), Fault> {
        let channel = Channel::Run {
            run: page.run.0,
            request: page.request,
        };
        let mut books = Books::open(self.tx, self.at, None);
        let fates = Arrival::new(&mut books, self.source, channel)?.keep(moved)?;
        books.close()?;
        for fate in fates {
            let count = match fate {
                Arrived::New => &mut kept.new,
                Arrived::Changed(_) => &mut kept.changed,
                Arrived::Same => &mut kept.unchanged,
                Arrived::Review(_) => &mut kept.review,
                Arrived::Repeated => &mut kept.repeated,
            };
            *count += 1;
            if fate != Arrived::Repeated {
                kept.kinds.count(RecordKind::Transaction);
            }
        }
        Ok(())
    }
}

fn identity<'a>(index: usize, record: &'a Record, own_id: Option<&'a str>) -> Identity<'a> {
    match record {
        Record::Article(article) => Identity::Article(own_id.unwrap_or(&article.id)),
        Record::Account(account) => Identity::Account(&account.id),
        Record::Transaction(_) => Identity::Transaction(index),
        Record::Budget(budget) => Identity::Budget(&budget.id),
        Record::Rate(rate) => Identity::Rate(rate.base, rate.quote, rate.date),
    }
}

/// The rules without which a row would mean nothing; whoever maps rows rejects such a row before, with its own reason.
fn validate(record: &Record) -> Result<(), String> {
    let id = match record {
        Record::Article(article) => &article.id,
        Record::Account(account) => &account.id,
        Record::Transaction(transaction) if transaction.id_is_weak => return Ok(()),
        Record::Transaction(transaction) => &transaction.id,
        Record::Budget(budget) => &budget.id,
        Record::Rate(rate) if rate.rate.is_sign_negative() || rate.rate.is_zero() => {
            return Err(format!(
                "prices {} at {} {} on {}; a rate is positive",
                rate.base, rate.rate, rate.quote, rate.date
            ));
        }
        Record::Rate(_) => return Ok(()),
    };
    if id.is_empty() {
        Err("has an empty id".to_owned())
    } else {
        Ok(())
    }
}
