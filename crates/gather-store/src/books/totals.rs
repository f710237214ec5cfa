//! Sums that are kept by the writes themselves: money by day and account, expenses by month and category.
//!
//! A write gathers what it changes and puts it down at its end, each sum once. Both tables also hold what each adds
//! up to altogether (day or month `*`), so that reading them does not depend on how long the history is.
//!
//! Not here: what counts as an expense (`row`).

use std::collections::{BTreeMap, HashMap};

use gather_records::Currency;
use jiff::civil::Date;
use rusqlite::{Transaction as Tx, named_params};

use super::{
    AggregateDrift,
    row::{self, Row},
    sum::Sum,
};
use crate::{Error, Store, codec::Text, error::Fault};

/// The day or month of what adds up to all of it.
pub(crate) const ALL: &str = "*";

/// One sum: source; account or category; currency; day or month.
type Key = (i64, String, Currency, String);

/// What a write has changed of the sums.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    days: HashMap<Key, (Sum, i64)>,
    months: HashMap<Key, (Sum, i64)>,
}

/// The month of a day as `2026-11`; empty for none.
pub(crate) fn month_of(date: Option<Date>) -> String {
    date.map_or_else(String::new, |date| date.strftime("%Y-%m").to_string())
}

impl Totals {
    /// Counts a row as it stands in, or out again.
    pub(crate) fn count(&mut self, row: &Row, counts_in: bool) {
        if !row.pending {
            let day = row.date.map_or_else(String::new, |date| date.to_string());
            for day in [day, ALL.to_owned()] {
                let key = (row.source, row.account.clone(), row.currency(), day);
                change(&mut self.days, key, row.amount.amount, counts_in);
            }
        }
        for (category, amount) in row.expenses() {
            let category = category.unwrap_or_default();
            for month in [month_of(row.date), ALL.to_owned()] {
                let key = (row.source, category.to_owned(), row.currency(), month);
                change(&mut self.months, key, amount, counts_in);
            }
        }
    }

    /// Puts the changes down.
    pub(crate) fn write(&mut self, tx: &Tx<'_>) -> Result<(), Fault> {
        for (table, changes) in [(DAYS, &mut self.days), (MONTHS, &mut self.months)] {
            let mut read = tx.prepare_cached(table.read)?;
            let mut write = tx.prepare_cached(table.write)?;
            let mut delete = tx.prepare_cached(table.delete)?;
            // In the order of the table, so that neighbours are written together.
            let changes: BTreeMap<_, _> = changes.drain().collect();
            for ((source, name, currency, time), (change, rows)) in changes {
                if change.is_zero() && rows == 0 {
                    continue;
                }
                let mut held = read.query(named_params! {
                    ":source": source, ":name": name, ":currency": currency.code(), ":time": time,
                })?;
                let (mut sum, mut count) = match held.next()? {
                    Some(row) => (row.get::<_, Text<Sum>>(0)?.0, row.get::<_, i64>(1)?),
                    None => (Sum::default(), 0),
                };
                drop(held);
                sum.merge(&change);
                count += rows;
                if count == 0 && sum.is_zero() {
                    delete.execute(named_params! {
                        ":source": source, ":name": name, ":currency": currency.code(), ":time": time,
                    })?;
                } else {
                    write.execute(named_params! {
                        ":source": source, ":name": name, ":currency": currency.code(), ":time": time,
                        ":total": Text(&sum), ":rows": count,
                    })?;
                }
            }
        }
        Ok(())
    }
}

fn change(
    sums: &mut HashMap<Key, (Sum, i64)>,
    key: Key,
    amount: rust_decimal::Decimal,
    counts_in: bool,
) {
    let (sum, rows) = sums.entry(key).or_default();
    if counts_in {
        sum.add(amount);
        *rows += 1;
    } else {
        sum.take(amount);
        *rows -= 1;
    }
}

/// The statements of one of the two tables.
struct Table {
    read: &'static str,
    write: &'static str,
    delete: &'static str,
    all: &'static str,
}

