//! News stories: headline, outlet, author, text, date, and the ways they are linked.
//!
//! Six stories are shared: more than one API carries each, every time under another spelling of
//! its URL (`utm_*`, `http`, no `www.`, a final slash, a fragment), so that they can be joined again.

use std::collections::HashSet;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::words::{self, SECTIONS};

/// Who published it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outlet {
    /// NewsAPI's id for it; unlisted outlets have none.
    pub(crate) id: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) host: &'static str,
}

/// The outlet that the simulated Guardian API speaks for.
pub(crate) const GUARDIAN: Outlet = Outlet {
    id: Some("the-guardian-sandbox"),
    name: "The Guardian (sandbox)",
    host: "www.guardian.example",
};

/// The outlet that the simulated feeds belong to.
pub(crate) const GAZETTE: Outlet = Outlet {
    id: Some("harbour-gazette"),
    name: "Harbour Gazette",
    host: "www.harbour.example",
};

pub(crate) const OUTLETS: [Outlet; 6] = [
    GAZETTE,
    Outlet {
        id: Some("tidewater-post"),
        name: "The Tidewater Post",
        host: "www.tidewater.example",
    },
    Outlet {
        id: None,
        name: "Aldmere Evening News",
        host: "evening.aldmere.example",
    },
    Outlet {
        id: Some("signal-and-wire"),
        name: "Signal & Wire",
        host: "signalwire.example",
    },
    Outlet {
        id: None,
        name: "Northern Ledger",
        host: "www.ledger.example",
    },
    Outlet {
        id: Some("field-notes"),
        name: "Field Notes",
        host: "fieldnotes.example",
    },
];

/// Through which API a link was found; each spells it in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Guardian,
    NewsApi,
    HackerNews,
    Rss,
    Atom,
}

#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) outlet: Outlet,
    pub(crate) section: &'static str,
    pub(crate) title: String,
    pub(crate) author: String,
    pub(crate) summary: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) published: Timestamp,
    /// Without the slash before it.
    pub(crate) path: String,
    shared: &'static [Via],
}

impl Story {
    /// Its plain address.
    pub(crate) fn url(&self) -> String {
        format!("https://{}/{}", self.outlet.host, self.path)
    }

    /// Its address as that API links it: the plain one, unless the story is shared.
    pub(crate) fn link(&self, via: Via) -> String {
        let (host, path) = (self.outlet.host, &self.path);
        if self.shared.is_empty() {
            return self.url();
        }
        match via {
            Via::Guardian => self.url(),
            Via::NewsApi => format!("http://{host}/{path}?utm_source=newsapi&utm_medium=api"),
            Via::HackerNews => format!("https://{}/{path}/", host.trim_start_matches("www.")),
            Via::Rss => format!("https://{host}/{path}?utm_source=rss&utm_campaign=feed"),
            Via::Atom => format!("https://{host}/{path}#story"),
        }
    }
}

/// All stories, by the API that carries them, newest first.
#[derive(Debug)]
pub(crate) struct Newsroom {
    pub(crate) newsapi: Vec<Story>,
    pub(crate) guardian: Vec<Story>,
    pub(crate) rss: Vec<Story>,
    pub(crate) atom: Vec<Story>,
    /// What Hacker News links to among them.
    pub(crate) hacker_news: Vec<Story>,
}

/// Outlet, section and carriers of each shared story.
const SHARED: [(Outlet, usize, &[Via]); 6] = [
    (GUARDIAN, 2, &[Via::Guardian, Via::NewsApi, Via::HackerNews]),
    (
        GAZETTE,
        6,
        &[Via::NewsApi, Via::HackerNews, Via::Rss, Via::Atom],
    ),
    (GUARDIAN, 0, &[Via::Guardian, Via::NewsApi]),
    (OUTLETS[3], 1, &[Via::NewsApi, Via::HackerNews]),
    (GAZETTE, 1, &[Via::Rss, Via::HackerNews]),
    (GUARDIAN, 1, &[Via::Guardian, Via::HackerNews]),
];

