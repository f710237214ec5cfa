//! Where things are: the checkout, the target folder, the manifests as cargo reads them.
//!
//! Not here: what is checked about them (`arrows`, `tidy`).

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The checkout that xtask was started in.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// What `cargo metadata --no-deps` says.
    pub(crate) metadata: Value,
}

impl Workspace {
    /// Asks cargo where the workspace is.
    pub(crate) fn open() -> Result<Self, String> {
        let mut command = Command::new(cargo_path());
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let output = captured(&mut command)?;
        let metadata: Value = serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("`cargo metadata` did not answer with JSON: {error}"))?;
        let folder = |key: &str| match metadata[key].as_str() {
            Some(path) => Ok(PathBuf::from(path)),
            None => Err(format!("`cargo metadata` does not say `{key}`")),
        };
        let (root, target) = (folder("workspace_root")?, folder("target_directory")?);
        Ok(Self {
            root,
            target,
            metadata,
        })
    }

    /// The same cargo that started xtask, to be run at the root.
    pub(crate) fn cargo<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(cargo_path());
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// Where the tools that tests and checks need are kept.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("test-tools")
    }

    /// The files git knows or would add, relative to the root.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, String> {
        let mut command = Command::new("git");
        command.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let output = captured(command.current_dir(&self.root))?;
        let list = String::from_utf8(output.stdout)
            .map_err(|_| "`git ls-files` names a file that is not UTF-8: rename it".to_owned())?;
        Ok(list
            .split('\0')
            .filter(|name| !name.is_empty())
            .map(PathBuf::from)
            .collect())
    }
}

fn cargo_path() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// Whether a test left out is a failure: `CI=true`.
pub(crate) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// Runs a command whose output the person sees; fails when it does.
pub(crate) fn visible(command: &mut Command) -> Result<(), String> {
    crate::say::line(&format!("$ {}", shown(command)));
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", shown(command)))
    }
}

/// Runs a command for its output; fails, with what it said on stderr, when it does.
pub(crate) fn captured(command: &mut Command) -> Result<Output, String> {
    let output = command
        .output()
        .map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "`{}` ended with {}: {}",
        shown(command),
        output.status,
        said.trim()
    ))
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` could not be started: {error}", shown(command))
}

/// The command as one would type it: the program without its folder, then its arguments.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
