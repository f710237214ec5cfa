//! Money: accounts with totals, transactions, spending, budgets and rates, all of one moment.
//!
//! Amounts of different currencies are added up only by rates that are known and at most seven days old; what cannot
//! be converted stands apart. Pending transactions are listed and never counted.
//!
//! Not here: how an amount is converted (`convert`), what was spent (`expenses`, `spending`), the rows themselves (`read`).

mod charts;
mod convert;
mod expenses;
mod export;
mod list;
mod overview;
mod proof;
mod read;
mod spending;

pub use charts::{DayBalance, MonthSpending, RateOnDay};
pub use export::ExportedTransaction;
pub use list::{TransactionCursor, TransactionPage, TransactionQuery};
pub use proof::{BalanceProof, OpeningFrom};

pub(crate) use charts::{balances_by_day, categories, rates_by_day, spending_by_month};
pub(crate) use convert::Rates;
pub(crate) use list::list;
pub(crate) use overview::overview;
pub(crate) use proof::proofs;
pub(crate) use read::one;

use gather_records::{Currency, Deviation, Money};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{Part, SetBy, TransactionId};

/// What to read of money, and on which day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyQuery {
    /// Today, in the reader's time zone: rates count up to this day, budgets are of its month.
    pub as_of: Date,
    /// Transactions and spending from this day on; `None` means all. Leaves out transactions without a date.
    pub since: Option<Date>,
    /// Only transactions whose description or category has words that begin with all of these. Blank means all.
    /// Narrows the list of transactions and nothing else.
    pub search: Option<String>,
    /// At most this many transactions; default 10.
    pub limit: usize,
    /// The currency in which to give one total; `None` gives the totals by currency only.
    pub base: Option<Currency>,
    /// Budgets that the operator has declared, beside those of sources.
    pub budgets: Vec<BudgetPlan>,
}

/// What may be spent on a category in a month, as the operator's own file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetPlan {
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// Which category it limits.
    pub category: String,
    /// How much may be spent.
    pub limit: Money,
}

impl MoneyQuery {
    /// The ten newest transactions and everything else as it stands on a day, without conversion.
    #[must_use]
    pub fn new(as_of: Date) -> Self {
        Self {
            as_of,
            since: None,
            search: None,
            limit: 10,
            base: None,
            budgets: Vec::new(),
        }
    }
}

/// Somebody's money as one viewer sees it. Every amount is a string in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoneyOverview {
    /// The day it is about.
    pub as_of: Date,
    /// By source, then name.
    pub accounts: Vec<AccountLine>,
    /// What the accounts hold, by currency.
    pub totals: Vec<Money>,
    /// All of it in one currency; `None` when the query names no base, or there is no account.
    pub total: Option<Total>,
    /// The newest first; those without a date last.
    pub transactions: Vec<TransactionLine>,
    /// Expenses only, by category and currency, the largest of a currency first.
    pub spending: Vec<Spending>,
    /// By source, then category.
    pub budgets: Vec<BudgetLine>,
    /// The newest known rate of each pair and source, not after `as_of`.
    pub rates: Vec<RateLine>,
    /// Where two sources are more than two percent apart on the price of a currency that accounts are in, on a day that
    /// both have; the largest difference first.
    pub deviations: Vec<Deviation>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountLine {
    /// The source it comes from.
    pub source: String,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// The source's id of it.
    pub id: String,
    /// The name a person knows it by.
    pub name: String,
    /// What is in it; `None` where nobody says so and no opening balance is set.
    pub balance: Option<Money>,
    /// Who says that.
    pub balance_from: Option<BalanceFrom>,
    /// When that was true, where the source says so.
    pub as_of: Option<Timestamp>,
    /// The day at whose end it was true, where a file says so.
    pub balance_date: Option<Date>,
    /// What kind of account it is, in the words of a file.
    pub kind: Option<String>,
    /// When one of its values last changed.
    pub updated_at: Timestamp,
}

/// Who says what is in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceFrom {
    /// The source, or a file.
    Source,
    /// Our own sum: the opening balance and all that was booked since.
    Transactions,
}

/// A sum over several currencies in one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// What could be converted, rounded to the currency's minor unit (half away from zero) after adding up.
    pub amount: Money,
    /// The rates that were used, one a currency other than the total's.
    pub rates: Vec<RateUsed>,
    /// What is missing from `amount` for want of a rate.
    pub unconverted: Vec<Unconverted>,
}

