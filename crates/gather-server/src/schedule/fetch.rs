//! "Fetch now": a run for what is not being fetched, and joining the runs of what is.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gather_records::Viewer;
use gather_store::{Outcome, RunId};

use super::{Busy, Running, Schedule, sees};

/// What became of "fetch now".
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    /// The runs that fetch what was asked for: one that was begun for it, and those that were under way already.
    pub(crate) runs: Vec<RunId>,
    /// Each source that was asked for, with its outcome if it is done.
    pub(crate) sources: Vec<FetchedSource>,
}

/// One source of a [`Fetched`].
#[derive(Debug, Clone)]
pub(crate) struct FetchedSource {
    pub(crate) source: String,
    pub(crate) run: RunId,
    /// `None`: it is still running.
    pub(crate) outcome: Option<Outcome>,
}

/// Why nothing could be fetched.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum FetchRefused {
    /// There is no such source for this viewer.
    #[error("there is no source `{0}`")]
    Unknown(String),
    /// The viewer has no source at all.
    #[error("there is no source to fetch")]
    None,
    /// The server is ending.
    #[error("the server is stopping")]
    Stopping,
    /// The run could not be written down; the log says why.
    #[error("the run could not begin")]
    Failed,
}

impl Schedule {
    /// Fetches sources now, all that the viewer may see where none is named, and waits at most so long for them. What is
    /// being fetched already is joined. Quotas, pauses and freshness hold as ever.
    ///
    /// # Cancel safety
    /// Dropping it stops the waiting, not the run.
    pub(crate) async fn fetch_now(
        &self,
        viewer: &Viewer,
        sources: &[String],
        wait: Duration,
    ) -> Result<Fetched, FetchRefused> {
        let names = self.names(viewer, sources)?;
        if self.0.stop.is_cancelled() {
            return Err(FetchRefused::Stopping);
        }
        let mut forward = self.0.forward.subscribe();
        self.begin_idle(&names);
        let patience = self.0.clock.sleep(wait);
        let mut patience = std::pin::pin!(patience);
        let mut patient = !wait.is_zero();
        let mut again = true;
        let mut joined: BTreeMap<String, Arc<Running>> = BTreeMap::new();
        loop {
            let beginning = self.join(&names, &mut joined);
            if !beginning && joined.len() < names.len() && again {
                // What was about to be fetched by itself was not, since another process had done so.
                again = false;
                let missing = names.iter().filter(|name| !joined.contains_key(*name));
                self.begin_idle(&missing.cloned().collect::<Vec<_>>());
                continue;
            }
            let done = |running: (&String, &Arc<Running>)| running.1.outcome(running.0).is_some();
            if !beginning && (!patient || joined.iter().all(done)) {
                break;
            }
            tokio::select! {
                biased;
                _ = forward.changed() => {}
                () = &mut patience, if patient => patient = false,
            }
        }
        let sources: Vec<_> = joined
            .iter()
            .map(|(source, running)| FetchedSource {
                source: source.clone(),
                run: running.run,
                outcome: running.outcome(source),
            })
            .collect();
        if sources.is_empty() {
            return Err(FetchRefused::Failed);
        }
        let mut runs: Vec<_> = sources.iter().map(|source| source.run).collect();
        runs.sort_unstable();
        runs.dedup();
        Ok(Fetched { runs, sources })
    }

    /// The sources meant, of those that the viewer may see.
    fn names(&self, viewer: &Viewer, wanted: &[String]) -> Result<Vec<String>, FetchRefused> {
        let runner = Arc::clone(&self.state().runner);
        let ready = runner.plan().sources();
        let ready = ready.map(|source| (source.name(), source.owner()));
        let unready = runner.plan().unready().iter();
        let unready = unready.map(|it| (it.source.as_str(), it.owner.as_deref()));
        let mut seen: Vec<_> = ready
            .chain(unready)
            .filter(|(_, owner)| sees(viewer, *owner))
            .map(|(name, _)| name.to_owned())
            .collect();
        if let Some(name) = wanted.iter().find(|name| !seen.contains(name)) {
            return Err(FetchRefused::Unknown(name.clone()));
        }
        if !wanted.is_empty() {
            seen.retain(|name| wanted.contains(name));
        }
        if seen.is_empty() {
            return Err(FetchRefused::None);
        }
        Ok(seen)
    }

    /// Begins a run of those sources that nobody is fetching.
    fn begin_idle(&self, names: &[String]) {
        let mut idle = Vec::new();
        {
            let mut state = self.state();
            for name in names {
                // One that lacks a secret had no place in the queue; its outcome says so.
                let place = state.queue.entry(name.clone()).or_default();
                if place.busy.is_none() {
                    place.take();
                    idle.push(name.clone());
                }
            }
        }
        if !idle.is_empty() {
            self.begin(idle);
        }
    }

    /// Notes in which run each source is; whether some have none yet.
    fn join(&self, names: &[String], joined: &mut BTreeMap<String, Arc<Running>>) -> bool {
        let state = self.state();
        let mut beginning = false;
        for name in names {
            let Some(place) = state.queue.get(name) else {
                continue;
            };
            if joined.contains_key(name) {
                continue;
            }
            match (&place.latest, place.busy) {
                (Some(running), _) => {
                    joined.insert(name.clone(), Arc::clone(running));
                }
                (None, Some(Busy::Beginning)) => beginning = true,
                (None, _) => {}
            }
        }
        beginning
    }
}
