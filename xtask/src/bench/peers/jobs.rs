//! What is to be done, by whom, and what gather should need for it.

use super::rounds::{Entrant, Measured};
use crate::bench::verdict;

/// One thing that everybody does.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) letter: char,
    /// Part of the name of its picture.
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) work: Work,
    pub(super) targets: &'static [Target],
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// NewsAPI, The Guardian and 20 stories of Hacker News into an empty database, by whole programs.
    News { latency: u32 },
    /// So many small answers into memory, by whole programs.
    Answers {
        latency: u32,
        requests: u32,
        in_flight: u32,
    },
    /// Articles that are in memory into a database, by the clock of the programs.
    Articles,
    /// Feeds that are in memory into records, by the clock of the programs.
    Feeds,
}

/// Requests of the longest chain of [`Work::News`]: the list of Hacker News, then a story.
const HOPS: u32 = 2;

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Gather,
    /// The libraries beneath gather with statements written by hand, or a parser alone.
    ByHand,
    HyperUtil,
    Hyper,
    Reqwest,
    Go,
    Node,
    Aiohttp,
    Httpx,
    Requests,
    /// Python where its HTTP clients have no part.
    Python,
    Curl,
}

impl Who {
    /// Whether it is a client as people use them, and not what one could be built of.
    fn is_finished(self) -> bool {
        !matches!(
            self,
            Self::Gather | Self::ByHand | Self::HyperUtil | Self::Hyper
        )
    }
}

pub(super) const JOBS: [Job; 9] = [
    Job {
        letter: 'a',
        slug: "news",
        title: "Three news sources into SQLite, 100 ms an answer",
        work: Work::News { latency: 100 },
        targets: &[
            Target::Chain(1.08),
            Target::CpuMs(20.0),
            Target::PeakMib(25.0),
        ],
    },
    Job {
        letter: 'b',
        slug: "news-0",
        title: "Three news sources into SQLite, answers without delay",
        work: Work::News { latency: 0 },
        targets: &[Target::Wall(Who::Reqwest, 2.0)],
    },
    at_once('c', "10", "10 answers at 500 ms, all at once", 10, &[]),
    at_once('d', "100", "100 answers at 500 ms, all at once", 100, &[]),
    at_once(
        'e',
        "1000",
        "1,000 answers at 500 ms, all at once",
        1_000,
        &[Target::Wall(Who::HyperUtil, 1.03)],
    ),
    at_once(
        'f',
        "10000",
        "10,000 answers at 500 ms, all at once",
        10_000,
        &[Target::AheadInWall],
    ),
    Job {
        letter: 'g',
        slug: "rate",
        title: "20,000 answers without delay, 100 in flight",
        work: Work::Answers {
            latency: 0,
            requests: 20_000,
            in_flight: 100,
        },
        targets: &[
            Target::Rate(Who::HyperUtil, 0.90),
            Target::AheadInWall,
            Target::AheadInCpu,
        ],
    },
    Job {
        letter: 'h',
        slug: "articles",
        title: "100,000 articles into SQLite",
        work: Work::Articles,
        targets: &[Target::Rate(Who::ByHand, 0.8)],
    },
    Job {
        letter: 'i',
        slug: "feeds",
        title: "20 feeds of 1 MB to records",
        work: Work::Feeds,
        targets: &[Target::Rate(Who::ByHand, 0.7)],
    },
];

const fn at_once(
    letter: char,
    slug: &'static str,
    title: &'static str,
    requests: u32,
    targets: &'static [Target],
) -> Job {
    let work = Work::Answers {
        latency: 500,
        requests,
        in_flight: requests,
    };
    Job {
        letter,
        slug,
        title,
        work,
        targets,
    }
}

impl Work {
    /// Who does it, and how each is called in the tables.
    pub(super) fn entrants(self) -> &'static [(Who, &'static str)] {
        match self {
            Self::News { .. } => &[
                (Who::Gather, "gather run"),
                (Who::Reqwest, "bare reqwest, rusqlite"),
                (Who::Go, "Go: net/http, go-sqlite3"),
                (Who::Node, "Node: fetch, better-sqlite3"),
                (Who::Httpx, "Python: httpx, aiosqlite"),
                (Who::Aiohttp, "Python: aiohttp, aiosqlite"),
                (Who::Requests, "Python: requests, one by one"),
            ],
            Self::Answers { .. } => &[
                (Who::Gather, "gather, the library"),
                (Who::Hyper, "bare hyper connections"),
                (Who::HyperUtil, "bare hyper-util"),
                (Who::Reqwest, "bare reqwest"),
                (Who::Go, "Go: net/http"),
                (Who::Node, "Node: fetch"),
                (Who::Aiohttp, "Python: aiohttp"),
                (Who::Httpx, "Python: httpx"),
                (Who::Curl, "curl --parallel"),
                (Who::Requests, "Python: requests, one by one"),
            ],
            Self::Articles => &[
                (Who::Gather, "gather's store"),
                (Who::ByHand, "the same tables by hand"),
                (Who::Node, "better-sqlite3, one table"),
                (Who::Python, "aiosqlite, one table"),
            ],
            Self::Feeds => &[
                (Who::Gather, "gather"),
                (Who::ByHand, "feed-rs, parsing alone"),
                (Who::Node, "Node: rss-parser"),
                (Who::Python, "Python: feedparser"),
            ],
        }
    }

    /// What the simulated servers are started with; nothing where nobody asks them.
    pub(super) fn sandbox(self) -> Option<Vec<String>> {
        match self {
            Self::News { latency } | Self::Answers { latency, .. } => {
                Some(vec!["--latency".to_owned(), latency.to_string()])
            }
            Self::Articles | Self::Feeds => None,
        }
    }

    /// What is counted by the second: answers, or the records that came out.
    pub(super) fn count(self, records: f64) -> Option<(&'static str, f64)> {
        match self {
            Self::News { .. } => None,
            Self::Answers { requests, .. } => Some(("answers/s", f64::from(requests))),
            Self::Articles | Self::Feeds => Some(("records/s", records)),
        }
    }
}

