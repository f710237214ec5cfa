//! The dashboard under load: what it serves, who asks, and the least that could answer.
//!
//! Three jobs, each in a process of its own, so that what is measured shares nothing but the machine: `prepare` makes
//! the database with a user, a key and a session; `bare` answers a fixed body with nothing around it; `load` asks.
//!
//! Not here: which of them is asked how often, and what it may cost (`xtask/src/bench/serve.rs`).

mod bare;
mod load;
mod prepare;

use std::{path::Path, process::ExitCode, time::Duration};

use serde_json::Value;

use crate::{
    Fault,
    flags::Flags,
    measure::{chain, complain, say},
};

/// The arguments.
const USAGE: &str = "\
usage: bench-serve --job prepare --rows N --home FOLDER
       bench-serve --job bare
       bench-serve --job load --address IP:PORT --path /PATH --header 'NAME: VALUE' --connections N --seconds N";

/// Does the job that the arguments name and prints one line of JSON. `prepare`: `db`, and the lines `authorization` and
/// `cookie`. `bare`: the `address` at which `/N` answers N bytes, until standard input ends. `load`: `requests` of the
/// `wall_us` after a second to warm up, `median_us`, `p99_us` and `most_us` of one, and `bytes` of the last body.
pub fn run() -> ExitCode {
    match done(std::env::args().skip(1)) {
        Ok(Some(line)) => {
            say(&line.to_string());
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn done(arguments: impl Iterator<Item = String>) -> Result<Option<Value>, Fault> {
    const KNOWN: [&str; 8] = [
        "--job",
        "--rows",
        "--home",
        "--address",
        "--path",
        "--header",
        "--connections",
        "--seconds",
    ];
    let flags = Flags::read(arguments, &KNOWN, USAGE)?;
    match flags.get("--job")? {
        "prepare" => {
            let rows = flags.number("--rows", 1_000)?;
            prepare::run(rows, Path::new(flags.get("--home")?)).map(Some)
        }
        "bare" => bare::run().map(|()| None),
        "load" => {
            let load = load::Load {
                address: flags.get("--address")?.parse()?,
                path: flags.get("--path")?.to_owned(),
                header: flags.get("--header")?.to_owned(),
                connections: flags.number("--connections", 1)?,
                lasts: Duration::from_secs(flags.number("--seconds", 1)?),
            };
            load::run(&load).map(Some)
        }
        job => Err(format!("--job: `{job}` is not prepare, bare or load\n{USAGE}").into()),
    }
}
