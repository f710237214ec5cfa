//! One by one against all at once: the same sources fetched both ways, several times over, and what that comes to.
//!
//! Every run begins with an empty database of its own and a client of its own, so that nothing is known and everything
//! is asked for; what it kept is thrown away. Its places in quotas are taken in the user's ledger all the same, since the
//! provider counts them; before each run it waits until none is taken of a quota that the run would have to wait for,
//! else a run would be as slow as the one before it was greedy.
//!
//! A caller takes the steps, so that it can tell of each: [`Bench::cost`], [`Bench::warm_up`], [`Bench::round`] as often as
//! wanted, [`Bench::figures`].
//!
//! Not here: consent (`gather-cli`), pictures (`gather-draw`).

mod cost;
mod figures;

use std::{collections::BTreeMap, future::Future, io, pin::pin, time::Duration};

use gather::Clock;
use gather_sources::Unready;
use gather_store::{Outcome, OutcomeState, RunStatus, Store};
use jiff::Timestamp;

use crate::{
    outlook::expected,
    plan::Plan,
    run::{RunError, RunReport, Runner, timestamp},
    timeline::{Timeline, host_of},
};

pub use cost::{Cost, HostCost, QuotaCost};
pub use figures::{Figures, Measured, Point, Spread, WayFigures, sizes, worked_out};

/// A way of fetching several sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// One request in flight.
    OneByOne,
    /// As a run does it.
    AtOnce,
}

impl Way {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::OneByOne, Self::AtOnce];

    /// A few words for a person.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneByOne => "one by one",
            Self::AtOnce => "all at once",
        }
    }
}

/// One run that is over.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its figures.
    pub measured: Measured,
    /// What it did with its time.
    pub timeline: Timeline,
}

/// Every source fetched both ways.
#[derive(Debug, Clone)]
pub struct Round {
    /// One request in flight.
    pub one_by_one: Ran,
    /// As a run does it.
    pub at_once: Ran,
}

impl Round {
    /// The run of one way.
    #[must_use]
    pub fn way(&self, way: Way) -> &Ran {
        match way {
            Way::OneByOne => &self.one_by_one,
            Way::AtOnce => &self.at_once,
        }
    }
}

/// A source that did not give all in some of the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// The source.
    pub source: String,
    /// In how many runs.
    pub runs: u64,
    /// How it came out the last of these times.
    pub state: OutcomeState,
    /// Why.
    pub reason: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Why a measurement could not go on.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// There is no place for a database that is thrown away.
    #[error("a temporary folder cannot be made")]
    Folder(#[source] io::Error),
    /// A store does not work, or the client could not be built.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<gather_store::Error> for BenchError {
    fn from(error: gather_store::Error) -> Self {
        Self::Run(error.into())
    }
}

/// A measurement under way.
#[derive(Debug)]
pub struct Bench {
    at_once: Plan,
    one_by_one: Plan,
    ledger: Option<Store>,
    clock: Clock,
    /// How many requests a run makes on each host: expected at first, and then as the first run made them.
    asks: BTreeMap<String, u64>,
    unlearnt: Vec<String>,
    spent: BTreeMap<String, u64>,
    runs: u64,
    rounds: Vec<Round>,
    failing: Vec<Failing>,
}

impl Bench {
    /// A measurement of the plan's sources. Quotas are those of `ledger`; without one each run is alone in the world.
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn new(plan: Plan, ledger: Option<Store>, clock: Clock) -> Result<Self, BenchError> {
        let expected = expected(&plan, ledger.as_ref(), timestamp(clock.wall()))?;
        Ok(Self {
            one_by_one: plan.clone().one_by_one(),
            at_once: plan,
            ledger,
            clock,
            asks: expected.hosts,
            unlearnt: expected.unlearnt,
            spent: BTreeMap::new(),
            runs: 0,
            rounds: Vec::new(),
            failing: Vec::new(),
        })
    }

