//! The same work as others would do it: in Python, Node, Go, with curl, and with the bare libraries of Rust.
//!
//! Each program in `bench/peers` is written the way its users would write it; limits are raised to the job in every
//! one, none is removed. All of them ask the same simulated servers in turns, and every round is checked: what the servers
//! answered, what the program has, what stands in its database.
//!
//! Not here: the programs (`bench/peers`, `gather-bench`, `gather-cli`), and what measures them (`gather_bench::outside`).

mod calls;
mod jobs;
mod page;
mod plot;
mod rounds;
mod tools;

use std::{fmt::Write as _, fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{Bench, open_files, options::Options, sandbox::Sandbox};
use crate::{
    figures::table,
    say,
    workspace::{Workspace, captured},
};
use calls::Files;
use jobs::{JOBS, Job, Work};
use rounds::{Entrant, Place};
use tools::Tools;

/// Open files beside the connections, generously.
const OTHER_FILES: u64 = 200;

/// Stories of Hacker News, as gather's preset has it.
const STORIES: u64 = 20;

/// What came of one job.
#[derive(Debug)]
struct Outcome {
    job: &'static Job,
    /// Records that everybody had in the end, or answers.
    records: f64,
    entrants: Vec<Entrant>,
}

/// Measures and reports; gives the figures, a job each, and writes the page of the manual where it is wanted.
pub(super) fn measure(
    bench: &Bench,
    workspace: &Workspace,
    options: &Options,
    machine: &str,
) -> Result<Value, String> {
    let rounds = options.rounds.unwrap_or(5);
    let home = bench.home.join("peers");
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    let tools = Tools::prepare(workspace, &bench.programs, &home);
    let mut outcomes = Vec::new();
    for job in JOBS.iter().filter(|job| options.wants(job.letter)) {
        say::heading(&format!(
            "{}: {}; {rounds} rounds after one to warm up",
            job.letter, job.title
        ));
        let outcome = job.run(bench, &tools, &home, rounds)?;
        say::line(&table(&outcome.rows()));
        for (said, _) in outcome.verdicts() {
            say::line(&format!("  target: {said}"));
        }
        outcomes.push(outcome);
    }
    let again = format!("cargo xtask bench peers --rounds {rounds}");
    say::line(&format!("\n  again: {again}"));
    if options.write {
        let again = format!("{again} --write");
        page::write(&workspace.root, &outcomes, &tools.versions, machine, &again)?;
    }
    let figures = outcomes.iter().map(|it| {
        let targets = it.verdicts().into_iter();
        let targets = targets.map(|(said, holds)| json!({ "target": said, "holds": holds }));
        json!({
            "job": it.job.title, "records": it.records, "targets": targets.collect::<Vec<_>>(),
            "programs": it.entrants.iter().map(Entrant::json).collect::<Vec<_>>(),
        })
    });
    Ok(json!({ "versions": tools.versions, "jobs": figures.collect::<Vec<_>>() }))
}

impl Job {
    fn run(
        &'static self,
        bench: &Bench,
        tools: &Tools,
        home: &Path,
        rounds: usize,
    ) -> Result<Outcome, String> {
        if let Work::Answers { in_flight, .. } = self.work {
            open_files::allow(u64::from(in_flight) + OTHER_FILES)?;
        }
        let sandbox = self.work.sandbox();
        let sandbox = sandbox
            .map(|arguments| Sandbox::start(&bench.programs, &arguments))
            .transpose()?;
        let (servers, requests) = match (&sandbox, self.work) {
            (Some(sandbox), Work::News { .. }) => {
                let news = ["newsapi", "guardian", "hackernews"];
                let news: Result<_, String> =
                    news.map(|api| sandbox.origin(api)).into_iter().collect();
                let news: Vec<&str> = news?;
                write_news(home, &news)?;
                // The two that answer at once, the list, and its stories.
                (news, 3 + STORIES)
            }
            (Some(sandbox), Work::Answers { requests, .. }) => {
                let any = sandbox.origin("any")?;
                write_urls(home, any, requests)?;
                (vec![any], u64::from(requests))
            }
            _ => {
                write_input(bench, home, self.work)?;
                (Vec::new(), 0)
            }
        };
        let files = Files {
            home: home.to_owned(),
            scratch: home.join("scratch"),
            any: servers.first().copied().unwrap_or_default().to_owned(),
        };
        let mut entrants = Vec::new();
        for &(who, name) in self.work.entrants() {
            match tools.call(who, self.work, &files) {
                Ok(call) => entrants.push(Entrant::new(who, name, call)),
                Err(reason) => say::line(&format!("  {name}: left out, {reason}")),
            }
        }
        let place = Place {
            outside: &bench.programs.join("bench-outside"),
            scratch: &files.scratch,
            servers: &servers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            requests,
        };
        let records = rounds::run(self.work, &place, &mut entrants, rounds)?;
        Ok(Outcome {
            job: self,
            records,
            entrants,
        })
    }
}

impl Outcome {
    fn verdicts(&self) -> Vec<(String, bool)> {
        let targets = self.job.targets.iter();
        targets
            .filter_map(|target| target.judge(self.job.work, &self.entrants))
            .collect()
    }

    /// A table, its head first.
    fn rows(&self) -> Vec<Vec<String>> {
        let count = self.job.work.count(self.records);
        let mut head = [
            "",
            "wall s",
            "least–most",
            "×",
            "CPU s",
            "least–most",
            "peak MiB",
        ]
        .map(String::from)
        .to_vec();
        head.extend(count.map(|(unit, _)| unit.to_owned()));
        head.push("rounds".to_owned());
        let gather = self.entrants.first().and_then(Entrant::measured);
        let mut rows = vec![head];
        for entrant in &self.entrants {
            let mut row = vec![entrant.name.to_owned()];
            match entrant.measured() {
                Some(it) => {
                    let times = gather.map_or(1.0, |gather| it.wall.median / gather.wall.median);
                    row.extend([
                        seconds(it.wall.median),
                        format!("{}–{}", seconds(it.wall.min), seconds(it.wall.max)),
                        format!("{times:.2}"),
                        seconds(it.cpu.median),
                        format!("{}–{}", seconds(it.cpu.min), seconds(it.cpu.max)),
                        format!("{:.0}", it.peak.median),
                    ]);
                    row.extend(
                        count.map(|(_, count)| format!("{:.0}", count / it.wall.median * 1000.0)),
                    );
                    row.push(it.rounds.to_string());
                }
                None => row.push(format!("over {}", rounds::LIMIT)),
            }
            rows.push(row);
        }
        rows
    }
}

/// Milliseconds as seconds, with three digits that mean something.
fn seconds(ms: f64) -> String {
    let digits = match ms {
        ..10_000.0 => 3,
        ..100_000.0 => 2,
        _ => 1,
    };
    format!("{:.digits$}", ms / 1000.0)
}

/// The job of the news, for gather as its configuration and for everybody else as JSON.
fn write_news(home: &Path, origins: &[&str]) -> Result<(), String> {
    let [newsapi, guardian, hackernews] = origins else {
        return Err("three servers are needed".to_owned());
    };
    let key = "k-123";
    let configuration = format!(
        "[source.newsapi]\nbase = \"{newsapi}\"\nkey = {{ file = \"key\" }}\n\n\
         [source.guardian]\nbase = \"{guardian}\"\nkey = {{ file = \"key\" }}\n\n\
         [source.hackernews]\nbase = \"{hackernews}\"\n"
    );
    let job = json!({
        "newsapi": format!("{newsapi}/v2/top-headlines?country=us&pageSize=100"),
        "newsapi_key": key,
        "guardian": format!(
            "{guardian}/search?page-size=50&order-by=newest&show-fields=trailText%2Cbyline&api-key={key}"
        ),
        "hackernews_list": format!("{hackernews}/v0/topstories.json"),
        "hackernews_item": format!("{hackernews}/v0/item/{{}}.json"),
        "hackernews_count": STORIES,
    });
    write(home, "gather.toml", &configuration)?;
    write(home, "key", key)?;
    write(home, "news.json", &job.to_string())
}

/// The addresses, a line each; for curl with where the answer goes.
fn write_urls(home: &Path, origin: &str, requests: u32) -> Result<(), String> {
    let (mut urls, mut curl) = (String::new(), String::new());
    for id in 0..requests {
        let url = format!("{origin}/json/{id}");
        // Writing into a String does not fail.
        let _ = writeln!(urls, "{url}");
        let _ = writeln!(curl, "url = \"{url}\"\noutput = /dev/null");
    }
    write(home, "urls.txt", &urls)?;
    write(home, "urls.curl", &curl)
}

/// The made-up input of gather's own measurement, as files.
fn write_input(bench: &Bench, home: &Path, work: Work) -> Result<(), String> {
    let job = match work {
        Work::Articles => "articles",
        _ => "feeds",
    };
    let mut ingest = Command::new(bench.programs.join("bench-ingest"));
    ingest
        .args(["--job", job, "--side", "input", "--home"])
        .arg(home);
    captured(&mut ingest).map(|_| ())
}

fn write(home: &Path, name: &str, text: &str) -> Result<(), String> {
    let file = home.join(name);
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::{JOBS, Outcome, jobs::Who, rounds::Entrant, seconds};

    pub(super) fn outcome(letter: char) -> Outcome {
        Outcome {
            job: JOBS.iter().find(|job| job.letter == letter).unwrap(),
            records: 1_000.0,
            entrants: vec![
                Entrant::with(Who::Gather, &[(600.0, 110.0, 20.4), (640.0, 90.0, 20.4)]),
                Entrant::with(Who::HyperUtil, &[(620.0, 120.0, 22.0)]),
                Entrant::with(Who::Httpx, &[(24_000.0, 24_000.0, 60.0)]),
                Entrant::with(Who::Requests, &[]),
            ],
        }
    }

    #[test]
    fn a_row_has_every_figure_and_who_was_not_through_says_so() {
        let rows = outcome('e').rows();
        let row = |at: usize| rows[at].join(" | ");
        assert_eq!(
            row(1),
            "gather, the library | 0.620 | 0.600–0.640 | 1.00 | 0.100 | 0.090–0.110 | 20 | 1613 | 2"
        );
        assert!(
            row(3).contains("| 24.00 |") && row(3).contains("| 38.71 |"),
            "{}",
            row(3)
        );
        assert_eq!(row(4), "Python: requests, one by one | over 60");
        assert_eq!(seconds(123_456.0), "123.5");
    }
}
