//! One run of the schedule: begun, followed, and its sources put back into the queue.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use gather::{Attempt, EventKind};
use gather_run::{Begun, Plan, RunEvent, RunEventKind, RunReport, Runner, Visit};
use gather_store::{Outcome, OutcomeState, RunId};
use serde::Serialize;
use tracing::Instrument as _;

use super::{Busy, LONGEST_SLEEP, Progress, Running, Schedule};

/// Progress of one run is told at most this often.
const TELL_EACH: Duration = Duration::from_millis(250);

/// Gives the sources of a run back to the queue, however it ends.
struct Hold {
    schedule: Schedule,
    names: Vec<String>,
    visits: BTreeMap<String, Visit>,
    run: Option<RunId>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(run) = self.run {
            self.schedule.state().under_way.remove(&run);
        }
        for name in &self.names {
            self.schedule.put(name, self.visits.get(name));
        }
        self.schedule.0.forward.send_replace(());
    }
}

impl Schedule {
    /// Fetches what is due, unless the store says that it was fetched in between.
    pub(super) fn visit_due(&self, names: Vec<String>) {
        let schedule = self.clone();
        let runner = Arc::clone(&self.state().runner);
        self.0.tasks.spawn(async move {
            let mut hold = Hold::of(&schedule, names);
            hold.look_up(&runner).await;
            let now = schedule.now();
            let is_due = |name: &String| {
                let visit = hold.visits.get(name);
                // One that was given up is here because it is to be tried once more.
                visit.is_none_or(|visit| visit.at.is_none_or(|at| at <= now))
            };
            let (due, later): (Vec<_>, Vec<_>) = hold.names.iter().cloned().partition(is_due);
            hold.let_go(&later);
            hold.visits.clear();
            if !due.is_empty() {
                hold.carry_out(&runner, &due).await;
            }
        });
    }

    /// Fetches sources that are marked as being fetched.
    pub(super) fn begin(&self, names: Vec<String>) {
        let schedule = self.clone();
        let runner = Arc::clone(&self.state().runner);
        self.0.tasks.spawn(async move {
            let mut hold = Hold::of(&schedule, names.clone());
            hold.carry_out(&runner, &names).await;
        });
    }
}

impl Hold {
    fn of(schedule: &Schedule, names: Vec<String>) -> Self {
        Self {
            schedule: schedule.clone(),
            names,
            visits: BTreeMap::new(),
            run: None,
        }
    }

    /// Gives some back before the others.
    fn let_go(&mut self, names: &[String]) {
        for name in names {
            self.schedule.put(name, self.visits.get(name));
        }
        self.names.retain(|name| !names.contains(name));
    }

    /// When each is due, as the store has it now.
    async fn look_up(&mut self, runner: &Runner) {
        for (name, visit) in runner.visits(&self.names).await {
            match visit {
                Ok(visit) => drop(self.visits.insert(name, visit)),
                Err(error) => {
                    tracing::error!(source = %name, %error, "when it is due cannot be read");
                }
            }
        }
    }

    async fn carry_out(&mut self, runner: &Runner, names: &[String]) {
        let schedule = self.schedule.clone();
        if schedule.0.stop.is_cancelled() {
            return;
        }
        // What could not begin is as due as before: without a pause nothing else would be done until the disk works again.
        let now = schedule.now();
        let mut earliest = now;
        match runner.begin(names).await {
            Ok(begun) => {
                let span = tracing::info_span!("run", run = begun.id().get());
                self.follow(begun).instrument(span).await;
            }
            Err(error) => {
                tracing::error!(%error, "a run could not begin");
                earliest = now.saturating_add(LONGEST_SLEEP).unwrap_or(now);
            }
        }
        self.look_up(runner).await;
        for visit in self.visits.values_mut() {
            visit.at = visit.at.map(|at| at.max(earliest));
        }
    }

    async fn follow(&mut self, begun: Begun<'_>) {
        let (schedule, run) = (self.schedule.clone(), begun.id());
        let running = Arc::new(Running {
            run,
            started_at: schedule.now(),
            sources: Mutex::new(progress(begun.plan())),
        });
        {
            let mut state = schedule.state();
            for name in &self.names {
                if let Some(place) = state.queue.get_mut(name) {
                    place.busy = Some(Busy::Running);
                    place.latest = Some(Arc::clone(&running));
                }
            }
            state.under_way.insert(run, Arc::clone(&running));
        }
        self.run = Some(run);
        schedule.0.forward.send_replace(());
        tracing::info!(sources = self.names.len(), "begun");
        schedule.tell_of(&running, "run-started", |sources| RunStarted {
            run,
            sources,
        });
        let teller = Teller {
            schedule: schedule.clone(),
            running: Arc::clone(&running),
            told: Mutex::new(None),
        };
        let stop = schedule.0.stop.clone();
        let ended = begun
            .go(stop.cancelled_owned(), move |event| teller.hear(&event))
            .await;
        match ended {
            Ok(report) => {
                log(&report);
                schedule.0.metrics.run_ended(&report);
                schedule.tell_of(&running, "run-ended", |_| RunEnded { run });
            }
            Err(error) => tracing::error!(%error, "the end of the run could not be kept"),
        }
    }
}

