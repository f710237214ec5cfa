//! The rows of money that a viewer may see.

use std::collections::BTreeMap;

use gather_records::{Currency, Money, Viewer};
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Transaction, named_params};
use rust_decimal::Decimal;

use super::{
    AccountLine, BalanceFrom, MoneyQuery, RateLine, TransactionLine, TransferSide, convert::add,
    proof,
};
use crate::{
    Part, TransactionId,
    books::{
        row::{self, set_by},
        sum::Sum,
    },
    codec::{Instant, Text, day, limit_of, money},
    error::Fault,
    search,
};

/// A budget as its source states it.
#[derive(Debug)]
pub(super) struct StatedBudget {
    /// `None`: the operator's own file.
    pub(super) source: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) id: String,
    pub(super) category: String,
    pub(super) limit: Money,
    pub(super) spent: Option<Money>,
}

pub(super) fn accounts(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<AccountLine>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.name, s.owner, a.id, a.name, a.balance, a.currency, a.as_of, a.updated_at, a.balance_day, a.kind,
                a.source_id
           FROM accounts a JOIN sources s ON s.id = a.source_id
          WHERE :viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer
          ORDER BY s.name, s.owner, a.name, a.id",
    )?;
    let rows = statement.query_map(named_params! {":viewer": viewer.user()}, |row| {
        let stated: Option<String> = row.get(4)?;
        let line = AccountLine {
            source: row.get(0)?,
            owner: row.get(1)?,
            id: row.get(2)?,
            name: row.get(3)?,
            balance: stated.map(|_| money(row, 4)).transpose()?,
            balance_from: None,
            as_of: row.get::<_, Option<Instant>>(6)?.map(|at| at.0),
            balance_date: day(row, 8)?,
            kind: row.get(9)?,
            updated_at: row.get::<_, Instant>(7)?.0,
        };
        Ok((row.get(10)?, line))
    })?;
    let mut accounts = Vec::new();
    for row in rows {
        let (source, mut line) = row?;
        line.balance_from = line.balance.map(|_| BalanceFrom::Source);
        if line.balance.is_none() {
            line.balance = proof::from_opening(tx, source, &line.id)?;
            line.balance_from = line.balance.map(|_| BalanceFrom::Transactions);
        }
        accounts.push(line);
    }
    Ok(accounts)
}

/// The sources with transactions that a viewer may see: number and owner.
pub(super) fn sources_with_money(
    tx: &Transaction<'_>,
    viewer: &Viewer,
) -> Result<Vec<(i64, Option<String>)>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.id, s.owner FROM sources s
          WHERE (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
            AND EXISTS (SELECT 1 FROM transactions t WHERE t.source_id = s.id)
          ORDER BY s.id",
    )?;
    let rows = statement.query_map(named_params! {":viewer": viewer.user()}, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The newest of one source: walks its days from the newest down, so that the work depends on the limit and not on how
/// much is stored. A condition that is not there is left out (`:since IS NULL` is true then), since with an OR in it
/// the index could not be entered at the day.
fn newest(since: bool) -> String {
    let since = if since {
        "t.date >= :since"
    } else {
        ":since IS NULL"
    };
    format!(
        "SELECT t.date, t.first_seen, t.key
           FROM transactions t
          WHERE t.source_id = :source AND {since}
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
    // Each source's newest, and of all these the newest: so nobody pays for the transactions of others.
    let mut statement = tx.prepare_cached(&newest(query.since.is_some()))?;
    let mut found: Vec<(Option<String>, i64, i64)> = Vec::new();
    for (source, _) in sources_with_money(tx, viewer)? {
        let rows = statement.query_map(
            named_params! {
                ":source": source, ":since": query.since.map(Text), ":words": words,
                ":limit": limit_of(query.limit),
            },
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        for row in rows {
            found.push(row?);
        }
    }
    // Days are ISO text, which sorts as days do; none comes last.
    found.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)));
    found.truncate(query.limit);
    found
        .into_iter()
        .map(|(_, _, key)| transaction(tx, viewer, key))
        .collect()
}

