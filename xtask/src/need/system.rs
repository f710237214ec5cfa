//! System packages, through apt-get, where that is allowed without asking for a password.
//!
//! It is announced before it happens. Elsewhere nothing is touched, and the person is told what to install.

use std::process::{Command, Stdio};

use crate::say;
use crate::workspace::{captured, visible};

/// Installs Debian packages.
pub(super) fn install(packages: &[&str]) -> Result<(), String> {
    let Some(prefix) = privilege() else {
        return Err("not installing anything: neither root nor sudo without a password".to_owned());
    };
    if !silent(Command::new("apt-get").arg("--version")) {
        return Err("not installing anything: this system has no apt-get".to_owned());
    }
    say::line(&format!(
        "installing with apt-get: {} (not wanted? `cargo xtask test --no-install`)",
        packages.join(" ")
    ));
    visible(&mut apt_get(prefix, &["update", "--quiet"]))?;
    let mut command = apt_get(
        prefix,
        &["install", "--quiet", "--yes", "--no-install-recommends"],
    );
    visible(command.args(packages))
}

/// What to put before a command so that it runs as root: nothing, sudo, or it is not to be had.
fn privilege() -> Option<&'static [&'static str]> {
    let root = captured(Command::new("id").arg("-u"))
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if root {
        return Some(&[]);
    }
    silent(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Command {
    let mut words = prefix.to_vec();
    // Set through `env`, for sudo drops the variables of its caller.
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .args(arguments)
        .stdin(Stdio::null());
    command
}

fn silent(command: &mut Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
