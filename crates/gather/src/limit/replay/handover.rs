//! How long a place takes from one request to the next: its holder ends, a ledger is told where there is one, the next is
//! woken. It is recorded as part of the wait, but no limit makes it shorter; and who was woken sooner went first, so that a
//! replay without it would let others go.
//!
//! What made room for whom is not recorded. The last end before a wait was over is taken for it: the time from there on
//! no holder of a place accounts for.

use std::{collections::BTreeMap, time::Duration};

use crate::report::Attempt;

/// A place is free a little before its holder says that it is done.
const EARLY: Duration = Duration::from_millis(2);

/// How long it took, by request and number.
pub(super) type Handovers = BTreeMap<(usize, u32), Duration>;

/// The turn of an attempt by the limits; between it and the start a ledger may have been asked.
pub(super) fn turn(attempt: &Attempt) -> Duration {
    (attempt.queued + attempt.waits.total()).min(attempt.started)
}

/// Before each of these first attempts to one host had its place in the host's line. Who never waited for another is let
/// go late too: its task has to begin.
pub(super) fn of_line(attempts: &[&Attempt]) -> Handovers {
    let ends = Ends::of(attempts);
    let first = attempts.iter().filter(|attempt| attempt.number == 1);
    let handovers = first.map(|attempt| {
        let let_go = attempt.queued + attempt.waits.host;
        let handover = ends.since(attempt.queued, let_go);
        ((attempt.request, attempt.number), handover)
    });
    handovers.collect()
}

/// Before each attempt had one of the slots of all hosts together, where it waited for one and for no time.
pub(super) fn of_slots(attempts: &[&Attempt]) -> Handovers {
    let ends = Ends::of(attempts);
    let waited = attempts.iter().filter(|attempt| {
        let waits = attempt.waits;
        !waits.slot.is_zero() && waits.quota.is_zero() && waits.cool_down.is_zero()
    });
    let handovers = waited.map(|attempt| {
        let asked = attempt.queued + attempt.waits.host;
        let handover = ends.since(asked, turn(attempt));
        ((attempt.request, attempt.number), handover)
    });
    handovers.collect()
}

/// The middle of some handovers; none where there are none.
pub(super) fn usual(handovers: &Handovers) -> Duration {
    let mut all: Vec<Duration> = handovers.values().copied().collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// When attempts ended, the earliest first.
struct Ends(Vec<Duration>);

impl Ends {
    fn of(attempts: &[&Attempt]) -> Self {
        let mut ends: Vec<Duration> = attempts.iter().map(|attempt| attempt.ended).collect();
        ends.sort_unstable();
        Self(ends)
    }

    /// From the last end within a wait to the end of the wait; the whole of it where none ended.
    fn since(&self, from: Duration, to: Duration) -> Duration {
        let before = self.0.partition_point(|end| *end <= to + EARLY);
        let last = before.checked_sub(1).map(|at| self.0[at]);
        to.saturating_sub(last.unwrap_or_default().max(from))
    }
}
