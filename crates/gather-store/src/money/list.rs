//! Transactions page by page, narrowed down in every way a person asks for.
//!
//! The newest first, those without a date last. Each source is asked for its own next ones and the pages are merged, so that
//! nobody pays for the transactions of others. A page costs a few rows, not the whole: days are walked by their index, and
//! what is rare (words, categories, an account with few rows) is found first and ordered then.
//!
//! Not here: the rows themselves (`read`).

use std::{fmt, str::FromStr};

use gather_records::Viewer;
use jiff::civil::Date;
use rusqlite::{ToSql, Transaction, named_params};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::{TransactionLine, read};
use crate::{
    Error, Store, UnknownWord,
    codec::{Text, limit_of},
    error::Fault,
    search,
    stories::cursor,
};

/// Up to so many rows are found first and ordered then; of more, the newest are found sooner by walking the days.
const FEW: i64 = 5_000;

/// Which transactions to read. The default is the newest 50 of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionQuery {
    /// Only those whose description, payee, category or note have words that begin with all of these. Blank means all.
    pub search: Option<String>,
    /// Only those of these accounts: the source's name, and its id of the account, empty where it names none.
    pub accounts: Vec<(String, String)>,
    /// Only those for one of these; `None` stands for those without a category. Of a split one a part is enough.
    pub categories: Vec<Option<String>>,
    /// Only from this day on; leaves out those without a date.
    pub since: Option<Date>,
    /// Only up to this day; leaves out those without a date.
    pub until: Option<Date>,
    /// Only amounts of at least this, whichever way the money went.
    pub at_least: Option<Decimal>,
    /// Only amounts of at most this, whichever way the money went.
    pub at_most: Option<Decimal>,
    /// Only those that are pending, or only those that are booked.
    pub pending: Option<bool>,
    /// Only transfers between own accounts, or none of them.
    pub transfers: Option<bool>,
    /// Only what comes after this: [`TransactionPage::next`] of the page before.
    pub after: Option<TransactionCursor>,
    /// At most this many.
    pub limit: usize,
}

impl Default for TransactionQuery {
    fn default() -> Self {
        Self {
            search: None,
            accounts: Vec::new(),
            categories: Vec::new(),
            since: None,
            until: None,
            at_least: None,
            at_most: None,
            pending: None,
            transfers: None,
            after: None,
            limit: 50,
        }
    }
}

/// A page of transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionPage {
    /// The newest first; those without a date last.
    pub transactions: Vec<TransactionLine>,
    /// To ask for what comes after them; `None`: that was all.
    pub next: Option<TransactionCursor>,
}

/// Where a transaction stands among all: an opaque text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionCursor {
    /// Days since the year 0; the least of all for none.
    day: i64,
    first_seen: i64,
    key: i64,
}

const NO_DAY: i64 = i64::MIN;

impl fmt::Display for TransactionCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}.{:x}", self.day, self.first_seen, self.key)
    }
}

impl FromStr for TransactionCursor {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let [day, first_seen, key] = cursor(text)?;
        if day != NO_DAY && date(day).is_none() {
            return Err(UnknownWord::new(text));
        }
        Ok(Self {
            day,
            first_seen,
            key,
        })
    }
}

/// A day as a number in which later days are greater.
fn number(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

fn date(number: i64) -> Option<Date> {
    let year = i16::try_from(number.div_euclid(10_000)).ok()?;
    let rest = number.rem_euclid(10_000);
    let (month, day) = (
        i8::try_from(rest / 100).ok()?,
        i8::try_from(rest % 100).ok()?,
    );
    Date::new(year, month, day).ok()
}

impl Store {
    /// A page of the transactions that the viewer may see; read in one snapshot.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn transactions(
        &self,
        viewer: &Viewer,
        query: &TransactionQuery,
    ) -> Result<TransactionPage, Error> {
        self.read(|tx| list(tx, viewer, query))
    }
}

/// Where one stands: the newest has the greatest day, then the greatest instant, then the least key.
type Place = (i64, i64, std::cmp::Reverse<i64>);

