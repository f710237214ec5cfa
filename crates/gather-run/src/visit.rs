//! When a source is to be asked next, and why not before: its interval, and everything that moves it.
//!
//! All of it is derived from what the store keeps, so that it survives a restart. A failing source backs off and is
//! probed for ever; only one that is gone (410), or whose credentials were refused again and again (401), is given up.
//!
//! Not here: waiting for it (the server), jitter, which is the schedule's.

use std::time::Duration;

use gather_sources::Source;
use gather_store::{Error, OutcomeState, SourceOutcome, Stop, Store};
use jiff::{SignedDuration, Timestamp};

use crate::{known, outlook::DEFAULT_EVERY, run::day};

/// The longest pause between two probes of a source that fails, unless its own interval is longer.
const LONGEST_BACKOFF: Duration = Duration::from_secs(6 * 3600);

/// After so many refusals of its credentials in a row a source is given up.
pub const MOST_REFUSALS: u32 = 3;

/// When a source is to be asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Visit {
    /// When; not before now. `None`: it is given up.
    pub at: Option<Timestamp>,
    /// What keeps it from its interval, in words.
    pub reason: Option<String>,
    /// Why it is given up.
    pub given_up: Option<Stop>,
}

impl Visit {
    fn never(stop: Stop, reason: &str) -> Self {
        Self {
            at: None,
            reason: Some(reason.to_owned()),
            given_up: Some(stop),
        }
    }
}

/// When a source is to be asked next, as the store has it.
///
/// # Errors
/// When the store cannot be read.
pub fn visit(source: &Source, store: &Store, now: Timestamp) -> Result<Visit, Error> {
    let name = known::of(source);
    let every = source.every().unwrap_or(DEFAULT_EVERY);
    let asks = source.first_asks_on(day(now));
    let gone = store.gone_addresses(name)?;
    let is_gone =
        |ask: &gather_sources::Ask| gone.iter().any(|gone| gone.url == ask.bare_url().as_str());
    if !asks.is_empty() && asks.iter().all(is_gone) {
        return Ok(Visit::never(
            Stop::Gone,
            "its address is gone for good (410)",
        ));
    }
    let last = store.last_outcome(name)?;
    let failures = store.failures_in_a_row(name)?;
    let refused = last.as_ref().and_then(|last| last.stop) == Some(Stop::Refused);
    if refused && failures >= MOST_REFUSALS {
        return Ok(Visit::never(
            Stop::Refused,
            "its credentials were refused again and again (401)",
        ));
    }
    let mut due = now;
    let mut reason = None;
    if let Some((last, at)) = last.as_ref().and_then(|last| Some((last, last.at?))) {
        let pause = pause(last, failures, every);
        due = due.max(at.saturating_add(pause).unwrap_or(Timestamp::MAX));
        if pause > every && due > now {
            reason = Some(format!("it failed {failures} times in a row"));
        }
    }
    let cooling = store.cooling(now)?;
    let hosts = source.manners();
    let cooling = cooling
        .iter()
        .filter(|cooling| hosts.iter().any(|manners| manners.host == cooling.host))
        .map(|cooling| cooling.until)
        .max();
    for (until, why) in [
        (cooling, "its host asked to be left alone until then"),
        (
            last.and_then(|last| last.until),
            "its last run found it limited until then",
        ),
        (
            fresh_until(source, store, &asks, now)?,
            "its last answer is good until then",
        ),
    ] {
        // Two may speak of the same pause, a moment apart.
        let later = |until: &Timestamp| until.duration_since(due) > SignedDuration::from_secs(60);
        if let Some(until) = until.filter(later) {
            due = until;
            reason = Some(why.to_owned());
        }
    }
    Ok(Visit {
        at: Some(due),
        reason,
        given_up: None,
    })
}

/// How long a source rests after an outcome: its interval, doubled for each failure behind the first.
fn pause(last: &SourceOutcome, failures: u32, every: Duration) -> Duration {
    if last.state != Some(OutcomeState::Failed) {
        return every;
    }
    let doubled = every.saturating_mul(1 << failures.saturating_sub(1).min(20));
    doubled.min(LONGEST_BACKOFF.max(every))
}

/// Until when everything that it asks first still stands by its server's own word.
fn fresh_until(
    source: &Source,
    store: &Store,
    asks: &[gather_sources::Ask],
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let answers = store.answers(known::of(source), source.declaration().digest())?;
    let until = |ask: &gather_sources::Ask| {
        let key = known::key(ask)?;
        let kept = answers.iter().find(|kept| kept.request == key)?;
        kept.fresh_until.filter(|&until| until > now)
    };
    let all: Option<Vec<_>> = asks.iter().map(until).collect();
    Ok(all.and_then(|all| all.into_iter().min()))
}
