//! httpbin in a Python virtual environment under the target folder, from pinned versions.
//!
//! It is made once and made again when the pins or the Python change, or when it no longer starts:
//! a virtual environment breaks when the Python under it is replaced.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::say;
use crate::workspace::{Workspace, captured, visible};

const REQUIREMENTS: &str = "tests/httpbin-requirements.txt";

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

/// Makes the virtual environment and says where it is.
pub(super) fn httpbin(workspace: &Workspace) -> Result<PathBuf, String> {
    let python = interpreter()?;
    let requirements = workspace.root.join(REQUIREMENTS);
    let pins =
        fs::read_to_string(&requirements).map_err(|error| format!("{REQUIREMENTS}: {error}"))?;
    let version = captured(Command::new(python).args(["-c", "import sys; print(sys.version)"]))?;
    let wanted = format!(
        "{}\n{pins}",
        String::from_utf8_lossy(&version.stdout).trim()
    );

    let home = workspace.tools().join("httpbin");
    let stamp = home.join("made-from");
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == wanted) && starts(&home) {
        return Ok(home);
    }
    say::line(&format!("making httpbin ready in {}, once", home.display()));
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
        .map_err(|reason| format!("{reason}; the packages of {REQUIREMENTS} come from PyPI, or from pip's own settings"))?;
    if !starts(&home) {
        return Err(format!("httpbin does not start from {}", home.display()));
    }
    // Last, so that an environment that was cut off in the making is made again.
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(home)
}

fn starts(home: &Path) -> bool {
    let server = home.join("bin/gunicorn");
    let loads = ["-c", "import httpbin, gunicorn"];
    server.exists() && captured(Command::new(home.join("bin/python")).args(loads)).is_ok()
}