const DAYS: Table = Table {
    read: "SELECT total, rows FROM day_sums
            WHERE source_id = :source AND account_id = :name AND currency = :currency AND day = :time",
    write: "INSERT OR REPLACE INTO day_sums (source_id, account_id, currency, day, total, rows)
            VALUES (:source, :name, :currency, :time, :total, :rows)",
    delete: "DELETE FROM day_sums
              WHERE source_id = :source AND account_id = :name AND currency = :currency AND day = :time",
    all: "SELECT source_id, account_id, currency, day, total, rows FROM day_sums",
};

const MONTHS: Table = Table {
    read: "SELECT total, rows FROM month_sums
            WHERE month = :time AND source_id = :source AND category = :name AND currency = :currency",
    write: "INSERT OR REPLACE INTO month_sums (source_id, month, category, currency, total, rows)
            VALUES (:source, :time, :name, :currency, :total, :rows)",
    delete: "DELETE FROM month_sums
              WHERE month = :time AND source_id = :source AND category = :name AND currency = :currency",
    all: "SELECT source_id, category, currency, month, total, rows FROM month_sums",
};

impl Store {
    /// Counts everything again and compares it with the sums that are kept: by day and account, by month and category.
    /// Empty when they agree, which they do unless the file was changed by something else. Takes time in proportion
    /// to the number of transactions.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn check_aggregates(&self) -> Result<Vec<AggregateDrift>, Error> {
        self.read(|tx| {
            let recount = recount(tx)?;
            let mut drifts = Vec::new();
            for (table, counted, what) in [
                (DAYS, recount.days, "account"),
                (MONTHS, recount.months, "expenses on"),
            ] {
                compare(tx, &table, counted, what, &mut drifts)?;
            }
            Ok(drifts)
        })
    }
}

fn compare(
    tx: &Tx<'_>,
    table: &Table,
    counted: HashMap<Key, (Sum, i64)>,
    what: &str,
    drifts: &mut Vec<AggregateDrift>,
) -> Result<(), Fault> {
    let mut counted: BTreeMap<_, _> = counted.into_iter().collect();
    let text = |(sum, rows): &(Sum, i64)| format!("{} in {rows} rows", Shown(sum));
    let mut drift = |key: &Key, kept: Option<&(Sum, i64)>, recount: Option<&(Sum, i64)>| {
        let (source, name, currency, time) = key;
        drifts.push(AggregateDrift {
            what: format!("source {source}, {what} `{name}`, {currency}, `{time}`"),
            kept: kept.map(text),
            recount: recount.map(text),
        });
    };
    let mut statement = tx.prepare_cached(table.all)?;
    let rows = statement.query_map([], |row| {
        let key = (
            row.get(0)?,
            row.get(1)?,
            row.get::<_, Text<Currency>>(2)?.0,
            row.get(3)?,
        );
        Ok((key, (row.get::<_, Text<Sum>>(4)?.0, row.get(5)?)))
    })?;
    for row in rows {
        let (key, kept) = row?;
        match counted.remove(&key) {
            Some(recount) if recount == kept => {}
            recount => drift(&key, Some(&kept), recount.as_ref()),
        }
    }
    for (key, recount) in &counted {
        drift(key, None, Some(recount));
    }
    Ok(())
}

/// A sum for a person.
struct Shown<'a>(&'a Sum);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.value() {
            Some(value) => value.fmt(f),
            None => self.0.fmt(f),
        }
    }
}

/// Counts every row.
fn recount(tx: &Tx<'_>) -> Result<Totals, Fault> {
    let mut totals = Totals::default();
    let mut statement =
        tx.prepare_cached(&format!("SELECT {} FROM transactions t", row::COLUMNS))?;
    let rows = statement.query_map([], row::read)?;
    for row in rows {
        let (mut row, split) = row?;
        if split {
            row.parts = row::parts(tx, row.key)?;
        }
        totals.count(&row, true);
    }
    Ok(totals)
}

/// Fills the sums of a file that has none.
pub(crate) fn fill(tx: &Tx<'_>) -> Result<(), Fault> {
    recount(tx)?.write(tx)
}
