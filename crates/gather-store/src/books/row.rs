//! A transaction as it stands in the file, whole: read, written, and put aside as JSON by an import.
//!
//! `category` and `payee` are what is shown; what the source says stands beside them, so that an overruled field can
//! go back to it. The raw amount of the provider is `amount`, turned around where the account's signs are.

use gather_records::{Currency, Money, Transaction};
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row as SqlRow, Transaction as Tx, named_params};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

use super::SetBy;
use crate::{
    codec::{Text, day, money},
    error::Fault,
};

/// How a transfer between own accounts is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transfer {
    /// By its other side.
    Found,
    /// A user says so.
    Declared,
    /// A user says that it is none.
    None,
}

impl Transfer {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Declared => "declared",
            Self::None => "none",
        }
    }

    pub(crate) fn of(word: Option<&str>) -> Option<Self> {
        match word? {
            "found" => Some(Self::Found),
            "declared" => Some(Self::Declared),
            _ => Some(Self::None),
        }
    }
}

/// A row of `transactions`, and its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) key: i64,
    pub(crate) source: i64,
    pub(crate) account: String,
    pub(crate) id: String,
    pub(crate) weak: bool,
    pub(crate) hint: Option<String>,
    pub(crate) content: i64,
    pub(crate) amount: Money,
    pub(crate) date: Option<Date>,
    pub(crate) value_date: Option<Date>,
    pub(crate) balance_after: Option<Decimal>,
    pub(crate) description: Option<String>,
    pub(crate) payee: Option<String>,
    pub(crate) source_payee: Option<String>,
    pub(crate) payee_by: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) source_category: Option<String>,
    pub(crate) category_by: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) pending: bool,
    pub(crate) transfer: Option<Transfer>,
    pub(crate) peer: Option<i64>,
    pub(crate) parts: Vec<StoredPart>,
    pub(crate) ruled: bool,
    pub(crate) vouched: bool,
    pub(crate) import: Option<i64>,
    pub(crate) first_seen: i64,
    pub(crate) updated_at: i64,
}

/// A part of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredPart {
    #[serde(with = "rust_decimal::serde::str")]
    pub(crate) amount: Decimal,
    pub(crate) category: Option<String>,
    pub(crate) note: Option<String>,
}

/// The columns of a row, in the order in which [`read`] takes them.
pub(crate) const COLUMNS: &str = "t.key, t.source_id, t.account_id, t.id, t.weak, t.hint, t.content, t.amount, t.currency, t.date, t.value_date,
     t.balance_after, t.description, t.payee, t.source_payee, t.payee_by, t.category, t.source_category, t.category_by,
     t.note, t.pending, t.transfer, t.peer, t.split, t.ruled, t.vouched, t.import_id, t.first_seen, t.updated_at";

/// Reads the columns; a split row still lacks its parts, which the second value says.
pub(crate) fn read(row: &SqlRow<'_>) -> rusqlite::Result<(Row, bool)> {
    let transfer: Option<String> = row.get(21)?;
    let read = Row {
        key: row.get(0)?,
        source: row.get(1)?,
        account: row.get(2)?,
        id: row.get(3)?,
        weak: row.get(4)?,
        hint: row.get(5)?,
        content: row.get(6)?,
        amount: money(row, 7)?,
        date: day(row, 9)?,
        value_date: day(row, 10)?,
        balance_after: row.get::<_, Option<Text<Decimal>>>(11)?.map(|text| text.0),
        description: row.get(12)?,
        payee: row.get(13)?,
        source_payee: row.get(14)?,
        payee_by: row.get(15)?,
        category: row.get(16)?,
        source_category: row.get(17)?,
        category_by: row.get(18)?,
        note: row.get(19)?,
        pending: row.get(20)?,
        transfer: Transfer::of(transfer.as_deref()),
        peer: row.get(22)?,
        parts: Vec::new(),
        ruled: row.get(24)?,
        vouched: row.get(25)?,
        import: row.get(26)?,
        first_seen: row.get(27)?,
        updated_at: row.get(28)?,
    };
    Ok((read, row.get(23)?))
}

