//! An invented household's money over ten years, the same for everybody who asks for the same number of rows.
//!
//! Three accounts at one bank in one currency, one abroad of which only the balance is known. Money goes from one
//! account to another now and then, with an amount that nothing else has; expenses have even cents and income has odd
//! ones, so that it is known which transactions are the two sides of a transfer. The last ones are pending.

use gather_records::{Currency, Money, Transaction};
use jiff::{
    ToSpan,
    civil::{Date, date},
};
use rust_decimal::Decimal;

use crate::{Fault, ingest::made_up::Pen};

/// With fewer rows a household has too little to tell.
pub(super) const LEAST_ROWS: usize = 1_000;

/// The last day.
pub(super) const TODAY: Date = date(2026, 11, 20);

pub(super) const ACCOUNTS: [&str; 3] = ["giro", "card", "savings"];

/// What money is spent on, the frequent first.
pub(super) const CATEGORIES: [&str; 12] = [
    "Groceries",
    "Eating out",
    "Transport",
    "Household",
    "Clothes",
    "Health",
    "Books",
    "Sport",
    "Travel",
    "Gifts",
    "Insurance",
    "Rent",
];

/// Over how many days everything happens.
const DAYS: usize = 3_650;

/// How many shops and people are paid.
const PAYEES: u32 = 2_000;

/// How many of the last rows are pending.
const PENDING: usize = 5;

/// Of so many rows the first two are a transfer.
const A_TRANSFER_IN: usize = 100;

/// One row, and whether it is a side of a transfer.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) row: Transaction,
    pub(super) transfer: bool,
}

/// All rows, the oldest first.
pub(super) fn entries(rows: usize) -> Result<Vec<Entry>, Fault> {
    let currency: Currency = "EUR".parse()?;
    let mut pen = Pen::new(5);
    let payees: Vec<String> = (0..PAYEES).map(|_| pen.words(2)).collect();
    let mut rng = fastrand::Rng::with_seed(5);
    let entries = (0..rows).map(|number| {
        let back = i64::try_from(DAYS - 1 - number * DAYS / rows)?;
        let day = TODAY.checked_sub(back.days())?;
        // Few payees are frequent and many rare.
        let payee = rng.u32(0..PAYEES).min(rng.u32(0..PAYEES));
        let account = ACCOUNTS[rng.usize(0..2)];
        let cents = i64::from(rng.u32(50..10_000));
        let moved = number / A_TRANSFER_IN % 50_000;
        let moved = 100_000 + 2 * i64::try_from(moved)?;
        let (account, cents, transfer) = match number % A_TRANSFER_IN {
            0 => (ACCOUNTS[0], -moved, true),
            1 => (ACCOUNTS[2], moved, true),
            place if place % 12 == 2 => (account, 20 * cents + 1, false),
            _ => (account, -2 * cents, false),
        };
        let category = match cents {
            _ if transfer => None,
            1.. => Some("Salary"),
            _ => Some(CATEGORIES[usize::try_from(payee)? % CATEGORIES.len()]),
        };
        let name = &payees[usize::try_from(payee)?];
        Ok(Entry {
            row: Transaction {
                account: Some(account.to_owned()),
                date: Some(day),
                description: Some(format!("{name} {:05} REF {number:09}", payee * 37)),
                category: category.map(str::to_owned),
                payee: Some(name.clone()),
                pending: number + PENDING >= rows,
                ..Transaction::new(
                    format!("{}-{number:09}", day.strftime("%Y%m")),
                    Money::new(Decimal::new(cents, 2), currency),
                )
            },
            transfer,
        })
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{TODAY, entries};

    /// Enough for some on each day.
    const ROWS: usize = 10_000;

    #[test]
    fn rows_are_the_same_each_time_and_ids_are_not() {
        let all = entries(ROWS).unwrap();
        let rows = |all: &[super::Entry]| all.iter().map(|it| it.row.clone()).collect::<Vec<_>>();
        assert_eq!(rows(&all), rows(&entries(ROWS).unwrap()));
        let ids: HashSet<&str> = all.iter().map(|it| it.row.id.as_str()).collect();
        assert_eq!(ids.len(), ROWS);
        assert_eq!(all.last().unwrap().row.date, Some(TODAY));
        assert!(all.is_sorted_by_key(|it| it.row.date));
        let moved: HashSet<_> = all
            .iter()
            .filter(|it| it.transfer)
            .collect::<Vec<_>>()
            .iter()
            .map(|it| it.row.amount.amount.abs())
            .collect();
        assert_eq!(moved.len() * 100, ROWS);
    }
}
