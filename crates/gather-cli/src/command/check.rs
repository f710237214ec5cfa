//! `gather check`: whether the configuration is right and every key is there, without any request.

use gather_sources::Unready;
use serde::Serialize;

use super::Exit;
use crate::{
    failure::Result,
    render::{self, Cell, Row},
    session::{Session, secret, shown},
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
pub(crate) fn check(session: &Session) -> Result<Exit> {
    let configuration = session.configuration()?;
    if configuration.file.is_none() {
        session.note_no_file();
    }
    let resolved = configuration.config.resolve(&secret);
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
