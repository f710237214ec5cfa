//! A report as a HAR 1.2 file, which browsers' developer tools and many other programs show as a waterfall.
//!
//! An entry is an attempt: a request that was retried or redirected has several. Headers, cookies and bodies are never
//! recorded, since keys stand in them: their lists are empty, and sizes that are not known are -1, as the format has
//! it. The addresses are the report's, without passwords and keys.
//!
//! HAR's phases are not quite ours. `blocked` is the wait for its turn, and for a connection that was open already;
//! `connect` contains `ssl`, as the format demands, and everything else that was done to get a new connection;
//! sending is so short that it is not told from waiting, so `send` is 0.
//!
//! Source: the HAR 1.2 specification by Jan Odvarko.

use std::time::{Duration, SystemTime};

use http::{StatusCode, Version};
use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use crate::report::{Attempt, Report};

impl Report {
    /// The timeline as a HAR 1.2 log: give it to a serializer, such as `serde_json::to_writer`.
    ///
    /// The fan-out is its only page, each attempt an entry, in the order in which they queued. Times are in
    /// milliseconds with microseconds as the fraction. No headers, cookies or bodies, and addresses without passwords
    /// and keys: what it says can be shown to others as far as the addresses can.
    ///
    /// ```
    /// # async fn example(client: gather::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let answers = client.gather(["https://a.example/", "https://b.example/"]).await;
    /// let file = std::fs::File::create("fan-out.har")?;
    /// serde_json::to_writer(std::io::BufWriter::new(file), &answers.report.har())?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn har(&self) -> impl Serialize + '_ {
        let mut attempts: Vec<&Attempt> = self.timeline.iter().collect();
        attempts.sort_by_key(|attempt| attempt.queued);
        Har {
            log: Log {
                version: "1.2",
                creator: Creator {
                    name: "gather",
                    version: env!("CARGO_PKG_VERSION"),
                },
                pages: [Page {
                    started: date(self.started_at, Duration::ZERO),
                    id: PAGE,
                    title: format!("{} requests at once", self.requests),
                    timings: PageTimings {
                        on_content_load: -1,
                        on_load: millis(micros(self.wall)),
                    },
                }],
                entries: attempts
                    .into_iter()
                    .map(|attempt| Entry::new(attempt, self.started_at))
                    .collect(),
            },
        }
    }
}

const PAGE: &str = "fan-out";

#[derive(Serialize)]
struct Har<'a> {
    log: Log<'a>,
}

#[derive(Serialize)]
struct Log<'a> {
    version: &'static str,
    creator: Creator,
    pages: [Page; 1],
    entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Creator {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Page {
    #[serde(rename = "startedDateTime")]
    started: String,
    id: &'static str,
    title: String,
    #[serde(rename = "pageTimings")]
    timings: PageTimings,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageTimings {
    on_content_load: i8,
    on_load: f64,
}

#[derive(Serialize)]
struct Entry<'a> {
    pageref: &'static str,
    #[serde(rename = "startedDateTime")]
    started: String,
    time: f64,
    request: Request<'a>,
    response: Response<'a>,
    cache: Nothing,
    timings: Timings,
    comment: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    method: &'a str,
    url: &'a str,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: [Nothing; 0],
    query_string: Vec<Pair>,
    headers_size: i8,
    body_size: i8,
}

#[derive(Serialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: [Nothing; 0],
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: &'static str,
    headers_size: i8,
    body_size: i64,
    /// Where developer tools put and look for the reason why there is no answer.
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    size: i8,
    mime_type: &'static str,
}

#[derive(Serialize)]
struct Nothing {}

