//! What a report says of its requests, as a replay needs it: who follows whom after which pause, how long each attempt
//! took, and what connections cost.

use std::{collections::BTreeMap, time::Duration};

use http::Version;
use url::Url;

use super::handover::{self, Handovers};
use crate::{
    host::Host,
    report::{Attempt, Report},
};

#[derive(Debug)]
pub(super) struct Record {
    pub(super) hosts: Vec<RecordedHost>,
    pub(super) courses: Vec<Course>,
}

#[derive(Debug)]
pub(super) struct RecordedHost {
    pub(super) name: Host,
    pub(super) connections: Connections,
}

/// One request.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    /// From the end of its parent, or from the start of the fan-out, until it was added.
    pub(super) pause: Duration,
    pub(super) attempts: Vec<Recorded>,
    /// How long it took without attempts of its own.
    pub(super) joined: Duration,
}

/// One attempt. Instants are counted from its turn.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    pub(super) host: usize,
    /// Before it was queued: since the attempt before it, as long as its host asked to be left alone, and while it was given
    /// its place in the line.
    pub(super) pause: Duration,
    /// Whether others of the line may go on before it.
    pub(super) leaves_line: bool,
    pub(super) sent: Option<Duration>,
    pub(super) answered: Option<Duration>,
    pub(super) took: Duration,
    /// What it takes besides when it has to wait for a slot.
    pub(super) handover: Duration,
    reused: bool,
    connecting: Duration,
}

impl Record {
    pub(super) fn of(report: &Report) -> Self {
        let mut hosts = Hosts::default();
        let by_request = report.by_request();
        let end = |request: usize| {
            let asked = &report.asked[request];
            let last = by_request[request].last();
            last.map_or(asked.queued + asked.joined, |last| last.ended)
        };
        let mut courses: Vec<Course> = report
            .asked
            .iter()
            .zip(&by_request)
            .map(|(asked, attempts)| Course {
                parent: asked.parent,
                children: Vec::new(),
                pause: asked
                    .queued
                    .saturating_sub(asked.parent.map(end).unwrap_or_default()),
                attempts: recorded(asked.queued, attempts, &mut hosts),
                joined: asked.joined,
            })
            .collect();
        for course in 0..courses.len() {
            if let Some(parent) = courses[course].parent {
                courses[parent].children.push(course);
            }
        }
        let mut by_host: Vec<Vec<&Attempt>> = vec![Vec::new(); hosts.names.len()];
        for attempt in &report.timeline {
            by_host[hosts.place(&attempt.url)].push(attempt);
        }
        let mut of_line = Handovers::new();
        for attempts in &by_host {
            of_line.append(&mut handover::of_line(attempts));
        }
        let all: Vec<&Attempt> = report.timeline.iter().collect();
        let of_slots = handover::of_slots(&all);
        let usual = handover::usual(&of_slots);
        for (request, course) in courses.iter_mut().enumerate() {
            for (recorded, attempt) in course.attempts.iter_mut().zip(&by_request[request]) {
                let key = (request, attempt.number);
                recorded.pause += of_line.get(&key).copied().unwrap_or_default();
                recorded.handover = of_slots.get(&key).copied().unwrap_or(usual);
            }
        }
        let hosts = hosts.names.into_iter().zip(by_host);
        Self {
            hosts: hosts
                .map(|(name, attempts)| RecordedHost {
                    name,
                    connections: Connections::of(&attempts),
                })
                .collect(),
            courses,
        }
    }
}

/// The hosts that were asked, in the order in which they were met.
#[derive(Default)]
struct Hosts {
    names: Vec<Host>,
    places: BTreeMap<Host, usize>,
}

impl Hosts {
    fn place(&mut self, url: &str) -> usize {
        let names = &mut self.names;
        *self.places.entry(host_of(url)).or_insert_with_key(|host| {
            names.push(host.clone());
            names.len() - 1
        })
    }
}

/// The host an attempt went to. An address that was hidden so far that it is none has the host of all such.
fn host_of(url: &str) -> Host {
    let parsed = Url::parse(url).ok().and_then(|url| Host::of(&url));
    parsed.unwrap_or_else(|| {
        let nowhere = Url::parse("http://invalid/").expect("this is an address");
        Host::of(&nowhere).expect("this address has a host")
    })
}

fn recorded(queued: Duration, attempts: &[&Attempt], hosts: &mut Hosts) -> Vec<Recorded> {
    let mut over = queued;
    let mut before = None;
    let attempts = attempts.iter().map(|attempt| {
        let host = hosts.place(&attempt.url);
        let retried = attempt.queued.saturating_sub(over);
        let turn = handover::turn(attempt);
        let since = |at: Duration| at.saturating_sub(turn);
        let steps = attempt.connecting;
        let recorded = Recorded {
            host,
            pause: retried + attempt.waits.cool_down,
            leaves_line: !retried.is_zero() || before.is_some_and(|before| before != host),
            sent: attempt.sent.map(since),
            answered: attempt.first_byte.map(since),
            took: since(attempt.ended),
            handover: Duration::ZERO,
            reused: attempt.reused,
            connecting: steps.resolve + steps.connect + steps.tls,
        };
        over = attempt.ended;
        before = Some(host);
        recorded
    });
    attempts.collect()
}

/// The connections to one host that nobody uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connections {
    idle: usize,
    /// What a new one costs: the middle of what those cost that were opened.
    cost: Duration,
    /// Whether they are worth counting: not where one carries everything, nor where none is used twice.
    counted: bool,
}

impl Connections {
    fn of(attempts: &[&Attempt]) -> Self {
        let mut costs = Vec::new();
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        let (mut shared, mut reused) = (false, false);
        for attempt in attempts {
            shared |= attempt.version == Some(Version::HTTP_2);
            reused |= attempt.reused;
            let steps = attempt.connecting;
            let cost = steps.resolve + steps.connect + steps.tls;
            if !attempt.reused && !cost.is_zero() {
                costs.push(cost);
            }
            starts.push((attempt.started, attempt.reused));
            ends.push(attempt.ended);
        }
        costs.sort_unstable();
        ends.sort_unstable();
        // Those that were open before the start are found by who used one without one being there.
        let (mut idle, mut before, mut over) = (0_usize, 0_usize, 0_usize);
        for (started, reused) in starts {
            while ends.get(over).is_some_and(|&end| end <= started) {
                idle += 1;
                over += 1;
            }
            if reused && idle == 0 {
                before += 1;
            } else if reused {
                idle -= 1;
            }
        }
        Self {
            idle: before,
            cost: costs.get(costs.len() / 2).copied().unwrap_or_default(),
            counted: reused && !shared,
        }
    }

    /// Takes a connection for an attempt: how much longer and how much shorter that makes it.
    pub(super) fn take(&mut self, attempt: &Recorded) -> (Duration, Duration) {
        if !self.counted {
            return (Duration::ZERO, Duration::ZERO);
        }
        if self.idle > 0 {
            self.idle -= 1;
            let less = if attempt.reused {
                Duration::ZERO
            } else {
                attempt.connecting
            };
            (Duration::ZERO, less)
        } else if attempt.reused {
            (self.cost, Duration::ZERO)
        } else {
            (Duration::ZERO, Duration::ZERO)
        }
    }

    pub(super) fn give_back(&mut self) {
        self.idle += 1;
    }
}
