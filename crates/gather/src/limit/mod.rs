//! Limits: how many requests may be in flight, and how many may start in a window of time.
//!
//! A request passes when a slot overall, a slot of its host and a place in each of its quotas are free at the same
//! moment; it takes them all at once or none, so that nothing is held while waiting for something else. Whoever came
//! first goes first among those who wait for the same thing.
//!
//! Not here: whether to try again (`retry`), how long an answer may take (`timeouts`).

mod core;
mod limiter;
mod limits;
#[cfg(test)]
mod model;
mod quota;
mod replay;
#[cfg(test)]
mod tests;

pub(crate) use self::core::LaneId;
pub(crate) use limiter::{Limiter, Permit};
pub use limits::Limits;
pub(crate) use quota::UNANSWERED;
pub use quota::{HostLimits, Quota};
pub use replay::Replay;

use std::time::Duration;

/// The limiter's lock; `model` puts another one in its place.
mod sync {
    pub(super) use std::sync::{Mutex, MutexGuard};
}

/// What a request waited for before it was allowed to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitCause {
    /// A free slot among all requests of the client.
    Slot,
    /// A free slot of its host.
    Host,
    /// A place in a quota's window.
    Quota,
    /// The host asked to be left alone for a while (`Retry-After`).
    CoolDown,
}

impl WaitCause {
    /// A short phrase for a person: "waiting for …".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slot => "a free slot",
            Self::Host => "the host's other requests",
            Self::Quota => "the host's quota",
            Self::CoolDown => "the time the host asked for",
        }
    }
}

/// How long something waited, by cause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waits {
    /// See [`WaitCause::Slot`].
    pub slot: Duration,
    /// See [`WaitCause::Host`].
    pub host: Duration,
    /// See [`WaitCause::Quota`].
    pub quota: Duration,
    /// See [`WaitCause::CoolDown`].
    pub cool_down: Duration,
}

impl Waits {
    /// All waiting together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.slot + self.host + self.quota + self.cool_down
    }

    pub(crate) fn of_mut(&mut self, cause: WaitCause) -> &mut Duration {
        match cause {
            WaitCause::Slot => &mut self.slot,
            WaitCause::Host => &mut self.host,
            WaitCause::Quota => &mut self.quota,
            WaitCause::CoolDown => &mut self.cool_down,
        }
    }

    /// What was added since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            slot: self.slot.saturating_sub(earlier.slot),
            host: self.host.saturating_sub(earlier.host),
            quota: self.quota.saturating_sub(earlier.quota),
            cool_down: self.cool_down.saturating_sub(earlier.cool_down),
        }
    }
}

impl std::ops::AddAssign for Waits {
    fn add_assign(&mut self, other: Self) {
        self.slot += other.slot;
        self.host += other.host;
        self.quota += other.quota;
        self.cool_down += other.cool_down;
    }
}
