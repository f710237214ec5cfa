//! Places in a file, and what is wrong there.

use std::{fmt, ops::Range};

use serde::Serialize;

/// A value, and where in which file it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    #[serde(skip)]
    pub(crate) place: Place,
}

/// Bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) origin: Origin,
    pub(crate) span: Range<usize>,
}

/// Which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The user's.
    File,
    /// A preset of this name.
    Preset(&'static str),
}

/// Something wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl<T> Placed<T> {
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        self.place.problem(message)
    }
}

impl Place {
    pub(crate) fn problem(&self, message: impl Into<String>) -> Problem {
        Problem {
            place: self.clone(),
            message: message.into(),
            help: None,
        }
    }
}

impl Problem {
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Everything that is wrong with a configuration file.
#[derive(Debug, Clone)]
pub struct ConfigErrors {
    /// The file's name, as given.
    pub file: String,
    /// Its whole text, for showing the place.
    pub text: String,
    /// In order of place; never empty.
    pub errors: Vec<ConfigError>,
}

/// One thing that is wrong with a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// The bytes it is about.
    pub span: Range<usize>,
    /// Line of its start, from 1.
    pub line: usize,
    /// Column of its start in characters, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl ConfigErrors {
    pub(crate) fn new(file: &str, text: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.place.span.start, problem.place.span.end));
        problems.dedup();
        let errors = problems
            .into_iter()
            .map(|problem| {
                let (span, message) = match problem.place.origin {
                    Origin::File => (problem.place.span, problem.message),
                    // Only a preset by itself, which a test checks: a place in another file cannot be shown here.
                    Origin::Preset(name) => (0..0, format!("preset `{name}`: {}", problem.message)),
                };
                let start = span.start.min(text.len());
                let (line, column) = crate::jq::json::position(text.as_bytes(), start);
                ConfigError {
                    span: start..span.end.clamp(start, text.len()),
                    line,
                    column,
                    message,
                    help: problem.help,
                }
            })
            .collect();
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            errors,
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.errors.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(
                f,
                "{}:{}:{}: {}",
                self.file, error.line, error.column, error.message
            )?;
            if let Some(help) = &error.help {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// "did you mean `url`?" or the list of what there is.
pub(crate) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if known.is_empty() {
        return "none is known here".to_owned();
    }
    let near = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), *name))
        .min()
        .filter(|(distance, name)| *distance <= 2.max(name.len() / 3));
    match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}
