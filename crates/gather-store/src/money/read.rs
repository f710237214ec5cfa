//! The rows of money that a viewer may see.

use std::collections::BTreeMap;

use gather_records::{Currency, Money, Viewer};
use jiff::civil::Date;
use rusqlite::{Transaction, named_params};
use rust_decimal::Decimal;

use super::{AccountLine, MoneyQuery, RateLine, TransactionLine, convert::add};
use crate::{
    codec::{Instant, Text, day, limit_of, money},
    error::Fault,
    search,
};

/// The expenses of one owner on one category in one currency.
#[derive(Debug)]
pub(super) struct Expenses {
    pub(super) owner: Option<String>,
    pub(super) category: Option<String>,
    pub(super) sum: Money,
    pub(super) count: u64,
}

/// A budget as its source states it.
#[derive(Debug)]
pub(super) struct StatedBudget {
    pub(super) source: String,
    pub(super) owner: Option<String>,
    pub(super) id: String,
    pub(super) category: String,
    pub(super) limit: Money,
    pub(super) spent: Option<Money>,
}

pub(super) fn accounts(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<AccountLine>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.name, s.owner, a.id, a.name, a.balance, a.currency, a.as_of, a.updated_at
           FROM accounts a JOIN sources s ON s.id = a.source_id
          WHERE :viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer
          ORDER BY s.name, s.owner, a.name, a.id",
    )?;
    let rows = statement.query_map(named_params! {":viewer": viewer.user()}, |row| {
        Ok(AccountLine {
            source: row.get(0)?,
            owner: row.get(1)?,
            id: row.get(2)?,
            name: row.get(3)?,
            balance: money(row, 4)?,
            as_of: row.get::<_, Option<Instant>>(6)?.map(|at| at.0),
            updated_at: row.get::<_, Instant>(7)?.0,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Walks the days from the newest down, so that the work depends on the limit and not on how much is stored: a CROSS
/// JOIN is what keeps SQLite from going by source and sorting everything. A condition that is not there is left out
/// (`:since IS NULL` is true then), since with an OR in it the index could not be entered at the day.
fn newest(since: bool) -> String {
    let since = if since {
        "t.date >= :since"
    } else {
        ":since IS NULL"
    };
    format!(
        "SELECT s.name, t.id, nullif(t.account_id, ''), a.name, t.date, t.amount, t.currency, t.description,
                t.category, t.pending, t.first_seen
           FROM transactions t
          CROSS JOIN sources s ON s.id = t.source_id
           LEFT JOIN accounts a ON a.source_id = t.source_id AND a.id = t.account_id
          WHERE {since}
            AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
            AND (:words IS NULL
                 OR t.key IN (SELECT rowid FROM transactions_text WHERE transactions_text MATCH :words))
          ORDER BY t.date DESC, t.first_seen DESC, t.key
          LIMIT :limit"
    )
}

pub(super) fn transactions(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    query: &MoneyQuery,
) -> Result<Vec<TransactionLine>, Fault> {
    let words = match query.search.as_deref().map(search::words) {
        Some(search::Words::Nothing) => return Ok(Vec::new()),
        Some(search::Words::Match(words)) => Some(words),
        None | Some(search::Words::All) => None,
    };
    let mut statement = tx.prepare_cached(&newest(query.since.is_some()))?;
    let rows = statement.query_map(
        named_params! {
            ":viewer": viewer.user(), ":since": query.since.map(Text), ":words": words,
            ":limit": limit_of(query.limit),
        },
        |row| {
            Ok(TransactionLine {
                source: row.get(0)?,
                id: row.get(1)?,
                account: row.get(2)?,
                account_name: row.get(3)?,
                date: day(row, 4)?,
                amount: money(row, 5)?,
                description: row.get(7)?,
                category: row.get(8)?,
                pending: row.get(9)?,
                first_seen: row.get::<_, Instant>(10)?.0,
            })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// As in [`newest`], a bound that is not there is left out, so that a month costs a month and not a life.
fn expenses_between(from: bool, to: bool) -> String {
    let from = if from {
        "t.date >= :from"
    } else {
        ":from IS NULL"
    };
    let to = if to { "t.date <= :to" } else { ":to IS NULL" };
    format!(
        "SELECT s.owner, t.category, t.amount, t.currency
           FROM transactions t CROSS JOIN sources s ON s.id = t.source_id
          WHERE {from} AND {to}
            AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
            AND t.pending = 0 AND t.amount GLOB '-*'"
    )
}

/// Booked expenses of a span of days, both ends included; without a start also those without a date.
///
/// Added up here and not by SQLite, which would count in floating point.
pub(super) fn expenses(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<Vec<Expenses>, Fault> {
    let mut statement = tx.prepare_cached(&expenses_between(from.is_some(), to.is_some()))?;
    let rows = statement.query_map(
        named_params! {":viewer": viewer.user(), ":from": from.map(Text), ":to": to.map(Text)},
        |row| Ok(((row.get(0)?, row.get(1)?), money(row, 2)?)),
    )?;
    type Key = (Option<String>, Option<String>, Currency);
    let mut sums: BTreeMap<Key, (Decimal, u64)> = BTreeMap::new();
    for row in rows {
        let ((owner, category), Money { amount, currency }) = row?;
        // `-0.00` begins with a minus and is no expense.
        if amount.is_zero() {
            continue;
        }
        let (sum, count) = sums.entry((owner, category, currency)).or_default();
        *sum = add(*sum, amount, currency)?;
        *count += 1;
    }
    Ok(sums
        .into_iter()
        .map(|((owner, category, currency), (sum, count))| Expenses {
            owner,
            category,
            sum: Money::new(sum, currency),
            count,
        })
        .collect())
}

pub(super) fn budgets(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<StatedBudget>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.name, s.owner, b.id, b.category, b.\"limit\", b.currency, b.spent, b.spent_currency
           FROM budgets b JOIN sources s ON s.id = b.source_id
          WHERE :viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer
          ORDER BY s.name, s.owner, b.category, b.id",
    )?;
    let rows = statement.query_map(named_params! {":viewer": viewer.user()}, |row| {
        let stated: Option<String> = row.get(6)?;
        Ok(StatedBudget {
            source: row.get(0)?,
            owner: row.get(1)?,
            id: row.get(2)?,
            category: row.get(3)?,
            limit: money(row, 4)?,
            spent: stated.map(|_| money(row, 6)).transpose()?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest rate of each pair and source, not after a day. (In SQLite the other columns of a `max` are of its row.)
pub(super) fn rates(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    as_of: Date,
) -> Result<Vec<RateLine>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.name, r.base, r.quote, max(r.date), r.rate
           FROM rates r JOIN sources s ON s.id = r.source_id
          WHERE (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer) AND r.date <= :as_of
          GROUP BY r.source_id, r.base, r.quote
          ORDER BY s.name, s.owner, r.base, r.quote",
    )?;
    let rows = statement.query_map(
        named_params! {":viewer": viewer.user(), ":as_of": Text(as_of)},
        |row| {
            Ok(RateLine {
                source: row.get(0)?,
                base: row.get::<_, Text<Currency>>(1)?.0,
                quote: row.get::<_, Text<Currency>>(2)?.0,
                date: row.get::<_, Text<Date>>(3)?.0,
                rate: row.get::<_, Text<Decimal>>(4)?.0,
            })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What the accounts hold, by currency.
pub(super) fn totals(accounts: &[AccountLine]) -> Result<Vec<Money>, Fault> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for account in accounts {
        let Money { amount, currency } = account.balance;
        let sum = sums.entry(currency).or_default();
        *sum = add(*sum, amount, currency)?;
    }
    Ok(sums
        .into_iter()
        .map(|(currency, amount)| Money::new(amount, currency))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[test]
    fn the_newest_and_a_month_are_found_by_the_index_of_days() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        for (sql, how) in [
            (newest(false), "SCAN t USING INDEX transactions_by_date"),
            (
                newest(true),
                "SEARCH t USING INDEX transactions_by_date (date>?)",
            ),
            (
                expenses_between(true, true),
                "SEARCH t USING INDEX transactions_by_date (date>? AND date<?)",
            ),
        ] {
            let plan = store.plan(&sql);
            assert!(plan.contains(how), "{plan}");
            assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
        }
    }
}
