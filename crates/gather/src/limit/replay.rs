//! A fan-out once more, under other limits: not asked again, but worked out from its report.
//!
//! The recorded attempts pass the same limits that real ones pass (`core`), in the order in which they would come: each
//! is queued when what led to it is over, holds its slots as long as it took, and its places in quotas until a window
//! after its answer. Nothing waits for real, so a second of a run is worked out in microseconds.
//!
//! Not here: what was recorded, and the connections that were open (`record`); which other limits are worth a try.

mod handover;
mod record;
#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    task::Waker,
    time::{Duration, Instant},
};

use super::{
    LaneId, Limits,
    core::{Core, Standing, Ticket},
    quota::Fate,
};
use crate::{clock::ManualClock, report::Report};

use record::{Connections, Course, Record};

/// What became of a fan-out under other limits. See [`Report::replay`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// From the start of the fan-out to the end of its last request.
    pub wall: Duration,
    /// When each request was over, by its number.
    pub ended: Vec<Duration>,
}

impl Report {
    /// What this fan-out would have taken under other limits, by the times it recorded.
    ///
    /// Every attempt takes as long as it took, and is followed by what followed it, after the same pause; a slot takes as long
    /// to be handed on as it did. Waits for a
    /// slot, for a host and for a quota are worked out anew; a pause that a host asked for, or that a retry made, stays as
    /// it was. Where more are in flight than before, new connections cost what those of the host cost. Under the limits
    /// it ran with, the answer is near the recorded [`wall`](Self::wall): how near tells what others are worth.
    ///
    /// It cannot know how a server likes another load: one that answers more slowly when more is asked of it makes the
    /// gain of a higher limit smaller than this says. Nor does it know of what else took places then: other fan-outs of
    /// the client, other processes, quotas that a request names, and places taken before the start. A fan-out's own
    /// [`limit`](crate::AsCompleted::limit) is not replayed. Of a report that was [shortened](Self::shorten) it knows only
    /// what is listed.
    ///
    /// ```
    /// # async fn example(client: gather::Client) {
    /// let answers = client.gather((0..40).map(|n| format!("https://a.example/{n}"))).await;
    /// let twice = client.limits().each_host(gather::HostLimits::in_flight(12));
    /// println!(
    ///     "took {:?}, with twice the requests in flight about {:?}",
    ///     answers.report.wall,
    ///     answers.report.replay(&twice).wall,
    /// );
    /// # }
    /// ```
    #[must_use]
    pub fn replay(&self, limits: &Limits) -> Replay {
        Simulation::new(Record::of(self), limits).run()
    }
}

/// What happens next, and to which course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// What its attempt had to say about quotas.
    Settle(usize, Moment),
    /// Its attempt is over.
    End(usize),
    /// It is added to the fan-out.
    Arrive(usize),
    /// It asks for its turn.
    Queue(usize),
    /// A place in a quota comes free.
    Wake,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Sent,
    Answered,
}

/// Where a course stands.
#[derive(Debug, Clone, Copy, Default)]
struct Stand {
    /// Its attempt, by number from 0.
    at: usize,
    /// Whether it has a place in its host's line.
    in_line: bool,
    /// When it asked for its turn.
    asked: Duration,
    ended: Duration,
}

/// The line of one host: see `lines`.
#[derive(Debug, Default)]
struct Line {
    width: usize,
    workers: usize,
    queue: VecDeque<usize>,
}

struct Simulation {
    record: Record,
    base: Instant,
    now: Duration,
    core: Core,
    lanes: Vec<LaneId>,
    lines: Vec<Line>,
    connections: Vec<Connections>,
    /// Who stands in the lane of each host.
    waiting: Vec<VecDeque<(Ticket, usize)>>,
    stands: Vec<Stand>,
    events: BinaryHeap<Reverse<(Duration, u64, Event)>>,
    /// Of events at the same instant the one that was put in first goes first.
    next: u64,
}

impl Simulation {
    fn new(record: Record, limits: &Limits) -> Self {
        // Only an instant to count from: no time passes.
        let base = ManualClock::new().clock().now();
        let mut core = Core::new(limits.in_flight());
        let mut lanes = Vec::new();
        let mut lines = Vec::new();
        for host in &record.hosts {
            let of = limits.of(&host.name);
            let lane = core
                .lane(&host.name, of, &[], base)
                .expect("a lane without named quotas has none that is unknown");
            lanes.push(lane);
            lines.push(Line {
                width: of.slots(),
                ..Line::default()
            });
        }
        Self {
            base,
            now: Duration::ZERO,
            core,
            lines,
            connections: record.hosts.iter().map(|host| host.connections).collect(),
            waiting: lanes.iter().map(|_| VecDeque::new()).collect(),
            lanes,
            stands: vec![Stand::default(); record.courses.len()],
            record,
            events: BinaryHeap::new(),
            next: 0,
        }
    }

