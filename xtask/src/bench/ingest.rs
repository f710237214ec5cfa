//! Reading and keeping: JSON to stored records, feeds to records, records into the store, each beside its baseline.
//!
//! The baseline does the same work with the libraries alone and statements written by hand. Both sides are one program
//! (`bench-ingest`), started anew for each sample; in each round both have their turn, and who begins changes. What a
//! side ended with is a digest of everything it made: where the two differ one of them has left work out, so there is
//! no figure.
//!
//! Not here: the work itself (`bench/src/ingest`).

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{Bench, options::Options, verdict};
use crate::{
    figures::{Spread, table},
    say,
};

/// The two sides, as the program calls them; gather's is the first.
const SIDES: [&str; 2] = ["gather", "by-hand"];

#[derive(Debug)]
struct Job {
    letter: char,
    /// As the program calls it.
    name: &'static str,
    title: &'static str,
    /// What the baseline is.
    baseline: &'static str,
    /// The least that gather's throughput may be, as a share of the baseline's.
    target: f64,
}

const JOBS: [Job; 3] = [
    Job {
        letter: 'a',
        name: "json",
        title: "a JSON answer to stored records",
        baseline: "jaq and prepared inserts",
        target: 0.8,
    },
    Job {
        letter: 'b',
        name: "feeds",
        title: "RSS and Atom to records",
        baseline: "feed-rs parsing alone",
        target: 0.5,
    },
    Job {
        letter: 'c',
        name: "articles",
        title: "articles into the store, searchable",
        baseline: "statements by hand",
        target: 0.8,
    },
];

/// What the program printed once.
#[derive(Debug, Clone, PartialEq)]
struct Sample {
    wall_ms: f64,
    cpu_ms: f64,
    peak_mib: f64,
    records: f64,
    bytes: f64,
    result: String,
}

/// All rounds of one side.
#[derive(Debug, Clone, Copy)]
struct Measured {
    wall: Spread,
    cpu: Spread,
    peak: Spread,
}

impl Measured {
    fn of(samples: &[Sample]) -> Self {
        Self {
            wall: Spread::of(samples.iter().map(|sample| sample.wall_ms)),
            cpu: Spread::of(samples.iter().map(|sample| sample.cpu_ms)),
            peak: Spread::of(samples.iter().map(|sample| sample.peak_mib)),
        }
    }
}

/// Measures and reports; gives the figures, a job each.
pub(super) fn measure(bench: &Bench, options: &Options) -> Result<Value, String> {
    let rounds = options.rounds.unwrap_or(5);
    let home = bench.home.join("ingest");
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    let mut figures = Vec::new();
    for job in JOBS.iter().filter(|job| options.wants(job.letter)) {
        figures.push(job.measure(&bench.programs, &home, rounds)?);
    }
    say::line(&format!(
        "\n  again: cargo xtask bench ingest --rounds {rounds}"
    ));
    Ok(figures.into())
}

impl Job {
    fn measure(&self, programs: &Path, home: &Path, rounds: usize) -> Result<Value, String> {
        say::heading(&format!(
            "{}: {}, beside {}; {rounds} rounds after one to warm up",
            self.letter, self.title, self.baseline
        ));
        let mut samples = [const { Vec::new() }; SIDES.len()];
        for round in 0..=rounds {
            for turn in 0..SIDES.len() {
                let side = (round + turn) % SIDES.len();
                let sample = self.sample(programs, home, SIDES[side])?;
                if round > 0 {
                    samples[side].push(sample);
                }
            }
        }
        let first = same_work(&samples)?;
        let measured = samples.each_ref().map(|samples| Measured::of(samples));
        say::line(&table(&self.rows(&measured, &first)));
        if first.bytes > 0.0 {
            say::line(&format!(
                "  {} records out of {:.1} MiB",
                first.records,
                first.bytes / f64::from(1 << 20)
            ));
        }
        // Throughput is work by time, and the work is the same.
        let share = measured[1].wall.median / measured[0].wall.median;
        let holds = share >= self.target;
        say::line(&format!(
            "  target: throughput at least {:.2} of {}: {share:.3}, {}",
            self.target,
            self.baseline,
            verdict(holds)
        ));
        let sides = SIDES.iter().zip(&measured).map(|(side, it)| {
            json!({
                "side": side, "wall_ms": it.wall.json(), "cpu_ms": it.cpu.json(), "peak_mib": it.peak.json(),
            })
        });
        Ok(json!({
            "job": self.title, "rounds": rounds, "records": first.records, "bytes": first.bytes,
            "sides": sides.collect::<Vec<_>>(),
            "target": { "throughput_at_least": self.target, "measured": share, "holds": holds },
        }))
    }

