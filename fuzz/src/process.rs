//! The process: its task, its bounds, its end.
//!
//! Memory is bounded by the system for the whole process, so that an allocation beyond it ends it; the stack is that
//! of the threads on which answers are read. Whoever finds a process dead finds the input in its file.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{
    arguments::{Bounds, Task},
    inputs,
    mutate::Mutator,
    targets::{self, Target},
    worker::{self, Summary},
};

/// Reads the arguments and does what they say. Prints one line of JSON for a run, the result for a replay.
pub fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match Task::parse(&words).and_then(task) {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            complain(&reason);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "why there is no result")]
fn complain(reason: &str) {
    eprintln!("error: {reason}");
}

fn task(task: Task) -> Result<String, String> {
    match task {
        Task::List => {
            let names: Vec<&str> = targets::TARGETS.iter().map(|target| target.name).collect();
            Ok(names.join("\n"))
        }
        Task::Run {
            target,
            found,
            time,
            seed,
            bounds,
        } => {
            let target = Target::named(&target)?;
            let file = found.join(format!("{}.at-work", target.name));
            fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
            let summary = run(target, &file, time, seed, bounds)?;
            fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            Ok(summary.json(target.name).to_string())
        }
        Task::Replay {
            target,
            file,
            bounds,
        } => {
            let target = Target::named(&target)?;
            let input = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            limit_memory(bounds.memory)?;
            worker::replay(target, input, bounds.cpu)
        }
    }
}

fn run(
    target: &'static Target,
    file: &Path,
    time: Duration,
    seed: u64,
    bounds: Bounds,
) -> Result<Summary, String> {
    let corpus: Vec<Vec<u8>> = inputs::corpus(target.name)?
        .into_iter()
        .map(|(_, input)| input)
        .collect();
    let mutator = Mutator::new(seed, corpus.iter().map(Vec::as_slice));
    let hurting = inputs::made_to_hurt();
    let first = corpus
        .iter()
        .cloned()
        .chain(hurting.into_iter().map(|(_, input)| input))
        .collect();
    limit_memory(bounds.memory)?;
    worker::run(worker::Work {
        target,
        first,
        pool: corpus,
        mutator,
        file: PathBuf::from(file),
        time,
        cpu: bounds.cpu,
    })
}

/// Bounds the address space of this process, in MiB. Beyond it an allocation fails, which ends the process.
fn limit_memory(mib: u64) -> Result<(), String> {
    let old = getrlimit(Resource::As);
    let limit = Rlimit {
        current: Some(mib << 20),
        maximum: old.maximum,
    };
    setrlimit(Resource::As, limit)
        .map_err(|error| format!("the memory cannot be bounded to {mib} MiB: {error}"))
}
