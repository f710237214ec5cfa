//! Expenses of a span of time, from the sums that are kept.
//!
//! Whole months are one row each; only of a month that is counted from a day within it are the transactions read.
//!
//! Not here: what is made of them (`spending`), what counts as an expense (`books/row`).

use std::collections::BTreeMap;

use gather_records::{Currency, Money, Viewer};
use jiff::civil::Date;
use rusqlite::{Transaction, named_params};

use super::read::{exactly, sources_with_money};
use crate::{
    books::{row, sum::Sum, totals},
    codec::{Text, count},
    error::Fault,
};

/// The expenses of one owner on one category in one currency.
#[derive(Debug)]
pub(super) struct Expenses {
    pub(super) owner: Option<String>,
    pub(super) category: Option<String>,
    pub(super) sum: Money,
    pub(super) count: u64,
}

/// Booked expenses from a day on, or all of them, also those without a date.
///
/// Whole months come from the sums that are kept; only of the month in which the day lies the rows are read.
pub(super) fn expenses(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    since: Option<Date>,
) -> Result<Vec<Expenses>, Fault> {
    let mut sums = Sums::default();
    match since {
        None => sums.months(tx, viewer, totals::ALL, totals::ALL)?,
        Some(day) if day == day.first_of_month() => {
            sums.months(tx, viewer, &totals::month_of(Some(day)), LAST)?;
        }
        Some(day) => {
            sums.rows(tx, viewer, false, day, day.last_of_month())?;
            if let Ok(next) = day.last_of_month().tomorrow() {
                sums.months(tx, viewer, &totals::month_of(Some(next)), LAST)?;
            }
        }
    }
    sums.finish()
}

/// Booked expenses of the month of a day.
pub(super) fn month_expenses(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    day: Date,
) -> Result<Vec<Expenses>, Fault> {
    let month = totals::month_of(Some(day));
    let mut sums = Sums::default();
    sums.months(tx, viewer, &month, &month)?;
    sums.finish()
}

/// Expenses of the month of a day that are not booked yet.
pub(super) fn pending_expenses(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    day: Date,
) -> Result<Vec<Expenses>, Fault> {
    let mut sums = Sums::default();
    sums.rows(tx, viewer, true, day.first_of_month(), day.last_of_month())?;
    sums.finish()
}

/// Pending rows of a span: few, however many rows the span has.
const PENDING: &str = "t.key IN (SELECT key FROM transactions INDEXED BY transactions_pending
                                  WHERE source_id = :source AND pending = 1)
                       AND t.date BETWEEN :from AND :to";

/// Later than every month.
const LAST: &str = "9999-99";

/// Owner, category, currency.
type Key = (Option<String>, Option<String>, Currency);

/// Expenses by owner, category and currency.
#[derive(Default)]
struct Sums(BTreeMap<Key, (Sum, u64)>);

impl Sums {
    /// Adds the sums of months, both ends included.
    fn months(
        &mut self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        from: &str,
        to: &str,
    ) -> Result<(), Fault> {
        let mut statement = tx.prepare_cached(
            "SELECT s.owner, nullif(m.category, ''), m.currency, m.total, m.rows
               FROM month_sums m JOIN sources s ON s.id = m.source_id
              WHERE m.month BETWEEN :from AND :to AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)",
        )?;
        let rows = statement.query_map(
            named_params! {":from": from, ":to": to, ":viewer": viewer.user()},
            |row| {
                let key = (row.get(0)?, row.get(1)?, row.get::<_, Text<Currency>>(2)?.0);
                Ok((key, row.get::<_, Text<Sum>>(3)?.0, count(row, 4)?))
            },
        )?;
        for row in rows {
            let (key, total, count) = row?;
            let (sum, number) = self.0.entry(key).or_default();
            sum.merge(&total);
            *number += count;
        }
        Ok(())
    }

    /// Adds the expenses of a span of days one by one, both ends included: booked ones, or those that are pending.
    fn rows(
        &mut self,
        tx: &Transaction<'_>,
        viewer: &Viewer,
        pending: bool,
        from: Date,
        to: Date,
    ) -> Result<(), Fault> {
        let condition = if pending {
            PENDING
        } else {
            "t.source_id = :source AND t.date BETWEEN :from AND :to"
        };
        for (source, owner) in sources_with_money(tx, viewer)? {
            let rows = row::find(
                tx,
                condition,
                named_params! {":source": source, ":from": Text(from), ":to": Text(to)},
            )?;
            for mut row in rows {
                if pending {
                    row.pending = false;
                } else if row.pending {
                    continue;
                }
                for (category, amount) in row.expenses() {
                    let key = (owner.clone(), category.map(str::to_owned), row.currency());
                    let (sum, number) = self.0.entry(key).or_default();
                    sum.add(amount);
                    *number += 1;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Expenses>, Fault> {
        self.0
            .into_iter()
            .map(|((owner, category, currency), (sum, count))| {
                Ok(Expenses {
                    owner,
                    category,
                    sum: Money::new(exactly(&sum, currency)?, currency),
                    count,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[test]
    fn pending_rows_are_found_without_the_booked_ones() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        let plan = store.plan(&format!("SELECT 1 FROM transactions t WHERE {PENDING}"));
        assert!(
            plan.contains("SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"),
            "{plan}"
        );
    }
}
