//! A timeline as rows to draw: a lane a source, a row a request, a bar a phase.

use std::{collections::HashSet, time::Duration};

use gather::Attempt;

use super::{Path, Timeline, TimelineSource, Work};

/// What a request was doing, or what was done for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// It waited for its turn: a slot, its host, a quota, or a host that asked to be left alone.
    Waiting,
    /// A pause before another attempt.
    Pausing,
    /// Its host's name was resolved.
    Resolving,
    /// A connection was opened.
    Connecting,
    /// The TLS handshake.
    Tls,
    /// From the request to the first byte of its answer.
    FirstByte,
    /// The body came.
    Body,
    /// Records were made of it.
    Mapping,
    /// They were kept.
    Keeping,
    /// What was under way when the run was stopped.
    Unfinished,
    /// What is no request: getting ready, passing work on, ending.
    Own,
}

impl Phase {
    /// Those of a request, in the order in which they come.
    pub const OF_REQUESTS: [Self; 9] = [
        Self::Waiting,
        Self::Pausing,
        Self::Resolving,
        Self::Connecting,
        Self::Tls,
        Self::FirstByte,
        Self::Body,
        Self::Mapping,
        Self::Keeping,
    ];

    /// A word or two for a person.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Pausing => "pause",
            Self::Resolving => "resolve",
            Self::Connecting => "connect",
            Self::Tls => "TLS",
            Self::FirstByte => "first byte",
            Self::Body => "body",
            Self::Mapping => "map",
            Self::Keeping => "keep",
            Self::Unfinished => "what was not finished",
            Self::Own => "gather itself",
        }
    }
}

/// A stretch of time in one phase, counted from the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// What was done.
    pub phase: Phase,
    /// From when.
    pub from: Duration,
    /// Until when.
    pub to: Duration,
}

impl Bar {
    /// How long it took.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Row<'t> {
    /// Its number.
    pub request: usize,
    /// Its attempts; at least one.
    pub attempts: Vec<&'t Attempt>,
    /// What it did, in order; none is empty, none overlaps another.
    pub bars: Vec<Bar>,
    /// Its stretches of the critical path, in order.
    pub on_path: Vec<(Duration, Duration)>,
}

impl Row<'_> {
    /// The address it asked first.
    #[must_use]
    pub fn url(&self) -> &str {
        self.attempts.first().map_or("", |attempt| &*attempt.url)
    }

    /// The last status that came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.attempts.last().and_then(|attempt| attempt.status)
    }

    /// Why its last attempt failed.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.attempts
            .last()
            .and_then(|attempt| attempt.error.as_deref())
    }

    /// From when it was queued until nothing more was done for it.
    #[must_use]
    pub fn span(&self) -> (Duration, Duration) {
        let from = self.bars.first().map(|bar| bar.from).unwrap_or_default();
        let to = self.bars.last().map_or(from, |bar| bar.to);
        (from, to)
    }
}

/// One source with its requests in order; those of which nothing is known are counted.
#[derive(Debug, Clone)]
pub struct Lane<'t> {
    /// The source.
    pub source: &'t TimelineSource,
    /// Its requests.
    pub rows: Vec<Row<'t>>,
    /// How many more there were.
    pub left_out: usize,
    /// How many were never sent: a limit would have held them too long, or their host was left alone.
    pub unsent: usize,
    /// How many were under way when the run was stopped; what they did is not known.
    pub unfinished: usize,
}

