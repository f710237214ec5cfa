//! What each command does. All of them end with an [`Exit`], or a failure, which ends with 2.

pub(crate) mod backup;
pub(crate) mod bench;
pub(crate) mod books;
pub(crate) mod check;
pub(crate) mod claim;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod look;
pub(crate) mod money;
pub(crate) mod news;
pub(crate) mod offline;
pub(crate) mod outlook;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod secrets;
pub(crate) mod serve;
pub(crate) mod sources;
pub(crate) mod user;

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Complete,
    /// Some or all sources failed, or a key is missing.
    Partial,
    /// A person or the system stopped it.
    Interrupted,
}

/// What could not even start.
pub(crate) const COULD_NOT_RUN: u8 = 2;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Complete => 0,
            Exit::Partial => 1,
            Exit::Interrupted => 130,
        })
    }
}
