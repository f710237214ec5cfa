//! Hacker News posts: 500 of a front page, with the gaps and oddities that a real list has.
//!
//! Among the first twenty there is always one of each: a text post without a link, an id whose item
//! is `null`, one that is dead, one that is deleted, and a job.

use std::collections::HashSet;

use fastrand::Rng;
use jiff::Timestamp;

use super::{
    news::{Story, Via},
    words,
};

/// How many ids the list has.
pub(crate) const POSTS: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Link,
    Ask,
    Show,
    Job,
    Dead,
    Deleted,
    /// In the lists, but its item is `null`.
    Missing,
}

#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) id: u32,
    pub(crate) kind: Kind,
    pub(crate) by: String,
    pub(crate) title: String,
    pub(crate) url: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) score: u32,
    pub(crate) comments: Vec<Comment>,
    pub(crate) descendants: u32,
    pub(crate) time: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u32,
    pub(crate) by: String,
    pub(crate) text: String,
    pub(crate) time: i64,
    pub(crate) deleted: bool,
}

fn kind(rank: usize) -> Kind {
    match rank {
        _ if rank % 100 == 7 => Kind::Missing,
        _ if rank % 125 == 11 => Kind::Dead,
        _ if rank % 83 == 13 => Kind::Job,
        _ if rank % 167 == 16 => Kind::Deleted,
        _ if rank % 20 == 5 => Kind::Ask,
        _ if rank % 16 == 9 => Kind::Show,
        _ => Kind::Link,
    }
}

const THINGS: [&str; 20] = [
    "parser",
    "scheduler",
    "spreadsheet",
    "text editor",
    "database",
    "compiler",
    "file system",
    "game engine",
    "message queue",
    "rate limiter",
    "debugger",
    "clock",
    "keyboard",
    "terminal",
    "feed reader",
    "static site",
    "router",
    "font",
    "synthesizer",
    "mesh network",
];
const ADJECTIVES: [&str; 14] = [
    "tiny",
    "boring",
    "fast",
    "forgotten",
    "portable",
    "self-hosted",
    "single-file",
    "lock-free",
    "readable",
    "solar-powered",
    "offline",
    "append-only",
    "typed",
    "reversible",
];
const PLACES: [&str; 12] = [
    "a lighthouse",
    "a Raspberry Pi",
    "one core",
    "the browser",
    "a spreadsheet",
    "256 KB",
    "a 1987 mainframe",
    "embedded Rust",
    "plain C",
    "SQL",
    "a toaster",
    "the kernel",
];
const HOSTS: [&str; 12] = [
    "blog.oakplane.example",
    "quillpen.example",
    "www.orrery.example",
    "notes.anvil.example",
    "kiln.example",
    "papers.ninefold.example",
    "larkspur.example",
    "www.copperline.example",
    "dev.tidemark.example",
    "marram.example",
    "longform.example",
    "git.fennel.example",
];
const COMPANIES: [&str; 8] = [
    "Ninefold",
    "Orrery Labs",
    "Quillworks",
    "Anvil Data",
    "Copperline",
    "Fennel",
    "Larkspur",
    "Tidemark",
];
const USERS: [&str; 24] = [
    "quillpen",
    "oakplane",
    "marsh_hare",
    "tidecaller",
    "null_island",
    "rask",
    "copperkettle",
    "bytewright",
    "eider",
    "moth",
    "fennel_",
    "sundial",
    "kelpie",
    "lowtide",
    "pikestaff",
    "halden",
    "quern",
    "brack",
    "tolm",
    "sable",
    "ninepin",
    "gorse",
    "lapwing",
    "cinder",
];
const LINKS: [&str; 10] = [
    "A {a} {t} in {p}",
    "Why we replaced our {t} with a {a} {u}",
    "The {a} {t} that outlived its company",
    "Notes on writing a {t} for {p}",
    "What a {a} {t} taught me about the {u}",
    "{T}s are mostly {u}s in disguise",
    "How to test a {a} {t}",
    "{n} years of running a {t} on {p}",
    "The hidden cost of a {a} {t}",
    "Measuring a {t}, then a {u}, then the clock",
];
const ASKS: [&str; 6] = [
    "Ask HN: How do you test a {a} {t}?",
    "Ask HN: Who still runs a {t} on {p}?",
    "Ask HN: What is your {a} {t} of choice?",
    "Ask HN: Has a {t} ever saved your week?",
    "Ask HN: A {t} or a {u} for {n} users?",
    "Ask HN: What should a {a} {t} do when the clock jumps?",
];
const SHOWS: [&str; 4] = [
    "Show HN: A {a} {t} in {p}",
    "Show HN: I wrote a {t} for my {u}",
    "Show HN: {a} {t}, {n} lines, no dependencies",
    "Show HN: A {t} that explains itself",
];
const JOBS: [&str; 2] = [
    "{c} (YC S{n}) is hiring a {t} engineer (remote)",
    "{c} is looking for someone who loves a {a} {t}",
];

