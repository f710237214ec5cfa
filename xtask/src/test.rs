//! `cargo xtask test`: prepares what the tests need and runs all of them.
//!
//! cargo-nextest runs the tests where it is installed, `cargo test` elsewhere; the examples in the
//! documentation are always cargo's own. Tests that carry `#[ignore]` are run too, except those whose
//! need is missing, so that nothing is left out in silence.
//!
//! Not here: what the needs are (`need`).

use std::process::Command;

use crate::need::{self, Ready};
use crate::steps::Steps;
use crate::workspace::{Workspace, captured, in_ci, visible};

/// Runs the tests; `may_install` allows system packages.
pub(crate) fn run(workspace: &Workspace, may_install: bool) -> Result<(), String> {
    let mut steps = Steps::default();
    let mut ready = Ready::default();
    steps.run("needs", || {
        ready = need::prepare(workspace, may_install);
        let (ci, missing) = (in_ci(), left_out(&ready));
        match missing {
            Some(what) if ci => Err(format!("{what}, and with CI=true every test must run")),
            missing => Ok(missing),
        }
    });
    steps.run("documentation", || {
        visible(&mut workspace.cargo(&["test", "--doc", "--workspace"])).map(|()| None)
    });
    // What only a build with a feature has.
    steps.run("otel", || {
        let line = "test -p gather-cli --features otel --test it -- otel::";
        let arguments: Vec<&str> = line.split(' ').collect();
        visible(&mut workspace.cargo(&arguments)).map(|()| None)
    });
    // Last, so that the closing lines of the runner are the last before ours.
    steps.run("tests", || {
        let nextest = captured(&mut workspace.cargo(&["nextest", "--version"])).is_ok();
        let names: Vec<&str> = ready.missing.iter().map(|(need, _)| need.name).collect();
        let arguments = if nextest {
            with_nextest(&names, in_ci())
        } else {
            with_cargo(&names)
        };
        let mut command: Command = workspace.cargo(&arguments);
        command.envs(
            ready
                .variables
                .iter()
                .map(|(variable, place)| (variable, place)),
        );
        visible(&mut command).map(|()| None)
    });
    steps.close("test")
}

fn left_out(ready: &Ready) -> Option<String> {
    let sentences = ready
        .missing
        .iter()
        .map(|(need, reason)| format!("the tests `{}::`: {reason}", need.name));
    let sentences: Vec<String> = sentences.collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

fn with_nextest(missing: &[&str], ci: bool) -> Vec<String> {
    let mut arguments = ["nextest", "run", "--workspace", "--run-ignored", "all"]
        .map(String::from)
        .to_vec();
    if ci {
        arguments.extend(["--profile", "ci"].map(String::from));
    }
    if !missing.is_empty() {
        let modules = missing
            .iter()
            .map(|name| format!("test(/^{name}::/)"))
            .collect::<Vec<_>>()
            .join(" | ");
        arguments.extend(["-E".to_owned(), format!("not (kind(test) & ({modules}))")]);
    }
    arguments
}

fn with_cargo(missing: &[&str]) -> Vec<String> {
    let line =
        "test --workspace --lib --bins --tests --examples --no-fail-fast -- --include-ignored";
    let mut arguments: Vec<String> = line.split(' ').map(String::from).collect();
    for name in missing {
        arguments.extend(["--skip".to_owned(), format!("{name}::")]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::{with_cargo, with_nextest};

    #[test]
    fn ignored_tests_run_when_nothing_is_missing() {
        assert_eq!(
            with_nextest(&[], false).join(" "),
            "nextest run --workspace --run-ignored all"
        );
        assert!(with_cargo(&[]).ends_with(&["--".to_owned(), "--include-ignored".to_owned()]));
    }

    #[test]
    fn only_the_modules_of_missing_needs_are_left_out() {
        let arguments = with_nextest(&["httpbin", "chromium"], true);
        assert_eq!(
            arguments.last().unwrap(),
            "not (kind(test) & (test(/^httpbin::/) | test(/^chromium::/)))"
        );
        assert!(with_cargo(&["httpbin"]).ends_with(&["--skip".to_owned(), "httpbin::".to_owned()]));
    }
}
