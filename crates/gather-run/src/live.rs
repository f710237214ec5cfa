//! A run under way: what each request is for, and what becomes of its answer.
//!
//! One fan-out of the library carries every request of every source, so that limits, deadline and report are those of
//! the whole run. Before a request is made, what the store knows of it counts: an answer that still stands is not asked
//! for again, one that may still stand is asked for with its validators. Answers are mapped and kept on blocking
//! threads, since mapping takes time and a write must not be cancelled; what they lead to goes back into the fan-out.
//!
//! Not here: what an answer means (`gather-sources`), what its headers allow (`cache`), how a source came out (`tally`).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Instant,
};

use gather::{AsCompleted, Completed, Request, Response};
use gather_sources::{Ask, Source};
use gather_store::{Outcome, RunId};
use tokio::task::JoinSet;

use crate::{
    event::{RunEvent, RunEventKind},
    keep::{Came, Keeper, Worked},
    known::{self, Condition, Known, Way},
    plan::Plan,
    run::{RunError, Runner, day, joined, on_a_thread},
    send,
    tally::{Fault, Tally},
    timeline::{Timeline, TimelineSource, Work},
    tokens::{Desk, Held},
};

pub(crate) type Listener = Arc<dyn Fn(RunEvent) + Send + Sync>;

/// What a request in the fan-out is for.
pub(crate) enum Purpose {
    /// A token for the other requests of its source.
    Token,
    /// What the source asks for.
    Fetch(Box<Fetch>),
}

/// One thing that a source asks for.
#[derive(Debug)]
pub(crate) struct Fetch {
    /// The request whose answer led to it.
    pub(crate) parent: Option<usize>,
    /// As the declaration has it; answers are read and noted as answers to this.
    pub(crate) ask: Ask,
    /// Where it has moved for good, and is asked.
    pub(crate) moved: Option<Box<Ask>>,
    /// With which condition it was asked.
    pub(crate) condition: Option<Box<Condition>>,
    /// Its address said that nothing will come any more, and is asked all the same.
    pub(crate) was_gone: bool,
    /// It is asked once more because the server said "not modified" of something that is not held.
    pub(crate) afresh: bool,
    /// The number of the token it was sent with.
    pub(crate) token: Option<u32>,
    /// A token was refused for it before.
    pub(crate) refused: bool,
}

/// A run under way.
pub(crate) struct Live<'r> {
    runner: &'r Runner,
    plan: &'r Plan,
    run: RunId,
    start: Instant,
    listener: Listener,
    fan_out: AsCompleted,
    /// Which source each request is of; the listener of the fan-out asks too.
    owners: Arc<Mutex<Vec<usize>>>,
    purposes: Vec<Option<Purpose>>,
    /// Requests whose results have not been seen.
    under_way: usize,
    work: JoinSet<Worked>,
    known: Vec<Known>,
    desks: Vec<Desk>,
    tallies: Vec<Tally>,
    outcomes: Vec<Option<Outcome>>,
    /// When the fan-out began, and what became of its answers since.
    opened: Instant,
    did: Vec<Work>,
}