fn fill(rng: &mut Rng, templates: &[&'static str]) -> String {
    let template = words::pick(rng, templates);
    let thing = rng.usize(..THINGS.len());
    let other = (thing + 1 + rng.usize(..THINGS.len() - 1)) % THINGS.len();
    let mut capital = THINGS[thing].to_owned();
    capital[..1].make_ascii_uppercase();
    template
        .replace("{T}", &capital)
        .replace("{t}", THINGS[thing])
        .replace("{u}", THINGS[other])
        .replace("{a}", words::pick(rng, &ADJECTIVES))
        .replace("{p}", words::pick(rng, &PLACES))
        .replace("{c}", words::pick(rng, &COMPANIES))
        .replace("{n}", &rng.u32(11..=25).to_string())
}

/// The list in its ranked order. Shared news stories stand near its head.
pub(crate) fn posts(seed: u64, now: Timestamp, shared: &[Story]) -> Vec<Post> {
    let mut rng = Rng::with_seed(seed ^ 0x484e_2e2e);
    let mut titles = HashSet::new();
    let mut shared = shared.iter();
    // Ids ascend with time and have gaps, for comments use them up too.
    let mut ids: Vec<u32> = Vec::with_capacity(POSTS);
    let mut id = 46_000_000 + rng.u32(0..500_000);
    for _ in 0..POSTS {
        id += rng.u32(8..60);
        ids.push(id);
    }
    let first = ids[0];
    let span = f64::from(id - first);
    rng.shuffle(&mut ids);
    ids.into_iter()
        .enumerate()
        .map(|(rank, id)| {
            let kind = kind(rank);
            let news = if kind == Kind::Link && rank % 3 == 0 {
                shared.next()
            } else {
                None
            };
            let templates: &[&str] = match kind {
                Kind::Ask => &ASKS,
                Kind::Show => &SHOWS,
                Kind::Job => &JOBS,
                _ => &LINKS,
            };
            let mut title = fill(&mut rng, templates);
            while !titles.insert(title.clone()) {
                title = format!("{} ({})", fill(&mut rng, templates), rng.u32(1987..=2025));
            }
            let url = match (kind, news) {
                (_, Some(story)) => Some(story.link(Via::HackerNews)),
                (Kind::Ask | Kind::Deleted | Kind::Missing, _) => None,
                // Jobs may come with an empty link.
                (Kind::Job, _) if rank % 2 == 1 => Some(String::new()),
                _ => Some(format!(
                    "https://{}/p/{}",
                    words::pick(&mut rng, &HOSTS),
                    id % 99_991
                )),
            };
            let text = matches!(kind, Kind::Ask | Kind::Job).then(|| {
                format!(
                    "{}<p>{} <i>Any tips?</i>",
                    words::sentence(&mut rng),
                    words::sentence(&mut rng)
                )
            });
            // Over the last thirty hours, in the order of the ids.
            let age = (1.0 - f64::from(id - first) / span) * 30.0 * 3600.0;
            #[expect(clippy::cast_possible_truncation, reason = "between 0 and 108,000")]
            let time = now.as_second() - 240 - age as i64;
            let by = words::pick(&mut rng, &USERS).to_owned();
            let mut comments = Vec::new();
            if rank < 40 && matches!(kind, Kind::Link | Kind::Ask | Kind::Show) {
                for n in 1..=rng.u32(2..=4) {
                    comments.push(Comment {
                        id: id + n,
                        by: words::pick(&mut rng, &USERS).to_owned(),
                        text: format!(
                            "{}<p>{}",
                            words::sentence(&mut rng),
                            words::sentence(&mut rng)
                        ),
                        time: time + 200 * i64::from(n),
                        deleted: n == 4,
                    });
                }
            }
            let rank = u32::try_from(rank).unwrap_or(u32::MAX);
            let score = 4 + rng.u32(0..40) + 900 / (rank + 2);
            let answers = u32::try_from(comments.len()).unwrap_or(0);
            let descendants = answers + rng.u32(0..=score / 2);
            let title = news.map_or(title, |story| story.title.clone());
            Post {
                id,
                kind,
                by,
                title,
                url,
                text,
                score,
                comments,
                descendants,
                time,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::news::Newsroom;

    #[test]
    fn the_first_twenty_hold_one_of_each_oddity_and_the_shared_stories() {
        for seed in 0..20 {
            let now = "2026-11-20T09:00:00Z".parse().unwrap();
            let news = Newsroom::new(seed, now).hacker_news;
            let posts = posts(seed, now, &news);
            assert_eq!(posts.len(), POSTS);
            let ids: HashSet<u32> = posts
                .iter()
                .flat_map(|post| post.comments.iter().map(|c| c.id).chain([post.id]))
                .collect();
            assert_eq!(
                ids.len(),
                POSTS + posts.iter().map(|post| post.comments.len()).sum::<usize>()
            );
            let head = &posts[..20];
            for kind in [
                Kind::Ask,
                Kind::Show,
                Kind::Job,
                Kind::Dead,
                Kind::Deleted,
                Kind::Missing,
            ] {
                assert_eq!(
                    head.iter().filter(|post| post.kind == kind).count(),
                    1,
                    "{kind:?}"
                );
            }
            for story in &news {
                assert!(
                    head.iter().any(|post| post.title == story.title),
                    "{}",
                    story.title
                );
            }
            assert!(posts.iter().all(|post| post.time < now.as_second()));
        }
    }
}
