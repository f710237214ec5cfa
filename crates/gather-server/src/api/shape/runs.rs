//! Runs, outcomes, sources.

use std::time::Duration;

use gather_run::{HostOutlook, SourceOutlook, Standing};
use gather_store::{Counts, Outcome, OutcomeState, Run, SourceOutcome};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schedule::{Fetched, Progress, UnderWay};

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// How a source came out of a run.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct OutcomeShape {
    source: String,
    /// `complete`, `partial`, `unchanged`, `limited`, `failed` or `skipped`; none while it runs.
    state: Option<String>,
    /// Why it is not complete.
    reason: Option<String>,
    /// What can be done about it.
    hint: Option<String>,
    /// When it may be asked again, where it said so.
    #[schema(format = "date-time")]
    until: Option<String>,
    new: u64,
    changed: u64,
    unchanged: u64,
    rejected: u64,
    /// Requests on the wire.
    attempts: u32,
    /// What its requests waited, summed over them.
    waited_ms: u64,
    took_ms: u64,
}

impl OutcomeShape {
    #[expect(
        clippy::too_many_arguments,
        reason = "two types of the store have the same fields"
    )]
    fn new(
        source: String,
        state: Option<OutcomeState>,
        reason: Option<String>,
        hint: Option<String>,
        until: Option<jiff::Timestamp>,
        counts: Counts,
        attempts: u32,
        spans: (Duration, Duration),
    ) -> Self {
        Self {
            source,
            state: state.map(|state| state.to_string()),
            reason,
            hint,
            until: until.map(|at| at.to_string()),
            new: counts.new,
            changed: counts.changed,
            unchanged: counts.unchanged,
            rejected: counts.rejected,
            attempts,
            waited_ms: millis(spans.0),
            took_ms: millis(spans.1),
        }
    }
}

impl From<SourceOutcome> for OutcomeShape {
    fn from(it: SourceOutcome) -> Self {
        let spans = (it.waited, it.took);
        Self::new(
            it.source,
            it.state,
            it.reason,
            it.hint,
            it.until,
            it.counts,
            it.attempts,
            spans,
        )
    }
}

impl From<Outcome> for OutcomeShape {
    fn from(it: Outcome) -> Self {
        let spans = (it.waited, it.took);
        let state = Some(it.state);
        Self::new(
            it.source,
            state,
            it.reason,
            it.hint,
            it.until,
            it.counts,
            it.attempts,
            spans,
        )
    }
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct RunShape {
    id: i64,
    /// `running`, `complete`, `partial`, `failed` or `interrupted`.
    status: String,
    #[schema(format = "date-time")]
    started_at: String,
    #[schema(format = "date-time")]
    ended_at: Option<String>,
    wall_ms: Option<u64>,
    /// What its requests would have taken one by one.
    one_by_one_ms: Option<u64>,
    /// The longest chain of requests that had to follow one another.
    longest_chain_ms: Option<u64>,
    /// Of the sources that this user may see.
    outcomes: Vec<OutcomeShape>,
}

impl From<Run> for RunShape {
    fn from(run: Run) -> Self {
        Self {
            id: run.id.get(),
            status: run.status.to_string(),
            started_at: run.started_at.to_string(),
            ended_at: run.ended_at.map(|at| at.to_string()),
            wall_ms: run.wall.map(millis),
            one_by_one_ms: run.one_by_one.map(millis),
            longest_chain_ms: run.longest_chain.map(millis),
            outcomes: run.outcomes.into_iter().map(Into::into).collect(),
        }
    }
}

/// Runs, the newest first, and those under way.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct RunsShape {
    pub(in crate::api) under_way: Vec<UnderWayShape>,
    pub(in crate::api) items: Vec<RunShape>,
    /// To ask for the next page with, as `before`; none where this was the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) next: Option<i64>,
}

/// A run under way.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct UnderWayShape {
    run: i64,
    #[schema(format = "date-time")]
    started_at: String,
    sources: Vec<ProgressShape>,
}

/// How far a source is.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ProgressShape {
    source: String,
    /// Requests that are over.
    done: u32,
    /// Requests that are known of so far.
    known: u32,
    /// How it came out, once it has.
    state: Option<String>,
}