/// What gather should need.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// Wall, as a share of the longest chain.
    Chain(f64),
    /// Milliseconds of processor time.
    CpuMs(f64),
    PeakMib(f64),
    /// Wall, as a share of somebody's.
    Wall(Who, f64),
    /// Throughput, as a share of somebody's.
    Rate(Who, f64),
    /// Less wall than every finished client.
    AheadInWall,
    /// Less processor time than every finished client.
    AheadInCpu,
}

impl Target {
    /// What it says with what was measured, and whether it holds; `None` where somebody it speaks of was left out.
    pub(super) fn judge(self, work: Work, entrants: &[Entrant]) -> Option<(String, bool)> {
        let find = |who| entrants.iter().find(|it: &&Entrant| it.who == who);
        let gather = find(Who::Gather)?.measured()?;
        let other = |who| Some((find(who)?.name, find(who)?.measured()?));
        let at_most = |what: &str, most: f64, it: f64, unit: &str| {
            let digits = if unit.is_empty() { 2 } else { 0 };
            let holds = it <= most;
            let said = format!("{what}, at most {most:.digits$}{unit}: {it:.2}{unit}");
            Some((format!("{said}, {}", verdict(holds)), holds))
        };
        match self {
            Self::Chain(most) => {
                let Work::News { latency } = work else {
                    return None;
                };
                let chain = f64::from(HOPS * latency);
                let what = format!("wall as a share of the longest chain ({chain:.0} ms)");
                at_most(&what, most, gather.wall.median / chain, "")
            }
            Self::CpuMs(most) => at_most("processor time", most, gather.cpu.median, " ms"),
            Self::PeakMib(most) => at_most("peak memory", most, gather.peak.median, " MiB"),
            Self::Wall(who, most) => {
                let (name, other) = other(who)?;
                let what = format!("wall as a share of that of {name}");
                at_most(&what, most, gather.wall.median / other.wall.median, "")
            }
            Self::Rate(who, least) => {
                let (name, other) = other(who)?;
                let share = other.wall.median / gather.wall.median;
                let holds = share >= least;
                let what = format!("throughput as a share of that of {name}");
                let said = format!("{what}, at least {least:.2}: {share:.2}");
                Some((format!("{said}, {}", verdict(holds)), holds))
            }
            Self::AheadInWall => ahead("wall", entrants, gather, |it| it.wall.median),
            Self::AheadInCpu => ahead("processor time", entrants, gather, |it| it.cpu.median),
        }
    }
}

fn ahead(
    what: &str,
    entrants: &[Entrant],
    gather: Measured,
    figure: fn(Measured) -> f64,
) -> Option<(String, bool)> {
    let others = entrants.iter().filter(|it| it.who.is_finished());
    let best = others
        .filter_map(|it| Some((it.name, figure(it.measured()?))))
        .min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let share = figure(gather) / best.1;
    let holds = share < 1.0;
    let said = format!("{what} less than any finished client's: {share:.2} of the best");
    Some((format!("{said}, {}; {}", best.0, verdict(holds)), holds))
}

#[cfg(test)]
mod tests {
    use super::{JOBS, Target, Who, Work};
    use crate::bench::peers::rounds::Entrant;

    const WORK: Work = Work::News { latency: 100 };

    fn entrants() -> Vec<Entrant> {
        vec![
            Entrant::with(Who::Gather, &[(210.0, 30.0, 20.0)]),
            Entrant::with(Who::HyperUtil, &[(205.0, 10.0, 10.0)]),
            Entrant::with(Who::Go, &[(250.0, 25.0, 20.0)]),
            Entrant::with(Who::Requests, &[]),
        ]
    }

    #[test]
    fn a_target_is_judged_by_the_medians() {
        let holds = |target: Target| target.judge(WORK, &entrants()).map(|(_, holds)| holds);
        assert_eq!(holds(Target::Chain(1.08)), Some(true));
        assert_eq!(holds(Target::CpuMs(20.0)), Some(false));
        assert_eq!(holds(Target::PeakMib(25.0)), Some(true));
        assert_eq!(holds(Target::Wall(Who::HyperUtil, 1.03)), Some(true));
        assert_eq!(holds(Target::Rate(Who::HyperUtil, 0.98)), Some(false));
        // A bare client is no finished one, and who did not end is behind.
        assert_eq!(holds(Target::AheadInWall), Some(true));
        assert_eq!(holds(Target::AheadInCpu), Some(false));
        assert_eq!(holds(Target::Wall(Who::Reqwest, 2.0)), None);
    }

    #[test]
    fn each_job_has_a_letter_and_a_picture_of_its_own_and_gather_comes_first() {
        for (at, job) in JOBS.iter().enumerate() {
            assert_eq!(job.work.entrants()[0].0, Who::Gather);
            let same = |it: &&super::Job| it.letter == job.letter || it.slug == job.slug;
            assert_eq!(JOBS.iter().filter(same).count(), 1, "{at}");
        }
    }
}
