//! The small things that every page is made of: an amount, an age, a mark of state, a bar, a text with hits.
//!
//! Each is data and a template; a page writes `{{ figure }}` and gets its markup. What comes from outside goes into
//! them as plain text and is escaped by their templates.
//!
//! Not here: how numbers and times become words (`show`), charts (`plot`).

use askama::{Template, filters::HtmlSafe};

/// An amount as it stands in a column: sign, digits, and what keeps the decimal points under each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="fig{{ tone.class() }}">{{ digits }}{% if pad != "" %}<span class="pad" aria-hidden="true">{{ pad }}</span>{% endif %}{% if currency != "" %} <span class="cur">{{ currency }}</span>{% endif %}</span>"#,
    ext = "html"
)]
pub(crate) struct Figure {
    /// `−1,234.50`, with a true minus.
    pub(crate) digits: String,
    /// What its fraction lacks of the column's longest, as it would be written; takes its place and is not seen.
    pub(crate) pad: String,
    /// Empty where the column says it.
    pub(crate) currency: String,
    pub(crate) tone: Tone,
}

/// How something is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Tone {
    #[default]
    Plain,
    /// Beside what matters.
    Quiet,
    /// Money that came in.
    Gain,
    /// Look at this when you have time.
    Caution,
    /// Needs you.
    Alarm,
}

impl Tone {
    /// With a space before it, to stand behind another class.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Quiet => " quiet",
            Self::Gain => " gain",
            Self::Caution => " caution",
            Self::Alarm => " alarm",
        }
    }
}

/// How old something is, or when it will be: a few letters, the exact time on asking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(
    source = r#"<time datetime="{{ machine }}" title="{{ exact }}">{{ words }}</time>"#,
    ext = "html"
)]
pub(crate) struct When {
    /// `2 h ago`.
    pub(crate) words: String,
    /// `19 Nov 2026, 14:32:05 CET`.
    pub(crate) exact: String,
    /// The instant or the day as HTML wants it.
    pub(crate) machine: String,
}

/// How a source or a run stands. The mark has a shape of its own for each, so that colour says nothing alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Template)]
#[template(path = "part/mark.html")]
pub(crate) enum State {
    /// All there is, and young enough.
    Well,
    /// Being asked now.
    Running,
    /// Something came, something is missing.
    Partial,
    /// Older than it should be.
    Stale,
    /// Its limit does not allow a request before a time.
    Limited,
    /// Nothing came.
    Failed,
    /// Never asked so far.
    Fresh,
    /// Lacks a secret.
    Lacking,
    /// Gives nothing any more, and is not asked again.
    GivenUp,
    /// Stopped before its end.
    Interrupted,
    /// Not due, and so not asked.
    Skipped,
}

impl State {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Running => "being asked",
            Self::Partial => "partial",
            Self::Stale => "stale",
            Self::Limited => "limited",
            Self::Failed => "failed",
            Self::Fresh => "not asked yet",
            Self::Lacking => "key missing",
            Self::GivenUp => "given up",
            Self::Interrupted => "interrupted",
            Self::Skipped => "not due",
        }
    }

    pub(crate) fn tone(self) -> Tone {
        match self {
            Self::Well | Self::Running => Tone::Plain,
            Self::Fresh | Self::Skipped => Tone::Quiet,
            Self::Partial | Self::Stale | Self::Limited | Self::Interrupted => Tone::Caution,
            Self::Failed | Self::Lacking | Self::GivenUp => Tone::Alarm,
        }
    }
}

/// A share of a whole as a drawn bar. It repeats figures that stand beside it, so it is hidden from those who hear.
#[derive(Debug, Clone, Default, PartialEq, Template)]
#[template(path = "part/bar.html")]
pub(crate) struct Bar {
    /// How much of it is filled, 0 to 100.
    pub(crate) filled: f64,
    /// How much follows that is not certain yet, so that both together are at most 100.
    pub(crate) pending: f64,
    /// Where the limit is when it was passed, 0 to 100.
    pub(crate) limit: Option<f64>,
    /// Where even spending would be today, 0 to 100.
    pub(crate) pace: Option<f64>,
}

/// A text with the words that were searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(
    source = r#"{% for piece in pieces %}{% if piece.hit %}<mark>{{ piece.text }}</mark>{% else %}{{ piece.text }}{% endif %}{% endfor %}"#,
    ext = "html"
)]
pub(crate) struct Words {
    pub(crate) pieces: Vec<Piece>,
}

/// A part of a [`Words`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) hit: bool,
}

impl Words {
    /// Without hits.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self {
            pieces: vec![Piece {
                text: text.into(),
                hit: false,
            }],
        }
    }
}

/// A link inside the dashboard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) text: String,
    /// A path on this server, with the base path.
    pub(crate) href: String,
}

/// One choice of several, as a link or as an option of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) text: String,
    /// A path for links, a value for options.
    pub(crate) value: String,
    /// How many there are of it, where that is known.
    pub(crate) count: String,
    pub(crate) chosen: bool,
}

/// A sentence with a weight.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

// The output of a template is markup already; what went into it was escaped there.
impl HtmlSafe for Figure {}
impl HtmlSafe for When {}
impl HtmlSafe for State {}
impl HtmlSafe for Bar {}
impl HtmlSafe for Words {}
