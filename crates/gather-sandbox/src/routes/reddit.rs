//! Reddit: the token endpoint, listings for who has a token, and a block page for who has none.
//!
//! One server plays both of Reddit's hosts. Tokens end by time, by a number of requests, or when they are revoked.
//! Two posts that are stuck to the top of `hot` come on every page of it, as they do there.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Asked, Watch, allowance::Allowance, count, feeds::xml};
use crate::{
    answer::{Answer, Query, fingerprint},
    data::threads::{Thread, threads},
};

const SUBS: [&str; 2] = ["handtools", "lighthouses"];
const TOKEN_PATH: &str = "/api/v1/access_token";
const NO_STORE: &str = "private, s-maxage=0, max-age=0, must-revalidate, no-store";
/// Of the form of a token request.
const MOST_BYTES: usize = 64 << 10;

#[derive(Debug)]
pub(crate) struct Reddit {
    seed: u64,
    threads: Vec<Thread>,
    key: Option<String>,
    allowed: u64,
    allowance: Allowance,
    life: Duration,
    uses: Option<u64>,
    tokens: Mutex<Tokens>,
    watch: Watch,
}

#[derive(Debug, Default)]
struct Tokens {
    given: u64,
    good: HashMap<String, Token>,
}

#[derive(Debug)]
struct Token {
    client: String,
    ends: Timestamp,
    uses: u64,
}

