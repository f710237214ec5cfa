//! `gather export`: what is stored, and the list of feeds, for another program.
//!
//! Always to standard output, so that a shell says where it goes.

use gather_sources::{opml::OpmlFeed, write};

use super::{Exit, news};
use crate::{
    args::{self, Exported, Format, Which},
    escape,
    failure::{Failure, Result},
    render,
    session::Session,
};

/// `gather export`.
pub(crate) fn export(session: &Session, args: &args::Export) -> Result<Exit> {
    match &args.what {
        Exported::News(which) => stories(session, which),
        Exported::Opml => feeds(session),
    }
}

fn stories(session: &Session, which: &Which) -> Result<Exit> {
    let format = match (session.format_given, session.format) {
        (false, _) => Format::Ndjson,
        (true, Format::Table) => {
            return Err(
                Failure::new("`gather export news` writes for programs and no table").hint(
                    "leave `--format` out for JSON lines, or give json, csv, jsonfeed or rss",
                ),
            );
        }
        (true, format) => format,
    };
    let query = news::query(session, which, usize::MAX, format);
    let store = session.stored()?;
    news::check_names(session, store.as_ref(), &which.source)?;
    let stories = match &store {
        Some(store) => store.stories(&session.viewer, &query)?,
        None => Vec::new(),
    };
    news::write(format, &stories)?;
    session.note(&format!(
        "{}\n",
        render::dim(match stories.len() {
            1 => "1 story".to_owned(),
            count => format!("{count} stories"),
        })
    ));
    Ok(Exit::Complete)
}

fn feeds(session: &Session) -> Result<Exit> {
    if session.format_given {
        return Err(
            Failure::new("`gather export opml` writes OPML and no other format")
                .hint("leave `--format` out"),
        );
    }
    let configuration = session.configuration()?;
    if configuration.file.is_none() {
        session.note_no_file();
    }
    let feeds: Vec<OpmlFeed> = configuration
        .config
        .declarations()
        .filter(|one| session.sees(one.owner()))
        .flat_map(|one| {
            one.feeds().map(|url| OpmlFeed {
                title: Some(one.name().to_owned()),
                url: url.clone(),
                home: None,
                folders: Vec::new(),
            })
        })
        .collect();
    render::data(&escape::xml(&write::opml(
        "Feeds that gather follows",
        &feeds,
    )))?;
    session.note(&format!(
        "{}\n",
        render::dim(render::plural(feeds.len() as u64, "feed"))
    ));
    Ok(Exit::Complete)
}
