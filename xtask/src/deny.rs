//! The dependencies: licences, sources, banned crates, known advisories (`deny.toml`).
//!
//! cargo-deny is built once into the target folder when it is not installed. The advisories come from a
//! git repository on another host; where that cannot be reached they are left out and this is said.

use std::process::{Command, Stdio};

use crate::say;
use crate::steps::Ended;
use crate::workspace::{Workspace, visible};

/// Pinned, so that a new release of the tool cannot turn an unchanged commit red.
const VERSION: &str = "0.20.2";

/// Runs cargo-deny on the whole tree.
pub(crate) fn run(workspace: &Workspace) -> Ended {
    let tool = tool(workspace)?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&tool);
        command
            .arg("deny")
            .args(["--workspace", "--log-level", "error"])
            .args(arguments);
        command.current_dir(&workspace.root);
        command
    };
    visible(&mut deny(&["check", "bans", "licenses", "sources"]))?;

    let mut fetch = deny(&["fetch", "db"]);
    let fetched = fetch.stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !fetched.is_ok_and(|status| status.success()) {
        return Ok(Some(
            "advisories, for the advisory database could not be fetched from here".to_owned(),
        ));
    }
    visible(&mut deny(&["check", "advisories"])).map(|()| None)
}

/// The program to run: the installed one, or our own build of the pinned version.
fn tool(workspace: &Workspace) -> Result<std::path::PathBuf, String> {
    let own = workspace.tools().join("bin").join("cargo-deny");
    for candidate in ["cargo-deny".into(), own.clone()] {
        let mut command = Command::new(&candidate);
        command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if command.status().is_ok_and(|status| status.success()) {
            return Ok(candidate);
        }
    }
    say::line(&format!(
        "building cargo-deny {VERSION} into {}, once",
        workspace.tools().display()
    ));
    // Unoptimised: it builds in about a minute instead of several, and checks this tree in a second.
    let mut command = workspace.cargo(&[
        "install",
        "--quiet",
        "--debug",
        "--locked",
        "--version",
        VERSION,
    ]);
    command
        .arg("--root")
        .arg(workspace.tools())
        .arg("cargo-deny");
    visible(&mut command)?;
    Ok(own)
}
