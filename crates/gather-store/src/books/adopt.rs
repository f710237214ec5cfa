//! What SQL cannot fill in of a file that is brought up to this schema: digests, amounts as numbers, sums.

use rusqlite::Transaction as Tx;

use super::{
    account::{Stated, state_balance},
    identity::content,
    import::day_of,
    row::{self, Row},
    totals,
};
use crate::{
    codec::{Instant, money},
    error::Fault,
};

/// Fills in what the older rows lack.
pub(crate) fn adopt(tx: &Tx<'_>) -> Result<(), Fault> {
    let mut write =
        tx.prepare("UPDATE transactions SET content = ?2, units = ?3 WHERE key = ?1")?;
    let mut keys = tx.prepare("SELECT key FROM transactions")?;
    let keys: Vec<i64> = keys
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for key in keys {
        if let Some(held) = row::by_key(tx, key)? {
            write.execute((
                key,
                content(&held.account, &held.record()),
                Row::units(held.amount.amount),
            ))?;
        }
    }
    let mut accounts = tx.prepare(
        "SELECT source_id, id, balance, currency, as_of, updated_at FROM accounts WHERE balance IS NOT NULL",
    )?;
    let mut rows = accounts.query([])?;
    while let Some(row) = rows.next()? {
        let as_of = row.get::<_, Option<Instant>>(4)?.map(|at| at.0);
        let stated = Stated {
            balance: money(row, 2)?,
            day: day_of(as_of, row.get::<_, Instant>(5)?.0),
        };
        state_balance(tx, row.get(0)?, &row.get::<_, String>(1)?, stated)?;
    }
    totals::fill(tx)
}
