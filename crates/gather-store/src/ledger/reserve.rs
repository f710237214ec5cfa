//! Taking places and a slot, in one transaction.
//!
//! Quotas of more than [`EXACT`] requests keep their places in buckets of a thousandth of the window, each counted
//! until its last place is free: about a thousand rows stand for a million places, and the quota is kept all the same.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params};

use super::{Claim, FullCause, LOOK_AGAIN, QuotaPlace, Reserved};
use crate::{
    error::Fault,
    run_lock::{Process, RunLocks},
};

/// Up to as many places are kept one by one.
const EXACT: i64 = 1000;

/// By how much the clocks of two calls may differ without one of them having been set: they wait for the lock of the
/// file after they have looked at the clock.
const SKEW: i64 = 10_000_000;

/// The longest span that is counted with: ten years.
const LONGEST: i64 = 10 * 366 * 24 * 3600 * 1_000_000;

/// A span in microseconds, within what can be added up.
pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).map_or(LONGEST, |span| span.min(LONGEST))
}

/// An instant of microseconds; they all come from instants, plus a span that is not too long.
pub(super) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
}

/// One quota as it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    pub(super) id: i64,
    pub(super) requests: i64,
    pub(super) per: i64,
    pub(super) hold: i64,
}

impl Quota {
    /// When a place comes free that was counted at an instant, at the end of its bucket.
    pub(super) fn free_at(self, counted: i64) -> i64 {
        let free = counted + self.hold;
        if self.requests <= EXACT {
            return free;
        }
        let width = (self.per / 1000).max(1);
        free + width - 1 - (free - 1).rem_euclid(width)
    }

    /// No place that was counted by now comes free later than this.
    fn latest(self, now: i64) -> i64 {
        now + self.hold + self.per / 1000 + SKEW
    }
}

/// The longest wait so far, and why.
#[derive(Default)]
struct Wait(Option<(i64, FullCause)>);

impl Wait {
    fn for_it(&mut self, until: i64, cause: FullCause) {
        if self.0.is_none_or(|(longest, _)| until > longest) {
            self.0 = Some((until, cause));
        }
    }
}

pub(super) fn reserve(
    tx: &Transaction<'_>,
    locks: &RunLocks,
    claim: &Claim<'_>,
    now: Timestamp,
    in_doubt: Duration,
) -> Result<Reserved, Fault> {
    let now = now.as_microsecond();
    let doubt_at = now + micros(in_doubt);
    expire(tx, now, doubt_at)?;
    let mut wait = Wait::default();
    let host = host(tx, claim.host, now, &mut wait)?;
    slot(tx, locks, host, claim.in_flight, now, &mut wait)?;
    let mut quotas = Vec::with_capacity(claim.places.len());
    for place in claim.places {
        quotas.push(quota(tx, place, now, &mut wait)?);
    }
    if let Some((until, cause)) = wait.0 {
        return Ok(Reserved::Full {
            until: instant(until),
            cause,
        });
    }
    let id: i64 = tx
        .prepare_cached(
            "INSERT INTO reservations (id, host_id, run_id, at, doubt_at, leased)
             VALUES (max(:now, 1 + ifnull((SELECT max(id) FROM reservations), 0)), :host, :run, :now, :doubt_at, 1)
             RETURNING id",
        )?
        .query_row(
            named_params! {
                ":now": now, ":host": host, ":run": claim.run.map(|run| run.get()), ":doubt_at": doubt_at,
            },
            |row| row.get(0),
        )?;
    for quota in quotas {
        // A quota that is named twice is one place.
        tx.prepare_cached(
            "INSERT OR IGNORE INTO quota_held (quota_id, reservation_id) VALUES (?1, ?2)",
        )?
        .execute((quota, id))?;
    }
    u64::try_from(id)
        .map(Reserved::Granted)
        .map_err(|_| Fault::Damaged(format!("reservation {id} has no number")))
}

