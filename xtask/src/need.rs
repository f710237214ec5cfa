//! What some tests need beside Rust, and how it is made ready.
//!
//! A test with a need lives in an integration-test module named after the need and is marked
//! `#[ignore = "needs …"]`: a plain `cargo test` reports it as ignored, and `cargo xtask test` runs it once
//! the need is ready, with the place of what was prepared in an environment variable.
//! To add a need, add a line to [`NEEDS`].
//!
//! Not here: running the tests (`test`).

mod chromium;
mod python;
mod system;

use std::path::PathBuf;
use std::process::Command;

use crate::say;
use crate::workspace::{Workspace, captured};

/// One thing that some tests need.
#[derive(Debug)]
pub(crate) struct Need {
    /// What it is called, and the test module that has it.
    pub(crate) name: &'static str,
    /// The environment variable that tells the tests where it is.
    pub(crate) variable: &'static str,
    /// The Debian packages that bring what [`Need::present`] looks for.
    packages: &'static [&'static str],
    /// What is missing on this machine, or nothing.
    present: fn() -> Result<(), String>,
    /// Makes it ready and says where it is; does nothing when it is ready already.
    prepare: fn(&Workspace) -> Result<PathBuf, String>,
}

const NEEDS: &[Need] = &[
    Need {
        name: "httpbin",
        variable: "GATHER_TEST_HTTPBIN",
        packages: &["python3", "python3-venv"],
        present: python::present,
        prepare: python::httpbin,
    },
    Need {
        name: "chromium",
        variable: "GATHER_TEST_AXE",
        packages: &["chromium", "chromium-driver", "fonts-dejavu-core", "npm"],
        present: chromium::present,
        prepare: chromium::axe,
    },
    Need {
        name: "packaging",
        variable: "GATHER_TEST_HADOLINT",
        packages: &["python3", "python3-venv", "systemd"],
        present: packaging,
        prepare: python::hadolint,
    },
];

fn packaging() -> Result<(), String> {
    python::present()?;
    captured(Command::new("systemd-analyze").arg("--version"))
        .map(|_| ())
        .map_err(|_| "needs systemd-analyze".to_owned())
}

/// What could be made ready, and what could not.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    /// Each variable with its value.
    pub(crate) variables: Vec<(&'static str, PathBuf)>,
    /// The needs that are missing, each with a sentence why.
    pub(crate) missing: Vec<(&'static Need, String)>,
}

/// Makes the Python ready that `cargo xtask bench peers` compares with, and says where it is.
pub(crate) fn peers(workspace: &Workspace) -> Result<PathBuf, String> {
    python::present()?;
    python::peers(workspace)
}

/// Makes one need ready and says where it is.
pub(crate) fn prepare_one(
    workspace: &Workspace,
    name: &str,
) -> Result<(&'static str, PathBuf), String> {
    let need = NEEDS.iter().find(|need| need.name == name);
    let need = need.ok_or_else(|| format!("`{name}` is no need"))?;
    if (need.present)().is_err() {
        system::install(need.packages)?;
    }
    Ok((need.variable, place(need, workspace)?))
}

fn place(need: &Need, workspace: &Workspace) -> Result<PathBuf, String> {
    (need.present)().map_err(|reason| {
        format!(
            "{reason}; on Debian: apt-get install {}",
            need.packages.join(" ")
        )
    })?;
    (need.prepare)(workspace)
}

/// Makes every need ready, as far as this machine allows.
pub(crate) fn prepare(workspace: &Workspace, may_install: bool) -> Ready {
    let mut packages: Vec<&str> = Vec::new();
    for need in NEEDS {
        if let Err(reason) = (need.present)() {
            say::line(&format!("{}: {reason}", need.name));
            packages.extend(need.packages);
        }
    }
    if !packages.is_empty()
        && may_install
        && let Err(reason) = system::install(&packages)
    {
        say::line(&reason);
    }
    let mut ready = Ready::default();
    for need in NEEDS {
        match place(need, workspace) {
            Ok(place) => ready.variables.push((need.variable, place)),
            Err(reason) => ready.missing.push((need, reason)),
        }
    }
    ready
}
