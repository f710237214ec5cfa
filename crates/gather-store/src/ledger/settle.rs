//! What becomes of a reservation, and pauses of hosts.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params};

use super::{
    LONGEST_PAUSE, Settled,
    reserve::{held_places, micros, use_place},
};
use crate::error::Fault;

/// How long a quota that nobody asks for is remembered: 400 days, in microseconds.
const REMEMBERED: i64 = 400 * 24 * 3600 * 1_000_000;

pub(super) fn settle(
    tx: &Transaction<'_>,
    reservation: u64,
    settled: Settled,
) -> Result<(), Fault> {
    let Ok(id) = i64::try_from(reservation) else {
        return Ok(());
    };
    if let Settled::Counted(at) = settled {
        let held = held_places(
            tx,
            "SELECT q.id, q.requests, q.per_us, q.hold_us, r.at
               FROM quota_held h JOIN reservations r ON r.id = h.reservation_id JOIN quotas q ON q.id = h.quota_id
              WHERE h.reservation_id = ?1",
            id,
        )?;
        for (quota, reserved_at) in held {
            // Nothing is counted before it was asked for, whatever the clock says.
            use_place(tx, quota, at.as_microsecond().max(reserved_at))?;
        }
    }
    tx.prepare_cached("DELETE FROM quota_held WHERE reservation_id = ?1")?
        .execute([id])?;
    tx.prepare_cached("DELETE FROM reservations WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

pub(super) fn cool(
    tx: &Transaction<'_>,
    host: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), Fault> {
    let now = now.as_microsecond();
    let until = until.as_microsecond().min(now + micros(LONGEST_PAUSE));
    if until <= now {
        return Ok(());
    }
    let known: Option<(Option<i64>, Option<i64>)> = tx
        .prepare_cached("SELECT cooled_at, cooled_until FROM hosts WHERE name = ?1")?
        .query_row([host], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((Some(at), Some(held))) = known
        // A pause that stands further ahead than it is long was given before the clock was set back.
        && held.min(now + (held - at)) >= until
    {
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO hosts (name, cooled_at, cooled_until) VALUES (:host, :now, :until)
         ON CONFLICT (name) DO UPDATE SET cooled_at = excluded.cooled_at, cooled_until = excluded.cooled_until",
    )?
    .execute(named_params! {":host": host, ":now": now, ":until": until})?;
    Ok(())
}

/// Drops quotas that nobody has asked for in a long time and that hold nothing, and hosts of which nothing is known.
pub(crate) fn drop_forgotten(tx: &Transaction<'_>, now: Timestamp) -> Result<(), Fault> {
    let now = now.as_microsecond();
    tx.prepare_cached(
        "DELETE FROM quotas WHERE seen_at < ?1 AND used = 0
            AND NOT EXISTS (SELECT 1 FROM quota_held WHERE quota_id = quotas.id)",
    )?
    .execute([now - REMEMBERED])?;
    tx.prepare_cached(
        "DELETE FROM hosts WHERE ifnull(cooled_until, ?1) <= ?1
            AND NOT EXISTS (SELECT 1 FROM reservations WHERE host_id = hosts.id)",
    )?
    .execute([now])?;
    Ok(())
}