/// Lanes with at most so many rows between them, so that a picture has an end: those on the critical path first, then what
/// failed, then what took longest. The others are counted as left out.
#[must_use]
pub fn fewer(mut lanes: Vec<Lane<'_>>, most: usize) -> Vec<Lane<'_>> {
    let mut tells: Vec<_> = lanes
        .iter()
        .flat_map(|lane| &lane.rows)
        .map(|row| {
            let (from, to) = row.span();
            let marked = !row.on_path.is_empty();
            (
                marked,
                row.error().is_some(),
                to.saturating_sub(from),
                row.request,
            )
        })
        .collect();
    if tells.len() <= most {
        return lanes;
    }
    tells.sort_unstable_by(|one, other| other.cmp(one));
    let kept: HashSet<usize> = tells.iter().take(most).map(|tell| tell.3).collect();
    for lane in &mut lanes {
        let all = lane.rows.len();
        lane.rows.retain(|row| kept.contains(&row.request));
        lane.left_out += all - lane.rows.len();
    }
    lanes
}

impl Timeline {
    /// The sources that asked something, in the order of the plan, with the marks of this path.
    #[must_use]
    pub fn rows(&self, path: &Path) -> Vec<Lane<'_>> {
        let attempts = self.attempts();
        let mut work: Vec<Option<&Work>> = vec![None; self.source_of.len()];
        for one in &self.work {
            work[one.request] = Some(one);
        }
        let mut on_path: Vec<Vec<(Duration, Duration)>> = vec![Vec::new(); self.source_of.len()];
        let mut before = None;
        for segment in &path.segments {
            let Some(request) = segment.request else {
                continue;
            };
            match on_path[request].last_mut() {
                // What gather did in between was for the same request.
                Some((_, to)) if before == Some(request) => *to = segment.bar.to,
                _ => on_path[request].push((segment.bar.from, segment.bar.to)),
            }
            before = Some(request);
        }
        let mut lanes: Vec<Lane<'_>> = self
            .sources
            .iter()
            .zip(&self.left_out)
            .map(|(source, &left_out)| Lane {
                source,
                rows: Vec::new(),
                left_out,
                unsent: 0,
                unfinished: 0,
            })
            .collect();
        let requests = attempts.into_iter().zip(on_path).enumerate();
        for (request, (attempts, on_path)) in requests {
            if attempts.is_empty() {
                let lane = &mut lanes[self.source_of[request]];
                lane.unsent += usize::from(self.report.asked[request].failed);
                lane.unfinished += usize::from(self.is_unfinished(request));
                continue;
            }
            let bars = self.bars(&attempts, work[request]);
            lanes[self.source_of[request]].rows.push(Row {
                request,
                attempts,
                bars,
                on_path,
            });
        }
        lanes.retain(|lane| {
            !lane.rows.is_empty() || lane.left_out + lane.unsent + lane.unfinished > 0
        });
        lanes
    }

    /// Whether a request without attempts was under way when the run was stopped.
    pub(super) fn is_unfinished(&self, request: usize) -> bool {
        let asked = &self.report.asked[request];
        let worked = self.work.iter().any(|work| work.request == request);
        !asked.failed && asked.joined.is_zero() && !worked
    }

    /// The attempts of each request, in their order.
    pub(super) fn attempts(&self) -> Vec<Vec<&Attempt>> {
        let mut attempts: Vec<Vec<&Attempt>> = vec![Vec::new(); self.source_of.len()];
        for attempt in &self.report.timeline {
            attempts[attempt.request].push(attempt);
        }
        for of in &mut attempts {
            of.sort_by_key(|attempt| attempt.number);
        }
        attempts
    }

    fn bars(&self, attempts: &[&Attempt], work: Option<&Work>) -> Vec<Bar> {
        let mut bars = Vec::new();
        let mut over = None;
        for attempt in attempts {
            if let Some(over) = over {
                push(&mut bars, Phase::Pausing, over, attempt.queued);
            }
            bars.extend(phases(attempt));
            over = Some(attempt.ended);
        }
        if let Some(work) = work {
            push(&mut bars, Phase::Mapping, work.began, work.mapped);
            push(&mut bars, Phase::Keeping, work.mapped, work.kept);
        }
        for bar in &mut bars {
            bar.from += self.before;
            bar.to += self.before;
        }
        bars
    }
}

/// What one attempt did, counted from the start of the requests.
pub(super) fn phases(attempt: &Attempt) -> Vec<Bar> {
    let mut bars = Vec::new();
    let end = attempt.ended;
    push(&mut bars, Phase::Waiting, attempt.queued, attempt.started);
    let steps = attempt.connecting;
    let first_byte = attempt.first_byte.unwrap_or(end).min(end);
    let mut asked = attempt.started;
    if !attempt.reused && steps.resolve + steps.connect + steps.tls > Duration::ZERO {
        // What was not sent was still connecting when it ended.
        asked = attempt.sent.unwrap_or(first_byte).min(first_byte);
        let resolved = (attempt.started + steps.resolve).min(asked);
        let opened = asked.saturating_sub(steps.tls).max(resolved);
        push(&mut bars, Phase::Resolving, attempt.started, resolved);
        push(&mut bars, Phase::Connecting, resolved, opened);
        push(&mut bars, Phase::Tls, opened, asked);
    }
    push(&mut bars, Phase::FirstByte, asked, first_byte);
    push(&mut bars, Phase::Body, first_byte, end);
    bars
}

fn push(bars: &mut Vec<Bar>, phase: Phase, from: Duration, to: Duration) {
    if to > from {
        bars.push(Bar { phase, from, to });
    }
}
