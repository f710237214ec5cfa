//! Does every source answer as its declaration expects? One request a source, nothing stored.
//!
//! The requests count against the quotas that a run counts against, since a server cannot tell them apart. What an
//! answer leads to is not asked: that there is something to follow is the finding.
//!
//! Not here: whether the declaration itself is right (`gather_sources::Config`), an address that is not declared
//! (`probe`).

use std::{sync::Arc, time::Duration};

use gather::{Client, Clock, Request, Response};
use gather_records::RecordKind;
use gather_sources::{Ask, ReadError, Reading, Source};
use gather_store::Store;
use jiff::{Timestamp, civil::Date};

use crate::{
    keep,
    ledger::StoreLedger,
    plan::Plan,
    probe::NoAnswer,
    run::{RunError, day, timestamp},
    send,
    tally::Fault,
};

/// What one source answered to one request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checked {
    /// The source's name.
    pub source: String,
    /// How many first requests it has; one of them was made.
    pub requests: usize,
    /// From the request to the last byte; `None` without an answer.
    pub took: Option<Duration>,
    /// What came of it.
    pub answer: Result<Answered, NoAnswer>,
}

/// What was in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answered {
    /// How many records of each kind, in the order they are shown; kinds without any are left out.
    pub records: Vec<(RecordKind, usize)>,
    /// How many requests it leads to: what is followed, and next pages.
    pub follow: usize,
    /// Rows that could not be used.
    pub rejected: usize,
    /// Why the first of them could not.
    pub first_rejected: Option<String>,
    /// Rows left out as declared.
    pub skipped: usize,
    /// What a person may want to know, and what the provider complained about beside the data.
    pub warnings: Vec<String>,
}

impl Checked {
    /// Whether the answer was all that the declaration expects.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.answer
            .as_ref()
            .is_ok_and(|answer| answer.rejected == 0)
    }
}

/// Asks each source of a plan that has its secrets once, all at the same time, within the deadline of the settings.
///
/// # Errors
/// [`RunError::Client`]. What a source does wrong is its result.
///
/// # Cancel safety
/// Dropping the future drops the requests that are under way; those sent stay counted.
pub async fn check_online(
    plan: &Plan,
    store: &Store,
    clock: Clock,
) -> Result<Vec<Checked>, RunError> {
    let ledger = StoreLedger::new(store.clone());
    let today = day(timestamp(clock.wall()));
    let client = plan.client(clock, Some(ledger)).map_err(RunError::Client)?;
    let asks = with_tokens(plan, &client, today).await;
    let requests: Vec<Request> = plan
        .sources
        .iter()
        .zip(&asks)
        .filter_map(|(source, ask)| Some(send::request(source, ask.as_ref().ok()?, None)))
        .collect();
    let answers = client
        .gather(requests)
        .deadline(plan.settings().deadline)
        .await;
    let mut answers = answers.results.into_iter();
    let mut checked = Vec::new();
    for (source, ask) in plan.sources.iter().zip(asks) {
        let (took, answer) = match ask {
            Err(no) => (None, Err(no)),
            Ok(ask) => match answers.next() {
                Some(Ok(response)) => {
                    let took = response.elapsed();
                    (Some(took), read(Arc::clone(source), ask, response).await)
                }
                Some(Err(error)) => (None, Err(Fault::unanswered(&error).into())),
                None => continue,
            },
        };
        checked.push(Checked {
            source: source.name().to_owned(),
            requests: source.first_asks().len(),
            took,
            answer,
        });
    }
    Ok(checked)
}

/// The first request of each source, with the token that it may need.
async fn with_tokens(plan: &Plan, client: &Client, today: Date) -> Vec<Result<Ask, NoAnswer>> {
    let wanted: Vec<Option<Request>> = plan
        .sources
        .iter()
        .map(|source| Some(send::token_request(source, &source.token_ask()?)))
        .collect();
    let requests: Vec<Request> = wanted.iter().flatten().cloned().collect();
    let mut tokens = Vec::new().into_iter();
    if !requests.is_empty() {
        let answers = client
            .gather(requests)
            .deadline(plan.settings().deadline)
            .await;
        tokens = answers.results.into_iter();
    }
    let mut asks = Vec::new();
    for (source, wanted) in plan.sources.iter().zip(wanted) {
        let Some(ask) = source.first_asks_on(today).into_iter().next() else {
            asks.push(Err(Fault::plain("it asks nothing", None).into()));
            continue;
        };
        let token = wanted.and_then(|_| tokens.next());
        asks.push(match token {
            None => Ok(ask),
            Some(Err(error)) => Err(Fault::unanswered(&error).into()),
            Some(Ok(response)) => source
                .read_token(response.status().as_u16(), response.bytes())
                .map(|token| ask.with_token(&token))
                .map_err(|error| unreadable(&error, &response)),
        });
    }
    asks
}

fn unreadable(error: &ReadError, response: &Response) -> NoAnswer {
    let until = response
        .retry_at()
        .and_then(|at| Timestamp::try_from(at).ok());
    Fault::unreadable(error, until).into()
}

/// Reads an answer on a thread of its own, since that takes time.
async fn read(source: Arc<Source>, ask: Ask, response: Response) -> Result<Answered, NoAnswer> {
    let reading = tokio::task::spawn_blocking(move || {
        let links = keep::links(&response);
        source
            .read(&ask, &keep::answer(&response, &links))
            .map_err(|error| unreadable(&error, &response))
    });
    let reading = reading
        .await
        .unwrap_or_else(|died| std::panic::resume_unwind(died.into_panic()))?;
    Ok(answered(&reading))
}

fn answered(reading: &Reading) -> Answered {
    let of = |kind| {
        reading
            .records
            .iter()
            .filter(|record| record.kind() == kind)
            .count()
    };
    let mut warnings = reading.warnings.clone();
    warnings.extend(reading.provider_error.clone());
    Answered {
        records: RecordKind::ALL
            .into_iter()
            .map(|kind| (kind, of(kind)))
            .filter(|(_, count)| *count > 0)
            .collect(),
        follow: reading.follow.len(),
        rejected: reading.rejected.len(),
        first_rejected: reading
            .rejected
            .first()
            .map(|first| format!("row {}: {}", first.row + 1, first.reason)),
        skipped: reading.skipped,
        warnings,
    }
}
