//! What a fan-out did with its time: the timeline of every attempt, and the few figures that explain it.
//!
//! Everything here is made from the attempts' own marks, the same that the events tell.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

mod part;
mod written;

use http::{Method, Version};

use crate::{connect::Connecting, limit::Waits};

/// One request on the wire. All instants are counted from the start of the fan-out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Which request it was for: its place in the order asked.
    pub request: usize,
    /// 1 for the first attempt of a request; retries and redirects count on.
    pub number: u32,
    /// The method it was sent with.
    pub method: Method,
    /// The address, without passwords and keys.
    pub url: Arc<str>,
    /// When it began to wait for its turn.
    pub queued: Duration,
    /// What it waited for.
    pub waits: Waits,
    /// When it was its turn.
    pub started: Duration,
    /// Whether a connection was open already.
    pub reused: bool,
    /// How long connecting took, step by step.
    pub connecting: Connecting,
    /// When the request was on its way; `None` when it never was.
    pub sent: Option<Duration>,
    /// When the head of the answer had come.
    pub first_byte: Option<Duration>,
    /// When it was over.
    pub ended: Duration,
    /// The status, if an answer came.
    pub status: Option<u16>,
    /// The version of HTTP the answer came in; `None` when none came, or it was not recorded.
    pub version: Option<Version>,
    /// Bytes of the body as they came, before decoding.
    pub received: u64,
    /// Why it failed, if it did.
    pub error: Option<Box<str>>,
}

/// How a request came into the fan-out, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// The request whose answer led to it.
    pub parent: Option<usize>,
    /// When it was added, counted from the start of the fan-out.
    pub queued: Duration,
    /// How long the equal request took that it was joined with; zero for one with attempts of its own.
    pub joined: Duration,
    /// Whether it has no answer.
    pub failed: bool,
}

/// One request of a fan-out with all its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Course {
    /// The request whose answer led to this one.
    pub(crate) parent: Option<usize>,
    /// When it was added.
    pub(crate) queued: Duration,
    pub(crate) attempts: Vec<Attempt>,
    /// What the equal request took that it was joined with, when it had no attempts of its own.
    pub(crate) joined: Duration,
    pub(crate) failed: bool,
}

impl Course {
    /// What this request would have cost alone: from its first start to its end, without the waits for own limits.
    fn alone(&self) -> Duration {
        let (Some(first), Some(last)) = (self.attempts.first(), self.attempts.last()) else {
            return self.joined;
        };
        let own_waits: Duration = self.attempts[1..]
            .iter()
            .map(|attempt| attempt.waits.slot + attempt.waits.host)
            .sum();
        last.ended
            .saturating_sub(first.started)
            .saturating_sub(own_waits)
    }
}

/// What a fan-out did with its time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// When the fan-out started, on the wall clock of the client's [`Clock`](crate::Clock).
    pub started_at: SystemTime,
    /// From the start of the fan-out to the end of its last request.
    pub wall: Duration,
    /// How many requests there were.
    pub requests: usize,
    /// How many have no answer.
    pub failed: usize,
    /// How many requests were put on the wire, retries and redirects counted.
    pub attempts: usize,
    /// Bytes of all bodies as they came.
    pub received: u64,
    /// What asking one after the other would have taken: the sum over the requests, without waits for slots. One that
    /// was joined with an equal request counts as long as that took.
    pub one_by_one: Duration,
    /// The longest chain of requests that had to follow one another: no fan-out can be faster.
    pub longest_chain: Duration,
    /// The requests of that chain, first to last.
    pub chain: Vec<usize>,
    /// The most requests in flight at once.
    pub peak_in_flight: usize,
    /// Requests in flight on average over the wall time.
    pub mean_in_flight: f64,
    /// What all requests together waited for.
    pub waits: Waits,
    /// Every request, by its number.
    pub asked: Vec<Asked>,
    /// Every attempt, in the order of their starts.
    pub timeline: Vec<Attempt>,
}

impl Report {
    /// What the fan-out took beyond its longest chain.
    #[must_use]
    pub fn overhead(&self) -> Duration {
        self.wall.saturating_sub(self.longest_chain)
    }

    /// How many times faster than one by one; 1 when nothing was asked.
    #[must_use]
    pub fn speed_up(&self) -> f64 {
        if self.wall.is_zero() {
            1.0
        } else {
            self.one_by_one.as_secs_f64() / self.wall.as_secs_f64()
        }
    }

    /// The report of a fan-out that may go on.
    pub(crate) fn new(courses: &[Course], started_at: SystemTime, wall: Duration) -> Self {
        Self::last(courses.to_vec(), started_at, wall)
    }

