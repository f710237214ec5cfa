//! The next 24 hours, and why a source stands as it does: what is declared, laid over what the store knows.
//!
//! Nothing is asked for either. How many requests a run of a source makes is learnt from its latest runs, and where
//! there are none it is what the declaration asks first, which is the least.
//!
//! Not here: keeping to the schedule (the server), printing it.

use std::{collections::BTreeMap, time::Duration};

use gather::Quota as Window;
use gather_records::Viewer;
use gather_sources::{Quota, Source};
use gather_store::{
    Cooling, Error, Gone, Held, KeptAnswer, Move, OutcomeState, QuotaUse, Run, RunId,
    SourceOutcome, SourceState, Store,
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{known, plan::Plan, run::day, visit::visit};

/// How often a source is fetched that does not say.
pub const DEFAULT_EVERY: Duration = Duration::from_secs(30 * 60);

/// How far an outlook looks.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How many earlier runs are looked at.
const RUNS: usize = 20;
/// The most runs of one source that are laid out; whoever fetches more often than each minute sees no more of them.
const MOST_STARTS: usize = 24 * 60;

/// The next 24 hours of requests, should every source be fetched when it is due. Durations are seconds in JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// From when.
    pub from: Timestamp,
    /// Each source, in the order of the configuration.
    pub sources: Vec<SourceOutlook>,
    /// Each host that is asked, by name.
    pub hosts: Vec<HostOutlook>,
}

/// One source in an [`Outlook`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceOutlook {
    /// Its name.
    pub source: String,
    /// How often it is fetched; [`DEFAULT_EVERY`] where it does not say.
    #[serde(rename = "every_s", serialize_with = "seconds")]
    pub every: Duration,
    /// When it is due; `None`: it cannot run, see [`reason`](Self::reason).
    pub next_due: Option<Timestamp>,
    /// How often it runs within the 24 hours.
    pub runs: usize,
    /// Requests a run: the most of its latest runs.
    pub requests: u32,
    /// Whether there was a run to learn that from.
    pub learnt: bool,
    /// The hosts it asks.
    pub hosts: Vec<String>,
    /// Why it does not run, or not before the time.
    pub reason: Option<String>,
}

/// One host in an [`Outlook`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostOutlook {
    /// Scheme, name and port.
    pub host: String,
    /// Requests within the 24 hours.
    pub requests: u64,
    /// How many may be in flight.
    pub in_flight: usize,
    /// Until when it asked to be left alone.
    pub cooling_until: Option<Timestamp>,
    /// Its quotas, and how far the plan fits into them.
    pub quotas: Vec<QuotaOutlook>,
}

/// One quota of a host.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuotaOutlook {
    /// How many requests it allows in a window.
    pub requests: u32,
    /// The length of the window.
    #[serde(rename = "per_s", serialize_with = "seconds")]
    pub per: Duration,
    /// How many of its places are taken now.
    pub taken: u64,
    /// When a place comes free, where none is.
    pub free_at: Option<Timestamp>,
    /// The most that any window would hold, those of now included.
    pub busiest: u64,
    /// Whether that is within what it allows. Where it is not, nothing breaks: requests wait, or are left for later.
    pub fits: bool,
}

/// How one source stands, and why. Durations are seconds in JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Its part of the outlook.
    #[serde(flatten)]
    pub outlook: SourceOutlook,
    /// The preset it builds on.
    pub preset: Option<String>,
    /// What it asks first, without credentials.
    pub addresses: Vec<String>,
    /// Its latest outcomes with their runs, the newest first.
    pub outcomes: Vec<RunOutcome>,
    /// How many of the newest outcomes brought nothing.
    pub failures_in_a_row: usize,
    /// When its data was last known to be good.
    pub good_at: Option<Timestamp>,
    /// What is held of it.
    pub held: Held,
    /// The hosts it asks.
    pub on_hosts: Vec<HostOutlook>,
    /// What is noted of its answers: they are asked for with a condition, or not before they are stale.
    pub answers: Vec<Noted>,
    /// Its addresses that lead elsewhere for good.
    pub moves: Vec<Moved>,
    /// Its addresses at which nothing will come any more, and since when.
    pub gone: Vec<(String, Timestamp)>,
}

/// An outcome with its run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunOutcome {
    /// The run.
    pub run: RunId,
    /// How the source came out of it.
    #[serde(flatten)]
    pub outcome: SourceOutcome,
}

