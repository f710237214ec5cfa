//! Pages filled from real stores, and what a reader sees on them.

mod money;
mod news;
mod runs;
mod settings;
mod sources;
mod today;
mod transactions;

use std::{sync::Arc, time::Duration};

use askama::Template;
use gather_records::{Account, Article, Budget, Money, Rate, Record, Transaction, Viewer};
use gather_run::Plan;
use gather_sources::Config;
use gather_store::{
    Counts, Held, Outcome, OutcomeState, Page, RunEnd, RunId, RunStatus, Snapshot, SourceRef, Store,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tempfile::TempDir;

use crate::{
    app::Loaded,
    pages::{
        address::Fields,
        answer::Failed,
        reader::Reader,
        show::{Numbers, Times},
        standing::Due,
    },
};

/// Sources of a household in which ann and ben live.
const CONFIG: &str = r#"
[settings]
currency = "EUR"

[source.guardian-feed]
feed = "https://guardian.example/rss"

[source.lwn]
feed = "https://lwn.example/rss"
every = "1h"

[source.bank]
preset = "json-bank"
base = "https://bank.example/api"
currency = "EUR"
owner = "ann"

[source.diary]
feed = "https://diary.example/rss"
owner = "ben"

[source.newsapi]

[budget.Groceries]
limit = 400
currency = "EUR"
"#;

pub(super) struct Household {
    pub(super) store: Store,
    config: Config,
    _folder: TempDir,
}

/// Friday, 20 November 2026, 13:00 in Berlin.
pub(super) fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(super) fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

impl Household {
    pub(super) fn new() -> Self {
        Self::of(CONFIG)
    }

    pub(super) fn of(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        for name in ["ann", "ben"] {
            store.add_user(name, None, ago(100_000)).unwrap();
        }
        Self {
            store,
            config: Config::parse(config, "gather.toml").unwrap(),
            _folder: folder,
        }
    }

    /// ann, at an address.
    pub(super) fn ann(&self, address: &str) -> Reader {
        self.reader("ann", address)
    }

    pub(super) fn reader(&self, name: &str, address: &str) -> Reader {
        let (path, query) = match address.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (address, None),
        };
        let plan = Plan::new(&self.config, &|_| Err("is not set".to_owned()));
        Reader {
            base: String::new(),
            user: self.store.user(name).unwrap().unwrap(),
            session: None,
            viewer: Viewer::User(name.to_owned()),
            times: Times {
                now: now(),
                zone: TimeZone::get("Europe/Berlin").unwrap(),
            },
            numbers: Numbers::ENGLISH,
            fields: Fields::of_query(query),
            path: path.to_owned(),
            loaded: Arc::new(Loaded {
                config: self.config.clone(),
                plan,
                file: None,
            }),
            problem: None,
            under_way: Vec::new(),
            heard: 0,
            request: None,
        }
    }

    fn source<'s>(&self, name: &'s str) -> SourceRef<'s> {
        let owner = match name {
            "bank" => Some("ann"),
            "diary" => Some("ben"),
            _ => None,
        };
        SourceRef { name, owner }
    }

    pub(super) fn begin(&self, minutes: i64, sources: &[&str]) -> RunId {
        let sources: Vec<_> = sources.iter().map(|name| self.source(name)).collect();
        self.store.begin_run(ago(minutes), &sources).unwrap()
    }

    pub(super) fn end_source(&self, run: RunId, outcome: &Outcome) {
        let owner = self.source(&outcome.source).owner.map(str::to_owned);
        let outcome = Outcome {
            owner,
            ..outcome.clone()
        };
        self.store.finish_source(run, &outcome).unwrap();
    }

    pub(super) fn end(&self, run: RunId, minutes: i64) {
        let end = RunEnd {
            status: RunStatus::Complete,
            at: ago(minutes),
            wall: Duration::from_millis(520),
            one_by_one: Duration::from_millis(2310),
            longest_chain: Duration::from_millis(510),
        };
        self.store.finish_run(run, &end).unwrap();
    }

    /// A whole run of one source that brought these.
    pub(super) fn bring(&self, source: &str, minutes: i64, records: &[Record]) -> RunId {
        let run = self.begin(minutes, &[source]);
        let page = Page::new(run, self.source(source), records, ago(minutes));
        self.store.keep(page).unwrap();
        let outcome = outcome(source, OutcomeState::Complete, minutes);
        self.end_source(run, &outcome);
        self.end(run, minutes);
        run
    }

    /// A page filled in a snapshot, as text.
    pub(super) fn page<T: Template>(
        &self,
        fill: impl FnOnce(&Snapshot<'_>) -> Result<T, Failed>,
    ) -> String {
        self.store.snapshot(fill).unwrap().render().unwrap()
    }

    /// With something of everything: two stories, three accounts, money that moved.
    pub(super) fn filled() -> Self {
        let household = Self::new();
        let stories = [
            article(
                "1",
                "Ferry line adds night sailing",
                "https://www.harbour.example/ferry",
                130,
            ),
            article(
                "2",
                "Kelp survey finds slow recovery",
                "https://coast.example/kelp",
                1800,
            ),
        ];
        household.bring("guardian-feed", 2, &stories);
        let again = Record::Article(Article {
            score: Some(41),
            ..plain(
                "x",
                "A ferry at night",
                "https://www.harbour.example/ferry",
                120,
            )
        });
        household.bring("lwn", 2, &[again]);
        household.bring(
            "diary",
            2,
            &[article("9", "Dear diary", "https://diary.example/1", 5)],
        );
        let rates = [rate("EUR", "USD", "1.0712"), rate("EUR", "GBP", "0.8391")];
        household.bring("ecb", 2, &rates);
        household.bring(
            "bank",
            2,
            &[
                account("checking", "Checking", "2482.37 EUR"),
                account("dollars", "Dollar card", "107.12 USD"),
                account("francs", "Travel card", "120 CHF"),
                moved("1", "-4.5 EUR", "2026-11-19", "Bakery 12", "Groceries"),
                moved("2", "3000 EUR", "2026-11-01", "Salary", "Income"),
                moved("3", "-900 EUR", "2026-11-02", "Rent", "Home"),
                moved("4", "-95.5 EUR", "2026-10-15", "Stadtwerke", ""),
                moved("5", "-20 USD", "2026-11-03", "Books", "Reading"),
            ],
        );
        household
    }
}

