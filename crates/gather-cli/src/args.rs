//! The command line: what can be typed, and what each part of it means.
//!
//! Texts that teach (examples, files, exit codes) are in `help`. What is typed is checked here as far as it can be
//! without looking at any file; clap says what is wrong and ends with 2.

mod bench;
mod money;
mod runs;
mod server;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};
use gather_records::Currency;
use url::Url;

pub(crate) use bench::Bench;
pub(crate) use money::{
    Field, Flip, Import, Money, MoneyCommand, Opening, PartAmount, Review, Split, SplitPart,
    Transfer,
};

pub(crate) use runs::{RunName, Runs, Target};
pub(crate) use server::{Backup, LogFormat, Restore, Serve, User, UserCommand};

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
    // A JSON Feed 1.1, of news only.
    #[value(name = "jsonfeed")]
    JsonFeed,
    // An RSS 2.0 feed, of news only.
    Rss,
}

impl Format {
    /// Whether only news can be written so.
    pub(crate) fn is_feed(self) -> bool {
        matches!(self, Self::JsonFeed | Self::Rss)
    }
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
    /// Show the money that is stored; prove, decide and correct it
    #[command(after_long_help = help::MONEY)]
    Money(Money),
    /// List the runs; draw one, and say what would have shortened it
    #[command(after_long_help = help::RUNS)]
    Runs(Runs),
    /// Measure one by one against all at once
    #[command(after_long_help = help::BENCH)]
    Bench(Bench),
    /// See it all work against simulated APIs on this machine
    #[command(after_long_help = help::DEMO)]
    Demo(Demo),
    /// List the sources: how they came out last, what they hold and lack
    #[command(after_long_help = help::SOURCES)]
    Sources(Sources),
    /// The next 24 hours of requests against the quotas, sending nothing
    #[command(after_long_help = help::PLAN)]
    Plan,
    /// Why a source stands as it does: last runs, limits, what is due
    #[command(after_long_help = help::WHY)]
    Why(Why),
    /// Check the configuration and its keys; with --online, ask each source once
    #[command(after_long_help = help::CHECK)]
    Check(Check),
    /// Look at an address: what it is, and how to declare it
    #[command(after_long_help = help::TRY)]
    Try(Try),
    /// Follow an address or a preset: the short way of `try --add`
    #[command(after_long_help = help::ADD)]
    Add(Add),
    /// Take files of banks, or follow the feeds of a list (OPML)
    #[command(after_long_help = help::IMPORT)]
    Import(Import),
    /// List the imports of banks' files
    #[command(after_long_help = help::IMPORTS)]
    Imports,
    /// Write what is stored, or the list of feeds, for another program
    #[command(after_long_help = help::EXPORT)]
    Export(Export),
    /// Turn a feed or an API's answer into JSON lines
    #[command(after_long_help = help::PARSE)]
    Parse(Parse),
    /// Run a jq expression over JSON, and write JSON lines
    #[command(after_long_help = help::SELECT)]
    Select(Select),
    /// The vault of keys that gather obtained itself
    #[command(after_long_help = help::SECRETS)]
    Secrets(Secrets),
    /// Fetch by schedule, and serve the dashboard and the API
    #[command(after_long_help = help::SERVE)]
    Serve(Serve),
    /// Who may sign in to the dashboard
    User(User),
    /// Copy the database to a file, also while it is in use
    #[command(after_long_help = help::BACKUP)]
    Backup(Backup),
    /// Put a backup in the place of the database
    #[command(after_long_help = help::RESTORE)]
    Restore(Restore),
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
    /// Ask even for answers that are still good by the server's word, and at addresses that were gone
    #[arg(long)]
    pub(crate) revalidate: bool,
}

/// `gather news`.
#[derive(Debug, Args)]
pub(crate) struct News {
    #[command(flatten)]
    pub(crate) which: Which,
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

/// Which stories.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Which {
    /// Not older than this: an age (2d, 12h), a day (2026-11-20) or an instant (2026-11-20T09:00:00Z)
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Since>,
    /// Only stories that this source brought; may be repeated
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Vec<String>,
    /// Only stories with words that begin like all of these
    #[arg(long, value_name = "WORDS")]
    pub(crate) search: Option<String>,
}

/// `gather why`.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// The source
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
}

/// `gather check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Ask each source once, and say what it answers; nothing is stored
    #[arg(long)]
    pub(crate) online: bool,
}

