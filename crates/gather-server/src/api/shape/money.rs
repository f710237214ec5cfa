//! Money. Every amount is text.

use gather_records::Money;
use gather_store::{
    AccountLine, BalanceFrom, BalanceProof, BudgetLine, DayBalance, MonthSpending, RateLine,
    RateOnDay, RateUsed, Review, SetBy, Spending, SpentFrom, TransactionLine, Unconverted,
};
use serde::Serialize;
use utoipa::ToSchema;

/// How much of which currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(in crate::api) struct MoneyShape {
    /// A decimal number, negative where it is owed or went out.
    #[schema(example = "-4.50")]
    amount: String,
    /// Three letters of ISO 4217.
    #[schema(example = "EUR")]
    currency: String,
}

impl From<Money> for MoneyShape {
    fn from(money: Money) -> Self {
        Self {
            amount: money.amount.to_string(),
            currency: money.currency.to_string(),
        }
    }
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct AccountShape {
    source: String,
    /// Whether only this user sees it.
    own: bool,
    /// The source's id of it.
    id: String,
    name: String,
    /// What is in it; none where nobody says so.
    balance: Option<MoneyShape>,
    /// Who says that: `source`, or `transactions` where it is our own sum.
    balance_from: Option<&'static str>,
    /// When that was true, where the source says so.
    #[schema(format = "date-time")]
    as_of: Option<String>,
    #[schema(format = "date-time")]
    updated_at: String,
}

impl From<AccountLine> for AccountShape {
    fn from(line: AccountLine) -> Self {
        let day = line.balance_date.map(|day| day.to_string());
        Self {
            source: line.source,
            own: line.owner.is_some(),
            id: line.id,
            name: line.name,
            balance: line.balance.map(Into::into),
            balance_from: line.balance_from.map(|from| match from {
                BalanceFrom::Source => "source",
                BalanceFrom::Transactions => "transactions",
            }),
            as_of: line.as_of.map(|at| at.to_string()).or(day),
            updated_at: line.updated_at.to_string(),
        }
    }
}

/// What all accounts hold.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct AccountsShape {
    #[schema(format = "date-time")]
    pub(in crate::api) as_of: String,
    pub(in crate::api) accounts: Vec<AccountShape>,
    /// By currency.
    pub(in crate::api) totals: Vec<MoneyShape>,
    /// All of it in one currency, where one is wanted.
    pub(in crate::api) total: Option<TotalShape>,
}

/// A sum over several currencies in one of them.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct TotalShape {
    #[serde(flatten)]
    pub(in crate::api) money: MoneyShape,
    /// The rates that were used.
    pub(in crate::api) rates: Vec<RateUsedShape>,
    /// What is missing from it for want of a rate.
    pub(in crate::api) unconverted: Vec<UnconvertedShape>,
}

/// A rate that took part in a sum.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct RateUsedShape {
    from: String,
    to: String,
    /// Units of `to` for one of `from`.
    rate: String,
    #[schema(format = "date")]
    date: String,
    source: String,
}

impl From<RateUsed> for RateUsedShape {
    fn from(used: RateUsed) -> Self {
        Self {
            from: used.from.to_string(),
            to: used.to.to_string(),
            rate: used.rate.to_string(),
            date: used.date.to_string(),
            source: used.source,
        }
    }
}

/// What could not be converted.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct UnconvertedShape {
    #[serde(flatten)]
    money: MoneyShape,
    /// The day of the newest rate, too old to be used; none where there never was one.
    #[schema(format = "date")]
    last_rate: Option<String>,
}

impl From<Unconverted> for UnconvertedShape {
    fn from(left: Unconverted) -> Self {
        Self {
            money: left.money.into(),
            last_rate: left.last_rate.map(|day| day.to_string()),
        }
    }
}

/// A transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct TransactionShape {
    /// By which it is changed.
    id: String,
    source: String,
    /// The source's id of it.
    source_id: String,
    /// The source's id of its account.
    account: Option<String>,
    account_name: Option<String>,
    /// When it was booked.
    #[schema(format = "date")]
    date: Option<String>,
    #[schema(format = "date")]
    value_date: Option<String>,
    #[serde(flatten)]
    money: MoneyShape,
    description: Option<String>,
    payee: Option<String>,
    category: Option<String>,
    /// Who says the category: `source`, `user`, or `rule` and its name.
    category_by: String,
    note: Option<String>,
    /// Not booked yet; part of no sum.
    pending: bool,
    /// Between own accounts: no income and no spending.
    transfer: bool,
    /// What counts in its place, where it is split.
    parts: Vec<PartShape>,
}

/// A part of a split transaction.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct PartShape {
    amount: String,
    category: Option<String>,
    note: Option<String>,
}

impl From<TransactionLine> for TransactionShape {
    fn from(line: TransactionLine) -> Self {
        let parts = line.parts.into_iter().map(|part| PartShape {
            amount: part.amount.to_string(),
            category: part.category,
            note: part.note,
        });
        Self {
            id: line.number.to_string(),
            source: line.source,
            source_id: line.id,
            account: line.account,
            account_name: line.account_name,
            date: line.date.map(|day| day.to_string()),
            value_date: line.value_date.map(|day| day.to_string()),
            money: line.amount.into(),
            description: line.description,
            payee: line.payee,
            category: line.category,
            category_by: match line.category_by {
                SetBy::Source => "source".to_owned(),
                SetBy::User => "user".to_owned(),
                SetBy::Rule(name) => format!("rule {name}"),
            },
            note: line.note,
            pending: line.pending,
            transfer: line.transfer,
            parts: parts.collect(),
        }
    }
}

