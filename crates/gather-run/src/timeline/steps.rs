//! A timeline counted: how many requests were in flight, and how many had been answered, at any instant.

use std::time::Duration;

use super::Timeline;

impl Timeline {
    /// How many requests were on the wire, from each instant on at which that changed, counted from the start of the run.
    /// Begins with none, and ends with none.
    #[must_use]
    pub fn in_flight(&self) -> Vec<(Duration, usize)> {
        let mut changes: Vec<(Duration, bool)> = Vec::new();
        for attempt in &self.report.timeline {
            changes.push((attempt.started, true));
            changes.push((attempt.ended, false));
        }
        // Of the same instant the ends come first: a slot that is handed on is one slot.
        changes.sort_unstable();
        let mut now = 0_usize;
        let counts = changes.into_iter().map(|(at, starts)| {
            now = if starts {
                now + 1
            } else {
                now.saturating_sub(1)
            };
            (at, now)
        });
        self.steps(counts)
    }

    /// How many requests had been answered, from each instant on at which one more was, counted from the start of the run.
    #[must_use]
    pub fn answered(&self) -> Vec<(Duration, usize)> {
        let answered = self.attempts().into_iter().enumerate();
        let mut ends: Vec<Duration> = answered
            .filter(|(request, _)| !self.report.asked[*request].failed)
            .filter_map(|(_, attempts)| attempts.last().map(|last| last.ended))
            .collect();
        ends.sort_unstable();
        self.steps(ends.into_iter().zip(1..))
    }

    /// Steps from nothing at the start of the run on, one an instant.
    fn steps(&self, counts: impl Iterator<Item = (Duration, usize)>) -> Vec<(Duration, usize)> {
        let mut steps = vec![(Duration::ZERO, 0)];
        for (at, count) in counts {
            let at = self.before + at;
            match steps.last_mut() {
                Some((last, counted)) if *last == at => *counted = count,
                _ => steps.push((at, count)),
            }
        }
        steps
    }
}