/// Every page of a household, for what holds for all pages.
pub(super) fn pages() -> Vec<(&'static str, String)> {
    use crate::pages::{money::fill, news, runs, settings, sources, today};
    let household = Household::filled();
    let store = &household.store;
    let due = Due::default();
    let ann = |address: &str| household.ann(address);
    let id = transaction(&household, "Bakery 12").number;
    let mut pages = vec![
        (
            "filled-today",
            household.page(|s| today::fill(&ann("/"), s, &due)),
        ),
        (
            "filled-news",
            household.page(|s| news::fill(&ann("/news?q=ferry"), s)),
        ),
        (
            "filled-money",
            household.page(|s| fill::overview(&ann("/money"), s)),
        ),
        (
            "filled-account",
            household.page(|s| {
                fill::account(&ann("/money/accounts/bank/checking"), s, "bank", "checking")
            }),
        ),
        (
            "filled-transactions",
            household.page(|s| {
                let address = format!("/money/transactions?least=1&since=nonsense&edit={id}");
                fill::transactions(&ann(&address), s)
            }),
        ),
        (
            "filled-budgets",
            household.page(|s| fill::budgets(&ann("/money/budgets"), s)),
        ),
        (
            "filled-review",
            household.page(|s| fill::review(&ann("/money/review"), s)),
        ),
        (
            "filled-runs",
            household.page(|s| runs::fill_list(&ann("/runs"), s)),
        ),
        (
            "filled-run",
            household.page(|s| runs::fill_one(&ann("/runs/1"), s, "1".parse().unwrap())),
        ),
    ];
    let filled = sources::fill_list(&ann("/sources"), store, &due).unwrap();
    pages.push(("filled-sources", filled.render().unwrap()));
    let filled = sources::fill_one(&ann("/sources/bank"), store, &due, "bank").unwrap();
    pages.push(("filled-source", filled.render().unwrap()));
    let beside = settings::Beside::default();
    let filled = settings::fill(&ann("/settings"), store, beside).unwrap();
    pages.push(("filled-settings", filled.render().unwrap()));
    pages
}