impl Reddit {
    pub(super) fn new(
        seed: u64,
        now: Timestamp,
        watch: Watch,
        key: Option<String>,
        allowed: Option<u64>,
        (life, uses): (Duration, Option<u64>),
    ) -> Self {
        Self {
            seed,
            threads: threads(seed, now),
            key,
            allowed: allowed.unwrap_or(600),
            allowance: Allowance::new(SignedDuration::from_mins(10)),
            life,
            uses,
            tokens: Mutex::default(),
            watch,
        }
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        // Nothing panics half-way through a change of it.
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn revoke_tokens(&self) {
        self.tokens().good.clear();
    }

    /// The token endpoint, the only one that takes POST.
    pub(super) async fn post(&self, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        if parts.uri.path() != TOKEN_PATH {
            return error(StatusCode::NOT_FOUND, None);
        }
        let answer = match Limited::new(body, MOST_BYTES).collect().await {
            Ok(form) => self.token(&parts.headers, &form.to_bytes()),
            Err(_) => error(StatusCode::BAD_REQUEST, None),
        };
        answer.with(header::CACHE_CONTROL, NO_STORE)
    }

    fn token(&self, headers: &HeaderMap, form: &[u8]) -> Answer {
        let client = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
            .and_then(|text| String::from_utf8(BASE64_STANDARD.decode(text.trim()).ok()?).ok())
            .filter(|pair| self.key.as_ref().map_or(pair.len() > 1, |key| key == pair));
        let Some(client) = client else {
            return error(StatusCode::UNAUTHORIZED, None)
                .with(header::WWW_AUTHENTICATE, "Basic realm=\"reddit\"");
        };
        let form = String::from_utf8_lossy(form);
        let form = Query::new(Some(&form));
        let known = [
            "client_credentials",
            "password",
            "https://oauth.reddit.com/grants/installed_client",
        ];
        if !form
            .filled("grant_type")
            .is_some_and(|grant| known.contains(&grant))
        {
            let body = json!({ "error": "unsupported_grant_type" });
            return Answer::error(StatusCode::BAD_REQUEST, &body);
        }
        let mut tokens = self.tokens();
        tokens.given += 1;
        let mark = fingerprint(format!("{} {} {client}", self.seed, tokens.given).as_bytes());
        let token = format!("sandbox-{}-{mark:016x}", tokens.given);
        let life = SignedDuration::try_from(self.life).unwrap_or(SignedDuration::from_hours(24));
        let ends = self.watch.now();
        let ends = ends.checked_add(life).unwrap_or(ends);
        let body = json!({
            "access_token": token, "token_type": "bearer", "expires_in": self.life.as_secs(), "scope": "*",
        });
        tokens.good.insert(
            token,
            Token {
                client,
                ends,
                uses: 0,
            },
        );
        Answer::json(body.to_string())
    }

    /// Whose token it is, as long as it is good.
    fn admit(&self, token: &str) -> Option<String> {
        let mut tokens = self.tokens();
        let known = tokens.good.get_mut(token)?;
        known.uses += 1;
        (known.ends > self.watch.now() && self.uses.is_none_or(|uses| known.uses <= uses))
            .then(|| known.client.clone())
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let parts: Vec<&str> = asked
            .path
            .trim_end_matches('/')
            .split('/')
            .skip(1)
            .collect();
        if let ["r", sub, ".rss"] | ["r", sub, _, ".rss"] = parts.as_slice() {
            return match sub_of(sub) {
                Some(sub) => atom(sub, &self.threads, &asked.origin()),
                None => Answer::new(
                    StatusCode::NOT_FOUND,
                    "text/html; charset=utf-8",
                    "<h1>not found</h1>",
                ),
            };
        }
        let Some(token) = asked.authorization() else {
            return blocked();
        };
        let Some(client) = self.admit(token) else {
            return error(StatusCode::UNAUTHORIZED, None)
                .with(
                    header::WWW_AUTHENTICATE,
                    "Bearer realm=\"reddit\", error=\"invalid_token\"",
                )
                .with(header::CACHE_CONTROL, NO_STORE);
        };
        let standing = self
            .allowance
            .spend(&client, self.allowed, self.watch.now(), true);
        let mut answer = if standing.refused {
            error(StatusCode::TOO_MANY_REQUESTS, None)
        } else {
            self.listing(&parts, &asked.query())
        };
        let wait = standing.ends.as_second() - self.watch.now().as_second();
        for (name, value) in [
            ("x-ratelimit-used", standing.used.to_string()),
            (
                "x-ratelimit-remaining",
                format!("{}.0", standing.remaining()),
            ),
            ("x-ratelimit-reset", wait.max(0).to_string()),
        ] {
            if let Ok(value) = HeaderValue::try_from(value) {
                answer.headers.push((HeaderName::from_static(name), value));
            }
        }
        answer.with(header::CACHE_CONTROL, NO_STORE)
    }

    fn listing(&self, parts: &[&str], query: &Query<'_>) -> Answer {
        let (sub, sort) = match parts {
            ["r", sub] => (*sub, "hot"),
            ["r", sub, sort @ ("hot" | "new" | "rising" | "top")] => (*sub, *sort),
            ["subreddits", "search"] => {
                return Answer::new(
                    StatusCode::OK,
                    "text/html; charset=utf-8",
                    "<!doctype html><html><title>search results</title><p>there doesn't seem to be anything here</p></html>",
                );
            }
            _ => return error(StatusCode::NOT_FOUND, None),
        };
        let sub = match sub {
            "private" => return error(StatusCode::FORBIDDEN, Some("private")),
            "banned" => return error(StatusCode::NOT_FOUND, Some("banned")),
            sub => match sub_of(sub) {
                Some(sub) => sub,
                None => {
                    let mut answer = Answer::new(StatusCode::FOUND, "", "");
                    let query: String =
                        url::form_urlencoded::byte_serialize(sub.as_bytes()).collect();
                    if let Ok(to) = HeaderValue::try_from(format!("/subreddits/search?q={query}")) {
                        answer.headers.push((header::LOCATION, to));
                    }
                    return answer;
                }
            },
        };
        let mut found: Vec<&Thread> = self.threads.iter().collect();
        if sort == "top" {
            found.sort_by_key(|thread| std::cmp::Reverse((thread.score, &thread.id)));
        }
        let stuck: Vec<&Thread> = found
            .iter()
            .copied()
            .filter(|thread| sort == "hot" && thread.stickied)
            .collect();
        if sort == "hot" {
            found.retain(|thread| !thread.stickied);
        }
        let limit = count(query, "limit", 25, 1..=100).unwrap_or(100);
        let after = query
            .filled("after")
            .map(|name| name.trim_start_matches("t3_"));
        let first = match after {
            None => 0,
            Some(id) => match found.iter().position(|thread| thread.id == id) {
                Some(at) => at + 1,
                None => found.len(),
            },
        };
        let shown: Vec<&Thread> = found.iter().skip(first).take(limit).copied().collect();
        let next = (first + limit < found.len())
            .then(|| shown.last().map(|thread| format!("t3_{}", thread.id)))
            .flatten();
        let raw = query.get("raw_json") == Some("1");
        let children: Vec<Value> = stuck
            .iter()
            .chain(&shown)
            .map(|thread| json!({ "kind": "t3", "data": link(thread, sub, raw) }))
            .collect();
        let body = json!({
            "kind": "Listing",
            "data": {
                "after": next, "before": Value::Null, "dist": children.len(), "modhash": "",
                "geo_filter": Value::Null, "children": children,
            },
        });
        Answer::json(body.to_string())
    }
}

fn sub_of(name: &str) -> Option<&'static str> {
    SUBS.into_iter().find(|sub| sub.eq_ignore_ascii_case(name))
}

