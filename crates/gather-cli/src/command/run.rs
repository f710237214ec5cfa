//! `gather run`: fetch all sources at once, keep what came, show it, and say honestly what is missing.
//!
//! The run itself is `gather-run`'s. Here is what a person sees of it: progress while it lasts, then the feed, the
//! money, and the line that says what came from where in how long.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use gather_records::{Currency, RecordKind};
use gather_run::{Plan, RunReport, Runner};
use gather_sources::Config;
use gather_store::{
    BudgetPlan, MoneyQuery, OutcomeState, Run, RunStatus, SourceOutcome, Store, StoryQuery,
};
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::oneshot;

use super::{Exit, books};
use crate::{
    args::{self, Format},
    failure::{Failure, Result},
    render::{self, Cell, Extent, Progress, Row},
    session::{Configuration, Session, shown},
    signals::Signals,
};

/// Stories below a run.
const STORIES: usize = 10;
/// Transactions below a run.
const TRANSACTIONS: usize = 5;

/// `gather run`.
pub(crate) async fn run(session: &Session, args: &args::Run) -> Result<Exit> {
    let configuration = session.configuration()?;
    let plan = plan(session, &configuration, args)?;
    if configuration.file.is_none() {
        session.note_no_file();
    }
    let store = session.store()?;
    let done = fetch(session, &configuration.config, plan, &store).await?;
    done.show(session, &store)
}

/// What `--refresh` does: a run, of which only the words are shown.
pub(crate) async fn refresh(session: &Session, sources: &[String]) -> Result<Exit> {
    let configuration = session.configuration()?;
    let args = args::Run {
        sources: sources.to_vec(),
        deadline: None,
        revalidate: false,
    };
    let plan = plan(session, &configuration, &args)?;
    let store = session.store()?;
    let done = fetch(session, &configuration.config, plan, &store).await?;
    done.words(session, &store);
    Ok(done.exit())
}

/// Leaves of a plan what the viewer may see.
pub(super) fn visible(
    session: &Session,
    configuration: &Configuration,
    plan: Plan,
) -> Result<Plan> {
    let Some(user) = session.viewer.user() else {
        return Ok(plan);
    };
    let theirs: Vec<String> = configuration
        .config
        .declarations()
        .filter(|declaration| declaration.owner().is_none_or(|owner| owner == user))
        .map(|declaration| declaration.name().to_owned())
        .filter(|name| plan.names().any(|known| known == name))
        .collect();
    if theirs.is_empty() {
        return Err(
            Failure::new(format!("there is no source that `{user}` may see"))
                .hint("leave `--as` out, or give a source that `owner`"),
        );
    }
    Ok(plan.only(&theirs)?)
}

/// Makes the plan: the sources named, those the viewer may see, with their secrets.
pub(super) fn plan(
    session: &Session,
    configuration: &Configuration,
    args: &args::Run,
) -> Result<Plan> {
    let plan = visible(
        session,
        configuration,
        Plan::new(&configuration.config, &|wanted| session.secret(wanted)),
    )?;
    let plan = plan.only(&args.sources)?;
    if plan.names().next().is_none() {
        let file = configuration
            .file
            .as_deref()
            .map_or_else(String::new, |file| format!(" in `{}`", shown(file)));
        return Err(Failure::new(format!("no source is declared{file}")).hint(
            "add `[source.hackernews]` to it; `gather run --help` shows a whole configuration",
        ));
    }
    let plan = if args.revalidate {
        plan.revalidate()
    } else {
        plan
    };
    Ok(plan.with_settings(|settings| {
        if let Some(deadline) = args.deadline {
            settings.deadline = deadline;
        }
    }))
}

/// Which kinds of record each source yields, by its name.
type Yields = BTreeMap<String, Vec<RecordKind>>;

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Done {
    /// As it stands in the store; `None` when it was broken off by a second signal.
    run: Option<Run>,
    report: Option<RunReport>,
    yields: Yields,
    /// The currency in which totals are given.
    base: Option<Currency>,
    budgets: Vec<BudgetPlan>,
    /// Whether it is shown how long each source took.
    durations: bool,
}

