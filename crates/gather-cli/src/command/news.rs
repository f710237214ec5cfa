//! `gather news`: the stories that are stored.

use gather_store::{Story, StoryQuery};

use super::{Exit, run};
use crate::{
    args,
    failure::Result,
    render::{self, Cell, Row},
    session::Session,
};

/// `gather news`.
pub(crate) async fn news(session: &Session, args: &args::News) -> Result<Exit> {
    let exit = if args.refresh {
        run::refresh(session, &args.source).await?
    } else {
        Exit::Complete
    };
    if exit == Exit::Interrupted {
        return Ok(exit);
    }
    let query = StoryQuery {
        sources: args.source.clone(),
        since: args
            .since
            .as_ref()
            .map(|since| since.instant(session.now(), &session.zone)),
        search: args.search.clone(),
        limit: args.limit,
        ..StoryQuery::default()
    };
    let store = session.stored()?;
    let stories = match &store {
        Some(store) => store.stories(&session.viewer, &query)?,
        None => Vec::new(),
    };
    if session.for_people() {
        render::data(&render::feed(&stories, args.links, &session.view()))?;
        if stories.is_empty() && store.is_some() {
            let narrowed =
                query.since.is_some() || query.search.is_some() || !query.sources.is_empty();
            session.note(if narrowed {
                "no story matches: widen `--since`, `--source` or `--search`\n"
            } else {
                "no news is stored yet: `gather run` fetches it\n"
            });
        }
    } else {
        render::rows(session.format, &stories)?;
    }
    Ok(exit)
}

impl Row for Story {
    const HEADER: &'static [&'static str] = &[
        "headline",
        "url",
        "published_at",
        "first_seen",
        "sources",
        "points",
        "comments",
        "summary",
    ];

    fn cells(&self) -> Vec<Cell> {
        let sources: Vec<&str> = self
            .provenances
            .iter()
            .map(|one| one.source.as_str())
            .collect();
        vec![
            Cell::text(&self.headline),
            Cell::maybe(self.url.as_deref()),
            Cell::maybe_plain(self.published_at),
            Cell::plain(self.first_seen),
            Cell::text(&sources.join("; ")),
            Cell::maybe_plain(self.provenances.iter().filter_map(|one| one.score).max()),
            Cell::maybe_plain(self.provenances.iter().filter_map(|one| one.comments).max()),
            Cell::maybe(self.summary.as_deref()),
        ]
    }
}