impl<'a> Entry<'a> {
    fn new(attempt: &'a Attempt, started_at: SystemTime) -> Self {
        let timings = Phases::of(attempt);
        let version = attempt.version.map_or(UNKNOWN, version);
        Self {
            pageref: PAGE,
            started: date(started_at, attempt.queued),
            time: millis(timings.sum()),
            request: Request {
                method: attempt.method.as_str(),
                url: &attempt.url,
                http_version: version,
                cookies: [],
                headers: [],
                query_string: query(&attempt.url),
                headers_size: -1,
                body_size: -1,
            },
            response: Response {
                // 0 is what developer tools write where there is no answer.
                status: attempt.status.unwrap_or(0),
                status_text: attempt
                    .status
                    .and_then(|status| StatusCode::from_u16(status).ok()?.canonical_reason())
                    .unwrap_or(""),
                http_version: version,
                cookies: [],
                headers: [],
                content: Content {
                    size: -1,
                    mime_type: "x-unknown",
                },
                redirect_url: "",
                headers_size: -1,
                body_size: match attempt.status {
                    Some(_) => i64::try_from(attempt.received).unwrap_or(i64::MAX),
                    None => -1,
                },
                error: attempt.error.as_deref(),
            },
            cache: Nothing {},
            timings: timings.into(),
            comment: format!("request {}, attempt {}", attempt.request, attempt.number),
        }
    }
}

/// Phases in microseconds that add up to the whole time of the attempt; `None` where one does not apply.
struct Phases {
    blocked: u64,
    dns: Option<u64>,
    connect: Option<u64>,
    ssl: Option<u64>,
    wait: u64,
    receive: u64,
}

impl Phases {
    fn of(attempt: &Attempt) -> Self {
        let end = micros(attempt.ended);
        // Marks that are missing are where the next one is, so that their phase is empty.
        let first_byte = attempt.first_byte.map_or(end, micros);
        let sent = attempt.sent.map_or(first_byte, micros);
        let start = micros(attempt.started);
        let turn = start.saturating_sub(micros(attempt.queued));
        let connection = sent.saturating_sub(start);
        let steps = attempt.connecting;
        let dns = micros(steps.resolve).min(connection);
        let (blocked, dns, connect, ssl) = if attempt.reused {
            (turn + connection, None, None, None)
        } else {
            let ssl = micros(steps.tls);
            (
                turn,
                (dns > 0).then_some(dns),
                Some(connection - dns),
                (ssl > 0).then_some(ssl.min(connection - dns)),
            )
        };
        Self {
            blocked,
            dns,
            connect,
            ssl,
            wait: first_byte.saturating_sub(sent),
            receive: end.saturating_sub(first_byte),
        }
    }

    /// Without `ssl`, which is a part of `connect`.
    fn sum(&self) -> u64 {
        self.blocked + self.dns.unwrap_or(0) + self.connect.unwrap_or(0) + self.wait + self.receive
    }
}

#[derive(Serialize)]
struct Timings {
    blocked: f64,
    dns: f64,
    connect: f64,
    send: u8,
    wait: f64,
    receive: f64,
    ssl: f64,
}

impl From<Phases> for Timings {
    fn from(phases: Phases) -> Self {
        let or_none = |phase: Option<u64>| phase.map_or(-1.0, millis);
        Self {
            blocked: millis(phases.blocked),
            dns: or_none(phases.dns),
            connect: or_none(phases.connect),
            send: 0,
            wait: millis(phases.wait),
            receive: millis(phases.receive),
            ssl: or_none(phases.ssl),
        }
    }
}

const UNKNOWN: &str = "unknown";

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_11 => "HTTP/1.1",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => UNKNOWN,
    }
}

/// The parameters of an address, decoded.
fn query(url: &str) -> Vec<Pair> {
    Url::parse(url).map_or_else(
        |_| Vec::new(),
        |url| {
            url.query_pairs()
                .map(|(name, value)| Pair {
                    name: name.into_owned(),
                    value: value.into_owned(),
                })
                .collect()
        },
    )
}

/// ISO 8601 with milliseconds, in UTC; the nearest instant the calendar has, for a clock beyond it.
fn date(started_at: SystemTime, after: Duration) -> String {
    let instant = started_at
        .checked_add(after)
        .and_then(|instant| Timestamp::try_from(instant).ok())
        .unwrap_or(if started_at < SystemTime::UNIX_EPOCH {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        });
    format!("{instant:.3}")
}

fn micros(duration: Duration) -> u64 {
    // The largest is 2,283 years: more than enough, and not so large that sums of a few overflow.
    u64::try_from(duration.as_micros()).map_or(u64::MAX >> 8, |micros| micros.min(u64::MAX >> 8))
}

fn millis(micros: u64) -> f64 {
    // One division is rounded once: 12,345 µs are 12.345 and not 12.345000000000001.
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests;
