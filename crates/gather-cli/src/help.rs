//! The texts of `--help` that teach: examples, files, variables, exit codes.
//!
//! Every line that begins with `gather` is an example, and a test types it.

pub(crate) const SHORT: &str = "\
Start here:
  gather demo --once    see it work, on this machine only
  gather                fetch now and show what came
  gather --help         examples, files, variables and exit codes";

pub(crate) const LONG: &str = "\
Examples:
  gather                     fetch all sources at once and show what came
  gather demo --once         the same against simulated APIs on this machine
  gather run hackernews --deadline 10s
  gather news --since 2d --search ferry
  gather money --currency EUR
  gather news --format json | gather select '.[] | .headline'
  gather check               is the configuration right, is every key there

Files:
  configuration   --config, else $GATHER_CONFIG, else ./gather.toml, else
                  gather/gather.toml in $XDG_CONFIG_HOME (~/.config). Without
                  any, gather asks Hacker News, and NewsAPI and The Guardian
                  where their keys are set.
  database        --db, else gather/gather.db in $XDG_DATA_HOME (~/.local/share)

Variables:
  GATHER_CONFIG   the configuration file
  NEWSAPI_KEY, GUARDIAN_KEY
                  keys of two presets; a declaration may name others
  NO_COLOR        no colour; CLICOLOR_FORCE: colour even without a terminal
  COLUMNS         how wide to write where there is no terminal (80)
  TZ              the time zone in which days and hours are shown

Exit codes:
  0     complete
  1     some or all sources failed; what came is kept
  2     never started: a wrong file, database or argument
  130   interrupted; what was done is kept

Data goes to standard output, words to standard error.";

pub(crate) const RUN: &str = "\
Examples:
  gather run                           all sources
  gather run hackernews guardian       only these
  gather run --deadline 2m --quiet     from a timer
  gather run --format json             how it went, as data

A configuration is one TOML file. This is a whole one:

  [source.hackernews]                  # a preset of that name
  [source.guardian]
  key = { env = \"GUARDIAN_KEY\" }
  [source.lwn]
  feed = \"https://lwn.net/headlines/rss\"

With --format json, ndjson or csv the outcome of the run goes to standard
output, with ndjson and csv one line a source.
Exit codes: 0 complete, 1 some or all sources failed, 2 never started,
130 interrupted. A second Ctrl-C ends at once.";

pub(crate) const NEWS: &str = "\
Examples:
  gather news --since 2d
  gather news --source hackernews --search 'rust async'
  gather news --refresh --limit 50     fetch first
  gather news --format csv > news.csv

A story is shown once, with every source that brought it. JSON has the exact
times.";

pub(crate) const MONEY: &str = "\
Examples:
  gather money
  gather money --since 2026-11-01 --limit 50
  gather money --search coffee
  gather money --currency EUR          one total, by rates that are known
  gather money --format csv > transactions.csv

Different currencies are added up only by rates that are stored and at most
seven days old; what cannot be converted is named. Pending transactions are
shown and counted in no sum. With ndjson and csv the rows are the transactions;
json has everything.";

pub(crate) const DEMO: &str = "\
Examples:
  gather demo --once
  gather --db demo.db demo --once      into this database

News, bank and rates APIs are simulated on this machine: one of them is slow,
one fails at first, one all the time. Every demo starts afresh with an empty
database in gather/demo beside your own, unless --db names one. Exit code 0:
the failures are part of the show.";

pub(crate) const CHECK: &str = "\
Examples:
  gather check
  gather --config other.toml check

Exit codes: 0 all is well, 1 a key is missing, 2 the file is wrong.";

pub(crate) const PARSE: &str = "\
Examples:
  gather parse feed.xml
  curl -s https://lwn.net/headlines/rss | gather parse - --base-url https://lwn.net/
  gather parse answer.json | gather select '.title'

Told by content: RSS, Atom, JSON Feed, the answers of the presets, and any other
JSON. Exit code 2 and the place when the input is broken.";

pub(crate) const SELECT: &str = "\
Examples:
  gather select '.articles[] | {title, url}' answer.json
  gather news --format ndjson | gather select '.headline'

The language is jq, as in the mappings of a configuration. Exit code 2 and the
place when the expression or the input is broken.";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  gather completions bash > ~/.local/share/bash-completion/completions/gather
  gather completions fish > ~/.config/fish/completions/gather.fish
  gather completions zsh > ~/.zfunc/_gather";
