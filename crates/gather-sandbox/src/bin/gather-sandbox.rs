//! The sandbox as a process of its own, so that a benchmark's client and server do not share one.
//!
//! Prints one JSON line with the base URL of each API once it listens, and runs until its standard
//! input ends, or SIGINT or SIGTERM comes: a parent that dies takes it along.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the URLs go to stdout and errors to stderr"
)]

use std::{
    env,
    io::{self, Read, Write},
    process::ExitCode,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use gather_sandbox::{Api, Builder, Caching, FaultRule, Latency, Sandbox, Target};
use serde_json::{Map, Value};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

const HELP: &str = "\
Simulated news, bank and rates APIs on loopback, with latency and faults

Usage: gather-sandbox [OPTIONS]

Options:
  --seed N                  what the invented data depends on (default 7)
  --now RFC3339             the instant the data is made around (default 2026-11-20T09:00:00Z)
  --latency [TARGET=]MS     milliseconds: 500, 100..900, or ~200 (log-normal); without a target, all APIs
  --fault TARGET=FAULT      refuse, hang, hang-after-headers, slow-headers, drip, truncate, reset, close,
                            garbage, html, empty, 503, 429:7 (Retry-After 7), 301:/new (Location);
                            behind it @first3 or @every3
  --caching TARGET=RULE     strong, weak, unquoted, commas (ETag), modified=DATE, ignore (conditions), or a
                            header as cache-control=max-age=60; several with ; between
  --key API=KEY             the only key or token that the API takes, for reddit ID:SECRET, for simplefin USER:PASSWORD
  --allowance API=N         requests a client of github has in an hour, of reddit in ten minutes, of simplefin in a day,
                            of openexchange in 31 days
  --tls                     listen with TLS and HTTP/2 as well
  --many-hosts              listen on all of 127.0.0.0/8, not only 127.0.0.1
  -h, --help                this text

TARGET is an API (newsapi, guardian, hackernews, feeds, github, reddit, openweather, bank, rates,
  simplefin, ecb, openexchange, any)
or one of its routes (guardian/search, hackernews/v0/item/*). Options may be repeated. Ends when standard
input ends. GET /_sandbox/log on any port tells what that API saw.

Prints one line of JSON: the base URL of each API by its name. With --tls also `https`, the same over
TLS, and `root_certificate`, base64 of the DER that a client must trust.
";

fn main() -> ExitCode {
    let options = match parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("error: {error}\nhint: `gather-sandbox --help` lists the options");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the sandbox could not run: {error}");
            ExitCode::from(2)
        }
    }
}

/// What the flags ask for.
struct Options {
    builder: Builder,
    tls: bool,
}

/// `None` when help was asked for.
fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut builder = Sandbox::builder();
    let mut tls = false;
    while let Some(arg) = args.next() {
        let (flag, given) = match arg.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => {
                (flag.to_owned(), Some(value.to_owned()))
            }
            _ => (arg, None),
        };
        if matches!(flag.as_str(), "-h" | "--help") {
            return Ok(None);
        }
        if flag == "--tls" {
            if given.is_some() {
                return Err("`--tls` takes no value".to_owned());
            }
            tls = true;
            continue;
        }
        if flag == "--many-hosts" {
            if given.is_some() {
                return Err("`--many-hosts` takes no value".to_owned());
            }
            builder = builder.many_hosts();
            continue;
        }
        if !matches!(
            flag.as_str(),
            "--seed" | "--now" | "--latency" | "--fault" | "--caching" | "--key" | "--allowance"
        ) {
            return Err(format!("`{flag}` is not an option"));
        }
        let value = given
            .or_else(|| args.next())
            .ok_or_else(|| format!("`{flag}` needs a value"))?;
        let pair = || {
            value
                .split_once('=')
                .ok_or_else(|| format!("{flag}: `{value}` is not of the form TARGET=VALUE"))
        };
        let said = |error: &dyn std::fmt::Display| format!("{flag}: {error}");
        builder = match flag.as_str() {
            "--seed" => builder.seed(
                value
                    .parse()
                    .map_err(|_| format!("--seed: `{value}` is not a whole number"))?,
            ),
            "--now" => builder.now(value.parse().map_err(|error: jiff::Error| said(&error))?),
            "--latency" => match value.split_once('=') {
                Some((target, latency)) => {
                    let target = target.parse::<Target>().map_err(|error| said(&error))?;
                    builder.latency(target, latency.parse().map_err(|error| said(&error))?)
                }
                None => {
                    let latency: Latency = value.parse().map_err(|error| said(&error))?;
                    Api::ALL
                        .into_iter()
                        .fold(builder, |builder, api| builder.latency(api, latency))
                }
            },
            "--fault" => {
                let (target, fault) = pair()?;
                let target = target.parse::<Target>().map_err(|error| said(&error))?;
                builder.fault(
                    target,
                    fault.parse::<FaultRule>().map_err(|error| said(&error))?,
                )
            }
            "--caching" => {
                let (target, caching) = pair()?;
                let target = target.parse::<Target>().map_err(|error| said(&error))?;
                builder.caching(
                    target,
                    caching.parse::<Caching>().map_err(|error| said(&error))?,
                )
            }
            "--allowance" => {
                let (api, requests) = pair()?;
                let api = api.parse().map_err(|error| said(&error))?;
                let requests = requests.parse().map_err(|_| {
                    format!("--allowance: `{requests}` is not a number of requests")
                })?;
                builder.allowance(api, requests)
            }
            _ => {
                let (api, key) = pair()?;
                builder.key(api.parse().map_err(|error| said(&error))?, key)
            }
        };
    }
    Ok(Some(Options { builder, tls }))
}

fn by_name(url: impl Fn(Api) -> String) -> Map<String, Value> {
    let urls = Api::ALL.map(|api| (api.name().to_owned(), url(api).into()));
    urls.into_iter().collect()
}

#[tokio::main]
async fn run(Options { builder, tls }: Options) -> io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    let builder = if tls { builder.tls() } else { builder };
    let sandbox = builder.start().await?;
    let mut line = by_name(|api| sandbox.url(api));
    if tls {
        let root = BASE64_STANDARD.encode(sandbox.root_certificate());
        line.insert(
            "https".to_owned(),
            by_name(|api| sandbox.https_url(api)).into(),
        );
        line.insert("root_certificate".to_owned(), root.into());
    }
    println!("{}", Value::Object(line));
    io::stdout().flush()?;
    let (closed, input_ended) = oneshot::channel();
    // A plain thread: a blocking read cannot be cancelled, and must not keep the runtime from ending.
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut waste = [0; 256];
        while matches!(input.read(&mut waste), Ok(n) if n > 0) {}
        // Nobody listens any more when a signal came first.
        let _ = closed.send(());
    });
    tokio::select! {
        _ = input_ended => {}
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    sandbox.stop().await;
    Ok(())
}
