//! `gather news`: the stories that are stored.

use gather_records::Content;
use gather_run::UnknownSource;
use gather_sources::write::{Channel, Item, json_feed, rss};
use gather_store::{Store, Story, StoryQuery};

use super::{Exit, run};
use crate::{
    args::{self, Format, Which},
    escape,
    failure::Result,
    render::{self, Cell, Reader, Row},
    session::Session,
};

/// `gather news`.
pub(crate) async fn news(session: &Session, args: &args::News) -> Result<Exit> {
    let exit = if args.refresh {
        run::refresh(session, &args.which.source).await?
    } else {
        Exit::Complete
    };
    if exit == Exit::Interrupted {
        return Ok(exit);
    }
    let query = query(session, &args.which, args.limit, session.format);
    let store = session.stored()?;
    check_names(session, store.as_ref(), &args.which.source)?;
    let stories = match &store {
        Some(store) => store.stories(&session.viewer, &query)?,
        None => Vec::new(),
    };
    if !session.for_people() {
        write(session.format, &stories)?;
        return Ok(exit);
    }
    render::data(&render::feed(&stories, args.links, &session.view()))?;
    if stories.is_empty() && store.is_some() {
        let narrowed = query.since.is_some() || query.search.is_some() || !query.sources.is_empty();
        session.note(if narrowed {
            "no story matches: widen `--since`, `--source` or `--search`\n"
        } else {
            "no news is stored yet: `gather run` fetches it\n"
        });
    }
    Ok(exit)
}

/// Refuses a name that is no source: one that the viewer may see is declared, or something of it is stored.
pub(super) fn check_names(
    session: &Session,
    store: Option<&Store>,
    names: &[String],
) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    // A file that is broken keeps nobody from reading what is stored.
    let configuration = session.configuration();
    let mut known: Vec<String> = configuration
        .iter()
        .flat_map(|it| it.config.declarations())
        .filter(|one| session.sees(one.owner()))
        .map(|one| one.name().to_owned())
        .collect();
    let unknown = |known: &[String]| names.iter().find(|name| !known.contains(name)).cloned();
    if unknown(&known).is_none() {
        return Ok(());
    }
    if let Some(store) = store {
        let states = store.source_states(&session.viewer)?;
        known.extend(states.into_iter().map(|state| state.source));
    }
    let Some(name) = unknown(&known) else {
        return Ok(());
    };
    configuration?;
    known.sort();
    known.dedup();
    Err(UnknownSource { name, known }.into())
}

/// What to read from the store.
pub(super) fn query(session: &Session, which: &Which, limit: usize, format: Format) -> StoryQuery {
    StoryQuery {
        sources: which.source.clone(),
        since: which
            .since
            .as_ref()
            .map(|since| since.instant(session.now(), &session.zone)),
        search: which.search.clone(),
        limit,
        // Full texts are long, and a table has no place for them.
        content: !matches!(format, Format::Table | Format::Csv),
        ..StoryQuery::default()
    }
}

/// Writes stories for programs.
pub(super) fn write(format: Format, stories: &[Story]) -> Result<Reader> {
    if !format.is_feed() {
        return render::rows(format, stories);
    }
    let channel = Channel {
        title: "gather news".to_owned(),
        description: "News that gather has fetched, a story once, with all its sources".to_owned(),
        home: None,
    };
    let items: Vec<Item> = stories.iter().map(item).collect();
    match format {
        Format::Rss => render::data(&escape::xml(&rss(&channel, &items))),
        _ => render::data(&escape::json(&json_feed(&channel, &items))),
    }
}

/// A story as the entry of a feed. It is known by its address, which is the same in every database, else by the first
/// source that brought it.
fn item(story: &Story) -> Item {
    let all = |part: fn(&gather_store::Provenance) -> Option<&str>| {
        let mut found: Vec<String> = Vec::new();
        for text in story.provenances.iter().filter_map(part) {
            if !found.iter().any(|known| known == text) {
                found.push(text.to_owned());
            }
        }
        found
    };
    let first = story.provenances.first();
    let own = first.map_or_else(
        || format!("gather:{}", story.id),
        |one| format!("gather:{}:{}", one.source, one.id),
    );
    Item {
        id: story.url.clone().unwrap_or(own),
        url: story.url.clone(),
        title: Some(story.headline.clone()),
        summary: story.summary.clone(),
        content: story.content.as_ref().map(Content::sanitised),
        published_at: Some(story.published_at.unwrap_or(story.first_seen)),
        authors: all(|one| one.author.as_deref()),
        tags: all(|one| one.section.as_deref()),
        sources: all(|one| Some(one.source.as_str())),
    }
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
