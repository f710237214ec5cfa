//! Quotas: at most N starts in any window of length P, seen from the server.
//!
//! A place is taken when a request is allowed to start and comes free P after its *answer* has begun to arrive. The
//! server saw the request before it answered, so between the i-th and the (i+N)-th start at the server more than P
//! passes, whatever the latency. A token bucket of the same figures would admit up to 2N-1.
//!
//! A request that was sent and never answered may still be on its way; its place is held [`UNANSWERED`] longer.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, Instant},
};

use super::core::LaneId;

/// How much longer than P a place is held when the request was sent but no answer came.
pub(super) const UNANSWERED: Duration = Duration::from_secs(10);

/// At most `requests` starts in any window of length `per`, counted where the server counts.
///
/// A burst of all `requests` at once is allowed. Each attempt on the wire takes a place: retries and redirects too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    requests: u32,
    per: Duration,
}

impl Quota {
    /// At most `requests` in any window of length `per`.
    ///
    /// # Panics
    /// If `requests` is zero: nothing could ever start.
    #[must_use]
    pub const fn new(requests: u32, per: Duration) -> Self {
        assert!(requests > 0, "a quota allows at least one request");
        Self { requests, per }
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

    /// The window and a little more: a thousandth, at least a millisecond, for clocks that do not run alike.
    fn hold(self) -> Duration {
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
    /// When each other taken place comes free.
    free_at: BinaryHeap<Reverse<Instant>>,
    /// Lanes that wait until a held place gets a time at which it comes free.
    pub(super) parked: Vec<LaneId>,
    /// Every lane that needs this quota.
    pub(super) lanes: Vec<LaneId>,
}

/// Whether a place is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Free,
    FreeAt(Instant),
    /// All are held by requests under way: nobody can say yet.
    Held,
}

impl Places {
    pub(super) fn new(quota: Quota) -> Self {
        Self {
            quota,
            held: 0,
            free_at: BinaryHeap::new(),
            parked: Vec::new(),
            lanes: Vec::new(),
        }
    }

    pub(super) fn look(&mut self, now: Instant) -> Place {
        while self.free_at.peek().is_some_and(|at| at.0 <= now) {
            self.free_at.pop();
        }
        let taken = self.held + self.free_at.len();
        if taken < self.quota.requests as usize {
            return Place::Free;
        }
        self.free_at
            .peek()
            .map_or(Place::Held, |at| Place::FreeAt(at.0))
    }

    pub(super) fn take(&mut self) {
        self.held += 1;
    }

    /// The request never left: its place is free again.
    pub(super) fn give_back(&mut self) {
        self.held -= 1;
    }

    /// The answer began to arrive at `now`. Says whether the next free place is now earlier than it was.
    pub(super) fn answered(&mut self, now: Instant) -> bool {
        self.free(now + self.quota.hold())
    }

    /// The request was sent, and at `now` it was given up without an answer.
    pub(super) fn unanswered(&mut self, now: Instant) -> bool {
        self.free(now + self.quota.hold() + UNANSWERED)
    }

    fn free(&mut self, at: Instant) -> bool {
        self.held -= 1;
        let earlier = self.free_at.peek().is_none_or(|first| at < first.0);
        self.free_at.push(Reverse(at));
        earlier
    }
}
