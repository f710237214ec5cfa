//! What a run did with its time, kept for later: every request with the source it was for, and what became of its answer.
//!
//! A timeline tells of all sources of a run. Whoever shows it shows [`Timeline::seen_by`] a viewer: requests, hosts and
//! limits of sources that the viewer may not see are not in it, and what follows is made from what is left.
//!
//! Times in [`Timeline::report`] and [`Work`] are counted from the first request; those that are given out (`rows`,
//! [`Path`]) from the start of the run.
//!
//! Not here: what limits another time would have needed (`advice`), the road of the time (`path`), pictures (`gather-draw`).

mod advice;
mod path;
mod rows;
mod steps;
#[cfg(test)]
mod tests;
mod written;

use std::{collections::BTreeSet, time::Duration};

use gather::{Host, Limits, Report, Url};
use gather_records::Viewer;

pub use advice::{Advice, Change};
pub use path::{Path, Segment};
pub use rows::{Bar, Lane, Phase, Row, fewer};
pub use written::TimelineError;

/// What a run did with its time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Timeline {
    /// The sources of the run that could be asked.
    pub sources: Vec<TimelineSource>,
    /// For each request the place of its source in `sources`.
    pub source_of: Vec<usize>,
    /// What the requests did.
    pub report: Report,
    /// What became of answers.
    pub work: Vec<Work>,
    /// The limits that were kept.
    pub limits: Limits,
    /// From the start of the run to the start of its requests.
    pub before: Duration,
    /// From the start of the run to its end.
    pub wall: Duration,
    /// For each source how many requests are not listed, because there were too many.
    pub left_out: Vec<usize>,
    /// What was found before requests were left out.
    advice: Option<Vec<Advice>>,
}

/// A source of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineSource {
    /// Its name.
    pub name: String,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<String>,
}

/// One answer mapped and kept. Instants are counted from the start of the requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// The request that it answered.
    pub request: usize,
    /// When a thread began with it.
    pub began: Duration,
    /// When its records were there.
    pub mapped: Duration,
    /// When they were in the store.
    pub kept: Duration,
}

impl Timeline {
    /// The timeline of a run whose requests did this.
    pub(crate) fn new(
        sources: Vec<TimelineSource>,
        source_of: Vec<usize>,
        report: Report,
        limits: Limits,
    ) -> Self {
        Self {
            left_out: vec![0; sources.len()],
            wall: report.wall,
            sources,
            source_of,
            report,
            work: Vec::new(),
            limits,
            before: Duration::ZERO,
            advice: None,
        }
    }

    /// What a viewer may see of it: a run of those sources alone. The run ends with the last of theirs.
    #[must_use]
    pub fn seen_by(&self, viewer: &Viewer) -> Self {
        let Some(user) = viewer.user() else {
            return self.clone();
        };
        let sees: Vec<bool> = self
            .sources
            .iter()
            .map(|source| source.owner.as_deref().is_none_or(|owner| owner == user))
            .collect();
        if sees.iter().all(|sees| *sees) {
            return self.clone();
        }
        let mut seen = self.keep(|report, keep| report.only(keep), |_, source| sees[source]);
        // Sources are numbered anew, so that not even how many there were is told.
        let mut places = Vec::new();
        let mut next = 0;
        for &sees in &sees {
            places.push(next);
            next += usize::from(sees);
        }
        for source in &mut seen.source_of {
            *source = places[*source];
        }
        let mut of = sees.iter();
        seen.sources.retain(|_| of.next().is_some_and(|sees| *sees));
        let mut of = sees.iter();
        seen.left_out
            .retain(|_| of.next().is_some_and(|sees| *sees));
        let hosts = seen.hosts();
        let mut limits = Limits::new(self.limits.in_flight()).each_host(self.limits.each().clone());
        for host in hosts {
            let of = self.limits.of(&host).clone();
            limits = limits.host(host, of);
        }
        seen.limits = limits;
        let kept = seen.work.iter().map(|work| work.kept);
        seen.wall = self.before + kept.chain([seen.report.wall]).max().unwrap_or_default();
        let names: BTreeSet<&str> = seen.sources.iter().map(|one| &*one.name).collect();
        if let Some(advice) = &mut seen.advice {
            advice.retain(|advice| {
                !advice.sources.is_empty()
                    && advice.sources.iter().all(|name| names.contains(&**name))
            });
        }
        seen
    }

    /// How many requests are not listed.
    #[must_use]
    pub fn unlisted(&self) -> usize {
        self.left_out.iter().sum()
    }

    /// The same with some of the requests, by number and source.
    fn keep(
        &self,
        cut: impl Fn(&Report, &dyn Fn(usize) -> bool) -> Report,
        keep: impl Fn(usize, usize) -> bool,
    ) -> Self {
        let kept: Vec<bool> = self
            .source_of
            .iter()
            .enumerate()
            .map(|(request, &source)| keep(request, source))
            .collect();
        let mut places = Vec::with_capacity(kept.len());
        let mut next = 0;
        for &kept in &kept {
            places.push(next);
            next += usize::from(kept);
        }
        let of = self.source_of.iter().zip(&kept);
        let work = self.work.iter().filter(|work| kept[work.request]);
        Self {
            sources: self.sources.clone(),
            source_of: of
                .filter(|&(_, kept)| *kept)
                .map(|(source, _)| *source)
                .collect(),
            report: cut(&self.report, &|request| kept[request]),
            work: work
                .map(|work| Work {
                    request: places[work.request],
                    ..*work
                })
                .collect(),
            limits: self.limits.clone(),
            before: self.before,
            wall: self.wall,
            left_out: self.left_out.clone(),
            advice: self.advice.clone(),
        }
    }

    /// The hosts that were asked.
    fn hosts(&self) -> BTreeSet<Host> {
        let attempts = self.report.timeline.iter();
        attempts
            .filter_map(|attempt| host_of(&attempt.url))
            .collect()
    }
}

/// The host of a recorded address.
pub(crate) fn host_of(url: &str) -> Option<Host> {
    Url::parse(url).ok().and_then(|url| Host::of(&url))
}