/// `gather try`.
#[derive(Debug, Args)]
pub(crate) struct Try {
    /// The address of a feed, an API or a page; without a scheme it is taken as https
    #[arg(value_name = "URL", value_parser = web_address)]
    pub(crate) url: Url,
    /// What the source is to be called [default: made of the address]
    #[arg(long, value_name = "NAME", value_parser = source_name)]
    pub(crate) name: Option<String>,
    /// The currency of amounts, for an API that does not say it, such as EUR
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<Currency>,
    /// Write the declaration to the end of the configuration
    #[arg(long)]
    pub(crate) add: bool,
}

/// `gather add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What the source is to be called; without a URL, the preset
    #[arg(value_name = "NAME", value_parser = source_name)]
    pub(crate) name: String,
    /// The address of a feed, an API or a page
    #[arg(value_name = "URL", value_parser = web_address)]
    pub(crate) url: Option<Url>,
    /// The currency of amounts, for an API that does not say it, such as EUR
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<Currency>,
}

/// `gather export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// What to write
    #[command(subcommand)]
    pub(crate) what: Exported,
}

/// What can be exported.
#[derive(Debug, Subcommand)]
pub(crate) enum Exported {
    /// Every story that is stored, as JSON lines or as --format says
    News(Which),
    /// Every transaction that is stored, as JSON lines or as --format says
    Money,
    /// The feeds that the configuration follows, as OPML
    Opml,
}

/// `gather sources`.
#[derive(Debug, Args)]
pub(crate) struct Sources {
    /// What else than the list of them
    #[command(subcommand)]
    pub(crate) what: Option<SourcesCommand>,
}

/// What there is to do with sources.
#[derive(Debug, Subcommand)]
pub(crate) enum SourcesCommand {
    /// Turn a setup token (SimpleFIN) into the key of a source, once, and keep it sealed
    #[command(after_long_help = help::CLAIM)]
    Claim(Claim),
}

/// `gather sources claim`.
#[derive(Debug, Args)]
pub(crate) struct Claim {
    /// The source that the key is for
    #[arg(value_name = "NAME")]
    pub(crate) source: String,
}

/// `gather secrets`.
#[derive(Debug, Args)]
pub(crate) struct Secrets {
    /// What to do with it
    #[command(subcommand)]
    pub(crate) what: SecretsCommand,
}

/// What there is to do with the vault.
#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Where its key is, what is sealed, and whether it opens
    Status,
    /// Seal everything with a new key
    #[command(after_long_help = help::SECRETS_ROTATE)]
    Rotate(Rotate),
    /// Forget the sealed key of a source: it has to be claimed anew
    #[command(after_long_help = help::SECRETS_FORGET)]
    Forget(Forget),
}

/// `gather secrets forget`.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The source, as it is called in the configuration
    #[arg(value_name = "SOURCE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) source: String,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// `gather secrets rotate`.
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Take older keys out of the key file too: what backups have sealed with them is lost
    #[arg(long)]
    pub(crate) forget_old: bool,
}

/// `gather demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// End after the reports
    #[arg(long)]
    pub(crate) once: bool,
    /// Where the dashboard listens [default: a free port of this machine]
    #[arg(long, value_name = "ADDRESS", value_parser = gather_sources::listen_address, conflicts_with = "once")]
    pub(crate) listen: Option<std::net::SocketAddr>,
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

fn web_address(text: &str) -> Result<Url, String> {
    let text = text.trim();
    // A host may come without its scheme, as people write it down; `mailto:` may not.
    let url = if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("https://{text}"))
    };
    match url {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err("expected a web address such as `https://lwn.net/headlines/rss`".to_owned()),
    }
}

fn source_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
        return Err("expected a name of 1 to 64 characters".to_owned());
    }
    Ok(name.to_owned())
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

    #[test]
    fn an_address_may_come_without_its_scheme() {
        let read = |text| web_address(text).map(String::from);
        assert_eq!(read("lwn.net/rss"), Ok("https://lwn.net/rss".to_owned()));
        assert_eq!(read("http://a.example"), Ok("http://a.example/".to_owned()));
        assert_eq!(
            read("localhost:80/x"),
            Ok("https://localhost:80/x".to_owned())
        );
        for wrong in ["", "ftp://a.example/", "file:///etc/passwd", "a b"] {
            assert!(read(wrong).is_err(), "{wrong}");
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
                '>' | '<' => break,
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
        let mut subcommands: Vec<_> = command.get_subcommands().collect();
        while let Some(sub) = subcommands.pop() {
            texts.extend(sub.get_after_long_help().map(ToString::to_string));
            subcommands.extend(sub.get_subcommands());
        }
        let shown: Vec<_> = texts
            .iter()
            .flat_map(|text| text.lines())
            .flat_map(commands)
            .collect();
        assert!(shown.len() >= 60, "{shown:?}");
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
