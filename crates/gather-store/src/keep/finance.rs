//! Accounts, budgets and rates: kept under the source's own ids.
//!
//! Amounts are compared as numbers: 1.0 and 1.00 are the same money, and the digits first seen stay.
//!
//! Not here: transactions, whose ids prove little (`books`).

use gather_records::{Account, Budget, Rate};
use rusqlite::{OptionalExtension, Row, named_params};
use rust_decimal::Decimal;

use super::{Fate, Place};
use crate::{
    books::{self, Stated},
    codec::{Instant, Text},
    error::Fault,
};

impl Place<'_> {
    pub(super) fn account(&self, account: &Account) -> Result<Fate, Fault> {
        let mut money = account.balance;
        if books::signs(self.tx, self.source, &account.id)?.balance {
            money.amount = -money.amount;
        }
        let stated = Stated {
            balance: money,
            day: books::day_of(account.as_of, self.at.0),
        };
        books::state_balance(self.tx, self.source, &account.id, stated)?;
        let as_of = account.as_of.map(Instant);
        let held = self
            .tx
            .prepare_cached(
                "SELECT name = :name AND currency IS :currency AND as_of IS :as_of AND vouched = 1, balance
                   FROM accounts WHERE source_id = :source AND id = :id",
            )?
            .query_row(
                named_params! {
                    ":source": self.source, ":id": account.id, ":name": account.name,
                    ":currency": money.currency.code(), ":as_of": as_of,
                },
                |row| {
                    let balance: Option<Text<Decimal>> = row.get(1)?;
                    Ok(row.get(0)? && balance.map(|balance| balance.0) == Some(money.amount))
                },
            )
            .optional()?;
        self.write(
            held,
            "INSERT INTO accounts (source_id, id, name, balance, currency, as_of, vouched, first_seen, updated_at)
             VALUES (:source, :id, :name, :balance, :currency, :as_of, 1, :at, :at)
             ON CONFLICT (source_id, id) DO UPDATE
                SET name = excluded.name, balance = excluded.balance, currency = excluded.currency,
                    as_of = excluded.as_of, balance_day = NULL, vouched = 1, import_id = NULL,
                    updated_at = excluded.updated_at",
            named_params! {
                ":source": self.source, ":id": account.id, ":name": account.name,
                ":balance": Text(money.amount), ":currency": money.currency.code(), ":as_of": as_of,
                ":at": self.at,
            },
        )
    }

    pub(super) fn budget(&self, budget: &Budget) -> Result<Fate, Fault> {
        let spent_currency = budget.spent.map(|spent| spent.currency.code());
        let held = self
            .tx
            .prepare_cached(
                "SELECT category = :category AND currency = :currency AND spent_currency IS :spent_currency,
                        \"limit\", spent
                   FROM budgets WHERE source_id = :source AND id = :id",
            )?
            .query_row(
                named_params! {
                    ":source": self.source, ":id": budget.id, ":category": budget.category,
                    ":currency": budget.limit.currency.code(), ":spent_currency": spent_currency,
                },
                |row| {
                    let spent = row.get::<_, Option<Text<Decimal>>>(2)?.map(|spent| spent.0);
                    Ok(same(row, budget.limit.amount)?
                        && spent == budget.spent.map(|spent| spent.amount))
                },
            )
            .optional()?;
        self.write(
            held,
            "INSERT INTO budgets (source_id, id, category, \"limit\", currency, spent, spent_currency, first_seen,
                                  updated_at)
             VALUES (:source, :id, :category, :limit, :currency, :spent, :spent_currency, :at, :at)
             ON CONFLICT (source_id, id) DO UPDATE
                SET category = excluded.category, \"limit\" = excluded.\"limit\", currency = excluded.currency,
                    spent = excluded.spent, spent_currency = excluded.spent_currency,
                    updated_at = excluded.updated_at",
            named_params! {
                ":source": self.source, ":id": budget.id, ":category": budget.category,
                ":limit": Text(budget.limit.amount), ":currency": budget.limit.currency.code(),
                ":spent": budget.spent.map(|spent| Text(spent.amount)), ":spent_currency": spent_currency,
                ":at": self.at,
            },
        )
    }

    pub(super) fn rate(&self, rate: &Rate) -> Result<Fate, Fault> {
        let held = self
            .tx
            .prepare_cached(
                "SELECT 1, rate FROM rates
                  WHERE source_id = :source AND base = :base AND quote = :quote AND date = :date",
            )?
            .query_row(
                named_params! {
                    ":source": self.source, ":base": rate.base.code(), ":quote": rate.quote.code(),
                    ":date": Text(rate.date),
                },
                |row| same(row, rate.rate),
            )
            .optional()?;
        self.write(
            held,
            "INSERT INTO rates (source_id, base, quote, date, rate, first_seen, updated_at)
             VALUES (:source, :base, :quote, :date, :rate, :at, :at)
             ON CONFLICT (source_id, base, quote, date) DO UPDATE
                SET rate = excluded.rate, updated_at = excluded.updated_at",
            named_params! {
                ":source": self.source, ":base": rate.base.code(), ":quote": rate.quote.code(),
                ":date": Text(rate.date), ":rate": Text(rate.rate), ":at": self.at,
            },
        )
    }

    /// Writes a row unless it is held with the same values.
    fn write(
        &self,
        held_the_same: Option<bool>,
        upsert: &str,
        values: &[(&str, &dyn rusqlite::ToSql)],
    ) -> Result<Fate, Fault> {
        if held_the_same == Some(true) {
            return Ok(Fate::Unchanged);
        }
        self.tx.prepare_cached(upsert)?.execute(values)?;
        Ok(match held_the_same {
            None => Fate::New,
            Some(_) => Fate::Changed,
        })
    }
}

/// Whether the other columns are the same (column 0) and the amount is (column 1).
fn same(row: &Row<'_>, amount: Decimal) -> rusqlite::Result<bool> {
    Ok(row.get(0)? && row.get::<_, Text<Decimal>>(1)?.0 == amount)
}