/// A rate that took part in a conversion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateUsed {
    /// The currency that was converted.
    pub from: Currency,
    /// The currency it was converted to.
    pub to: Currency,
    /// Units of `to` for one of `from`, to ten significant digits; the conversion used all of them.
    #[serde(with = "rust_decimal::serde::str")]
    pub rate: Decimal,
    /// The day of the rate; of the older one where two were crossed.
    pub date: Date,
    /// The source of the rate.
    pub source: String,
    /// The source's own base, where the rate was crossed over it.
    pub via: Option<Currency>,
}

/// What could not be converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unconverted {
    /// How much of which currency.
    pub money: Money,
    /// The day of the newest rate there is, too old to be used; `None` when there never was one.
    pub last_rate: Option<Date>,
}

/// A transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransactionLine {
    /// Its number in this store, by which it is changed.
    pub number: TransactionId,
    /// The source it comes from.
    pub source: String,
    /// The source's id of it.
    pub id: String,
    /// The source's id of its account, where it names one.
    pub account: Option<String>,
    /// The name of that account, where it is known.
    pub account_name: Option<String>,
    /// The booking date.
    pub date: Option<Date>,
    /// How much moved; positive is into the account.
    pub amount: Money,
    /// What the bank wrote about it.
    pub description: Option<String>,
    /// What it was for.
    pub category: Option<String>,
    /// Who says what it was for.
    pub category_by: SetBy,
    /// Not booked yet; not part of any sum.
    pub pending: bool,
    /// Who was paid or who paid, where it is known beside the description.
    pub payee: Option<String>,
    /// Who says so.
    pub payee_by: SetBy,
    /// The day from which the money counts, where it is another.
    pub value_date: Option<Date>,
    /// What a user noted.
    pub note: Option<String>,
    /// Money between own accounts: no income and no spending.
    pub transfer: bool,
    /// The other side of the transfer, where it is here and the viewer may see it.
    pub transfer_with: Option<TransferSide>,
    /// The parts that count in its place; empty when it is whole.
    pub parts: Vec<Part>,
    /// When the store first saw it.
    pub first_seen: Timestamp,
}

/// One side of a transfer, seen from the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransferSide {
    /// Its number in this store.
    pub number: TransactionId,
    /// Its source.
    pub source: String,
    /// Its account, where the source names one.
    pub account: Option<String>,
    /// The source's id of it.
    pub id: String,
}

/// What was spent on a category in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spending {
    /// The category; `None` for transactions that have none.
    pub category: Option<String>,
    /// The sum of the expenses, negative as summed.
    pub total: Money,
    /// How many they are.
    pub transactions: u64,
}

/// A budget and how much of it is spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BudgetLine {
    /// The source it comes from; `None` for one of the operator's own file.
    pub source: Option<String>,
    /// The source's id of it; the category for one of the operator's own file.
    pub id: String,
    /// Which category it limits.
    pub category: String,
    /// How much may be spent.
    pub limit: Money,
    /// How much is spent, as a positive amount.
    pub spent: Money,
    /// Where that figure comes from.
    pub spent_from: SpentFrom,
    /// Limit minus spent, negative when over it; `None` when the two are in different currencies.
    pub left: Option<Money>,
    /// Spent for a hundred of limit, to one decimal; `None` when the limit is not positive or in another currency.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub percent: Option<Decimal>,
    /// What is pending in its category and currency this month, as a positive amount; not part of `spent`.
    pub pending: Money,
    /// Spent on the category in other currencies, not part of `spent`. Only where we sum up ourselves.
    pub spent_elsewhere: Vec<Money>,
}

/// Where the figure of what is spent comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpentFrom {
    /// The source says so.
    Source,
    /// Our own sum: expenses of the month of `as_of` in this category, over the transactions of the budget's owner
    /// and the shared ones.
    Transactions,
}

/// A known rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateLine {
    /// The source it comes from.
    pub source: String,
    /// The currency that is priced.
    pub base: Currency,
    /// The currency it is priced in.
    pub quote: Currency,
    /// The day the rate is for.
    pub date: Date,
    /// Units of `quote` for one unit of `base`.
    #[serde(with = "rust_decimal::serde::str")]
    pub rate: Decimal,
}
