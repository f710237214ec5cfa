//! What an answer's headers allow: to leave a request out, to ask with a condition, to let old data stand for an error.
//!
//! A private cache (RFC 9111) whose bodies are the rows in the store. What is noted of an answer is only what was derived
//! here: validators, until when it is fresh, until when it may stand in for an error, and which request headers it
//! depends on. Where a server contradicts itself the strictest word counts, and what cannot be read counts as stale.
//! Freshness is never guessed from `Last-Modified`: a feed that slept for a month may wake at any moment.
//!
//! Sources: RFC 9111 sections 4.1 (`Vary`), 4.2 (freshness), 5.2.2 (directives), 5.3 (`Expires`); RFC 5861 section 4
//! (`stale-if-error`); GitHub's `X-Poll-Interval`; RFC 9110 section 8.8 (validators, echoed byte for byte).

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use gather::{HeaderMap, header};
use gather_sources::Ask;
use gather_store::{AnswerNote, Freshened, KeptAnswer};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::run::timestamp;

/// Whatever a server says, after this long it is asked again, with a condition: a year's `max-age` on a list of news
/// is a mistake, and an answer "not modified" costs next to nothing.
const FRESHEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What RFC 9111 section 1.2.2 takes for a number of seconds that is too large.
const FOREVER: u64 = 1 << 31;

/// What may be kept of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    etag: Option<Vec<u8>>,
    last_modified: Option<Vec<u8>>,
    fresh_until: Option<Timestamp>,
    stale_if_error_until: Option<Timestamp>,
    vary: Option<String>,
}

impl Note {
    /// What the headers of an answer allow; `None`: nothing of it may be kept. `ask` is what was asked, and `received`
    /// when the answer came.
    pub(crate) fn of(headers: &HeaderMap, ask: &Ask, received: SystemTime) -> Option<Self> {
        let directives = Directives::of(headers);
        let names = names(headers)?;
        if directives.has("no-store") {
            return None;
        }
        let fresh = directives.lifetime(headers, received);
        let left = fresh
            .saturating_sub(age(headers, received))
            .max(poll_interval(headers))
            .min(FRESHEST);
        let strict = ["must-revalidate", "no-cache"].map(|name| directives.has(name));
        let stale = directives
            .seconds("stale-if-error")
            .filter(|_| strict == [false; 2]);
        let bytes = |name| Some(headers.get(name)?.as_bytes().to_vec());
        let note = Self {
            etag: bytes(header::ETAG),
            last_modified: bytes(header::LAST_MODIFIED),
            fresh_until: (!left.is_zero()).then(|| timestamp(received + left)),
            stale_if_error_until: stale.map(|stale| timestamp(received + left + stale)),
            vary: (!names.is_empty()).then(|| chosen(&names, ask)),
        };
        let says_nothing = note.etag.is_none()
            && note.last_modified.is_none()
            && note.fresh_until.is_none()
            && note.stale_if_error_until.is_none();
        (!says_nothing).then_some(note)
    }

    /// For the transaction that keeps the rows.
    pub(crate) fn with<'a>(&'a self, follow: &'a [String]) -> AnswerNote<'a> {
        AnswerNote {
            etag: self.etag.as_deref(),
            last_modified: self.last_modified.as_deref(),
            fresh_until: self.fresh_until,
            stale_if_error_until: self.stale_if_error_until,
            vary: self.vary.as_deref(),
            follow,
        }
    }
}

/// What an answer "not modified" changes about what is noted (RFC 9111 section 4.3.4).
pub(crate) fn freshened<'a>(note: Option<&'a Note>, at: SystemTime) -> Freshened<'a> {
    Freshened {
        etag: note.and_then(|note| note.etag.as_deref()),
        last_modified: note.and_then(|note| note.last_modified.as_deref()),
        fresh_until: note.and_then(|note| note.fresh_until),
        stale_if_error_until: note.and_then(|note| note.stale_if_error_until),
        vary: note.and_then(|note| note.vary.as_deref()),
        at: timestamp(at),
    }
}

/// Whether what is noted answers this very request: the headers it depends on are the same.
pub(crate) fn matches(kept: &KeptAnswer, ask: &Ask) -> bool {
    let Some(vary) = &kept.vary else { return true };
    let names: Vec<String> = vary
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0.to_owned()))
        .collect();
    *vary == chosen(&names, ask)
}

/// Whether the request can be left out at this time.
pub(crate) fn is_fresh(kept: &KeptAnswer, now: Timestamp) -> bool {
    // Noted in the future, the clock was put back since: nobody knows how old it is.
    kept.fresh_until.is_some_and(|until| now < until) && kept.at <= now
}

