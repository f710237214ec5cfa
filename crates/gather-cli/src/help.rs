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
  gather import november.ofx           what a file of your bank would change
  gather news --format json | gather select '.[] | .headline'
  gather serve               the dashboard, fetching by schedule
  gather runs last           where the time of the latest run went
  gather try lwn.net         what is there, and how to declare it
  gather add lwn https://lwn.net/headlines/rss
  gather check --online      does every source answer as it should

Files:
  configuration   --config, else $GATHER_CONFIG, else ./gather.toml, else
                  gather/gather.toml in $XDG_CONFIG_HOME (~/.config). Without
                  any, gather asks Hacker News, and NewsAPI and The Guardian
                  where their keys are set.
  database        --db, else gather/gather.db in $XDG_DATA_HOME (~/.local/share)
  vault's key     $GATHER_KEY_FILE, else the systemd credential gather-key, else
                  gather.key beside the configuration
  profiles        how bank files are read: profiles/ beside the configuration

Variables:
  GATHER_CONFIG   the configuration file
  NEWSAPI_KEY, GUARDIAN_KEY
                  keys of two presets; a declaration may name others
  GATHER_LOG      what `gather serve` logs, such as info
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
  gather run --revalidate guardian     even if its answer is still good
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

pub(crate) const RUNS: &str = "\
Examples:
  gather runs                          the latest twenty
  gather runs --limit 100 --format csv > runs.csv
  gather runs last                     the waterfall of the latest run
  gather runs last --html report.html  one file, for a browser or paper
  gather runs last --svg waterfall.svg
  gather runs last --har run.har       for a browser's own tools

A run is named by its number, or as `last`. Its waterfall has a row for each
request under its source; what the run really waited for, one thing after the
other, is marked. Under it stands what would have shortened the run: its
timeline is replayed under a limit twice as high, so this is worked out and not
guessed, but a server that answers more slowly when asked for more gives less.
`-` as FILE is standard output. The timelines of the latest 1,000 runs are kept.
A HAR file lists addresses without their secrets, and no headers or bodies.";

pub(crate) const BENCH: &str = "\
Examples:
  gather bench --sandbox               simulated sources, on this machine only
  gather bench --sandbox --sources 16 --latency 100ms
  gather bench --sandbox --html bench.html
  gather bench                         your sources: says what it spends, asks
  gather bench hackernews guardian --rounds 5 --yes
  gather bench --format json

One run to warm up, then rounds: each source fetched one by one, which is one
request in flight, and all at once, which is `gather run`. Shown are median,
least and most of both, and what the runs at once predict: one by one takes the
sum of their requests, all at once the longest chain of them.

Your sources: each run begins with an empty database that is thrown away, so
everything is asked for again; nothing of yours is changed but the quotas that
were spent. It is said beforehand how many requests of which quota that takes.
What does not fit is refused, and the quotas hold as in every run. With fewer
sources nothing is measured: what they would take is worked out.
--sandbox spends nothing and asks nobody.

With ndjson and csv a line is a run; json has everything. `-` as FILE is
standard output, in place of the table.
Exit codes: 0 measured, 1 some source failed in some run, 2 never started,
130 interrupted; what was measured until then is told.";

pub(crate) const NEWS: &str = "\
Examples:
  gather news --since 2d
  gather news --source hackernews --search 'rust async'
  gather news --refresh --limit 50     fetch first
  gather news --format csv > news.csv
  gather news --since 1d --format rss > news.xml

A story is shown once, with every source that brought it. JSON has the exact
times; jsonfeed (JSON Feed 1.1) and rss (RSS 2.0) are for readers of feeds.";

pub(crate) const MONEY: &str = "\
Examples:
  gather money
  gather money --since 2026-11-01 --limit 50
  gather money --search coffee
  gather money --currency EUR          one total, by rates that are known
  gather money --format csv > transactions.csv
  gather money proof                   do the banks' balances agree with it
  gather money categorise 12 --to Groceries

Different currencies are added up only by rates that are stored and at most
seven days old; what cannot be converted is named. Pending transactions are
shown and counted in no sum; transfers between own accounts are no spending.
With ndjson and csv the rows are the transactions; json has everything. The
number of a transaction, by which it is corrected, stands in front of it.";

pub(crate) const MONEY_PROOF: &str = "\
Examples:
  gather money proof
  gather money proof --format json

For each account the last balance that its bank stated, and what was booked up
to then: the two agree, or they differ, since a day that is named. An account
begins with its opening balance, or as the first stated balance says.
Exit codes: 0 all agree, 1 some differ.";

pub(crate) const MONEY_REVIEW: &str = "\
Examples:
  gather money review
  gather money review --format json
  gather money review --keep 3         one, as it is held
  gather money review --replace 4 5    one, as the source says now
  gather money review --two 6          two transactions

A row that may be a transaction which is held, and says something else, is not
kept without asking. What you decide is remembered: the same row is not asked
about again.";

