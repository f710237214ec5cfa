//! How the vault stands: where its key is, what is sealed, and whether each secret opens.

use gather_run::VaultStatus;

use super::{
    View,
    layout::{left, widest, wrapped},
    sentence::plural,
    style::{accent, alarm, dim},
    time,
};
use crate::escape;

/// The key, then a line a secret.
pub(crate) fn vault(status: &VaultStatus, view: &View) -> String {
    let mut text = format!("{}\n", escape::line(&status.place.to_string()));
    if let Some(problem) = &status.problem {
        let line = format!("  {} {}", alarm("✕"), escape::line(problem));
        text.push_str(&wrapped(&line, "", "    ", view.width));
        text.push('\n');
    }
    for key in &status.keys {
        let seals = if key.seals { ", seals what is new" } else { "" };
        let line = format!(
            "  key {}: {}{seals}",
            key.id,
            plural(key.secrets as u64, "secret")
        );
        text.push_str(&format!("{line}\n"));
    }
    if status.keys.is_empty() && status.problem.is_none() {
        text.push_str("  it is made when the first secret is sealed\n");
    }
    let width = widest(status.secrets.iter().map(|one| one.source.as_str())).min(30);
    for secret in &status.secrets {
        let name = escape::line(&secret.source);
        let line = match &secret.problem {
            None => format!(
                "{} {}  {}",
                accent("●"),
                left(&name, width),
                dim(format!("sealed {}", time::days_ago(secret.sealed_at, view)))
            ),
            Some(problem) => format!(
                "{} {}  {}",
                alarm("✕"),
                left(&name, width),
                escape::line(problem)
            ),
        };
        text.push_str(&wrapped(&line, "", &" ".repeat(width + 4), view.width));
        text.push('\n');
    }
    if status.secrets.is_empty() {
        text.push_str("nothing is sealed\n");
    }
    text
}