/// What is noted of one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// The step and the address, without credentials.
    pub request: String,
    /// Whether the server can say that nothing has changed.
    pub has_validator: bool,
    /// Until when it is not asked for again.
    pub fresh_until: Option<Timestamp>,
    /// Until when it may stand in for an error.
    pub stale_if_error_until: Option<Timestamp>,
    /// When it was fetched, or last confirmed.
    pub at: Timestamp,
}

/// An address that leads elsewhere for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The address that is declared.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// In how many runs in a row; from three on the new one is asked.
    pub runs: u32,
    /// Since when the new one is asked instead.
    pub adopted_at: Option<Timestamp>,
}

fn seconds<S: serde::Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}

/// What the store knows that bears on the time ahead.
struct Past {
    now: Timestamp,
    runs: Vec<Run>,
    states: Vec<SourceState>,
    cooling: Vec<Cooling>,
    quotas: Vec<QuotaUse>,
}

impl Past {
    fn of(store: &Store, now: Timestamp) -> Result<Self, Error> {
        Ok(Self {
            now,
            runs: store.runs(&Viewer::Operator, RUNS)?,
            states: store.source_states(&Viewer::Operator)?,
            cooling: store.cooling(now)?,
            quotas: store.quota_use(now)?,
        })
    }

    fn state(&self, source: &str, owner: Option<&str>) -> Option<&SourceState> {
        let mut states = self.states.iter();
        states.find(|state| state.source == source && state.owner.as_deref() == owner)
    }

    /// The outcomes of a source, the newest first: those of the latest runs, and its last one however long ago.
    fn outcomes(&self, source: &str, owner: Option<&str>) -> Vec<(RunId, &SourceOutcome)> {
        let of = |run: &'_ Run| -> Option<usize> {
            run.outcomes.iter().position(|outcome| {
                outcome.source == source
                    && outcome.owner.as_deref() == owner
                    && outcome.state.is_some()
            })
        };
        let mut found: Vec<_> = self
            .runs
            .iter()
            .filter_map(|run| Some((run.id, &run.outcomes[of(run)?])))
            .collect();
        if found.is_empty() {
            let state = self.state(source, owner);
            found.extend(state.and_then(|state| Some((state.last_run?, state.last.as_ref()?))));
        }
        found
    }

    fn cooling_until(&self, host: &str) -> Option<Timestamp> {
        let cooling = self.cooling.iter().find(|cooling| cooling.host == host);
        cooling.map(|cooling| cooling.until)
    }
}

/// Lays out the next 24 hours.
///
/// # Errors
/// When the store cannot be read.
pub fn outlook(plan: &Plan, store: &Store, now: Timestamp) -> Result<Outlook, Error> {
    let past = Past::of(store, now)?;
    let mut sources = Vec::new();
    let mut starts: BTreeMap<String, Vec<(Timestamp, u32)>> = BTreeMap::new();
    for source in plan.sources() {
        let (outlook, planned) = of_source(source, store, &past)?;
        for (host, requests) in spread(source, outlook.requests) {
            let at = planned.iter().map(|&at| (at, requests));
            starts.entry(host).or_default().extend(at);
        }
        sources.push(outlook);
    }
    sources.extend(plan.unready().iter().map(unready));
    let hosts = starts.into_iter().map(|(host, mut starts)| {
        starts.sort_unstable();
        of_host(plan, &host, &starts, &past)
    });
    Ok(Outlook {
        from: now,
        hosts: hosts.collect(),
        sources,
    })
}

