//! Sources: how each stands, and why.

use askama::Template;

use super::{Empty, OutcomeRow, Shell};
use crate::pages::{
    part::{Bar, Link, Note, State, When},
    plot::Spark,
};

/// `/sources`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "sources.html")]
pub(crate) struct Sources {
    pub(crate) shell: Shell,
    /// `5 sources: 3 well, 1 stale, 1 failed`.
    pub(crate) summary: String,
    pub(crate) rows: Vec<SourceRow>,
    pub(crate) empty: Option<Empty>,
    /// Whether the viewer may have sources fetched.
    pub(crate) may_fetch: bool,
}

/// One source in the table.
#[derive(Debug, Clone)]
pub(crate) struct SourceRow {
    pub(crate) name: String,
    pub(crate) href: String,
    /// Only the viewer sees it.
    pub(crate) own: bool,
    pub(crate) state: State,
    pub(crate) word: String,
    /// Why it stands like that, and what to do about it.
    pub(crate) notes: Vec<Note>,
    pub(crate) good: Option<When>,
    pub(crate) due: Option<When>,
    /// `every 30 min`.
    pub(crate) every: String,
    pub(crate) quota: Option<QuotaUse>,
    pub(crate) latency: Option<Latency>,
}

/// What a quota has left.
#[derive(Debug, Clone, Default)]
pub(crate) struct QuotaUse {
    /// `12 / 100`.
    pub(crate) used: String,
    /// `in 24 h`.
    pub(crate) window: String,
    pub(crate) bar: Bar,
    /// When the next place is free, where none is.
    pub(crate) reset: Option<String>,
}

/// How long it took lately.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latency {
    pub(crate) average: String,
    pub(crate) spark: Spark,
}

/// `/sources/{name}`: why it stands as it does.
#[derive(Debug, Clone, Template)]
#[template(path = "source.html")]
pub(crate) struct SourcePage {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) word: String,
    pub(crate) notes: Vec<Note>,
    /// What is declared and known: preset, addresses, interval, what is held.
    pub(crate) facts: Vec<(String, Vec<String>)>,
    pub(crate) quotas: Vec<QuotaUse>,
    pub(crate) latency: Option<Latency>,
    pub(crate) outcomes: Vec<(Link, When, OutcomeRow)>,
    /// What is noted of its answers.
    pub(crate) answers: Vec<(String, String)>,
    pub(crate) may_fetch: bool,
}
