//! What is drawn over time: balances by day, spending by month, rates; and which categories there are.
//!
//! All from the sums that are kept, one row a day or a month, however many transactions there are.

use gather_records::{Currency, Money, Viewer};
use jiff::civil::Date;
use rusqlite::{Transaction, named_params};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{proof, read::exactly};
use crate::{
    Error, Store,
    books::sum::Sum,
    codec::{Text, count},
    error::Fault,
};

/// What was in an account at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayBalance {
    /// The day.
    pub date: Date,
    /// The balance; where neither an opening balance nor a stated one is known, what was booked so far.
    pub balance: Money,
}

/// What was spent on a category in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthSpending {
    /// The first day of the month.
    pub month: Date,
    /// The category; `None` for transactions that have none.
    pub category: Option<String>,
    /// The sum of the expenses, negative as summed.
    pub total: Money,
    /// How many they are.
    pub transactions: u64,
}

/// A rate of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateOnDay {
    /// The day the rate is for.
    pub date: Date,
    /// The source it comes from.
    pub source: String,
    /// Units of the quote for one unit of the base, as the source gave it.
    #[serde(with = "rust_decimal::serde::str")]
    pub rate: Decimal,
}

impl Store {
    /// The balance of an account at the end of each day on which something was booked, from a day on, the earliest first;
    /// before them the last one of the time before, where there is one. An account in several currencies has a series
    /// for each. Empty for an account that the viewer may not see.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when amounts add up to more than 28 digits; else when the
    /// file cannot be read, see [`Error::kind`].
    pub fn balances_by_day(
        &self,
        viewer: &Viewer,
        source: &str,
        account: &str,
        since: Option<Date>,
    ) -> Result<Vec<DayBalance>, Error> {
        self.read(|tx| balances_by_day(tx, viewer, source, account, since))
    }

    /// What was spent by month, category and currency, from the month of a day on, the earliest first. Expenses without
    /// a date are of no month.
    ///
    /// # Errors
    /// As [`balances_by_day`](Self::balances_by_day).
    pub fn spending_by_month(
        &self,
        viewer: &Viewer,
        since: Option<Date>,
    ) -> Result<Vec<MonthSpending>, Error> {
        self.read(|tx| spending_by_month(tx, viewer, since))
    }

    /// The rates of a pair of currencies, as the sources gave them, from a day on, the earliest first.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn rates_by_day(
        &self,
        viewer: &Viewer,
        base: Currency,
        quote: Currency,
        since: Option<Date>,
    ) -> Result<Vec<RateOnDay>, Error> {
        self.read(|tx| rates_by_day(tx, viewer, base, quote, since))
    }

    /// The categories in use: those with expenses, those of budgets, and those of the latest transactions.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn categories(&self, viewer: &Viewer) -> Result<Vec<String>, Error> {
        self.read(|tx| categories(tx, viewer))
    }
}

pub(crate) fn balances_by_day(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    source: &str,
    account: &str,
    since: Option<Date>,
) -> Result<Vec<DayBalance>, Fault> {
    let mut series = Vec::new();
    for (opening, days) in proof::series(tx, viewer, source, account)? {
        let mut sum = Sum::default();
        sum.add(opening.amount);
        let mut before = None;
        for (day, part) in days {
            sum.merge(&part);
            // What has no date was there before all that has one.
            let Some(date) = day else { continue };
            let balance = Money::new(exactly(&sum, opening.currency)?, opening.currency);
            let point = DayBalance { date, balance };
            if since.is_some_and(|since| date < since) {
                before = Some(point);
            } else {
                series.extend(before.take());
                series.push(point);
            }
        }
        series.extend(before);
    }
    Ok(series)
}

pub(crate) fn spending_by_month(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    since: Option<Date>,
) -> Result<Vec<MonthSpending>, Fault> {
    let from = since.map_or_else(
        || "0000-01".to_owned(),
        |since| since.strftime("%Y-%m").to_string(),
    );
    let mut statement = tx.prepare_cached(
        "SELECT m.month, m.category, m.currency, m.total, m.rows
           FROM month_sums m JOIN sources s ON s.id = m.source_id
          WHERE m.month >= :from AND m.month <= '9999-99' AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
          ORDER BY m.month, m.category, m.currency",
    )?;
    let rows = statement.query_map(
        named_params! {":from": from, ":viewer": viewer.user()},
        |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, Text<Currency>>(2)?.0,
                row.get::<_, Text<Sum>>(3)?.0,
                count(row, 4)?,
            ))
        },
    )?;
    let mut found: Vec<(String, String, Currency, Sum, u64)> = Vec::new();
    for row in rows {
        let (month, category, currency, sum, rows) = row?;
        match found.last_mut() {
            // Another source with the same.
            Some(last) if (&last.0, &last.1, last.2) == (&month, &category, currency) => {
                last.3.merge(&sum);
                last.4 += rows;
            }
            _ => found.push((month, category, currency, sum, rows)),
        }
    }
    found
        .into_iter()
        .map(|(month, category, currency, sum, transactions)| {
            let first = format!("{month}-01").parse();
            Ok(MonthSpending {
                month: first
                    .map_err(|error| Fault::Damaged(format!("the sums of `{month}`: {error}")))?,
                category: (!category.is_empty()).then_some(category),
                total: Money::new(exactly(&sum, currency)?, currency),
                transactions,
            })
        })
        .collect()
}

pub(crate) fn rates_by_day(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    base: Currency,
    quote: Currency,
    since: Option<Date>,
) -> Result<Vec<RateOnDay>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT r.date, s.name, r.rate
           FROM rates r JOIN sources s ON s.id = r.source_id
          WHERE r.base = :base AND r.quote = :quote AND (:since IS NULL OR r.date >= :since)
            AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
          ORDER BY r.date, s.name",
    )?;
    let rows = statement.query_map(
        named_params! {
            ":base": base.code(), ":quote": quote.code(), ":since": since.map(Text),
            ":viewer": viewer.user(),
        },
        |row| {
            Ok(RateOnDay {
                date: row.get::<_, Text<Date>>(0)?.0,
                source: row.get(1)?,
                rate: row.get::<_, Text<Decimal>>(2)?.0,
            })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// So many of the latest transactions of a source are looked at for the categories of what is no expense.
const LATEST: i64 = 500;

pub(crate) fn categories(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<String>, Fault> {
    let mut statement = tx.prepare_cached(
        "WITH visible AS (SELECT id FROM sources WHERE :viewer IS NULL OR owner IS NULL OR owner = :viewer)
         SELECT category FROM month_sums WHERE month = '*' AND source_id IN (SELECT id FROM visible)
          UNION SELECT category FROM budgets WHERE source_id IN (SELECT id FROM visible)
          UNION SELECT t.category FROM visible v JOIN transactions t ON t.key IN (
                    SELECT n.key FROM transactions n WHERE n.source_id = v.id
                     ORDER BY n.date DESC, n.first_seen DESC LIMIT :latest)
          ORDER BY 1",
    )?;
    let rows = statement.query_map(
        named_params! {":viewer": viewer.user(), ":latest": LATEST},
        |row| row.get::<_, Option<String>>(0),
    )?;
    let mut found = Vec::new();
    for row in rows {
        found.extend(row?.filter(|category| !category.is_empty()));
    }
    Ok(found)
}
