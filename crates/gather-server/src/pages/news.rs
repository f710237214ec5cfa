//! `/news`: stories by day, narrowed by words, marks and a source, all of which is in the address; reading and starring.
//!
//! "Mark all read" goes as far as what was seen: the newest story of the page and everything behind it that the filter
//! finds. What came meanwhile stays unread.
//!
//! Not here: how a story is laid out (`stories`).

mod stories;

use axum::{extract::State as Of, response::Response};
use gather_store::{Mark, Snapshot, Store, StoryCursor, StoryFilter, StoryQuery};

pub(super) use stories::story;

use super::{
    address::{Fields, Sent},
    answer::{Failed, Said},
    part::{Choice, Link, Note, Tone},
    reader::Reader,
    runs::NO_PLACE,
    view::{Day, Empty, Here, News, NewsFilter, NewsSource},
};
use crate::app::App;

/// Stories on a page.
const PAGE: usize = 50;
/// The longest search that is made.
const LONGEST_SEARCH: usize = 200;

pub(super) async fn page(Of(app): Of<App>, reader: Reader) -> Response {
    reader
        .show(&app, |reader, store| {
            store.snapshot(|moment| fill(reader, moment))
        })
        .await
}

pub(super) async fn mark(Of(app): Of<App>, reader: Reader, sent: Sent) -> Response {
    reader.act(&app, sent, set_mark).await
}

pub(super) async fn mark_all(Of(app): Of<App>, reader: Reader, sent: Sent) -> Response {
    reader.act(&app, sent, set_all_read).await
}

/// What narrows the list, as the address has it.
struct Asked {
    search: Option<String>,
    only: StoryFilter,
    source: Option<String>,
    before: Option<StoryCursor>,
}

impl Asked {
    fn of(fields: &Fields) -> (Self, Option<String>) {
        let mut refused = None;
        let only = match fields.get("which") {
            None => StoryFilter::All,
            Some("unread") => StoryFilter::Unread,
            Some("starred") => StoryFilter::Starred,
            Some(_) => {
                refused =
                    Some("One can ask for unread or starred stories: here are all.".to_owned());
                StoryFilter::All
            }
        };
        let before = fields.get("before").and_then(|text| {
            let place = text.parse().ok();
            if place.is_none() {
                refused = Some(NO_PLACE.to_owned());
            }
            place
        });
        let asked = Self {
            search: fields
                .get("q")
                .map(|text| text.chars().take(LONGEST_SEARCH).collect()),
            only,
            source: fields.get("source").map(str::to_owned),
            before,
        };
        (asked, refused)
    }

    fn query(&self) -> StoryQuery {
        StoryQuery {
            sources: self.source.iter().cloned().collect(),
            search: self.search.clone(),
            only: self.only,
            before: self.before,
            ..StoryQuery::default()
        }
    }

    fn is_narrow(&self) -> bool {
        self.search.is_some() || self.only != StoryFilter::All || self.source.is_some()
    }

    /// `unread, of guardian, with “ferry”`.
    fn words(&self) -> String {
        let which = match self.only {
            StoryFilter::All => None,
            StoryFilter::Unread => Some("unread".to_owned()),
            StoryFilter::Starred => Some("starred".to_owned()),
        };
        let source = self.source.as_ref().map(|source| format!("of {source}"));
        let search = self.search.as_ref().map(|text| format!("with “{text}”"));
        let parts: Vec<String> = [which, source, search].into_iter().flatten().collect();
        parts.join(", ")
    }
}

pub(super) fn fill(reader: &Reader, moment: &Snapshot<'_>) -> Result<News, Failed> {
    let (asked, refused) = Asked::of(&reader.fields);
    let mut shell = reader.shell(moment, "News", Here::News)?;
    if let Some(text) = refused {
        shell.notice = Some(Note {
            text,
            tone: Tone::Caution,
        });
    }
    let mut found = moment.stories(
        &reader.viewer,
        &StoryQuery {
            limit: PAGE + 1,
            ..asked.query()
        },
    )?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let narrowed = reader.fields.only(&["q", "which", "source"]);
    let at_news = |fields: &Fields| fields.after(&reader.to("/news"));
    let older = found.last().filter(|_| more).map(|last| {
        let place = last.cursor.to_string();
        at_news(&narrowed.with(&[("before", &place)]))
    });
    // Of starred stories only those would be marked that are starred, which the store does not tell apart.
    let first = found.first().filter(|_| asked.only != StoryFilter::Starred);
    let up_to = first.map_or_else(String::new, |first| {
        format!("{}-{}", first.id, first.cursor)
    });

    let search = asked.search.as_deref().unwrap_or_default();
    let mut days: Vec<Day> = Vec::new();
    for told in &found {
        let name = reader
            .times
            .day_name(reader.times.day_of(stories::stands_at(told)));
        let story = story(reader, told, search);
        match days.last_mut() {
            Some(day) if day.name == name => day.stories.push(story),
            _ => days.push(Day {
                name,
                stories: vec![story],
            }),
        }
    }
    let empty = found.is_empty().then(|| nothing(reader, &asked));
    let which = [
        ("All", "", StoryFilter::All),
        ("Unread", "unread", StoryFilter::Unread),
        ("Starred", "starred", StoryFilter::Starred),
    ];
    let filter = NewsFilter {
        which: which
            .map(|(text, word, only)| Choice {
                text: text.to_owned(),
                value: at_news(&narrowed.with(&[("which", word)])),
                count: String::new(),
                chosen: asked.only == only,
            })
            .into(),
        sources: sources(reader, moment, &asked, &narrowed)?,
        carried: narrowed.only(&["which"]).pairs(),
        clear: asked.is_narrow().then(|| reader.to("/news")),
        said: asked.words(),
        search: search.to_owned(),
    };
    Ok(News {
        newest: asked.before.is_none(),
        narrowed: narrowed.only(&["q", "source"]).pairs(),
        shell,
        filter,
        days,
        older,
        up_to,
        empty,
    })
}

