//! `cargo xtask bench`: how fast gather is, beside what it could be and what people would do without it.
//!
//! `run` measures the whole binary against the longest chain of requests and against one by one; `library` measures
//! the crate against bare HTTP clients; `ingest` measures reading and keeping against the libraries beneath and
//! statements written by hand; `money` measures figures of many transactions and the import of a bank's file;
//! `serve` measures the dashboard under load against a handler with nothing around it. Servers are always in a process of their own, every answer is checked, and a
//! figure is reported, never asserted: a missed target is said and the command still succeeds, an answer that is
//! missing or wrong fails it. `instructions` counts what does not depend on how busy the machine is, so there a figure
//! that is clearly worse than its baseline does fail. `peers` measures the same work done in other languages, and writes
//! the page of the manual about it.
//!
//! Not here: the programs that are measured (`gather-cli`, `gather-bench`).

mod ingest;
mod instructions;
mod library;
mod machine;
mod money;
mod open_files;
mod options;
mod peers;
mod run;
mod sandbox;
mod serve;

use std::{fs, path::PathBuf};

use serde_json::json;

use crate::say;
use crate::workspace::{Workspace, visible};
use options::{Options, Part};

pub(crate) use options::USAGE;

/// What has cargo build all programs that are measured, in one call whatever is: another selection has other features
/// and would build anew.
pub(crate) const BUILD: [&str; 9] = [
    "build",
    "--release",
    "--quiet",
    "--package",
    "gather-cli",
    "--package",
    "gather-sandbox",
    "--package",
    "gather-bench",
];

/// Says what figures that follow were measured on.
pub(crate) fn say_machine() {
    say::heading(&format!("machine: {}", machine::describe().text));
}

/// Builds what is measured and measures it.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> Result<(), String> {
    let options = Options::parse(words)?;
    if options.build {
        visible(&mut workspace.cargo(&BUILD))?;
    }
    let bench = Bench {
        programs: workspace.target.join("release"),
        home: workspace.target.join("bench"),
    };
    let machine = machine::describe();
    say::heading(&format!("machine: {}", machine.text));
    let mut figures = json!({ "machine": machine.json });
    let wanted = |part| {
        options
            .part
            .map_or(!matches!(part, Part::Instructions | Part::Peers), |it| {
                it == part
            })
    };
    let mut verdict = Ok(());
    if wanted(Part::Run) {
        figures["run"] = run::measure(&bench, &options)?;
    }
    if wanted(Part::Library) {
        figures["library"] = library::measure(&bench, &options)?;
    }
    if wanted(Part::Ingest) {
        figures["ingest"] = ingest::measure(&bench, &options)?;
    }
    if wanted(Part::Money) {
        figures["money"] = money::measure(&bench, &options)?;
    }
    if wanted(Part::Serve) {
        figures["serve"] = serve::measure(&bench, &options)?;
    }
    if wanted(Part::Instructions) {
        let counted = instructions::measure(&bench, workspace, &options)?;
        figures["instructions"] = counted.figures;
        verdict = counted.verdict;
    }
    if wanted(Part::Peers) {
        figures["peers"] = peers::measure(&bench, workspace, &options, &machine.text)?;
    }
    if let Some(file) = &options.json {
        let text = format!("{figures:#}\n");
        fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        say::line(&format!("\nwrote {}", file.display()));
    }
    verdict
}

/// Where things are.
#[derive(Debug)]
struct Bench {
    /// The folder of the built programs.
    programs: PathBuf,
    /// A folder for what the programs write.
    home: PathBuf,
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "missed" }
}
