//! Why a file of a bank was not read, and what would settle it.

use std::fmt;

use super::{Proof, import::MAX_ROWS};

/// Nobody answers more questions than this at once.
const MAX_QUESTIONS: usize = 20;

/// Why a file was not read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line that shows it, from 1, where one does.
    pub line: Option<usize>,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to do about it, where something is known.
    pub hint: Option<String>,
    /// What the file leaves open; each is settled by a key of a profile.
    pub questions: Vec<Question>,
}

/// Something that would change dates or amounts and that the file leaves open.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Question {
    /// The key of the profile that settles it, such as `date_order` or `decimals.amount`.
    pub key: String,
    /// What is not known, in words for a person.
    pub message: String,
    /// The lines that can be read in more than one way.
    pub proof: Vec<Proof>,
    /// What the key can be; empty where it is anybody's to say, such as a currency.
    pub choices: Vec<Choice>,
}

/// One answer to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Choice {
    /// The value of the key, as it is written in TOML.
    pub value: String,
    /// What the file says if that is chosen.
    pub meaning: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)?;
        for question in &self.questions {
            write!(f, "\n  {question}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for proof in self.proof.iter().take(3) {
            write!(f, "; line {}: `{}`", proof.line, proof.text)?;
        }
        if self.choices.is_empty() {
            return write!(f, "; write `{}` in the profile", self.key);
        }
        for (index, choice) in self.choices.iter().enumerate() {
            let joint = if index == 0 { "; write" } else { " or" };
            write!(
                f,
                "{joint} `{} = {}` ({})",
                self.key, choice.value, choice.meaning
            )?;
        }
        Ok(())
    }
}

/// A [`FileError`] that does not know its file yet.
#[derive(Debug)]
pub(super) struct Fault {
    line: Option<usize>,
    message: String,
    hint: Option<String>,
    questions: Vec<Question>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            line: None,
            message: message.into(),
            hint: None,
            questions: Vec::new(),
        }
    }

    /// A file with more rows than memory is kept for.
    pub(super) fn too_many_rows() -> Self {
        Self::new(format!("it has more than {MAX_ROWS} rows"))
            .with_hint("ask the bank for a shorter period")
    }

    pub(super) fn at(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// The same behind a few more lines.
    pub(super) fn further(mut self, lines: usize) -> Self {
        self.line = self.line.map(|line| line + lines);
        self
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn in_file(self, name: &str) -> FileError {
        FileError {
            file: crate::mapping::value::clip_to(name, 300),
            line: self.line,
            message: self.message,
            hint: self.hint,
            questions: self.questions,
        }
    }
}

/// What a file leaves open, gathered so that all of it is asked at once.
#[derive(Debug, Default)]
pub(super) struct Open(Vec<Question>);

impl Open {
    pub(super) fn ask(
        &mut self,
        key: impl Into<String>,
        message: impl Into<String>,
        proof: Vec<Proof>,
        choices: &[(&str, &str)],
    ) {
        let key = key.into();
        if self.0.len() >= MAX_QUESTIONS || self.0.iter().any(|question| question.key == key) {
            return;
        }
        self.0.push(Question {
            key,
            message: message.into(),
            proof,
            choices: choices
                .iter()
                .map(|(value, meaning)| Choice {
                    value: (*value).to_owned(),
                    meaning: (*meaning).to_owned(),
                })
                .collect(),
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An error with everything that was asked, if anything was.
    pub(super) fn refuse(self) -> Result<(), Fault> {
        let Some(first) = self.0.first() else {
            return Ok(());
        };
        let line = first.proof.first().map(|proof| proof.line);
        Err(Fault {
            line,
            message: "the file does not say everything that its dates and amounts depend on"
                .to_owned(),
            hint: Some("put the keys into a profile and read the file with it".to_owned()),
            questions: self.0,
        })
    }
}
