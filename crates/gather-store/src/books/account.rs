//! What a user says of an account: that its signs are the wrong way, what was in it at the beginning; and what balances
//! were stated for it, day by day.
//!
//! Not here: the accounts as sources tell of them (`keep/finance`), the comparison of balances (`money/proof`).

use gather_records::{Money, Viewer};
use jiff::{Timestamp, civil::Date};
use rusqlite::{OptionalExtension, Transaction as Tx, named_params};
use rust_decimal::Decimal;

use super::{
    AccountRef, Books, Signs,
    row::{self, Row, Transfer},
};
use crate::{
    Error, Store,
    codec::{Instant, Text},
    error::Fault,
    sources,
};

/// A balance that was stated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stated {
    pub(crate) balance: Money,
    /// The day at whose end it was so.
    pub(crate) day: Date,
}

impl Store {
    /// Turns the signs of an account around, from its first transaction on and for all to come, for a provider that
    /// has them the wrong way; or back again. [`Store::balance_proof`] shows which way is right.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownAccount`](crate::ErrorKind::UnknownAccount) when the viewer may see no such account, or when
    /// the file cannot be written.
    pub fn set_signs(
        &self,
        viewer: &Viewer,
        account: AccountRef<'_>,
        signs: Signs,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.write(|tx| {
            let source = visible(tx, viewer, account)?;
            let before = self::signs(tx, source, account.id)?;
            tx.prepare_cached(
                "INSERT INTO account_settings (source_id, account_id, flip_moves, flip_balance)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET flip_moves = excluded.flip_moves, flip_balance = excluded.flip_balance",
            )?
            .execute((source, account.id, signs.transactions, signs.balance))?;
            if before.balance != signs.balance {
                turn_balances(tx, source, account.id)?;
            }
            turn_rows(tx, source, account.id, before, signs, Instant(at))
        })
    }

    /// Whose signs of an account are turned around.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownAccount`](crate::ErrorKind::UnknownAccount) when the viewer may see no such account, or when
    /// the file cannot be read.
    pub fn signs(&self, viewer: &Viewer, account: AccountRef<'_>) -> Result<Signs, Error> {
        self.read(|tx| {
            let source = visible(tx, viewer, account)?;
            signs(tx, source, account.id)
        })
    }

    /// Says what was in an account at the beginning of a day; `None` takes it back. Transactions from that day on are
    /// added to it, earlier ones are not.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownAccount`](crate::ErrorKind::UnknownAccount) when the viewer may see no such account, or when
    /// the file cannot be written.
    pub fn opening_balance(
        &self,
        viewer: &Viewer,
        account: AccountRef<'_>,
        opening: Option<(Money, Date)>,
    ) -> Result<(), Error> {
        self.write(|tx| {
            let source = visible(tx, viewer, account)?;
            tx.prepare_cached(
                "INSERT INTO account_settings (source_id, account_id, opening, opening_currency, opening_day)
                 VALUES (:source, :account, :opening, :currency, :day)
                 ON CONFLICT DO UPDATE
                    SET opening = excluded.opening, opening_currency = excluded.opening_currency,
                        opening_day = excluded.opening_day",
            )?
            .execute(named_params! {
                ":source": source, ":account": account.id,
                ":opening": opening.map(|(money, _)| Text(money.amount)),
                ":currency": opening.map(|(money, _)| money.currency.code()),
                ":day": opening.map(|(_, day)| Text(day)),
            })?;
            Ok(())
        })
    }
}

/// The number of an account's source, where the viewer may see it and the account is known by name or by transactions.
fn visible(tx: &Tx<'_>, viewer: &Viewer, account: AccountRef<'_>) -> Result<i64, Fault> {
    let unknown = || Fault::UnknownAccount {
        source: account.source.name.to_owned(),
        account: account.id.to_owned(),
    };
    let source = sources::known_source(tx, account.source)?.ok_or_else(unknown)?;
    let allowed = match (viewer, account.source.owner) {
        (Viewer::Operator, _) | (_, None) => true,
        (Viewer::User(user), Some(owner)) => user == owner,
    };
    let known = allowed
        && tx
            .prepare_cached(
                "SELECT 1 FROM accounts WHERE source_id = ?1 AND id = ?2
                 UNION ALL
                 SELECT 1 FROM transactions WHERE source_id = ?1 AND account_id = ?2",
            )?
            .exists((source, account.id))?;
    known.then_some(source).ok_or_else(unknown)
}

