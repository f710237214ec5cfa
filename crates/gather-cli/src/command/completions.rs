//! `gather completions`: a script that teaches a shell the command line.

use clap::CommandFactory;

use super::Exit;
use crate::{args, failure::Result, render};

/// `gather completions`.
pub(crate) fn completions(args: &args::Completions) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::Cli::command(), "gather", &mut script);
    render::raw(&script)?;
    Ok(Exit::Complete)
}
