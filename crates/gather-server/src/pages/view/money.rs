//! Money: accounts with their proofs, transactions, budgets, charts, what waits for a decision.

use askama::Template;

use super::{Empty, Shell};
use crate::pages::{
    part::{Bar, Choice, Figure, Link, Note, When, Words},
    plot::{Months, Plot},
};

/// What the money pages share: where one is in them, and the currency of the sums.
#[derive(Debug, Clone, Default)]
pub(crate) struct MoneyHead {
    pub(crate) parts: Vec<Choice>,
    /// The currencies that sums can be shown in.
    pub(crate) currencies: Vec<Choice>,
    /// The fields of the address that switching the currency keeps.
    pub(crate) carried: Vec<(String, String)>,
    /// By which rates sums are converted, each with its day and origin.
    pub(crate) rates: Vec<Note>,
}

/// All accounts added up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Worth {
    /// In one currency.
    pub(crate) total: Option<Figure>,
    /// A total a currency, where they are not added up.
    pub(crate) totals: Vec<Figure>,
    /// What is not in it, and how old it is.
    pub(crate) notes: Vec<Note>,
}

/// An account in a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountRow {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) chosen: bool,
    /// The source, where there are several.
    pub(crate) source: String,
    /// `None`: nobody says what is in it.
    pub(crate) balance: Option<Figure>,
    /// How old it is, when it is old.
    pub(crate) stale: Option<Note>,
    /// What the balance proves: `agrees to the cent`, `0.40 apart since 3 Nov`.
    pub(crate) proof: Option<Note>,
}

/// `/money`: everything at a glance.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "money.html")]
pub(crate) struct MoneyPage {
    pub(crate) shell: Shell,
    pub(crate) head: MoneyHead,
    pub(crate) worth: Worth,
    pub(crate) accounts: Vec<AccountRow>,
    pub(crate) plot: Option<Plot>,
    pub(crate) months: Option<Months>,
    pub(crate) spending: Option<SpendingSheet>,
    pub(crate) budgets: Option<BudgetSheet>,
    pub(crate) transactions: Vec<TransactionRow>,
    pub(crate) empty: Option<Empty>,
}

/// `/money/accounts/…`: one account over time, above its transactions.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "account.html")]
pub(crate) struct AccountPage {
    pub(crate) shell: Shell,
    pub(crate) head: MoneyHead,
    pub(crate) accounts: Vec<AccountRow>,
    pub(crate) name: String,
    pub(crate) balance: Option<Figure>,
    /// Where the balance is from and how old it is.
    pub(crate) from: Vec<Note>,
    pub(crate) proof: Option<Note>,
    pub(crate) plot: Option<Plot>,
    pub(crate) list: TransactionList,
}

/// `/money/transactions`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "transactions.html")]
pub(crate) struct TransactionsPage {
    pub(crate) shell: Shell,
    pub(crate) head: MoneyHead,
    pub(crate) list: TransactionList,
}

/// Transactions with what narrows them.
#[derive(Debug, Clone, Default)]
pub(crate) struct TransactionList {
    pub(crate) filter: TransactionFilter,
    pub(crate) rows: Vec<TransactionRow>,
    pub(crate) older: Option<String>,
    /// `None` where there are some.
    pub(crate) empty: Option<Empty>,
    /// Known categories, to choose from while one is written.
    pub(crate) categories: Vec<String>,
}

/// What narrows a list of transactions; all of it is in the address.
#[derive(Debug, Clone, Default)]
pub(crate) struct TransactionFilter {
    /// Where the form goes.
    pub(crate) action: String,
    pub(crate) carried: Vec<(String, String)>,
    pub(crate) search: String,
    pub(crate) accounts: Vec<Choice>,
    pub(crate) categories: Vec<Choice>,
    pub(crate) since: String,
    pub(crate) until: String,
    pub(crate) at_least: String,
    pub(crate) at_most: String,
    pub(crate) pending: Vec<Choice>,
    /// What is in force: the words, and the address without it.
    pub(crate) chips: Vec<Link>,
    /// The address without any.
    pub(crate) clear: Option<String>,
    /// What of the form could not be read, such as a date that is none.
    pub(crate) refused: Vec<String>,
}

