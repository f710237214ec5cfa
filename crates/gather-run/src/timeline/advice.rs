//! What would have shortened a run: its timeline replayed under one limit that is another.
//!
//! Only limits that were waited for are tried: twice the requests in flight, of a host or over all. A quota is the server's
//! and not to be raised here; what it cost is said all the same. First the run is replayed under the limits that it had: where
//! that does not come near what it took, the timeline does not explain the run, and no advice is better than a guess.
//!
//! Not here: the replay itself, and what it cannot know (`gather::Report::replay`).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use gather::{Host, Limits};
use serde::{Deserialize, Serialize};

use super::{Timeline, host_of};

/// What is saved at least, to be worth a word: a twentieth of the run, and more than anybody can feel.
const LEAST_PART: u32 = 20;
const LEAST: Duration = Duration::from_millis(20);

/// A limit that was waited for, and what another would have saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advice {
    /// What to change.
    pub change: Change,
    /// The sources that waited for it.
    pub sources: Vec<String>,
    /// How much sooner the run would have ended.
    #[serde(rename = "saves_us", with = "micros")]
    pub saves: Duration,
}

/// What to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// How many requests may be in flight to a host.
    Host {
        /// The host.
        host: String,
        /// What it is.
        from: usize,
        /// What it could be.
        to: usize,
    },
    /// How many requests may be in flight over all hosts.
    Overall {
        /// What it is.
        from: usize,
        /// What it could be.
        to: usize,
    },
    /// The quotas of a host: nothing that can be set, but asking less or being allowed more.
    Quota {
        /// The host.
        host: String,
        /// How many requests may start in a window.
        requests: u32,
        /// The window.
        #[serde(rename = "per_us", with = "micros")]
        per: Duration,
    },
}

mod micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_micros)
    }
}

/// A sentence for a person, without a dot: ``raise `in_flight` of hackernews from 6 to 12: about 0.3 s less``.
impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let saves = about(self.saves);
        match &self.change {
            Change::Host { host, from, to } => {
                match &self.sources[..] {
                    [source] => write!(f, "raise `in_flight` of {source}")?,
                    _ => write!(f, "raise `in_flight` of `[host.\"{host}\"]`")?,
                }
                write!(f, " from {from} to {to}: about {saves} less")
            }
            Change::Overall { from, to } => write!(
                f,
                "raise `in_flight` of `[settings]` from {from} to {to}: about {saves} less"
            ),
            Change::Quota {
                host,
                requests,
                per,
            } => write!(
                f,
                "the quota of {host} ({requests} in {}) cost about {saves}: ask less of it at once, or be allowed more",
                about(*per)
            ),
        }
    }
}

/// A duration in two digits.
fn about(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    if seconds < 0.0995 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 9.95 && span.subsec_millis() != 0 {
        format!("{seconds:.1} s")
    } else if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.0} h", seconds / 3600.0)
    }
}

impl Timeline {
    /// What would have shortened the run, the greatest gain first: at least a twentieth of it and 20 ms. Each alone, not all
    /// together.
    ///
    /// Empty where the timeline does not explain what the run took, as with requests of others that are not in it.
    #[must_use]
    pub fn advice(&self) -> Vec<Advice> {
        match &self.advice {
            Some(advice) => advice.clone(),
            None => self.find_advice(),
        }
    }

    fn find_advice(&self) -> Vec<Advice> {
        if self.unlisted() > 0 {
            return Vec::new();
        }
        let waits = self.waits();
        if waits.hosts.is_empty() && waits.slot.is_empty() && waits.quotas.is_empty() {
            return Vec::new();
        }
        let tails = self.tails();
        let end = |limits: &Limits| {
            let replay = self.report.replay(limits);
            let ended = replay.ended.iter().zip(&tails);
            ended.map(|(ended, tail)| *ended + *tail).max()
        };
        let ended = self.work.iter().map(|work| work.kept);
        let took = ended.chain([self.report.wall]).max().unwrap_or_default();
        let Some(as_it_was) = end(&self.limits) else {
            return Vec::new();
        };
        if as_it_was.abs_diff(took) > took / 10 + Duration::from_millis(10) {
            return Vec::new();
        }
        let gain = |limits: &Limits| {
            let saves = as_it_was.saturating_sub(end(limits)?);
            (saves >= LEAST && saves >= self.wall / LEAST_PART).then_some(saves)
        };
        let names = |sources: &BTreeSet<usize>| {
            let sources = sources
                .iter()
                .filter_map(|&source| self.sources.get(source));
            sources.map(|source| source.name.clone()).collect()
        };
        let mut advice = Vec::new();
        for (host, sources) in &waits.hosts {
            let of = self.limits.of(host);
            let (from, to) = (of.slots(), of.slots().saturating_mul(2));
            let limits = self.limits.clone();
            if let Some(saves) = gain(&limits.host(host.clone(), of.clone().with_slots(to))) {
                let host = host.to_string();
                advice.push(Advice {
                    change: Change::Host { host, from, to },
                    sources: names(sources),
                    saves,
                });
            }
        }
        if !waits.slot.is_empty() {
            let from = self.limits.in_flight();
            let to = from.saturating_mul(2);
            if let Some(saves) = gain(&self.limits.clone().with_in_flight(to)) {
                advice.push(Advice {
                    change: Change::Overall { from, to },
                    sources: names(&waits.slot),
                    saves,
                });
            }
        }
        for (host, sources) in &waits.quotas {
            let of = self.limits.of(host);
            let limits = self.limits.clone();
            // Of several the one that lets the fewest start in its window is the likeliest to have been met.
            let Some(quota) = of.quotas().iter().min_by_key(|quota| quota.requests()) else {
                continue;
            };
            if let Some(saves) = gain(&limits.host(host.clone(), of.clone().without_quotas())) {
                advice.push(Advice {
                    change: Change::Quota {
                        host: host.to_string(),
                        requests: quota.requests(),
                        per: quota.per(),
                    },
                    sources: names(sources),
                    saves,
                });
            }
        }
        advice.sort_by_key(|advice| std::cmp::Reverse(advice.saves));
        advice
    }

    /// Which sources waited for what.
    fn waits(&self) -> Waited {
        let mut waited = Waited::default();
        for attempt in &self.report.timeline {
            let source = self.source_of[attempt.request];
            if !attempt.waits.slot.is_zero() {
                waited.slot.insert(source);
            }
            let Some(host) = host_of(&attempt.url) else {
                continue;
            };
            if !attempt.waits.host.is_zero() {
                waited.hosts.entry(host.clone()).or_default().insert(source);
            }
            if !attempt.waits.quota.is_zero() {
                waited.quotas.entry(host).or_default().insert(source);
            }
        }
        waited
    }

    /// How long each request's answer was worked on after it had come.
    fn tails(&self) -> Vec<Duration> {
        let mut tails = vec![Duration::ZERO; self.source_of.len()];
        let attempts = self.attempts();
        for work in &self.work {
            let ended = attempts[work.request].last().map(|last| last.ended);
            if let Some(ended) = ended {
                tails[work.request] = work.kept.saturating_sub(ended);
            }
        }
        tails
    }
}

#[derive(Default)]
struct Waited {
    hosts: BTreeMap<Host, BTreeSet<usize>>,
    quotas: BTreeMap<Host, BTreeSet<usize>>,
    slot: BTreeSet<usize>,
}
