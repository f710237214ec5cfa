//! What was spent: by category, and of each budget.
//!
//! Only booked expenses count; money that came back is income, not less spending. Where a source says itself how much
//! of a budget is spent, its figure stands, and is marked as the source's.

use std::{cmp::Reverse, collections::BTreeMap};

use gather_records::{Currency, Money, Viewer};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    BudgetLine, BudgetPlan, Spending, SpentFrom, convert::add, expenses::Expenses,
    read::StatedBudget,
};
use crate::error::Fault;

/// Adds expenses up by category and currency: by currency, the largest first.
pub(super) fn by_category(expenses: &[Expenses]) -> Result<Vec<Spending>, Fault> {
    let mut sums: BTreeMap<(Currency, Option<&str>), (Decimal, u64)> = BTreeMap::new();
    for part in expenses {
        let currency = part.sum.currency;
        let (sum, count) = sums
            .entry((currency, part.category.as_deref()))
            .or_default();
        *sum = add(*sum, part.sum.amount, currency)?;
        *count += part.count;
    }
    let mut spending: Vec<Spending> = sums
        .into_iter()
        .map(|((currency, category), (sum, transactions))| Spending {
            category: category.map(str::to_owned),
            total: Money::new(sum, currency),
            transactions,
        })
        .collect();
    spending.sort_by_key(|line| (line.total.currency, line.total.amount));
    Ok(spending)
}

/// The operator's own budgets that a viewer may see.
pub(super) fn planned(viewer: &Viewer, plans: &[BudgetPlan]) -> impl Iterator<Item = StatedBudget> {
    plans
        .iter()
        .filter(|plan| {
            let user = viewer.user();
            user.is_none() || plan.owner.is_none() || plan.owner.as_deref() == user
        })
        .map(|plan| StatedBudget {
            source: None,
            owner: plan.owner.clone(),
            id: plan.category.clone(),
            category: plan.category.clone(),
            limit: plan.limit,
            spent: None,
        })
}

/// Fills in what is spent of each budget. `month` are the booked expenses of the month, `pending` the others.
pub(super) fn of_budgets(
    budgets: Vec<StatedBudget>,
    month: &[Expenses],
    pending: &[Expenses],
) -> Result<Vec<BudgetLine>, Fault> {
    budgets
        .into_iter()
        .map(|budget| {
            let (spent, spent_from, spent_elsewhere) = match budget.spent {
                Some(stated) => (stated, SpentFrom::Source, Vec::new()),
                None => {
                    let (spent, elsewhere) = own_sum(&budget, month)?;
                    (spent, SpentFrom::Transactions, elsewhere)
                }
            };
            let (pending, _) = own_sum(&budget, pending)?;
            let same_currency = spent.currency == budget.limit.currency;
            let left = same_currency
                .then(|| budget.limit.amount.checked_sub(spent.amount))
                .flatten()
                .map(|left| Money::new(left, spent.currency));
            Ok(BudgetLine {
                percent: same_currency
                    .then(|| percent(spent.amount, budget.limit.amount))
                    .flatten(),
                source: budget.source,
                id: budget.id,
                category: budget.category,
                limit: budget.limit,
                spent,
                spent_from,
                left,
                pending,
                spent_elsewhere,
            })
        })
        .collect()
}

/// The expenses that count against a budget: of its owner and of everybody, never those of another user.
fn own_sum(budget: &StatedBudget, month: &[Expenses]) -> Result<(Money, Vec<Money>), Fault> {
    let mut sums: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for part in month {
        let theirs = part.owner.is_none() || part.owner == budget.owner;
        if theirs && part.category.as_deref() == Some(&budget.category) {
            let currency = part.sum.currency;
            let sum = sums.entry(currency).or_default();
            *sum = add(*sum, -part.sum.amount, currency)?;
        }
    }
    let currency = budget.limit.currency;
    let spent = sums.remove(&currency).unwrap_or_default();
    let mut elsewhere: Vec<Money> = sums
        .into_iter()
        .map(|(currency, amount)| Money::new(amount, currency))
        .collect();
    elsewhere.sort_by_key(|money| Reverse(money.amount));
    Ok((Money::new(spent, currency), elsewhere))
}

fn percent(spent: Decimal, limit: Decimal) -> Option<Decimal> {
    if limit <= Decimal::ZERO {
        return None;
    }
    let share = spent
        .checked_mul(Decimal::ONE_HUNDRED)?
        .checked_div(limit)?;
    Some(share.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero))
}