/// Why a source of the plan stands as it does; `None` when the plan has no such source.
///
/// # Errors
/// When the store cannot be read.
pub fn standing(
    plan: &Plan,
    store: &Store,
    name: &str,
    now: Timestamp,
) -> Result<Option<Standing>, Error> {
    let past = Past::of(store, now)?;
    let found = plan.sources().find(|source| source.name() == name);
    let lacking = plan.unready().iter().find(|unready| unready.source == name);
    let (owner, outlook, planned) = match (found, lacking) {
        (Some(source), _) => {
            let (outlook, planned) = of_source(source, store, &past)?;
            (source.owner(), outlook, planned)
        }
        (None, Some(lacking)) => (lacking.owner.as_deref(), unready(lacking), Vec::new()),
        (None, None) => return Ok(None),
    };
    let outcomes: Vec<_> = past
        .outcomes(name, owner)
        .into_iter()
        .map(|(run, outcome)| RunOutcome {
            run,
            outcome: outcome.clone(),
        })
        .collect();
    let bad = |outcome: &&RunOutcome| {
        matches!(
            outcome.outcome.state,
            Some(OutcomeState::Failed | OutcomeState::Limited)
        )
    };
    let state = past.state(name, owner);
    let mut standing = Standing {
        failures_in_a_row: outcomes.iter().take_while(bad).count(),
        outcomes,
        good_at: state.and_then(|state| state.good_at),
        held: state.map(|state| state.held).unwrap_or_default(),
        preset: None,
        addresses: Vec::new(),
        on_hosts: Vec::new(),
        answers: Vec::new(),
        moves: Vec::new(),
        gone: Vec::new(),
        outlook,
    };
    let Some(source) = found else {
        return Ok(Some(standing));
    };
    let name = known::of(source);
    let asks = source.first_asks_on(day(past.now));
    standing.preset = source.declaration().preset().map(str::to_owned);
    standing.addresses = asks.iter().map(|ask| ask.bare_url().to_string()).collect();
    for (host, requests) in spread(source, standing.outlook.requests) {
        let starts: Vec<_> = planned.iter().map(|&at| (at, requests)).collect();
        let host = of_host(plan, &host, &starts, &past);
        standing.on_hosts.push(host);
    }
    let answers = store.answers(name, source.declaration().digest())?;
    standing.answers = answers.into_iter().map(Noted::from).collect();
    standing.moves = store.moves(name)?.into_iter().map(Moved::from).collect();
    let gone = store.gone_addresses(name)?;
    standing.gone = gone.into_iter().map(|Gone { url, at }| (url, at)).collect();
    Ok(Some(standing))
}

impl From<KeptAnswer> for Noted {
    fn from(kept: KeptAnswer) -> Self {
        Self {
            has_validator: kept.etag.is_some() || kept.last_modified.is_some(),
            request: kept.request,
            fresh_until: kept.fresh_until,
            stale_if_error_until: kept.stale_if_error_until,
            at: kept.at,
        }
    }
}

impl From<Move> for Moved {
    fn from(moved: Move) -> Self {
        Self {
            from: moved.from,
            to: moved.to,
            runs: moved.runs,
            adopted_at: moved.adopted_at,
        }
    }
}

fn unready(unready: &gather_sources::Unready) -> SourceOutlook {
    SourceOutlook {
        source: unready.source.clone(),
        every: DEFAULT_EVERY,
        next_due: None,
        runs: 0,
        requests: 0,
        learnt: false,
        hosts: Vec::new(),
        reason: Some(format!("{}: {}", unready.reason, unready.hint)),
    }
}

/// A source's part, and when it starts.
fn of_source(
    source: &Source,
    store: &Store,
    past: &Past,
) -> Result<(SourceOutlook, Vec<Timestamp>), Error> {
    let every = source.every().unwrap_or(DEFAULT_EVERY);
    let hosts: Vec<_> = source
        .manners()
        .iter()
        .map(|manners| manners.host.clone())
        .collect();
    let (requests, learnt) = requests_of(source, past);
    let mut outlook = SourceOutlook {
        source: source.name().to_owned(),
        every,
        next_due: None,
        runs: 0,
        requests,
        learnt,
        reason: None,
        hosts,
    };
    let visit = visit(source, store, past.now)?;
    outlook.next_due = visit.at;
    outlook.reason = visit.reason;
    let Some(due) = visit.at else {
        return Ok((outlook, Vec::new()));
    };
    let end = past.now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let starts = std::iter::successors(Some(due), |at| at.checked_add(every).ok());
    let starts: Vec<_> = starts
        .take_while(|&at| at < end)
        .take(MOST_STARTS)
        .collect();
    outlook.runs = starts.len();
    Ok((outlook, starts))
}

/// How many requests a run of a source makes: the most of its latest runs, else what it asks first, which is the least;
/// and whether there was a run to learn that from.
fn requests_of(source: &Source, past: &Past) -> (u32, bool) {
    let outcomes = past.outcomes(source.name(), source.owner());
    let most = outcomes.iter().map(|(_, outcome)| outcome.attempts).max();
    let first = u32::try_from(source.first_asks().len()).unwrap_or(u32::MAX);
    match most.filter(|&most| most > 0) {
        Some(most) => (most, true),
        None => (first, false),
    }
}

