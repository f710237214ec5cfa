//! `cargo xtask bench`: how fast gather is, beside what it could be and what people would do without it.
//!
//! `run` measures the whole binary against the longest chain of requests and against one by one; `library` measures
//! the crate against bare HTTP clients. Servers are always in a process of their own, every answer is checked, and a
//! figure is reported, never asserted: a missed target is said and the command still succeeds, an answer that is
//! missing or wrong fails it.
//!
//! Not here: the programs that are measured (`gather-cli`, `gather-bench`).

mod figures;
mod library;
mod machine;
mod open_files;
mod options;
mod run;
mod sandbox;

use std::{fs, path::PathBuf};

use serde_json::json;

use crate::say;
use crate::workspace::{Workspace, visible};
use options::{Options, Part};

pub(crate) use options::USAGE;

/// Builds what is measured and measures it.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> Result<(), String> {
    let options = Options::parse(words)?;
    if options.build {
        // All of them in one call whatever is measured: another selection has other features and would build anew.
        let packages = ["gather-cli", "gather-sandbox", "gather-bench"];
        let mut arguments = vec!["build", "--release", "--quiet"];
        arguments.extend(packages.iter().flat_map(|name| ["--package", name]));
        visible(&mut workspace.cargo(&arguments))?;
    }
    let bench = Bench {
        programs: workspace.target.join("release"),
        home: workspace.target.join("bench"),
    };
    let machine = machine::describe();
    say::heading(&format!("machine: {}", machine.text));
    let mut figures = json!({ "machine": machine.json });
    if options.part != Some(Part::Library) {
        figures["run"] = run::measure(&bench, &options)?;
    }
    if options.part != Some(Part::Run) {
        figures["library"] = library::measure(&bench, &options)?;
    }
    if let Some(file) = &options.json {
        let text = format!("{figures:#}\n");
        fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        say::line(&format!("\nwrote {}", file.display()));
    }
    Ok(())
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
