//! What the program is told.

use std::{path::PathBuf, time::Duration};

pub(crate) const USAGE: &str = "\
usage: gather-fuzz list
       gather-fuzz run TARGET --found FOLDER [--seconds N] [--seed N] [--cpu-seconds N] [--memory MIB]
       gather-fuzz replay TARGET FILE [--cpu-seconds N] [--memory MIB]";

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Name all targets.
    List,
    /// Try inputs for a while.
    Run {
        target: String,
        /// Where the input at work is kept.
        found: PathBuf,
        /// How long; default 5 s. The texts that are made to hurt are tried in any case.
        time: Duration,
        /// What the mutations are drawn from; default 1.
        seed: u64,
        bounds: Bounds,
    },
    /// Try one input.
    Replay {
        target: String,
        file: PathBuf,
        bounds: Bounds,
    },
}

/// What one input may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Time on the processors; default 10 s.
    pub(crate) cpu: Duration,
    /// Address space of the whole process, in MiB; default 768.
    pub(crate) memory: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(10),
            memory: 768,
        }
    }
}

impl Task {
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut places = Vec::new();
        let (mut found, mut seconds, mut seed) = (None, None, None);
        let mut bounds = Bounds::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if !word.starts_with("--") {
                places.push(word.as_str());
                continue;
            }
            let value = words
                .next()
                .ok_or_else(|| format!("`{word}` needs a value\n{USAGE}"))?;
            let number = || {
                value
                    .parse::<u64>()
                    .map_err(|_| format!("{word}: `{value}` is not a whole number\n{USAGE}"))
            };
            match word.as_str() {
                "--found" => found = Some(PathBuf::from(value)),
                "--seconds" => seconds = Some(number()?),
                "--seed" => seed = Some(number()?),
                "--cpu-seconds" => bounds.cpu = Duration::from_secs(number()?),
                "--memory" => bounds.memory = number()?,
                _ => return Err(format!("`{word}` is not an option\n{USAGE}")),
            }
        }
        let only_for_run = found.is_some() || seconds.is_some() || seed.is_some();
        match places[..] {
            ["list"] => Ok(Self::List),
            ["run", target] => Ok(Self::Run {
                target: target.to_owned(),
                found: found.ok_or_else(|| format!("`--found` is missing\n{USAGE}"))?,
                time: Duration::from_secs(seconds.unwrap_or(5)),
                seed: seed.unwrap_or(1),
                bounds,
            }),
            ["replay", target, file] if !only_for_run => Ok(Self::Replay {
                target: target.to_owned(),
                file: file.into(),
                bounds,
            }),
            _ => Err(USAGE.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Task;

    #[test]
    fn what_is_wrong_is_named() {
        let parse = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            Task::parse(&words)
        };
        assert_eq!(parse("list"), Ok(Task::List));
        assert!(matches!(
            parse("run feed --found x --seed 9"),
            Ok(Task::Run { seed: 9, .. })
        ));
        for (line, named) in [
            ("run feed", "`--found` is missing"),
            ("run feed --found x --seconds many", "`many`"),
            ("run feed --found", "needs a value"),
            ("run feed --fond x", "`--fond`"),
            ("replay feed file --seed 1", "usage"),
            ("", "usage"),
        ] {
            let reason = parse(line).unwrap_err();
            assert!(reason.contains(named), "{line}: {reason}");
        }
    }
}
