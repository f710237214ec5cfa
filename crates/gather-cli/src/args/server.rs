//! The commands of whoever runs a server: serve, user, backup, restore.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};

use crate::help;

/// `gather serve`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Serve {
    /// Where to listen, such as 127.0.0.1:4280 or [::]:8080 [default: as the configuration says, else 127.0.0.1:4280]
    #[arg(long, value_name = "ADDRESS", value_parser = gather_sources::listen_address)]
    pub(crate) listen: Option<SocketAddr>,
    /// How the log is written, on standard error
    #[arg(long, value_enum, value_name = "FORM", default_value_t = LogFormat::Text)]
    pub(crate) log: LogFormat,
}

/// How a log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    // A line for people.
    #[default]
    Text,
    // A JSON object a line.
    Json,
}

/// `gather user`.
#[derive(Debug, Args)]
pub(crate) struct User {
    /// What to do
    #[command(subcommand)]
    pub(crate) what: UserCommand,
}

/// What there is to do with users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user; asks for the password, or reads it from standard input
    #[command(after_long_help = help::USER_ADD)]
    Add(UserName),
    /// Give a user another password, and end the user's sessions
    Passwd(UserName),
    /// List the users
    List,
    /// Take a user away, with sessions, keys and marks; sources and records stay
    Remove(RemoveUser),
}

/// A user by name.
#[derive(Debug, Clone, Args)]
pub(crate) struct UserName {
    /// The name: letters, digits and `-_.@`
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
}

/// `gather user remove`.
#[derive(Debug, Args)]
pub(crate) struct RemoveUser {
    /// Who
    #[command(flatten)]
    pub(crate) user: UserName,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// `gather backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write; there must be none of that name
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// `gather restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// A file that `gather backup` wrote
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}
