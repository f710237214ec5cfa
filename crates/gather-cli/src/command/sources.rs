//! `gather sources`: what is declared, how it came out last, what is held of it, what it lacks.

use std::collections::HashMap;

use super::Exit;
use crate::{
    failure::Result,
    render::{self, SourceLine},
    session::Session,
};

/// `gather sources`.
pub(crate) fn sources(session: &Session) -> Result<Exit> {
    let configuration = session.configuration()?;
    let config = &configuration.config;
    let path = session.database()?;
    // Only read: there is nothing to say about a database that is not there yet.
    let states = match path.try_exists() {
        Ok(false) => Vec::new(),
        Ok(true) | Err(_) => session.store()?.source_states(&session.viewer)?,
    };
    let mut states: HashMap<(String, Option<String>), _> = states
        .into_iter()
        .map(|state| ((state.source.clone(), state.owner.clone()), state))
        .collect();
    let resolved = config.resolve(&|wanted| session.secret(wanted));
    let user = session.viewer.user();
    let lines: Vec<SourceLine> = config
        .declarations()
        .filter(|declaration| {
            user.is_none() || declaration.owner().is_none_or(|owner| Some(owner) == user)
        })
        .filter_map(|declaration| {
            let name = declaration.name();
            let unready = resolved.unready.iter().find(|one| one.source == name);
            let ready = resolved.sources.iter().any(|one| one.name() == name);
            // A built-in source without its key is not asked and not missed.
            (ready || unready.is_some()).then(|| SourceLine {
                source: name.to_owned(),
                owner: declaration.owner().map(str::to_owned),
                preset: declaration.preset().map(str::to_owned),
                yields: declaration.yields(),
                urls: declaration.urls().map(ToString::to_string).collect(),
                missing: unready.map(|one| one.reason.clone()),
                hint: unready.map(|one| one.hint.clone()),
                state: states.remove(&(name.to_owned(), declaration.owner().map(str::to_owned))),
            })
        })
        .collect();
    if configuration.file.is_none() {
        session.note_no_file();
    }
    if !session.for_people() {
        render::rows(session.format, &lines)?;
    } else if lines.is_empty() {
        session.note("no source is declared: `gather run --help` shows a whole configuration\n");
    } else {
        render::data(&render::source_table(&lines, &session.view()))?;
    }
    Ok(Exit::Complete)
}