/// The condition to ask with, as headers.
pub(crate) fn condition(kept: &KeptAnswer) -> Vec<(header::HeaderName, &[u8])> {
    let etag = kept.etag.as_deref().map(|tag| (header::IF_NONE_MATCH, tag));
    let date = kept
        .last_modified
        .as_deref()
        .map(|date| (header::IF_MODIFIED_SINCE, date));
    etag.into_iter().chain(date).collect()
}

/// The request headers that an answer depends on, lower case and in order; `None` for `*`.
fn names(headers: &HeaderMap) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for value in headers.get_all(header::VARY) {
        for name in String::from_utf8_lossy(value.as_bytes()).split(',') {
            let name = name.trim().to_ascii_lowercase();
            if name == "*" {
                return None;
            }
            // What the client itself sends is the same in every request.
            if !name.is_empty() && name != "accept-encoding" && name != "user-agent" {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// A line for each name: what the request says under it. Secrets are not written down; a server that gives another
/// answer to another key gives it another tag too.
fn chosen(names: &[String], ask: &Ask) -> String {
    let line = |name: &String| {
        let values: Vec<_> = ask
            .headers()
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| ask.redact(value.expose_secret()))
            .collect();
        format!("{name}={}", values.join(", ").replace(['\n', '\r'], " "))
    };
    names.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The directives of `Cache-Control`: every value that was given, since they may contradict each other.
struct Directives(BTreeMap<String, Vec<Option<String>>>);

impl Directives {
    fn of(headers: &HeaderMap) -> Self {
        let mut directives: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
        for value in headers.get_all(header::CACHE_CONTROL) {
            for directive in parts(&String::from_utf8_lossy(value.as_bytes())) {
                let (name, value) = match directive.split_once('=') {
                    Some((name, value)) => (name, Some(value.trim().trim_matches('"').to_owned())),
                    None => (&*directive, None),
                };
                let name = name.trim().to_ascii_lowercase();
                directives.entry(name).or_default().push(value);
            }
        }
        let pragma = headers.get(header::PRAGMA).is_some_and(|value| {
            value
                .as_bytes()
                .to_ascii_lowercase()
                .windows(8)
                .any(|at| at == b"no-cache")
        });
        if pragma && directives.is_empty() {
            directives.insert("no-cache".to_owned(), vec![None]);
        }
        Self(directives)
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A number of seconds, the smallest where there are several; `None` when the directive is not there, zero when one
    /// of its values is no number.
    fn seconds(&self, name: &str) -> Option<Duration> {
        let values = self.0.get(name)?;
        let seconds = values.iter().map(|value| {
            let digits = value.as_deref().unwrap_or_default();
            match digits.parse::<u64>() {
                Ok(seconds) => seconds.min(FOREVER),
                Err(_) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                    FOREVER
                }
                Err(_) => 0,
            }
        });
        seconds.min().map(Duration::from_secs)
    }

    /// How long the answer is fresh, counted from when the server made it (RFC 9111 section 4.2.1).
    fn lifetime(&self, headers: &HeaderMap, received: SystemTime) -> Duration {
        if self.has("no-cache") {
            return Duration::ZERO;
        }
        if let Some(lifetime) = self.seconds("max-age") {
            return lifetime;
        }
        let made = date(headers, header::DATE).unwrap_or(received);
        let mut expires = headers.get_all(header::EXPIRES).iter();
        match (expires.next(), expires.next()) {
            // No date, such as `0` or `-1`, is "expired already" (section 5.3); and so is more than one.
            (Some(_), None) => date(headers, header::EXPIRES)
                .and_then(|expires| expires.duration_since(made).ok())
                .unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }
}

/// How long GitHub wants its events to be left alone, counted from the answer; zero where nobody says so.
fn poll_interval(headers: &HeaderMap) -> Duration {
    let seconds = headers
        .get("x-poll-interval")
        .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

/// The parts between commas that do not stand in quotes.
fn parts(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in value.chars() {
        match c {
            ',' if !quoted => parts.push(String::new()),
            c => {
                quoted ^= c == '"';
                parts.last_mut().expect("begins with one").push(c);
            }
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// How old the answer was when it came (RFC 9111 section 4.2.3).
fn age(headers: &HeaderMap, received: SystemTime) -> Duration {
    let said = headers
        .get_all(header::AGE)
        .iter()
        .filter_map(|value| value.to_str().ok()?.trim().parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    let apparent = date(headers, header::DATE)
        .and_then(|made| received.duration_since(made).ok())
        .unwrap_or_default();
    Duration::from_secs(said.min(FOREVER)).max(apparent)
}

fn date(headers: &HeaderMap, name: header::HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?.trim()).ok()
}