    /// The names of the sources that are asked, in their order.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.at_once.sources().map(gather_sources::Source::name)
    }

    /// The sources that lack a secret, and are not asked.
    #[must_use]
    pub fn unready(&self) -> &[Unready] {
        self.at_once.unready()
    }

    /// What so many rounds ask from now on. Before the first run that is what earlier runs, or else the declarations, let
    /// expect; then it is what the first run made.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn cost(&self, rounds: u64) -> Result<Cost, BenchError> {
        let uses = match &self.ledger {
            Some(ledger) => ledger.quota_use(self.now())?,
            None => Vec::new(),
        };
        let warm_up = u64::from(self.runs == 0);
        Ok(Cost::new(
            &self.at_once,
            rounds,
            warm_up,
            &self.asks,
            &self.unlearnt,
            &uses,
        ))
    }

    /// Fetches once without counting it, so that whatever happens only the first time is over. `None` when it was stopped.
    ///
    /// # Errors
    /// When a database or a client cannot be made, or the ledger does not work. What a source does wrong is no error.
    ///
    /// # Cancel safety
    /// That of [`Runner::run`]; what was reserved of quotas counts as spent.
    pub async fn warm_up(
        &mut self,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<Measured>, BenchError> {
        let mut stop = pin!(stop);
        let ran = self.fetch(Way::AtOnce, &mut stop).await?;
        Ok(ran.map(|ran| ran.measured))
    }

    /// Fetches both ways, each first in every other round. `None` when it was stopped: then it does not count.
    ///
    /// # Errors
    /// As [`warm_up`](Self::warm_up).
    ///
    /// # Cancel safety
    /// As [`warm_up`](Self::warm_up).
    pub async fn round(
        &mut self,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<&Round>, BenchError> {
        let mut stop = pin!(stop);
        let mut order = Way::BOTH;
        if !self.rounds.len().is_multiple_of(2) {
            order.reverse();
        }
        let Some(first) = self.fetch(order[0], &mut stop).await? else {
            return Ok(None);
        };
        let Some(second) = self.fetch(order[1], &mut stop).await? else {
            return Ok(None);
        };
        let (one_by_one, at_once) = match order[0] {
            Way::OneByOne => (first, second),
            Way::AtOnce => (second, first),
        };
        self.rounds.push(Round {
            one_by_one,
            at_once,
        });
        Ok(self.rounds.last())
    }

    /// The rounds so far.
    #[must_use]
    pub fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    /// What the rounds so far come to; `None` when nothing was measured.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        let rounds = self.rounds.iter();
        let rounds = rounds.map(|round| (round.one_by_one.measured, round.at_once.measured));
        Figures::of(&rounds.collect::<Vec<_>>())
    }

    /// How many runs there were so far, the first included.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// The sources that did not give all in some of the runs.
    #[must_use]
    pub fn failing(&self) -> &[Failing] {
        &self.failing
    }

    /// How many requests were put on the wire so far, by host.
    #[must_use]
    pub fn spent(&self) -> &BTreeMap<String, u64> {
        &self.spent
    }

    fn now(&self) -> Timestamp {
        timestamp(self.clock.wall())
    }

    /// One run in a database of its own.
    async fn fetch(
        &mut self,
        way: Way,
        stop: &mut (impl Future<Output = ()> + Unpin),
    ) -> Result<Option<Ran>, BenchError> {
        tokio::select! {
            biased;
            () = &mut *stop => return Ok(None),
            rested = self.rest() => rested?,
        }
        let folder = tempfile::Builder::new().prefix("gather-bench-").tempdir();
        let folder = folder.map_err(BenchError::Folder)?;
        let store = Store::open(folder.path().join("gather.db"))?;
        let (plan, clock) = (self.plan(way).clone(), self.clock.clone());
        let runner = match self.ledger.clone() {
            Some(ledger) => Runner::beside(plan, store, ledger, clock)?,
            None => Runner::new(plan, store, clock)?,
        };
        let report = Box::pin(runner.run(stop, |_| {})).await?;
        self.note(&report);
        if report.status == RunStatus::Interrupted {
            return Ok(None);
        }
        let good = report.outcomes.iter().filter(|one| one.state.is_good());
        Ok(Some(Ran {
            measured: Measured::new(&report.timeline.report, report.wall, good.count()),
            timeline: report.timeline,
        }))
    }

    fn plan(&self, way: Way) -> &Plan {
        match way {
            Way::OneByOne => &self.one_by_one,
            Way::AtOnce => &self.at_once,
        }
    }

    /// Waits until the places are free of those quotas that a run would wait for, but no longer than a run may take:
    /// others may be taking them too.
    async fn rest(&self) -> Result<(), BenchError> {
        let Some(ledger) = &self.ledger else {
            return Ok(());
        };
        let longest = self.at_once.settings().deadline;
        let keys: Vec<String> = self
            .asks
            .keys()
            .flat_map(|host| {
                let quotas = self.at_once.limits_of(host).1.iter();
                quotas
                    .filter(|quota| quota.per <= longest)
                    .map(|quota| cost::key(host, *quota))
                    .collect::<Vec<_>>()
            })
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let uses = ledger.quota_use(now)?;
        let last = uses
            .iter()
            .filter(|used| keys.contains(&used.key))
            .filter_map(|used| used.coming_free.last())
            .map(|(at, _)| *at)
            .max();
        let rest = last.and_then(|at| Duration::try_from(at.duration_since(now)).ok());
        if let Some(rest) = rest {
            self.clock.sleep(rest.min(longest)).await;
        }
        Ok(())
    }

    /// What there is to learn from a run, whether or not it counts.
    fn note(&mut self, report: &RunReport) {
        let mut asked = BTreeMap::new();
        for attempt in &report.timeline.report.timeline {
            let host = host_of(&attempt.url).map_or_else(String::new, |host| host.to_string());
            *asked.entry(host).or_default() += 1;
        }
        for (host, requests) in &asked {
            *self.spent.entry(host.clone()).or_default() += requests;
        }
        if report.status == RunStatus::Interrupted {
            return;
        }
        if self.runs == 0 {
            self.asks = asked;
            self.unlearnt.clear();
        }
        self.runs += 1;
        for outcome in &report.outcomes {
            if !is_whole(outcome.state) {
                self.failed(outcome);
            }
        }
    }

    fn failed(&mut self, outcome: &Outcome) {
        let known = self.failing.iter_mut();
        let mut known = known.filter(|one| one.source == outcome.source);
        let failing = Failing {
            source: outcome.source.clone(),
            runs: 1,
            state: outcome.state,
            reason: outcome.reason.clone(),
            hint: outcome.hint.clone(),
        };
        match known.next() {
            Some(one) => {
                let runs = one.runs + 1;
                *one = Failing { runs, ..failing };
            }
            None => self.failing.push(failing),
        }
    }
}

/// Whether a source gave all that it was asked for.
fn is_whole(state: OutcomeState) -> bool {
    matches!(
        state,
        OutcomeState::Complete | OutcomeState::Unchanged | OutcomeState::Skipped
    )
}