/// The figures of a run, as `/metrics` sums them up over all.
fn log(report: &RunReport) {
    let requests = &report.timeline.report;
    // A log for programs writes a wider number as a text.
    let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let (wall, waits) = (report.wall.as_secs_f64(), &requests.waits);
    let retried = |attempt: &&Attempt| attempt.number > 1;
    let saved = |attempt: &&Attempt| attempt.status == Some(304);
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let per_second = requests.requests as f64 / wall.max(f64::EPSILON);
    let new: u64 = report.outcomes.iter().map(|one| one.counts.new).sum();
    let changed: u64 = report.outcomes.iter().map(|one| one.counts.changed).sum();
    tracing::info!(
        status = %report.status,
        new,
        changed,
        wall_ms = ms(report.wall),
        one_by_one_ms = ms(requests.one_by_one),
        longest_chain_ms = ms(requests.longest_chain),
        requests = requests.requests,
        failed = requests.failed,
        attempts = requests.attempts,
        retries = requests.timeline.iter().filter(retried).count(),
        not_modified = requests.timeline.iter().filter(saved).count(),
        received_bytes = requests.received,
        per_second,
        peak_in_flight = requests.peak_in_flight,
        mean_in_flight = requests.mean_in_flight,
        waited_slot_ms = ms(waits.slot),
        waited_host_ms = ms(waits.host),
        waited_quota_ms = ms(waits.quota),
        waited_cool_down_ms = ms(waits.cool_down),
        "ended"
    );
}

impl Schedule {
    /// Tells of a run to each audience, with the sources that it may see.
    fn tell_of<T: Serialize>(
        &self,
        running: &Running,
        kind: &'static str,
        data: impl Fn(Vec<String>) -> T,
    ) {
        let mut by_owner: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
        for progress in running.sources().iter() {
            let owned = by_owner.entry(progress.owner.clone()).or_default();
            owned.push(progress.source.clone());
        }
        for (owner, sources) in by_owner {
            self.0.events.tell(kind, owner.as_deref(), &data(sources));
        }
    }
}

fn progress(plan: &Plan) -> Vec<Progress> {
    let ready = plan.sources().map(|source| (source.name(), source.owner()));
    let unready = plan
        .unready()
        .iter()
        .map(|unready| (unready.source.as_str(), unready.owner.as_deref()));
    let all = ready.chain(unready).map(|(source, owner)| Progress {
        source: source.to_owned(),
        owner: owner.map(str::to_owned),
        done: 0,
        known: 0,
        outcome: None,
    });
    all.collect()
}

/// Makes events for listeners of what happens in a run.
struct Teller {
    schedule: Schedule,
    running: Arc<Running>,
    told: Mutex<Option<Instant>>,
}

#[derive(Serialize)]
struct RunStarted {
    run: RunId,
    sources: Vec<String>,
}

/// How it ended is not said: it is not the same for all who may hear of it.
#[derive(Serialize)]
struct RunEnded {
    run: RunId,
}

#[derive(Serialize)]
struct SourceProgress<'a> {
    run: RunId,
    source: &'a str,
    done: u32,
    known: u32,
}

#[derive(Serialize)]
struct SourceEnded<'a> {
    run: RunId,
    source: &'a str,
    state: OutcomeState,
    new: u64,
    changed: u64,
}

#[derive(Serialize)]
struct Records<'a> {
    source: &'a str,
    new: u64,
    changed: u64,
}

impl Teller {
    fn hear(&self, event: &RunEvent) {
        match &event.kind {
            RunEventKind::Request { event: kind, .. } => self.request(event.source, kind),
            RunEventKind::Kept(counts) if counts.new + counts.changed > 0 => {
                let (source, owner) = self.of(event.source);
                let records = Records {
                    source: &source,
                    new: counts.new,
                    changed: counts.changed,
                };
                let events = &self.schedule.0.events;
                events.tell("records", owner.as_deref(), &records);
            }
            RunEventKind::Ended(outcome) => self.ended(event.source, outcome),
            _ => {}
        }
    }

    fn of(&self, place: usize) -> (String, Option<String>) {
        let sources = self.running.sources();
        let progress = sources.get(place);
        progress.map_or_else(Default::default, |it| (it.source.clone(), it.owner.clone()))
    }

    fn request(&self, place: usize, kind: &EventKind) {
        self.schedule.0.metrics.request(kind);
        let progress = {
            let mut sources = self.running.sources();
            let Some(progress) = sources.get_mut(place) else {
                return;
            };
            match kind {
                EventKind::Queued => progress.known += 1,
                EventKind::Done { .. } | EventKind::Failed { .. } => progress.done += 1,
                _ => return,
            }
            if matches!(kind, EventKind::Queued) && progress.known > 1 || !self.is_time() {
                return;
            }
            progress.clone()
        };
        let told = SourceProgress {
            run: self.running.run,
            source: &progress.source,
            done: progress.done,
            known: progress.known,
        };
        let events = &self.schedule.0.events;
        events.tell("source-progress", progress.owner.as_deref(), &told);
    }

    /// Whether it is time to tell of progress again.
    fn is_time(&self) -> bool {
        let now = self.schedule.0.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = told.is_none_or(|told| now.saturating_duration_since(told) >= TELL_EACH);
        if is_time {
            *told = Some(now);
        }
        is_time
    }

    fn ended(&self, place: usize, outcome: &Outcome) {
        if let Some(progress) = self.running.sources().get_mut(place) {
            progress.outcome = Some(outcome.clone());
        }
        if outcome.state.is_good() {
            tracing::debug!(source = %outcome.source, state = %outcome.state, "source ended");
        } else {
            tracing::warn!(
                source = %outcome.source,
                state = %outcome.state,
                reason = outcome.reason.as_deref().unwrap_or_default(),
                "source ended"
            );
        }
        self.schedule.0.metrics.source_ended(outcome);
        let ended = SourceEnded {
            run: self.running.run,
            source: &outcome.source,
            state: outcome.state,
            new: outcome.counts.new,
            changed: outcome.counts.changed,
        };
        let events = &self.schedule.0.events;
        events.tell("source-ended", outcome.owner.as_deref(), &ended);
        self.schedule.0.forward.send_replace(());
    }
}
