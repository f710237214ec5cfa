//! Everybody in turn, every round checked: who gave another answer than the rest has no figure.
//!
//! Each round begins with another one, so that a machine that gets busier is so for all. The first round warms up and
//! does not count; who needs long in it takes part in one more and both count, and who is not through within a minute
//! is not asked again.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{
    calls::{Call, Clock},
    jobs::{Who, Work},
};
use crate::figures::Spread;

/// Seconds after which a program is ended.
pub(super) const LIMIT: u32 = 60;

/// Milliseconds after which a program counts as slow.
pub(super) const SLOW: f64 = 20_000.0;

/// What one program needed once.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    wall_ms: f64,
    /// User and system.
    cpu_ms: f64,
    peak_mib: f64,
}

/// All rounds of one program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) wall: Spread,
    pub(super) cpu: Spread,
    pub(super) peak: Spread,
    pub(super) rounds: usize,
}

/// Somebody who takes part in a job.
#[derive(Debug)]
pub(super) struct Entrant {
    pub(super) who: Who,
    pub(super) name: &'static str,
    call: Call,
    samples: Vec<Sample>,
    /// Whether it was not through in time.
    pub(super) over: bool,
}

impl Entrant {
    pub(super) fn new(who: Who, name: &'static str, call: Call) -> Self {
        Self {
            who,
            name,
            call,
            samples: Vec::new(),
            over: false,
        }
    }

    /// `None` when it was not through in time.
    pub(super) fn measured(&self) -> Option<Measured> {
        if self.over || self.samples.is_empty() {
            return None;
        }
        let spread = |figure: fn(&Sample) -> f64| Spread::of(self.samples.iter().map(figure));
        Some(Measured {
            wall: spread(|it| it.wall_ms),
            cpu: spread(|it| it.cpu_ms),
            peak: spread(|it| it.peak_mib),
            rounds: self.samples.len(),
        })
    }

    fn is_slow(&self) -> bool {
        self.samples.iter().any(|it| it.wall_ms > SLOW)
    }

    pub(super) fn json(&self) -> Value {
        match self.measured() {
            Some(it) => json!({
                "name": self.name, "rounds": it.rounds, "wall_ms": it.wall.json(), "cpu_ms": it.cpu.json(),
                "peak_mib": it.peak.json(),
            }),
            None => json!({ "name": self.name, "over_s": LIMIT }),
        }
    }

    #[cfg(test)]
    pub(super) fn with(who: Who, samples: &[(f64, f64, f64)]) -> Self {
        let samples = samples.iter().map(|&(wall_ms, cpu_ms, peak_mib)| Sample {
            wall_ms,
            cpu_ms,
            peak_mib,
        });
        let names = Work::Answers {
            latency: 0,
            requests: 1,
            in_flight: 1,
        };
        let mut named = names.entrants().iter().filter(|(it, _)| *it == who);
        Self {
            over: samples.len() == 0,
            samples: samples.collect(),
            ..Self::new(who, named.next().unwrap().1, Call::default())
        }
    }
}

/// Where a round happens.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The program that measures the others.
    pub(super) outside: &'a Path,
    /// A folder that is emptied before each program starts, with the database in it.
    pub(super) scratch: &'a Path,
    /// The simulated servers that are asked.
    pub(super) servers: &'a [String],
    /// How many requests that takes.
    pub(super) requests: u64,
}

/// Runs everybody; gives how many records there were, or answers.
pub(super) fn run(
    work: Work,
    place: &Place<'_>,
    entrants: &mut [Entrant],
    rounds: usize,
) -> Result<f64, String> {
    let mut same = None;
    for round in 0..=rounds {
        for turn in 0..entrants.len() {
            let at = (round + turn) % entrants.len();
            let entrant = &mut entrants[at];
            if entrant.over || (entrant.is_slow() && round > 1) {
                continue;
            }
            let failed = |what: String| format!("{}: {what}", entrant.name);
            let line = once(place, &entrant.call).map_err(failed)?;
            if line["over"] == true {
                entrant.over = true;
                continue;
            }
            let (records, result) = checked(work, place, &line).map_err(failed)?;
            let (_, expected) = same.get_or_insert((records, result.clone()));
            if *expected != result {
                return Err(failed(format!(
                    "did other work than the rest: {result}, not {expected}"
                )));
            }
            let sample = sample(&entrant.call, &line).map_err(failed)?;
            if round > 0 || sample.wall_ms > SLOW {
                entrant.samples.push(sample);
            }
        }
    }
    same.map(|(records, _)| records)
        .ok_or_else(|| "nobody was through in time".to_owned())
}

/// Runs a program once, measured from outside.
fn once(place: &Place<'_>, call: &Call) -> Result<Value, String> {
    let at = |error: std::io::Error| format!("{}: {error}", place.scratch.display());
    if place.scratch.exists() {
        fs::remove_dir_all(place.scratch).map_err(at)?;
    }
    fs::create_dir_all(place.scratch).map_err(at)?;
    let mut command = Command::new(place.outside);
    command.args(["--seconds", &LIMIT.to_string()]);
    if !place.servers.is_empty() {
        command.args(["--servers", &place.servers.join(",")]);
    }
    if let Some(file) = &call.database {
        command.arg("--database").arg(file);
    }
    command.arg("--").args(&call.words);
    if let Some(home) = &call.home {
        // Nothing of this machine's settings gets in.
        command.current_dir(home).env_clear();
        command.env("HOME", home).env("TZ", "UTC");
    }
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.trim().to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("no figures: {error}"))
}