pub(crate) const MONEY_CATEGORISE: &str = "\
Examples:
  gather money categorise 12 --to Groceries
  gather money categorise 12 15 18 --to 'Eating out'
  gather money categorise 12 --reset   as rules and the source say

Your word goes before every rule, and stays whatever the source says later.
Rules that do it for you stand in the configuration as [[rule]].";

pub(crate) const MONEY_FIELD: &str = "\
Examples:
  gather money payee 12 --to 'Harbour Cafe'
  gather money note 12 15 --to 'trip to the coast'
  gather money note 12 --reset

It stays whatever the source says later.";

pub(crate) const MONEY_SPLIT: &str = "\
Examples:
  gather money split 12 20=Groceries rest=Household
  gather money split 12 -30=Groceries +4.50=Deposit
  gather money split 12 --reset        whole again

The parts add up to the transaction, and count in its place. An amount without
a sign has that of the transaction.";

pub(crate) const MONEY_TRANSFER: &str = "\
Examples:
  gather money transfer 12 31          these two are one transfer
  gather money transfer 12 --outside   with an account that is not kept here
  gather money transfer 12 --none      it is income or spending
  gather money transfer 12 --reset     as it is found

Equal amounts that leave one own account and reach another within four days
are taken for a transfer by themselves, where no other could be meant.";

pub(crate) const MONEY_OPENING: &str = "\
Examples:
  gather money opening Main 1200.50 --on 2026-01-01
  gather money opening Main --reset

How much was in the account when that day began; from then on what was booked
is added up. Without it the first balance that the bank states says so.";

pub(crate) const MONEY_FLIP: &str = "\
Examples:
  gather money flip Card --transactions
  gather money flip Card --transactions --balance
  gather money flip Card --reset

For a bank that gives charges as positive amounts. What is stored is turned
round, and so is what comes. `gather money proof` says whether it is right.";

pub(crate) const MONEY_CHECK: &str = "\
Examples:
  gather money check

The sums by day, month and category are kept with every change; here they are
counted anew and compared. Exit codes: 0 all agree, 1 some differ.";

pub(crate) const SOURCES: &str = "\
Examples:
  gather sources
  gather sources --format json
  gather sources claim simplefin < setup-token";

pub(crate) const CLAIM: &str = "\
Examples:
  gather sources claim simplefin       type the token where nobody sees it
  gather sources claim simplefin < setup-token

A setup token works one time: it is sent once, and what it is answered, the
access URL, is sealed in the database under a key beside the configuration. A
token that is refused may have been used by somebody else: disable it.";

pub(crate) const SECRETS: &str = "\
Examples:
  gather secrets status
  gather secrets rotate
  gather secrets forget simplefin

Keys that gather obtained itself are sealed in the database; the key that
opens them is $GATHER_KEY_FILE, else the systemd credential gather-key, else
gather.key beside the configuration. Keep a copy of it apart from the
database: whoever has only one of the two has nothing.";

pub(crate) const SECRETS_ROTATE: &str = "\
Examples:
  gather secrets rotate
  gather secrets rotate --forget-old

A new key is added to the key file and seals everything. Older keys stay there
for backups of the database, unless with --forget-old.";

pub(crate) const SECRETS_FORGET: &str = "\
Examples:
  gather secrets forget simplefin
  gather secrets forget simplefin --yes

What was sealed for the source is gone from the database; the provider still
believes it until it is revoked there. `gather sources claim` seals a new one.";

pub(crate) const DEMO: &str = "\
Examples:
  gather demo                          the reports, then the dashboard
  gather demo --once                   only the reports
  gather --db demo.db demo --once      into this database

It serves the dashboard at a free port of this machine until Ctrl-C, and prints
where, and how to sign in.

News, bank and rates APIs are simulated on this machine: one of them is slow,
one fails at first, one all the time. Every demo starts afresh with an empty
database in gather/demo beside your own, unless --db names one. Exit code 0:
the failures are part of the show.";

pub(crate) const PLAN: &str = "\
Examples:
  gather plan
  gather plan --format json

When each source is due, should it be fetched as often as it says (`every`,
else 30 minutes), and how that fits into the quotas of each host, with what is
taken of them now. How many requests a run makes is learnt from the last runs.
With ndjson and csv a line is a source; json has the hosts and quotas too.";

pub(crate) const WHY: &str = "\
Examples:
  gather why guardian
  gather why guardian --format json

The last runs of one source with their reasons, when it is due, what its hosts
allow and how much of it is taken, which of its answers still stand, and
addresses that moved or are gone. With ndjson and csv a line is a run.";

pub(crate) const CHECK: &str = "\
Examples:
  gather check
  gather check --online                one request a source: what it answers
  gather --config other.toml check

With --online every source that has its key is asked once, all at the same
time. The requests count against their quotas; nothing of the answers is kept.
Exit codes: 0 all is well, 1 a key is missing or a source does not answer as
it should, 2 the file is wrong.";

