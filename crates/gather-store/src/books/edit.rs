//! What a user changes of a transaction. It survives every answer of a source and every file.

use gather_records::Viewer;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction as Tx, named_params};
use rust_decimal::Decimal;

use super::{
    Books, Part, TransactionId, TransferWith,
    row::{self, Row, StoredPart, Transfer},
};
use crate::{Error, Store, codec::Instant, error::Fault};

/// A field that a source and a user may both set.
const USER: &str = "user";

impl Store {
    /// Sets the category of a transaction; blank means that it has none. `None` takes the user's word back, and the
    /// category is the source's again until rules are applied.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownTransaction`](crate::ErrorKind::UnknownTransaction) when the viewer may see none of that
    /// number, or when the file cannot be written.
    pub fn set_category(
        &self,
        viewer: &Viewer,
        id: TransactionId,
        category: Option<&str>,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.edit(viewer, id, at, |_, row| {
            row.ruled = false;
            match category {
                Some(category) => {
                    row.category = said(category);
                    row.category_by = Some(USER.to_owned());
                }
                None => {
                    row.category.clone_from(&row.source_category);
                    row.category_by = None;
                }
            }
            Ok(())
        })
    }

    /// Sets the payee of a transaction; blank means that it has none. `None` takes the user's word back.
    ///
    /// # Errors
    /// As [`set_category`](Self::set_category).
    pub fn set_payee(
        &self,
        viewer: &Viewer,
        id: TransactionId,
        payee: Option<&str>,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.edit(viewer, id, at, |_, row| {
            row.ruled = false;
            match payee {
                Some(payee) => {
                    row.payee = said(payee);
                    row.payee_by = Some(USER.to_owned());
                }
                None => {
                    row.payee.clone_from(&row.source_payee);
                    row.payee_by = None;
                }
            }
            Ok(())
        })
    }

    /// Sets the note of a transaction; `None` and blank take it away.
    ///
    /// # Errors
    /// As [`set_category`](Self::set_category).
    pub fn set_note(
        &self,
        viewer: &Viewer,
        id: TransactionId,
        note: Option<&str>,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.edit(viewer, id, at, |_, row| {
            row.note = note.and_then(said);
            Ok(())
        })
    }

    /// Splits a transaction into parts, which then count instead of it. No part makes it whole again.
    ///
    /// Should its amount change later, as with a tip, what is left over becomes a part of its own category.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEdit`](crate::ErrorKind::InvalidEdit) when the parts do not add up to the amount exactly;
    /// else as [`set_category`](Self::set_category).
    pub fn split(
        &self,
        viewer: &Viewer,
        id: TransactionId,
        parts: &[Part],
        at: Timestamp,
    ) -> Result<(), Error> {
        self.edit(viewer, id, at, |_, row| {
            let sum = parts
                .iter()
                .try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.amount));
            if !parts.is_empty() && sum != Some(row.amount.amount) {
                let sum = sum.map_or_else(
                    || "more than can be counted".to_owned(),
                    |sum| sum.to_string(),
                );
                return Err(Fault::InvalidEdit(format!(
                    "the parts add up to {sum}, the transaction is {}; make them add up to it",
                    row.amount
                )));
            }
            row.parts = parts
                .iter()
                .map(|part| StoredPart {
                    amount: part.amount,
                    category: part.category.as_deref().and_then(said),
                    note: part.note.as_deref().and_then(said),
                })
                .collect();
            Ok(())
        })
    }

    /// Says that a transaction is money between own accounts, or that it is not.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidEdit`](crate::ErrorKind::InvalidEdit) when the two have the same sign, are in the same
    /// account or of different owners; else as [`set_category`](Self::set_category).
    pub fn declare_transfer(
        &self,
        viewer: &Viewer,
        id: TransactionId,
        with: TransferWith,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.write(|tx| {
            let mut books = Books::open(tx, Instant(at), None);
            books.free(visible(tx, viewer, id)?, at)?;
            let row = visible(tx, viewer, id)?;
            match with {
                TransferWith::Transaction(other) => {
                    books.free(visible(tx, viewer, other)?, at)?;
                    let other = visible(tx, viewer, other)?;
                    check_sides(tx, &row, &other)?;
                    books.link(&row, &other, Transfer::Declared)?;
                }
                TransferWith::Outside | TransferWith::Nothing => {
                    let how = if with == TransferWith::Outside {
                        Transfer::Declared
                    } else {
                        Transfer::None
                    };
                    let declared = Row {
                        transfer: Some(how),
                        ..row.clone()
                    };
                    books.rewrite(&row, &declared)?;
                }
                TransferWith::Found => books.look_for_transfer(&row),
            }
            books.close()
        })
    }

    fn edit(
        &self,
        viewer: &Viewer,
        id: TransactionId,
        at: Timestamp,
        change: impl FnOnce(&Tx<'_>, &mut Row) -> Result<(), Fault>,
    ) -> Result<(), Error> {
        self.write(|tx| {
            let held = visible(tx, viewer, id)?;
            let mut row = held.clone();
            change(tx, &mut row)?;
            if row != held {
                row.updated_at = at.as_microsecond();
                let mut books = Books::open(tx, Instant(at), None);
                books.rewrite(&held, &row)?;
                books.close()?;
            }
            Ok(())
        })
    }
}

impl Books<'_> {
    /// Takes every link and declaration of a row back.
    fn free(&mut self, row: Row, at: Timestamp) -> Result<(), Fault> {
        self.unlink_peer(&row)?;
        let free = Row {
            transfer: None,
            peer: None,
            updated_at: at.as_microsecond(),
            ..row.clone()
        };
        self.rewrite(&row, &free)
    }
}

/// A transaction that the viewer may see.
fn visible(tx: &Tx<'_>, viewer: &Viewer, id: TransactionId) -> Result<Row, Fault> {
    let seen = tx
        .prepare_cached(
            "SELECT 1 FROM transactions t JOIN sources s ON s.id = t.source_id
              WHERE t.key = :key AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)",
        )?
        .query_row(
            named_params! {":key": id.0, ":viewer": viewer.user()},
            |_| Ok(()),
        )
        .optional()?;
    seen.and(row::by_key(tx, id.0)?)
        .ok_or(Fault::UnknownTransaction(id.0))
}

fn check_sides(tx: &Tx<'_>, a: &Row, b: &Row) -> Result<(), Fault> {
    let refuse = |what: &str| Err(Fault::InvalidEdit(format!("not a transfer: {what}")));
    if a.same_account(b.source, &b.account) {
        return refuse("both are in the same account");
    }
    let (a_out, b_out) = (
        a.amount.amount.is_sign_negative(),
        b.amount.amount.is_sign_negative(),
    );
    if a_out == b_out {
        return refuse("both have the same sign; one has to go out and one to come in");
    }
    let owner = |row: &Row| -> Result<Option<String>, Fault> {
        Ok(tx
            .prepare_cached("SELECT owner FROM sources WHERE id = ?1")?
            .query_row([row.source], |row| row.get(0))?)
    };
    if owner(a)? != owner(b)? {
        return refuse("they are of different owners");
    }
    Ok(())
}

/// What a person typed, blank ends aside; `None` when nothing is left.
fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
