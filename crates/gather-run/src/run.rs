//! A run: plan → fan out → map → keep, all sources at once.
//!
//! One fan-out of the library carries every request of every source, so that limits, deadline and report are those of
//! the whole run. Answers are mapped and kept on blocking threads; what they lead to goes back into the fan-out.
//! A run that is stopped drops its requests, lets the page being kept finish, and says so in the store.

use std::{
    fmt,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use gather::{AsCompleted, Client, Clock, Completed, Report, Request, Response, Timeouts};
use gather_sources::{Answer, Ask, Source};
use gather_store::{
    Counts, Kept, Outcome, OutcomeState, Page, RunEnd, RunId, RunStatus, SourceRef, Store,
};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio::task::JoinSet;

use crate::{
    event::{RunEvent, RunEventKind},
    plan::Plan,
    tally::{Fault, Tally},
};

/// Runs a plan, as often as wanted, over one client and one store.
pub struct Runner {
    plan: Plan,
    client: Client,
    store: Store,
    clock: Clock,
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
    /// What the requests did with their time.
    pub requests: Report,
}

type Listener = Arc<dyn Fn(RunEvent) + Send + Sync>;

/// An answer that was mapped and kept, or was not.
struct Worked {
    source: usize,
    request: usize,
    follow: Vec<Ask>,
    result: Result<(gather_sources::Reading, Kept), Fault>,
}

impl Runner {
    /// A runner. Nothing is asked yet.
    ///
    /// # Errors
    /// [`RunError::Client`].
    pub fn new(plan: Plan, store: Store, clock: Clock) -> Result<Self, RunError> {
        let client = plan.client(clock.clone()).map_err(RunError::Client)?;
        Ok(Self {
            plan,
            client,
            store,
            clock,
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
        let start = self.clock.now();
        let run = self.begin().await?;
        let mut live = Live::new(self, run, start, Arc::new(listener));
        live.refuse_unready().await?;
        let mut stop = pin!(stop);
        let mut interrupted = false;
        for source in 0..self.plan.sources.len() {
            let asks = self.plan.sources[source].first_asks();
            live.tallies[source].open += 1;
            for ask in asks {
                live.ask(source, None, ask);
            }
            live.close(source).await?;
        }
        while live.is_open() {
            tokio::select! {
                // What is there is kept first, and a stop is never starved.
                biased;
                () = &mut stop => {
                    interrupted = true;
                    break;
                }
                Some(worked) = live.work.join_next(), if !live.work.is_empty() => {
                    live.worked(joined(worked)).await?;
                }
                Some(done) = live.fan_out.next(), if live.under_way > 0 => live.answered(done).await?,
            }
        }
        let requests = live.fan_out.report();
        let outcomes = live.end().await?;
        let wall = self.clock.now().saturating_duration_since(start);
        let status = status(&outcomes, interrupted);
        let end = RunEnd {
            status,
            at: self.timestamp(),
            wall,
            one_by_one: requests.one_by_one,
            longest_chain: requests.longest_chain,
        };
        self.blocking(move |store| store.finish_run(run, &end))
            .await?;
        Ok(RunReport {
            run,
            status,
            wall,
            outcomes,
            requests,
        })
    }

    async fn begin(&self) -> Result<RunId, RunError> {
        let at = self.timestamp();
        let plan = self.plan.clone();
        Ok(self
            .blocking(move |store| {
                let ready = plan.sources.iter().map(|source| SourceRef {
                    name: source.name(),
                    owner: source.owner(),
                });
                let unready = plan.unready.iter().map(|unready| SourceRef {
                    name: &unready.source,
                    owner: None,
                });
                let sources: Vec<_> = ready.chain(unready).collect();
                store.begin_run(at, &sources)
            })
            .await?)
    }

    /// Does something with the store on a thread that may wait for the disk.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> T {
        let store = self.store.clone();
        joined(tokio::task::spawn_blocking(move || work(&store)).await)
    }

    fn timestamp(&self) -> Timestamp {
        timestamp(self.clock.wall())
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("sources", &self.plan.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A wall-clock time that no calendar knows (year 10000) is as good as none.
fn timestamp(wall: SystemTime) -> Timestamp {
    Timestamp::try_from(wall).unwrap_or(Timestamp::MAX)
}

/// The output of a task that nobody aborts: it can only be missing because it panicked.
fn joined<T>(result: Result<T, tokio::task::JoinError>) -> T {
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

/// A run under way.
struct Live<'r> {
    runner: &'r Runner,
    run: RunId,
    start: Instant,
    listener: Listener,
    fan_out: AsCompleted,
    /// Which source each request is of; the listener of the fan-out asks too.
    owners: Arc<Mutex<Vec<usize>>>,
    asks: Vec<Option<Ask>>,
    /// Requests whose results have not been seen.
    under_way: usize,
    work: JoinSet<Worked>,
    tallies: Vec<Tally>,
    outcomes: Vec<Option<Outcome>>,
}

impl<'r> Live<'r> {
    fn new(runner: &'r Runner, run: RunId, start: Instant, listener: Listener) -> Self {
        let owners = Arc::new(Mutex::new(Vec::new()));
        let fan_out = {
            let owners = Arc::clone(&owners);
            let listener = Arc::clone(&listener);
            runner
                .client
                .as_completed(std::iter::empty::<Request>())
                .deadline(runner.plan.settings.deadline)
                .on_event(move |event| {
                    let source = lock(&owners)[event.request];
                    listener(RunEvent {
                        source,
                        at: event.at,
                        kind: RunEventKind::Request {
                            request: event.request,
                            event: event.kind,
                        },
                    });
                })
        };
        let sources = runner.plan.sources.len();
        Self {
            runner,
            run,
            start,
            listener,
            fan_out,
            owners,
            asks: Vec::new(),
            under_way: 0,
            work: JoinSet::new(),
            tallies: (0..sources).map(|_| Tally::default()).collect(),
            outcomes: (0..sources + runner.plan.unready.len())
                .map(|_| None)
                .collect(),
        }
    }

    fn is_open(&self) -> bool {
        self.under_way > 0 || !self.work.is_empty()
    }

    /// Sources that lack a secret have their outcome before anything is asked.
    async fn refuse_unready(&mut self) -> Result<(), RunError> {
        for at in 0..self.runner.plan.unready.len() {
            let unready = &self.runner.plan.unready[at];
            let mut tally = Tally::default();
            tally.fault(Fault::plain(&unready.reason, Some(unready.hint.clone())));
            let outcome = tally.outcome(&unready.source, None, self.runner.timestamp());
            self.finish(self.tallies.len() + at, outcome).await?;
        }
        Ok(())
    }

    /// Puts a request into the fan-out, behind the one whose answer led to it.
    fn ask(&mut self, source: usize, parent: Option<usize>, ask: Ask) {
        let request = request(&self.runner.plan.sources[source], &ask);
        lock(&self.owners).push(source);
        match parent {
            None => self.fan_out.push(request),
            Some(parent) => self.fan_out.push_after(parent, request),
        };
        self.asks.push(Some(ask));
        self.under_way += 1;
        self.tallies[source].open += 1;
        self.tallies[source].asked += 1;
    }

    /// A request is over: its answer goes to be mapped and kept.
    async fn answered(&mut self, done: Completed) -> Result<(), RunError> {
        self.under_way -= 1;
        let source = lock(&self.owners)[done.index];
        let tally = &mut self.tallies[source];
        tally.waited += done.waits.total();
        match done.result {
            Ok(response) => {
                tally.attempts += response.attempts();
                if let Some(ask) = self.asks[done.index].take() {
                    self.work(source, done.index, ask, response);
                }
                Ok(())
            }
            Err(error) => {
                tally.attempts += error.attempts();
                tally.fault(Fault::unanswered(&error));
                self.close(source).await
            }
        }
    }

    /// Maps and keeps an answer on a thread of its own: mapping takes time, and a write must not be cancelled.
    fn work(&mut self, source: usize, request: usize, ask: Ask, response: Response) {
        let declared = Arc::clone(&self.runner.plan.sources[source]);
        let store = self.runner.store.clone();
        let listener = Arc::clone(&self.listener);
        let clock = self.runner.clock.clone();
        let (run, start) = (self.run, self.start);
        self.work.spawn_blocking(move || {
            let tell = |kind| {
                listener(RunEvent {
                    source,
                    at: clock.now().saturating_duration_since(start),
                    kind,
                });
            };
            let mut follow = Vec::new();
            let result = declared
                .read(
                    &ask,
                    &Answer {
                        status: response.status().as_u16(),
                        content_type: response.content_type(),
                        links: &[],
                        final_url: response.url(),
                        body: response.bytes(),
                    },
                )
                .map_err(|error| Fault::unreadable(&error, response.retry_at().map(timestamp)))
                .and_then(|mut reading| {
                    tell(RunEventKind::Mapped {
                        records: reading.records.len(),
                    });
                    let kept = store
                        .keep(Page::new(
                            run,
                            SourceRef {
                                name: declared.name(),
                                owner: declared.owner(),
                            },
                            &reading.records,
                            timestamp(clock.wall()),
                        ))
                        .map_err(|error| {
                            Fault::plain(format!("could not be kept: {error}"), None)
                        })?;
                    tell(RunEventKind::Kept(Counts {
                        new: kept.new,
                        changed: kept.changed,
                        unchanged: kept.unchanged,
                        rejected: reading.rejected.len() as u64,
                        skipped: reading.skipped as u64,
                        kinds: kept.kinds,
                    }));
                    follow = std::mem::take(&mut reading.follow);
                    Ok((reading, kept))
                });
            Worked {
                source,
                request,
                follow,
                result,
            }
        });
    }

    /// An answer has been dealt with: what it leads to is asked.
    async fn worked(&mut self, worked: Worked) -> Result<(), RunError> {
        let source = worked.source;
        match worked.result {
            Ok((reading, kept)) => {
                self.tallies[source].read(&reading);
                self.tallies[source].kept(kept);
            }
            Err(fault) => self.tallies[source].fault(fault),
        }
        for ask in worked.follow {
            self.ask(source, Some(worked.request), ask);
        }
        self.close(source).await
    }

    /// One thing less is open for the source; the last one makes its outcome.
    async fn close(&mut self, source: usize) -> Result<(), RunError> {
        let runner = self.runner;
        let tally = &mut self.tallies[source];
        tally.open -= 1;
        if tally.open > 0 {
            return Ok(());
        }
        tally.took = runner.clock.now().saturating_duration_since(self.start);
        let declared = &runner.plan.sources[source];
        let outcome = tally.outcome(declared.name(), declared.owner(), runner.timestamp());
        self.finish(source, outcome).await
    }

    async fn finish(&mut self, place: usize, outcome: Outcome) -> Result<(), RunError> {
        let run = self.run;
        let kept = outcome.clone();
        self.runner
            .blocking(move |store| store.finish_source(run, &kept))
            .await?;
        (self.listener)(RunEvent {
            source: place,
            at: self
                .runner
                .clock
                .now()
                .saturating_duration_since(self.start),
            kind: RunEventKind::Ended(Box::new(outcome.clone())),
        });
        self.outcomes[place] = Some(outcome);
        Ok(())
    }

    /// Drops what is still on the wire and waits for the pages being kept.
    async fn end(mut self) -> Result<Vec<Outcome>, RunError> {
        drop(self.fan_out);
        while self.work.join_next().await.is_some() {}
        Ok(self.outcomes.into_iter().flatten().collect())
    }
}

fn lock(owners: &Mutex<Vec<usize>>) -> std::sync::MutexGuard<'_, Vec<usize>> {
    owners
        .lock()
        .expect("no code panics while it holds this lock")
}

fn request(source: &Source, ask: &Ask) -> Request {
    let mut request = Request::get(ask.url());
    if ask.is_foreign() {
        request = request.guarded();
    }
    for secret in ask.secrets() {
        request = request.secret(secret.expose_secret());
    }
    for (name, value) in ask.headers() {
        let value = value.expose_secret();
        let is_secret = ask
            .secrets()
            .iter()
            .any(|secret| value.contains(secret.expose_secret()));
        request = if is_secret {
            request.secret_header(name, value)
        } else {
            request.header(name, value)
        };
    }
    if let Some(total) = source.timeout() {
        let mut timeouts = Timeouts::default();
        timeouts.total = total;
        timeouts.attempt = timeouts.attempt.max(total);
        request = request.timeouts(timeouts);
    }
    request
}
