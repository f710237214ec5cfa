//! Taking an import back: what it brought goes, what it changed is as it was, to the byte.
//!
//! What the bank itself or a later import has told of too stays, and so does what a user has changed since.
//! No transfer is looked for anew: links that went with a row come back with it or not at all.

use gather_records::Viewer;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction as Tx, named_params};

use super::{
    Books, ImportId, Undone,
    import::{AccountBefore, BalanceBefore, account_now, balance_now, write_account},
    row::{self, Row, Transfer},
};
use crate::{Error, Store, codec::Instant, error::Fault};

/// What is known of an import that is undone.
struct Undoing {
    id: i64,
    source: i64,
    at: i64,
}

impl Store {
    /// Takes an import back, in one transaction. An import that is undone stays in the list.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownImport`](crate::ErrorKind::UnknownImport) when the viewer may see no standing import of that
    /// number, or when the file cannot be written.
    pub fn undo_import(
        &self,
        viewer: &Viewer,
        id: ImportId,
        at: Timestamp,
    ) -> Result<Undone, Error> {
        self.write(|tx| {
            let undoing = tx
                .query_row(
                    "SELECT i.source_id, i.at FROM imports i JOIN sources s ON s.id = i.source_id
                      WHERE i.id = :id AND i.undone_at IS NULL
                        AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)",
                    named_params! {":id": id.0, ":viewer": viewer.user()},
                    |row| {
                        Ok(Undoing {
                            id: id.0,
                            source: row.get(0)?,
                            at: row.get(1)?,
                        })
                    },
                )
                .optional()?
                .ok_or(Fault::UnknownImport(id.0))?;
            let mut books = Books::open(tx, Instant(at), None);
            let undone = undoing.rows(&mut books)?;
            books.close()?;
            undoing.accounts(tx)?;
            tx.execute(
                "DELETE FROM reviews WHERE import_id = ?1 AND decision IS NULL",
                [id.0],
            )?;
            tx.execute("DELETE FROM import_rows WHERE import_id = ?1", [id.0])?;
            tx.execute("DELETE FROM import_accounts WHERE import_id = ?1", [id.0])?;
            tx.execute(
                "UPDATE imports SET undone_at = ?2 WHERE id = ?1",
                (id.0, Instant(at)),
            )?;
            Ok(undone)
        })
    }
}