pub(crate) fn list(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    query: &TransactionQuery,
) -> Result<TransactionPage, Fault> {
    let empty = TransactionPage {
        transactions: Vec::new(),
        next: None,
    };
    let words = match query.search.as_deref().map(search::words) {
        Some(search::Words::Nothing) => return Ok(empty),
        Some(search::Words::Match(words)) => Some(words),
        None | Some(search::Words::All) => None,
    };
    let mut found: Vec<Place> = Vec::new();
    for (source, name) in sources(tx, viewer)? {
        let of_source: Vec<&str> = query
            .accounts
            .iter()
            .filter(|(of, _)| *of == name)
            .map(|(_, account)| account.as_str())
            .collect();
        if !query.accounts.is_empty() && of_source.is_empty() {
            continue;
        }
        let search = Search::new(tx, source, query, words.as_deref(), &of_source)?;
        search.find(tx, query, &mut found)?;
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found
        .last()
        .filter(|_| more)
        .map(|place| TransactionCursor {
            day: place.0,
            first_seen: place.1,
            key: place.2.0,
        });
    let lines = found.into_iter();
    Ok(TransactionPage {
        transactions: lines
            .map(|(_, _, key)| read::transaction(tx, viewer, key.0))
            .collect::<Result<_, _>>()?,
        next,
    })
}

fn sources(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<(i64, String)>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.id, s.name FROM sources s
          WHERE (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
            AND EXISTS (SELECT 1 FROM transactions t WHERE t.source_id = s.id)
          ORDER BY s.id",
    )?;
    let rows = statement.query_map(named_params! {":viewer": viewer.user()}, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The conditions on the rows of one source, and their values.
struct Search {
    conditions: Vec<&'static str>,
    values: Vec<(&'static str, Box<dyn ToSql>)>,
    /// Few rows are left by a condition that finds them: they are ordered afterwards.
    few: bool,
}

const WORDS: &str =
    "t.key IN (SELECT rowid FROM transactions_text WHERE transactions_text MATCH :words)";
const ACCOUNTS: &str = "t.account_id IN (SELECT value FROM json_each(:accounts))";
const CATEGORY: &str = "(CASE WHEN t.split
    THEN EXISTS (SELECT 1 FROM splits p WHERE p.transaction_key = t.key AND ifnull(p.category, '') IN
                 (SELECT value FROM json_each(:categories)))
    ELSE ifnull(t.category, '') IN (SELECT value FROM json_each(:categories)) END)";
const WITH_CATEGORY: &str = "t.key IN (
    SELECT rowid FROM transactions_text WHERE transactions_text MATCH :category_words
     UNION SELECT p.transaction_key FROM splits p WHERE p.category IN (SELECT value FROM json_each(:categories)))";
const PENDING: &str = "t.key IN (SELECT key FROM transactions INDEXED BY transactions_pending
                                  WHERE source_id = :source AND pending = 1)";
// Ten-thousandths; an amount with more digits counts as near to it as SQLite can tell.
const AT_LEAST: &str =
    "abs(ifnull(t.units, CAST(CAST(t.amount AS REAL) * 10000 AS INTEGER))) >= :at_least";
const AT_MOST: &str =
    "abs(ifnull(t.units, CAST(CAST(t.amount AS REAL) * 10000 AS INTEGER))) <= :at_most";

impl Search {
    fn new(
        tx: &Transaction<'_>,
        source: i64,
        query: &TransactionQuery,
        words: Option<&str>,
        accounts: &[&str],
    ) -> Result<Self, Fault> {
        let mut this = Self {
            conditions: vec!["t.source_id = :source"],
            values: vec![(":source", Box::new(source))],
            few: false,
        };
        if let Some(words) = words {
            this.few |= matches(tx, words)? <= FEW;
            this.on(WORDS, ":words", words.to_owned());
        }
        if !accounts.is_empty() {
            let mut rows = 0;
            for account in accounts {
                rows += rows_of(tx, source, account)?;
            }
            this.few |= rows <= FEW;
            this.on(ACCOUNTS, ":accounts", json(accounts));
        }
        if !query.categories.is_empty() {
            let names: Vec<&str> = query
                .categories
                .iter()
                .map(|category| category.as_deref().unwrap_or(""))
                .collect();
            this.on(CATEGORY, ":categories", json(&names));
            if let Some(words) = category_words(&query.categories)
                && matches(tx, &words)? <= FEW
            {
                this.few = true;
                this.on(WITH_CATEGORY, ":category_words", words);
            }
        }
        if let Some(at_least) = query.at_least {
            let units = units(at_least, RoundingStrategy::ToPositiveInfinity);
            this.conditions.push(AT_LEAST);
            this.values.push((":at_least", Box::new(units)));
        }
        if let Some(at_most) = query.at_most {
            let units = units(at_most, RoundingStrategy::ToNegativeInfinity);
            this.conditions.push(AT_MOST);
            this.values.push((":at_most", Box::new(units)));
        }
        match query.pending {
            Some(true) => {
                this.few = true;
                this.conditions.push(PENDING);
            }
            Some(false) => this.conditions.push("t.pending = 0"),
            None => {}
        }
        match query.transfers {
            Some(true) => this
                .conditions
                .push("ifnull(t.transfer IN ('found', 'declared'), 0)"),
            Some(false) => this
                .conditions
                .push("NOT ifnull(t.transfer IN ('found', 'declared'), 0)"),
            None => {}
        }
        Ok(this)
    }

    fn on(&mut self, condition: &'static str, name: &'static str, value: String) {
        self.conditions.push(condition);
        self.values.push((name, Box::new(value)));
    }

    /// Finds the next ones of this source: one more than the page holds, to know whether there are more.
    fn find(
        self,
        tx: &Transaction<'_>,
        query: &TransactionQuery,
        found: &mut Vec<Place>,
    ) -> Result<(), Fault> {
        let enough = query.limit.saturating_add(1);
        let already = found.len();
        let after = query.after;
        if after.is_none_or(|after| after.day != NO_DAY) {
            let mut conditions = self.conditions.clone();
            let mut dated: Vec<(&str, Box<dyn ToSql>)> = Vec::new();
            conditions.push("t.date IS NOT NULL");
            if let Some(since) = query.since {
                conditions.push("t.date >= :since");
                dated.push((":since", Box::new(Text(since))));
            }
            if let Some(until) = query.until {
                conditions.push("t.date <= :until");
                dated.push((":until", Box::new(Text(until))));
            }
            if let Some((after, day)) = after.and_then(|after| Some((after, date(after.day)?))) {
                conditions.push(
                    "t.date <= :day AND (t.date < :day OR t.first_seen < :seen
                        OR (t.first_seen = :seen AND t.key > :key))",
                );
                dated.push((":day", Box::new(Text(day))));
                dated.push((":seen", Box::new(after.first_seen)));
                dated.push((":key", Box::new(after.key)));
            }
            // The plus keeps SQLite from walking the days where few rows are found otherwise.
            let order = if self.few {
                "+t.date DESC, t.first_seen DESC, t.key"
            } else {
                "t.date DESC, t.first_seen DESC, t.key"
            };
            self.run(tx, &conditions, &dated, order, enough, found)?;
        }
        // Days leave out what has none.
        let missing = enough.saturating_sub(found.len() - already);
        if missing > 0 && query.since.is_none() && query.until.is_none() {
            let mut conditions = self.conditions.clone();
            let mut undated: Vec<(&str, Box<dyn ToSql>)> = Vec::new();
            conditions.push("t.date IS NULL");
            if let Some(after) = after.filter(|after| after.day == NO_DAY) {
                conditions
                    .push("(t.first_seen < :seen OR (t.first_seen = :seen AND t.key > :key))");
                undated.push((":seen", Box::new(after.first_seen)));
                undated.push((":key", Box::new(after.key)));
            }
            let order = "t.first_seen DESC, t.key";
            self.run(tx, &conditions, &undated, order, missing, found)?;
        }
        Ok(())
    }

    fn run(
        &self,
        tx: &Transaction<'_>,
        conditions: &[&str],
        more: &[(&str, Box<dyn ToSql>)],
        order: &str,
        limit: usize,
        found: &mut Vec<Place>,
    ) -> Result<(), Fault> {
        let sql = format!(
            "SELECT t.date, t.first_seen, t.key FROM transactions t WHERE {} ORDER BY {order} LIMIT {}",
            conditions.join(" AND "),
            limit_of(limit),
        );
        let values = self.values.iter().map(|(name, value)| (*name, &**value));
        let more = more.iter().map(|(name, value)| (*name, &**value));
        let values: Vec<(&str, &dyn ToSql)> = values.chain(more).collect();
        let mut statement = tx.prepare_cached(&sql)?;
        let rows = statement.query_map(&values[..], |row| {
            let day = crate::codec::day(row, 0)?.map_or(NO_DAY, number);
            Ok((day, row.get(1)?, std::cmp::Reverse(row.get(2)?)))
        })?;
        for row in rows {
            found.push(row?);
        }
        Ok(())
    }
}