    /// The report of a fan-out that is over.
    pub(crate) fn last(courses: Vec<Course>, started_at: SystemTime, wall: Duration) -> Self {
        let (longest_chain, chain) = longest_chain(&courses);
        let one_by_one = courses.iter().map(Course::alone).sum();
        let failed = courses.iter().filter(|course| course.failed).count();
        let requests = courses.len();
        let asked = courses
            .iter()
            .map(|course| Asked {
                parent: course.parent,
                queued: course.queued,
                joined: course.joined,
                failed: course.failed,
            })
            .collect();
        let mut timeline: Vec<Attempt> = courses
            .into_iter()
            .flat_map(|course| course.attempts)
            .collect();
        // Attempts are large: each is moved once, when its place is known.
        timeline.sort_by_cached_key(|attempt| (attempt.started, attempt.request, attempt.number));
        let mut waits = Waits::default();
        for attempt in &timeline {
            waits += attempt.waits;
        }
        let busy: Duration = timeline
            .iter()
            .map(|attempt| attempt.ended.saturating_sub(attempt.started))
            .sum();
        Self {
            started_at,
            wall,
            requests,
            failed,
            attempts: timeline.len(),
            received: timeline.iter().map(|attempt| attempt.received).sum(),
            one_by_one,
            longest_chain,
            chain,
            peak_in_flight: peak(&timeline),
            mean_in_flight: if wall.is_zero() {
                0.0
            } else {
                busy.as_secs_f64() / wall.as_secs_f64()
            },
            waits,
            asked,
            timeline,
        }
    }
}

/// The chain of requests with the greatest sum. A parent always stands before those that follow it.
fn longest_chain(courses: &[Course]) -> (Duration, Vec<usize>) {
    let mut until: Vec<Duration> = Vec::with_capacity(courses.len());
    for course in courses {
        let before = course
            .parent
            .and_then(|parent| until.get(parent).copied())
            .unwrap_or_default();
        until.push(before + course.alone());
    }
    let Some((mut at, &longest)) = until
        .iter()
        .enumerate()
        .max_by_key(|&(at, d)| (d, usize::MAX - at))
    else {
        return (Duration::ZERO, Vec::new());
    };
    let mut chain = vec![at];
    while let Some(parent) = courses[at].parent {
        chain.push(parent);
        at = parent;
    }
    chain.reverse();
    (longest, chain)
}

/// The most attempts between their start and their end at any instant. They come in the order of their starts.
fn peak(timeline: &[Attempt]) -> usize {
    let mut ends: Vec<Duration> = timeline.iter().map(|attempt| attempt.ended).collect();
    ends.sort_unstable();
    let mut over = 0;
    let mut most = 0;
    for (started, attempt) in timeline.iter().enumerate() {
        // One that ends at the same instant is over: a slot that is handed on is one slot.
        while ends[over] <= attempt.started && over < started {
            over += 1;
        }
        most = most.max(started + 1 - over);
    }
    most
}

#[cfg(test)]
impl Attempt {
    /// A first attempt made by hand: times in milliseconds from the start, an answer of 10 bytes, no phases between.
    pub(crate) fn by_hand(request: usize, started: u64, ended: u64) -> Self {
        Self {
            request,
            number: 1,
            method: Method::GET,
            url: "http://h/".into(),
            queued: Duration::ZERO,
            waits: Waits::default(),
            started: Duration::from_millis(started),
            reused: false,
            connecting: Connecting::default(),
            sent: None,
            first_byte: None,
            ended: Duration::from_millis(ended),
            status: Some(200),
            version: None,
            received: 10,
            error: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(request: usize, started: u64, ended: u64) -> Attempt {
        Attempt::by_hand(request, started, ended)
    }

    fn course(parent: Option<usize>, attempts: Vec<Attempt>) -> Course {
        Course {
            parent,
            attempts,
            ..Course::default()
        }
    }

    #[test]
    fn the_longest_chain_follows_parents_and_not_waits() {
        let courses = [
            course(None, vec![attempt(0, 0, 100)]),
            course(None, vec![attempt(1, 0, 250)]),
            course(Some(0), vec![attempt(2, 120, 220)]),
            course(Some(0), vec![attempt(3, 120, 320)]),
        ];
        let report = Report::new(&courses, SystemTime::UNIX_EPOCH, Duration::from_millis(330));
        assert_eq!(report.longest_chain, Duration::from_millis(300));
        assert_eq!(report.chain, [0, 3]);
        assert_eq!(report.one_by_one, Duration::from_millis(650));
        assert_eq!(report.overhead(), Duration::from_millis(30));
        assert_eq!(report.peak_in_flight, 3);
        assert!((report.mean_in_flight - 650.0 / 330.0).abs() < 1e-9);
    }

    #[test]
    fn a_retry_costs_its_pause_and_not_the_wait_for_a_slot() {
        let mut second = attempt(0, 500, 600);
        second.number = 2;
        second.waits.slot = Duration::from_millis(150);
        let courses = [course(None, vec![attempt(0, 0, 100), second])];
        let report = Report::new(&courses, SystemTime::UNIX_EPOCH, Duration::from_millis(600));
        assert_eq!(report.one_by_one, Duration::from_millis(450));
        assert_eq!(report.attempts, 2);
    }

    #[test]
    fn nothing_asked_is_nothing_reported() {
        let report = Report::new(&[], SystemTime::UNIX_EPOCH, Duration::ZERO);
        assert_eq!((report.requests, report.peak_in_flight), (0, 0));
        assert!((report.speed_up() - 1.0).abs() < f64::EPSILON);
        assert!(report.chain.is_empty());
    }
}