/// The rows that a query names. `condition` comes after `WHERE`, and may end in `ORDER BY` and `LIMIT`.
pub(crate) fn find(
    tx: &Tx<'_>,
    condition: &str,
    values: &[(&str, &dyn rusqlite::ToSql)],
) -> Result<Vec<Row>, Fault> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM transactions t WHERE {condition}"
    ))?;
    let rows = statement.query_map(values, read)?;
    let mut found = Vec::new();
    for row in rows {
        let (mut row, split) = row?;
        if split {
            row.parts = parts(tx, row.key)?;
        }
        found.push(row);
    }
    Ok(found)
}

/// One row by its number.
pub(crate) fn by_key(tx: &Tx<'_>, key: i64) -> Result<Option<Row>, Fault> {
    let found = tx
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM transactions t WHERE t.key = ?1"
        ))?
        .query_row([key], read)
        .optional()?;
    let Some((mut row, split)) = found else {
        return Ok(None);
    };
    if split {
        row.parts = parts(tx, key)?;
    }
    Ok(Some(row))
}

/// The parts of a split transaction, in their order.
pub(crate) fn parts(tx: &Tx<'_>, key: i64) -> Result<Vec<StoredPart>, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT amount, category, note FROM splits WHERE transaction_key = ?1 ORDER BY part",
    )?;
    let rows = statement.query_map([key], |row| {
        Ok(StoredPart {
            amount: row.get::<_, Text<Decimal>>(0)?.0,
            category: row.get(1)?,
            note: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Row {
    /// The amount in ten-thousandths, where that is exact: what rows of an amount are found by.
    pub(crate) fn units(amount: Decimal) -> Option<i64> {
        let units = amount.checked_mul(Decimal::from(10_000))?;
        (units.fract().is_zero()).then(|| units.to_i64()).flatten()
    }

    /// Whether it is money between own accounts.
    pub(crate) fn is_transfer(&self) -> bool {
        matches!(self.transfer, Some(Transfer::Found | Transfer::Declared))
    }

    /// The record as it stands.
    pub(crate) fn record(&self) -> Transaction {
        Transaction {
            account: (!self.account.is_empty()).then(|| self.account.clone()),
            date: self.date,
            description: self.description.clone(),
            category: self.category.clone(),
            pending: self.pending,
            payee: self.payee.clone(),
            value_date: self.value_date,
            balance_after: self
                .balance_after
                .map(|balance| Money::new(balance, self.amount.currency)),
            id_is_weak: self.weak,
            ..Transaction::new(self.id.clone(), self.amount)
        }
    }

    /// Writes it as a new row of a number.
    pub(crate) fn insert(&self, tx: &Tx<'_>, key: i64) -> Result<(), Fault> {
        tx.prepare_cached(
                "INSERT INTO transactions
                        (key, source_id, account_id, id, weak, hint, content, amount, currency, units, date, value_date,
                         balance_after, description, payee, source_payee, payee_by, category, source_category,
                         category_by, note, pending, transfer, peer, split, ruled, vouched, import_id, first_seen,
                         updated_at)
                 VALUES (:key, :source, :account, :id, :weak, :hint, :content, :amount, :currency, :units,
                         :date, :value_date, :balance_after, :description, :payee, :source_payee, :payee_by, :category,
                         :source_category, :category_by, :note, :pending, :transfer, :peer, :split, :ruled, :vouched,
                         :import, :first_seen, :updated_at)",
            )?
        .execute(named_params! {
                    ":key": key, ":source": self.source, ":account": self.account, ":id": self.id,
                    ":weak": self.weak, ":hint": self.hint, ":content": self.content,
                    ":amount": Text(self.amount.amount), ":currency": self.amount.currency.code(),
                    ":units": Self::units(self.amount.amount), ":date": self.date.map(Text),
                    ":value_date": self.value_date.map(Text), ":balance_after": self.balance_after.map(Text),
                    ":description": self.description, ":payee": self.payee, ":source_payee": self.source_payee,
                    ":payee_by": self.payee_by, ":category": self.category,
                    ":source_category": self.source_category, ":category_by": self.category_by, ":note": self.note,
                    ":pending": self.pending, ":transfer": self.transfer.map(Transfer::word), ":peer": self.peer,
                    ":split": !self.parts.is_empty(), ":ruled": self.ruled, ":vouched": self.vouched,
                    ":import": self.import, ":first_seen": self.first_seen, ":updated_at": self.updated_at,
                })?;
        if !self.parts.is_empty() {
            self.write_parts(tx, key)?;
        }
        Ok(())
    }

    /// Writes all of it over the row of its number.
    pub(crate) fn update(&self, tx: &Tx<'_>, parts_changed: bool) -> Result<(), Fault> {
        tx.prepare_cached(
            "UPDATE transactions
                SET id = :id, weak = :weak, hint = :hint, content = :content, amount = :amount, currency = :currency,
                    units = :units, date = :date, value_date = :value_date, balance_after = :balance_after,
                    description = :description, payee = :payee, source_payee = :source_payee, payee_by = :payee_by,
                    category = :category, source_category = :source_category, category_by = :category_by,
                    note = :note, pending = :pending, transfer = :transfer, peer = :peer, split = :split,
                    ruled = :ruled, vouched = :vouched, import_id = :import, first_seen = :first_seen,
                    updated_at = :updated_at
              WHERE key = :key",
        )?
        .execute(named_params! {
            ":key": self.key, ":id": self.id, ":weak": self.weak, ":hint": self.hint, ":content": self.content,
            ":amount": Text(self.amount.amount), ":currency": self.amount.currency.code(),
            ":units": Self::units(self.amount.amount), ":date": self.date.map(Text),
            ":value_date": self.value_date.map(Text), ":balance_after": self.balance_after.map(Text),
            ":description": self.description, ":payee": self.payee, ":source_payee": self.source_payee,
            ":payee_by": self.payee_by, ":category": self.category, ":source_category": self.source_category,
            ":category_by": self.category_by, ":note": self.note, ":pending": self.pending,
            ":transfer": self.transfer.map(Transfer::word), ":peer": self.peer, ":split": !self.parts.is_empty(),
            ":ruled": self.ruled, ":vouched": self.vouched, ":import": self.import,
            ":first_seen": self.first_seen, ":updated_at": self.updated_at,
        })?;
        if parts_changed {
            tx.prepare_cached("DELETE FROM splits WHERE transaction_key = ?1")?
                .execute([self.key])?;
            self.write_parts(tx, self.key)?;
        }
        Ok(())
    }

    fn write_parts(&self, tx: &Tx<'_>, key: i64) -> Result<(), Fault> {
        let mut statement = tx.prepare_cached(
            "INSERT INTO splits (transaction_key, part, amount, category, note) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for (number, part) in (1_i64..).zip(&self.parts) {
            statement.execute((key, number, Text(part.amount), &part.category, &part.note))?;
        }
        Ok(())
    }

    /// What it adds to the sums of its month: category and expense, one for each part of a split.
    pub(crate) fn expenses(&self) -> Vec<(Option<&str>, Decimal)> {
        if self.pending || self.is_transfer() {
            return Vec::new();
        }
        let whole = [(self.category.as_deref(), self.amount.amount)];
        let parts = self
            .parts
            .iter()
            .map(|part| (part.category.as_deref(), part.amount));
        whole
            .into_iter()
            .filter(|_| self.parts.is_empty())
            .chain(parts)
            .filter(|(_, amount)| *amount < Decimal::ZERO)
            .collect()
    }

    /// Which currency it is in.
    pub(crate) fn currency(&self) -> Currency {
        self.amount.currency
    }
}

/// Who set a field, from its column.
pub(crate) fn set_by(column: Option<String>) -> SetBy {
    match column.as_deref() {
        None => SetBy::Source,
        Some("user") => SetBy::User,
        Some(rule) => SetBy::Rule(rule.strip_prefix("rule:").unwrap_or(rule).to_owned()),
    }
}
