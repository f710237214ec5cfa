//! `/`: the front page beside the ledger.
//!
//! It never waits for the network: what is old says how old it is, and the strip says which source is why. A first visit
//! says what to do, or how far the first run is.
//!
//! Not here: the sheets (`money`), the strip (`standing`).

use axum::{
    extract::{Request, State as Of},
    response::Response,
};
use bytes::Bytes;
use gather_records::Currency;
use gather_store::{RateLine, Snapshot, SourceState, StoryQuery};
use http::{HeaderValue, StatusCode, header, request::Parts};
use jiff::ToSpan as _;

use super::{
    answer::{self, Failed},
    money::{self, Ledger, Rows},
    news,
    part::{Note, Tone},
    reader::Reader,
    runs,
    show::plural,
    standing::{Due, strip},
    view::{AccountRow, Empty, First, Here, RateRow, Today},
};
use crate::{app::App, auth::Identity, newest::Key};

const STORIES: usize = 12;
const ACCOUNTS: usize = 6;
const CATEGORIES: usize = 5;
const TRANSACTIONS: usize = 6;
/// Rates of one base, which go into one line with their origin, and bases.
const QUOTES: usize = 3;
const BASES: usize = 2;
/// A rate is used for so many days after its own.
const CARRIED: i64 = 7;
/// What is shown of a table of rates beside the currencies that accounts are in.
const COMMON: [&str; 5] = ["USD", "EUR", "GBP", "CHF", "JPY"];

/// The page that is opened most, and loaded again with every event: the newest one is kept, while no run is under way.
pub(super) async fn page(Of(app): Of<App>, identity: Identity, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    // What a page depends on beside the user, whose settings are in the store.
    let address = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let languages = parts.headers.get(header::ACCEPT_LANGUAGE);
    let languages = languages.map_or(&[][..], HeaderValue::as_bytes);
    let key = Key {
        user: identity.user.id.get(),
        asked: format!("page {address} {}", languages.escape_ascii()),
    };
    let version = identity.version;
    let read = write(&app, &identity, &parts);
    let written = if app.schedule().is_idle() && identity.session().is_some() {
        app.newest().answer(key, version, app.clock(), read).await
    } else {
        read.await
    };
    written.map_or_else(
        |failed| failed,
        |html| answer::with_status(StatusCode::OK, html),
    )
}

#[expect(
    clippy::result_large_err,
    reason = "what is refused is refused with an answer, made once"
)]
async fn write(app: &App, identity: &Identity, parts: &Parts) -> Result<Bytes, Response> {
    let reader = Reader::of(app, identity, parts)?;
    let due = Due::of(app.schedule(), &reader.declared());
    app.read(
        move |store| match store.snapshot(|moment| fill(&reader, moment, &due)) {
            Ok(page) => answer::written(&page),
            Err(failed) => Err(reader.fail(&failed)),
        },
    )
    .await
}

pub(super) fn fill(reader: &Reader, moment: &Snapshot<'_>, due: &Due) -> Result<Today, Failed> {
    let ledger = Ledger::read(reader, moment, TRANSACTIONS)?;
    let mut page = Today {
        shell: reader.shell(moment, "Today", Here::Today)?,
        date: reader.times.today().strftime("%A, %-d %B").to_string(),
        strip: strip(reader, &ledger.states, due),
        ..Today::default()
    };
    page.first = first(reader, &ledger.states);
    if page.first.is_some() {
        return Ok(page);
    }
    let query = StoryQuery {
        limit: STORIES,
        ..StoryQuery::default()
    };
    let stories = moment.stories(&reader.viewer, &query)?;
    page.stories = stories
        .iter()
        .map(|told| news::story(reader, told, ""))
        .collect();
    if stories.is_empty() {
        page.no_stories = Some(no_stories(reader));
    }
    page.rates = rates(reader, &ledger);
    if ledger.is_empty() {
        page.no_money = Some(money::no_money());
        return Ok(page);
    }
    let this_month = reader.times.today().first_of_month();
    let spent = moment.spending_by_month(&reader.viewer, Some(this_month))?;
    page.worth = money::worth(reader, &ledger);
    let mut accounts: Vec<AccountRow> = money::account_rows(reader, &ledger, &[], None);
    let more = accounts.len().saturating_sub(ACCOUNTS);
    // One more account takes no more room than a line that says so.
    if more > 1 {
        accounts.truncate(ACCOUNTS);
        page.more_accounts = Some(format!("{more} more accounts"));
    }
    page.accounts = accounts;
    page.budgets = money::budget_sheet(reader, &ledger);
    page.spending = money::spending_sheet(reader, &spent, this_month, CATEGORIES);
    page.transactions = Rows::few(reader).of(&ledger.overview.transactions);
    Ok(page)
}

