//! The dashboard for minutes with all that goes wrong, for `cargo xtask soak`.

use std::process::ExitCode;

fn main() -> ExitCode {
    gather_bench::soak::run()
}