/// Runs a plan with progress, and stops it when a signal comes.
pub(crate) async fn fetch(
    session: &Session,
    config: &Config,
    plan: Plan,
    store: &Store,
) -> Result<Done> {
    let yields: Yields = config
        .declarations()
        .map(|declaration| (declaration.name().to_owned(), declaration.yields()))
        .collect();
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new("signals cannot be listened to").because(Some(&error)))?;
    let runner = Runner::new(plan, store.clone(), session.clock.clone())?;
    let progress = Arc::new(Progress::new(runner.plan().names(), !session.quiet));
    let (stop, stopped) = oneshot::channel::<()>();
    let running = runner.run(
        async move {
            // A sender that is gone without a word asks for nothing.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        },
        {
            let progress = Arc::clone(&progress);
            move |event| progress.event(&event)
        },
    );
    let stopping = async {
        signals.next().await;
        if !session.quiet {
            progress.say("stopping: what has come is being kept; once more ends at once\n");
        }
        // The run that listened may just have ended by itself.
        let _ = stop.send(());
        signals.next().await;
    };
    let ended = tokio::select! {
        ended = running => Some(ended),
        () = stopping => None,
    };
    progress.clear();
    let report = ended.transpose()?;
    let run = match &report {
        Some(report) => store.run(&session.viewer, report.run)?,
        None => None,
    };
    Ok(Done {
        run,
        report,
        yields,
        base: config.settings().currency,
        budgets: books::budgets(config),
        durations: false,
    })
}

impl Done {
    /// Shows also how long each source took.
    pub(crate) fn with_durations(self) -> Self {
        Self {
            durations: true,
            ..self
        }
    }

    /// The exit code of a run.
    pub(crate) fn exit(&self) -> Exit {
        match self.report.as_ref().map(|report| report.status) {
            None | Some(RunStatus::Interrupted) => Exit::Interrupted,
            Some(RunStatus::Complete) => Exit::Complete,
            Some(_) => Exit::Partial,
        }
    }

    /// Shows what came and how it went.
    pub(crate) fn show(&self, session: &Session, store: &Store) -> Result<Exit> {
        if session.for_people() {
            if self.exit() != Exit::Interrupted {
                self.show_records(session, store)?;
            }
        } else if let Some(run) = &self.run {
            match session.format {
                Format::Json => render::document(&Whole::new(run, self))?,
                _ => {
                    let rows: Vec<_> = run.outcomes.iter().map(OutcomeRow).collect();
                    render::rows(session.format, &rows)?
                }
            };
        }
        self.words(session, store);
        Ok(self.exit())
    }