/// Without `raw_json=1`, texts come with three characters escaped.
fn text(text: &str, raw: bool) -> String {
    if raw {
        text.to_owned()
    } else {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of this century are exact in an f64"
)]
fn link(thread: &Thread, sub: &str, raw: bool) -> Value {
    let permalink = format!("/r/{sub}/comments/{}/post/", thread.id);
    let own = format!("https://www.reddit.example{permalink}");
    let created = thread.created as f64;
    let mut data = json!({
        "id": thread.id,
        "name": format!("t3_{}", thread.id),
        "title": text(&thread.title, raw),
        "author": thread.author.as_deref().unwrap_or("[deleted]"),
        "subreddit": sub,
        "permalink": permalink,
        "url": text(thread.url.as_deref().unwrap_or(&own), raw),
        "domain": if thread.url.is_some() { "blog.example".to_owned() } else { format!("self.{sub}") },
        "is_self": thread.url.is_none(),
        "selftext": text(&thread.text, raw),
        "selftext_html": Value::Null,
        "score": thread.score,
        "ups": thread.score.max(0),
        "num_comments": thread.comments,
        "created_utc": created,
        // In a zone of its own, so that nobody should use it.
        "created": created + 28_800.0,
        "edited": false,
        "over_18": false,
        "stickied": thread.stickied,
        "thumbnail": if thread.url.is_none() { "self" } else { "default" },
        "link_flair_text": Value::Null,
        "removed_by_category": Value::Null,
    });
    if thread.edited {
        data["edited"] = json!(created + 600.0);
    }
    data
}

fn atom(sub: &str, threads: &[Thread], origin: &str) -> Answer {
    use std::fmt::Write;
    let date = |second: i64| Timestamp::from_second(second).unwrap_or_default();
    let mut feed = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\" \
         xmlns:media=\"http://search.yahoo.com/mrss/\"><category term=\"{sub}\" label=\"r/{sub}\"/><updated>{}</updated>\
         <id>/r/{sub}/.rss</id><link rel=\"self\" href=\"{origin}/r/{sub}/.rss\" type=\"application/atom+xml\"/>\
         <link rel=\"alternate\" href=\"https://www.reddit.example/r/{sub}/\" type=\"text/html\"/><title>{sub}</title>",
        date(threads.first().map_or(0, |thread| thread.created)),
    );
    for thread in threads.iter().take(25) {
        let author = thread.author.as_deref().unwrap_or("[deleted]");
        let _ = write!(
            feed,
            "<entry><author><name>/u/{author}</name></author><category term=\"{sub}\" label=\"r/{sub}\"/>\
             <content type=\"html\">{}</content><id>t3_{}</id>\
             <link href=\"https://www.reddit.example/r/{sub}/comments/{}/post/\"/><updated>{published}</updated>\
             <published>{published}</published><title>{}</title></entry>",
            xml(&format!(
                "<div class=\"md\"><p>{}</p></div>",
                xml(&thread.text)
            )),
            thread.id,
            thread.id,
            xml(&thread.title),
            published = date(thread.created),
        );
    }
    feed.push_str("</feed>\n");
    Answer::new(StatusCode::OK, "application/atom+xml; charset=UTF-8", feed)
        .with(header::CACHE_CONTROL, "private, max-age=60")
}

fn error(status: StatusCode, reason: Option<&str>) -> Answer {
    let words = status.canonical_reason().unwrap_or("Error");
    let mut body = json!({ "message": words, "error": status.as_u16() });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    Answer::error(status, &body)
}

/// What a script without a token meets, whatever it asks for.
pub(super) fn blocked() -> Answer {
    Answer::new(
        StatusCode::FORBIDDEN,
        "text/html; charset=utf-8",
        "<!doctype html>\n<html><head><title>Blocked</title></head><body><h1>whoa there, pardner!</h1>\n\
         <p>Your request has been blocked due to a network policy. Try logging in or creating an account.</p></body></html>\n",
    )
}
