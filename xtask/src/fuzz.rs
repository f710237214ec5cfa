//! `cargo xtask fuzz`: inputs nobody thought of, on everything that reads text from outside.
//!
//! Builds `gather-fuzz` and starts a process for each target, as many at once as there are processors. A process that
//! dies has found something: the input it was at is kept, and one command replays it. A seed gives the same inputs as
//! long as what is tried gives the same results; how many there are depends on how fast the machine is.
//!
//! Not here: the targets, the mutations and what is checked of an input (`fuzz/src`).

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Mutex,
    thread,
};

use serde_json::Value;

use crate::{
    figures::table,
    say,
    workspace::{Workspace, captured, visible},
};

/// The command's help.
pub(crate) const USAGE: &str = "\
usage: cargo xtask fuzz [TARGET…] [OPTIONS]
       cargo xtask fuzz TARGET --replay FILE

  --seconds N    how long each target is tried, beside what is tried in any case [default: 5]
  --seed N       what the inputs are drawn from [default: 1]
  --replay FILE  tries this one input and shows what the target makes of it
  --list         names the targets";

#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// Empty means all.
    targets: Vec<String>,
    seconds: u64,
    seed: u64,
    replay: Option<PathBuf>,
    list: bool,
}

impl Options {
    fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            targets: Vec::new(),
            seconds: 5,
            seed: 1,
            replay: None,
            list: false,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || match words.next() {
                Some(value) => Ok(*value),
                None => Err(format!("`{word}` needs a value\n\n{USAGE}")),
            };
            let number = |value: &str| {
                value
                    .parse()
                    .map_err(|_| format!("{word}: `{value}` is not a whole number\n\n{USAGE}"))
            };
            match *word {
                "--seconds" => options.seconds = number(value()?)?,
                "--seed" => options.seed = number(value()?)?,
                "--replay" => options.replay = Some(value()?.into()),
                "--list" => options.list = true,
                flag if flag.starts_with("--") => {
                    return Err(format!("`{flag}` is not an option\n\n{USAGE}"));
                }
                target => options.targets.push(target.to_owned()),
            }
        }
        if options.replay.is_some() && options.targets.len() != 1 {
            return Err(format!("`--replay` wants exactly one target\n\n{USAGE}"));
        }
        Ok(options)
    }
}

/// Tries all targets, or those named, and fails when one of them broke.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> Result<(), String> {
    let options = Options::parse(words)?;
    visible(&mut workspace.cargo(&[
        "build",
        "--quiet",
        "--profile",
        "fuzz",
        "--package",
        "gather-fuzz",
    ]))?;
    let program = workspace.target.join("fuzz").join("gather-fuzz");
    if let (Some(file), [target]) = (&options.replay, &options.targets[..]) {
        let mut command = Command::new(&program);
        return visible(command.args(["replay", target]).arg(file));
    }
    let listed = captured(Command::new(&program).arg("list"))?;
    let listed = String::from_utf8_lossy(&listed.stdout);
    let known: Vec<&str> = listed.lines().collect();
    if options.list {
        say::line(&known.join("\n"));
        return Ok(());
    }
    if let Some(unknown) = options
        .targets
        .iter()
        .find(|target| !known.contains(&target.as_str()))
    {
        return Err(format!(
            "`{unknown}` is no target; there are {}",
            known.join(", ")
        ));
    }
    let wanted: Vec<&str> = known
        .into_iter()
        .filter(|target| {
            options.targets.is_empty() || options.targets.iter().any(|it| it == target)
        })
        .collect();
    let found = workspace.target.join("fuzz-found");
    let tried = try_all(&program, &found, &wanted, &options);
    say::line(&table(&rows(&tried)));
    let broken: Vec<&str> = tried
        .iter()
        .filter_map(|tried| tried.ended.as_ref().err())
        .map(String::as_str)
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} of {} targets broke:\n{}",
        broken.len(),
        tried.len(),
        broken.join("\n")
    ))
}

/// What became of one target.
#[derive(Debug)]
struct Tried {
    target: String,
    /// The figures, or what broke and how to see it again.
    ended: Result<Value, String>,
}