    fn run(mut self) -> Replay {
        for course in 0..self.record.courses.len() {
            if self.course(course).parent.is_none() {
                self.after(self.course(course).pause, Event::Arrive(course));
            }
        }
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            self.now = at;
            match event {
                Event::Arrive(course) => self.arrive(course),
                Event::Queue(course) => self.queue(course),
                Event::Settle(course, moment) => self.settle(course, moment),
                Event::End(course) => self.end(course),
                Event::Wake => self.core.pump(self.instant()),
            }
            self.grant();
        }
        let ended: Vec<Duration> = self.stands.iter().map(|stand| stand.ended).collect();
        Replay {
            wall: ended.iter().copied().max().unwrap_or_default(),
            ended,
        }
    }

    fn course(&self, course: usize) -> &Course {
        &self.record.courses[course]
    }

    fn instant(&self) -> Instant {
        self.base + self.now
    }

    fn after(&mut self, pause: Duration, event: Event) {
        self.next += 1;
        self.events
            .push(Reverse((self.now + pause, self.next, event)));
    }

    fn arrive(&mut self, course: usize) {
        let Some(first) = self.course(course).attempts.first() else {
            // Joined with another, or refused: it took no slot.
            self.after(self.course(course).joined, Event::End(course));
            return;
        };
        let host = first.host;
        self.lines[host].queue.push_back(course);
        self.hire(host);
    }

    /// Those next in a host's line ask for their turn, as far as it has room.
    fn hire(&mut self, host: usize) {
        while self.lines[host].workers < self.lines[host].width
            && let Some(course) = self.lines[host].queue.pop_front()
        {
            self.lines[host].workers += 1;
            self.stands[course].in_line = true;
            self.after(self.course(course).attempts[0].pause, Event::Queue(course));
        }
    }

    fn leave_line(&mut self, course: usize) {
        if std::mem::take(&mut self.stands[course].in_line) {
            let host = self.course(course).attempts[0].host;
            self.lines[host].workers -= 1;
            self.hire(host);
        }
    }

    fn queue(&mut self, course: usize) {
        self.stands[course].asked = self.now;
        let host = self.course(course).attempts[self.stands[course].at].host;
        let ticket = self
            .core
            .enqueue(self.lanes[host], Waker::noop().clone(), self.instant());
        self.waiting[host].push_back((ticket, course));
        self.core.pump(self.instant());
    }

    /// Starts everybody whom the limits let go.
    fn grant(&mut self) {
        self.core.take_woken();
        for host in 0..self.lanes.len() {
            while let Some(&(ticket, course)) = self.waiting[host].front() {
                match self.core.look(self.lanes[host], ticket, Waker::noop()) {
                    Standing::Granted(_) => {
                        self.waiting[host].pop_front();
                        self.start(host, course);
                        continue;
                    }
                    Standing::Until(until, _) => {
                        let pause = until.saturating_duration_since(self.instant());
                        self.after(pause, Event::Wake);
                    }
                    Standing::Queued => {}
                }
                break;
            }
        }
    }

    fn start(&mut self, host: usize, course: usize) {
        let attempt = self.record.courses[course].attempts[self.stands[course].at].clone();
        let (more, less) = self.connections[host].take(&attempt);
        // What comes later for a connection that has to be opened, or sooner for one that has not.
        let handover = if self.now > self.stands[course].asked {
            attempt.handover
        } else {
            Duration::ZERO
        };
        let moved = |span: Duration| (span + more + handover).saturating_sub(less);
        if let Some(sent) = attempt.sent {
            self.after(moved(sent), Event::Settle(course, Moment::Sent));
        }
        if let Some(answered) = attempt.answered {
            self.after(moved(answered), Event::Settle(course, Moment::Answered));
        }
        self.after(moved(attempt.took), Event::End(course));
    }

    fn settle(&mut self, course: usize, moment: Moment) {
        let host = self.course(course).attempts[self.stands[course].at].host;
        let (has_quota, counts_sends) = self.core.counts(self.lanes[host]);
        if !has_quota {
            return;
        }
        let fate = match moment {
            Moment::Sent if counts_sends => Fate::Sent,
            Moment::Sent => return,
            Moment::Answered => Fate::Answered,
        };
        self.core.settle(self.lanes[host], fate, self.instant());
    }

    fn end(&mut self, course: usize) {
        let (at, attempts) = (self.stands[course].at, self.course(course).attempts.len());
        if at < attempts {
            let host = self.course(course).attempts[at].host;
            let lane = self.lanes[host];
            let (answered, sent) = {
                let attempt = &self.course(course).attempts[at];
                (attempt.answered.is_some(), attempt.sent.is_some())
            };
            if !answered && self.core.counts(lane).0 {
                let fate = if sent { Fate::Unanswered } else { Fate::Unsent };
                self.core.settle(lane, fate, self.instant());
            }
            self.connections[host].give_back();
            self.core.release(lane, self.instant());
            self.stands[course].at += 1;
        }
        if let Some(next) = self.course(course).attempts.get(at + 1) {
            let (pause, leaves) = (next.pause, next.leaves_line);
            if leaves {
                self.leave_line(course);
            }
            self.after(pause, Event::Queue(course));
            return;
        }
        self.stands[course].ended = self.now;
        self.leave_line(course);
        for child in self.course(course).children.clone() {
            self.after(self.course(child).pause, Event::Arrive(child));
        }
    }
}
