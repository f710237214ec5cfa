//! Why a command could not do its work, in words for the person who typed it.
//!
//! A failure ends the program with 2: it never started. That a source failed is no failure of a command but the
//! outcome of a run, and ends with 1.

use std::error::Error;

use gather_run::{
    BenchError, ClaimFailed, EditError, ImportError, ProfileError, RunError, UnknownSource,
    VaultError,
};
use gather_sources::ConfigErrors;

/// A command could not be carried out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Said in a sentence, with causes and advice.
    Said(Box<Said>),
    /// A configuration with mistakes, each shown in its place.
    Config(Box<ConfigErrors>),
}

/// A failure in words.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) message: String,
    pub(crate) causes: Vec<String>,
    /// Lines about it, as they are to be shown.
    pub(crate) details: Vec<String>,
    pub(crate) hint: Option<String>,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Said(Box::new(Said {
            message: message.into(),
            causes: Vec::new(),
            details: Vec::new(),
            hint: None,
        }))
    }

    /// An error with everything that caused it.
    pub(crate) fn of(error: &dyn Error) -> Self {
        Self::new(error.to_string()).because(error.source())
    }

    /// Adds an error, and everything that caused it, as causes.
    pub(crate) fn because(mut self, mut cause: Option<&(dyn Error + 'static)>) -> Self {
        if let Self::Said(said) = &mut self {
            while let Some(error) = cause {
                said.causes.push(error.to_string());
                cause = error.source();
            }
        }
        self
    }

    /// All of it as one sentence, for a place that has room for no more.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Said(said) => [std::slice::from_ref(&said.message), &said.causes]
                .concat()
                .join(": "),
            Self::Config(errors) => errors.to_string(),
        }
    }

    /// Adds a paragraph about it, laid out already.
    pub(crate) fn detail(mut self, lines: String) -> Self {
        if let Self::Said(said) = &mut self {
            said.details.push(lines);
        }
        self
    }

    pub(crate) fn hint(mut self, advice: impl Into<String>) -> Self {
        if let Self::Said(said) = &mut self {
            said.hint = Some(advice.into());
        }
        self
    }
}

impl From<gather_store::Error> for Failure {
    fn from(error: gather_store::Error) -> Self {
        Self::of(&error)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::of(&error)
    }
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        Self::of(&error)
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        Self::Config(Box::new(errors))
    }
}

impl From<ClaimFailed> for Failure {
    fn from(error: ClaimFailed) -> Self {
        Self::of(&error).hint(error.hint)
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match &error {
            ImportError::SeveralAccounts { known, .. } => {
                let first = known.first().map_or("SOURCE/ID", String::as_str);
                Self::of(&error).hint(format!("say which, such as `{first}`"))
            }
            ImportError::OneOfSeveral { .. } => {
                Self::of(&error).hint("leave `--account` out: each row goes to its own")
            }
            ImportError::Profile(profile) => Self::from_profile(profile),
            _ => Self::of(&error),
        }
    }
}

impl Failure {
    fn from_profile(error: &ProfileError) -> Self {
        let failure = Self::of(error);
        match error {
            ProfileError::Wrong { .. } => {
                failure.hint("correct it, or remove the file: what it says is then found out again")
            }
            ProfileError::Key { .. } => failure.hint(
                "keys are those of a profile, such as `date_order=dmy`, `currency=EUR` or `columns.amount=Betrag`",
            ),
            _ => failure,
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::of(&error).hint("`gather secrets status` says how the vault stands")
    }
}

impl From<UnknownSource> for Failure {
    fn from(error: UnknownSource) -> Self {
        Self::of(&error).hint("`gather sources` lists what is declared")
    }
}

impl From<EditError> for Failure {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Config(errors) => Self::Config(errors),
            EditError::Closed(_) => Self::of(&error)
                .hint("give its sources tables of their own, such as `[source.NAME]`"),
            EditError::Changed(_) => Self::of(&error).hint("run the command again"),
            error => Self::of(&error)
                .hint("allow reading and writing it, or name another with `--config`"),
        }
    }
}