/// A transaction in a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct TransactionRow {
    pub(crate) id: String,
    pub(crate) date: When,
    pub(crate) what: Words,
    pub(crate) note: Option<String>,
    pub(crate) pending: bool,
    pub(crate) account: String,
    /// What it was for: a category, `transfer`, `3 parts`.
    pub(crate) category: String,
    /// Who says so, where that is not the bank.
    pub(crate) category_by: Option<String>,
    /// Where it is changed; `None` where nothing can be.
    pub(crate) edit: Option<String>,
    pub(crate) amount: Figure,
    /// The form under the row, when it is the one that is edited.
    pub(crate) editor: Option<Editor>,
}

/// A transaction being changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Editor {
    /// Where the form goes.
    pub(crate) action: String,
    pub(crate) category: String,
    pub(crate) payee: String,
    pub(crate) note: String,
    /// What else is known of it, as name and value.
    pub(crate) facts: Vec<(String, String)>,
    /// Its parts, where it is split: what for, how much.
    pub(crate) parts: Vec<(String, Figure)>,
    /// The list without the form.
    pub(crate) close: String,
}

/// Spending by category.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpendingSheet {
    /// `November`, `all that is stored`.
    pub(crate) period: String,
    pub(crate) currency: String,
    pub(crate) rows: Vec<SpendingRow>,
    pub(crate) notes: Vec<Note>,
}

/// What was spent on one category.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpendingRow {
    pub(crate) category: Link,
    pub(crate) bar: Bar,
    pub(crate) spent: Figure,
    /// `58 %`.
    pub(crate) share: String,
}

/// Budgets of a month.
#[derive(Debug, Clone, Default)]
pub(crate) struct BudgetSheet {
    /// `November`.
    pub(crate) period: String,
    /// How far the month is: `day 19 of 30`.
    pub(crate) pace: String,
    pub(crate) currency: String,
    pub(crate) rows: Vec<BudgetRow>,
    /// What holds for all of them.
    pub(crate) notes: Vec<Note>,
}

/// One budget.
#[derive(Debug, Clone, Default)]
pub(crate) struct BudgetRow {
    pub(crate) category: Link,
    pub(crate) bar: Bar,
    pub(crate) spent: Figure,
    pub(crate) limit: Figure,
    pub(crate) rest: Figure,
    pub(crate) over: bool,
    /// What is not counted, whose figure it is.
    pub(crate) notes: Vec<Note>,
}

/// `/money/budgets`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "budgets.html")]
pub(crate) struct BudgetsPage {
    pub(crate) shell: Shell,
    pub(crate) head: MoneyHead,
    pub(crate) sheet: Option<BudgetSheet>,
    pub(crate) spending: Option<SpendingSheet>,
    /// The month before and the one after.
    pub(crate) before: Option<Link>,
    pub(crate) after: Option<Link>,
    pub(crate) empty: Option<Empty>,
}

/// `/money/review`: rows that are not kept until somebody decides.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "review.html")]
pub(crate) struct ReviewPage {
    pub(crate) shell: Shell,
    pub(crate) head: MoneyHead,
    pub(crate) cases: Vec<ReviewCase>,
}

/// A row that came, above the one that it may be.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReviewCase {
    pub(crate) id: String,
    pub(crate) reason: String,
    /// Which source or import told of it, and when.
    pub(crate) origin: String,
    pub(crate) when: When,
    pub(crate) held: ReviewSide,
    pub(crate) came: ReviewSide,
}

/// One of the two.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReviewSide {
    pub(crate) date: String,
    pub(crate) what: String,
    pub(crate) pending: bool,
    pub(crate) amount: Figure,
}
