//! When each source is fetched: the queue of due times, runs under way, "fetch now".
//!
//! When a source is due is derived from what the store keeps ([`gather_run::visit`]), and looked up again the moment it
//! is due, since another process may have fetched it in between. What is due within the same second is one run. Runs go
//! on side by side, so that a slow source keeps no other waiting; no source is in two at once, and whoever wants one now
//! that is being fetched already joins that run.
//!
//! Not here: what a run does (`gather-run`), reading the configuration (`reload`).

mod due;
mod fetch;
mod run;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use gather::Clock;
use gather_records::Viewer;
use gather_run::{Plan, RunError, Runner};
use gather_store::{Outcome, RunId, Stop, Store};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use fetch::{FetchRefused, Fetched};

use crate::{events::Hub, metrics::Metrics};

/// The longest it sleeps: wall clocks jump, and machines are suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// What is due within this long of each other is fetched in one run.
const TOGETHER: Duration = Duration::from_secs(1);

/// The schedule of a server. Clones are one.
#[derive(Clone)]
pub(crate) struct Schedule(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    events: Hub,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
    /// Wakes the loop: the queue has changed.
    wake: Notify,
    /// Tells whoever waits for a run that something has come forward.
    forward: watch::Sender<()>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

struct State {
    runner: Arc<Runner>,
    /// Every source that can run, by name.
    queue: HashMap<String, Place>,
    under_way: BTreeMap<RunId, Arc<Running>>,
    /// When the loop last went round.
    turned: Instant,
}

/// How a source stands in the queue.
#[derive(Debug, Clone, Default)]
struct Place {
    /// `None`: not by itself.
    due: Option<Timestamp>,
    given_up: Option<Stop>,
    busy: Option<Busy>,
    /// The run that it is in, or was in last; `None` where that is not known, or the run could not begin.
    latest: Option<Arc<Running>>,
}

/// A source is being fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Busy {
    /// Its run has no number yet.
    Beginning,
    Running,
}

impl Place {
    /// From now on it is being fetched.
    fn take(&mut self) {
        self.busy = Some(Busy::Beginning);
        self.latest = None;
    }
}

/// A run under way.
#[derive(Debug)]
struct Running {
    run: RunId,
    started_at: Timestamp,
    sources: Mutex<Vec<Progress>>,
}

/// A run that is being made, as far as a viewer may see it.
#[derive(Debug, Clone)]
pub(crate) struct UnderWay {
    pub(crate) run: RunId,
    pub(crate) started_at: Timestamp,
    /// Never empty.
    pub(crate) sources: Vec<Progress>,
}

/// How far a source of a run under way is.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    pub(crate) source: String,
    pub(crate) owner: Option<String>,
    /// Requests that are over, and all that are known of so far.
    pub(crate) done: u32,
    pub(crate) known: u32,
    /// How it came out, once it has.
    pub(crate) outcome: Option<Outcome>,
}

impl Running {
    fn sources(&self) -> MutexGuard<'_, Vec<Progress>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outcome(&self, source: &str) -> Option<Outcome> {
        let sources = self.sources();
        let progress = sources.iter().find(|progress| progress.source == source)?;
        progress.outcome.clone()
    }
}

/// Whether a viewer may see what belongs to an owner.
pub(crate) fn sees(viewer: &Viewer, owner: Option<&str>) -> bool {
    match (viewer.user(), owner) {
        (None, _) | (_, None) => true,
        (Some(user), Some(owner)) => user == owner,
    }
}

impl Schedule {
    /// A schedule of a plan's sources. Nothing is fetched before [`keep`](Self::keep).
    ///
    /// # Errors
    /// When the client cannot be made, or the store not be read.
    pub(crate) fn new(
        plan: Plan,
        store: Store,
        clock: Clock,
        events: Hub,
        metrics: Arc<Metrics>,
    ) -> Result<Self, RunError> {
        let runner = Arc::new(Runner::new(plan, store.clone(), clock.clone())?);
        let state = State {
            turned: clock.now(),
            queue: HashMap::new(),
            under_way: BTreeMap::new(),
            runner,
        };
        let schedule = Self(Arc::new(Inner {
            store,
            clock,
            events,
            metrics,
            state: Mutex::new(state),
            wake: Notify::new(),
            forward: watch::Sender::new(()),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }));
        schedule.line_up()?;
        Ok(schedule)
    }

    /// Another configuration is in force from now on. Runs under way end as they began.
    ///
    /// # Errors
    /// When the client cannot be made, or the store not be read; then the old one stays in force.
    pub(crate) fn replace(&self, plan: Plan) -> Result<(), RunError> {
        let runner = Runner::new(plan, self.0.store.clone(), self.0.clock.clone())?;
        self.state().runner = Arc::new(runner);
        self.line_up()?;
        self.0.wake.notify_one();
        Ok(())
    }

    /// The runs under way, the newest first, with the sources that the viewer may see.
    pub(crate) fn under_way(&self, viewer: &Viewer) -> Vec<UnderWay> {
        let running: Vec<_> = self.state().under_way.values().rev().cloned().collect();
        let seen = running.iter().filter_map(|running| {
            let mut sources = running.sources().clone();
            sources.retain(|progress| sees(viewer, progress.owner.as_deref()));
            (!sources.is_empty()).then_some(UnderWay {
                run: running.run,
                started_at: running.started_at,
                sources,
            })
        });
        seen.collect()
    }

    /// Whether no run is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.state().under_way.is_empty()
    }

    /// When a source will be fetched next; `None`: it is not going to be.
    pub(crate) fn next_due(&self, source: &str) -> Option<Timestamp> {
        self.state().queue.get(source)?.due
    }

    /// Whether a source is fetched no more until somebody asks for it: its address is gone, or its key was refused again
    /// and again.
    pub(crate) fn given_up(&self, source: &str) -> bool {
        let state = self.state();
        let place = state.queue.get(source);
        place.is_some_and(|place| place.given_up.is_some())
    }

    /// Whether the loop goes round as it should.
    pub(crate) fn is_alive(&self) -> bool {
        let turned = self.state().turned;
        let since = self.0.clock.now().saturating_duration_since(turned);
        since < LONGEST_SLEEP * 3 / 2 && !self.0.stop.is_cancelled()
    }

    /// Stops: no run begins any more, those under way end soon. Completes when they have.
    pub(crate) async fn stop(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        Timestamp::try_from(self.0.clock.wall()).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule").finish_non_exhaustive()
    }
}
