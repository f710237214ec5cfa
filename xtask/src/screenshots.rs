//! `cargo xtask screenshots`: docs/pictures, the dashboard's pages as Chromium shows them.
//!
//! The tests that look at these pages take the pictures: of a household whose APIs are simulated, at both widths and in
//! both lights. So what is pictured is also what was found accessible and complained of nothing.
//!
//! Not here: which looks there are, and the household (the server's tests, `chromium::pages`).

use std::fs;

use crate::need;
use crate::palette;
use crate::say;
use crate::workspace::{Workspace, visible};

const PICTURES: &str = "docs/pictures";

/// The pages that are pictured, each the name of its test.
const PAGES: [&str; 4] = ["today", "news", "money", "runs"];

/// More than a page on paper wants to carry.
const MOST_BYTES: u64 = 200 * 1024;

/// Has the pictures taken.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let (variable, place) = need::prepare_one(workspace, "chromium")?;
    let folder = workspace.root.join(PICTURES);
    let mut command =
        workspace.cargo(&["test", "--package", "gather-server", "--test", "it", "--"]);
    // One after the other, since busy machines make slow runs, and those are pictured.
    command.args(["--ignored", "--exact", "--test-threads=1"]);
    command.args(PAGES.map(|page| format!("chromium::pages::{page}")));
    command.env(variable, place).env("GATHER_PICTURES", &folder);
    visible(&mut command)?;
    let mut large = Vec::new();
    for page in fs::read_dir(&folder).map_err(|error| format!("{PICTURES}: {error}"))? {
        let page = page.map_err(|error| format!("{PICTURES}: {error}"))?;
        palette::reduce(&page.path())?;
        let bytes = page.metadata().map_or(0, |metadata| metadata.len());
        let name = page.file_name().display().to_string();
        say::line(&format!("{PICTURES}/{name}: {} KiB", bytes.div_ceil(1024)));
        if bytes > MOST_BYTES {
            large.push(name);
        }
    }
    if large.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "larger than {} KiB: {}",
            MOST_BYTES / 1024,
            large.join(", ")
        ))
    }
}
