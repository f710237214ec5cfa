//! What a developer of gather runs, and what CI runs too: `cargo xtask check`, `test`, `fuzz`, `picture`, `screenshots`,
//! `bench` and `soak`.
//!
//! Each command is a list of named steps; all of them run, then the failures are listed together,
//! so that one visit shows everything that has to be mended.
//!
//! Not here: anything a user of gather needs. `.ci/run` only calls these commands.

mod arrows;
mod assets;
mod bench;
mod check;
mod deny;
mod figures;
mod fuzz;
mod need;
mod npm;
mod palette;
mod picture;
mod say;
mod screenshots;
mod soak;
mod steps;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const HELP: &str = "\
usage: cargo xtask COMMAND

commands:
  check [STEP…]          what can be said without running gather: format, tidiness, crate arrows,
                         clippy, the library alone, documentation, dependencies
  test [--no-install]    prepares what the tests need, then runs all of them; installs missing
                         system packages where it may, unless told not to
  fuzz [TARGET…]         tries inputs nobody thought of on everything that reads text from outside;
                         `cargo xtask fuzz --help` lists its options
  assets                 brings the fonts and the chart library of the dashboard anew, through npm
  picture [-- COMMAND…]  runs `gather demo --once` (or another gather command) and draws docs/run.svg
  screenshots            the dashboard's pages in docs/pictures, as Chromium shows them
  bench [run|library|ingest|money|serve]
                         how fast gather is, beside the longest chain, one by one, bare HTTP clients,
                         jaq, feed-rs, SQL by hand, and a bare HTTP handler; `cargo xtask bench --help` lists its options
  bench instructions     instructions for each request, counted by valgrind, against the baseline
  bench peers            the same work in Python, Node, Go and with curl; `--write` makes docs/manual/peers.md of it
  soak [--minutes N]     the dashboard for 10 minutes with 200 sources, many of which fail: memory, tasks,
                         connections and live updates are watched

With CI=true a test that had to be left out is a failure.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match words.split_first() {
        Some((&"check", steps)) => Workspace::open().and_then(|it| check::run(&it, steps)),
        Some((&"test", [])) => Workspace::open().and_then(|it| test::run(&it, true)),
        Some((&"test", ["--no-install"])) => Workspace::open().and_then(|it| test::run(&it, false)),
        Some((&"assets", [])) => Workspace::open().and_then(|it| assets::run(&it)),
        Some((&"screenshots", [])) => Workspace::open().and_then(|it| screenshots::run(&it)),
        Some((&"picture", [])) => {
            Workspace::open().and_then(|it| picture::run(&it, &["demo", "--once"]))
        }
        Some((&"picture", ["--", command @ ..])) if !command.is_empty() => {
            Workspace::open().and_then(|it| picture::run(&it, command))
        }
        Some((&"fuzz", ["help" | "--help" | "-h"])) => {
            say::line(fuzz::USAGE);
            return ExitCode::SUCCESS;
        }
        Some((&"fuzz", options)) => Workspace::open().and_then(|it| fuzz::run(&it, options)),
        Some((&"bench", ["help" | "--help" | "-h"])) => {
            say::line(bench::USAGE);
            return ExitCode::SUCCESS;
        }
        Some((&"bench", options)) => Workspace::open().and_then(|it| bench::run(&it, options)),
        Some((&"soak", ["help" | "--help" | "-h"])) => {
            say::line(soak::USAGE);
            return ExitCode::SUCCESS;
        }
        Some((&"soak", options)) => Workspace::open().and_then(|it| soak::run(&it, options)),
        None | Some((&("help" | "--help" | "-h"), _)) => {
            say::line(HELP);
            return ExitCode::SUCCESS;
        }
        Some(_) => {
            say::line(&format!(
                "error: `cargo xtask {}` is not a command\n\n{HELP}",
                words.join(" ")
            ));
            return ExitCode::from(2);
        }
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say::line(&format!("error: {reason}"));
            ExitCode::FAILURE
        }
    }
}