super::page! {
    /// Transactions, the newest first, those without a date last.
    TransactionRows of TransactionShape
}

/// What was spent on a category.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct SpendingShape {
    /// None for what has none.
    category: Option<String>,
    /// Negative, as summed.
    total: String,
    currency: String,
    transactions: u64,
}

impl From<Spending> for SpendingShape {
    fn from(spent: Spending) -> Self {
        Self {
            category: spent.category,
            total: spent.total.amount.to_string(),
            currency: spent.total.currency.to_string(),
            transactions: spent.transactions,
        }
    }
}

/// What was spent on a category in a month.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct MonthShape {
    /// Its first day.
    #[schema(format = "date")]
    month: String,
    category: Option<String>,
    total: String,
    currency: String,
    transactions: u64,
}

impl From<MonthSpending> for MonthShape {
    fn from(spent: MonthSpending) -> Self {
        Self {
            month: spent.month.to_string(),
            category: spent.category,
            total: spent.total.amount.to_string(),
            currency: spent.total.currency.to_string(),
            transactions: spent.transactions,
        }
    }
}

/// A budget.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct BudgetShape {
    /// None for one of the configuration.
    source: Option<String>,
    category: String,
    limit: MoneyShape,
    spent: MoneyShape,
    /// Who says what is spent: `source`, or `transactions` where it is our own sum.
    spent_from: &'static str,
    /// Negative when over; none where spent and limit are of different currencies.
    left: Option<MoneyShape>,
    /// Spent for a hundred of limit.
    percent: Option<String>,
    /// Not counted yet.
    pending: MoneyShape,
}

impl From<BudgetLine> for BudgetShape {
    fn from(line: BudgetLine) -> Self {
        Self {
            source: line.source,
            category: line.category,
            limit: line.limit.into(),
            spent: line.spent.into(),
            spent_from: match line.spent_from {
                SpentFrom::Source => "source",
                SpentFrom::Transactions => "transactions",
            },
            left: line.left.map(Into::into),
            percent: line.percent.map(|percent| percent.to_string()),
            pending: line.pending.into(),
        }
    }
}

/// The newest rate of a pair from a source.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct RateShape {
    source: String,
    base: String,
    quote: String,
    #[schema(format = "date")]
    date: String,
    /// Units of `quote` for one of `base`.
    rate: String,
}

impl From<RateLine> for RateShape {
    fn from(line: RateLine) -> Self {
        Self {
            source: line.source,
            base: line.base.to_string(),
            quote: line.quote.to_string(),
            date: line.date.to_string(),
            rate: line.rate.to_string(),
        }
    }
}

/// A rate of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct DayRateShape {
    #[schema(format = "date")]
    date: String,
    source: String,
    rate: String,
}

impl From<RateOnDay> for DayRateShape {
    fn from(on: RateOnDay) -> Self {
        Self {
            date: on.date.to_string(),
            source: on.source,
            rate: on.rate.to_string(),
        }
    }
}

/// What was in an account at the end of a day.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct DayBalanceShape {
    #[schema(format = "date")]
    date: String,
    #[serde(flatten)]
    money: MoneyShape,
}

impl From<DayBalance> for DayBalanceShape {
    fn from(on: DayBalance) -> Self {
        Self {
            date: on.date.to_string(),
            money: on.balance.into(),
        }
    }
}

/// The balance that a provider gives, against the sum of what was booked.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ProofShape {
    source: String,
    account: String,
    name: Option<String>,
    provider: Option<MoneyShape>,
    booked: MoneyShape,
    opening: MoneyShape,
    /// How far they are apart; none where there is nothing to compare.
    drift: Option<MoneyShape>,
    /// Since when.
    #[schema(format = "date")]
    first_day: Option<String>,
}

impl From<BalanceProof> for ProofShape {
    fn from(proof: BalanceProof) -> Self {
        Self {
            source: proof.source,
            account: proof.account,
            name: proof.name,
            provider: proof.provider.map(Into::into),
            booked: proof.booked.into(),
            opening: proof.opening.into(),
            drift: proof.drift.map(Into::into),
            first_day: proof.first_day.map(|day| day.to_string()),
        }
    }
}

/// A row that is not kept until somebody decides whether it is one that is held.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ReviewShape {
    id: String,
    source: String,
    /// Why it is asked.
    reason: String,
    incoming: SideShape,
    held: SideShape,
    /// The transaction that is held.
    held_as: String,
    #[schema(format = "date-time")]
    at: String,
}

/// One of the two rows of a review.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct SideShape {
    #[schema(format = "date")]
    date: Option<String>,
    #[serde(flatten)]
    money: MoneyShape,
    description: Option<String>,
    pending: bool,
}

impl From<gather_records::Transaction> for SideShape {
    fn from(row: gather_records::Transaction) -> Self {
        Self {
            date: row.date.map(|day| day.to_string()),
            money: row.amount.into(),
            description: row.description.or(row.payee),
            pending: row.pending,
        }
    }
}

impl From<Review> for ReviewShape {
    fn from(review: Review) -> Self {
        Self {
            id: review.id.to_string(),
            source: review.source,
            reason: review.reason.to_string(),
            incoming: review.incoming.into(),
            held: review.held.into(),
            held_as: review.held_as.to_string(),
            at: review.at.to_string(),
        }
    }
}
