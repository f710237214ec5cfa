//! Transactions for export: all of them, in an order that depends on nothing but what they are.
//!
//! Numbers of this store do not occur in it, so that two stores with the same transactions export the same bytes.

use gather_records::{Money, Viewer};
use jiff::{Timestamp, civil::Date};
use rusqlite::{Transaction, named_params};
use serde::Serialize;

use crate::{
    Error, Part, SetBy, Store,
    books::row::{self, Row, set_by},
    error::Fault,
};

/// A transaction with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedTransaction {
    /// The source it comes from.
    pub source: String,
    /// Whose that is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// The source's id of its account, where it names one.
    pub account: Option<String>,
    /// The source's id of it; one that begins with `~` where the source gives none.
    pub id: String,
    /// The booking date.
    pub date: Option<Date>,
    /// The day from which the money counts, where it is another.
    pub value_date: Option<Date>,
    /// How much moved; positive is into the account.
    pub amount: Money,
    /// What was in the account after it, in the same currency, where the source says so.
    pub balance_after: Option<Money>,
    /// Who was paid or who paid.
    pub payee: Option<String>,
    /// Who says so.
    pub payee_by: SetBy,
    /// What the bank wrote about it.
    pub description: Option<String>,
    /// What it was for.
    pub category: Option<String>,
    /// Who says so.
    pub category_by: SetBy,
    /// What a user noted.
    pub note: Option<String>,
    /// Not booked yet.
    pub pending: bool,
    /// Money between own accounts.
    pub transfer: bool,
    /// The parts that count in its place.
    pub parts: Vec<Part>,
    /// When the store first saw it.
    pub first_seen: Timestamp,
    /// When one of its values last changed.
    pub updated_at: Timestamp,
}

impl Store {
    /// Every transaction that the viewer may see, by source, owner, account, day and id; read in one snapshot.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn export_transactions(&self, viewer: &Viewer) -> Result<Vec<ExportedTransaction>, Error> {
        self.read(|tx| export(tx, viewer))
    }
}

fn export(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<ExportedTransaction>, Fault> {
    let mut sources = tx.prepare_cached(
        "SELECT s.id, s.name, s.owner FROM sources s
          WHERE :viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer
          ORDER BY s.name, s.owner",
    )?;
    let mut exported = Vec::new();
    let mut rows = sources.query(named_params! {":viewer": viewer.user()})?;
    while let Some(row) = rows.next()? {
        let (id, name, owner): (i64, String, Option<String>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let held = row::find(
            tx,
            "t.source_id = :source ORDER BY t.account_id, t.date, t.id",
            named_params! {":source": id},
        )?;
        for row in held {
            exported.push(line(&name, owner.as_deref(), row)?);
        }
    }
    Ok(exported)
}

fn line(source: &str, owner: Option<&str>, row: Row) -> Result<ExportedTransaction, Fault> {
    let instant = |micros| {
        Timestamp::from_microsecond(micros)
            .map_err(|error| Fault::Damaged(format!("transaction {}: {error}", row.key)))
    };
    Ok(ExportedTransaction {
        first_seen: instant(row.first_seen)?,
        updated_at: instant(row.updated_at)?,
        source: source.to_owned(),
        owner: owner.map(str::to_owned),
        transfer: row.is_transfer(),
        balance_after: row
            .balance_after
            .map(|balance| Money::new(balance, row.currency())),
        account: (!row.account.is_empty()).then_some(row.account),
        id: row.id,
        date: row.date,
        value_date: row.value_date,
        amount: row.amount,
        payee: row.payee,
        payee_by: set_by(row.payee_by),
        description: row.description,
        category: row.category,
        category_by: set_by(row.category_by),
        note: row.note,
        pending: row.pending,
        parts: row
            .parts
            .into_iter()
            .map(|part| Part {
                amount: part.amount,
                category: part.category,
                note: part.note,
            })
            .collect(),
    })
}