pub(crate) const TRY: &str = "\
Examples:
  gather try https://lwn.net/headlines/rss
  gather try blog.rust-lang.org        a page: the feed it names is looked at
  gather try https://api.example.com/v1/news?api_key=KEY --name example --add
  gather try https://bank.example/transactions --currency EUR
  gather try lwn.net >> gather.toml    the declaration alone is data

One polite request, and one more where a page names a feed. A feed and the
answers of presets are certain; of other JSON the fields are guessed and the
sample shows what the guess makes of it. A key in the address is named in the
declaration, never written. --add appends to the configuration: comments and
order stay as they are.
Exit codes: 0 there is something to declare, 1 there is not or nobody answers,
2 a name that is taken, a file that is wrong or cannot be written.";

pub(crate) const ADD: &str = "\
Examples:
  gather add lwn https://lwn.net/headlines/rss
  gather add rust blog.rust-lang.org   a page: the feed it names is added
  gather add hackernews                a preset needs no address

The same as `gather try URL --name NAME --add`, in fewer words.";

pub(crate) const IMPORT: &str = "\
Examples:
  gather import november.ofx           what would be new, changed, rejected
  gather import november.ofx --yes
  gather import giro.csv --account Giro --profile date_order=dmy
  gather import old.qif --account Cash --profile my-bank.toml
  gather import --undo                 takes the last one back
  gather import subscriptions.opml --yes

Files of banks: OFX, QFX, QIF, CSV, CAMT.052/053, MT940. The same file twice
adds nothing. A row that cannot be used is rejected with its line; what a file
leaves open (the order of dates, the decimal mark) is asked for, never guessed,
and remembered for its account in profiles/ beside the configuration.

Lists of feeds: OPML, which every reader of feeds can export. Feeds that are
followed already are left alone; names are made of titles.

Nothing is written without --yes, or your yes at a terminal.
Exit codes: 0 all rows can be used, 1 some are rejected, 2 never started.";

pub(crate) const IMPORTS: &str = "\
Examples:
  gather imports
  gather import --undo 3               takes that one back";

pub(crate) const EXPORT: &str = "\
Examples:
  gather export news > news.ndjson     every story, a line each
  gather export news --since 30d --format csv > news.csv
  gather export news --source lwn --format jsonfeed > lwn.json
  gather export money > money.ndjson   every transaction, a line each
  gather export money --format csv > money.csv
  gather export opml > feeds.opml      for another reader of feeds

News and money are written as JSON lines, or with --format as json and csv,
news also as jsonfeed and rss. Amounts are texts, so that no digit is lost.
The same database and the same choice give the same bytes.";

pub(crate) const PARSE: &str = "\
Examples:
  gather parse feed.xml
  curl -s https://lwn.net/headlines/rss | gather parse - --base-url https://lwn.net/
  gather parse answer.json | gather select '.title'

Told by content: RSS, Atom, JSON Feed, the answers of the presets, and any other
JSON, lines of JSON, CSV and XML; --content-type helps with format and encoding.
Warnings go to standard error. The same input gives the same bytes.
Exit code 2 and the place as FILE:LINE:COLUMN when the input is broken.";

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

pub(crate) const SERVE: &str = "\
Examples:
  gather serve                          at http://127.0.0.1:4280/
  gather serve --listen 127.0.0.1:8080
  gather serve --log json               for a log that programs read
  gather user add ana                   who may sign in

It fetches each source when it is due, and serves what came: pages, a JSON API
under /api/v1, live updates. Ctrl-C or SIGTERM stop it within some seconds. The
configuration is read again when its file changes, and on SIGHUP; one that
cannot be used changes nothing, and every page says why.

While nobody can sign in, it prints a link that makes the first user, once.

The configuration says the rest; these are the defaults:

  [server]
  listen = \"127.0.0.1:4280\"     # only this machine
  base_path = \"\"                # such as /gather behind a proxy
  session_idle = \"14d\"
  session_lifetime = \"90d\"
  trusted_proxies = []           # whose X-Forwarded-For is believed
  # public_url = \"https://gather.example\"
  # tls = { certificate = \"cert.pem\", key = \"key.pem\" }

  [retention]                    # starred stories and money are always kept
  articles = \"forever\"
  runs = \"180d\"

To reach it from other machines, put a proxy that speaks TLS before it, give
public_url, and name the proxy in trusted_proxies. GATHER_LOG says what is
logged, such as info or warn,gather_server=debug.";

pub(crate) const USER_ADD: &str = "\
Examples:
  gather user add ana                   asks for the password
  gather user add ana < password.txt    its first line

A user sees what is shared, and the sources that name it as their owner.";

pub(crate) const BACKUP: &str = "\
Examples:
  gather backup gather-2026-11-20.db

The copy is of one moment, also while a server is fetching. Keys that gather
obtained itself are in it, sealed; the vault's key and the configuration are
not: keep those too.";

pub(crate) const RESTORE: &str = "\
Examples:
  gather restore gather-2026-11-20.db

Stop the server first. What the database held before is put aside under another
name, and not removed.";
