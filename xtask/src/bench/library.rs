//! The crate beside bare clients: the same jobs, the same two worker threads, every answer kept and checked.
//!
//! gather runs as it comes, with timeouts, retries, limits and report; only its limits are raised to the job. The
//! yardstick is hyper-util's own client, since that is what one would otherwise build on. Rounds are interleaved, each
//! beginning with another client, so that a machine that gets slower or busier is so for all of them.
//!
//! Not here: the clients (`bench/src/bin`).

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use super::{Bench, open_files, options::Options, sandbox::Sandbox, verdict};
use crate::{
    figures::{Spread, table},
    say,
};

/// The programs of gather-bench, `bench-` left out.
const CLIENTS: [&str; 4] = ["gather", "hyper-util", "hyper", "reqwest"];

/// The place of the yardstick in [`CLIENTS`].
const YARDSTICK: usize = 1;

/// Open files beside the connections, generously.
const OTHER_FILES: u64 = 100;

#[derive(Debug)]
struct Job {
    letter: char,
    /// Milliseconds an answer takes.
    latency: u32,
    requests: u32,
    in_flight: u32,
    hosts: u32,
    targets: &'static [Target],
}

/// What gather may cost, as a share of what the yardstick costs.
#[derive(Debug)]
enum Target {
    RateAtLeast(f64),
    WallAtMost(f64),
    CpuAtMost(f64),
    PeakAtMost(f64),
}

const JOBS: [Job; 4] = [
    Job {
        letter: 'a',
        latency: 0,
        requests: 20_000,
        in_flight: 100,
        hosts: 1,
        targets: &[Target::RateAtLeast(0.90), Target::CpuAtMost(1.15)],
    },
    Job {
        letter: 'b',
        latency: 500,
        requests: 1_000,
        in_flight: 1_000,
        hosts: 1,
        targets: &[Target::WallAtMost(1.03)],
    },
    Job {
        letter: 'c',
        latency: 500,
        requests: 1_000,
        in_flight: 1_000,
        hosts: 1_000,
        targets: &[Target::WallAtMost(1.03)],
    },
    Job {
        letter: 'd',
        latency: 500,
        requests: 10_000,
        in_flight: 10_000,
        hosts: 1,
        targets: &[Target::WallAtMost(1.05), Target::PeakAtMost(1.15)],
    },
];

/// What one program printed.
#[derive(Debug, Clone, Copy)]
struct Sample {
    wall_ms: f64,
    /// User and system, microseconds for each request.
    cpu_us: f64,
    peak_mib: f64,
}

/// All rounds of one client.
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
            cpu: Spread::of(samples.iter().map(|sample| sample.cpu_us)),
            peak: Spread::of(samples.iter().map(|sample| sample.peak_mib)),
        }
    }
}

/// Measures and reports; gives the figures, a job each.
pub(super) fn measure(bench: &Bench, options: &Options) -> Result<Value, String> {
    let rounds = options.rounds.unwrap_or(7);
    let mut figures = Vec::new();
    for job in JOBS.iter().filter(|job| options.wants(job.letter)) {
        figures.push(job.measure(&bench.programs, rounds)?);
    }
    say::line(&format!(
        "\n  again: cargo xtask bench library --rounds {rounds}"
    ));
    Ok(figures.into())
}

impl Job {
    fn title(&self) -> String {
        let hosts = match self.hosts {
            1 => "one host".to_owned(),
            many => format!("{many} hosts"),
        };
        format!(
            "{}: {} answers at {} ms from {hosts}, {} in flight",
            self.letter, self.requests, self.latency, self.in_flight
        )
    }

    fn measure(&self, programs: &Path, rounds: usize) -> Result<Value, String> {
        let files = u64::from(self.in_flight) + OTHER_FILES;
        say::heading(&format!(
            "{}; {rounds} rounds after one to warm up; needs `ulimit -n {files}`",
            self.title()
        ));
        open_files::allow(files)?;
        let arguments = [
            "--many-hosts".to_owned(),
            "--latency".to_owned(),
            self.latency.to_string(),
        ];
        let sandbox = Sandbox::start(programs, &arguments)?;
        let mut samples = [const { Vec::new() }; CLIENTS.len()];
        for round in 0..=rounds {
            for turn in 0..CLIENTS.len() {
                let client = (round + turn) % CLIENTS.len();
                let sample = self.sample(programs, CLIENTS[client], sandbox.origin("any")?)?;
                if round > 0 {
                    samples[client].push(sample);
                }
            }
        }
        drop(sandbox);
        let measured = samples.map(|samples| Measured::of(&samples));
        say::line(&table(&self.rows(&measured)));
        let mut targets = Vec::new();
        for target in self.targets {
            let (what, ratio, holds) = target.judge(&measured[0], &measured[YARDSTICK]);
            say::line(&format!("  target: {what}: {ratio:.3}, {}", verdict(holds)));
            targets.push(json!({ "target": what, "measured": ratio, "holds": holds }));
        }
        let clients = CLIENTS.iter().zip(&measured).map(|(client, it)| {
            json!({
                "client": client, "wall_ms": it.wall.json(), "cpu_us_per_request": it.cpu.json(),
                "peak_mib": it.peak.json(),
            })
        });
        Ok(json!({
            "job": self.title(), "rounds": rounds, "clients": clients.collect::<Vec<_>>(), "targets": targets,
        }))
    }

