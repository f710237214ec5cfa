//! What the program counts of itself, as Prometheus reads it.
//!
//! Only totals: no source, user or address is named, so that whoever may read the figures learns nothing of what they
//! are about.
//!
//! Not here: who may read them (`serve`), the log.

use std::{
    fmt,
    sync::atomic::{AtomicI64, AtomicU64},
    time::Duration,
};

use gather::EventKind;
use gather_run::RunReport;
use gather_store::Outcome;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

type Total = Counter<u64, AtomicU64>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cause {
    cause: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    code: u16,
}

/// All figures of a process.
pub(crate) struct Metrics {
    registry: Registry,
    runs: Family<Status, Total>,
    run_seconds: Histogram,
    outcomes: Family<Status, Total>,
    attempts: Total,
    retries: Total,
    not_modified: Total,
    received: Total,
    waits: Family<Cause, Counter<f64, AtomicU64>>,
    one_by_one: Counter<f64, AtomicU64>,
    wall: Counter<f64, AtomicU64>,
    peak_in_flight: Gauge<i64, AtomicI64>,
    new: Total,
    changed: Total,
    answered: Family<Answered, Total>,
    answer_seconds: Histogram,
    /// Password hashes that were computed: each costs memory and time, and tells of guessing.
    pub(crate) hashes: Total,
    pub(crate) logins_refused: Total,
    pub(crate) logins_throttled: Total,
    pub(crate) connections: Gauge<i64, AtomicI64>,
    pub(crate) listeners: Gauge<i64, AtomicI64>,
    tasks: Gauge<i64, AtomicI64>,
}

impl Metrics {
    #[expect(
        clippy::too_many_lines,
        reason = "a list of figures with their descriptions"
    )]
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("gather");
        let metrics = Self {
            runs: Family::default(),
            run_seconds: Histogram::new(exponential_buckets(0.01, 2.0, 14)),
            outcomes: Family::default(),
            attempts: Counter::default(),
            retries: Counter::default(),
            not_modified: Counter::default(),
            received: Counter::default(),
            waits: Family::default(),
            one_by_one: Counter::default(),
            wall: Counter::default(),
            peak_in_flight: Gauge::default(),
            new: Counter::default(),
            changed: Counter::default(),
            answered: Family::default(),
            answer_seconds: Histogram::new(exponential_buckets(0.000_25, 2.0, 16)),
            hashes: Counter::default(),
            logins_refused: Counter::default(),
            logins_throttled: Counter::default(),
            connections: Gauge::default(),
            listeners: Gauge::default(),
            tasks: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("runs", "Runs by how they ended", metrics.runs.clone());
        registry.register_with_unit(
            "run_duration",
            "How long runs took",
            Unit::Seconds,
            metrics.run_seconds.clone(),
        );
        registry.register(
            "outcomes",
            "Sources by how they came out of runs",
            metrics.outcomes.clone(),
        );
        registry.register(
            "attempts",
            "Requests put on the wire, retries and redirects counted",
            metrics.attempts.clone(),
        );
        registry.register(
            "retries",
            "Attempts behind the first",
            metrics.retries.clone(),
        );
        registry.register(
            "not_modified",
            "Answers that were saved because nothing had changed (304)",
            metrics.not_modified.clone(),
        );
        registry.register_with_unit(
            "received",
            "Bodies as they came",
            Unit::Bytes,
            metrics.received.clone(),
        );
        registry.register_with_unit(
            "waited",
            "What requests waited for, summed over them",
            Unit::Seconds,
            metrics.waits.clone(),
        );
        registry.register_with_unit(
            "one_by_one",
            "What the requests of all runs would have taken one by one",
            Unit::Seconds,
            metrics.one_by_one.clone(),
        );
        registry.register_with_unit(
            "wall",
            "What all runs took; throughput and speed-up are quotients of totals",
            Unit::Seconds,
            metrics.wall.clone(),
        );
        registry.register(
            "peak_in_flight",
            "The most requests in flight in the last run",
            metrics.peak_in_flight.clone(),
        );
        registry.register("records_new", "Records that were new", metrics.new.clone());
        registry.register(
            "records_changed",
            "Records that had changed",
            metrics.changed.clone(),
        );
        registry.register(
            "http_answers",
            "Answers of the dashboard by method and status",
            metrics.answered.clone(),
        );
        registry.register_with_unit(
            "http_answer_duration",
            "From the head of a request to the head of its answer",
            Unit::Seconds,
            metrics.answer_seconds.clone(),
        );
        registry.register(
            "password_hashes",
            "Passwords that were hashed",
            metrics.hashes.clone(),
        );
        registry.register(
            "logins_refused",
            "Logins with a wrong name or password",
            metrics.logins_refused.clone(),
        );
        registry.register(
            "logins_throttled",
            "Logins that were not looked at because there were too many",
            metrics.logins_throttled.clone(),
        );
        registry.register(
            "connections",
            "Connections that are open",
            metrics.connections.clone(),
        );
        registry.register(
            "event_listeners",
            "Streams of live updates that are open",
            metrics.listeners.clone(),
        );
        registry.register(
            "tasks",
            "Tasks of the program that have not ended",
            metrics.tasks.clone(),
        );
        Self {
            registry,
            ..metrics
        }
    }

    /// Something happened to a request of a run.
    pub(crate) fn request(&self, kind: &EventKind) {
        match kind {
            EventKind::Started { attempt } => {
                self.attempts.inc();
                if *attempt > 1 {
                    self.retries.inc();
                }
            }
            EventKind::Done { status: 304, .. } => drop(self.not_modified.inc()),
            _ => {}
        }
    }

    pub(crate) fn source_ended(&self, outcome: &Outcome) {
        let status = outcome.state.to_string();
        self.outcomes.get_or_create(&Status { status }).inc();
        self.new.inc_by(outcome.counts.new);
        self.changed.inc_by(outcome.counts.changed);
    }

    pub(crate) fn run_ended(&self, report: &RunReport) {
        let status = report.status.to_string();
        self.runs.get_or_create(&Status { status }).inc();
        self.run_seconds.observe(report.wall.as_secs_f64());
        self.wall.inc_by(report.wall.as_secs_f64());
        let requests = &report.timeline.report;
        self.one_by_one.inc_by(requests.one_by_one.as_secs_f64());
        self.received.inc_by(requests.received);
        let peak = i64::try_from(requests.peak_in_flight).unwrap_or(i64::MAX);
        self.peak_in_flight.set(peak);
        let waits = &requests.waits;
        for (cause, waited) in [
            ("slot", waits.slot),
            ("host", waits.host),
            ("quota", waits.quota),
            ("cool_down", waits.cool_down),
        ] {
            let waits = self.waits.get_or_create(&Cause { cause });
            waits.inc_by(waited.as_secs_f64());
        }
    }

    /// The dashboard answered.
    pub(crate) fn answered(&self, method: &http::Method, code: u16, took: Duration) {
        // Whatever somebody calls a method must not become a new row.
        let method = match method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "PATCH" => "PATCH",
            "PUT" => "PUT",
            "DELETE" => "DELETE",
            _ => "other",
        };
        self.answered
            .get_or_create(&Answered { method, code })
            .inc();
        self.answer_seconds.observe(took.as_secs_f64());
    }

    /// All of it as OpenMetrics text.
    ///
    /// # Panics
    /// Outside a runtime.
    pub(crate) fn text(&self) -> String {
        let tasks = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        self.tasks.set(i64::try_from(tasks).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
