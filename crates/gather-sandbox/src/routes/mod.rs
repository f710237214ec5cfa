//! What each simulated API answers to a healthy request.
//!
//! `World` renders everything that does not depend on the query once, at the start, so that the
//! fast path of a benchmark is a look-up and a reference-counted body.
//!
//! Not here: latency and faults (`server`). Shapes follow the providers' own documentation.

mod any;
mod bank;
mod coded;
pub(crate) mod control;
mod feeds;
mod guardian;
mod hacker_news;
mod newsapi;
mod rates;

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use hyper::body::Incoming;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use crate::{
    Api,
    answer::{Answer, Query},
    data::{ledger::Ledger, news::Newsroom, posts},
    fault,
};

/// All answers, ready.
#[derive(Debug)]
pub(crate) struct World {
    coded: Arc<coded::Coded>,
    newsapi: newsapi::NewsApi,
    guardian: guardian::Guardian,
    hacker_news: hacker_news::HackerNews,
    feeds: feeds::Feeds,
    bank: bank::Bank,
    rates: rates::Rates,
}

impl World {
    pub(crate) fn new(seed: u64, now: Timestamp, keys: &[(Api, String)]) -> Self {
        // Whole hours, so that asking a restarted sandbox some minutes later shows nothing as changed.
        let now = Timestamp::from_second(now.as_second().div_euclid(3600) * 3600).unwrap_or(now);
        let key = |api: Api| {
            keys.iter()
                .rev()
                .find(|(of, _)| *of == api)
                .map(|(_, key)| key.clone())
        };
        let news = Newsroom::new(seed, now);
        let posts = posts::posts(seed, now, &news.hacker_news);
        Self {
            coded: Arc::default(),
            newsapi: newsapi::NewsApi::new(&news.newsapi, key(Api::NewsApi)),
            guardian: guardian::Guardian::new(&news.guardian, key(Api::Guardian)),
            hacker_news: hacker_news::HackerNews::new(&posts),
            feeds: feeds::Feeds::new(&news.rss, &news.atom, now),
            bank: bank::Bank::new(
                &Ledger::new(seed, now.to_zoned(TimeZone::UTC).date()),
                key(Api::Bank),
            ),
            rates: rates::Rates::new(seed, now),
        }
    }
}

/// One request, as far as most routes need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    path: &'a str,
    query: Option<&'a str>,
    headers: &'a HeaderMap,
}

impl<'a> Asked<'a> {
    fn query(&self) -> Query<'a> {
        Query::new(self.query)
    }

    fn header(&self, name: impl header::AsHeaderName) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The credentials of `Authorization`, with or without `Bearer` before them.
    fn authorization(&self) -> Option<&'a str> {
        self.header(header::AUTHORIZATION)
            .map(|value| value.strip_prefix("Bearer ").unwrap_or(value).trim())
    }
}

pub(crate) async fn answer(api: Api, world: &World, request: Request<Incoming>) -> Answer {
    if api == Api::Any {
        return any::answer(&world.coded, request).await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let body = json!({ "message": format!("{} is not allowed here", request.method()) });
        return Answer::error(StatusCode::METHOD_NOT_ALLOWED, &body)
            .with(header::ALLOW, "GET, HEAD");
    }
    let uri = request.uri();
    let asked = Asked {
        path: uri.path(),
        query: uri.query(),
        headers: request.headers(),
    };
    match api {
        Api::NewsApi => world.newsapi.answer(asked),
        Api::Guardian => world.guardian.answer(asked),
        Api::HackerNews => world.hacker_news.answer(asked),
        Api::Feeds => world.feeds.answer(asked),
        Api::Bank => world.bank.answer(asked),
        Api::Rates | Api::Any => world.rates.answer(asked),
    }
}

/// An error that was ordered, in the shape that this API gives its errors.
pub(crate) fn failure(
    api: Api,
    code: u16,
    retry_after: Option<&str>,
    headers: &[(String, String)],
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
        _ => json!({ "error": reason }),
    };
    let mut answer = Answer::error(status, &body);
    if let Some(value) = retry_after.and_then(|value| HeaderValue::try_from(value).ok()) {
        answer.headers.push((header::RETRY_AFTER, value));
    }
    answer.headers.extend(
        headers
            .iter()
            .filter_map(|(name, value)| fault::header(name, value).ok()),
    );
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
