//! A plain JSON bank: three endpoints, no currency, amounts as numbers with two decimals.
//!
//! The JSON is written by hand, for a JSON library would write 2500.00 as 2500.0.

use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::json;

use super::Asked;
use crate::{
    answer::Answer,
    data::ledger::{ACCOUNTS, Ledger, decimal},
};

#[derive(Debug)]
pub(crate) struct Bank {
    accounts: Bytes,
    transactions: Bytes,
    budgets: Bytes,
    token: Option<String>,
}

impl Bank {
    pub(super) fn new(ledger: &Ledger, token: Option<String>) -> Self {
        let accounts = ACCOUNTS.iter().map(|account| {
            format!(
                "{{\"id\":{},\"name\":{},\"balance\":{}}}",
                account.id,
                text(account.name),
                decimal(account.cents)
            )
        });
        let transactions = ledger.transactions.iter().map(|row| {
            format!(
                "{{\"id\":{},\"account\":{},\"amount\":{},\"category\":{},\"description\":{},\"date\":\"{}\"{}}}",
                row.id,
                row.account,
                decimal(row.cents),
                text(row.category),
                text(row.description),
                row.date,
                if row.pending { ",\"pending\":true" } else { "" },
            )
        });
        let budgets = ledger.budgets.iter().map(|budget| {
            let (limit, spent) = (decimal(budget.limit), decimal(budget.spent));
            format!(
                "{{\"category\":{},\"limit\":{limit},\"spent\":{spent}}}",
                text(budget.category)
            )
        });
        Self {
            accounts: list(accounts),
            transactions: list(transactions),
            budgets: list(budgets),
            token,
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        if self.token.is_some() && asked.authorization() != self.token.as_deref() {
            let body = json!({ "message": "a valid bearer token is needed" });
            return Answer::error(StatusCode::UNAUTHORIZED, &body)
                .with(header::WWW_AUTHENTICATE, "Bearer realm=\"bank\"");
        }
        let body = match asked.path {
            "/accounts" => &self.accounts,
            "/transactions" => &self.transactions,
            "/budgets" => &self.budgets,
            _ => return Answer::error(StatusCode::NOT_FOUND, &json!({ "message": "not found" })),
        };
        Answer::json(body.clone()).with(header::CACHE_CONTROL, "no-store")
    }
}

fn text(text: &str) -> String {
    json!(text).to_string()
}

fn list(rows: impl Iterator<Item = String>) -> Bytes {
    format!("[\n{}\n]\n", rows.collect::<Vec<_>>().join(",\n")).into()
}
