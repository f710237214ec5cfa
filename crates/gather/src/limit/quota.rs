//! Quotas: at most N starts in any window of length P.
//!
//! In *strict* mode, the default, the window is the server's: a place is taken when a request may start and comes free
//! P after its *answer* has begun to arrive. The server saw the request before it answered, so between the i-th and
//! the (i+N)-th start at the server more than P passes, whatever the latency; it costs about one round trip a window.
//! In *at-send* mode the window is the client's: the place comes free P after the request was written. A token bucket
//! of the same figures would admit up to 2N-1 in either.
//!
//! A strict request that was sent and never answered may still be on its way: its place is held [`UNANSWERED`] longer.
//! Quotas of many places keep them in buckets of a thousandth of the window, each counted until its end.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, Instant},
};

use super::core::LaneId;

/// How much longer than P a place is held when the request was sent but no answer came.
pub(crate) const UNANSWERED: Duration = Duration::from_secs(10);

/// Above this many places, instants are rounded up to buckets: memory stays small, and the quota is kept all the same.
const EXACT: u32 = 4096;

/// At most `requests` starts in any window of length `per`.
///
/// Strict and with bursts unless told otherwise: see [`at_send`](Self::at_send) and [`spread`](Self::spread). Each
/// attempt on the wire takes a place: retries and redirects too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    pub(super) requests: u32,
    pub(super) per: Duration,
    pub(super) at_send: bool,
    pub(super) spread: bool,
}

impl Quota {
    /// At most `requests` in any window of length `per`.
    ///
    /// # Panics
    /// If `requests` is zero: nothing could ever start.
    #[must_use]
    pub const fn new(requests: u32, per: Duration) -> Self {
        assert!(requests > 0, "a quota allows at least one request");
        Self {
            requests,
            per,
            at_send: false,
            spread: false,
        }
    }

    /// Counts windows where the client sends instead of where the server receives. Faster by about one round trip a
    /// window; a server behind a network of changing latency may see more than N in one of its windows.
    #[must_use]
    pub const fn at_send(mut self) -> Self {
        self.at_send = true;
        self
    }

    /// Spaces starts evenly, `per / requests` apart, instead of letting all of a window's places go in one burst.
    #[must_use]
    pub const fn spread(mut self) -> Self {
        self.spread = true;
        self
    }

    /// How many requests may start in one window.
    #[must_use]
    pub const fn requests(self) -> u32 {
        self.requests
    }

    /// The length of the window.
    #[must_use]
    pub const fn per(self) -> Duration {
        self.per
    }

    /// What a ledger keeps it under for a host, such as `https://api.example 100/86400s`.
    #[must_use]
    pub fn key(self, host: impl fmt::Display) -> String {
        let (requests, seconds) = (self.requests, self.per.as_secs_f64());
        format!("{host} {requests}/{seconds}s")
    }

    /// How long a place is held after it was counted: the window and a little more, a thousandth of it and at least
    /// a millisecond, for clocks that do not run alike.
    #[must_use]
    pub fn hold(self) -> Duration {
        self.per + (self.per / 1000).max(Duration::from_millis(1))
    }
}

/// What one host allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostLimits {
    pub(crate) in_flight: usize,
    pub(crate) quotas: Vec<Quota>,
}

impl HostLimits {
    /// At most `in_flight` requests at the same time (at least 1) and no quota.
    #[must_use]
    pub fn in_flight(in_flight: usize) -> Self {
        Self {
            in_flight: in_flight.max(1),
            quotas: Vec::new(),
        }
    }

    /// And at most so many starts in a window. Several quotas hold together; the longest wait wins.
    #[must_use]
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quotas.push(quota);
        self
    }

    /// The same with so many in flight.
    #[must_use]
    pub fn with_slots(mut self, in_flight: usize) -> Self {
        self.in_flight = in_flight.max(1);
        self
    }

    /// The same without its quotas.
    #[must_use]
    pub fn without_quotas(mut self) -> Self {
        self.quotas.clear();
        self
    }

    /// How many requests may be in flight.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.in_flight
    }

    /// The quotas.
    #[must_use]
    pub fn quotas(&self) -> &[Quota] {
        &self.quotas
    }
}

