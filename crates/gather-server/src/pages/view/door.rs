//! What one meets before being inside, and when something went wrong.

use askama::Template;

use super::Shell;
use crate::pages::part::Link;

/// `/login`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "login.html")]
pub(crate) struct Login {
    pub(crate) shell: Shell,
    pub(crate) name: String,
    /// Where to go after it, a path on this server.
    pub(crate) next: String,
    /// Why the last try did not work.
    pub(crate) refused: Option<String>,
    /// Nobody is known yet: how to make the first user.
    pub(crate) nobody: bool,
}

/// `/setup/{token}`: the first user, made once.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "setup.html")]
pub(crate) struct Setup {
    pub(crate) shell: Shell,
    pub(crate) action: String,
    pub(crate) name: String,
    pub(crate) refused: Option<String>,
}

/// A page that could not be shown: one sentence, one action.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "failure.html")]
pub(crate) struct Failure {
    pub(crate) shell: Shell,
    /// The HTTP status.
    pub(crate) status: u16,
    /// `There is no such page.`
    pub(crate) sentence: String,
    /// What one can do, in a second sentence.
    pub(crate) advice: Option<String>,
    pub(crate) action: Option<Link>,
    /// By which the operator finds it in the log.
    pub(crate) request: Option<String>,
}