pub(super) fn outcome(source: &str, state: OutcomeState, minutes: i64) -> Outcome {
    Outcome {
        source: source.to_owned(),
        owner: None,
        state,
        reason: None,
        hint: None,
        until: None,
        stop: None,
        counts: Counts {
            new: 2,
            unchanged: 1,
            kinds: Held {
                articles: 3,
                ..Held::default()
            },
            ..Counts::default()
        },
        attempts: 3,
        waited: Duration::from_millis(120),
        took: Duration::from_millis(410),
        at: ago(minutes),
    }
}

fn plain(id: &str, title: &str, url: &str, minutes: i64) -> Article {
    Article {
        title: Some(title.to_owned()),
        url: Some(url.parse().unwrap()),
        published_at: Some(ago(minutes)),
        ..Article::new(id)
    }
}

pub(super) fn article(id: &str, title: &str, url: &str, minutes: i64) -> Record {
    Record::Article(plain(id, title, url, minutes))
}

pub(super) fn money(text: &str) -> Money {
    let (amount, currency) = text.split_once(' ').unwrap();
    Money::new(amount.parse().unwrap(), currency.parse().unwrap())
}

pub(super) fn account(id: &str, name: &str, balance: &str) -> Record {
    Record::Account(Account {
        id: id.to_owned(),
        name: name.to_owned(),
        balance: money(balance),
        as_of: None,
    })
}

pub(super) fn moved(id: &str, amount: &str, day: &str, text: &str, category: &str) -> Record {
    let account = if amount.ends_with("USD") {
        "dollars"
    } else {
        "checking"
    };
    Record::Transaction(Transaction {
        account: Some(account.to_owned()),
        date: Some(day.parse().unwrap()),
        description: Some(text.to_owned()),
        category: (!category.is_empty()).then(|| category.to_owned()),
        ..Transaction::new(id, money(amount))
    })
}

pub(super) fn budget(category: &str, limit: &str, spent: Option<&str>) -> Record {
    Record::Budget(Budget {
        id: category.to_owned(),
        category: category.to_owned(),
        limit: money(limit),
        spent: spent.map(money),
    })
}

pub(super) fn rate(base: &str, quote: &str, rate: &str) -> Record {
    Record::Rate(Rate {
        base: base.parse().unwrap(),
        quote: quote.parse().unwrap(),
        date: "2026-11-19".parse().unwrap(),
        rate: rate.parse().unwrap(),
    })
}

/// ann's transaction that says this.
pub(super) fn transaction(household: &Household, text: &str) -> gather_store::TransactionLine {
    let viewer = Viewer::User("ann".to_owned());
    let page = household
        .store
        .transactions(&viewer, &gather_store::TransactionQuery::default())
        .unwrap();
    let mut lines = page.transactions.into_iter();
    lines
        .find(|line| line.description.as_deref() == Some(text))
        .unwrap()
}

/// What stands on a page for eyes: text without tags, blanks as one.
pub(super) fn text(page: &str) -> String {
    let main = page.split("<main").nth(1).unwrap_or(page);
    let main = main.split("</main>").next().unwrap();
    let mut text = String::new();
    for part in main.split('<') {
        let (tag, said) = part.split_once('>').unwrap_or(("", part));
        // A block ends what was said before it.
        let name = tag.trim_start_matches('/');
        let inline = name.starts_with(['s', 'm', 'a', 'c']) || name == "bdi";
        if !inline || tag.starts_with("section") {
            text.push(' ');
        }
        text.push_str(said);
    }
    let text = text
        .replace("&#38;", "&")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace(['\u{a0}', '\u{202f}'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Says that a page says all of these.
#[track_caller]
pub(super) fn says(page: &str, sentences: &[&str]) {
    let text = text(page);
    for sentence in sentences {
        assert!(text.contains(sentence), "`{sentence}` is not in:\n{text}");
    }
}

/// Says that nothing on a page says any of these, not even an address.
#[track_caller]
pub(super) fn hides(page: &str, words: &[&str]) {
    for word in words {
        assert!(!page.contains(word), "`{word}` is in:\n{page}");
    }
}

fn form(fields: &[(&str, &str)]) -> Fields {
    Fields::new(
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    )
}
