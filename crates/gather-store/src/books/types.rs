//! What is asked of the books and what they answer: imports, reviews, edits, rules.
//!
//! Not here: how any of it is done (the other files of this folder), and what is read of money (`money`).

use std::{fmt, num::ParseIntError, str::FromStr};

use gather_records::{Money, Transaction};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::SourceRef;

/// Makes a number of the store's own a type.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub(crate) i64);

        impl $name {
            /// The number.
            #[must_use]
            pub fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.trim().parse().map(Self)
            }
        }
    };
}

number! {
    /// The number of a transaction in this store; a transaction that is imported anew after an undo has another.
    TransactionId
}
number! {
    /// The number of an import; never used twice in one store.
    ImportId
}
number! {
    /// The number of a review; never used twice in one store.
    ReviewId
}

/// An account of a source, known to it or only named by its transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountRef<'a> {
    /// The source.
    pub source: SourceRef<'a>,
    /// The source's id of the account; empty where it names none.
    pub id: &'a str,
}

/// What a file holds, ready to be kept.
#[derive(Debug, Clone, Copy)]
pub struct ImportBatch<'a> {
    /// The source it is kept under. The same as a bank's own source, so that file and bank are told apart row by row.
    pub source: SourceRef<'a>,
    /// The name of the file, for the list of imports.
    pub file: &'a str,
    /// Its format, for the list of imports.
    pub format: &'a str,
    /// The accounts it tells of.
    pub accounts: &'a [ImportAccount],
    /// Its transactions, each with its account where one is known.
    pub transactions: &'a [Transaction],
}

/// An account as a file tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportAccount {
    /// Its id, by which transactions name it; not empty.
    pub id: String,
    /// Its name; the id where the file has none.
    pub name: Option<String>,
    /// What kind of account it is, in the file's words.
    pub kind: Option<String>,
    /// What was in it, where the file says so.
    pub balance: Option<Money>,
    /// The day at whose end that was so; without it a balance is not compared with transactions.
    pub balance_date: Option<Date>,
}

/// What becomes of one transaction of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowFate {
    /// Not held before.
    New,
    /// Held, and brought up to date.
    Changed,
    /// Held already; nothing changes.
    Duplicate,
    /// Not kept until somebody decides; see [`Review`].
    Review,
}

/// What becomes of one transaction of an import, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedRow {
    /// Its place in [`ImportBatch::transactions`], from 0.
    pub index: usize,
    /// What becomes of it.
    pub fate: RowFate,
    /// What changes, or why it has to be looked at; `None` for new and duplicate ones.
    pub why: Option<String>,
}

/// How many transactions have which fate; they add up to all of the batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ImportCounts {
    /// Not held before.
    pub new: u64,
    /// Held, and brought up to date.
    pub changed: u64,
    /// Held already.
    pub duplicate: u64,
    /// Waiting for a decision, from this import or from an earlier one.
    pub review: u64,
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportPlan {
    /// Whether it would change anything: transactions, and also balances, accounts and questions that are put aside.
    pub changes: bool,
    /// How many rows have which fate.
    pub counts: ImportCounts,
    /// Every transaction in the order of the batch.
    pub rows: Vec<PlannedRow>,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// By which it can be undone; `None` when it changed nothing, and there is nothing to undo.
    pub id: Option<ImportId>,
    /// How many rows had which fate.
    pub counts: ImportCounts,
    /// Every transaction in the order of the batch.
    pub rows: Vec<PlannedRow>,
}

/// An import of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Import {
    /// Its number.
    pub id: ImportId,
    /// The source it was kept under.
    pub source: String,
    /// Whose that is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// The name of the file.
    pub file: String,
    /// Its format.
    pub format: String,
    /// When it was kept.
    pub at: Timestamp,
    /// How many rows had which fate.
    pub counts: ImportCounts,
    /// When it was undone; `None` while it stands.
    pub undone_at: Option<Timestamp>,
}

/// What undoing an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Undone {
    /// Transactions that are gone with it.
    pub removed: u64,
    /// Transactions that are as they were before it.
    pub restored: u64,
    /// Transactions that it brought and that stay, since the bank or a later import has told of them too.
    pub kept: u64,
}

/// Why a row is not kept without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewReason {
    /// The transaction with its id has the opposite sign.
    SignChanged,
    /// The booked transaction with its id has another amount or currency.
    AmountChanged,
    /// The booked transaction with its id is of a day more than a month away.
    DateChanged,
    /// It may be one of several pending transactions, with a tip on it.
    Tip,
    /// A transaction of the same day and amount is held, under another id or without one, and says something else.
    MaybeHeld,
}

impl fmt::Display for ReviewReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignChanged => "the transaction with this id has the opposite sign",
            Self::AmountChanged => "the booked transaction with this id has another amount",
            Self::DateChanged => "the transaction with this id is of another time",
            Self::Tip => "may be one of several pending transactions, with a tip",
            Self::MaybeHeld => {
                "a transaction of this day and amount is held that says something else"
            }
        })
    }
}

/// A row that was not kept, beside the transaction it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Its number.
    pub id: ReviewId,
    /// The source that told of it.
    pub source: String,
    /// Whose that is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// Why it was not kept.
    pub reason: ReviewReason,
    /// What the source says now.
    pub incoming: Transaction,
    /// Which transaction it may be.
    pub held_as: TransactionId,
    /// What is held of that one.
    pub held: Transaction,
    /// The import that brought it; `None` for a run.
    pub import: Option<ImportId>,
    /// When it came.
    pub at: Timestamp,
}

/// What a review ends with. It is remembered: the same row is not asked about again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// They are one, and what is held is right.
    Keep,
    /// They are one, and what the source says now is right. What a user changed stays.
    Replace,
    /// They are two.
    Separate,
}

/// A part of a split transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// How much of the transaction's amount, in its currency.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// What it was for.
    pub category: Option<String>,
    /// What a person wants to remember.
    pub note: Option<String>,
}

/// The other side of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferWith {
    /// That transaction, in another account.
    Transaction(TransactionId),
    /// An own account that is not kept here.
    Outside,
    /// None: it is income or spending, whatever it looks like.
    Nothing,
    /// As it is found; takes an earlier declaration back.
    Found,
}

/// Whose signs of an account are turned around, for a provider that has them the wrong way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Signs {
    /// Those of its transactions.
    pub transactions: bool,
    /// That of its balance, and of the balances after its transactions.
    pub balance: bool,
}

/// What a rule is asked about.
#[derive(Debug, Clone, Copy)]
pub struct RuleSubject<'a> {
    /// The source.
    pub source: &'a str,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<&'a str>,
    /// The transaction as it stands; its category and payee are those the source says or a user has set.
    pub transaction: &'a Transaction,
}

/// A rule that gives transactions a category.
pub struct Rule<'a> {
    /// Its name, which is shown as the origin of the category.
    pub name: &'a str,
    /// The category.
    pub category: &'a str,
    /// Whether it is about a transaction. Must say the same of the same transaction each time.
    pub test: &'a dyn Fn(RuleSubject<'_>) -> bool,
}

impl fmt::Debug for Rule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("name", &self.name)
            .field("category", &self.category)
            .finish_non_exhaustive()
    }
}

/// Who set a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SetBy {
    /// The source.
    Source,
    /// The rule of that name.
    Rule(String),
    /// A user.
    User,
}

/// A sum that is not what a recount gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AggregateDrift {
    /// Which sum: source, account or category, currency, day or month.
    pub what: String,
    /// What is kept; `None` where nothing is.
    pub kept: Option<String>,
    /// What a recount gives; `None` where it gives nothing.
    pub recount: Option<String>,
}
