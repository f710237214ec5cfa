//! The whole binary: what a person waits for `gather run`, from its start to its end.
//!
//! Seven sources on real sockets, every answer equally slow. Nothing can be faster than the longest chain: Hacker
//! News gives its list first and the stories behind it after. One by one is the same binary with one request in
//! flight. Each run starts with an empty database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Bench, options::Options, sandbox::Sandbox, verdict};
use crate::{
    figures::{Spread, table},
    say,
};

/// Requests of the longest chain: the list, then a story.
const HOPS: u32 = 2;

/// What all at once may take longer than the longest chain.
const TARGET: f64 = 0.05;

/// The sources of [`configuration`].
const SOURCES: usize = 7;

/// Measures and reports; gives the figures.
pub(super) fn measure(bench: &Bench, options: &Options) -> Result<Value, String> {
    let (latency, rounds) = (options.latency, options.rounds.unwrap_or(5));
    say::heading(&format!(
        "run: {SOURCES} sources, {latency} ms an answer, {rounds} rounds after one to warm up"
    ));
    let arguments = ["--latency".to_owned(), latency.to_string()];
    let sandbox = Sandbox::start(&bench.programs, &arguments)?;
    let home = bench.home.join("run");
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    // 64 requests one by one would still come to an end: far more than these sources need.
    let deadline = 64 * u64::from(latency) / 1000 + 60;
    let program = bench.programs.join("gather");
    let at_once = Setup::write(&home, "at-once", &sandbox, deadline, "")?;
    let one_by_one = Setup::write(&home, "one-by-one", &sandbox, deadline, "in_flight = 1")?;

    at_once.run(&program)?;
    let mut measured = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        measured.push(at_once.run(&program)?);
    }
    let slow = one_by_one.run(&program)?;

    let chain = f64::from(HOPS * latency);
    let wall = Spread::of(measured.iter().map(|run| millis(run.wall)));
    let own = Spread::of(measured.iter().map(|run| run.own_ms));
    let predicted = Spread::of(measured.iter().map(|run| run.one_by_one_ms));
    let over = |ms: f64| ms / chain - 1.0;
    let holds = over(wall.median) <= TARGET;
    let first = &measured[0];
    let row = |cells: [String; 4]| cells.to_vec();
    let rows = [
        row(["", "ms", "least–most", "over the chain"].map(String::from)),
        row([
            format!("longest chain, {HOPS} × {latency} ms"),
            format!("{chain:.0}"),
            String::new(),
            String::new(),
        ]),
        row([
            "all at once, start to end of the program".into(),
            format!("{:.0}", wall.median),
            format!("{:.0}–{:.0}", wall.min, wall.max),
            format!("{:+.1} %", over(wall.median) * 100.0),
        ]),
        row([
            "all at once, by the run's own clock".into(),
            format!("{:.0}", own.median),
            format!("{:.0}–{:.0}", own.min, own.max),
            format!("{:+.1} %", over(own.median) * 100.0),
        ]),
        row([
            "one by one, measured once".into(),
            format!("{:.0}", millis(slow.wall)),
            String::new(),
            String::new(),
        ]),
        row([
            "one by one, as each run at once says".into(),
            format!("{:.0}", predicted.median),
            format!("{:.0}–{:.0}", predicted.min, predicted.max),
            String::new(),
        ]),
    ];
    say::line(&table(&rows));
    let ratio = millis(slow.wall) / wall.median;
    say::line(&format!(
        "  {} requests, {} new records, every source complete in every run; at once is {ratio:.1} times as fast",
        first.requests, first.new
    ));
    say::line(&format!(
        "  target: at most {:.0} % over the longest chain: {}",
        TARGET * 100.0,
        verdict(holds)
    ));
    say::line(&format!(
        "  again: cargo xtask bench run --latency {latency} --rounds {rounds}"
    ));
    Ok(json!({
        "latency_ms": latency, "rounds": rounds, "sources": SOURCES, "requests": first.requests,
        "longest_chain_ms": chain, "at_once_ms": wall.json(), "at_once_own_clock_ms": own.json(),
        "over_chain": over(wall.median), "one_by_one_ms": millis(slow.wall),
        "one_by_one_predicted_ms": predicted.json(), "ratio": ratio,
        "target": { "over_chain_at_most": TARGET, "holds": holds },
    }))
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// A home with a configuration in it.
#[derive(Debug)]
struct Setup {
    home: PathBuf,
}

/// What one run was like.
#[derive(Debug)]
struct Ran {
    /// From the start of the program to its end.
    wall: Duration,
    /// What the run itself says it took.
    own_ms: f64,
    /// What it says one by one would have taken.
    one_by_one_ms: f64,
    requests: u64,
    new: u64,
}

