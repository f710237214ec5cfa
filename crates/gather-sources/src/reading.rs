//! What an answer turned out to mean: records, what to ask next, and what could not be used.
//!
//! A row that cannot be mapped is never dropped in silence: it is rejected with its reason, or skipped because the
//! declaration says so, and counted either way. When nothing can be used, [`ReadError`] says why in words for a person.

use std::fmt;

use gather_records::{Record, RecordKind};

use crate::Ask;

/// What came out of one answer.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The records, in the order of the answer.
    pub records: Vec<Record>,
    /// What to ask because of this answer, in its order; all of it may be asked at once.
    pub follow: Vec<Ask>,
    /// Rows that should have become a record and could not.
    pub rejected: Vec<Rejected>,
    /// How many rows the declaration leaves out on purpose (`where`).
    pub skipped: usize,
    /// What a person may want to know although the reading went on.
    pub warnings: Vec<String>,
    /// The provider reported an error beside good data: the reading is right and incomplete.
    pub provider_error: Option<String>,
    /// How many records had each optional field that is declared, so that a field which used to be filled and is
    /// empty now can be told. Only kinds and fields that were looked for.
    pub filled: Vec<Filled>,
    /// The answer is a feed: ids are those of one feed, and publishers repeat and change them.
    pub feed: bool,
    /// Where a feed itself points to: relation (`next` of RFC 5005, also for `next_url` of JSON Feed) and address.
    pub(crate) feed_links: Vec<(String, url::Url)>,
}

/// How many of the records of one answer had an optional field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// The kind of record.
    pub kind: RecordKind,
    /// The field, as the mapping calls it.
    pub field: &'static str,
    /// How many had it.
    pub filled: u64,
    /// Out of how many, at least 1.
    pub rows: u64,
}

impl Reading {
    /// Whether something that should have come is missing: rejected rows, or an error beside the data.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.rejected.is_empty() || self.provider_error.is_some()
    }
}

/// A row that could not become a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Which row of the answer, from 0.
    pub row: usize,
    /// Why, in words for a person.
    pub reason: String,
}

/// Why an answer could not be used. `Display` is one sentence; [`hint`](Self::hint) says what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    pub(crate) kind: ReadErrorKind,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) position: Option<(usize, usize)>,
}

/// The kinds of [`ReadError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The HTTP status says no, or the body of a success says so; nothing more specific is known.
    Provider,
    /// The key is missing, wrong or not allowed to do this. Asking again changes nothing.
    Key,
    /// The quota is used up, or the server wants fewer requests.
    Limited,
    /// The request itself is wrong. Asking again changes nothing.
    Request,
    /// The server has a problem of its own; later may be better.
    Unavailable,
    /// Not the format that was due, such as a login page in place of JSON.
    NotTheFormat,
    /// The right format, broken or cut off: has a position.
    Malformed,
    /// Well-formed, but what the declaration looks for is not there (any more), or most rows cannot be mapped.
    ShapeChanged,
    /// An expression of the declaration failed, or took longer than it may.
    Expression,
}

impl ReadError {
    pub(crate) fn new(kind: ReadErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            status: None,
            code: None,
            position: None,
        }
    }

    /// Where in the text it is, both from 1.
    pub(crate) fn at(mut self, line: usize, column: usize) -> Self {
        self.position = Some((line, column));
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Which kind of problem it is.
    #[must_use]
    pub fn kind(&self) -> ReadErrorKind {
        self.kind
    }

    /// What to do about it, where something is known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The HTTP status of the answer, when that was the reason.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Line and column in the text of the answer, both from 1, where the parser knows them.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// The provider's own name for the error, such as `apiKeyInvalid`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}
