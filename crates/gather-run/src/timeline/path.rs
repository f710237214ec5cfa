//! The critical path: what a run really waited for, from its end back to its start.
//!
//! The last thing that was done is followed back: what was kept had to be mapped, what was mapped had to come, what came
//! had to be asked, and what was asked had to be thought of (an answer that led to it) or let go (a request of the same
//! host that was in its place). Where a wait ended because another request did, the path goes on with that one, since
//! it is the one to be faster. So the path is a chain without holes: shorten anything off it, and the run takes as long.
//!
//! Not here: what it would take with other limits (`advice`).

use std::time::Duration;

use gather::{Attempt, Host, WaitCause, Waits};

use super::{Timeline, Work, host_of, rows};
use crate::timeline::rows::{Bar, Phase};

/// How far two marks of the same instant may lie apart: whoever was let go had still to be woken.
const NEAR: Duration = Duration::from_millis(5);

/// What a run waited for, from its start to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Path {
    /// Its stretches, without holes.
    pub segments: Vec<Segment>,
}

/// One stretch of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The request; `None` for what gather did by itself.
    pub request: Option<usize>,
    /// What it did, and when.
    pub bar: Bar,
    /// What it waited for, where it did.
    pub cause: Option<WaitCause>,
}

impl Path {
    /// The requests along the path, each once, in the order in which they begin to count.
    #[must_use]
    pub fn requests(&self) -> Vec<usize> {
        let mut requests: Vec<usize> = Vec::new();
        for request in self.segments.iter().filter_map(|segment| segment.request) {
            if !requests.contains(&request) {
                requests.push(request);
            }
        }
        requests
    }

    /// How much of it was one phase.
    #[must_use]
    pub fn spent(&self, phase: Phase) -> Duration {
        let segments = self.segments.iter();
        segments
            .filter(|segment| segment.bar.phase == phase)
            .map(|segment| segment.bar.took())
            .sum()
    }
}

/// A thing that was done, and that something else had to wait for.
#[derive(Debug, Clone, Copy)]
enum Done<'t> {
    Work(&'t Work),
    Attempt(usize, usize),
    /// A request without attempts: it shared the answer of an equal one.
    Joined(usize),
}

struct Walk<'t> {
    timeline: &'t Timeline,
    attempts: Vec<Vec<&'t Attempt>>,
    hosts: Vec<Vec<Option<Host>>>,
    /// When each attempt ended, by request and number, the earliest first.
    ends: Vec<(Duration, usize, usize)>,
    work: Vec<Option<&'t Work>>,
    /// Backwards.
    segments: Vec<Segment>,
    /// The instant that is reached.
    at: Duration,
}

impl Timeline {
    /// The critical path.
    #[must_use]
    pub fn path(&self) -> Path {
        let attempts = self.attempts();
        let mut work = vec![None; self.source_of.len()];
        for one in &self.work {
            work[one.request] = Some(one);
        }
        let hosts = attempts.iter().map(|attempts| {
            let hosts = attempts.iter().map(|attempt| host_of(&attempt.url));
            hosts.collect()
        });
        let of = attempts.iter().enumerate();
        let mut ends: Vec<_> = of
            .flat_map(|(request, attempts)| {
                let of = attempts.iter().enumerate();
                of.map(move |(at, attempt)| (attempt.ended, request, at))
            })
            .collect();
        ends.sort_unstable();
        let mut walk = Walk {
            ends,
            timeline: self,
            hosts: hosts.collect(),
            attempts,
            work,
            segments: Vec::new(),
            at: self.wall.saturating_sub(self.before),
        };
        walk.go();
        let mut segments = walk.segments;
        for segment in &mut segments {
            segment.bar.from += self.before;
            segment.bar.to += self.before;
        }
        if !self.before.is_zero() {
            segments.push(own(Duration::ZERO, self.before));
        }
        segments.reverse();
        segments.dedup_by(|next, one| {
            let same = next.bar.phase == Phase::Own && one.bar.phase == Phase::Own;
            if same {
                one.bar.to = next.bar.to;
            }
            same
        });
        Path { segments }
    }
}

fn own(from: Duration, to: Duration) -> Segment {
    Segment {
        request: None,
        bar: Bar {
            phase: Phase::Own,
            from,
            to,
        },
        cause: None,
    }
}

impl<'t> Walk<'t> {
    fn go(&mut self) {
        let last = (0..self.attempts.len())
            .filter_map(|request| Some((self.done_at(request)?, request)))
            .max();
        let unfinished = (0..self.attempts.len()).any(|request| {
            self.attempts[request].is_empty() && self.timeline.is_unfinished(request)
        });
        if unfinished {
            let since = last.map_or(Duration::ZERO, |(done, _)| done);
            self.back(None, Phase::Unfinished, since, None);
        }
        let mut next = last.and_then(|(_, request)| self.done(request));
        // Every step goes back in time, or from one thing to what came right before it.
        let most = 4 * (self.timeline.report.timeline.len() + self.work.len()) + 4;
        for _ in 0..most {
            let Some(done) = next else {
                break;
            };
            next = match done {
                Done::Work(work) => self.before_work(work),
                Done::Attempt(request, at) => self.before_attempt(request, at),
                Done::Joined(request) => {
                    let queued = self.timeline.report.asked[request].queued;
                    self.back(Some(request), Phase::FirstByte, queued, None);
                    self.before_request(request)
                }
            };
        }
        self.back(None, Phase::Own, Duration::ZERO, None);
    }

