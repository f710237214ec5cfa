//! Bytes to records and records into the store, by gather or by hand.

use std::process::ExitCode;

fn main() -> ExitCode {
    gather_bench::ingest::run()
}
