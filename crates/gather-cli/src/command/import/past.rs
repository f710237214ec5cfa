//! `gather imports`, and `gather import --undo`: the imports of the past, and taking one back.

use gather_store::{Import, ImportId};

use crate::{
    command::{Exit, books},
    failure::{Failure, Result},
    render::{self, Cell, Row},
    session::Session,
};

impl Row for Import {
    const HEADER: &'static [&'static str] = &[
        "id",
        "at",
        "file",
        "format",
        "source",
        "owner",
        "new",
        "changed",
        "duplicate",
        "review",
        "undone_at",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::plain(self.id),
            Cell::plain(self.at),
            Cell::text(&self.file),
            Cell::text(&self.format),
            Cell::text(&self.source),
            Cell::maybe(self.owner.as_deref()),
            Cell::plain(self.counts.new),
            Cell::plain(self.counts.changed),
            Cell::plain(self.counts.duplicate),
            Cell::plain(self.counts.review),
            Cell::maybe_plain(self.undone_at),
        ]
    }
}

/// `gather imports`.
pub(crate) fn imports(session: &Session) -> Result<Exit> {
    let imports = match session.stored()? {
        Some(store) => store.imports(&session.viewer)?,
        None => Vec::new(),
    };
    if !session.for_people() {
        render::rows(session.format, &imports)?;
    } else if imports.is_empty() {
        session.note("nothing was imported yet: `gather import FILE` takes files of banks\n");
    } else {
        render::data(&render::imports(&imports, &session.view()))?;
    }
    Ok(Exit::Complete)
}

/// `gather import --undo`.
pub(super) fn undo(session: &Session, id: Option<ImportId>) -> Result<Exit> {
    let rules = session.configuration()?.config.rules().clone();
    let Some(store) = session.stored()? else {
        return Err(Failure::new("there is no import to take back"));
    };
    let imports = store.imports(&session.viewer)?;
    let wanted = match id {
        Some(id) => imports.into_iter().find(|import| import.id == id),
        None => imports
            .into_iter()
            .find(|import| import.undone_at.is_none()),
    };
    let Some(import) = wanted.filter(|import| import.undone_at.is_none()) else {
        let failure = match id {
            Some(id) => Failure::new(format!("there is no import {id} that could be taken back")),
            None => Failure::new("there is no import to take back"),
        };
        return Err(failure.hint("`gather imports` lists them"));
    };
    let undone = store.undo_import(&session.viewer, import.id, session.now())?;
    books::apply_rules(session, &store, &rules)?;
    if session.for_people() {
        session.note(&render::undone(&import, undone, &session.view()));
    } else {
        render::one(session.format, &undone)?;
    }
    Ok(Exit::Complete)
}
