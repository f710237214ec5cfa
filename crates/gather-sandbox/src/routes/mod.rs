//! What each simulated API answers to a healthy request.
//!
//! `World` renders everything that does not depend on the query once, at the start, so that the
//! fast path of a benchmark is a look-up and a reference-counted body.
//!
//! Not here: latency and faults (`server`). Shapes follow the providers' own documentation.

mod allowance;
mod any;
mod bank;
mod coded;
pub(crate) mod control;
mod ecb;
mod feeds;
mod github;
mod guardian;
mod hacker_news;
mod lists;
mod newsapi;
mod open_exchange;
mod openweather;
mod rates;
mod reddit;
mod simplefin;

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use hyper::body::Incoming;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::json;

use crate::{
    Api,
    answer::{Answer, Query},
    data::{ledger::Ledger, news::Newsroom, posts},
    fault,
};

/// What a sandbox is set to, beside its seed and its hour.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) keys: Vec<(Api, String)>,
    pub(crate) allowances: Vec<(Api, u64)>,
    pub(crate) token_life: Duration,
    pub(crate) token_uses: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            allowances: Vec::new(),
            token_life: Duration::from_secs(86_400),
            token_uses: None,
        }
    }
}

/// The servers' own clock: what was given as now, and the time that has passed since.
#[derive(Debug, Clone, Copy)]
struct Watch {
    start: Timestamp,
    since: tokio::time::Instant,
}

impl Watch {
    fn now(&self) -> Timestamp {
        SignedDuration::try_from(self.since.elapsed())
            .ok()
            .and_then(|passed| self.start.checked_add(passed).ok())
            .unwrap_or(self.start)
    }
}

/// All answers, ready.
#[derive(Debug)]
pub(crate) struct World {
    coded: Arc<coded::Coded>,
    newsapi: newsapi::NewsApi,
    guardian: guardian::Guardian,
    hacker_news: hacker_news::HackerNews,
    feeds: feeds::Feeds,
    github: github::GitHub,
    reddit: reddit::Reddit,
    openweather: openweather::OpenWeather,
    bank: bank::Bank,
    rates: rates::Rates,
    simplefin: simplefin::SimpleFin,
    ecb: ecb::Ecb,
    open_exchange: open_exchange::OpenExchange,
}

impl World {
    pub(crate) fn new(seed: u64, now: Timestamp, settings: &Settings) -> Self {
        let watch = Watch {
            start: now,
            since: tokio::time::Instant::now(),
        };
        // Whole hours, so that asking a restarted sandbox some minutes later shows nothing as changed.
        let now = Timestamp::from_second(now.as_second().div_euclid(3600) * 3600).unwrap_or(now);
        let key = |api: Api| last(&settings.keys, api).cloned();
        let allowance = |api: Api| last(&settings.allowances, api).copied();
        let news = Newsroom::new(seed, now);
        let posts = posts::posts(seed, now, &news.hacker_news);
        Self {
            coded: Arc::default(),
            newsapi: newsapi::NewsApi::new(&news.newsapi, key(Api::NewsApi)),
            guardian: guardian::Guardian::new(&news.guardian, key(Api::Guardian)),
            hacker_news: hacker_news::HackerNews::new(&posts),
            feeds: feeds::Feeds::new(&news.rss, &news.atom, now),
            github: github::GitHub::new(seed, now, watch, key(Api::GitHub), allowance(Api::GitHub)),
            reddit: reddit::Reddit::new(
                seed,
                now,
                watch,
                key(Api::Reddit),
                allowance(Api::Reddit),
                (settings.token_life, settings.token_uses),
            ),
            openweather: openweather::OpenWeather::new(seed, now, key(Api::OpenWeather)),
            bank: bank::Bank::new(
                &Ledger::new(seed, now.to_zoned(TimeZone::UTC).date()),
                key(Api::Bank),
            ),
            rates: rates::Rates::new(seed, now),
            simplefin: simplefin::SimpleFin::new(
                seed,
                now,
                watch,
                key(Api::SimpleFin),
                allowance(Api::SimpleFin),
            ),
            ecb: ecb::Ecb::new(seed, now),
            open_exchange: open_exchange::OpenExchange::new(
                seed,
                now,
                watch,
                key(Api::OpenExchange),
                allowance(Api::OpenExchange),
            ),
        }
    }

    pub(crate) fn revoke_tokens(&self) {
        self.reddit.revoke_tokens();
    }
}

/// What was set last for the API.
fn last<T>(settings: &[(Api, T)], api: Api) -> Option<&T> {
    settings
        .iter()
        .rev()
        .find(|(of, _)| *of == api)
        .map(|(_, value)| value)
}

/// What a request meets beside what it says itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    /// Whether it came over TLS.
    pub(crate) secure: bool,
    pub(crate) edition: u64,
}

/// One request, as far as most routes need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    path: &'a str,
    query: Option<&'a str>,
    headers: &'a HeaderMap,
    /// Scheme, name and port by which it was asked for.
    origin: (&'static str, &'a str),
    edition: u64,
}

impl<'a> Asked<'a> {
    fn new(uri: &'a Uri, headers: &'a HeaderMap, around: Around) -> Self {
        let name = headers
            .get(header::HOST)
            .and_then(|name| name.to_str().ok())
            .or_else(|| Some(uri.authority()?.as_str()))
            .unwrap_or_default();
        Self {
            path: uri.path(),
            query: uri.query(),
            headers,
            origin: (if around.secure { "https" } else { "http" }, name),
            edition: around.edition,
        }
    }

