//! Three sources of news into SQLite with bare reqwest and rusqlite.

use std::process::ExitCode;

fn main() -> ExitCode {
    gather_bench::news::run()
}
