//! The dashboard under load: the JSON and the front page of a large household, beside a handler with nothing around it.
//!
//! The server is the real binary on a database of a million transactions and a hundred thousand articles; who asks, and
//! what it is compared with, are processes of their own (`bench-serve`). All share this machine, so the one who asks
//! takes its part of the processors from either side alike; what a request costs the server in processor time is said
//! beside the rates. In each round every one has its turn.
//!
//! Not here: the work itself (`bench/src/serve`).

mod process;

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Bench, options::Options, sandbox::Sandbox, verdict};
use crate::{
    figures::{Spread, table},
    say,
};
use process::{Process, fetch};

/// How many transactions the household has.
const ROWS: u32 = 1_000_000;

/// Connections at once, each asking again as soon as it is answered, and for how long.
const CONNECTIONS: u32 = 50;
const SECONDS: u32 = 10;

/// What share of the bare handler's rate the JSON is to reach.
const SHARE: f64 = 0.25;

/// What 99 of 100 answers are to take at most, in milliseconds.
const P99_MS: f64 = 10.0;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
struct Asked {
    name: &'static str,
    path: &'static str,
    /// Which of the lines that `prepare` prints opens it, and in which header it goes.
    by: (&'static str, &'static str),
}

const ASKED: [Asked; 2] = [
    Asked {
        name: "/api/v1/dashboard",
        path: "/api/v1/dashboard",
        by: ("authorization", "authorization"),
    },
    Asked {
        name: "/",
        path: "/",
        by: ("cookie", "cookie"),
    },
];

/// What came of one turn.
#[derive(Debug, Clone, Copy)]
struct Turn {
    per_second: f64,
    median_ms: f64,
    p99_ms: f64,
    /// Processor time of the server for one request.
    cpu_us: f64,
    bytes: u64,
    resident_mib: f64,
}

/// Measures and reports; gives the figures.
pub(super) fn measure(bench: &Bench, options: &Options) -> Result<Value, String> {
    let rounds = options.rounds.unwrap_or(3);
    say::heading(&format!(
        "the dashboard of {ROWS} transactions and 100000 articles: {CONNECTIONS} connections for {SECONDS} s, {rounds} \
         rounds after one to warm up"
    ));
    let prepared = prepare(bench)?;
    let line = |key: &str| {
        let text = prepared[key].as_str().map(str::to_owned);
        text.ok_or_else(|| format!("bench-serve --job prepare does not print `{key}`"))
    };
    // What its sources bring is fetched before anything is measured; after that nothing is due for a day.
    let sandbox = Sandbox::start(&bench.programs, &[])?;
    let config = bench.home.join("serve/gather.toml");
    let mut text = "[settings]\ncurrency = \"EUR\"\n".to_owned();
    for name in prepared["sources"].as_array().into_iter().flatten() {
        let (name, feeds) = (name.as_str().unwrap_or_default(), sandbox.origin("feeds")?);
        text.push_str(&format!(
            "[source.{name}]\nfeed = \"{feeds}/rss.xml\"\nevery = \"24h\"\n"
        ));
    }
    fs::write(&config, text).map_err(|error| format!("{}: {error}", config.display()))?;
    let mut gather = Command::new(bench.programs.join("gather"));
    gather
        .arg("--db")
        .arg(line("db")?)
        .arg("--config")
        .arg(&config);
    gather.args(["serve", "--listen", "127.0.0.1:0"]);
    gather.env("GATHER_LOG", "warn");
    let server = Process::server(gather)?;
    let mut bare = Command::new(bench.programs.join("bench-serve"));
    let bare = Process::announced(bare.args(["--job", "bare"]))?;
    at_rest(&server, &line("authorization")?)?;
    let idle_mib = server.resident_mib()?;

    let mut turns = [const { (Vec::new(), Vec::new()) }; ASKED.len()];
    for round in 0..=rounds {
        for (asked, (of_gather, of_bare)) in ASKED.iter().zip(&mut turns) {
            let header = format!("{}: {}", asked.by.1, line(asked.by.0)?);
            let one = turn(bench, &server, asked.path, &header)?;
            let least = turn(bench, &bare, &format!("/{}", one.bytes), "accept: */*")?;
            if round > 0 {
                of_gather.push(one);
                of_bare.push(least);
            }
        }
    }
    report(rounds, idle_mib, &turns)
}

/// Has the database made, with someone who may ask.
fn prepare(bench: &Bench) -> Result<Value, String> {
    let start = Instant::now();
    let job = ["--job", "prepare", "--rows", &ROWS.to_string(), "--home"].map(str::to_owned);
    let prepared = bench_serve(bench, job.into_iter(), Some(&bench.home))?;
    if start.elapsed() > Duration::from_secs(5) {
        say::line(&format!(
            "  made the database in {:.0} s",
            start.elapsed().as_secs_f64()
        ));
    }
    Ok(prepared)
}

