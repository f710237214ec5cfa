//! Runs: the history, and one run source by source.

use askama::Template;

use super::{Empty, Shell};
use crate::pages::part::{Link, Note, State, When};

/// `/runs`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "runs.html")]
pub(crate) struct Runs {
    pub(crate) shell: Shell,
    pub(crate) rows: Vec<RunRow>,
    pub(crate) older: Option<String>,
    pub(crate) empty: Option<Empty>,
}

/// One run in a list.
#[derive(Debug, Clone)]
pub(crate) struct RunRow {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) state: State,
    /// `complete`, `3 of 4 sources`.
    pub(crate) word: String,
    pub(crate) started: When,
    pub(crate) wall: String,
    pub(crate) waiting: String,
    pub(crate) gain: String,
    /// How the wall time compares with the longest of the list, 0 to 100, and the waiting beside it.
    pub(crate) wall_bar: f64,
    pub(crate) waiting_bar: f64,
    /// `12 new, 3 changed`.
    pub(crate) brought: String,
    /// The sources that did not give all, each with its state.
    pub(crate) troubles: Vec<(State, Link)>,
}

/// `/runs/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "run.html")]
pub(crate) struct RunPage {
    pub(crate) shell: Shell,
    pub(crate) id: String,
    pub(crate) state: State,
    pub(crate) word: String,
    pub(crate) started: When,
    /// The line to remember: `0.52 s for 2.31 s of waiting, 4.4x`.
    pub(crate) line: String,
    /// Where the time went: `1.04 s, of which 1.00 s was the longest chain`.
    pub(crate) chain: Option<Note>,
    pub(crate) facts: Vec<(String, String)>,
    /// Every request over the time of the run; `None` where its timeline is not kept.
    pub(crate) waterfall: Option<Waterfall>,
    pub(crate) outcomes: Vec<OutcomeRow>,
    /// Whether it is under way.
    pub(crate) running: bool,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// What a run did with its time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waterfall {
    /// SVG, drawn by `gather-draw`, which escapes what is in it.
    pub(crate) drawing: String,
    /// What the run waited for, stretch by stretch: from when, how long, for what.
    pub(crate) path: Vec<(String, String, String)>,
    /// What would have shortened it.
    pub(crate) advice: Vec<String>,
}

/// How one source came out of a run.
#[derive(Debug, Clone)]
pub(crate) struct OutcomeRow {
    pub(crate) source: Link,
    pub(crate) state: State,
    pub(crate) word: String,
    pub(crate) brought: String,
    pub(crate) requests: String,
    pub(crate) waited: String,
    pub(crate) took: String,
    /// Why it is not complete, what to do, when it may be asked again.
    pub(crate) notes: Vec<Note>,
}
