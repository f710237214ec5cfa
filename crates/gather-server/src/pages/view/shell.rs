//! What surrounds every page: masthead, notices, foot.

use crate::pages::{
    assets,
    part::{Choice, Note, State, When},
};

/// The part of a page that is the same on all of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shell {
    /// The path under which the dashboard lives, without a slash at its end; empty at the root.
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) here: Here,
    pub(crate) theme: Theme,
    /// Who is signed in; without anybody there is no navigation.
    pub(crate) user: Option<String>,
    pub(crate) last_run: Option<LastRun>,
    /// What became of the last action.
    pub(crate) notice: Option<Note>,
    /// What the operator has to know: a configuration that cannot be used, a disk that is full.
    pub(crate) problem: Option<String>,
    /// The latest event that was told before the page was read: what is told later is news to it.
    pub(crate) heard: u64,
    /// In which time zone times are given.
    pub(crate) zone: String,
    /// This page with its query, to come back to after an action.
    pub(crate) back: String,
}

impl Shell {
    /// A path of the dashboard as a browser asks for it.
    pub(crate) fn to(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The address of an embedded file; the one way in which pages refer to them.
    pub(crate) fn asset(&self, file: &str) -> String {
        assets::address(&self.base, file)
    }

    /// The parts of the dashboard, the one that is shown chosen.
    pub(crate) fn parts(&self) -> Vec<Choice> {
        let parts = [
            (Here::Today, "Today", "/"),
            (Here::News, "News", "/news"),
            (Here::Money, "Money", "/money"),
            (Here::Runs, "Runs", "/runs"),
            (Here::Sources, "Sources", "/sources"),
        ];
        parts
            .into_iter()
            .map(|(here, text, path)| Choice {
                text: text.to_owned(),
                value: self.to(path),
                count: String::new(),
                chosen: self.here == here,
            })
            .collect()
    }

    /// Whether the settings are what is shown.
    pub(crate) fn in_settings(&self) -> bool {
        self.here == Here::Settings
    }

    /// Which build this is.
    pub(crate) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// Which part of the dashboard a page belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Here {
    Today,
    News,
    Money,
    Runs,
    Sources,
    Settings,
    /// None of them: a login, an error.
    #[default]
    Elsewhere,
}

/// Light or dark, as the user wants it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system says.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The latest run in one line: `last run 0.52 s for 2.31 s of waiting, 4.4x`.
#[derive(Debug, Clone, Default)]
pub(crate) struct LastRun {
    pub(crate) href: String,
    /// Whether one is under way now; then the figures are those of the one before.
    pub(crate) running: Option<String>,
    /// How long it took; `None` when no run ended yet.
    pub(crate) took: Option<RunTook>,
}

/// How long a run took, beside what it saved.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunTook {
    pub(crate) wall: String,
    /// What one by one would have taken; `None` where nothing was asked.
    pub(crate) waiting: Option<String>,
    /// `4.4x`; `None` where there is no gain to tell.
    pub(crate) gain: Option<String>,
    pub(crate) ended: When,
}

/// Every source in one line, those that need somebody first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strip {
    pub(crate) chips: Vec<Chip>,
    /// How many more there are that are not shown, in words: `12 more, all well`.
    pub(crate) more: Option<String>,
    /// All of it for a narrow page: `3 well, 1 stale, 1 failed`.
    pub(crate) summary: String,
    /// The state of the worst of them.
    pub(crate) worst: Option<State>,
}

/// One source in a [`Strip`].
#[derive(Debug, Clone)]
pub(crate) struct Chip {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) state: State,
    /// `2 min`, `9 of 10`, `no answer: timed out after 10 s`.
    pub(crate) note: String,
}
