//! One job of reading or keeping records, done by gather or by hand, measured and checked.
//!
//! The clock runs over the work alone: the input is made, declarations and expressions are compiled and the database
//! is opened before it, and what came out is checked after it. Both sides get the same input, made anew from one seed,
//! and must end with the same records: `result` in the output is a digest of them, which whoever compares the two
//! sides compares too. For programs in other languages the third side does nothing but write the input into files.
//!
//! Not here: how often each is run, and what the ratio should be (`xtask/src/bench/ingest.rs`).

pub(crate) mod articles;
mod by_hand;
mod feeds;
mod json;
pub(crate) mod made_up;
pub(crate) mod store;

use std::{path::PathBuf, process::ExitCode, str::FromStr};

use serde_json::{Value, json};

use crate::{
    Fault,
    measure::{Cost, chain, complain, say},
};

/// The arguments.
const USAGE: &str =
    "usage: bench-ingest --job json|feeds|articles --side gather|by-hand|input --home FOLDER";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    /// A large JSON answer to stored records.
    Json,
    /// The bytes of feeds to records.
    Feeds,
    /// Records into the store.
    Articles,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Gather,
    ByHand,
}

/// What came of it.
#[derive(Debug)]
struct Done {
    cost: Cost,
    /// How many records.
    records: usize,
    /// Bytes read; 0 where nothing is read.
    bytes: usize,
    /// A digest of all that was made, or a count where the two sides make different things.
    result: String,
}

/// Does the job that the arguments name and prints one line of JSON: what the clock says (`wall_us`, `cpu_us`,
/// `peak_kib`), `records`, `bytes` and `result`.
pub fn run() -> ExitCode {
    match measured(std::env::args().skip(1)) {
        Ok(line) => {
            say(&line);
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn measured(arguments: impl Iterator<Item = String>) -> Result<String, Fault> {
    let (job, side, home) = parse(arguments)?;
    let Some(side) = side else {
        let records = match job {
            Job::Json => return Err("--side: no program asks for the input of json".into()),
            Job::Feeds => feeds::write(&home),
            Job::Articles => articles::write(&home),
        }?;
        return Ok(json!({ "records": records }).to_string());
    };
    let done = match job {
        Job::Json => json::run(side, &home),
        Job::Feeds => feeds::run(side),
        Job::Articles => articles::run(side, &home),
    }?;
    let mut line = done.cost.json();
    let more = json!({ "records": done.records, "bytes": done.bytes, "result": done.result });
    if let (Value::Object(line), Value::Object(more)) = (&mut line, more) {
        line.extend(more);
    }
    Ok(line.to_string())
}

/// Without a side nobody does the job, and its input is written into the folder.
fn parse(arguments: impl Iterator<Item = String>) -> Result<(Job, Option<Side>, PathBuf), String> {
    let (mut job, mut side, mut home) = (None, None, None);
    let mut arguments = arguments;
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("`{flag}` needs a value\n{USAGE}"))?;
        match flag.as_str() {
            "--job" => job = Some(value.parse()?),
            "--side" if value == "input" => side = Some(None),
            "--side" => side = Some(Some(value.parse()?)),
            "--home" => home = Some(PathBuf::from(value)),
            _ => return Err(format!("`{flag}` is not an option\n{USAGE}")),
        }
    }
    let missing = |flag: &str| format!("`{flag}` is missing\n{USAGE}");
    Ok((
        job.ok_or_else(|| missing("--job"))?,
        side.ok_or_else(|| missing("--side"))?,
        home.ok_or_else(|| missing("--home"))?,
    ))
}

impl FromStr for Job {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "feeds" => Ok(Self::Feeds),
            "articles" => Ok(Self::Articles),
            _ => Err(format!(
                "--job: `{text}` is not json, feeds or articles\n{USAGE}"
            )),
        }
    }
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "gather" => Ok(Self::Gather),
            "by-hand" => Ok(Self::ByHand),
            _ => Err(format!(
                "--side: `{text}` is not gather, by-hand or input\n{USAGE}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Job, Side, parse};

    #[test]
    fn an_argument_that_is_wrong_or_missing_is_named() {
        let words = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            parse(words.into_iter())
        };
        let (job, side, home) = words("--job feeds --side by-hand --home /x").unwrap();
        assert_eq!((job, side), (Job::Feeds, Some(Side::ByHand)));
        assert_eq!(home.to_str(), Some("/x"));
        let (_, nobody, _) = words("--job feeds --side input --home /x").unwrap();
        assert_eq!(nobody, None);
        for (line, named) in [
            ("--job all --side gather --home x", "`all`"),
            ("--job json --side ours --home x", "`ours`"),
            ("--job json --home x", "`--side` is missing"),
            ("--job", "needs a value"),
            ("--jobs json", "`--jobs`"),
        ] {
            let reason = words(line).unwrap_err();
            assert!(reason.contains(named), "{line}: {reason}");
        }
    }
}
