//! What every handler is given: store, clock, configuration as it is now, schedule, events.
//!
//! Reading never touches the network: whatever a page or an answer shows is in the store, in what the configuration
//! says, or known to the schedule.
//!
//! Not here: who asks (`auth`), headers and limits of connections (`serve`).

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use axum::response::Response;
use gather::Clock;
use gather_run::Plan;
use gather_sources::Config;
use gather_store::Store;
use http::{HeaderMap, StatusCode};
use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::Semaphore;

use crate::{
    auth::Auth, events::Hub, metrics::Metrics, newest::Newest, schedule::Schedule, serve::refusal,
};

/// A configuration with the plan that was made of it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What the file says, or the built-in sources.
    pub config: Config,
    /// Its sources, with their secrets.
    pub plan: Plan,
    /// Where it is from; `None`: there is no file.
    pub file: Option<PathBuf>,
}

/// So many threads work with the store at once; who waits for one needs none.
const WORKERS: usize = 8;

/// Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

/// What an [`App`] is made of.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// The time zone of whoever has set none.
    pub(crate) zone: TimeZone,
    /// The path under which everything lives, without a slash at its end; empty at the root.
    pub(crate) base: String,
    pub(crate) auth: Auth,
    pub(crate) schedule: Schedule,
    pub(crate) events: Hub,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) loaded: Loaded,
}

struct Inner {
    parts: Parts,
    started: Timestamp,
    loaded: RwLock<Arc<Loaded>>,
    problem: RwLock<Option<String>>,
    newest: Newest,
    /// Who may work with the store, in order of arrival.
    workers: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        let now = Timestamp::try_from(parts.clock.wall()).unwrap_or(Timestamp::MAX);
        Self(Arc::new(Inner {
            started: now,
            loaded: RwLock::new(Arc::new(parts.loaded.clone())),
            problem: RwLock::default(),
            newest: Newest::default(),
            workers: Arc::new(Semaphore::new(WORKERS)),
            parts,
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.parts.store
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.parts.clock
    }

    /// Now, on the wall clock.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::try_from(self.0.parts.clock.wall()).unwrap_or(Timestamp::MAX)
    }

    /// The time zone of whoever has set none.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.0.parts.zone
    }

    /// The path under which everything lives, without a slash at its end; empty at the root.
    pub(crate) fn base(&self) -> &str {
        &self.0.parts.base
    }

    pub(crate) fn schedule(&self) -> &Schedule {
        &self.0.parts.schedule
    }

    pub(crate) fn events(&self) -> &Hub {
        &self.0.parts.events
    }

    pub(crate) fn auth(&self) -> &Auth {
        &self.0.parts.auth
    }

    pub(crate) fn metrics(&self) -> &Arc<Metrics> {
        &self.0.parts.metrics
    }

    /// Answers and pages that are asked for again and again.
    pub(crate) fn newest(&self) -> &Newest {
        &self.0.newest
    }

    /// When the server started.
    pub(crate) fn started(&self) -> Timestamp {
        self.0.started
    }

    /// Another configuration is in force from now on.
    pub(crate) fn put_in_force(&self, loaded: Loaded) {
        let held = self.0.loaded.write();
        *held.unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
    }

    /// What the operator has to know from now on; `None`: nothing.
    pub(crate) fn set_problem(&self, problem: Option<String>) {
        let held = self.0.problem.write();
        *held.unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// Answers that the store does not work: the log has the reason, the browser a sentence.
    pub(crate) fn broken(&self, headers: &HeaderMap, error: &gather_store::Error) -> Response {
        tracing::error!(%error, "the store does not work");
        refusal(
            self,
            headers,
            "",
            StatusCode::INTERNAL_SERVER_ERROR,
            "The database does not work; the log says why.",
        )
    }

    /// The configuration as it is now.
    pub(crate) fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.0.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the operator has to know, such as why an edit of the configuration is not in force.
    pub(crate) fn problem(&self) -> Option<String> {
        let problem = self.0.problem.read();
        problem.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Does something with the store on a thread that may wait for the disk.
    ///
    /// # Cancel safety
    /// What was begun is carried out, though nobody waits for it any more; what was not is not.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let store = self.0.parts.store.clone();
        // It is never closed.
        let worker = Arc::clone(&self.0.workers).acquire_owned().await;
        let work = move || {
            let _worker = worker;
            work(&store)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(died) => std::panic::resume_unwind(died.into_panic()),
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}
