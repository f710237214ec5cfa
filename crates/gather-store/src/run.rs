//! What a run is told to remember: when it began, how each source came out, how it ended.
//!
//! The rows of a run are written as it goes, so a killed run still shows what it had kept. A run whose process is
//! gone is marked interrupted by the next one that opens the store or begins a run (see `run_lock` for how we know).
//!
//! Not here: reading runs back (`history`), keeping records (`keep`).

use std::{fmt, num::ParseIntError, str::FromStr, time::Duration};

use jiff::Timestamp;
use serde::Serialize;

use crate::Held;

/// The number of a run; never used twice in one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RunId(pub(crate) i64);

impl RunId {
    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RunId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.trim().parse().map(Self)
    }
}

/// A source as its declaration names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceRef<'a> {
    /// The name in the configuration.
    pub name: &'a str,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<&'a str>,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// It has begun and not ended, and its process is alive.
    Running,
    /// Every source was complete, unchanged or not due.
    Complete,
    /// Some sources gave everything, some did not.
    Partial,
    /// No source gave anything.
    Failed,
    /// It was stopped, or its process died.
    Interrupted,
}

impl RunStatus {
    /// The word used in JSON and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RunStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "running" => Ok(Self::Running),
            "complete" => Ok(Self::Complete),
            "partial" => Ok(Self::Partial),
            "failed" => Ok(Self::Failed),
            "interrupted" => Ok(Self::Interrupted),
            _ => Err(UnknownWord::new(text)),
        }
    }
}

/// How one source came out of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeState {
    /// All it had was fetched.
    Complete,
    /// Something was fetched, something is missing.
    Partial,
    /// The source said that nothing changed.
    Unchanged,
    /// The source's limit does not allow a request before [`Outcome::until`].
    Limited,
    /// Nothing was fetched; [`Outcome::reason`] says why.
    Failed,
    /// It was not due.
    Skipped,
}

impl OutcomeState {
    /// The word used in JSON and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Unchanged => "unchanged",
            Self::Limited => "limited",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl fmt::Display for OutcomeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OutcomeState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "complete" => Ok(Self::Complete),
            "partial" => Ok(Self::Partial),
            "unchanged" => Ok(Self::Unchanged),
            "limited" => Ok(Self::Limited),
            "failed" => Ok(Self::Failed),
            "skipped" => Ok(Self::Skipped),
            _ => Err(UnknownWord::new(text)),
        }
    }
}

impl OutcomeState {
    /// Whether what the store holds is as good as the source's own after this.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Complete | Self::Partial | Self::Unchanged)
    }
}

/// Why asking a source again is no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// Every address of it said that nothing will come any more (410).
    Gone,
    /// Its credentials were refused (401).
    Refused,
}

impl Stop {
    /// The word used in JSON and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Stop {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "gone" => Ok(Self::Gone),
            "refused" => Ok(Self::Refused),
            _ => Err(UnknownWord::new(text)),
        }
    }
}

/// A word that is none of those expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of the words expected here")]
pub struct UnknownWord(String);

impl UnknownWord {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.chars().take(100).collect())
    }
}

/// How many records a source brought, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Not seen before.
    pub new: u64,
    /// Seen before, with other values.
    pub changed: u64,
    /// Seen before, with the same values.
    pub unchanged: u64,
    /// Could not be mapped.
    pub rejected: u64,
    /// Left out on purpose: deleted, dead, filtered.
    pub skipped: u64,
    /// Of which kinds the new, changed and unchanged ones are.
    pub kinds: Held,
}

/// The end of one source in a run; see [`Store::finish_source`](crate::Store::finish_source).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The source's name.
    pub source: String,
    /// The source's owner; `None` belongs to everybody.
    pub owner: Option<String>,
    /// How it came out.
    pub state: OutcomeState,
    /// Why it is not complete; of one that is, what a person may want to know all the same.
    pub reason: Option<String>,
    /// What the person can do about it.
    pub hint: Option<String>,
    /// When the source may be asked again, where it said so.
    pub until: Option<Timestamp>,
    /// Why asking again is no use, where that is so.
    pub stop: Option<Stop>,
    /// What it brought. Replaces what [`Store::keep`](crate::Store::keep) had counted for this source in this run.
    pub counts: Counts,
    /// Requests on the wire, retries and redirects included.
    pub attempts: u32,
    /// How long its requests waited for quotas, slots and retries, summed over them.
    pub waited: Duration,
    /// From its first request to its last record kept.
    pub took: Duration,
    /// When it ended.
    pub at: Timestamp,
}

/// The end of a run; see [`Store::finish_run`](crate::Store::finish_run).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// How it ended.
    pub status: RunStatus,
    /// When it ended.
    pub at: Timestamp,
    /// How long it took.
    pub wall: Duration,
    /// How long the same requests would have taken one by one.
    pub one_by_one: Duration,
    /// How long the longest chain of requests took that had to wait for each other.
    pub longest_chain: Duration,
}
