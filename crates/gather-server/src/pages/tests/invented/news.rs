//! Stories, found and not found.

use super::{choice, link, minutes_ago, shell, times};
use crate::pages::{show::hits, view::*};

pub(in crate::pages::tests) type Headline = (
    &'static str,
    &'static str,
    &'static [(&'static str, Option<&'static str>)],
    Option<&'static str>,
    i64,
);

pub(in crate::pages::tests) const HEADLINES: &[Headline] = &[
    (
        "Ferry line adds night sailing to the outer islands",
        "harbour.example",
        &[("guardian", None), ("hackernews", Some("41 points"))],
        None,
        122,
    ),
    (
        "Kelp survey finds slow recovery along the northern coast, and nobody agrees on why it is slow",
        "coast.example",
        &[("guardian", None)],
        Some("Environment"),
        190,
    ),
    (
        "Ask HN: How do you test clock code?",
        "news.ycombinator.com",
        &[("hackernews", Some("41 points · 3 comments"))],
        None,
        301,
    ),
    (
        "A library that forgets: notes on bounded caches",
        "bounded.example",
        &[("hackernews", Some("212 points · 88 comments"))],
        None,
        340,
    ),
    (
        "Council votes to keep the tram depot where it is",
        "guardian.example",
        &[("guardian", None), ("newsapi", None)],
        Some("Local"),
        420,
    ),
    (
        "The long quarrel over daylight saving, and what it does to timetables",
        "times.example",
        &[("newsapi", None)],
        None,
        500,
    ),
    (
        "Bread prices level off after two years of rises",
        "guardian.example",
        &[("guardian", None)],
        Some("Money"),
        560,
    ),
    (
        "Show HN: a spreadsheet that prints as a broadsheet",
        "sheet.example",
        &[("hackernews", Some("97 points · 31 comments"))],
        None,
        610,
    ),
    (
        "Rivers run high, dykes hold",
        "water.example",
        &[("newsapi", None)],
        None,
        700,
    ),
    (
        "Museum finds a forgotten ledger of 1783 behind a radiator",
        "museum.example",
        &[("guardian", None)],
        Some("Culture"),
        790,
    ),
    (
        "SQLite at forty thousand feet",
        "flight.example",
        &[("hackernews", Some("154 points · 60 comments"))],
        None,
        860,
    ),
    (
        "Night trains return to the valley line in spring",
        "rail.example",
        &[("newsapi", None), ("guardian", None)],
        None,
        930,
    ),
    (
        "Why the pension fund sold its forests",
        "fund.example",
        &[("newsapi", None)],
        None,
        1500,
    ),
    (
        "Ferries, again: who pays for the new pier",
        "harbour.example",
        &[("guardian", None)],
        Some("Local"),
        1720,
    ),
];

pub(in crate::pages::tests) fn stories(search: &str) -> Vec<Story> {
    HEADLINES
        .iter()
        .enumerate()
        .map(|(at, (headline, host, from, section, minutes))| Story {
            id: (900 - at).to_string(),
            headline: hits(headline, search),
            href: Some(format!("https://{host}/{at}")),
            name: (*headline).to_owned(),
            read: at % 5 == 3,
            starred: at == 1 || at == 9,
            host: Some((*host).to_owned()),
            provenances: from
                .iter()
                .map(|(source, detail)| Provenance {
                    source: link(source, &format!("/news?source={source}")),
                    detail: detail.map(str::to_owned),
                })
                .collect(),
            section: section.map(str::to_owned),
            when: times().age(minutes_ago(*minutes)),
            excerpt: (!search.is_empty() && at == 4).then(|| {
                hits(
                    "… where the night ferry used to land, and where it may again …",
                    search,
                )
            }),
        })
        .collect()
}

pub(in crate::pages::tests) fn news(search: &str) -> News {
    let all = stories(search);
    let (today, yesterday) = all.split_at(12);
    let said = if search.is_empty() {
        String::new()
    } else {
        format!("with “{search}”")
    };
    News {
        shell: Shell {
            back: "/news".to_owned(),
            ..shell("News", Here::News)
        },
        filter: NewsFilter {
            search: search.to_owned(),
            which: vec![
                choice("All", "/news", "", true),
                choice("Unread", "/news?only=unread", "", false),
                choice("Starred", "/news?only=starred", "", false),
            ],
            sources: [
                ("", "All sources", ""),
                ("guardian", "guardian", "2,310"),
                ("hackernews", "hackernews", "18,204"),
                ("newsapi", "newsapi", "977"),
            ]
            .map(|(name, text, count)| NewsSource {
                name: name.to_owned(),
                link: link(text, &format!("/news?source={name}")),
                count: count.to_owned(),
                chosen: name.is_empty(),
            })
            .into(),
            carried: Vec::new(),
            clear: (!search.is_empty()).then(|| "/news".to_owned()),
            said,
        },
        days: vec![
            Day {
                name: "Today".to_owned(),
                stories: today.to_vec(),
            },
            Day {
                name: "Yesterday".to_owned(),
                stories: yesterday.to_vec(),
            },
        ],
        older: Some("/news?before=886".to_owned()),
        newest: true,
        up_to: "900".to_owned(),
        narrowed: Vec::new(),
        empty: None,
    }
}

pub(in crate::pages::tests) fn no_news() -> News {
    News {
        days: Vec::new(),
        up_to: String::new(),
        empty: Some(Empty {
            sentence: "Nothing has all of these words.".to_owned(),
            action: Some(link("Show all news", "/news")),
            command: None,
        }),
        ..news("zeppelin")
    }
}
