//! A run: plan → fan out → map → keep, all sources at once; then rules give transactions their categories.
//!
//! A [`Runner`] owns the client, so that connections, quotas and tokens outlive a single run. Ends when all sources are
//! done, at the deadline, or when it is stopped: then requests are dropped, pages being kept are finished, and the store
//! says that the run was interrupted.
//!
//! Not here: what happens between a request and its rows (`live`).

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use gather::{Client, Clock};
use gather_sources::Source;
use gather_store::{Outcome, OutcomeState, RunEnd, RunId, RunStatus, SourceRef, Store};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tokio::sync::Semaphore;

use crate::{
    event::RunEvent,
    known::{self, Known},
    ledger::StoreLedger,
    live::Live,
    plan::Plan,
    rules::{RulesApplied, apply_rules},
    timeline::Timeline,
    tokens::{Desk, Held},
    visit::{Visit, visit},
};

/// How many threads of a runner map answers and work with the store at once. The store has one writer at a time: of
/// hundreds of answers that come together all but a few would wait for it, each on a thread with its memory.
const WORKERS: usize = 4;

/// Runs a plan, as often as wanted, over one client and one store.
pub struct Runner {
    pub(crate) plan: Plan,
    pub(crate) client: Client,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    ledger: StoreLedger,
    /// Who may work with the store, in order of arrival.
    pub(crate) workers: Arc<Semaphore>,
    /// The OAuth2 token of each source that has one, by its name.
    tokens: Mutex<HashMap<String, Held>>,
}

/// A run that stands in the store as begun, and has asked nothing so far.
///
/// Dropped, it stands as running until the process ends, and then as interrupted.
pub struct Begun<'r> {
    runner: &'r Runner,
    plan: Plan,
    run: RunId,
    start: Instant,
    known: Vec<Known>,
}

/// Why a run could not be made, or its end could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store does not work.
    #[error(transparent)]
    Store(#[from] gather_store::Error),
    /// The client could not be built.
    #[error("the HTTP client could not be set up")]
    Client(#[source] gather::Error),
}

/// What a run did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunReport {
    /// Its number in the store.
    pub run: RunId,
    /// How it ended.
    pub status: RunStatus,
    /// From its start to the last record kept.
    pub wall: Duration,
    /// How each source came out, in the plan's order. Of an interrupted run only those that were done.
    pub outcomes: Vec<Outcome>,
    /// What the requests did with their time, for which sources, and what became of the answers.
    pub timeline: Timeline,
    /// What the configuration's rules made of the transactions that came.
    pub rules: RulesApplied,
}

impl Runner {
    /// A runner. Nothing is asked yet.
    ///
    /// # Errors
    /// [`RunError::Client`].
    pub fn new(plan: Plan, store: Store, clock: Clock) -> Result<Self, RunError> {
        let ledger = StoreLedger::new(store.clone());
        Self::with(plan, store, ledger, clock)
    }

    /// A runner that keeps what comes in one store, and shares limits through the ledger of another.
    ///
    /// # Errors
    /// [`RunError::Client`].
    pub(crate) fn beside(
        plan: Plan,
        store: Store,
        ledger: Store,
        clock: Clock,
    ) -> Result<Self, RunError> {
        Self::with(plan, store, StoreLedger::beside(ledger), clock)
    }

    fn with(plan: Plan, store: Store, ledger: StoreLedger, clock: Clock) -> Result<Self, RunError> {
        let client = plan
            .client(clock.clone(), Some(ledger.clone()))
            .map_err(RunError::Client)?;
        Ok(Self {
            tokens: Mutex::default(),
            plan,
            client,
            store,
            clock,
            ledger,
            workers: Arc::new(Semaphore::new(WORKERS)),
        })
    }

    /// What it runs.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Fetches every source of the plan at once, and keeps what came.
    ///
    /// Ends when all sources are done, when the deadline of the settings has passed, or soon after `stop` completes.
    /// `listener` is called from several threads and should return quickly.
    ///
    /// # Errors
    /// [`RunError::Store`] when the store does not take the beginning or the end of the run. What a source does wrong
    /// is no error but its outcome.
    ///
    /// # Cancel safety
    /// Dropping the future stops the requests at once. Pages whose transaction had begun are kept; the run stands as
    /// running until the process ends, and then as interrupted. Prefer `stop`.
    pub async fn run(
        &self,
        stop: impl Future<Output = ()>,
        listener: impl Fn(RunEvent) + Send + Sync + 'static,
    ) -> Result<RunReport, RunError> {
        let begun = self.begin(&[]).await?;
        begun.go(stop, listener).await
    }

