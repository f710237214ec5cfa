//! One job of money, measured and checked: the dashboard's figures out of a store, or a bank's file into one.
//!
//! What is stored is invented and the same for one seed, so what comes out can be worked out a second time from the
//! rows themselves (`expect`): a figure that is fast and wrong is no measurement.
//!
//! Not here: how often each job is run, and what it may cost (`xtask/src/bench/money.rs`).

mod expect;
pub(crate) mod figures;
mod file;
mod household;

use std::{path::Path, process::ExitCode};

use serde_json::Value;

use crate::{
    Fault,
    flags::Flags,
    measure::{chain, complain, say},
};

/// The arguments.
const USAGE: &str = "usage: bench-money --job figures|ofx --rows N --home FOLDER";

/// Does the job that the arguments name and prints one line of JSON. `figures`: `median_us`, `least_us` and `most_us`
/// of all reads after the `first_us` that opens connections; `made_ms` when the database had to be made. `ofx`:
/// `read_us` from bytes to records, `import_us` into the store, `again_us` both once more with nothing new. Both:
/// `rows`, and `result`, which is the same each time.
pub fn run() -> ExitCode {
    match measured(std::env::args().skip(1)) {
        Ok(line) => {
            say(&line.to_string());
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn measured(arguments: impl Iterator<Item = String>) -> Result<Value, Fault> {
    let flags = Flags::read(arguments, &["--job", "--rows", "--home"], USAGE)?;
    let rows = flags.number("--rows", household::LEAST_ROWS)?;
    let home = Path::new(flags.get("--home")?);
    match flags.get("--job")? {
        "figures" => figures::run(rows, home),
        "ofx" => file::run(rows, home),
        job => Err(format!("--job: `{job}` is not figures or ofx\n{USAGE}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::measured;

    #[test]
    fn an_argument_that_is_wrong_or_missing_is_named() {
        for (line, named) in [
            ("--job all --rows 1000 --home x", "`all`"),
            ("--job ofx --rows 1000", "`--home` is missing"),
            ("--job ofx --rows many --home x", "`many`"),
            ("--job ofx --rows 3 --home x", "`3`"),
            ("--job ofx --job ofx", "twice"),
            ("--job", "needs a value"),
            ("--jobs ofx", "`--jobs`"),
        ] {
            let reason = measured(line.split_whitespace().map(str::to_owned)).unwrap_err();
            assert!(reason.to_string().contains(named), "{line}: {reason}");
        }
    }
}
