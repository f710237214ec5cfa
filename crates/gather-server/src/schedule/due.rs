//! The loop that waits for what is due next.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use gather_run::{DEFAULT_EVERY, RunError, Visit, visit};
use gather_sources::Source;
use gather_store::Stop;
use jiff::{SignedDuration, Timestamp};

use super::{LONGEST_SLEEP, Place, Schedule, TOGETHER};

/// How much later than due a source is asked at most, as a share of its interval: many that were declared together do
/// not stay together.
const JITTER: f64 = 0.1;

/// The most that is, however long the interval.
const MOST_JITTER: Duration = Duration::from_secs(60);

impl Schedule {
    /// Keeps the schedule until it is stopped.
    ///
    /// # Cancel safety
    /// Dropped, no run begins any more; those under way go on.
    pub(crate) async fn keep(&self) {
        while !self.0.stop.is_cancelled() {
            let due = self.take_due();
            if !due.is_empty() {
                self.visit_due(due);
            }
            let pause = self.pause();
            tokio::select! {
                () = self.0.stop.cancelled() => {}
                () = self.0.wake.notified() => {}
                () = self.0.clock.sleep(pause) => {}
            }
        }
    }

    /// Looks every source up and puts it in its place. What is being fetched stays as it is.
    pub(super) fn line_up(&self) -> Result<(), RunError> {
        let runner = self.state().runner.clone();
        let now = self.now();
        let mut places = Vec::new();
        for source in runner.plan().sources() {
            let mut visit = visit(source, &self.0.store, now).map_err(RunError::Store)?;
            if visit.given_up == Some(Stop::Refused) {
                // Perhaps there is another key since: it is tried once.
                visit.at = Some(now);
                visit.given_up = None;
            }
            places.push((source.name().to_owned(), place(source, &visit, now)));
        }
        let mut state = self.state();
        let mut old = std::mem::take(&mut state.queue);
        state.queue = places
            .into_iter()
            .map(|(name, mut place)| {
                if let Some(old) = old.remove(&name) {
                    (place.busy, place.latest) = (old.busy, old.latest);
                }
                (name, place)
            })
            .collect();
        // What is still fetched though it is declared no more must not be begun again should it come back.
        let busy = old.into_iter().filter(|(_, place)| place.busy.is_some());
        let busy = busy.map(|(name, place)| (name, Place { due: None, ..place }));
        state.queue.extend(busy);
        Ok(())
    }

    /// The sources that are due, from now on as being fetched.
    fn take_due(&self) -> Vec<String> {
        let now = self.now();
        let mut state = self.state();
        state.turned = self.0.clock.now();
        let due = state
            .queue
            .iter_mut()
            .filter(|(_, place)| place.busy.is_none() && place.due.is_some_and(|due| due <= now));
        let mut names = Vec::new();
        for (name, place) in due {
            place.take();
            names.push(name.clone());
        }
        names
    }

    /// How long nothing is due.
    fn pause(&self) -> Duration {
        let now = self.now();
        let state = self.state();
        let waiting = state.queue.values().filter(|place| place.busy.is_none());
        let next = waiting.filter_map(|place| place.due).min();
        let Some(next) = next else {
            return LONGEST_SLEEP;
        };
        let until = Duration::try_from(next.duration_since(now)).unwrap_or_default();
        (until + TOGETHER).min(LONGEST_SLEEP)
    }

    /// Puts a source where its visit says, and lets it go.
    pub(super) fn put(&self, name: &str, visit: Option<&Visit>) {
        let now = self.now();
        let mut state = self.state();
        let runner = state.runner.clone();
        let source = runner.plan().sources().find(|source| source.name() == name);
        let Some(place_of) = state.queue.get_mut(name) else {
            return;
        };
        match (source, visit) {
            (Some(source), Some(visit)) => {
                let latest = place_of.latest.take();
                *place_of = Place {
                    latest,
                    ..place(source, visit, now)
                };
            }
            // The store could not say: it is asked again in a while.
            (Some(source), None) => {
                let every = source.every().unwrap_or(DEFAULT_EVERY);
                place_of.busy = None;
                place_of.due = now.saturating_add(every.max(LONGEST_SLEEP)).ok();
            }
            // Not declared any more, or lacking a secret.
            (None, _) => {
                place_of.busy = None;
                place_of.due = None;
            }
        }
        drop(state);
        self.0.wake.notify_one();
    }
}

fn place(source: &Source, visit: &Visit, now: Timestamp) -> Place {
    let every = source.every().unwrap_or(DEFAULT_EVERY);
    let due = visit.at.map(|at| {
        if at <= now {
            at
        } else {
            at.saturating_add(jitter(source.name(), at, every))
                .unwrap_or(Timestamp::MAX)
        }
    });
    Place {
        due,
        given_up: visit.given_up,
        busy: None,
        latest: None,
    }
}

/// The same for the same visit, so that a restart does not move it.
fn jitter(name: &str, at: Timestamp, every: Duration) -> SignedDuration {
    let mut hasher = DefaultHasher::new();
    (name, at.as_second()).hash(&mut hasher);
    let share = f64::from(u16::try_from(hasher.finish() % 1000).unwrap_or(0)) / 1000.0;
    let most = every.mul_f64(JITTER).min(MOST_JITTER);
    SignedDuration::try_from(most.mul_f64(share)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_less_than_a_tenth_and_the_same_after_a_restart() {
        let every = Duration::from_secs(600);
        let at = Timestamp::UNIX_EPOCH;
        let of = |name: &str| jitter(name, at, every);
        assert_eq!(of("a"), of("a"));
        let all: std::collections::BTreeSet<_> = (0..50).map(|n| of(&n.to_string())).collect();
        assert!(all.len() > 25, "they are apart: {all:?}");
        assert!(all.iter().all(|at| *at < SignedDuration::from_secs(60)));
    }
}