    /// One side, once.
    fn sample(&self, programs: &Path, home: &Path, side: &str) -> Result<Sample, String> {
        let output = Command::new(programs.join("bench-ingest"))
            .args(["--job", self.name, "--side", side, "--home"])
            .arg(home)
            .output()
            .map_err(|error| format!("bench-ingest: {error}"))?;
        let failed = |what: &str| format!("bench-ingest, {}, {side}: {what}", self.name);
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(failed(said.trim()));
        }
        let said: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| failed(&format!("did not print JSON: {error}")))?;
        let number = |key: &str| {
            said[key]
                .as_f64()
                .ok_or_else(|| failed(&format!("its JSON has no number `{key}`")))
        };
        Ok(Sample {
            wall_ms: number("wall_us")? / 1000.0,
            cpu_ms: number("cpu_us")? / 1000.0,
            peak_mib: number("peak_kib")? / 1024.0,
            records: number("records")?,
            bytes: number("bytes")?,
            result: said["result"].as_str().unwrap_or_default().to_owned(),
        })
    }

    fn rows(&self, measured: &[Measured], work: &Sample) -> Vec<Vec<String>> {
        let header = [
            "",
            "wall ms",
            "least–most",
            "records/s",
            "CPU ms",
            "least–most",
            "throughput ×",
            "peak MiB",
        ];
        let mut rows = vec![header.map(String::from).to_vec()];
        for (name, it) in ["gather", self.baseline].iter().zip(measured) {
            rows.push(vec![
                (*name).to_owned(),
                format!("{:.0}", it.wall.median),
                format!("{:.0}–{:.0}", it.wall.min, it.wall.max),
                format!("{:.0}", work.records / it.wall.median * 1000.0),
                format!("{:.0}", it.cpu.median),
                format!("{:.0}–{:.0}", it.cpu.min, it.cpu.max),
                format!("{:.2}", measured[1].wall.median / it.wall.median),
                format!("{:.0}", it.peak.median),
            ]);
        }
        rows
    }
}

/// Checks that every sample of both sides ended with the same; gives one of them.
fn same_work(samples: &[Vec<Sample>]) -> Result<Sample, String> {
    let mut all = samples.iter().flatten();
    let first = all.next().ok_or("nothing was measured")?;
    for other in all {
        let seen = |it: &Sample| format!("{} records, {}", it.records, it.result);
        if seen(first) != seen(other) {
            return Err(format!(
                "the two sides did not do the same work:\n  {}\n  {}",
                seen(first),
                seen(other)
            ));
        }
    }
    Ok(first.clone())
}

#[cfg(test)]
mod tests {
    use super::{Sample, same_work};

    fn sample(result: &str) -> Sample {
        Sample {
            wall_ms: 1.0,
            cpu_ms: 1.0,
            peak_mib: 1.0,
            records: 3.0,
            bytes: 0.0,
            result: result.to_owned(),
        }
    }

    #[test]
    fn a_side_that_did_other_work_gets_no_figure() {
        let mut faster = sample("x");
        faster.wall_ms = 0.5;
        assert!(same_work(&[vec![sample("x")], vec![faster]]).is_ok());
        let reason = same_work(&[vec![sample("x"); 2], vec![sample("y")]]).unwrap_err();
        assert!(reason.contains("3 records, y"), "{reason}");
        let mut fewer = sample("x");
        fewer.records = 2.0;
        assert!(same_work(&[vec![sample("x")], vec![fewer]]).is_err());
    }
}