impl<'r> Live<'r> {
    pub(crate) fn new(
        runner: &'r Runner,
        plan: &'r Plan,
        run: RunId,
        start: Instant,
        known: Vec<Known>,
        listener: Listener,
    ) -> Self {
        let owners = Arc::new(Mutex::new(Vec::new()));
        let opened = runner.clock.now();
        let fan_out = {
            let owners = Arc::clone(&owners);
            let listener = Arc::clone(&listener);
            runner
                .client
                .as_completed(std::iter::empty::<Request>())
                .deadline(plan.settings.deadline)
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
        let sources = plan.sources.len();
        Self {
            runner,
            plan,
            run,
            start,
            listener,
            fan_out,
            owners,
            purposes: Vec::new(),
            under_way: 0,
            work: JoinSet::new(),
            known,
            desks: runner.desks(plan),
            tallies: (0..sources).map(|_| Tally::default()).collect(),
            outcomes: (0..sources + plan.unready.len()).map(|_| None).collect(),
            opened,
            did: Vec::new(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.under_way > 0 || !self.work.is_empty()
    }

    /// What the requests did so far, and whose they are.
    pub(crate) fn timeline(&self) -> Timeline {
        let sources = self.plan.sources.iter().map(|source| TimelineSource {
            name: source.name().to_owned(),
            owner: source.owner().map(str::to_owned),
        });
        let mut timeline = Timeline::new(
            sources.collect(),
            lock(&self.owners).clone(),
            self.fan_out.report(),
            self.runner.client.limits(),
        );
        timeline.before = self.opened.saturating_duration_since(self.start);
        timeline.work.clone_from(&self.did);
        timeline
    }

    /// The tokens as they are now, for the next run.
    pub(crate) fn held(&self) -> impl Iterator<Item = Option<Held>> {
        self.desks.iter().map(|desk| desk.held().cloned())
    }

    /// Sources that lack a secret have their outcome before anything is asked.
    pub(crate) async fn refuse_unready(&mut self) -> Result<(), RunError> {
        for at in 0..self.plan.unready.len() {
            let unready = &self.plan.unready[at];
            let mut tally = Tally::default();
            tally.fault(Fault::plain(&unready.reason, Some(unready.hint.clone())));
            let outcome = tally.outcome(
                &unready.source,
                unready.owner.as_deref(),
                self.runner.timestamp(),
            );
            self.finish(self.tallies.len() + at, outcome).await?;
        }
        Ok(())
    }

    /// Asks what a source asks first.
    pub(crate) async fn begin(&mut self, source: usize) -> Result<(), RunError> {
        self.tallies[source].open += 1;
        let today = day(self.runner.timestamp());
        for ask in self.source(source).first_asks_on(today) {
            self.ask(source, None, ask);
        }
        self.close(source).await
    }

    /// Waits for the next thing to happen, and deals with it.
    ///
    /// # Cancel safety
    /// Dropped while it waits, nothing is lost; dropped while it deals with something, the run is over anyway.
    pub(crate) async fn go_on(&mut self) -> Result<(), RunError> {
        tokio::select! {
            biased;
            Some(worked) = self.work.join_next(), if !self.work.is_empty() => {
                self.worked(joined(worked)).await
            }
            Some(done) = self.fan_out.next(), if self.under_way > 0 => self.answered(done).await,
            else => Ok(()),
        }
    }

    fn source(&self, source: usize) -> &Arc<Source> {
        &self.plan.sources[source]
    }

    /// Asks, unless what is known makes it needless. What an answer that still stands led to is asked in its place.
    fn ask(&mut self, source: usize, parent: Option<usize>, ask: Ask) {
        let now = self.runner.timestamp();
        let declared = Arc::clone(self.source(source));
        let mut asks = VecDeque::from([ask]);
        while let Some(ask) = asks.pop_front() {
            self.tallies[source].asked += 1;
            match self.known[source].way(&declared, &ask, now, self.plan.anyway) {
                Way::Fresh { until, follow } => {
                    self.tallies[source].fresh(until);
                    asks.extend(follow);
                }
                Way::Gone(at) => self.tallies[source].fault(Fault::gone(at)),
                Way::Ask {
                    moved,
                    condition,
                    was_gone,
                } => self.fetch(
                    source,
                    Fetch {
                        parent,
                        ask,
                        moved,
                        condition,
                        was_gone,
                        afresh: false,
                        token: None,
                        refused: false,
                    },
                ),
            }
        }
    }

    /// Puts a request into the fan-out, with a token if it needs one; while there is none, it waits for it.
    fn fetch(&mut self, source: usize, mut fetch: Fetch) {
        self.tallies[source].open += 1;
        let declared = Arc::clone(self.source(source));
        let asked = fetch.moved.as_deref().unwrap_or(&fetch.ask);
        let mut with_token = None;
        let mut sent = None;
        if asked.wants_token() {
            let now = self.runner.clock.now();
            let Some((token, number)) = self.desks[source].token(now) else {
                self.wait_for_token(source, fetch);
                return;
            };
            with_token = Some(asked.with_token(token));
            sent = Some(token.clone());
            fetch.token = Some(number);
        }
        let asked = with_token.as_ref().unwrap_or(asked);
        let request = if fetch.afresh {
            send::afresh(&declared, asked)
        } else {
            send::request(&declared, asked, fetch.condition.as_deref())
        };
        if let Some(token) = sent {
            fetch.ask.hide(&token);
        }
        let parent = fetch.parent;
        self.push(source, parent, request, Purpose::Fetch(Box::new(fetch)));
    }

    /// Puts a request into the fan-out, behind the one whose answer led to it.
    fn push(&mut self, source: usize, parent: Option<usize>, request: Request, purpose: Purpose) {
        lock(&self.owners).push(source);
        match parent {
            None => self.fan_out.push(request),
            Some(parent) => self.fan_out.push_after(parent, request),
        };
        self.purposes.push(Some(purpose));
        self.under_way += 1;
    }

    fn wait_for_token(&mut self, source: usize, fetch: Fetch) {
        let parent = fetch.parent;
        if !self.desks[source].wait(fetch, self.runner.clock.now()) {
            return;
        }
        let declared = Arc::clone(self.source(source));
        match declared.token_ask() {
            Some(ask) => {
                self.tallies[source].open += 1;
                let request = send::token_request(&declared, &ask);
                self.push(source, parent, request, Purpose::Token);
            }
            // What wants a token without a way to get one is sent as it is, and the server says what it thinks of that.
            None => self.no_token(
                source,
                &Fault::plain("there is no way to get a token", None),
            ),
        }
    }

    /// Those who waited for a token wait in vain.
    fn no_token(&mut self, source: usize, fault: &Fault) {
        for _ in self.desks[source].failed() {
            self.tallies[source].open -= 1;
            self.tallies[source].fault(fault.clone());
        }
    }

    /// A request is over: its answer goes to be mapped and kept.
    async fn answered(&mut self, done: Completed) -> Result<(), RunError> {
        self.under_way -= 1;
        let source = lock(&self.owners)[done.index];
        let Some(purpose) = self.purposes[done.index].take() else {
            return Ok(());
        };
        let tally = &mut self.tallies[source];
        tally.waited += done.waits.total();
        tally.attempts += match &done.result {
            Ok(response) => response.attempts(),
            Err(error) => error.attempts(),
        };
        match (purpose, done.result) {
            (Purpose::Token, result) => {
                self.token(source, result);
                self.close(source).await
            }
            (Purpose::Fetch(fetch), Ok(response)) => {
                self.response(source, done.index, fetch, response).await
            }
            (Purpose::Fetch(fetch), Err(error)) => {
                let fault = Fault::unanswered(&error);
                self.tallies[source].failed(
                    fault,
                    fetch.condition.as_deref(),
                    self.runner.timestamp(),
                );
                self.close(source).await
            }
        }
    }

    /// The token endpoint answered, or did not.
    fn token(&mut self, source: usize, result: Result<Response, gather::Error>) {
        let declared = Arc::clone(self.source(source));
        let token = match result {
            Ok(response) => declared
                .read_token(response.status().as_u16(), response.bytes())
                .map_err(|error| {
                    Fault::unreadable(&error, response.retry_at().map(crate::run::timestamp))
                }),
            Err(error) => Err(Fault::unanswered(&error)),
        };
        match token {
            Ok(token) => {
                let now = self.runner.clock.now();
                for fetch in self.desks[source].came(token, now) {
                    self.tallies[source].open -= 1;
                    self.fetch(source, fetch);
                }
            }
            Err(fault) => self.no_token(source, &fault.about("no token")),
        }
    }

    async fn response(
        &mut self,
        source: usize,
        request: usize,
        fetch: Box<Fetch>,
        response: Response,
    ) -> Result<(), RunError> {
        if let Some(number) = fetch.token
            && !fetch.refused
            && self.source(source).token_refused(
                &crate::keep::answer(&response, &[]),
                response
                    .headers()
                    .get("www-authenticate")
                    .and_then(|value| value.to_str().ok()),
            )
            && self.desks[source].refused(number)
        {
            let again = Fetch {
                refused: true,
                token: None,
                ..*fetch
            };
            self.fetch(source, again);
            return self.close(source).await;
        }
        let keeper = Keeper {
            run: self.run,
            start: self.start,
            place: source,
            source: Arc::clone(self.source(source)),
            store: self.runner.store.clone(),
            clock: self.runner.clock.clone(),
            listener: Arc::clone(&self.listener),
        };
        let workers = Arc::clone(&self.runner.workers);
        self.work.spawn(async move {
            on_a_thread(&workers, move || keeper.work(request, fetch, &response)).await
        });
        Ok(())
    }

    /// An answer has been dealt with: what it leads to is asked.
    async fn worked(&mut self, worked: Worked) -> Result<(), RunError> {
        let Worked {
            source,
            request,
            fetch,
            came,
            marks,
        } = worked;
        let [began, mapped, kept] = marks.map(|mark| mark.saturating_duration_since(self.opened));
        self.did.push(Work {
            request,
            began,
            mapped,
            kept,
        });
        let tally = &mut self.tallies[source];
        let follow = match came {
            Came::Kept {
                reading,
                kept,
                follow,
            } => {
                tally.read(&reading);
                tally.kept(kept);
                follow
            }
            Came::Unchanged(follow) => {
                tally.unchanged();
                follow
            }
            Came::NotHeld => {
                let again = Fetch {
                    condition: None,
                    afresh: true,
                    ..*fetch
                };
                self.fetch(source, again);
                Vec::new()
            }
            Came::Fault(fault) => {
                tally.failed(fault, fetch.condition.as_deref(), self.runner.timestamp());
                Vec::new()
            }
        };
        for ask in follow {
            self.ask(source, Some(request), ask);
        }
        self.close(source).await
    }

    /// One thing less is open for the source; the last one makes its outcome.
    async fn close(&mut self, source: usize) -> Result<(), RunError> {
        let runner = self.runner;
        self.tallies[source].open -= 1;
        if self.tallies[source].open > 0 {
            return Ok(());
        }
        let declared = Arc::clone(self.source(source));
        if self.tallies[source].few_rows {
            let (run, of) = (self.run, Arc::clone(&declared));
            let faded = runner
                .blocking(move |store| store.faded(run, known::of(&of)))
                .await?;
            for faded in faded {
                self.tallies[source].fault(Fault::faded(&faded));
            }
        }
        let tally = &mut self.tallies[source];
        tally.took = runner.clock.now().saturating_duration_since(self.start);
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
    pub(crate) async fn end(mut self) -> Result<Vec<Outcome>, RunError> {
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
