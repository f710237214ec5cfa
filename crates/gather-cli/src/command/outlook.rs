//! `gather plan` and `gather why`: what the next 24 hours ask of each host, and why a source stands as it does.
//!
//! Nothing is sent: both read the configuration and the database.

use gather_run::{HostOutlook, Plan, RunOutcome, SourceOutlook, UnknownSource};
use serde::Serialize;

use super::{Exit, run};
use crate::{
    args::{self, Format},
    failure::Result,
    render::{self, Cell, Row},
    session::Session,
};

/// `gather plan`.
pub(crate) fn plan(session: &Session) -> Result<Exit> {
    let configuration = session.configuration()?;
    if configuration.file.is_none() {
        session.note_no_file();
    }
    let plan = run::visible(
        session,
        &configuration,
        Plan::new(&configuration.config, &|wanted| session.secret(wanted)),
    )?;
    let store = session.store()?;
    let outlook = gather_run::outlook(&plan, &store, session.now())?;
    match session.format {
        Format::Table => render::data(&render::outlook(&outlook, &session.view()))?,
        Format::Json => render::document(&outlook)?,
        _ => {
            let rows: Vec<Line> = outlook.sources.iter().map(Line).collect();
            render::rows(session.format, &rows)?
        }
    };
    let crowded: Vec<&HostOutlook> = outlook
        .hosts
        .iter()
        .filter(|host| host.quotas.iter().any(|quota| !quota.fits))
        .collect();
    if session.for_people() && !crowded.is_empty() {
        session.note(&render::hint(
            "ask less often with `every`, or for fewer things: what does not fit waits, and may be left for a later run",
            "",
            &session.view(),
        ));
    }
    Ok(Exit::Complete)
}

/// `gather why`.
pub(crate) fn why(session: &Session, args: &args::Why) -> Result<Exit> {
    let configuration = session.configuration()?;
    let plan = run::visible(
        session,
        &configuration,
        Plan::new(&configuration.config, &|wanted| session.secret(wanted)),
    )?;
    let store = session.store()?;
    let Some(standing) = gather_run::standing(&plan, &store, &args.source, session.now())? else {
        return Err(UnknownSource {
            name: args.source.clone(),
            known: plan.names().map(str::to_owned).collect(),
        }
        .into());
    };
    match session.format {
        Format::Table => render::data(&render::standing(&standing, &session.view()))?,
        Format::Json => render::document(&standing)?,
        _ => {
            let rows: Vec<Past> = standing.outcomes.iter().map(Past).collect();
            render::rows(session.format, &rows)?
        }
    };
    Ok(Exit::Complete)
}

/// One source of an outlook as a row.
#[derive(Serialize)]
#[serde(transparent)]
struct Line<'a>(&'a SourceOutlook);

impl Row for Line<'_> {
    const HEADER: &'static [&'static str] = &[
        "source", "every_s", "next_due", "runs", "requests", "learnt", "reason",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::text(&self.0.source),
            Cell::plain(self.0.every.as_secs()),
            Cell::maybe_plain(self.0.next_due),
            Cell::plain(self.0.runs),
            Cell::plain(self.0.requests),
            Cell::plain(self.0.learnt),
            Cell::maybe(self.0.reason.as_deref()),
        ]
    }
}

/// One outcome of a source as a row.
#[derive(Serialize)]
#[serde(transparent)]
struct Past<'a>(&'a RunOutcome);

impl Row for Past<'_> {
    const HEADER: &'static [&'static str] = &[
        "run",
        "state",
        "at",
        "reason",
        "until",
        "new",
        "changed",
        "unchanged",
        "rejected",
        "attempts",
    ];

    fn cells(&self) -> Vec<Cell> {
        let outcome = &self.0.outcome;
        vec![
            Cell::plain(self.0.run),
            Cell::maybe_plain(outcome.state),
            Cell::maybe_plain(outcome.at),
            Cell::maybe(outcome.reason.as_deref()),
            Cell::maybe_plain(outcome.until),
            Cell::plain(outcome.counts.new),
            Cell::plain(outcome.counts.changed),
            Cell::plain(outcome.counts.unchanged),
            Cell::plain(outcome.counts.rejected),
            Cell::plain(outcome.attempts),
        ]
    }
}
