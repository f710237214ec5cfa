//! GitHub REST: releases and events of a repository, paged by `Link`, with its limits, ETags and refusals.
//!
//! `acme/gizmo` has both, `acme/empty` neither, `acme/widget` was renamed to `acme/gizmo`. A 304 costs nothing of the
//! primary limit for who has a token, as GitHub promises it; without one it does. The secondary limit is a fault: `Fault::status(403)` answers as it does, without a header, and with
//! an `x-ratelimit-remaining` among its headers as the primary one does. Every answer carries a `Date` of the
//! sandbox's own clock, which its `x-ratelimit-reset` is told by.

use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Asked, Watch,
    allowance::{Allowance, Standing},
    count,
    feeds::http_date,
};
use crate::{
    answer::{Answer, Query, fingerprint},
    caching::{Caching, Tag},
    data::code,
};

/// The number of `acme/gizmo`, by which its later pages are addressed.
const NUMBER: &str = "9001";
const VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];
const DOCS: &str = "https://docs.github.example/rest";

#[derive(Debug)]
pub(crate) struct GitHub {
    releases: Vec<Value>,
    events: Vec<Value>,
    key: Option<String>,
    allowed: Option<u64>,
    allowance: Allowance,
    watch: Watch,
    newest: Timestamp,
}

