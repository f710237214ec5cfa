//! Figures of many transactions, and a bank's file into the store.

use std::process::ExitCode;

fn main() -> ExitCode {
    gather_bench::money::run()
}