impl Setup {
    fn write(
        home: &Path,
        name: &str,
        sandbox: &Sandbox,
        deadline: u64,
        setting: &str,
    ) -> Result<Self, String> {
        let home = home.join(name);
        let text = configuration(sandbox, deadline, setting)?;
        fs::create_dir_all(&home)
            .and_then(|()| fs::write(home.join("gather.toml"), text))
            .and_then(|()| fs::write(home.join("key"), "k-123"))
            .map_err(|error| format!("{}: {error}", home.display()))?;
        Ok(Self { home })
    }

    /// One run with an empty database, its answers checked.
    fn run(&self, program: &Path) -> Result<Ran, String> {
        let data = self.home.join("data");
        if data.exists() {
            fs::remove_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
        }
        fs::create_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
        let mut command = Command::new(program);
        // Nothing of this machine's settings gets in.
        command
            .args(["run", "--format", "json", "--db", "data/gather.db"])
            .current_dir(&self.home)
            .env_clear()
            .env("HOME", &self.home)
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        let start = Instant::now();
        let output = command
            .output()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let wall = start.elapsed();
        let failed = |what: String| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("gather run: {what}\n{}", said.trim())
        };
        if !output.status.success() {
            return Err(failed(format!("ended with {}", output.status)));
        }
        let said: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| failed(format!("did not print JSON: {error}")))?;
        let new = new_records(&said).map_err(failed)?;
        let number = |key: &str| {
            said[key]
                .as_f64()
                .ok_or_else(|| format!("gather run: its JSON has no number `{key}`"))
        };
        Ok(Ran {
            wall,
            own_ms: number("wall_ms")?,
            one_by_one_ms: number("one_by_one_ms")?,
            requests: said["requests"].as_u64().unwrap_or_default(),
            new,
        })
    }
}

/// Checks that the run is whole; gives how many records are new.
fn new_records(said: &Value) -> Result<u64, String> {
    if said["status"] != "complete" {
        return Err(format!("the run is {}, not complete", said["status"]));
    }
    let outcomes = said["outcomes"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if outcomes.len() != SOURCES {
        return Err(format!("{} sources, expected {SOURCES}", outcomes.len()));
    }
    let mut all = 0;
    for outcome in outcomes {
        let (source, state) = (&outcome["source"], &outcome["state"]);
        let new = outcome["new"].as_u64().unwrap_or_default();
        if state != "complete" || new == 0 {
            return Err(format!("source {source} is {state} with {new} new records"));
        }
        all += new;
    }
    Ok(all)
}

fn configuration(sandbox: &Sandbox, deadline: u64, setting: &str) -> Result<String, String> {
    Ok(format!(
        r#"[settings]
deadline = "{deadline}s"
{setting}

[source.hackernews]
base = "{hackernews}"

[source.newsapi]
base = "{newsapi}"
key = {{ file = "key" }}

[source.guardian]
base = "{guardian}"
key = {{ file = "key" }}

[source.harbour]
feed = "{feeds}/rss.xml"

[source.wharf]
feed = "{feeds}/atom.xml"

[source.bank]
preset = "json-bank"
base = "{bank}"
currency = "EUR"

[source.frankfurter]
base = "{rates}"
"#,
        hackernews = sandbox.origin("hackernews")?,
        newsapi = sandbox.origin("newsapi")?,
        guardian = sandbox.origin("guardian")?,
        feeds = sandbox.origin("feeds")?,
        bank = sandbox.origin("bank")?,
        rates = sandbox.origin("rates")?,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{SOURCES, new_records};

    fn said(state: &str, new: u64) -> Value {
        let mut outcomes =
            vec![json!({ "source": "a", "state": "complete", "new": 2 }); SOURCES - 1];
        outcomes.push(json!({ "source": "b", "state": state, "new": new }));
        json!({ "status": "complete", "outcomes": outcomes })
    }

    #[test]
    fn a_run_counts_only_when_every_source_is_complete_and_brought_something() {
        assert_eq!(new_records(&said("complete", 5)), Ok(17));
        assert!(new_records(&said("partial", 5)).is_err());
        assert!(
            new_records(&said("complete", 0))
                .unwrap_err()
                .contains("\"b\"")
        );
        let mut fewer = said("complete", 5);
        fewer["outcomes"].as_array_mut().unwrap().pop();
        assert!(new_records(&fewer).is_err());
        let mut failed = said("complete", 5);
        failed["status"] = "partial".into();
        assert!(new_records(&failed).is_err());
    }
}
