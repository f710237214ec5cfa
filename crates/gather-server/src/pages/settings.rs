//! `/settings`: how things are shown, sessions, keys.
//!
//! Not here: changing any of it (`auth`).

use std::{collections::BTreeSet, sync::LazyLock};

use axum::{extract::State as Of, response::Response};
use gather_records::Currency;
use gather_store::{ApiKey, MoneyQuery, Scope, Session, SessionTimes, Snapshot, Store, Theme};

use super::{
    answer::Failed,
    part::{Choice, Note},
    reader::Reader,
    view::{Here, KeyRow, SessionRow, Settings},
};
use crate::app::App;

/// Currencies to choose beside those that are known here.
const COMMON: [&str; 14] = [
    "AUD", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "INR", "JPY", "NOK", "PLN", "SEK",
    "USD",
];

/// The time zones that a place is in.
static ZONES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let places = [
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let mut zones: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name == "UTC" || places.iter().any(|place| name.starts_with(place)))
        .collect();
    zones.sort_unstable();
    zones
});

/// What a page of settings says beside what is set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Beside {
    /// A key that was just made, its name and itself; it is shown this once.
    pub(crate) made: Option<(String, String)>,
    /// Why something was not done, where that is no fixed sentence.
    pub(crate) notice: Option<Note>,
}

pub(super) async fn page(Of(app): Of<App>, reader: Reader) -> Response {
    show(&app, reader, Beside::default()).await
}

/// The page of settings, after something was done there.
pub(crate) async fn show(app: &App, reader: Reader, beside: Beside) -> Response {
    reader
        .show(app, move |reader, store| fill(reader, store, beside))
        .await
}

pub(super) fn fill(reader: &Reader, store: &Store, beside: Beside) -> Result<Settings, Failed> {
    let server = reader.loaded.config.server();
    let times = SessionTimes {
        idle: server.session_idle,
        absolute: server.session_lifetime,
    };
    let sessions = store.sessions(reader.user.id, reader.times.now, times)?;
    let keys = store.api_keys(reader.user.id)?;
    let own = &reader.user.settings;
    store.snapshot(|moment: &Snapshot<'_>| {
        let mut shell = reader.shell(moment, "Settings", Here::Settings)?;
        // Whatever was sent here, the page to come back to is this one.
        shell.back = reader.to("/settings");
        if beside.notice.is_some() {
            shell.notice = beside.notice;
        }
        let themes = [
            (Theme::Auto, "as the system"),
            (Theme::Light, "light"),
            (Theme::Dark, "dark"),
        ];
        Ok(Settings {
            shell,
            name: reader.user.name.clone(),
            currency: currencies(reader, moment)?,
            time_zone: own.time_zone.clone().unwrap_or_default(),
            time_zones: ZONES.clone(),
            themes: themes
                .map(|(theme, text)| choice(text, theme.as_str(), own.theme == theme))
                .into(),
            sessions: sessions.iter().map(|one| session(reader, one)).collect(),
            keys: keys.iter().map(|one| key(reader, one)).collect(),
            scopes: Scope::ALL
                .map(|scope| choice(scope_words(scope), scope.as_str(), scope == Scope::News))
                .into(),
            made: beside.made,
        })
    })
}

fn choice(text: &str, value: &str, chosen: bool) -> Choice {
    Choice {
        text: text.to_owned(),
        value: value.to_owned(),
        count: String::new(),
        chosen,
    }
}

fn currencies(reader: &Reader, moment: &Snapshot<'_>) -> Result<Vec<Choice>, Failed> {
    let query = MoneyQuery {
        limit: 0,
        ..MoneyQuery::new(reader.times.today())
    };
    let overview = moment.money(&reader.viewer, &query)?;
    let own = reader.user.settings.currency;
    let mut known: BTreeSet<Currency> = own.into_iter().collect();
    known.extend(reader.configured_currency());
    known.extend(overview.totals.iter().map(|total| total.currency));
    known.extend(
        COMMON
            .iter()
            .filter_map(|code| code.parse::<Currency>().ok()),
    );
    let unset = match reader.configured_currency() {
        Some(currency) => format!("as configured: {currency}"),
        None => "each currency apart".to_owned(),
    };
    let mut choices = vec![choice(&unset, "", own.is_none())];
    choices.extend(
        known
            .into_iter()
            .map(|currency| choice(currency.code(), currency.code(), own == Some(currency))),
    );
    Ok(choices)
}

fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::News => "read news",
        Scope::Money => "read money",
        Scope::Sources => "see sources",
        Scope::Edit => "change things",
        Scope::Fetch => "fetch",
    }
}

fn session(reader: &Reader, session: &Session) -> SessionRow {
    SessionRow {
        id: session.id.get().to_string(),
        agent: agent(session.agent.as_deref().unwrap_or_default()),
        address: session.address.clone().unwrap_or_default(),
        began: reader.times.ago(session.created_at),
        used: reader.times.ago(session.seen_at),
        this_one: reader.session == Some(session.id),
    }
}

/// What a browser calls itself, as a person would: `Firefox on Linux`.
fn agent(agent: &str) -> String {
    // Each names those that came before it, so the order matters.
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        let mut names = names.iter();
        names
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (named(&browsers), named(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ if agent.trim().is_empty() => "a browser without a name".to_owned(),
        _ => agent.chars().take(40).collect(),
    }
}

fn key(reader: &Reader, key: &ApiKey) -> KeyRow {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    KeyRow {
        id: key.id.get().to_string(),
        name: key.name.clone(),
        scopes: scopes.join(", "),
        made: reader.times.ago(key.created_at),
        used: key.used_at.map(|at| reader.times.ago(at)),
        expires: key.expires_at.map(|at| {
            let day = reader.times.day_of(at);
            let mut when = reader.times.day(day);
            if at <= reader.times.now {
                when.words = format!("expired on {}", when.words);
            }
            when
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_what_a_person_calls_it() {
        for (said, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 \
                 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            ("curl/8.5", "curl/8.5"),
            (" ", "a browser without a name"),
        ] {
            assert_eq!(agent(said), name);
        }
    }

    #[test]
    fn zones_are_those_of_places() {
        assert!(ZONES.iter().any(|zone| zone == "Europe/Berlin"));
        assert!(ZONES.iter().any(|zone| zone == "UTC"));
        assert!(ZONES.len() > 300, "{}", ZONES.len());
        assert!(!ZONES.iter().any(|zone| zone.starts_with("Etc/")));
    }
}