/// What to do first, where nothing was ever asked for and nothing is held.
fn first(reader: &Reader, states: &[SourceState]) -> Option<First> {
    let held = |state: &SourceState| {
        let held = &state.held;
        held.articles + held.accounts + held.transactions + held.budgets + held.rates > 0
    };
    let begun = |state: &SourceState| state.last.is_some() || state.good_at.is_some();
    // While the first run is under way, what is there already is shown.
    let under_way = !reader.under_way.is_empty();
    if states
        .iter()
        .any(|state| held(state) || (begun(state) && !under_way))
    {
        return None;
    }
    let declared = reader.declared().len() as u64;
    if let Some(running) = runs::how_far(&reader.under_way) {
        return Some(First {
            running: Some(format!("{running} sources have answered")),
            ..First::default()
        });
    }
    let command = |command: &str, words: &str| (command.to_owned(), words.to_owned());
    if declared > 0 {
        let are = if declared == 1 { "is" } else { "are" };
        return Some(First {
            sentence: format!(
                "{} {are} declared and none was asked yet. Each is when it is due; Refresh asks all of them now, and \
                 so does a command where the server runs.",
                plural(declared, "source")
            ),
            commands: vec![command("gather run", "fetches every source now")],
            running: None,
        });
    }
    Some(First {
        sentence: "No source is declared yet. These three commands bring the first one in, where the server runs."
            .to_owned(),
        commands: vec![
            command(
                "gather try https://lwn.net/headlines/rss",
                "looks at an address and says what it would take from it",
            ),
            command(
                "gather add lwn https://lwn.net/headlines/rss",
                "writes it into gather.toml, which this server reads again by itself",
            ),
            command(
                "gather run lwn",
                "fetches it now; after this the schedule does",
            ),
        ],
        running: None,
    })
}

fn no_stories(reader: &Reader) -> Empty {
    if reader.declared().is_empty() {
        let (sentence, action, command) = news::no_source_of_news();
        return Empty {
            sentence: sentence.to_owned(),
            action,
            command: command.map(str::to_owned),
        };
    }
    Empty {
        sentence: "No story yet: no source has brought any.".to_owned(),
        action: Some(reader.link("Why", "/sources")),
        command: None,
    }
}

/// The newest rates of a base or two: of the currencies that accounts are in, and some that are common.
fn rates(reader: &Reader, ledger: &Ledger) -> Vec<RateRow> {
    let overview = &ledger.overview;
    let mut wanted: Vec<Currency> = reader.currency().into_iter().collect();
    wanted.extend(overview.totals.iter().map(|total| total.currency));
    wanted.extend(
        COMMON
            .iter()
            .filter_map(|code| code.parse::<Currency>().ok()),
    );
    let mut tables: Vec<(&str, Currency, Vec<&RateLine>)> = Vec::new();
    for line in &overview.rates {
        let table = tables
            .iter_mut()
            .find(|(source, base, _)| *source == line.source && *base == line.base);
        match table {
            Some((_, _, lines)) => lines.push(line),
            None => tables.push((&line.source, line.base, vec![line])),
        }
    }
    let newest = |lines: &[&RateLine]| lines.iter().map(|line| line.date).max();
    let rank = |base: &Currency| {
        wanted
            .iter()
            .position(|held| held == base)
            .unwrap_or(usize::MAX)
    };
    tables.sort_by_key(|(_, base, lines)| (rank(base), std::cmp::Reverse(newest(lines))));
    tables.dedup_by_key(|(_, base, _)| *base);
    let oldest = overview.as_of.saturating_sub(CARRIED.days());
    let mut rows = Vec::new();
    for (source, base, mut lines) in tables.into_iter().take(BASES) {
        // Beside rates that are used, one that is too old would make all of them look so.
        if lines.iter().any(|line| line.date >= oldest) {
            lines.retain(|line| line.date >= oldest);
        }
        lines.sort_by_key(|line| (rank(&line.quote), line.quote));
        lines.truncate(QUOTES);
        let Some(date) = lines.iter().map(|line| line.date).min() else {
            continue;
        };
        let day = reader.times.day_words(date);
        rows.push(RateRow {
            base: base.to_string(),
            quotes: lines
                .iter()
                .map(|line| (line.quote.to_string(), reader.numbers.rate(line.rate)))
                .collect(),
            origin: if date < oldest {
                Note {
                    text: format!("{source}, {day}: too old to be used"),
                    tone: Tone::Caution,
                }
            } else {
                Note {
                    text: format!("{source}, {day}"),
                    tone: Tone::Plain,
                }
            },
        });
    }
    rows
}
