//! The quota ledger: places in quotas and slots of hosts, shared by every process that opens the file.
//!
//! A request is reserved before it is sent: one transaction takes a place in each of its quotas and a slot of its host,
//! or nothing. A place counts as taken until the request is settled, and then until its quota's hold has passed since
//! the server counted it; a slot is leased until it is given back. What a process that died has reserved expires.
//!
//! Wall clocks jump. A place or a pause that stands further in the future than it can is taken for one of now, so a
//! clock that was set back costs at most one window more. A clock that was set forward cannot be told from time that
//! has passed; within one process the client's own limits, which do not look at the wall, hold all the same.
//!
//! A transaction is on its way to the disk when it returns, not on it: it survives the death of the process, but a loss
//! of power may forget the reservations of the last moments.
//!
//! Not here: hosts, quotas and holds as such; they are names and numbers.

mod reserve;
mod settle;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Error, RunId, Store,
    codec::{Instant, Span, count},
};
use reserve::{instant, micros};

pub(crate) use settle::drop_forgotten;

/// How soon a full host is worth another look: its slots are given back by other processes, at any time.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The longest pause a host is given, whatever it asks for.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(48 * 3600);

/// What a request needs before it may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The host, the same text in every process.
    pub host: &'a str,
    /// How many requests to the host may be in flight over all processes; at least 1.
    pub in_flight: u32,
    /// The quotas in which it takes a place.
    pub places: &'a [QuotaPlace<'a>],
    /// Its run: should the run's process die, its slots are free before their lease ends.
    pub run: Option<RunId>,
}

/// A place wanted in one quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaPlace<'a> {
    /// The quota's name, the same text in every process.
    pub key: &'a str,
    /// How many requests it allows in a window; at least 1.
    pub requests: u32,
    /// The length of the window.
    pub per: Duration,
    /// How long a place is held after the server has counted it: the window and a little more.
    pub hold: Duration,
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// It may. The number stands for its slot and all of its places.
    Granted(u64),
    /// It may not, and nothing was taken.
    Full {
        /// When another try is worth while.
        until: Timestamp,
        /// Why not.
        cause: FullCause,
    },
}

/// Why a request may not be sent now; of several causes the one that takes longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FullCause {
    /// A quota has no place.
    Quota,
    /// All slots of the host are taken.
    Slot,
    /// The host asked for a pause.
    Cooling,
}

/// What became of a request whose places were reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was not sent, or the server does not count it: its places are free.
    Free,
    /// The server has counted it by this time at the latest: each comes free its hold after it.
    Counted(Timestamp),
}

/// How a quota stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaUse {
    /// The quota's name.
    pub key: String,
    /// How many requests it allowed in a window when it was last asked.
    pub requests: u32,
    /// The length of its window; seconds in JSON.
    #[serde(rename = "per_s", serialize_with = "seconds")]
    pub per: Duration,
    /// How many places are taken.
    pub taken: u64,
    /// When the next of them comes free, and how many then, and so on; the earliest first.
    pub coming_free: Vec<(Timestamp, u64)>,
}

/// A host that asked for a pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cooling {
    /// The host.
    pub host: String,
    /// Until when.
    pub until: Timestamp,
}

fn seconds<S: serde::Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}

impl QuotaUse {
    /// When there is a place: `None` when there is one now.
    #[must_use]
    pub fn free_at(&self) -> Option<Timestamp> {
        let mut left = (self.taken + 1).checked_sub(u64::from(self.requests))?;
        if left == 0 {
            return None;
        }
        for (at, places) in &self.coming_free {
            left = left.saturating_sub(*places);
            if left == 0 {
                return Some(*at);
            }
        }
        None
    }
}

impl Store {
    /// Takes a slot of the host and a place in every quota of a claim, or nothing. Atomic over all processes.
    ///
    /// `in_doubt` is how long the request can take: when nothing more is heard of the reservation, its slot is free
    /// after `now + in_doubt` and its places the quota's hold later.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`]. Nothing is taken then, and nothing should be sent.
    pub fn reserve(
        &self,
        claim: &Claim<'_>,
        now: Timestamp,
        in_doubt: Duration,
    ) -> Result<Reserved, Error> {
        self.write(|tx| reserve::reserve(tx, self.locks(), claim, now, in_doubt))
    }

    /// Says that the request of a reservation is over: its slot is free, and what becomes of its places.
    /// A reservation that has expired, or was settled before, is left as it is.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`]. Slot and places come free late then, not early.
    pub fn settle(&self, reservation: u64, settled: Settled) -> Result<(), Error> {
        self.write(|tx| settle::settle(tx, reservation, settled))
    }

    /// Lets what one run has reserved, and not settled, count as another's: a process that makes several runs at once notes
    /// what it reserves as one of theirs, and that one may end first.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn hand_over(&self, from: RunId, to: RunId) -> Result<(), Error> {
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE reservations SET run_id = ?2 WHERE run_id = ?1 AND leased = 1",
            )?
            .execute((from.get(), to.get()))?;
            Ok(())
        })
    }

    /// Pauses a host until then, for this process and all others. A pause that is not over is never shortened; more
    /// than 48 h from `now` is 48 h.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn cool(&self, host: &str, until: Timestamp, now: Timestamp) -> Result<(), Error> {
        self.write(|tx| settle::cool(tx, host, until, now))
    }

    /// How the quotas stand that were ever asked for, by name.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn quota_use(&self, now: Timestamp) -> Result<Vec<QuotaUse>, Error> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT id, key, requests, per_us, hold_us FROM quotas ORDER BY key",
            )?;
            let rows = statement.query_map([], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, Span>(4)?.0,
                    QuotaUse {
                        key: row.get(1)?,
                        requests: row.get(2)?,
                        per: row.get::<_, Span>(3)?.0,
                        taken: 0,
                        coming_free: Vec::new(),
                    },
                ))
            })?;
            let mut found = Vec::new();
            for row in rows {
                let (id, hold, mut quota) = row?;
                // As a reservation would count them, without writing: what stands too far ahead is of now.
                let latest = instant(now.as_microsecond() + micros(hold));
                let mut used = tx.prepare_cached(
                    "SELECT min(free_at, ?3), sum(places) FROM quota_used
                      WHERE quota_id = ?1 AND free_at > ?2 GROUP BY 1
                      UNION ALL
                     SELECT min(max(r.doubt_at, ?2) + ?4, ?3), count(*)
                       FROM quota_held h JOIN reservations r ON r.id = h.reservation_id
                      WHERE h.quota_id = ?1 GROUP BY 1
                      ORDER BY 1",
                )?;
                let taken = used
                    .query_map((id, Instant(now), Instant(latest), Span(hold)), |row| {
                        Ok((row.get::<_, Instant>(0)?.0, count(row, 1)?))
                    })?;
                for places in taken {
                    let (at, places) = places?;
                    quota.taken += places;
                    match quota.coming_free.last_mut() {
                        Some((last, n)) if *last == at => *n += places,
                        _ => quota.coming_free.push((at, places)),
                    }
                }
                found.push(quota);
            }
            Ok(found)
        })
    }

    /// The hosts that asked for a pause that is not over, by name.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn cooling(&self, now: Timestamp) -> Result<Vec<Cooling>, Error> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT name, min(cooled_until, ?1 + cooled_until - cooled_at) FROM hosts
                  WHERE cooled_until > ?1 ORDER BY name",
            )?;
            let rows = statement.query_map([Instant(now)], |row| {
                Ok(Cooling {
                    host: row.get(0)?,
                    until: row.get::<_, Instant>(1)?.0,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