impl Undoing {
    fn rows(&self, books: &mut Books<'_>) -> Result<Undone, Fault> {
        let mut undone = Undone {
            removed: 0,
            restored: 0,
            kept: 0,
        };
        let mut statement = books.tx.prepare_cached(
            "SELECT transaction_key, did, before FROM import_rows
              WHERE import_id = ?1 AND did <> 'same' ORDER BY transaction_key DESC",
        )?;
        let noted: Vec<(i64, String, Option<String>)> = statement
            .query_map([self.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let mut relink = Vec::new();
        for (key, did, before) in noted {
            let Some(now) = row::by_key(books.tx, key)? else {
                continue;
            };
            if did == "new" {
                if now.vouched || self.hand_over(books.tx, key)? {
                    undone.kept += 1;
                } else {
                    books.remove(&now)?;
                    undone.removed += 1;
                }
            } else if now.import == Some(self.id)
                && let Some(before) = before
            {
                let before: Row = serde_json::from_str(&before).map_err(|error| {
                    Fault::Damaged(format!("import {}, transaction {key}: {error}", self.id))
                })?;
                self.restore(books, &now, before)?;
                relink.push(key);
                undone.restored += 1;
            }
        }
        for key in relink {
            put_link_right(books, key)?;
        }
        Ok(undone)
    }

    /// Whether another import vouches for a row too, which then is the one that brought it.
    fn hand_over(&self, tx: &Tx<'_>, key: i64) -> Result<bool, Fault> {
        let handed = tx
            .prepare_cached(
                "UPDATE import_rows SET did = 'new', before = NULL
                  WHERE transaction_key = ?1
                    AND import_id = (SELECT min(import_id) FROM import_rows
                                      WHERE transaction_key = ?1 AND import_id <> ?2)",
            )?
            .execute((key, self.id))?;
        Ok(handed > 0)
    }

    fn restore(&self, books: &mut Books<'_>, now: &Row, before: Row) -> Result<(), Fault> {
        let mut back = before;
        if now.updated_at != self.at && now.updated_at != back.updated_at {
            // Somebody has changed it since: what a user may set stays.
            back.note.clone_from(&now.note);
            if now.category_by.is_some() {
                back.category.clone_from(&now.category);
                back.category_by.clone_from(&now.category_by);
            }
            if now.payee_by.is_some() {
                back.payee.clone_from(&now.payee);
                back.payee_by.clone_from(&now.payee_by);
            }
            back.parts.clone_from(&now.parts);
            back.put_rest_in_a_part();
            if !matches!(now.transfer, None | Some(Transfer::Found)) {
                (back.transfer, back.peer) = (now.transfer, now.peer);
            }
        }
        if back.id != now.id {
            let taken = books
                .tx
                .prepare_cached(
                    "SELECT 1 FROM transactions WHERE source_id = ?1 AND account_id = ?2 AND id = ?3",
                )?
                .exists((back.source, &back.account, &back.id))?;
            if taken {
                back.id.clone_from(&now.id);
                (back.weak, back.hint) = (now.weak, now.hint.clone());
            }
        }
        if now.peer != back.peer {
            books.unlink_peer(now)?;
        }
        books.rewrite(now, &back)
    }

    fn accounts(&self, tx: &Tx<'_>) -> Result<(), Fault> {
        let mut statement = tx.prepare_cached(
            "SELECT account_id, day, before, after FROM import_accounts WHERE import_id = ?1",
        )?;
        type Noted = (String, String, Option<String>, String);
        let noted: Vec<Noted> = statement
            .query_map([self.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        for (account, day, before, after) in noted {
            if day.is_empty() {
                self.account(tx, &account, before.as_deref(), &after)?;
            } else {
                self.balance(tx, &account, &day, before.as_deref(), &after)?;
            }
        }
        Ok(())
    }

    fn account(
        &self,
        tx: &Tx<'_>,
        account: &str,
        before: Option<&str>,
        after: &str,
    ) -> Result<(), Fault> {
        let after: Option<AccountBefore> = Some(self.parse(after)?);
        if account_now(tx, self.source, account)? != after {
            return Ok(());
        }
        match before {
            Some(before) => write_account(tx, self.source, account, &self.parse(before)?),
            None => {
                tx.execute(
                    "DELETE FROM accounts WHERE source_id = ?1 AND id = ?2
                        AND NOT EXISTS (SELECT 1 FROM transactions WHERE source_id = ?1 AND account_id = ?2)",
                    (self.source, account),
                )?;
                Ok(())
            }
        }
    }

    fn balance(
        &self,
        tx: &Tx<'_>,
        account: &str,
        day: &str,
        before: Option<&str>,
        after: &str,
    ) -> Result<(), Fault> {
        let after: Option<BalanceBefore> = Some(self.parse(after)?);
        if balance_now(tx, self.source, account, day)? != after {
            return Ok(());
        }
        let place = (self.source, account, day);
        match before {
            Some(before) => {
                let before: BalanceBefore = self.parse(before)?;
                tx.execute(
                    "UPDATE stated_balances SET balance = ?4, currency = ?5
                      WHERE source_id = ?1 AND account_id = ?2 AND day = ?3",
                    (place.0, place.1, place.2, before.balance, before.currency),
                )?;
            }
            None => {
                tx.execute(
                    "DELETE FROM stated_balances WHERE source_id = ?1 AND account_id = ?2 AND day = ?3",
                    place,
                )?;
            }
        }
        Ok(())
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, text: &str) -> Result<T, Fault> {
        serde_json::from_str(text)
            .map_err(|error| Fault::Damaged(format!("notes of import {}: {error}", self.id)))
    }
}

/// Makes both sides of a restored link agree: it stands where the other side is free, else it goes.
fn put_link_right(books: &mut Books<'_>, key: i64) -> Result<(), Fault> {
    let Some(row) = row::by_key(books.tx, key)? else {
        return Ok(());
    };
    let Some(peer) = row.peer else { return Ok(()) };
    let other = row::by_key(books.tx, peer)?;
    match other {
        Some(other) if other.peer == Some(key) => Ok(()),
        Some(other) if other.transfer.is_none() && other.peer.is_none() => {
            let linked = Row {
                transfer: row.transfer,
                peer: Some(key),
                ..other.clone()
            };
            books.rewrite(&other, &linked)
        }
        _ => {
            let alone = Row {
                transfer: None,
                peer: None,
                ..row.clone()
            };
            books.rewrite(&row, &alone)
        }
    }
}