impl Default for HostLimits {
    /// 6 in flight, as browsers do, and no quota.
    fn default() -> Self {
        Self::in_flight(6)
    }
}

/// The places of one quota.
#[derive(Debug)]
pub(super) struct Places {
    quota: Quota,
    /// Taken by requests that have neither been answered nor given up.
    held: usize,
    /// When the other taken places come free, and how many then.
    free_at: BTreeMap<Instant, usize>,
    /// The sum over `free_at`.
    used: usize,
    /// Not before this: the end of the space after the last start, or of a pause that the ledger asks for.
    not_before: Option<Instant>,
    /// What buckets are counted from.
    epoch: Option<Instant>,
    /// Lanes that wait until a held place gets a time at which it comes free.
    pub(super) parked: Vec<LaneId>,
    /// Every lane that needs this quota.
    pub(super) lanes: Vec<LaneId>,
}

/// What became of a request that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It never left this machine.
    Unsent,
    /// It is being written.
    Sent,
    /// It was to be written, and provably not a byte was.
    Recalled,
    /// An answer began to arrive.
    Answered,
    /// It was sent, and no answer came.
    Unanswered,
}

/// Whether a place is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Free {
    Now,
    At(Instant),
    /// All are held by requests under way: nobody can say yet.
    Unknown,
}

impl Places {
    pub(super) fn new(quota: Quota) -> Self {
        Self {
            quota,
            held: 0,
            free_at: BTreeMap::new(),
            used: 0,
            not_before: None,
            epoch: None,
            parked: Vec::new(),
            lanes: Vec::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn instants(&self) -> usize {
        self.free_at.len()
    }

    pub(super) fn quota(&self) -> Quota {
        self.quota
    }

    pub(super) fn counts_sends(&self) -> bool {
        self.quota.at_send
    }

    pub(super) fn look(&mut self, now: Instant) -> Free {
        while let Some(first) = self.free_at.first_entry()
            && *first.key() <= now
        {
            self.used -= first.remove();
        }
        let pause = self.not_before.filter(|&at| at > now);
        if self.held + self.used < self.quota.requests as usize {
            return pause.map_or(Free::Now, Free::At);
        }
        match self.free_at.first_key_value() {
            Some((&at, _)) => Free::At(pause.map_or(at, |pause| pause.max(at))),
            None => Free::Unknown,
        }
    }

    /// Leaves the whole quota alone until `until`.
    pub(super) fn pause(&mut self, until: Instant) {
        self.not_before = Some(self.not_before.map_or(until, |before| before.max(until)));
    }

    pub(super) fn take(&mut self, now: Instant) {
        self.held += 1;
        if self.quota.spread {
            self.pause(now + self.quota.per / self.quota.requests);
        }
    }

    /// Something became of a request that holds a place. Says whether somebody may now go on earlier than before.
    pub(super) fn settle(&mut self, fate: Fate, now: Instant) -> bool {
        match (fate, self.quota.at_send) {
            (Fate::Unsent, _) | (Fate::Recalled, false) => {
                self.held -= 1;
                true
            }
            (Fate::Sent, true) | (Fate::Answered, false) => self.free(now, Duration::ZERO),
            (Fate::Unanswered, false) => self.free(now, UNANSWERED),
            (Fate::Sent, false) | (Fate::Recalled | Fate::Answered | Fate::Unanswered, true) => {
                false
            }
        }
    }

    fn free(&mut self, now: Instant, longer: Duration) -> bool {
        let at = self.bucket(now + self.quota.hold() + longer);
        let earlier = self
            .free_at
            .first_key_value()
            .is_none_or(|(&first, _)| at < first);
        self.held -= 1;
        self.used += 1;
        *self.free_at.entry(at).or_default() += 1;
        earlier
    }

    /// The end of the bucket an instant is in; the instant itself while there are few.
    fn bucket(&mut self, at: Instant) -> Instant {
        if self.quota.requests <= EXACT {
            return at;
        }
        let epoch = *self.epoch.get_or_insert(at);
        let width = (self.quota.per / 1000)
            .max(Duration::from_nanos(1))
            .as_nanos();
        let since = at.saturating_duration_since(epoch).as_nanos();
        let end = since.div_ceil(width) * width;
        epoch + Duration::from_nanos(u64::try_from(end).unwrap_or(u64::MAX))
    }
}
