//! The dashboard under load, for `cargo xtask bench serve`.

use std::process::ExitCode;

fn main() -> ExitCode {
    gather_bench::serve::run()
}