    fn query(&self) -> Query<'a> {
        Query::new(self.query)
    }

    fn header(&self, name: impl header::AsHeaderName) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Where it was sent to, for addresses in answers.
    fn origin(&self) -> String {
        format!("{}://{}", self.origin.0, self.origin.1)
    }

    /// The credentials of `Authorization`, with or without `Bearer` before them.
    fn authorization(&self) -> Option<&'a str> {
        self.header(header::AUTHORIZATION)
            .map(|value| value.strip_prefix("Bearer ").unwrap_or(value).trim())
    }
}

pub(crate) async fn answer(
    api: Api,
    world: &World,
    around: Around,
    request: Request<Incoming>,
) -> Answer {
    if api == Api::Any {
        return any::answer(&world.coded, around, request).await;
    }
    if api == Api::Reddit && request.method() == Method::POST {
        return world.reddit.post(request).await;
    }
    if api == Api::SimpleFin && request.method() == Method::POST {
        return world.simplefin.post(&request, around.secure);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let body = json!({ "message": format!("{} is not allowed here", request.method()) });
        return Answer::error(StatusCode::METHOD_NOT_ALLOWED, &body)
            .with(header::ALLOW, "GET, HEAD");
    }
    let asked = Asked::new(request.uri(), request.headers(), around);
    match api {
        Api::NewsApi => world.newsapi.answer(asked),
        Api::Guardian => world.guardian.answer(asked),
        Api::HackerNews => world.hacker_news.answer(asked),
        Api::Feeds => world.feeds.answer(asked),
        Api::GitHub => world.github.answer(asked),
        Api::Reddit => world.reddit.answer(asked),
        Api::OpenWeather => world.openweather.answer(asked),
        Api::Bank => world.bank.answer(asked),
        Api::SimpleFin => world.simplefin.answer(asked),
        Api::Ecb => world.ecb.answer(asked),
        Api::OpenExchange => world.open_exchange.answer(asked),
        Api::Rates | Api::Any => world.rates.answer(asked),
    }
}

/// An error that was ordered, in the shape that this API gives its errors.
pub(crate) fn failure(
    api: Api,
    code: u16,
    retry_after: Option<&str>,
    headers: &[(String, String)],
    own_body: Option<&str>,
) -> Answer {
    let status = fault::status_code(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = status.canonical_reason().unwrap_or("Error");
    let body = match (api, code) {
        (Api::NewsApi, 429) => json!({
            "status": "error",
            "code": "rateLimited",
            "message": "You have made too many requests recently. Developer accounts are limited to 100 requests over a 24 hour period (50 requests available every 12 hours).",
        }),
        (Api::NewsApi, _) => {
            json!({ "status": "error", "code": "unexpectedError", "message": reason })
        }
        (Api::Guardian, 429) => json!({ "message": "API rate limit exceeded" }),
        (Api::Guardian, 401 | 403 | 502..=504) | (Api::Rates | Api::Bank, _) => {
            json!({ "message": reason })
        }
        (Api::Guardian, _) => json!({ "response": { "status": "error", "message": reason } }),
        (Api::GitHub, 403 | 429) => github::limited(
            headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("x-ratelimit-remaining")),
        ),
        (Api::GitHub, _) => github::message(code, reason),
        (Api::Reddit, _) => json!({ "message": reason, "error": code }),
        (Api::OpenWeather, _) => json!({ "cod": code, "message": reason }),
        (Api::SimpleFin, _) => json!({ "errors": [reason], "accounts": [] }),
        (Api::OpenExchange, _) => {
            json!({ "error": true, "status": code, "message": "not_available", "description": reason })
        }
        _ => json!({ "error": reason }),
    };
    let mut answer = Answer::error(status, &body);
    if let Some(body) = own_body {
        answer.body = bytes::Bytes::copy_from_slice(body.as_bytes());
    } else if api == Api::Reddit && code == 403 {
        answer = reddit::blocked();
    }
    if let Some(value) = retry_after.and_then(|value| HeaderValue::try_from(value).ok()) {
        answer.headers.push((header::RETRY_AFTER, value));
    }
    let headers: Vec<_> = headers
        .iter()
        .filter_map(|(name, value)| fault::header(name, value).ok())
        .collect();
    if headers
        .iter()
        .any(|(name, _)| *name == header::CONTENT_TYPE)
    {
        answer
            .headers
            .retain(|(name, _)| *name != header::CONTENT_TYPE);
    }
    answer.headers.extend(headers);
    answer
}

/// A whole number from a query, or the default; `None` when it is none or not in the range.
fn count(
    query: &Query<'_>,
    name: &str,
    default: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Option<usize> {
    match query.filled(name) {
        None => Some(default),
        Some(text) => text.parse().ok().filter(|n| range.contains(n)),
    }
}

/// Whether every word of `q` is in the text, in any case; operators are not understood, as words they never match.
fn matches(q: Option<&str>, text: &str) -> bool {
    let text = text.to_lowercase();
    q.is_none_or(|q| {
        q.to_lowercase()
            .split_whitespace()
            .all(|word| text.contains(word.trim_matches('"')))
    })
}
