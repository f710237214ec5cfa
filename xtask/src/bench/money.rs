//! Money: the dashboard's figures of few and of many transactions, and a bank's file into the store.
//!
//! Each sample is a process of its own (`bench-money`), which checks what it measured against the rows themselves. For
//! the figures a sample is the median of many reads, and in each round both sizes have their turn.
//!
//! Not here: the work itself (`bench/src/money`).

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use super::{Bench, options::Options, verdict};
use crate::{
    figures::{Spread, table},
    say,
};

/// How many transactions the two stores hold.
const SIZES: [u32; 2] = [10_000, 1_000_000];

/// What the figures of the larger one may take, in milliseconds.
const FIGURES_MS: f64 = 2.0;

/// How much longer they may take than those of the smaller one.
const FIGURES_GROWTH: f64 = 2.0;

/// How many transactions the file has.
const FILE_ROWS: u32 = 100_000;

/// How many of them have to be read and kept in a second.
const FILE_RATE: f64 = 50_000.0;

/// Measures and reports; gives the figures, a job each.
pub(super) fn measure(bench: &Bench, options: &Options) -> Result<Value, String> {
    let rounds = options.rounds.unwrap_or(5);
    let home = bench.home.join("money");
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    let program = Program {
        programs: &bench.programs,
        home: &home,
    };
    let mut done = Vec::new();
    if options.wants('a') {
        done.push(figures(&program, rounds)?);
    }
    if options.wants('b') {
        done.push(file(&program, rounds)?);
    }
    say::line(&format!(
        "\n  again: cargo xtask bench money --rounds {rounds}"
    ));
    Ok(done.into())
}

fn figures(program: &Program<'_>, rounds: usize) -> Result<Value, String> {
    say::heading(&format!(
        "a: the dashboard's figures out of the store; {rounds} rounds after one to warm up"
    ));
    let mut samples = [const { Vec::new() }; SIZES.len()];
    for round in 0..=rounds {
        for turn in 0..SIZES.len() {
            let size = (round + turn) % SIZES.len();
            let sample = program.sample("figures", SIZES[size])?;
            if let Some(ms) = sample.said["made_ms"].as_f64() {
                say::line(&format!(
                    "  made the store of {} in {:.0} s",
                    SIZES[size],
                    ms / 1000.0
                ));
            }
            if round > 0 {
                samples[size].push(sample);
            }
        }
    }
    let mut rows = vec![row([
        "transactions",
        "ms (median of reads)",
        "least–most of rounds",
        "fastest read",
        "first read",
    ])];
    let mut medians = Vec::new();
    let mut sizes = Vec::new();
    for (size, samples) in SIZES.iter().zip(&samples) {
        let result = same_result(samples)?;
        let median = spread(samples, "median_us")?;
        let least = spread(samples, "least_us")?;
        let first = spread(samples, "first_us")?;
        rows.push(row([
            &size.to_string(),
            &format!("{:.3}", median.median),
            &format!("{:.3}–{:.3}", median.min, median.max),
            &format!("{:.3}", least.min),
            &format!("{:.3}", first.median),
        ]));
        sizes.push(json!({
            "transactions": size, "ms": median.json(), "first_read_ms": first.json(), "result": result,
        }));
        medians.push(median.median);
    }
    say::line(&table(&rows));
    let (few, many) = (medians[0], medians[1]);
    let growth = many / few;
    let holds = many < FIGURES_MS && growth <= FIGURES_GROWTH;
    say::line(&format!(
        "  target: under {FIGURES_MS} ms and at most {FIGURES_GROWTH} times those of the smaller store: \
         {many:.3} ms, {growth:.2} times, {}",
        verdict(holds)
    ));
    Ok(json!({
        "job": "the dashboard's figures out of the store", "rounds": rounds, "sizes": sizes,
        "target": {
            "ms_under": FIGURES_MS, "growth_at_most": FIGURES_GROWTH, "measured_ms": many, "growth": growth,
            "holds": holds,
        },
    }))
}

