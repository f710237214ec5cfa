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

/// One thing that a user says of a transaction. Blank text means that there is none; a word that is taken back (`None`)
/// leaves what the source says, until rules are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Its category.
    Category(Option<&'a str>),
    /// Its payee.
    Payee(Option<&'a str>),
    /// Its note; `None` takes it away.
    Note(Option<&'a str>),
    /// Parts that count instead of it; none makes it whole again. Should its amount change later, as with a tip, what is
    /// left over becomes a part of its own category.
    Parts(&'a [Part]),
    /// Whether it is money between own accounts.
    Transfer(TransferWith),
}

impl Store {
    /// Changes transactions as a user says: all of them in all ways, or nothing when one of these is refused.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownTransaction`](crate::ErrorKind::UnknownTransaction) when the viewer may see none of a number;
    /// [`ErrorKind::InvalidParts`](crate::ErrorKind::InvalidParts) when parts do not add up to the amount exactly;
    /// [`ErrorKind::InvalidTransfer`](crate::ErrorKind::InvalidTransfer) when the two of a transfer have the same sign,
    /// are in the same account or of different owners; or when the file cannot be written.
    pub fn edit(
        &self,
        viewer: &Viewer,
        ids: &[TransactionId],
        edits: &[Edit<'_>],
        at: Timestamp,
    ) -> Result<(), Error> {
        self.write(|tx| {
            let mut books = Books::open(tx, Instant(at), None);
            for id in ids {
                // Said or not said: a number that is none is refused.
                visible(tx, viewer, *id)?;
                for edit in edits {
                    books.edit(viewer, *id, *edit, at)?;
                }
            }
            books.close()
        })
    }
}

impl Books<'_> {
    fn edit(
        &mut self,
        viewer: &Viewer,
        id: TransactionId,
        edit: Edit<'_>,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let held = visible(self.tx, viewer, id)?;
        let mut row = held.clone();
        match edit {
            Edit::Transfer(with) => return self.declare(viewer, held, with, at),
            Edit::Category(Some(category)) => {
                row.category = said(category);
                row.category_by = Some(USER.to_owned());
            }
            Edit::Category(None) => {
                row.category.clone_from(&row.source_category);
                row.category_by = None;
            }
            Edit::Payee(Some(payee)) => {
                row.payee = said(payee);
                row.payee_by = Some(USER.to_owned());
            }
            Edit::Payee(None) => {
                row.payee.clone_from(&row.source_payee);
                row.payee_by = None;
            }
            Edit::Note(note) => row.note = note.and_then(said),
            Edit::Parts(parts) => row.parts = stored(parts, &row)?,
        }
        if matches!(edit, Edit::Category(_) | Edit::Payee(_)) {
            row.ruled = false;
        }
        if row == held {
            return Ok(());
        }
        row.updated_at = at.as_microsecond();
        self.rewrite(&held, &row)
    }

    fn declare(
        &mut self,
        viewer: &Viewer,
        row: Row,
        with: TransferWith,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let id = TransactionId(row.key);
        self.free(row, at)?;
        let row = visible(self.tx, viewer, id)?;
        match with {
            TransferWith::Transaction(other) => {
                self.free(visible(self.tx, viewer, other)?, at)?;
                let other = visible(self.tx, viewer, other)?;
                check_sides(self.tx, &row, &other)?;
                self.link(&row, &other, Transfer::Declared)
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
                self.rewrite(&row, &declared)
            }
            TransferWith::Found => {
                self.look_for_transfer(&row);
                Ok(())
            }
        }
    }

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
    let refuse = |what: &str| Err(Fault::InvalidTransfer(format!("not a transfer: {what}")));
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

/// Parts that add up to a row's amount.
fn stored(parts: &[Part], row: &Row) -> Result<Vec<StoredPart>, Fault> {
    let sum = parts
        .iter()
        .try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part.amount));
    if !parts.is_empty() && sum != Some(row.amount.amount) {
        let sum = sum.map_or_else(
            || "more than can be counted".to_owned(),
            |sum| sum.to_string(),
        );
        return Err(Fault::InvalidParts(format!(
            "the parts add up to {sum}, the transaction is {}; make them add up to it",
            row.amount
        )));
    }
    let part = |part: &Part| StoredPart {
        amount: part.amount,
        category: part.category.as_deref().and_then(said),
        note: part.note.as_deref().and_then(said),
    };
    Ok(parts.iter().map(part).collect())
}

/// What a person typed, blank ends aside; `None` when nothing is left.
fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