/// The sources that brought articles, beginning with all of them.
fn sources(
    reader: &Reader,
    moment: &Snapshot<'_>,
    asked: &Asked,
    narrowed: &Fields,
) -> Result<Vec<NewsSource>, Failed> {
    let states = moment.source_states(&reader.viewer)?;
    let one = |name: &str, text: &str, count: String| NewsSource {
        name: name.to_owned(),
        link: Link {
            text: text.to_owned(),
            href: narrowed
                .with(&[("source", name)])
                .after(&reader.to("/news")),
        },
        count,
        chosen: asked.source.as_deref().unwrap_or_default() == name,
    };
    let mut sources = vec![one("", "All sources", String::new())];
    let mut names: Vec<(&str, u64)> = Vec::new();
    for state in states.iter().filter(|state| state.held.articles > 0) {
        match names.last_mut() {
            // A shared one and the reader's own of the same name are asked for by one name.
            Some((name, count)) if *name == state.source => *count += state.held.articles,
            _ => names.push((&state.source, state.held.articles)),
        }
    }
    for (name, count) in names {
        sources.push(one(name, name, reader.numbers.count(count)));
    }
    Ok(sources)
}

/// Why there is no story.
fn nothing(reader: &Reader, asked: &Asked) -> Empty {
    let all = || Some(reader.link("Show all news", "/news"));
    let (sentence, action, command) = if asked.before.is_some() {
        (
            "There is no older story.",
            Some(reader.link("The newest", "/news")),
            None,
        )
    } else if asked.search.is_some() {
        ("Nothing has all of these words.", all(), None)
    } else if asked.only == StoryFilter::Unread {
        ("Everything is read.", all(), None)
    } else if asked.only == StoryFilter::Starred {
        (
            "Nothing is starred: the star beside a story keeps it.",
            all(),
            None,
        )
    } else if asked.source.is_some() {
        ("This source has brought nothing yet.", all(), None)
    } else if reader.declared().is_empty() {
        no_source_of_news()
    } else {
        (
            "No story yet: no source has brought any.",
            Some(reader.link("Sources", "/sources")),
            None,
        )
    };
    Empty {
        sentence: sentence.to_owned(),
        action,
        command: command.map(str::to_owned),
    }
}

/// What to do where no source is declared.
pub(super) fn no_source_of_news() -> (&'static str, Option<Link>, Option<&'static str>) {
    (
        "No story yet: no source of news is declared.",
        None,
        Some("gather add lwn https://lwn.net/headlines/rss"),
    )
}

pub(super) fn set_mark(reader: &Reader, store: &Store, form: &Fields) -> Result<Said, Failed> {
    let (field, star) = match (form.get("read"), form.get("star")) {
        (Some(field), None) => (field, false),
        (None, Some(field)) => (field, true),
        _ => return Err(Failed::unreadable("It is not said what is to be marked.")),
    };
    let (on, story) = match field.split_once(':') {
        Some(("on", story)) => (true, story),
        Some(("off", story)) => (false, story),
        _ => return Err(Failed::unreadable("It is not said how it is to be marked.")),
    };
    let missing = || Failed::missing("There is no such story.").leading("News", "/news");
    let story = story.parse().map_err(|_| missing())?;
    let mark = if star {
        Mark::Starred(on)
    } else {
        Mark::Read(on)
    };
    match store.mark(&reader.user, &[story], mark, reader.times.now)? {
        0 => Err(missing()),
        _ => Ok(Said::Marked),
    }
}

pub(super) fn set_all_read(reader: &Reader, store: &Store, form: &Fields) -> Result<Said, Failed> {
    let up_to = form.get("up_to").and_then(|text| {
        let (id, place) = text.split_once('-')?;
        Some((id.parse().ok()?, place.parse().ok()?))
    });
    let Some((newest, place)) = up_to else {
        return Err(Failed::unreadable(
            "It is not said up to which story all is read.",
        ));
    };
    let (asked, _) = Asked::of(&form.only(&["q", "source"]));
    let query = StoryQuery {
        before: Some(place),
        ..asked.query()
    };
    store.mark(&reader.user, &[newest], Mark::Read(true), reader.times.now)?;
    store.mark_all_read(&reader.user, &query, reader.times.now)?;
    Ok(Said::AllRead)
}