impl From<UnderWay> for UnderWayShape {
    fn from(run: UnderWay) -> Self {
        Self {
            run: run.run.get(),
            started_at: run.started_at.to_string(),
            sources: run.sources.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Progress> for ProgressShape {
    fn from(progress: Progress) -> Self {
        Self {
            source: progress.source,
            done: progress.done,
            known: progress.known,
            state: progress.outcome.map(|outcome| outcome.state.to_string()),
        }
    }
}

/// What became of fetching now.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct FetchedShape {
    /// Whether all of it is done.
    pub(in crate::api) done: bool,
    /// The runs that fetch it: one begun for it, and those that were under way already.
    runs: Vec<i64>,
    /// The sources that are still being asked.
    running: Vec<String>,
    /// Those that are done.
    outcomes: Vec<OutcomeShape>,
}

impl From<Fetched> for FetchedShape {
    fn from(fetched: Fetched) -> Self {
        let mut shape = Self {
            done: false,
            runs: fetched.runs.iter().map(|run| run.get()).collect(),
            running: Vec::new(),
            outcomes: Vec::new(),
        };
        for source in fetched.sources {
            match source.outcome {
                Some(outcome) => shape.outcomes.push(outcome.into()),
                None => shape.running.push(source.source),
            }
        }
        shape.done = shape.running.is_empty();
        shape
    }
}

/// How a source stands.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(in crate::api) struct SourceShape {
    pub(in crate::api) name: String,
    /// Whether only this user sees it.
    pub(in crate::api) own: bool,
    /// Its last outcome: `complete`, `partial`, `unchanged`, `limited`, `failed` or `skipped`; `never` where there is
    /// none, `key_missing` where it lacks a secret, `given_up` where it is not asked any more.
    pub(in crate::api) state: String,
    /// Whether it is being asked now.
    pub(in crate::api) running: bool,
    /// Whether its data is older than twice its interval.
    pub(in crate::api) stale: bool,
    pub(in crate::api) reason: Option<String>,
    pub(in crate::api) hint: Option<String>,
    /// When its data was last known to be good.
    #[schema(format = "date-time")]
    pub(in crate::api) good_at: Option<String>,
    /// How old that is, at the moment of the answer.
    pub(in crate::api) age_s: Option<u64>,
    /// When it is fetched next by itself.
    #[schema(format = "date-time")]
    pub(in crate::api) next_due: Option<String>,
    /// How often it is fetched.
    pub(in crate::api) every_s: u64,
    /// How long it took last.
    pub(in crate::api) took_ms: Option<u64>,
    pub(in crate::api) articles: u64,
    pub(in crate::api) accounts: u64,
    pub(in crate::api) transactions: u64,
}

/// The sources that a user may see.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct SourcesShape {
    #[schema(format = "date-time")]
    pub(in crate::api) as_of: String,
    pub(in crate::api) items: Vec<SourceShape>,
}

/// A source and why it stands as it does.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct StandingShape {
    #[serde(flatten)]
    pub(in crate::api) source: SourceShape,
    preset: Option<String>,
    /// What it asks first, without credentials.
    addresses: Vec<String>,
    failures_in_a_row: usize,
    /// What keeps it from its interval.
    why_not_before: Option<String>,
    hosts: Vec<HostShape>,
    /// The newest first.
    outcomes: Vec<PastShape>,
}

/// A host that a source asks.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct HostShape {
    host: String,
    in_flight: usize,
    #[schema(format = "date-time")]
    cooling_until: Option<String>,
    quotas: Vec<QuotaShape>,
}

/// A quota of a host.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct QuotaShape {
    requests: u32,
    per_s: u64,
    /// How many of its places are taken.
    taken: u64,
    /// When one comes free, where none is.
    #[schema(format = "date-time")]
    free_at: Option<String>,
}

/// An outcome of a run of before.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct PastShape {
    run: i64,
    #[serde(flatten)]
    outcome: OutcomeShape,
}

impl From<HostOutlook> for HostShape {
    fn from(host: HostOutlook) -> Self {
        let quotas = host.quotas.into_iter().map(|quota| QuotaShape {
            requests: quota.requests,
            per_s: quota.per.as_secs(),
            taken: quota.taken,
            free_at: quota.free_at.map(|at| at.to_string()),
        });
        Self {
            host: host.host,
            in_flight: host.in_flight,
            cooling_until: host.cooling_until.map(|at| at.to_string()),
            quotas: quotas.collect(),
        }
    }
}

impl StandingShape {
    pub(in crate::api) fn new(source: SourceShape, standing: Standing) -> Self {
        let SourceOutlook { reason, .. } = standing.outlook;
        let outcomes = standing.outcomes.into_iter().map(|past| PastShape {
            run: past.run.get(),
            outcome: past.outcome.into(),
        });
        Self {
            source,
            preset: standing.preset,
            addresses: standing.addresses,
            failures_in_a_row: standing.failures_in_a_row,
            why_not_before: reason,
            hosts: standing.on_hosts.into_iter().map(Into::into).collect(),
            outcomes: outcomes.collect(),
        }
    }
}