/// One that the viewer may see.
pub(crate) fn one(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    id: TransactionId,
) -> Result<TransactionLine, Fault> {
    let seen = tx
        .prepare_cached(
            "SELECT 1 FROM transactions t JOIN sources s ON s.id = t.source_id
              WHERE t.key = ?1 AND (?2 IS NULL OR s.owner IS NULL OR s.owner = ?2)",
        )?
        .exists((id.0, viewer.user()))?;
    if seen {
        transaction(tx, viewer, id.0)
    } else {
        Err(Fault::UnknownTransaction(id.0))
    }
}

pub(super) fn transaction(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    key: i64,
) -> Result<TransactionLine, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.name, t.id, nullif(t.account_id, ''), a.name, t.date, t.amount, t.currency, t.description,
                t.category, t.pending, t.first_seen, t.category_by, t.payee, t.payee_by, t.value_date, t.note,
                t.transfer IN ('found', 'declared'), t.peer, t.split
           FROM transactions t
           JOIN sources s ON s.id = t.source_id
           LEFT JOIN accounts a ON a.source_id = t.source_id AND a.id = t.account_id
          WHERE t.key = ?1",
    )?;
    let (mut line, peer, split) = statement.query_row([key], |row| {
        let line = TransactionLine {
            number: TransactionId(key),
            source: row.get(0)?,
            id: row.get(1)?,
            account: row.get(2)?,
            account_name: row.get(3)?,
            date: day(row, 4)?,
            amount: money(row, 5)?,
            description: row.get(7)?,
            category: row.get(8)?,
            category_by: set_by(row.get(11)?),
            pending: row.get(9)?,
            payee: row.get(12)?,
            payee_by: set_by(row.get(13)?),
            value_date: day(row, 14)?,
            note: row.get(15)?,
            transfer: row.get::<_, Option<bool>>(16)?.unwrap_or(false),
            transfer_with: None,
            parts: Vec::new(),
            first_seen: row.get::<_, Instant>(10)?.0,
        };
        Ok((
            line,
            row.get::<_, Option<i64>>(17)?,
            row.get::<_, bool>(18)?,
        ))
    })?;
    if let Some(peer) = peer {
        line.transfer_with = side(tx, viewer, peer)?;
    }
    if split {
        line.parts = row::parts(tx, key)?
            .into_iter()
            .map(|part| Part {
                amount: part.amount,
                category: part.category,
                note: part.note,
            })
            .collect();
    }
    Ok(line)
}

/// A transaction as the other side of one, where the viewer may see it.
fn side(tx: &Transaction<'_>, viewer: &Viewer, key: i64) -> Result<Option<TransferSide>, Fault> {
    Ok(tx
        .prepare_cached(
            "SELECT s.name, nullif(t.account_id, ''), t.id
               FROM transactions t JOIN sources s ON s.id = t.source_id
              WHERE t.key = :key AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)",
        )?
        .query_row(
            named_params! {":key": key, ":viewer": viewer.user()},
            |row| {
                Ok(TransferSide {
                    number: TransactionId(key),
                    source: row.get(0)?,
                    account: row.get(1)?,
                    id: row.get(2)?,
                })
            },
        )
        .optional()?)
}

/// A sum as a decimal, or that it has too many digits.
pub(super) fn exactly(sum: &Sum, currency: Currency) -> Result<Decimal, Fault> {
    sum.value()
        .ok_or_else(|| Fault::TooLarge(format!("the amounts in {currency}")))
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

/// The newest rate of each pair and source, not after a day.
pub(super) fn rates(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    as_of: Date,
) -> Result<Vec<RateLine>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT s.name, r.base, r.quote, r.date, r.rate
           FROM rate_pairs p
           JOIN sources s ON s.id = p.source_id
           JOIN rates r ON r.source_id = p.source_id AND r.base = p.base AND r.quote = p.quote
            AND r.date = (SELECT max(date) FROM rates
                           WHERE source_id = p.source_id AND base = p.base AND quote = p.quote AND date <= :as_of)
          WHERE :viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer
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
        let Some(Money { amount, currency }) = account.balance else {
            continue;
        };
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
    fn the_newest_are_found_by_the_index_of_days() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        for (sql, how) in [
            (
                newest(false),
                "SEARCH t USING COVERING INDEX transactions_by_day (source_id=?)",
            ),
            (
                newest(true),
                "SEARCH t USING COVERING INDEX transactions_by_day (source_id=? AND date>?)",
            ),
        ] {
            let plan = store.plan(&sql);
            assert!(plan.contains(how), "{plan}");
            assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
        }
    }
}