impl Newsroom {
    pub(crate) fn new(seed: u64, now: Timestamp) -> Self {
        let mut writer = Writer {
            rng: Rng::with_seed(seed ^ 0x4e45_5753),
            titles: HashSet::new(),
            now,
        };
        let shared: Vec<Story> = SHARED
            .iter()
            .zip(0_i64..)
            .map(|((outlet, section, carriers), n)| {
                let mut story = writer.story(*outlet, *section, 12 + 19 * n);
                story.shared = carriers;
                story
            })
            .collect();
        let carried = |via: Via| {
            shared
                .iter()
                .filter(move |story| story.shared.contains(&via))
                .cloned()
        };
        let mut list = |via: Via, own: i64, minutes: i64, outlets: &[Outlet]| {
            let mut stories: Vec<Story> = carried(via).collect();
            for n in 0..own {
                let outlet = outlets[writer.rng.usize(..outlets.len())];
                let section = writer.rng.usize(..SECTIONS.len());
                let age = 25 + n * minutes + writer.rng.i64(0..minutes);
                stories.push(writer.story(outlet, section, age));
            }
            stories.sort_by(|a, b| {
                b.published
                    .cmp(&a.published)
                    .then_with(|| a.path.cmp(&b.path))
            });
            stories
        };
        Self {
            newsapi: list(Via::NewsApi, 236, 40, &OUTLETS),
            guardian: list(Via::Guardian, 47, 35, &[GUARDIAN]),
            rss: list(Via::Rss, 28, 50, &[GAZETTE]),
            atom: list(Via::Atom, 29, 55, &[GAZETTE]),
            hacker_news: carried(Via::HackerNews).collect(),
        }
    }
}

struct Writer {
    rng: Rng,
    titles: HashSet<String>,
    now: Timestamp,
}

impl Writer {
    fn story(&mut self, outlet: Outlet, section: usize, minutes_old: i64) -> Story {
        let rng = &mut self.rng;
        let section = &SECTIONS[section];
        let mut title = words::headline(rng, section);
        // There are many thousand headlines for some hundred stories; the number only ends the search for certain.
        for part in 2.. {
            if self.titles.insert(title.clone()) {
                break;
            }
            title = words::headline(rng, section);
            if part > 50 {
                title = format!("{title} (part {part})");
            }
        }
        let published = before(self.now, minutes_old * 60 + rng.i64(0..60));
        let day = published.to_zoned(TimeZone::UTC).date();
        let slug = slug(&title);
        let path = if outlet == GUARDIAN {
            let month = day.strftime("%b").to_string().to_ascii_lowercase();
            format!(
                "{}/{}/{month}/{:02}/{slug}",
                section.name,
                day.year(),
                day.day()
            )
        } else {
            format!(
                "{}/{}/{:02}/{:02}/{slug}",
                section.name,
                day.year(),
                day.month(),
                day.day()
            )
        };
        let sentences = rng.usize(1..=2);
        let summary = (0..sentences)
            .map(|_| words::sentence(rng))
            .collect::<Vec<_>>()
            .join(" ");
        let paragraphs = (0..rng.usize(2..=5))
            .map(|_| {
                (0..rng.usize(2..=4))
                    .map(|_| words::sentence(rng))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        let author = words::person(rng);
        Story {
            outlet,
            section: section.name,
            title,
            author,
            summary,
            paragraphs,
            published,
            path,
            shared: &[],
        }
    }
}

/// So many seconds before `now`, or `now` where that is out of the calendar.
pub(crate) fn before(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_secs(seconds))
        .unwrap_or(now)
}

fn slug(title: &str) -> String {
    title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(seed: u64) -> Newsroom {
        Newsroom::new(seed, "2026-11-20T09:00:00Z".parse().unwrap())
    }

    #[test]
    fn each_list_has_its_size_and_is_newest_first() {
        let room = room(7);
        for (list, size) in [
            (&room.newsapi, 240),
            (&room.guardian, 50),
            (&room.rss, 30),
            (&room.atom, 30),
        ] {
            assert_eq!(list.len(), size);
            assert!(list.is_sorted_by(|a, b| a.published >= b.published));
        }
        assert_eq!(room.hacker_news.len(), 5);
    }

    #[test]
    fn a_shared_story_is_spelt_differently_by_each_api() {
        let room = room(7);
        let story = room
            .atom
            .iter()
            .find(|story| story.shared.len() == 4)
            .unwrap();
        let links: HashSet<String> = story.shared.iter().map(|via| story.link(*via)).collect();
        assert_eq!(links.len(), 4);
        assert!(links.iter().all(|link| link.contains(&story.path)));
        assert!(
            links.iter().any(|link| link.starts_with("http://www.")),
            "{links:?}"
        );
    }

    #[test]
    fn titles_differ_and_depend_on_the_seed() {
        let room = room(7);
        let mut titles = HashSet::new();
        assert!(
            room.guardian
                .iter()
                .all(|story| titles.insert(story.title.clone()))
        );
        assert_ne!(room.guardian[9].title, self::room(8).guardian[9].title);
        assert_eq!(room.guardian[9].title, self::room(7).guardian[9].title);
    }
}
