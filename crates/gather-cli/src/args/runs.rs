//! `gather runs`.

use std::{convert::Infallible, path::PathBuf, str::FromStr};

use clap::Args;
use gather_store::RunId;

use super::at_least_one;

/// `gather runs`.
#[derive(Debug, Args)]
pub(crate) struct Runs {
    /// The number of a run, or `last` [default: a list of the latest]
    #[arg(value_name = "RUN", value_parser = run_name)]
    pub(crate) run: Option<RunName>,
    /// At most this many in the list
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = at_least_one, conflicts_with = "run")]
    pub(crate) limit: usize,
    /// Write the waterfall as a drawing
    #[arg(long, value_name = "FILE", requires = "run")]
    pub(crate) svg: Option<Target>,
    /// Write the run as one page for a browser
    #[arg(long, value_name = "FILE", requires = "run")]
    pub(crate) html: Option<Target>,
    /// Write the requests as a HAR 1.2 file
    #[arg(long, value_name = "FILE", requires = "run")]
    pub(crate) har: Option<Target>,
    /// Write over files that are there
    #[arg(long, requires = "run")]
    pub(crate) force: bool,
}

/// Which run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunName {
    /// The latest.
    Last,
    /// The one of this number.
    Number(RunId),
}

fn run_name(text: &str) -> Result<RunName, String> {
    if text == "last" {
        return Ok(RunName::Last);
    }
    match text.parse::<RunId>() {
        Ok(id) if id.get() > 0 => Ok(RunName::Number(id)),
        _ => Err("expected the number of a run, or `last`".to_owned()),
    }
}

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Standard output.
    Out,
    /// A file.
    File(PathBuf),
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Out,
            path => Self::File(path.into()),
        })
    }
}