    /// The newest stories of the sources that brought something, and the money if there is any.
    fn show_records(&self, session: &Session, store: &Store) -> Result<()> {
        let view = session.view();
        let brought = |wanted: &dyn Fn(&RecordKind) -> bool| -> Vec<String> {
            let outcomes = self.run.iter().flat_map(|run| &run.outcomes);
            outcomes
                .filter(|outcome| outcome.state.is_some_and(OutcomeState::is_good))
                .map(|outcome| outcome.source.clone())
                .filter(|name| {
                    self.yields
                        .get(name)
                        .is_some_and(|kinds| kinds.iter().any(wanted))
                })
                .collect()
        };
        let mut text = String::new();
        let sources = brought(&|kind| *kind == RecordKind::Article);
        if !sources.is_empty() {
            let query = StoryQuery {
                sources,
                limit: STORIES,
                ..StoryQuery::default()
            };
            text.push_str(&render::feed(
                &store.stories(&session.viewer, &query)?,
                false,
                &view,
            ));
        }
        let of_money = |kind: &RecordKind| {
            matches!(
                kind,
                RecordKind::Account | RecordKind::Transaction | RecordKind::Budget
            )
        };
        if !brought(&of_money).is_empty() {
            let mut query = MoneyQuery::new(view.now.to_zoned(view.zone.clone()).date());
            query.limit = TRANSACTIONS;
            query.base = self.base;
            query.budgets.clone_from(&self.budgets);
            let overview = store.money(&session.viewer, &query)?;
            if !render::is_empty(&overview) {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&render::money(&overview, None, Extent::Summary, &view));
            }
        }
        if !text.is_empty() {
            text.push('\n');
            render::data(&text)?;
        }
        Ok(())
    }

    /// The honest line, and for each source that is not complete why.
    pub(crate) fn words(&self, session: &Session, store: &Store) {
        let view = session.view();
        let (Some(run), Some(report)) = (&self.run, &self.report) else {
            render::words("interrupted at once; what had been kept stays\n");
            return;
        };
        let mut text = String::new();
        if report.status == RunStatus::Interrupted {
            text.push_str(&render::interrupted(run));
            text.push('\n');
        } else if !session.quiet {
            if self.durations {
                text.push_str(&render::durations(run, &view));
            }
            let sentence = render::sentence(run, report.timeline.report.requests);
            text.push_str(&render::closing(&sentence, &view));
        }
        // How old the stored data is is worth knowing, and no reason to fail where it cannot be read.
        let held: HashMap<String, Timestamp> = store
            .source_states(&session.viewer)
            .into_iter()
            .flatten()
            .filter_map(|state| Some((state.source, state.good_at?)))
            .collect();
        text.push_str(&render::reasons(run, &held, !session.quiet, &view));
        if !session.quiet {
            text.push_str(&books::failing(&report.rules.failing));
            let waiting = store
                .reviews(&session.viewer)
                .map_or(0, |reviews| reviews.len());
            text.push_str(&books::waiting(waiting));
            let saved = format!("saved as run {} in {}", run.id, shown(store.path()));
            text.push_str(&format!("{}\n", render::dim(saved)));
            if report.status == RunStatus::Interrupted {
                text.push_str(&render::hint(
                    "`gather run` again fetches the rest",
                    "",
                    &view,
                ));
            }
        }
        render::words(&text);
    }
}

/// A run as JSON: as it is stored, and what the requests did.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    run: &'a Run,
    requests: usize,
    attempts: usize,
    bytes_received: u64,
    peak_in_flight: usize,
}

impl<'a> Whole<'a> {
    fn new(run: &'a Run, done: &Done) -> Self {
        let requests = done.report.as_ref().map(|report| &report.timeline.report);
        Self {
            run,
            requests: requests.map_or(0, |report| report.requests),
            attempts: requests.map_or(0, |report| report.attempts),
            bytes_received: requests.map_or(0, |report| report.received),
            peak_in_flight: requests.map_or(0, |report| report.peak_in_flight),
        }
    }
}

/// One source of a run as a row.
#[derive(Serialize)]
#[serde(transparent)]
struct OutcomeRow<'a>(&'a SourceOutcome);

impl Row for OutcomeRow<'_> {
    const HEADER: &'static [&'static str] = &[
        "source",
        "owner",
        "state",
        "reason",
        "hint",
        "until",
        "new",
        "changed",
        "unchanged",
        "rejected",
        "skipped",
        "attempts",
        "waited_ms",
        "took_ms",
    ];

    fn cells(&self) -> Vec<Cell> {
        let millis = |span: Duration| Cell::plain(span.as_millis());
        let outcome = self.0;
        vec![
            Cell::text(&outcome.source),
            Cell::maybe(outcome.owner.as_deref()),
            Cell::maybe_plain(outcome.state),
            Cell::maybe(outcome.reason.as_deref()),
            Cell::maybe(outcome.hint.as_deref()),
            Cell::maybe_plain(outcome.until),
            Cell::plain(outcome.counts.new),
            Cell::plain(outcome.counts.changed),
            Cell::plain(outcome.counts.unchanged),
            Cell::plain(outcome.counts.rejected),
            Cell::plain(outcome.counts.skipped),
            Cell::plain(outcome.attempts),
            millis(outcome.waited),
            millis(outcome.took),
        ]
    }
}
