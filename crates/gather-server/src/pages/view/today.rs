//! Today: the front page beside the ledger.

use askama::Template;

use super::{
    AccountRow, BudgetSheet, Empty, Shell, SpendingSheet, Story, Strip, TransactionRow, Worth,
};
use crate::pages::part::Note;

/// `/`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "today.html")]
pub(crate) struct Today {
    pub(crate) shell: Shell,
    /// `Thursday, 19 November`.
    pub(crate) date: String,
    pub(crate) strip: Strip,
    pub(crate) stories: Vec<Story>,
    /// Why there are none.
    pub(crate) no_stories: Option<Empty>,
    pub(crate) worth: Worth,
    /// The accounts that are shown, and how many are not.
    pub(crate) accounts: Vec<AccountRow>,
    pub(crate) more_accounts: Option<String>,
    pub(crate) budgets: Option<BudgetSheet>,
    pub(crate) spending: Option<SpendingSheet>,
    pub(crate) transactions: Vec<TransactionRow>,
    pub(crate) rates: Vec<RateRow>,
    /// Why there is no money at all.
    pub(crate) no_money: Option<Empty>,
    /// What to do first, where nothing was ever fetched.
    pub(crate) first: Option<First>,
}

/// The rates of one base: `1 EUR = 1.0712 USD, 0.8391 GBP`.
#[derive(Debug, Clone, Default)]
pub(crate) struct RateRow {
    pub(crate) base: String,
    pub(crate) quotes: Vec<(String, String)>,
    /// `ECB, 19 Nov`; in caution when it is too old to be used.
    pub(crate) origin: Note,
}

/// The first visit: nothing has ever been fetched.
#[derive(Debug, Clone, Default)]
pub(crate) struct First {
    pub(crate) sentence: String,
    /// Commands with what each does.
    pub(crate) commands: Vec<(String, String)>,
    /// A run is under way and has not brought anything yet: how far it is.
    pub(crate) running: Option<String>,
}
