//! Settings: how sums and times are shown, keys, sessions, the password.

use askama::Template;

use super::Shell;
use crate::pages::part::{Choice, When};

/// `/settings`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "settings.html")]
pub(crate) struct Settings {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    pub(crate) currency: Vec<Choice>,
    /// Empty: as the server has it.
    pub(crate) time_zone: String,
    pub(crate) time_zones: Vec<String>,
    pub(crate) themes: Vec<Choice>,
    pub(crate) sessions: Vec<SessionRow>,
    pub(crate) keys: Vec<KeyRow>,
    pub(crate) scopes: Vec<Choice>,
    /// A key that was just made; it is shown this once.
    pub(crate) made: Option<(String, String)>,
}

/// A session of the user.
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionRow {
    pub(crate) id: String,
    /// What the browser calls itself, shortened.
    pub(crate) agent: String,
    pub(crate) address: String,
    pub(crate) began: When,
    pub(crate) used: When,
    pub(crate) this_one: bool,
}

/// An API key of the user; never the key itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: String,
    pub(crate) made: When,
    pub(crate) used: Option<When>,
    pub(crate) expires: Option<When>,
}
