//! Any program, measured from outside.

use std::process::ExitCode;

fn main() -> ExitCode {
    gather_bench::outside::run()
}