    /// Goes back to `from`, if that is earlier.
    fn back(
        &mut self,
        request: Option<usize>,
        phase: Phase,
        from: Duration,
        cause: Option<WaitCause>,
    ) {
        if from < self.at {
            self.segments.push(Segment {
                request,
                bar: Bar {
                    phase,
                    from,
                    to: self.at,
                },
                cause,
            });
            self.at = from;
        }
    }

    /// When nothing more was done for a request.
    fn done_at(&self, request: usize) -> Option<Duration> {
        match (self.work[request], self.attempts[request].last()) {
            (Some(work), _) => Some(work.kept),
            (None, Some(last)) => Some(last.ended),
            (None, None) => None,
        }
    }

    /// The last thing that was done for a request.
    fn done(&self, request: usize) -> Option<Done<'t>> {
        match (self.work[request], self.attempts[request].len()) {
            (Some(work), _) => Some(Done::Work(work)),
            (None, 0) => None,
            (None, attempts) => Some(Done::Attempt(request, attempts - 1)),
        }
    }

    fn before_work(&mut self, work: &Work) -> Option<Done<'t>> {
        self.back(None, Phase::Own, work.kept, None);
        self.back(Some(work.request), Phase::Keeping, work.mapped, None);
        self.back(Some(work.request), Phase::Mapping, work.began, None);
        Some(match self.attempts[work.request].len() {
            0 => Done::Joined(work.request),
            attempts => Done::Attempt(work.request, attempts - 1),
        })
    }

    fn before_attempt(&mut self, request: usize, at: usize) -> Option<Done<'t>> {
        let attempt = self.attempts[request][at];
        self.back(None, Phase::Own, attempt.ended, None);
        for bar in rows::phases(attempt).into_iter().rev() {
            if bar.phase != Phase::Waiting {
                self.back(Some(request), bar.phase, bar.from, None);
            }
        }
        // Where it began to wait, and for whom.
        let cause = cause(&attempt.waits);
        if self.at > attempt.queued
            && let Some(other) = self.made_room(request, at, cause)
        {
            return Some(other);
        }
        self.back(Some(request), Phase::Waiting, attempt.queued, cause);
        if at > 0 {
            let over = self.attempts[request][at - 1].ended;
            self.back(Some(request), Phase::Pausing, over, None);
            return Some(Done::Attempt(request, at - 1));
        }
        self.before_request(request)
    }

    /// The attempt whose end let this one go: the last that ended while it waited.
    fn made_room(&self, request: usize, at: usize, cause: Option<WaitCause>) -> Option<Done<'t>> {
        let attempt = self.attempts[request][at];
        let same_host = match cause? {
            WaitCause::Host => true,
            WaitCause::Slot => false,
            _ => return None,
        };
        let host = &self.hosts[request][at];
        let until = self
            .ends
            .partition_point(|(ended, ..)| *ended <= attempt.started);
        let while_waiting = self.ends[..until].iter().rev();
        let &(ended, other, nth) = while_waiting
            .take_while(|(ended, ..)| *ended > attempt.queued)
            .find(|&&(_, other, nth)| {
                other != request
                    && self.attempts[other][nth].started < attempt.started
                    && (!same_host || self.hosts[other][nth] == *host)
            })?;
        // In between the slot was given back in the ledger and taken again, which may be slow; a slot that came free long
        // before was taken by somebody who is not on the timeline.
        let waited = attempt.started.saturating_sub(attempt.queued);
        let soon = attempt.started.saturating_sub(ended) <= NEAR.max(waited / 4);
        soon.then_some(Done::Attempt(other, nth))
    }

    /// What led to a request: its parent's answer, else whatever of its source was done right before it was asked.
    fn before_request(&mut self, request: usize) -> Option<Done<'t>> {
        let asked = &self.timeline.report.asked[request];
        self.back(Some(request), Phase::Waiting, asked.queued, None);
        let led = |other: usize| {
            let done = self.done_at(other)?;
            (done.abs_diff(asked.queued) <= NEAR).then_some(done)
        };
        let parent = asked.parent.filter(|&parent| led(parent).is_some());
        let other = || {
            // A token that was fetched first, or an answer that had to be asked for once more.
            let source = self.timeline.source_of[request];
            let others = (0..request).filter(|&other| self.timeline.source_of[other] == source);
            let others = others.filter_map(|other| Some((led(other)?, other)));
            others.max().map(|(_, other)| other)
        };
        self.done(parent.or_else(other).or(asked.parent)?)
    }
}

/// What an attempt waited for longest.
fn cause(waits: &Waits) -> Option<WaitCause> {
    [
        (waits.slot, WaitCause::Slot),
        (waits.host, WaitCause::Host),
        (waits.quota, WaitCause::Quota),
        (waits.cool_down, WaitCause::CoolDown),
    ]
    .into_iter()
    .filter(|(wait, _)| !wait.is_zero())
    .max_by_key(|(wait, _)| *wait)
    .map(|(_, cause)| cause)
}
