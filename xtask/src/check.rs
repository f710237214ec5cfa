//! `cargo xtask check`: what can be said about the code without running it.
//!
//! The cheap steps come first. Clippy, the library alone and the documentation use one profile and one
//! target folder, so that a dependency is built once.
//!
//! Not here: the tests (`test`).

use crate::steps::{Ended, Steps};
use crate::workspace::{Workspace, visible};
use crate::{arrows, deny, tidy};

type Step = (&'static str, fn(&Workspace) -> Ended);

const STEPS: &[Step] = &[
    ("fmt", |it| cargo(it, &["fmt", "--all", "--check"])),
    ("tidy", tidy::run),
    ("arrows", arrows::run),
    ("deny", deny::run),
    ("clippy", |it| {
        cargo(
            it,
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ],
        )
    }),
    // In the workspace a crate also gets the features that its neighbours asked for; alone it must still compile.
    ("alone", |it| cargo(it, &["check", "-p", "gather"])),
    ("doc", documentation),
];

/// Runs all steps, or those named.
pub(crate) fn run(workspace: &Workspace, wanted: &[&str]) -> Result<(), String> {
    let known: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        return Err(format!(
            "`{unknown}` is not a step of check; the steps are {}",
            known.join(", ")
        ));
    }
    let mut steps = Steps::default();
    for (name, step) in STEPS {
        if wanted.is_empty() || wanted.contains(name) {
            steps.run(name, || step(workspace));
        }
    }
    steps.close("check")
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Ended {
    visible(&mut workspace.cargo(arguments)).map(|()| None)
}

fn documentation(workspace: &Workspace) -> Ended {
    let mut command = workspace.cargo(&["doc", "--workspace", "--no-deps"]);
    visible(command.env("RUSTDOCFLAGS", "-D warnings")).map(|()| None)
}
