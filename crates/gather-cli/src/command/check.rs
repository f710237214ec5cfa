//! `gather check`: whether the configuration is right and every key is there; with `--online` also whether every source
//! answers as it should, for one request each.

use gather_records::RecordKind;
use gather_run::{Checked, Plan, check_online};
use gather_sources::Unready;
use serde::Serialize;

use super::{Exit, run};
use crate::{
    args,
    failure::{Failure, Result},
    render::{self, Cell, Row},
    session::{Configuration, Session, shown},
    signals::Signals,
};

/// What was found.
#[derive(Serialize)]
struct Found {
    file: Option<String>,
    sources: usize,
    ready: usize,
    missing: Vec<Missing>,
}

/// A source that lacks something.
#[derive(Serialize)]
struct Missing {
    source: String,
    reason: String,
    hint: String,
}

impl Row for Missing {
    const HEADER: &'static [&'static str] = &["source", "reason", "hint"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.source),
            Cell::text(&self.reason),
            Cell::text(&self.hint),
        ]
    }
}

/// `gather check`.
pub(crate) async fn check(session: &Session, args: &args::Check) -> Result<Exit> {
    let configuration = session.configuration()?;
    if configuration.file.is_none() {
        session.note_no_file();
    }
    if args.online {
        return online(session, &configuration).await;
    }
    let resolved = configuration
        .config
        .resolve(&|wanted| session.secret(wanted));
    let ready = resolved.sources.len();
    let file = configuration.file.as_deref().map(shown);
    let exit = if resolved.unready.is_empty() {
        Exit::Complete
    } else {
        Exit::Partial
    };
    if session.for_people() {
        let name = file.as_deref().unwrap_or("built-in sources");
        let sources = render::plural((ready + resolved.unready.len()) as u64, "source");
        let line = match resolved.unready.len() {
            0 => format!(
                "{name}: {} {sources}, every key is there\n",
                render::accent("OK,")
            ),
            1 => format!("{name}: {sources}, 1 of them lacks its key\n"),
            several => format!("{name}: {sources}, {several} of them lack their keys\n"),
        };
        render::data(&line)?;
        render::words(&render::missing(&resolved.unready, &session.view()));
        return Ok(exit);
    }
    let missing: Vec<Missing> = resolved
        .unready
        .into_iter()
        .map(
            |Unready {
                 source,
                 reason,
                 hint,
                 ..
             }| Missing {
                source,
                reason,
                hint,
            },
        )
        .collect();
    if session.format == crate::args::Format::Json {
        render::document(&Found {
            file,
            sources: ready + missing.len(),
            ready,
            missing,
        })?;
    } else {
        render::rows(session.format, &missing)?;
    }
    Ok(exit)
}

/// What one source answered.
#[derive(Serialize)]
struct Told {
    source: String,
    state: &'static str,
    records: usize,
    follow: usize,
    rejected: usize,
    took_ms: Option<u128>,
    reason: Option<String>,
    hint: Option<String>,
    warnings: Vec<String>,
}

impl Row for Told {
    const HEADER: &'static [&'static str] = &[
        "source", "state", "records", "follow", "rejected", "took_ms", "reason", "hint",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.source),
            Cell::plain(self.state),
            Cell::plain(self.records),
            Cell::plain(self.follow),
            Cell::plain(self.rejected),
            Cell::maybe_plain(self.took_ms),
            Cell::maybe(self.reason.as_deref()),
            Cell::maybe(self.hint.as_deref()),
        ]
    }
}

impl Told {
    fn answered(checked: &Checked) -> Self {
        let mut told = Self {
            source: checked.source.clone(),
            state: if checked.is_good() { "good" } else { "partial" },
            records: 0,
            follow: 0,
            rejected: 0,
            took_ms: checked.took.map(|took| took.as_millis()),
            reason: None,
            hint: None,
            warnings: Vec::new(),
        };
        match &checked.answer {
            Ok(answer) => {
                let all: &[(RecordKind, usize)] = &answer.records;
                told.records = all.iter().map(|(_, count)| count).sum();
                told.follow = answer.follow;
                told.rejected = answer.rejected;
                told.reason.clone_from(&answer.first_rejected);
                told.warnings.clone_from(&answer.warnings);
            }
            Err(no) => {
                told.state = "failed";
                told.reason = Some(no.reason.clone());
                told.hint.clone_from(&no.hint);
            }
        }
        told
    }

    fn unready(unready: &Unready) -> Self {
        Self {
            source: unready.source.clone(),
            state: "missing",
            records: 0,
            follow: 0,
            rejected: 0,
            took_ms: None,
            reason: Some(unready.reason.clone()),
            hint: Some(unready.hint.clone()),
            warnings: Vec::new(),
        }
    }
}

/// `gather check --online`.
async fn online(session: &Session, configuration: &Configuration) -> Result<Exit> {
    let plan = run::visible(
        session,
        configuration,
        Plan::new(&configuration.config, &|wanted| session.secret(wanted)),
    )?;
    let asked = plan.sources().count() as u64;
    session.note(&format!(
        "one request to each of {}, counted against its quota; nothing is stored\n",
        render::plural(asked, "source")
    ));
    let store = session.store()?;
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new("signals cannot be listened to").because(Some(&error)))?;
    let checked = tokio::select! {
        checked = check_online(&plan, &store, session.clock.clone()) => checked?,
        () = signals.next() => return Ok(Exit::Interrupted),
    };
    let view = session.view();
    if session.for_people() {
        render::data(&render::checked(&checked, &view))?;
        let mut words = render::missing(plan.unready(), &view);
        if !session.quiet {
            words.push_str(&render::advice(&checked, &view));
        }
        render::words(&words);
    } else {
        let told: Vec<Told> = checked
            .iter()
            .map(Told::answered)
            .chain(plan.unready().iter().map(Told::unready))
            .collect();
        render::rows(session.format, &told)?;
    }
    let all_good = plan.unready().is_empty() && checked.iter().all(Checked::is_good);
    Ok(if all_good {
        Exit::Complete
    } else {
        Exit::Partial
    })
}