    /// Begins a run of the sources named, and of all where none is. Several runs of one runner can be under way at once;
    /// limits hold over all of them together. A name that is not in the plan is passed over.
    ///
    /// # Errors
    /// [`RunError::Store`] when the store does not take it.
    pub async fn begin(&self, sources: &[String]) -> Result<Begun<'_>, RunError> {
        let plan = self.plan.clone().among(sources);
        let start = self.clock.now();
        let at = self.timestamp();
        let of = plan.clone();
        let begin = move |store: &Store| {
            let ready = of.sources.iter().map(|source| known::of(source));
            let unready = of.unready.iter().map(|unready| SourceRef {
                name: &unready.source,
                owner: unready.owner.as_deref(),
            });
            let sources: Vec<_> = ready.chain(unready).collect();
            let run = store.begin_run(at, &sources)?;
            let known = of.sources.iter().map(|source| Known::of(source, store));
            Ok((run, known.collect::<Result<_, _>>()?))
        };
        let (run, known) = self.blocking(begin).await.map_err(RunError::Store)?;
        Ok(Begun {
            runner: self,
            plan,
            run,
            start,
            known,
        })
    }

    /// When the sources of these names are to be asked next, as the store has it. A name of no source is left out.
    pub async fn visits(
        &self,
        names: &[String],
    ) -> Vec<(String, Result<Visit, gather_store::Error>)> {
        if names.is_empty() {
            return Vec::new();
        }
        let (plan, now) = (self.plan.clone().among(names), self.timestamp());
        let look = move |store: &Store| {
            let of = |source: &Source| (source.name().to_owned(), visit(source, store, now));
            plan.sources().map(of).collect()
        };
        self.blocking(look).await
    }

    /// The tokens that earlier runs got, in the order of a plan.
    pub(crate) fn desks(&self, plan: &Plan) -> Vec<Desk> {
        let held = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |source: &Arc<Source>| Desk::with(held.get(source.name()).cloned());
        plan.sources.iter().map(of).collect()
    }

    fn keep_tokens(&self, plan: &Plan, live: &Live<'_>) {
        let mut held = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        for (source, token) in plan.sources.iter().zip(live.held()) {
            match token {
                Some(token) => held.insert(source.name().to_owned(), token),
                None => held.remove(source.name()),
            };
        }
    }

    /// Does something with the store on a thread that may wait for the disk.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> T {
        let store = self.store.clone();
        on_a_thread(&self.workers, move || work(&store)).await
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        timestamp(self.clock.wall())
    }
}

impl Begun<'_> {
    /// Its number in the store.
    #[must_use]
    pub fn id(&self) -> RunId {
        self.run
    }

    /// What it runs.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Carries it out, as [`Runner::run`] says. [`RunEvent::source`] counts the sources of [`plan`](Self::plan).
    ///
    /// # Errors
    /// [`RunError::Store`] when the store does not take the end of the run.
    ///
    /// # Cancel safety
    /// That of [`Runner::run`].
    pub async fn go(
        self,
        stop: impl Future<Output = ()>,
        listener: impl Fn(RunEvent) + Send + Sync + 'static,
    ) -> Result<RunReport, RunError> {
        let Self {
            runner,
            plan,
            run,
            start,
            known,
        } = self;
        runner.ledger.began(run);
        let mut live = Live::new(runner, &plan, run, start, known, Arc::new(listener));
        live.refuse_unready().await?;
        let mut stop = pin!(stop);
        let mut interrupted = false;
        for source in 0..plan.sources.len() {
            live.begin(source).await?;
        }
        while live.is_open() {
            tokio::select! {
                // What is there is kept first, and a stop is never starved.
                biased;
                () = &mut stop => {
                    interrupted = true;
                    break;
                }
                moved = live.go_on() => moved?,
            }
        }
        runner.keep_tokens(&plan, &live);
        let mut timeline = live.timeline();
        let outcomes = live.end().await?;
        let (rules, at) = (plan.rules.clone(), runner.timestamp());
        let rules = runner
            .blocking(move |store| apply_rules(store, &rules, at))
            .await?;
        let wall = runner.clock.now().saturating_duration_since(start);
        let status = status(&outcomes, interrupted);
        let end = RunEnd {
            status,
            at: runner.timestamp(),
            wall,
            one_by_one: timeline.report.one_by_one,
            longest_chain: timeline.report.longest_chain,
        };
        timeline.wall = wall;
        let ledger = runner.ledger.clone();
        let timeline = runner
            .blocking(move |store| {
                ledger.ends(run)?;
                store.finish_run(run, &end)?;
                store.keep_timeline(run, &timeline.to_bytes())?;
                Ok::<_, gather_store::Error>(timeline)
            })
            .await?;
        Ok(RunReport {
            run,
            status,
            wall,
            outcomes,
            timeline,
            rules,
        })
    }
}

impl fmt::Debug for Begun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun")
            .field("run", &self.run)
            .field("sources", &self.plan.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("sources", &self.plan.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The day in UTC, from which parameters of sources count.
pub(crate) fn day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

/// A wall-clock time that no calendar knows (year 10000) is as good as none.
pub(crate) fn timestamp(wall: SystemTime) -> Timestamp {
    Timestamp::try_from(wall).unwrap_or(Timestamp::MAX)
}

/// Does something on a thread that may wait, when there is one to be had.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    workers: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    // It is never closed.
    let worker = Arc::clone(workers).acquire_owned().await;
    let work = move || {
        let _worker = worker;
        work()
    };
    joined(tokio::task::spawn_blocking(work).await)
}

/// The output of a task that nobody aborts: it can only be missing because it panicked.
pub(crate) fn joined<T>(result: Result<T, tokio::task::JoinError>) -> T {
    result.unwrap_or_else(|died| std::panic::resume_unwind(died.into_panic()))
}

fn status(outcomes: &[Outcome], interrupted: bool) -> RunStatus {
    let well = |outcome: &Outcome| {
        matches!(
            outcome.state,
            OutcomeState::Complete | OutcomeState::Unchanged | OutcomeState::Skipped
        )
    };
    if interrupted {
        RunStatus::Interrupted
    } else if outcomes.iter().all(well) {
        RunStatus::Complete
    } else if outcomes.iter().any(|outcome| outcome.state.is_good()) {
        RunStatus::Partial
    } else {
        RunStatus::Failed
    }
}
