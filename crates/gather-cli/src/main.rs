//! The `gather` binary: arguments, progress, reports, exit codes.
//!
//! `main` makes the clock and the runtime, hands both to a command, and turns how that ended into an exit code.
//! Nothing that a server would need too is in here; what is fetched, read and kept is decided in other crates.

mod args;
mod command;
mod escape;
mod failure;
mod help;
mod log;
mod render;
mod session;
mod signals;
mod since;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    args::{Cli, Command, SourcesCommand},
    command::{COULD_NOT_RUN, Exit},
    failure::{Failure, Result},
    session::Session,
};

// Much of a server's memory is taken by one thread and given back by another. Where each thread has a heap of its own, as
// with glibc, what is free in one is of no use to the others: `cargo xtask soak` shows it.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Whoever asked for help and does not read it has no use for an error.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { COULD_NOT_RUN } else { 0 });
        }
    };
    render::use_colour(cli.global.color);
    let session = Session::new(gather::Clock::system(), &cli.global);
    match start(
        &session,
        cli.command
            .unwrap_or_else(|| Command::Run(args::Run::default())),
    ) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            render::words(&render::failure(&failure, &session.view()));
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

/// Carries a command out in a runtime that does not outlive it.
fn start(session: &Session, command: Command) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("threads cannot be started").because(Some(&error)))?;
    let ended = runtime.block_on(carry_out(session, command));
    // A write that is under way is whole or absent whatever happens to its thread.
    runtime.shutdown_background();
    ended
}

async fn carry_out(session: &Session, command: Command) -> Result<Exit> {
    session.check_format(&command)?;
    match command {
        Command::Run(args) => command::run::run(session, &args).await,
        Command::News(args) => command::news::news(session, &args).await,
        Command::Money(args) => command::money::money(session, &args).await,
        Command::Runs(args) => command::runs::runs(session, &args),
        Command::Bench(args) => command::bench::bench(session, &args).await,
        Command::Demo(args) => command::demo::demo(session, &args).await,
        Command::Sources(args) => match args.what {
            None => command::sources::sources(session),
            Some(SourcesCommand::Claim(args)) => command::claim::claim(session, &args).await,
        },
        Command::Plan => command::outlook::plan(session),
        Command::Why(args) => command::outlook::why(session, &args),
        Command::Check(args) => command::check::check(session, &args).await,
        Command::Try(args) => command::look::look(session, &args).await,
        Command::Add(args) => command::look::add(session, args).await,
        Command::Import(args) => command::import::import(session, &args),
        Command::Imports => command::import::imports(session),
        Command::Export(args) => command::export::export(session, &args),
        Command::Parse(args) => command::offline::parse(session, &args),
        Command::Select(args) => command::offline::select(session, &args),
        Command::Secrets(args) => command::secrets::secrets(session, &args),
        Command::Serve(args) => command::serve::serve(session, &args).await,
        Command::User(args) => command::user::user(session, &args),
        Command::Backup(args) => command::backup::backup(session, &args),
        Command::Restore(args) => command::backup::restore(session, &args),
        Command::Completions(args) => command::completions::completions(&args),
    }
}