fn file(program: &Program<'_>, rounds: usize) -> Result<Value, String> {
    say::heading(&format!(
        "b: an OFX file of {FILE_ROWS} transactions into an empty store; {rounds} rounds after one to warm up"
    ));
    let mut samples = Vec::with_capacity(rounds);
    for round in 0..=rounds {
        let sample = program.sample("ofx", FILE_ROWS)?;
        if round > 0 {
            samples.push(sample);
        }
    }
    let result = same_result(&samples)?;
    let mut rows = vec![row(["", "ms", "least–most", "rows/s"])];
    let mut parts = Vec::new();
    for (name, key) in [
        ("bytes to records", "read_us"),
        ("records into the store", "import_us"),
        ("both", "wall_us"),
        ("both, the same file again", "again_us"),
    ] {
        let ms = spread(&samples, key)?;
        let rate = f64::from(FILE_ROWS) / ms.median * 1000.0;
        rows.push(row([
            name,
            &format!("{:.0}", ms.median),
            &format!("{:.0}–{:.0}", ms.min, ms.max),
            &format!("{rate:.0}"),
        ]));
        parts.push(json!({ "part": name, "ms": ms.json(), "rows_per_second": rate }));
    }
    say::line(&table(&rows));
    let mib = samples[0].number("bytes")? / f64::from(1 << 20);
    let peak = spread_of(&samples, "peak_kib", 1024.0)?;
    say::line(&format!(
        "  {mib:.1} MiB of OFX; at most {:.0} MiB of memory",
        peak.max
    ));
    let rate = f64::from(FILE_ROWS) / spread(&samples, "wall_us")?.median * 1000.0;
    let holds = rate >= FILE_RATE;
    say::line(&format!(
        "  target: at least {FILE_RATE} rows/s: {rate:.0}, {}",
        verdict(holds)
    ));
    Ok(json!({
        "job": "an OFX file into an empty store", "rounds": rounds, "rows": FILE_ROWS, "result": result,
        "parts": parts, "peak_mib": peak.json(),
        "target": { "rows_per_second_at_least": FILE_RATE, "measured": rate, "holds": holds },
    }))
}

/// The measured program.
#[derive(Debug)]
struct Program<'a> {
    programs: &'a Path,
    home: &'a Path,
}

/// What it printed once.
#[derive(Debug, Clone)]
struct Sample {
    said: Value,
}

impl Program<'_> {
    fn sample(&self, job: &str, rows: u32) -> Result<Sample, String> {
        let output = Command::new(self.programs.join("bench-money"))
            .args(["--job", job, "--rows", &rows.to_string(), "--home"])
            .arg(self.home)
            .output()
            .map_err(|error| format!("bench-money: {error}"))?;
        let failed = |what: &str| format!("bench-money, {job}, {rows} rows: {what}");
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(failed(said.trim()));
        }
        let said = serde_json::from_slice(&output.stdout)
            .map_err(|error| failed(&format!("did not print JSON: {error}")))?;
        Ok(Sample { said })
    }
}

impl Sample {
    fn number(&self, key: &str) -> Result<f64, String> {
        self.said[key]
            .as_f64()
            .ok_or_else(|| format!("bench-money: its JSON has no number `{key}`"))
    }
}

/// A figure in microseconds over all samples, in milliseconds.
fn spread(samples: &[Sample], key: &str) -> Result<Spread, String> {
    spread_of(samples, key, 1000.0)
}

fn spread_of(samples: &[Sample], key: &str, unit: f64) -> Result<Spread, String> {
    let numbers: Result<Vec<f64>, String> = samples.iter().map(|it| it.number(key)).collect();
    Ok(Spread::of(numbers?.into_iter().map(|number| number / unit)))
}

/// Checks that every sample ended with the same; gives that.
fn same_result(samples: &[Sample]) -> Result<String, String> {
    let mut results = samples.iter().map(|it| &it.said["result"]);
    let first = results.next().ok_or("nothing was measured")?;
    match results.find(|other| *other != first) {
        Some(other) => Err(format!(
            "two samples did not end with the same:\n  {first}\n  {other}"
        )),
        None => first
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| "bench-money: its JSON has no text `result`".to_owned()),
    }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Sample, same_result, spread};

    fn samples(said: &[Value]) -> Vec<Sample> {
        said.iter()
            .map(|said| Sample { said: said.clone() })
            .collect()
    }

    #[test]
    fn samples_that_end_differently_give_no_figure() {
        let same = [
            json!({ "result": "x", "a": 1 }),
            json!({ "result": "x", "a": 2 }),
        ];
        assert_eq!(same_result(&samples(&same)), Ok("x".to_owned()));
        let differ = [json!({ "result": "x" }), json!({ "result": "y" })];
        assert!(
            same_result(&samples(&differ))
                .unwrap_err()
                .contains("\"y\"")
        );
        assert!(same_result(&samples(&[json!({})])).is_err());
        assert!(same_result(&[]).is_err());
    }

    #[test]
    fn a_figure_that_is_missing_is_named() {
        let two = samples(&[json!({ "wall_us": 1000 }), json!({ "wall_us": 3000 })]);
        assert_eq!(spread(&two, "wall_us").unwrap().median, 2.0);
        assert!(spread(&two, "read_us").unwrap_err().contains("`read_us`"));
    }
}
