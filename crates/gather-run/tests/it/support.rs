//! A home with a real database file, and the sandbox's APIs as sources.

use std::{future::pending, time::Duration};

use gather::{Clock, ManualClock};
use gather_records::Viewer;
use gather_run::{Plan, RunEvent, RunReport, Runner};
use gather_sandbox::{Api, Sandbox};
use gather_sources::Config;
use gather_store::{Outcome, OutcomeState, Store, StoryQuery};

/// Every API of the sandbox as a source, with a deadline of three seconds.
pub(crate) fn config(sandbox: &Sandbox) -> String {
    format!(
        r#"
        [settings]
        deadline = "3s"

        [source.hackernews]
        base = "{hn}"

        [source.newsapi]
        base = "{newsapi}"
        key = {{ env = "KEY" }}

        [source.guardian]
        base = "{guardian}"
        key = {{ env = "KEY" }}

        [source.wharf]
        feed = "{feeds}/atom.xml"

        [source.bank]
        preset = "json-bank"
        base = "{bank}"
        currency = "EUR"

        [source.frankfurter]
        base = "{rates}"
        "#,
        hn = sandbox.origin(Api::HackerNews),
        newsapi = sandbox.origin(Api::NewsApi),
        guardian = sandbox.origin(Api::Guardian),
        feeds = sandbox.origin(Api::Feeds),
        bank = sandbox.origin(Api::Bank),
        rates = sandbox.origin(Api::Rates),
    )
}

pub(crate) fn plan(text: &str) -> Plan {
    let config = Config::parse(text, "gather.toml").unwrap_or_else(|errors| panic!("{errors}"));
    let var = |name: &str| (name == "KEY").then(|| "k-123".to_owned());
    Plan::new(&config, &|secret| gather_run::read_secret(&var, secret))
}

pub(crate) struct Home {
    dir: tempfile::TempDir,
    pub(crate) store: Store,
}

impl Home {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("gather.db")).unwrap();
        Self { dir, store }
    }

    pub(crate) async fn run(&self, text: &str) -> RunReport {
        self.run_with(text, |_| {}).await
    }

    pub(crate) async fn run_with(
        &self,
        text: &str,
        listener: impl Fn(RunEvent) + Send + Sync + 'static,
    ) -> RunReport {
        let runner = Runner::new(plan(text), self.store.clone(), Clock::system()).unwrap();
        runner.run(pending(), listener).await.unwrap()
    }

    /// The bytes of the database and its log.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(self.dir.path()).unwrap() {
            bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        bytes
    }

    /// A run by a clock that stands still, of a process of its own: nothing is known but what the store knows.
    pub(crate) async fn run_at(&self, text: &str, clock: &ManualClock) -> RunReport {
        self.run_plan(plan(text), clock.clock()).await
    }

    pub(crate) async fn run_plan(&self, plan: Plan, clock: Clock) -> RunReport {
        let runner = Runner::new(plan, self.store.clone(), clock).unwrap();
        runner.run(pending(), |_| {}).await.unwrap()
    }

    pub(crate) fn stories(&self) -> Vec<gather_store::Story> {
        let query = StoryQuery {
            limit: 1000,
            ..StoryQuery::default()
        };
        self.store.stories(&Viewer::Operator, &query).unwrap()
    }
}

pub(crate) fn state(report: &RunReport, source: &str) -> OutcomeState {
    let found = report
        .outcomes
        .iter()
        .find(|outcome| outcome.source == source);
    found.unwrap().state
}

pub(crate) fn outcome<'r>(report: &'r RunReport, source: &str) -> &'r Outcome {
    let found = report
        .outcomes
        .iter()
        .find(|outcome| outcome.source == source);
    found.unwrap()
}

/// A clock at the present time that stands still until it is moved.
pub(crate) fn still() -> ManualClock {
    ManualClock::at(Clock::system().wall())
}

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
