//! Places in a file, and what is wrong there.

use std::{fmt, ops::Range};

use serde::Serialize;

use super::mask;

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
    /// Its whole text, for showing the place; secrets that do not belong there are asterisks.
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
        for problem in &mut problems {
            // Only a preset by itself, which a test checks: a place in another file cannot be shown here.
            if let Origin::Preset(name) = problem.place.origin {
                problem.message = format!("preset `{name}`: {}", problem.message);
                problem.place.span = 0..0;
            }
        }
        problems.sort_by_key(|problem| (problem.place.span.start, problem.place.span.end));
        problems.dedup();
        let mut walk = Walk::new(text);
        let errors = problems
            .into_iter()
            .map(|problem| {
                let span = problem.place.span;
                let start = span.start.min(text.len());
                let (line, column) = walk.to(start);
                ConfigError {
                    span: start..span.end.clamp(start, text.len()),
                    line,
                    column,
                    message: mask::secrets(&problem.message),
                    help: problem.help,
                }
            })
            .collect();
        Self {
            file: file.to_owned(),
            text: mask::secrets(text),
            errors,
        }
    }
}

/// Goes through a text once and tells line and column of places in their order, both from 1.
struct Walk<'t> {
    text: &'t [u8],
    at: usize,
    line: usize,
    column: usize,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            line: 1,
            column: 1,
        }
    }

    /// Where this byte stands, which is not before the last one that was asked for.
    fn to(&mut self, at: usize) -> (usize, usize) {
        for byte in self.text.get(self.at..at).unwrap_or_default() {
            match byte {
                b'\n' => (self.line, self.column) = (self.line + 1, 1),
                // The first byte of a character.
                byte if byte & 0xC0 != 0x80 => self.column += 1,
                _ => {}
            }
        }
        self.at = self.at.max(at);
        (self.line, self.column)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str, starts: impl IntoIterator<Item = usize>) -> Vec<(usize, usize)> {
        let problems = starts
            .into_iter()
            .map(|start| Place {
                origin: Origin::File,
                span: start..start + 1,
            })
            .map(|place| place.problem("wrong"))
            .collect();
        let errors = ConfigErrors::new("gather.toml", text, problems).errors;
        errors
            .iter()
            .map(|error| (error.line, error.column))
            .collect()
    }

    #[test]
    fn problems_are_told_in_order_each_with_line_and_column() {
        let text = "é = 1\n\nab = \"ü\" x\n";
        let at = |part| text.find(part).unwrap();
        assert_eq!(
            places(text, [at("x"), 0, at("b"), at("1"), at("b"), 1_000]),
            [(1, 1), (1, 5), (3, 2), (3, 10), (4, 1)]
        );
    }

    #[test]
    fn many_problems_in_a_long_text_are_placed_in_one_pass() {
        for line in ["x\n", "x,"] {
            let text = line.repeat(200_000);
            let found = places(&text, (0..text.len()).step_by(2));
            let last = if line == "x\n" {
                (200_000, 1)
            } else {
                (1, 399_999)
            };
            assert_eq!((found.len(), found.last()), (200_000, Some(&last)));
        }
    }
}