/// Whose signs are turned around.
pub(crate) fn signs(tx: &Tx<'_>, source: i64, account: &str) -> Result<Signs, Fault> {
    let found = tx
        .prepare_cached(
            "SELECT flip_moves, flip_balance FROM account_settings WHERE source_id = ?1 AND account_id = ?2",
        )?
        .query_row((source, account), |row| {
            Ok(Signs {
                transactions: row.get(0)?,
                balance: row.get(1)?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

fn turn_rows(
    tx: &Tx<'_>,
    source: i64,
    account: &str,
    before: Signs,
    now: Signs,
    at: Instant,
) -> Result<(), Fault> {
    if before == now {
        return Ok(());
    }
    let mut books = Books::open(tx, at, None);
    let rows = row::find(
        tx,
        "t.source_id = :source AND t.account_id = :account ORDER BY t.key",
        named_params! {":source": source, ":account": account},
    )?;
    for held in rows {
        let mut turned = held.clone();
        if before.balance != now.balance {
            turned.balance_after = held.balance_after.map(|after| -after);
        }
        if before.transactions != now.transactions {
            turned.amount.amount = -held.amount.amount;
            for part in &mut turned.parts {
                part.amount = -part.amount;
            }
            if held.transfer == Some(Transfer::Found) {
                books.unlink_peer(&held)?;
                (turned.transfer, turned.peer) = (None, None);
            }
            if turned.transfer.is_none() {
                books.look_for_transfer(&turned);
            }
            turned.ruled = false;
        }
        if turned != held {
            turned.updated_at = at.0.as_microsecond();
            books.replace(&held, &turned)?;
        }
    }
    books.close()
}

fn turn_balances(tx: &Tx<'_>, source: i64, account: &str) -> Result<(), Fault> {
    let mut stated = tx.prepare_cached(
        "SELECT day, balance FROM stated_balances WHERE source_id = ?1 AND account_id = ?2",
    )?;
    let days: Vec<(String, Decimal)> = stated
        .query_map((source, account), |row| {
            Ok((row.get(0)?, row.get::<_, Text<Decimal>>(1)?.0))
        })?
        .collect::<Result<_, _>>()?;
    for (day, balance) in days {
        tx.prepare_cached(
            "UPDATE stated_balances SET balance = ?4 WHERE source_id = ?1 AND account_id = ?2 AND day = ?3",
        )?
        .execute((source, account, day, Text(-balance)))?;
    }
    let held: Option<Option<Text<Decimal>>> = tx
        .prepare_cached("SELECT balance FROM accounts WHERE source_id = ?1 AND id = ?2")?
        .query_row((source, account), |row| row.get(0))
        .optional()?;
    if let Some(Some(Text(balance))) = held {
        tx.prepare_cached("UPDATE accounts SET balance = ?3 WHERE source_id = ?1 AND id = ?2")?
            .execute((source, account, Text(-balance)))?;
    }
    Ok(())
}

/// Notes a balance of a day; the last one that is told of a day counts.
pub(crate) fn state_balance(
    tx: &Tx<'_>,
    source: i64,
    account: &str,
    stated: Stated,
) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO stated_balances (source_id, account_id, day, balance, currency)
         VALUES (:source, :account, :day, :balance, :currency)
         ON CONFLICT DO UPDATE SET balance = excluded.balance, currency = excluded.currency
          WHERE balance IS NOT excluded.balance OR currency IS NOT excluded.currency",
    )?
    .execute(named_params! {
        ":source": source, ":account": account, ":day": Text(stated.day),
        ":balance": Text(stated.balance.amount), ":currency": stated.balance.currency.code(),
    })?;
    Ok(())
}

impl Row {
    /// Which account it is in, as far as identity goes.
    pub(crate) fn same_account(&self, source: i64, account: &str) -> bool {
        self.source == source && self.account == account
    }
}
