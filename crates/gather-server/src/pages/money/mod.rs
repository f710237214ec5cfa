//! The money pages: everything at a glance, accounts, transactions, budgets, what waits for a decision.
//!
//! Sums are in the reader's currency by rates that are known; what cannot be converted stands apart and is named. Spending
//! and charts over time are of one currency and are never converted, since old amounts would want old rates.
//!
//! Not here: how amounts are converted and what counts (`gather-store`).

mod account;
mod budgets;
mod charts;
mod edit;
mod filter;
mod head;
mod ledger;
mod list;
mod overview;
mod review;
mod rows;
mod sheets;

use axum::{
    extract::{Path, State as Of, rejection::PathRejection},
    response::Response,
};

pub(super) use ledger::Ledger;
pub(super) use rows::Rows;
pub(super) use sheets::{account_rows, budget_sheet, spending_sheet, worth};

use super::{address::Sent, answer::Failed, part::Link, reader::Reader, view::Empty};
use crate::app::App;

/// What to do where there is no money yet.
pub(super) fn no_money() -> Empty {
    Empty {
        sentence:
            "No money here yet. A file that your bank lets you download is enough for a beginning:"
                .to_owned(),
        action: None,
        command: Some("gather import november.ofx --yes".to_owned()),
    }
}

pub(super) async fn overview(Of(app): Of<App>, reader: Reader) -> Response {
    reader
        .show(&app, |reader, store| {
            store.snapshot(|moment| overview::fill(reader, moment))
        })
        .await
}

pub(super) async fn account(
    Of(app): Of<App>,
    reader: Reader,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    reader
        .show(&app, move |reader, store| {
            let Ok(Path((source, account))) = path else {
                return Err(account::no_account());
            };
            store.snapshot(|moment| account::fill(reader, moment, &source, &account))
        })
        .await
}

pub(super) async fn transactions(Of(app): Of<App>, reader: Reader) -> Response {
    reader
        .show(&app, |reader, store| {
            store.snapshot(|moment| list::fill(reader, moment))
        })
        .await
}

pub(super) async fn edit(
    Of(app): Of<App>,
    reader: Reader,
    path: Result<Path<String>, PathRejection>,
    sent: Sent,
) -> Response {
    reader
        .act(&app, sent, move |reader, store, form| {
            let id = path.ok().and_then(|Path(id)| id.parse().ok());
            edit::set(reader, store, id.ok_or_else(no_transaction)?, form)
        })
        .await
}

pub(super) async fn budgets(Of(app): Of<App>, reader: Reader) -> Response {
    reader
        .show(&app, |reader, store| {
            store.snapshot(|moment| budgets::fill(reader, moment))
        })
        .await
}

pub(super) async fn review(Of(app): Of<App>, reader: Reader) -> Response {
    reader
        .show(&app, |reader, store| {
            store.snapshot(|moment| review::fill(reader, moment))
        })
        .await
}

pub(super) async fn decide(
    Of(app): Of<App>,
    reader: Reader,
    path: Result<Path<String>, PathRejection>,
    sent: Sent,
) -> Response {
    reader
        .act(&app, sent, move |reader, store, form| {
            let id = path.ok().and_then(|Path(id)| id.parse().ok());
            review::decide(reader, store, id.ok_or_else(review::no_review)?, form)
        })
        .await
}

fn no_transaction() -> Failed {
    Failed::missing("There is no such transaction.").leading("Transactions", "/money/transactions")
}

/// A link to the transactions of a category, within days where they are given.
fn of_category(reader: &Reader, category: Option<&str>, days: Option<(&str, &str)>) -> Link {
    let (since, until) = days.unwrap_or_default();
    let fields = reader.fields.only(&["currency"]).with(&[
        ("category", category.unwrap_or(filter::NO_CATEGORY)),
        ("since", since),
        ("until", until),
    ]);
    Link {
        text: category.unwrap_or("without a category").to_owned(),
        href: fields.after(&reader.to("/money/transactions")),
    }
}

/// How pages are filled, for tests that look at them.
#[cfg(test)]
pub(super) mod fill {
    pub(in crate::pages) use super::{
        account::fill as account, budgets::fill as budgets, edit::set as edit,
        list::fill as transactions, overview::fill as overview, review::decide,
        review::fill as review,
    };
}
