//! `cargo xtask soak`: the dashboard for minutes with hundreds of sources, many of which fail.
//!
//! Not here: what is watched and what must hold (`bench/src/soak`).

use std::process::Command;

use crate::workspace::{Workspace, visible};

/// The command's help.
pub(crate) const USAGE: &str = "\
usage: cargo xtask soak [--minutes N] [--no-build]

  `gather serve` with 200 sources of a simulated publisher, each fetched every 5 s; some never answer, some
  refuse, some send garbage, all are slow. Listeners of live updates come and go, browsers ask for pages.
  Prints a row a minute and a verdict, and fails when memory grows by more than 5 % after the second minute,
  when a task, a connection or an open file is left over, or when an event is lost.

  --minutes N   how long, at least 3 [default: 10]
  --no-build    use the programs as they were built last";

/// Builds the programs and soaks.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> Result<(), String> {
    let (minutes, build) = parse(words)?;
    if build {
        visible(&mut workspace.cargo(&crate::bench::BUILD))?;
    }
    let programs = workspace.target.join("release");
    let mut command = Command::new(programs.join("bench-soak"));
    command.arg("--programs").arg(&programs);
    command.arg("--home").arg(workspace.target.join("soak"));
    command.args(["--minutes", &minutes.to_string()]);
    crate::bench::say_machine();
    visible(&mut command)
}

/// How many minutes, and whether to build first.
fn parse(words: &[&str]) -> Result<(u32, bool), String> {
    let (mut minutes, mut build) = (10, true);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--no-build" => build = false,
            "--minutes" => {
                let value = words.next().copied().unwrap_or_default();
                let number = value.parse().ok().filter(|number| *number >= 3);
                minutes = number.ok_or_else(|| {
                    format!("--minutes: `{value}` is not a number of at least 3\n\n{USAGE}")
                })?;
            }
            other => return Err(format!("`{other}` is not an option here\n\n{USAGE}")),
        }
    }
    Ok((minutes, build))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ten_minutes_unless_said_otherwise_and_never_too_few_to_compare() {
        assert_eq!(parse(&[]), Ok((10, true)));
        assert_eq!(parse(&["--minutes", "3", "--no-build"]), Ok((3, false)));
        for words in [
            &["--minutes", "2"][..],
            &["--minutes"],
            &["--hours", "1"],
            &["5"],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
