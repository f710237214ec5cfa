//! Python virtual environments under the target folder, from pinned versions: httpbin, hadolint, and what gather is
//! compared with.
//!
//! Each is made once and made again when the pins or the Python change, or when it no longer starts:
//! a virtual environment breaks when the Python under it is replaced.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::say;
use crate::workspace::{Workspace, captured, visible};

/// The Python to use: the first on the path, else Debian's own, which may know more than one that shadows it.
const CANDIDATES: &[&str] = &["python3", "/usr/bin/python3"];

/// Fails unless a Python is here that can make virtual environments.
pub(super) fn present() -> Result<(), String> {
    interpreter().map(|_| ())
}

fn interpreter() -> Result<&'static str, String> {
    let able = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
    let found = CANDIDATES
        .iter()
        .find(|python| captured(Command::new(python).args(["-c", able])).is_ok());
    found
        .copied()
        .ok_or_else(|| "needs Python 3.10 or newer with venv and ensurepip".to_owned())
}

/// A virtual environment that is made from pinned versions.
struct Environment {
    name: &'static str,
    requirements: &'static str,
    /// What it is made for, below its folder.
    program: &'static str,
    /// What a Python in it must be able to do.
    loads: &'static str,
}

/// Makes httpbin's and says where it is.
pub(super) fn httpbin(workspace: &Workspace) -> Result<PathBuf, String> {
    make(
        workspace,
        &Environment {
            name: "httpbin",
            requirements: "tests/httpbin-requirements.txt",
            program: "bin/gunicorn",
            loads: "import httpbin, gunicorn",
        },
    )
}

/// Makes that of hadolint, which looks over the Dockerfile, and says where it is.
pub(super) fn hadolint(workspace: &Workspace) -> Result<PathBuf, String> {
    make(
        workspace,
        &Environment {
            name: "hadolint",
            requirements: "tests/hadolint-requirements.txt",
            program: "bin/hadolint",
            loads: "",
        },
    )
}

/// Makes that of the HTTP clients and readers that gather is compared with, and says where it is.
pub(super) fn peers(workspace: &Workspace) -> Result<PathBuf, String> {
    make(
        workspace,
        &Environment {
            name: "peers",
            requirements: "bench/peers/python/requirements.txt",
            program: "bin/python",
            loads: "import aiohttp, aiosqlite, feedparser, httpx, requests",
        },
    )
}

fn make(workspace: &Workspace, wanted: &Environment) -> Result<PathBuf, String> {
    let python = interpreter()?;
    let requirements = workspace.root.join(wanted.requirements);
    let pins = fs::read_to_string(&requirements)
        .map_err(|error| format!("{}: {error}", wanted.requirements))?;
    let version = captured(Command::new(python).args(["-c", "import sys; print(sys.version)"]))?;
    let from = format!(
        "{}\n{pins}",
        String::from_utf8_lossy(&version.stdout).trim()
    );

    let home = workspace.tools().join(wanted.name);
    let stamp = home.join("made-from");
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == from) && starts(&home, wanted)
    {
        return Ok(home);
    }
    say::line(&format!(
        "making {} ready in {}, once",
        wanted.name,
        home.display()
    ));
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    visible(Command::new(python).args(["-m", "venv"]).arg(&home))?;
    let pip = |arguments: &[&str]| {
        let mut command = Command::new(home.join("bin/python"));
        command
            .args([
                "-m",
                "pip",
                "--quiet",
                "--no-input",
                "--disable-pip-version-check",
            ])
            .args(arguments);
        command
    };
    visible(pip(&["install", "--no-deps", "--requirement"]).arg(&requirements))
        .and_then(|()| captured(&mut pip(&["check"])).map(|_| ()))
        .map_err(|reason| {
            format!(
                "{reason}; the packages of {} come from PyPI, or from pip's own settings",
                wanted.requirements
            )
        })?;
    if !starts(&home, wanted) {
        return Err(format!(
            "{} does not start from {}",
            wanted.name,
            home.display()
        ));
    }
    // Last, so that an environment that was cut off in the making is made again.
    fs::write(&stamp, from).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(home)
}

fn starts(home: &Path, wanted: &Environment) -> bool {
    let loads = ["-c", wanted.loads];
    home.join(wanted.program).exists()
        && captured(Command::new(home.join("bin/python")).args(loads)).is_ok()
}