impl GitHub {
    pub(super) fn new(
        seed: u64,
        now: Timestamp,
        watch: Watch,
        key: Option<String>,
        allowed: Option<u64>,
    ) -> Self {
        Self {
            releases: code::releases(seed, now),
            events: code::events(seed, now),
            key,
            allowed,
            allowance: Allowance::new(SignedDuration::from_hours(1)),
            watch,
            newest: now,
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let mut answer = self.dated(asked);
        say(&mut answer, "date", &http_date(self.watch.now()));
        answer.with(
            HeaderName::from_static("x-github-media-type"),
            "github.v3; format=json",
        )
    }

    fn dated(&self, asked: Asked<'_>) -> Answer {
        if asked
            .header(header::USER_AGENT)
            .is_none_or(|agent| agent.trim().is_empty())
        {
            return Answer::new(
                StatusCode::FORBIDDEN,
                "text/plain; charset=utf-8",
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\r\n",
            );
        }
        if let Some(version) = asked.header("x-github-api-version")
            && !VERSIONS.contains(&version)
        {
            return refusal(400, &format!("The API version {version} is not supported."));
        }
        let token = asked
            .authorization()
            .map(|text| text.strip_prefix("token ").unwrap_or(text))
            .filter(|token| !token.is_empty());
        if let (Some(token), Some(key)) = (token, self.key.as_deref())
            && token != key
        {
            return refusal(401, "Bad credentials");
        }
        let client = token.unwrap_or("without a token");
        let limit = self
            .allowed
            .unwrap_or(if token.is_some() { 5_000 } else { 60 });
        let spend = |costs| self.allowance.spend(client, limit, self.watch.now(), costs);
        if asked.path == "/rate_limit" {
            let standing = spend(false);
            let core = json!({
                "limit": standing.limit, "used": standing.used, "remaining": standing.remaining(),
                "reset": standing.ends.as_second(),
            });
            let body = json!({ "resources": { "core": core }, "rate": core });
            return metered(Answer::json(body.to_string()), standing);
        }
        if spend(false).refused {
            let answer = Answer::error(StatusCode::FORBIDDEN, &limited(true));
            return metered(answer, spend(true));
        }
        let answer = self.route(asked, token.is_some());
        let costs = token.is_none() || answer.status != StatusCode::NOT_MODIFIED;
        metered(answer, spend(costs))
    }

    fn route(&self, asked: Asked<'_>, has_token: bool) -> Answer {
        let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
        let (list, what) = match parts.as_slice() {
            ["repos", "acme", "gizmo", what] | ["repositories", NUMBER, what] => (true, *what),
            ["repos", "acme", "empty", what] => (false, *what),
            ["repos", "acme", "widget", what] => {
                let query = asked
                    .query
                    .map_or(String::new(), |query| format!("?{query}"));
                let to = format!("{}/repositories/{NUMBER}/{what}{query}", asked.origin());
                let body = json!({
                    "message": "Moved Permanently", "url": to, "documentation_url": DOCS,
                });
                let mut answer = Answer::error(StatusCode::MOVED_PERMANENTLY, &body);
                say(&mut answer, "location", &to);
                return answer;
            }
            _ => return refusal(404, "Not Found"),
        };
        let rows: Vec<&Value> = match (what, list) {
            ("releases", true) => self
                .releases
                .iter()
                // Who may not push does not see drafts.
                .filter(|release| has_token || release["draft"] == false)
                .collect(),
            ("events", true) => self.events.iter().collect(),
            ("releases" | "events", false) => Vec::new(),
            _ => return refusal(404, "Not Found"),
        };
        let query = asked.query();
        let mut answer = page(&query, what, &rows, &asked.origin());
        if what == "events" {
            say(&mut answer, "x-poll-interval", "60");
        }
        if answer.status != StatusCode::OK {
            return answer;
        }
        // The tag differs for each credential and each wish, as `Vary` says.
        let mut mark = answer.body.to_vec();
        for name in [header::ACCEPT, header::AUTHORIZATION] {
            mark.extend_from_slice(asked.header(name).unwrap_or_default().as_bytes());
        }
        let rule = Caching::none()
            .etag(Tag::Text(format!("W/\"{:016x}\"", fingerprint(&mark))))
            .header("cache-control", "private, max-age=60, s-maxage=60")
            .header("vary", "Accept, Authorization, Cookie, Accept-Encoding");
        let rule = if what == "events" {
            rule.last_modified(http_date(self.newest))
        } else {
            rule
        };
        rule.apply(answer, asked.headers)
    }
}

fn page(query: &Query<'_>, what: &str, rows: &[&Value], origin: &str) -> Answer {
    // What is no number, or too large, is taken for the nearest that is allowed, and not refused.
    let size = query
        .filled("per_page")
        .and_then(|text| text.parse::<usize>().ok())
        .map_or(30, |size| size.clamp(1, 100));
    let page = count(query, "page", 1, 1..=1_000_000).unwrap_or(1);
    let last = rows.len().div_ceil(size).max(1);
    let shown: Vec<&&Value> = rows.iter().skip((page - 1) * size).take(size).collect();
    let mut answer = Answer::json(json!(shown).to_string());
    let link = |page: usize, rel: &str| {
        format!(
            "<{origin}/repositories/{NUMBER}/{what}?per_page={size}&page={page}>; rel=\"{rel}\""
        )
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(link((page - 1).min(last), "prev"));
    }
    if page < last {
        links.push(link(page + 1, "next"));
        links.push(link(last, "last"));
    }
    if page > 1 {
        links.push(link(1, "first"));
    }
    if !links.is_empty() {
        say(&mut answer, "link", &links.join(", "));
    }
    answer
}

fn metered(mut answer: Answer, standing: Standing) -> Answer {
    for (name, value) in [
        ("x-ratelimit-limit", standing.limit.to_string()),
        ("x-ratelimit-remaining", standing.remaining().to_string()),
        ("x-ratelimit-used", standing.used.to_string()),
        ("x-ratelimit-reset", standing.ends.as_second().to_string()),
        ("x-ratelimit-resource", "core".to_owned()),
    ] {
        say(&mut answer, name, &value);
    }
    answer
}

fn say(answer: &mut Answer, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        answer.headers.push((HeaderName::from_static(name), value));
    }
}

fn refusal(code: u16, words: &str) -> Answer {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST);
    Answer::error(status, &message(code, words))
}

/// The shape of every error.
pub(super) fn message(code: u16, words: &str) -> Value {
    json!({ "message": words, "documentation_url": DOCS, "status": code.to_string() })
}

/// The words of the primary limit, or of the secondary one.
pub(super) fn limited(primary: bool) -> Value {
    let words = if primary {
        "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get a higher rate limit.)"
    } else {
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    };
    json!({ "message": words, "documentation_url": format!("{DOCS}/rate-limits") })
}
