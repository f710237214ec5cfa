//! Money: accounts, transactions, budgets and exchange rates.

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Currency, Money};

/// A bank account with its balance as the provider states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The provider's id, its text untouched.
    pub id: String,
    /// The name a person knows it by.
    pub name: String,
    /// What the provider says is in it.
    pub balance: Money,
    /// The instant the balance was true, when the provider says so.
    pub as_of: Option<Timestamp>,
}

/// Money that moved. A positive amount is money into the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The provider's id, its text untouched; unique within an account at best. May be empty where
    /// [`id_is_weak`](Self::id_is_weak) is set.
    pub id: String,
    /// The id of the [`Account`] it belongs to, when the provider says so.
    pub account: Option<String>,
    /// How much moved; positive is into the account.
    pub amount: Money,
    /// The booking date: a day in the bank's calendar, not an instant.
    pub date: Option<Date>,
    /// What the bank wrote about it.
    pub description: Option<String>,
    /// What it was for.
    pub category: Option<String>,
    /// Not booked yet: shown, but not part of sums of what was spent.
    pub pending: bool,
    /// Who the money came from or went to, when the provider says so beside the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<String>,
    /// The day from which the money counts for interest, or on which it was spent, where it is not the booking date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
    /// What was in the account after it, when the provider says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance_after: Option<Money>,
    /// The id is a hint and no identity: the provider gives none, or one that is a position, that repeats or that
    /// changes from one download to the next. Such a transaction is told apart by what it says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub id_is_weak: bool,
}

impl Transaction {
    /// Money that moved, of which only the id and the amount are known.
    #[must_use]
    pub fn new(id: impl Into<String>, amount: Money) -> Self {
        Self {
            id: id.into(),
            account: None,
            amount,
            date: None,
            description: None,
            category: None,
            pending: false,
            payee: None,
            value_date: None,
            balance_after: None,
            id_is_weak: false,
        }
    }
}

/// What may be spent on a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The provider's id; the category where it has none.
    pub id: String,
    /// Which category it limits.
    pub category: String,
    /// How much may be spent.
    pub limit: Money,
    /// How much the source says was spent, as a positive amount. A source's figure wins over our own sum.
    pub spent: Option<Money>,
}

/// What one unit of `base` is worth in `quote` on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// The currency that is priced.
    pub base: Currency,
    /// The currency it is priced in.
    pub quote: Currency,
    /// The day the rate is for.
    pub date: Date,
    /// Units of `quote` for one unit of `base`; always positive.
    #[serde(with = "rust_decimal::serde::str")]
    pub rate: Decimal,
}