/// Ends what is in doubt no longer, and brings near what stands too far ahead because the clock was set back.
fn expire(tx: &Transaction<'_>, now: i64, doubt_at: i64) -> Result<(), Fault> {
    let (over, ahead): (bool, bool) = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM reservations WHERE doubt_at <= ?1),
                    EXISTS (SELECT 1 FROM reservations WHERE doubt_at > ?2 AND at > ?3)",
        )?
        .query_row((now, doubt_at, now + SKEW), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if ahead {
        tx.execute(
            "UPDATE reservations SET at = ?1, doubt_at = ?1 + doubt_at - at WHERE doubt_at > ?2 AND at > ?3",
            (now, doubt_at, now + SKEW),
        )?;
    }
    if over {
        let held = held_places(
            tx,
            "SELECT q.id, q.requests, q.per_us, q.hold_us, r.doubt_at
               FROM reservations r JOIN quota_held h ON h.reservation_id = r.id JOIN quotas q ON q.id = h.quota_id
              WHERE r.doubt_at <= ?1",
            now,
        )?;
        for (quota, over_at) in held {
            use_place(tx, quota, over_at)?;
        }
        tx.execute(
            "DELETE FROM quota_held WHERE reservation_id IN (SELECT id FROM reservations WHERE doubt_at <= ?1)",
            [now],
        )?;
        tx.execute("DELETE FROM reservations WHERE doubt_at <= ?1", [now])?;
    }
    Ok(())
}

/// Quotas in which places are held, each with an instant.
pub(super) fn held_places(
    tx: &Transaction<'_>,
    sql: &str,
    parameter: i64,
) -> Result<Vec<(Quota, i64)>, Fault> {
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map([parameter], |row| {
        let quota = Quota {
            id: row.get(0)?,
            requests: row.get(1)?,
            per: row.get(2)?,
            hold: row.get(3)?,
        };
        Ok((quota, row.get(4)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Counts a place of a quota from an instant on.
pub(super) fn use_place(tx: &Transaction<'_>, quota: Quota, counted: i64) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO quota_used (quota_id, free_at, places) VALUES (?1, ?2, 1)
         ON CONFLICT (quota_id, free_at) DO UPDATE SET places = places + 1",
    )?
    .execute((quota.id, quota.free_at(counted)))?;
    tx.prepare_cached("UPDATE quotas SET used = used + 1 WHERE id = ?1")?
        .execute([quota.id])?;
    Ok(())
}

/// The number of a host, and how long it pauses.
fn host(tx: &Transaction<'_>, name: &str, now: i64, wait: &mut Wait) -> Result<i64, Fault> {
    let known = tx
        .prepare_cached("SELECT id, cooled_at, cooled_until FROM hosts WHERE name = ?1")?
        .query_row([name], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, Option<i64>>(1)?,
                row.get::<_, Option<i64>>(2)?,
            ))
        })
        .optional()?;
    let Some((id, at, until)) = known else {
        return Ok(tx
            .prepare_cached("INSERT INTO hosts (name) VALUES (?1) RETURNING id")?
            .query_row([name], |row| row.get(0))?);
    };
    if let (Some(at), Some(until)) = (at, until)
        && until > now
    {
        if at > now + SKEW {
            // The clock was set back: the pause is as long as it was, from now on.
            let until = now + (until - at);
            tx.execute(
                "UPDATE hosts SET cooled_at = ?2, cooled_until = ?3 WHERE id = ?1",
                (id, now, until),
            )?;
            wait.for_it(until, FullCause::Cooling);
        } else {
            wait.for_it(until, FullCause::Cooling);
        }
    }
    Ok(id)
}

/// Whether the host has a slot; those of processes that have died are taken back first.
fn slot(
    tx: &Transaction<'_>,
    locks: &RunLocks,
    host: i64,
    in_flight: u32,
    now: i64,
    wait: &mut Wait,
) -> Result<(), Fault> {
    let limit = i64::from(in_flight.max(1));
    if leased(tx, host)? < limit {
        return Ok(());
    }
    let mut runs = tx.prepare_cached(
        "SELECT DISTINCT run_id FROM reservations WHERE host_id = ?1 AND leased = 1 AND run_id IS NOT NULL",
    )?;
    let runs: Vec<i64> = runs
        .query_map([host], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for run in runs {
        if locks.process(run) == Process::Gone {
            tx.execute(
                "UPDATE reservations SET leased = 0 WHERE host_id = ?1 AND run_id = ?2",
                (host, run),
            )?;
        }
    }
    if leased(tx, host)? < limit {
        return Ok(());
    }
    wait.for_it(now + micros(LOOK_AGAIN), FullCause::Slot);
    Ok(())
}

fn leased(tx: &Transaction<'_>, host: i64) -> Result<i64, Fault> {
    Ok(tx
        .prepare_cached("SELECT count(*) FROM reservations WHERE host_id = ?1 AND leased = 1")?
        .query_row([host], |row| row.get(0))?)
}

/// The number of a quota, and how long it has no place.
fn quota(
    tx: &Transaction<'_>,
    place: &QuotaPlace<'_>,
    now: i64,
    wait: &mut Wait,
) -> Result<i64, Fault> {
    let requests = i64::from(place.requests.max(1));
    let (per, hold) = (micros(place.per), micros(place.hold));
    let known = tx
        .prepare_cached(
            "SELECT id, requests = :requests AND per_us = :per AND hold_us = :hold AND seen_at > :day_ago, used,
                    (SELECT count(*) FROM quota_held WHERE quota_id = q.id),
                    (SELECT min(free_at) FROM quota_used WHERE quota_id = q.id),
                    (SELECT max(free_at) FROM quota_used WHERE quota_id = q.id)
               FROM quotas q WHERE key = :key",
        )?
        .query_row(
            named_params! {
                ":key": place.key, ":requests": requests, ":per": per, ":hold": hold,
                ":day_ago": now - 24 * 3600 * 1_000_000,
            },
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, bool>(1)?,
                    row.get::<_, i64>(2)?,
                    row.get::<_, i64>(3)?,
                    row.get::<_, Option<i64>>(4)?,
                    row.get::<_, Option<i64>>(5)?,
                ))
            },
        )
        .optional()?;
    let Some((id, same, mut used, held, first, last)) = known else {
        return Ok(tx
            .prepare_cached(
                "INSERT INTO quotas (key, requests, per_us, hold_us, seen_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 RETURNING id",
            )?
            .query_row((place.key, requests, per, hold, now), |row| row.get(0))?);
    };
    if !same {
        tx.execute(
            "UPDATE quotas SET requests = ?2, per_us = ?3, hold_us = ?4, seen_at = ?5 WHERE id = ?1",
            (id, requests, per, hold, now),
        )?;
    }
    let quota = Quota {
        id,
        requests,
        per,
        hold,
    };
    if first.is_some_and(|first| first <= now) {
        used -= free_until(tx, id, now)?;
    }
    if last.is_some_and(|last| last > quota.latest(now)) {
        bring_near(tx, quota, now)?;
    }
    let over = used + held + 1 - requests;
    if over > 0 {
        wait.for_it(free_again(tx, quota, over, now)?, FullCause::Quota);
    }
    Ok(id)
}