/// How many requests one run of a plan makes on each host, and the sources of which only the first requests are known.
pub(crate) struct Expected {
    pub(crate) hosts: BTreeMap<String, u64>,
    pub(crate) unlearnt: Vec<String>,
}

/// What a run of a plan is expected to ask, by the runs that a store knows, or by the declarations alone.
pub(crate) fn expected(
    plan: &Plan,
    store: Option<&Store>,
    now: Timestamp,
) -> Result<Expected, Error> {
    let past = match store {
        Some(store) => Past::of(store, now)?,
        None => Past {
            now,
            runs: Vec::new(),
            states: Vec::new(),
            cooling: Vec::new(),
            quotas: Vec::new(),
        },
    };
    let mut expected = Expected {
        hosts: BTreeMap::new(),
        unlearnt: Vec::new(),
    };
    for source in plan.sources() {
        let (requests, learnt) = requests_of(source, &past);
        for (host, requests) in spread(source, requests) {
            *expected.hosts.entry(host).or_default() += u64::from(requests);
        }
        if !learnt {
            expected.unlearnt.push(source.name().to_owned());
        }
    }
    Ok(expected)
}

/// How the requests of a run fall on its hosts: what is asked first where it is asked, and the rest, which follows from
/// that, on the last host.
fn spread(source: &Source, requests: u32) -> Vec<(String, u32)> {
    let mut hosts: Vec<(String, u32)> = source
        .manners()
        .iter()
        .map(|manners| (manners.host.clone(), 0))
        .collect();
    let mut left = requests;
    for ask in source.first_asks() {
        let origin = ask.url().origin().ascii_serialization();
        if let Some(host) = hosts.iter_mut().find(|(host, _)| *host == origin)
            && left > 0
        {
            host.1 += 1;
            left -= 1;
        }
    }
    if let Some(host) = hosts.last_mut() {
        host.1 += left;
    }
    hosts
}

fn of_host(plan: &Plan, host: &str, starts: &[(Timestamp, u32)], past: &Past) -> HostOutlook {
    let (in_flight, quotas) = plan.limits_of(host);
    HostOutlook {
        host: host.to_owned(),
        requests: starts
            .iter()
            .map(|&(_, requests)| u64::from(requests))
            .sum(),
        in_flight,
        cooling_until: past.cooling_until(host),
        quotas: quotas
            .iter()
            .map(|quota| of_quota(host, *quota, starts, past))
            .collect(),
    }
}

fn of_quota(host: &str, quota: Quota, starts: &[(Timestamp, u32)], past: &Past) -> QuotaOutlook {
    let window = Window::new(quota.requests, quota.per);
    let key = window.key(host);
    let used = past.quotas.iter().find(|used| used.key == key);
    let taken = used.map_or(0, |used| used.taken);
    // What is taken now, as starts of the past: each was made a hold before it comes free.
    let hold = SignedDuration::try_from(window.hold()).unwrap_or(SignedDuration::MAX);
    let mut all: Vec<(Timestamp, u64)> = Vec::new();
    let mut known = 0;
    for &(free_at, places) in used.iter().flat_map(|used| &used.coming_free) {
        known += places;
        all.push((
            free_at
                .saturating_sub(hold)
                .unwrap_or(past.now)
                .min(past.now),
            places,
        ));
    }
    // Those under way come free nobody knows when: they count from now.
    all.push((past.now, taken.saturating_sub(known)));
    all.extend(
        starts
            .iter()
            .map(|&(at, requests)| (at, u64::from(requests))),
    );
    all.sort_unstable();
    let per = SignedDuration::try_from(quota.per).unwrap_or(SignedDuration::MAX);
    let (mut oldest, mut inside, mut busiest) = (0, 0, 0);
    for &(at, requests) in &all {
        inside += requests;
        while at.duration_since(all[oldest].0) > per {
            inside -= all[oldest].1;
            oldest += 1;
        }
        busiest = busiest.max(inside);
    }
    QuotaOutlook {
        requests: quota.requests,
        per: quota.per,
        taken,
        free_at: used.and_then(QuotaUse::free_at),
        busiest,
        fits: busiest <= u64::from(quota.requests),
    }
}