/// Waits until every source has been fetched.
fn at_rest(server: &Process, authorization: &str) -> Result<(), String> {
    let until = Instant::now() + Duration::from_secs(60);
    let header = format!("authorization: {authorization}");
    loop {
        let body = fetch(server.address(), "/api/v1/dashboard", &header)?;
        let said: Value = serde_json::from_slice(&body)
            .map_err(|error| format!("the dashboard is no JSON: {error}"))?;
        let sources: Vec<&Value> = said["sources"]
            .as_object()
            .map(|sources| sources.values().collect())
            .unwrap_or_default();
        let rests = |source: &&Value| source["running"] == false && source["good_at"].is_string();
        if !sources.is_empty() && sources.iter().all(rests) {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!(
                "the sources do not come to rest: {}",
                said["sources"]
            ));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn turn(bench: &Bench, server: &Process, path: &str, header: &str) -> Result<Turn, String> {
    let job = [
        "--job",
        "load",
        "--address",
        &server.address().to_string(),
        "--path",
        path,
        "--header",
        header,
        "--connections",
        &CONNECTIONS.to_string(),
        "--seconds",
        &SECONDS.to_string(),
    ]
    .map(str::to_owned);
    let before = server.cpu()?;
    let said = bench_serve(bench, job.into_iter(), None)?;
    let cpu = server.cpu()?.saturating_sub(before);
    let number = |key: &str| {
        let number = said[key].as_f64();
        number.ok_or_else(|| format!("bench-serve --job load does not print `{key}`"))
    };
    let requests = number("requests")?;
    // The second to warm up is in the processor time and not in the requests.
    let share = f64::from(SECONDS) / f64::from(SECONDS + 1);
    Ok(Turn {
        per_second: requests / (number("wall_us")? / 1e6),
        median_ms: number("median_us")? / 1e3,
        p99_ms: number("p99_us")? / 1e3,
        cpu_us: cpu.as_secs_f64() * 1e6 * share / requests,
        bytes: said["bytes"].as_u64().unwrap_or_default(),
        resident_mib: server.resident_mib()?,
    })
}

/// Runs `bench-serve` to its end; gives the JSON it printed.
fn bench_serve(
    bench: &Bench,
    job: impl Iterator<Item = String>,
    home: Option<&Path>,
) -> Result<Value, String> {
    let output = Command::new(bench.programs.join("bench-serve"))
        .args(job)
        .args(home)
        .output()
        .map_err(|error| format!("bench-serve: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("bench-serve: {}", said.trim()));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("bench-serve did not print JSON: {error}"))
}

fn report(
    rounds: usize,
    idle_mib: f64,
    turns: &[(Vec<Turn>, Vec<Turn>); ASKED.len()],
) -> Result<Value, String> {
    let spread = |turns: &[Turn], of: fn(&Turn) -> f64| Spread::of(turns.iter().map(of));
    let mut rows = vec![
        [
            "",
            "bytes",
            "requests/s",
            "least–most",
            "p50 ms",
            "p99 ms",
            "server CPU µs a request",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let mut done = Vec::new();
    let mut targets = Vec::new();
    let mut most_mib = idle_mib;
    for (asked, (of_gather, of_bare)) in ASKED.iter().zip(turns) {
        let mut sides = Vec::new();
        for (name, side) in [
            (asked.name, of_gather),
            ("bare axum, as many bytes", of_bare),
        ] {
            let rate = spread(side, |turn| turn.per_second);
            let (median, p99) = (
                spread(side, |it| it.median_ms),
                spread(side, |it| it.p99_ms),
            );
            let cpu = spread(side, |it| it.cpu_us);
            let bytes = side.last().map_or(0, |turn| turn.bytes);
            rows.push(vec![
                name.to_owned(),
                bytes.to_string(),
                format!("{:.0}", rate.median),
                format!("{:.0}–{:.0}", rate.min, rate.max),
                format!("{:.2}", median.median),
                format!("{:.2}", p99.median),
                format!("{:.1}", cpu.median),
            ]);
            sides.push((rate, median, p99, cpu, bytes));
        }
        most_mib = of_gather
            .iter()
            .fold(most_mib, |most, turn| most.max(turn.resident_mib));
        let share = sides[0].0.median / sides[1].0.median;
        let p99 = sides[0].2.median;
        let by_cpu = sides[1].3.median / sides[0].3.median;
        let holds = p99 < P99_MS && (share >= SHARE || asked.path == "/");
        let wanted = match asked.path {
            "/" => String::new(),
            _ => format!("at least {SHARE} of the bare handler's rate, and "),
        };
        targets.push(format!(
            "  {}: {share:.2} of the bare handler's rate ({by_cpu:.2} by processor time), p99 {p99:.2} ms; target: \
             {wanted}p99 under {P99_MS} ms: {}",
            asked.name,
            verdict(holds)
        ));
        let side = |(rate, median, p99, cpu, bytes): &(Spread, Spread, Spread, Spread, u64)| {
            json!({
                "requests_per_second": rate.json(), "median_ms": median.json(), "p99_ms": p99.json(),
                "server_cpu_us": cpu.json(), "bytes": bytes,
            })
        };
        done.push(json!({
            "asked": asked.name, "gather": side(&sides[0]), "bare": side(&sides[1]),
            "share": share, "share_by_cpu": by_cpu, "holds": holds,
        }));
    }
    say::line(&table(&rows));
    for target in targets {
        say::line(&target);
    }
    say::line(&format!(
        "  resident memory of the server: {idle_mib:.1} MiB before, at most {most_mib:.1} MiB under load\n  who asks \
         runs on this machine too, on one thread\n\n  again: cargo xtask bench serve --rounds {rounds}"
    ));
    Ok(json!({
        "transactions": ROWS, "articles": 100_000, "connections": CONNECTIONS, "seconds": SECONDS, "rounds": rounds,
        "resident_mib": { "idle": idle_mib, "most": most_mib }, "asked": done,
    }))
}