/// As many targets at once as there are processors, in the order given.
fn try_all(program: &Path, found: &Path, targets: &[&str], options: &Options) -> Vec<Tried> {
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    say::heading(&format!(
        "fuzz: {} targets, {} s each, {at_once} at once, seed {}",
        targets.len(),
        options.seconds,
        options.seed
    ));
    let next = Mutex::new(targets.iter().enumerate());
    let tried = Mutex::new(Vec::with_capacity(targets.len()));
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let taken = next.lock().expect("nobody panics with it").next();
                    let Some((place, target)) = taken else { break };
                    let ended = try_one(program, found, target, options);
                    let target = (*target).to_owned();
                    let one = (place, Tried { target, ended });
                    tried.lock().expect("nobody panics with it").push(one);
                }
            });
        }
    });
    let mut tried = tried.into_inner().expect("nobody panics with it");
    tried.sort_unstable_by_key(|(place, _)| *place);
    tried.into_iter().map(|(_, tried)| tried).collect()
}

fn try_one(program: &Path, found: &Path, target: &str, options: &Options) -> Result<Value, String> {
    let output = Command::new(program)
        .args(["run", target])
        .args(["--seconds", &options.seconds.to_string()])
        .args(["--seed", &options.seed.to_string()])
        .arg("--found")
        .arg(found)
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{target}: gather-fuzz did not print JSON: {error}"));
    }
    Err(finding(found, target, &output))
}

/// Says what broke, and moves its input to where the next run does not write.
fn finding(found: &Path, target: &str, output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    // The end of it: what came before may be as long as the input.
    let lines: Vec<&str> = said.trim().lines().collect();
    let last = lines[lines.len().saturating_sub(12)..].join("\n    ");
    let at_work = found.join(format!("{target}.at-work"));
    let kept = match fs::read(&at_work) {
        Ok(input) => {
            let kept = found.join(format!("{target}-{:016x}", digest(&input)));
            match fs::rename(&at_work, &kept) {
                Ok(()) => format!(
                    "again: cargo xtask fuzz {target} --replay {}",
                    kept.display()
                ),
                Err(error) => format!("{}: {error}", kept.display()),
            }
        }
        Err(error) => format!("{}: {error}", at_work.display()),
    };
    format!(
        "  {target}: gather-fuzz ended with {}:\n    {last}\n    {kept}",
        output.status
    )
}

/// FNV-1a: a name for an input.
fn digest(input: &[u8]) -> u64 {
    input.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn rows(tried: &[Tried]) -> Vec<Vec<String>> {
    let header = [
        "target",
        "inputs",
        "shapes",
        "kept",
        "slowest ms",
        "of bytes",
    ];
    let mut rows = vec![header.map(String::from).to_vec()];
    for one in tried {
        let mut row = vec![one.target.clone()];
        match &one.ended {
            Ok(figures) => row.extend(
                ["inputs", "shapes", "kept", "slowest_ms", "slowest_bytes"]
                    .map(|key| figures[key].to_string()),
            ),
            Err(_) => row.push("broke".to_owned()),
        }
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::process::ExitStatusExt,
        path::Path,
        process::{ExitStatus, Output},
    };

    use super::{Options, finding};

    #[test]
    fn what_is_left_out_has_its_default_and_what_is_wrong_is_refused() {
        let options = Options::parse(&["feed", "csv", "--seconds", "60"]).unwrap();
        assert_eq!(options.targets, ["feed", "csv"]);
        assert_eq!((options.seconds, options.seed), (60, 1));
        assert_eq!(
            Options::parse(&["feed", "--replay", "x"]).unwrap().replay,
            Some("x".into())
        );
        for words in [
            &["--replay", "x"][..],
            &["a", "b", "--replay", "x"],
            &["--seconds"],
            &["--seconds", "-1"],
            &["--fast"],
        ] {
            assert!(Options::parse(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_input_of_a_finding_is_kept_and_its_replay_is_said() {
        let folder = std::env::temp_dir().join(format!("xtask-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("feed.at-work"), "<rss").unwrap();
        let output = Output {
            status: ExitStatus::from_raw(6),
            stdout: Vec::new(),
            stderr: b"thread 'input' has overflowed its stack".to_vec(),
        };
        let text = finding(&folder, "feed", &output);
        assert!(text.contains("overflowed its stack"), "{text}");
        let kept = text.rsplit("--replay ").next().unwrap();
        assert_eq!(fs::read_to_string(Path::new(kept)).unwrap(), "<rss");
        assert!(!folder.join("feed.at-work").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
