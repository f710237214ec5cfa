//! One target, tried for a while, or one input replayed.

use std::process::ExitCode;

fn main() -> ExitCode {
    gather_fuzz::main()
}
