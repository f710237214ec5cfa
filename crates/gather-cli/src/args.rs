//! The command line: what can be typed, and what each part of it means.
//!
//! Texts that teach (examples, files, exit codes) are in `help`. What is typed is checked here as far as it can be
//! without looking at any file; clap says what is wrong and ends with 2.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};
use gather_records::Currency;
use url::Url;

use crate::{help, since::Since};

/// Fetches every API you follow at once, keeps what succeeded, and shows it: your news and your money.
#[derive(Debug, Parser)]
#[command(
    name = "gather",
    version,
    after_help = help::SHORT,
    after_long_help = help::LONG,
    disable_help_subcommand = false,
    propagate_version = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do; without it, `gather` is `gather run`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The configuration file [default: see Files in --help]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The database [default: see Files in --help]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// Only what this user may see: what is shared, and their own [default: everything]
    #[arg(long = "as", global = true, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) user: Option<String>,
    /// How data is printed [default: table]
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
    /// Only data and what went wrong; no progress, no summary, no advice
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    // For people.
    #[default]
    Table,
    // One JSON document.
    Json,
    // One JSON document a line.
    Ndjson,
    // Comma-separated values with a header.
    Csv,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    // On a terminal.
    Auto,
    // Even into a file or a pipe.
    Always,
    // Not even on a terminal.
    Never,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch all sources at once, keep what came, show it
    #[command(after_long_help = help::RUN)]
    Run(Run),
    /// Show the news that is stored
    #[command(after_long_help = help::NEWS)]
    News(News),
    /// Show the money that is stored: accounts, budgets, spending
    #[command(after_long_help = help::MONEY)]
    Money(Money),
    /// See it all work against simulated APIs on this machine
    #[command(after_long_help = help::DEMO)]
    Demo(Demo),
    /// List the sources: how they came out last, what they hold and lack
    Sources,
    /// Check the configuration and its keys, without any request
    #[command(after_long_help = help::CHECK)]
    Check,
    /// Turn a feed or an API's answer into JSON lines
    #[command(after_long_help = help::PARSE)]
    Parse(Parse),
    /// Run a jq expression over JSON, and write JSON lines
    #[command(after_long_help = help::SELECT)]
    Select(Select),
    /// Write a completion script for a shell
    #[command(after_long_help = help::COMPLETIONS)]
    Completions(Completions),
}

/// `gather run`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Run {
    /// Only these sources [default: all that are declared]
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    /// How long the whole run may take, such as 90s or 2m [default: 60s, or as the configuration says]
    #[arg(long, value_name = "TIME", value_parser = deadline)]
    pub(crate) deadline: Option<Duration>,
}

/// `gather news`.
#[derive(Debug, Args)]
pub(crate) struct News {
    /// Not older than this: an age (2d, 12h), a day (2026-11-20) or an instant (2026-11-20T09:00:00Z)
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Since>,
    /// Only stories that this source brought; may be repeated
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Vec<String>,
    /// Only stories with words that begin like all of these
    #[arg(long, value_name = "WORDS")]
    pub(crate) search: Option<String>,
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = at_least_one)]
    pub(crate) limit: usize,
    /// Write the whole address under each story
    #[arg(long)]
    pub(crate) links: bool,
    /// Fetch first, as `gather run` does
    #[arg(long)]
    pub(crate) refresh: bool,
}

/// `gather money`.
#[derive(Debug, Args)]
pub(crate) struct Money {
    /// Transactions and spending from then on: an age (30d), a day (2026-11-01) or an instant
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Since>,
    /// Only transactions with words that begin like all of these
    #[arg(long, value_name = "WORDS")]
    pub(crate) search: Option<String>,
    /// At most this many transactions
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = at_least_one)]
    pub(crate) limit: usize,
    /// Give the total in this currency, such as EUR [default: as the configuration says]
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<Currency>,
    /// Fetch first, as `gather run` does
    #[arg(long)]
    pub(crate) refresh: bool,
}

/// `gather demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// End after the reports
    #[arg(long)]
    pub(crate) once: bool,
}

/// `gather parse`.
#[derive(Debug, Args)]
pub(crate) struct Parse {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
    /// Where the bytes came from: relative links are resolved against it
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<Url>,
    /// What the server called them, such as `application/atom+xml; charset=utf-8`
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
}

/// `gather select`.
#[derive(Debug, Args)]
pub(crate) struct Select {
    /// The jq expression
    #[arg(value_name = "EXPR")]
    pub(crate) expression: String,
    /// The file; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
}

/// `gather completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a number of at least 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

fn deadline(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a time such as `90s`, `2m` or `1m30s`".to_owned();
    let given: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(given)
        .ok()
        .filter(|deadline| !deadline.is_zero())
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_deadline_is_a_positive_time_with_its_unit() {
        assert_eq!(deadline("150s"), Ok(Duration::from_secs(150)));
        assert_eq!(deadline("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(deadline("250ms"), Ok(Duration::from_millis(250)));
        for wrong in ["", "0s", "-3s", "soon", "150"] {
            assert!(deadline(wrong).is_err(), "{wrong}");
        }
    }

    /// The commands in a line of help, as a shell would read it: a pipe begins another, `>` and two spaces end it all.
    fn commands(line: &str) -> Vec<Vec<String>> {
        let mut found = vec![vec![String::new()]];
        let mut quoted = false;
        let mut before = ' ';
        for c in line.trim().chars() {
            let command = found.last_mut().expect("begins with one");
            let begun = command.len() > 1 || !command[0].is_empty();
            let word = command.last_mut().expect("begins with one");
            match c {
                '\'' => quoted = !quoted,
                c if quoted => word.push(c),
                '|' => found.push(vec![String::new()]),
                '>' => break,
                ' ' if before == ' ' => break,
                ' ' if begun => command.push(String::new()),
                ' ' => {}
                c => word.push(c),
            }
            before = c;
        }
        for command in &mut found {
            command.retain(|word| !word.is_empty());
        }
        found.retain(|command| command.first().is_some_and(|word| word == "gather"));
        found
    }

    #[test]
    fn every_command_that_the_help_shows_can_be_typed() {
        let command = Cli::command();
        let mut texts = vec![help::SHORT.to_owned(), help::LONG.to_owned()];
        let subcommands = command.get_subcommands();
        texts.extend(subcommands.filter_map(|sub| Some(sub.get_after_long_help()?.to_string())));
        let shown: Vec<_> = texts
            .iter()
            .flat_map(|text| text.lines())
            .flat_map(commands)
            .collect();
        assert!(shown.len() >= 30, "{shown:?}");
        for command in shown {
            if let Err(error) = Cli::try_parse_from(&command) {
                assert_eq!(error.kind(), ErrorKind::DisplayHelp, "{command:?}: {error}");
            }
        }
    }

    #[test]
    fn help_lines_are_read_as_a_shell_reads_them() {
        let expected = [
            vec!["gather", "select", ".a | .b", "x"],
            vec!["gather", "news"],
        ];
        assert_eq!(
            commands("  gather select '.a | .b' x | gather news    the news"),
            expected
        );
        assert!(commands("a gather of things").is_empty());
    }
}
