//! The figures once more, added up from the rows themselves.
//!
//! Not here: how gather comes to them (`gather-store`).

use std::collections::{BTreeMap, HashMap, HashSet};

use gather_records::Transaction;
use gather_store::MoneyOverview;
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};

use super::household::{ACCOUNTS, CATEGORIES, Entry, TODAY};

/// How many of the newest transactions the dashboard shows.
pub(super) const NEWEST: usize = 10;

/// How many categories it shows.
const LARGEST: usize = 5;

/// What is in the accounts beside what the rows say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// What the bank states of each account of which it states something.
    pub(super) stated: Decimal,
    /// What was in the other account before its first row.
    pub(super) opening: Decimal,
    /// What is held abroad, and what one unit of the household's currency is worth there.
    pub(super) abroad: Decimal,
    pub(super) rate: Decimal,
}

/// Which account has no stated balance.
pub(super) const NOT_STATED: &str = ACCOUNTS[1];

/// Checks an overview against the rows; gives its figures in a few words.
pub(super) fn check(
    overview: &MoneyOverview,
    entries: &[Entry],
    held: &Held,
) -> Result<String, String> {
    newest(overview, entries)?;
    let spent = |since: Option<Date>| {
        let mut spent: BTreeMap<&str, Decimal> = BTreeMap::new();
        for Entry { row, .. } in entries
            .iter()
            .filter(|it| !it.transfer && !it.row.pending && it.row.date >= since)
        {
            if row.amount.amount < Decimal::ZERO {
                let category = row.category.as_deref().unwrap_or_default();
                *spent.entry(category).or_default() += row.amount.amount;
            }
        }
        spent
    };
    let mut largest: Vec<(Decimal, String)> = spent(None)
        .into_iter()
        .map(|(category, sum)| (sum, category.to_owned()))
        .collect();
    largest.sort();
    largest.truncate(LARGEST);
    let told: Vec<(Decimal, String)> = overview
        .spending
        .iter()
        .take(LARGEST)
        .map(|it| (it.total.amount, it.category.clone().unwrap_or_default()))
        .collect();
    same("the largest categories", &told, &largest)?;

    let month = spent(Some(TODAY.first_of_month()));
    let wanted: BTreeMap<&str, Decimal> = CATEGORIES
        .into_iter()
        .map(|category| (category, -month.get(category).copied().unwrap_or_default()))
        .collect();
    let told: BTreeMap<&str, Decimal> = overview
        .budgets
        .iter()
        .map(|it| (it.category.as_str(), it.spent.amount))
        .collect();
    same("what is spent of the budgets", &told, &wanted)?;

    let total = total(entries, held);
    let told = overview.total.as_ref().map(|it| it.amount.amount);
    same("the balance", &told, &Some(total))?;
    let all: Decimal = wanted.values().sum();
    Ok(format!(
        "balance {total}, largest {} {}, budgets {all} spent",
        largest[0].1, largest[0].0
    ))
}

/// Each is one of the rows and they are of the newest days; which of one day come first is up to the store.
fn newest(overview: &MoneyOverview, entries: &[Entry]) -> Result<(), String> {
    let told = &overview.transactions;
    let days: Vec<Option<Date>> = told.iter().map(|line| line.date).collect();
    let wanted: Vec<Option<Date>> = entries
        .iter()
        .rev()
        .take(NEWEST)
        .map(|it| it.row.date)
        .collect();
    same("the days of the newest transactions", &days, &wanted)?;
    let of_days = entries
        .iter()
        .rev()
        .take_while(|it| it.row.date >= wanted.last().copied().flatten());
    let rows: HashMap<&str, &Transaction> =
        of_days.map(|it| (it.row.id.as_str(), &it.row)).collect();
    let mut met = HashSet::new();
    for line in told {
        let is_row = rows.get(line.id.as_str()).is_some_and(|row| {
            (
                line.amount,
                &line.description,
                &line.account,
                &line.category,
                line.pending,
            ) == (
                row.amount,
                &row.description,
                &row.account,
                &row.category,
                row.pending,
            )
        });
        if !is_row || !met.insert(&line.id) {
            return Err(format!(
                "among the newest is {}, which was not kept so",
                line.id
            ));
        }
    }
    Ok(())
}

fn total(entries: &[Entry], held: &Held) -> Decimal {
    let booked: Decimal = entries
        .iter()
        .filter(|it| !it.row.pending && it.row.account.as_deref() == Some(NOT_STATED))
        .map(|it| it.row.amount.amount)
        .sum();
    let stated = Decimal::from(ACCOUNTS.len() - 1) * held.stated;
    let all = stated + held.opening + booked + held.abroad / held.rate;
    all.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, told: &T, wanted: &T) -> Result<(), String> {
    if told == wanted {
        Ok(())
    } else {
        Err(format!(
            "{what}: the store says {told:?}, the rows say {wanted:?}"
        ))
    }
}
