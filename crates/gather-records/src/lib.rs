//! The records gather keeps, and the rules that tell when two of them are the same.
//!
//! Money is an exact decimal with an ISO 4217 currency, a calendar date is not an instant, and what a
//! source did not say is absent, never invented.
//!
//! Not here: where records come from (`gather-sources`) and where they are kept (`gather-store`).
//! Foreign types a public signature may name: [`rust_decimal::Decimal`], [`jiff::Timestamp`],
//! [`jiff::civil::Date`], [`url::Url`].

mod amp;
mod article;
mod canonical;
mod content;
mod finance;
mod money;
mod rates;
mod tracking;
mod who;

pub use article::Article;
pub use canonical::canonical_url;
pub use content::Content;
pub use finance::{Account, Budget, Rate, Transaction};
pub use money::{Currency, Money, MoneyError, parse_decimal};
pub use rates::{Deviation, deviations};
pub use who::Viewer;

use serde::{Deserialize, Serialize};

/// One thing a source told us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A story, a post, a release.
    Article(Article),
    /// A bank account with its balance.
    Account(Account),
    /// Money that moved.
    Transaction(Transaction),
    /// What may be spent on a category.
    Budget(Budget),
    /// What one currency is worth in another.
    Rate(Rate),
}

/// The five kinds of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// See [`Article`].
    Article,
    /// See [`Account`].
    Account,
    /// See [`Transaction`].
    Transaction,
    /// See [`Budget`].
    Budget,
    /// See [`Rate`].
    Rate,
}

impl RecordKind {
    /// All kinds, in the order they are shown.
    pub const ALL: [Self; 5] = [
        Self::Article,
        Self::Account,
        Self::Transaction,
        Self::Budget,
        Self::Rate,
    ];

    /// The word used in configuration, JSON and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Account => "account",
            Self::Transaction => "transaction",
            Self::Budget => "budget",
            Self::Rate => "rate",
        }
    }
}

impl std::fmt::Display for RecordKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Record {
    /// Which of the five kinds this is.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::Article(_) => RecordKind::Article,
            Self::Account(_) => RecordKind::Account,
            Self::Transaction(_) => RecordKind::Transaction,
            Self::Budget(_) => RecordKind::Budget,
            Self::Rate(_) => RecordKind::Rate,
        }
    }
}