fn json(texts: &[&str]) -> String {
    serde_json::to_string(texts).expect("a list of strings is JSON")
}

/// How many rows a search finds, as far as it matters.
fn matches(tx: &Transaction<'_>, words: &str) -> Result<i64, Fault> {
    Ok(tx
        .prepare_cached(
            "SELECT count(*) FROM (SELECT 1 FROM transactions_text WHERE transactions_text MATCH ?1 LIMIT ?2)",
        )?
        .query_row((words, FEW + 1), |row| row.get(0))?)
}

/// How many rows an account has: from the sums that are kept.
fn rows_of(tx: &Transaction<'_>, source: i64, account: &str) -> Result<i64, Fault> {
    Ok(tx
        .prepare_cached(
            "SELECT ifnull(sum(rows), 0) FROM day_sums WHERE source_id = ?1 AND account_id = ?2 AND day = '*'",
        )?
        .query_row((source, account), |row| row.get(0))?)
}

/// A search that finds at least all rows of these categories; `None` where words cannot find them.
fn category_words(categories: &[Option<String>]) -> Option<String> {
    let mut phrases = Vec::new();
    for category in categories {
        let words: Vec<&str> = category
            .as_deref()?
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        // What SQLite takes for letters is not quite what Rust does: ASCII both agree on.
        if words.is_empty() || !words.iter().all(|word| word.is_ascii()) {
            return None;
        }
        phrases.push(format!("\"{}\"", words.join(" ")));
    }
    Some(format!("category : ({})", phrases.join(" OR ")))
}

/// An amount in ten-thousandths.
fn units(amount: Decimal, strategy: RoundingStrategy) -> i64 {
    let scaled = amount.abs().checked_mul(Decimal::from(10_000));
    let whole = scaled.map(|scaled| scaled.round_dp_with_strategy(0, strategy));
    whole.and_then(|whole| whole.to_i64()).unwrap_or(i64::MAX)
}