/// Checks what a program did; gives how many records or answers there were, and a text that must be everybody's.
fn checked(work: Work, place: &Place<'_>, line: &Value) -> Result<(f64, String), String> {
    let number = |key: &str| line[key].as_u64();
    if !place.servers.is_empty() {
        let counts = (number("asked"), number("answered"));
        if counts != (Some(place.requests), Some(place.requests)) {
            return Err(format!(
                "the servers saw {} requests and answered {}, expected {} of both",
                line["asked"], line["answered"], place.requests
            ));
        }
    }
    let said = line["said"].as_str().unwrap_or_default();
    match work {
        Work::News { .. } => {
            let rows = number("rows").filter(|rows| *rows > 0);
            let rows = rows.ok_or("its database holds no article")?;
            Ok((as_f64(rows), format!("{rows} rows {}", line["digest"])))
        }
        Work::Answers { .. } => {
            let (answers, bytes) = answers(said)?;
            if answers != place.requests {
                return Err(format!("{answers} answers to {} requests", place.requests));
            }
            Ok((as_f64(answers), format!("{answers} answers, {bytes} bytes")))
        }
        Work::Articles | Work::Feeds => {
            let records = own(said)?["records"].as_u64().unwrap_or_default();
            // Who counts its own rows is counted once more.
            if number("rows").is_some_and(|rows| rows != records) {
                return Err(format!("{records} records, but {} rows", line["rows"]));
            }
            Ok((as_f64(records), format!("{records} records")))
        }
    }
}

fn as_f64(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// The JSON that a program ended with.
fn own(said: &str) -> Result<Value, String> {
    let last = said.lines().last().unwrap_or_default();
    serde_json::from_str(last).map_err(|error| format!("it said `{last}`: {error}"))
}

/// How many answers and bytes there were: as programs say at their end, or a line an answer, as curl does.
fn answers(said: &str) -> Result<(u64, u64), String> {
    if said.trim_start().starts_with('{') {
        let own = own(said)?;
        let number = |key: &str| own[key].as_u64();
        return number("answers")
            .zip(number("bytes"))
            .ok_or_else(|| format!("it said `{}`", said.trim()));
    }
    let (mut count, mut sum) = (0, 0);
    for line in said.lines() {
        let bytes = line.strip_prefix("200 ").map(str::parse::<u64>);
        let Some(Ok(bytes)) = bytes else {
            return Err(format!("it said `{line}`"));
        };
        count += 1;
        sum += bytes;
    }
    Ok((count, sum))
}

fn sample(call: &Call, line: &Value) -> Result<Sample, String> {
    let own = match call.clock {
        Clock::Outside => None,
        Clock::Own => Some(own(line["said"].as_str().unwrap_or_default())?),
    };
    let line = own.as_ref().unwrap_or(line);
    let number = |key: &str| {
        let number = line[key].as_f64();
        number.ok_or_else(|| format!("no number `{key}` among its figures"))
    };
    Ok(Sample {
        wall_ms: number("wall_us")? / 1000.0,
        cpu_ms: number("cpu_us")? / 1000.0,
        peak_mib: number("peak_kib")? / 1024.0,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::{Place, Work, answers, checked};

    const WORK: Work = Work::Answers {
        latency: 0,
        requests: 2,
        in_flight: 2,
    };

    #[test]
    fn answers_are_counted_as_each_program_tells_them() {
        assert_eq!(answers("{\"answers\": 2, \"bytes\": 75}\n"), Ok((2, 75)));
        assert_eq!(answers("200 38\n200 37\n"), Ok((2, 75)));
        assert!(answers("200 38\n503 0\n").is_err());
        assert!(answers("{\"answers\": 2}\n").is_err());
    }

    #[test]
    fn a_round_counts_only_when_servers_and_program_agree() {
        let servers = ["http://127.0.0.1:1".to_owned()];
        let place = Place {
            outside: Path::new(""),
            scratch: Path::new(""),
            servers: &servers,
            requests: 2,
        };
        let check = |asked: u64, said: &str| {
            let line = json!({ "asked": asked, "answered": 2, "said": said });
            checked(WORK, &place, &line)
        };
        let whole = check(2, "200 38\n200 37\n").unwrap();
        assert_eq!(whole.1, "2 answers, 75 bytes");
        // One request more, or an answer that the program does not have.
        assert!(check(3, "200 38\n200 37\n").is_err());
        assert!(check(2, "200 38\n").is_err());
    }

    #[test]
    fn a_database_is_counted_beside_what_its_program_says() {
        let place = Place {
            outside: Path::new(""),
            scratch: Path::new(""),
            servers: &[],
            requests: 0,
        };
        let line = |rows: u64| json!({ "said": "{\"records\": 5}", "rows": rows });
        assert!(checked(Work::Articles, &place, &line(5)).is_ok());
        assert!(checked(Work::Articles, &place, &line(4)).is_err());
        let news = Work::News { latency: 0 };
        assert!(checked(news, &place, &json!({ "rows": 0, "digest": "a" })).is_err());
    }
}