/// Takes the places out that are free by now, and says how many they were.
fn free_until(tx: &Transaction<'_>, quota: i64, now: i64) -> Result<i64, Fault> {
    let mut freed = 0;
    let mut statement = tx.prepare_cached(
        "DELETE FROM quota_used WHERE quota_id = ?1 AND free_at <= ?2 RETURNING places",
    )?;
    for places in statement.query_map((quota, now), |row| row.get::<_, i64>(0))? {
        freed += places?;
    }
    tx.prepare_cached("UPDATE quotas SET used = used - ?2 WHERE id = ?1")?
        .execute((quota, freed))?;
    Ok(freed)
}

/// Counts the places that stand further ahead than they can as counted now.
fn bring_near(tx: &Transaction<'_>, quota: Quota, now: i64) -> Result<(), Fault> {
    let latest = quota.latest(now);
    let ahead: i64 = tx.query_row(
        "SELECT ifnull(sum(places), 0) FROM quota_used WHERE quota_id = ?1 AND free_at > ?2",
        (quota.id, latest),
        |row| row.get(0),
    )?;
    tx.execute(
        "DELETE FROM quota_used WHERE quota_id = ?1 AND free_at > ?2",
        (quota.id, latest),
    )?;
    tx.execute(
        "INSERT INTO quota_used (quota_id, free_at, places) VALUES (?1, ?2, ?3)
         ON CONFLICT (quota_id, free_at) DO UPDATE SET places = places + excluded.places",
        (quota.id, quota.free_at(now), ahead),
    )?;
    Ok(())
}

/// When so many places are free, at the earliest: those of requests under way may be counted now.
fn free_again(tx: &Transaction<'_>, quota: Quota, over: i64, now: i64) -> Result<i64, Fault> {
    let mut left = over;
    let mut statement = tx.prepare_cached(
        "SELECT free_at, places FROM quota_used WHERE quota_id = ?1 ORDER BY free_at",
    )?;
    let mut rows = statement.query([quota.id])?;
    while let Some(row) = rows.next()? {
        left -= row.get::<_, i64>(1)?;
        if left <= 0 {
            return Ok(row.get(0)?);
        }
    }
    Ok(quota.free_at(now))
}