    /// One program, once. It checks its answers itself and fails when one is wrong.
    fn sample(&self, programs: &Path, client: &str, origin: &str) -> Result<Sample, String> {
        let name = format!("bench-{client}");
        let output = Command::new(programs.join(&name))
            .args(["--origin", origin])
            .args(["--requests", &self.requests.to_string()])
            .args(["--in-flight", &self.in_flight.to_string()])
            .args(["--hosts", &self.hosts.to_string()])
            .output()
            .map_err(|error| format!("{name}: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{name}, job {}: {}", self.title(), said.trim()));
        }
        let said: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{name} did not print JSON: {error}"))?;
        let number = |key: &str| {
            said[key]
                .as_f64()
                .ok_or_else(|| format!("{name}: its JSON has no number `{key}`"))
        };
        Ok(Sample {
            wall_ms: number("wall_us")? / 1000.0,
            cpu_us: number("cpu_us")? / f64::from(self.requests),
            peak_mib: number("peak_kib")? / 1024.0,
        })
    }

    fn rows(&self, measured: &[Measured]) -> Vec<Vec<String>> {
        let header = [
            "client",
            "wall ms",
            "least–most",
            "×",
            "answers/s",
            "CPU µs each",
            "least–most",
            "×",
            "peak MiB",
            "least–most",
            "×",
        ];
        let mut rows = vec![header.map(String::from).to_vec()];
        let base = &measured[YARDSTICK];
        for (client, it) in CLIENTS.iter().zip(measured) {
            let rate = f64::from(self.requests) / it.wall.median * 1000.0;
            let mut row = vec![(*client).to_owned()];
            row.extend(cells(it.wall, base.wall, 0));
            row.push(format!("{rate:.0}"));
            row.extend(cells(it.cpu, base.cpu, 1));
            row.extend(cells(it.peak, base.peak, 1));
            rows.push(row);
        }
        rows
    }
}

fn cells(it: Spread, base: Spread, digits: usize) -> [String; 3] {
    [
        format!("{:.digits$}", it.median),
        format!("{:.digits$}–{:.digits$}", it.min, it.max),
        format!("{:.2}", it.median / base.median),
    ]
}

impl Target {
    /// What it says, what was measured, and whether it holds.
    fn judge(&self, gather: &Measured, base: &Measured) -> (String, f64, bool) {
        let of = |what: &str, bound: &str, share: f64| {
            format!("{what} {bound} {share:.2} of hyper-util's")
        };
        let at_most = |what: &str, most: f64, it: Spread, base: Spread| {
            let ratio = it.median / base.median;
            (of(what, "at most", most), ratio, ratio <= most)
        };
        match *self {
            Self::RateAtLeast(least) => {
                let ratio = base.wall.median / gather.wall.median;
                (of("rate", "at least", least), ratio, ratio >= least)
            }
            Self::WallAtMost(most) => at_most("wall", most, gather.wall, base.wall),
            Self::CpuAtMost(most) => at_most("CPU per request", most, gather.cpu, base.cpu),
            Self::PeakAtMost(most) => at_most("peak memory", most, gather.peak, base.peak),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Measured, Sample, Target};

    fn measured(wall_ms: f64, cpu_us: f64, peak_mib: f64) -> Measured {
        Measured::of(&[Sample {
            wall_ms,
            cpu_us,
            peak_mib,
        }])
    }

    #[test]
    fn a_target_is_judged_against_the_yardstick() {
        let (gather, base) = (measured(200.0, 12.0, 30.0), measured(100.0, 10.0, 30.0));
        let judged = |target: Target| target.judge(&gather, &base);
        let (what, ratio, holds) = judged(Target::RateAtLeast(0.9));
        assert_eq!(what, "rate at least 0.90 of hyper-util's");
        assert_eq!((ratio, holds), (0.5, false));
        assert!(judged(Target::RateAtLeast(0.5)).2);
        assert!(!judged(Target::WallAtMost(1.05)).2);
        assert!(!judged(Target::CpuAtMost(1.15)).2);
        assert!(judged(Target::CpuAtMost(1.2)).2);
        assert!(judged(Target::PeakAtMost(1.15)).2);
    }
}
