//! What a server says about its limits besides `Retry-After`: how many requests are left, and until when.
//!
//! Every dialect becomes the same [`Advice`], that of the window with the fewest requests left. What is malformed,
//! contradicts itself or lies more than a day ahead is not believed: then there is no advice, and the caller falls
//! back on its own pauses. An answer that a cache kept (`Age` above 0) says nothing about now.
//!
//! Not here: `Retry-After`, which takes precedence over everything here when it is present (`retry::retry_after`; the
//! caller asks it first); answers out of our own cache, which are never shown to this module.
//!
//! Sources: draft-ietf-httpapi-ratelimit-headers-10 and its earlier forms; RFC 9651 (structured fields); GitHub's
//! documentation of primary and secondary limits; the fields other services send are in `plain`.

mod plain;
mod reset;
mod structured;
#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode, header};

use reset::Reset;

/// The farthest reset that is believed: a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest window that is waited out when its reset is not told: an hour.
const LONGEST_UNTOLD: Duration = Duration::from_secs(60 * 60);

/// How much of a body is searched for the name of a secondary limit.
const BODY_HEAD: usize = 2048;

/// What a server said about the limit that is nearest to being used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Advice {
    /// Requests left until the reset.
    pub(crate) remaining: u64,
    /// How long until there are more again, counted from now, never more than 24 h. Where the server names a short
    /// window and no reset, that is the window: at the latest then. `None` when not told or not believed.
    pub(crate) reset: Option<Duration>,
    /// The length of the window, where the server names it.
    pub(crate) window: Option<Duration>,
    /// What the limit counts.
    pub(crate) scope: Scope,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Our requests to the host.
    Host,
    /// Our requests for one thing among many, such as one bank account: the host's others may go on.
    Part,
}

/// What the headers of an answer say; `None` when they say nothing that can be believed.
///
/// Of several limits the one with the fewest requests left; of equals one of the whole host, and the one that says to
/// wait longest, a told reset before a mere window. Instants are compared with the server's own `Date`, and with `now`
/// where it sends none.
pub(crate) fn read(headers: &HeaderMap, status: StatusCode, now: SystemTime) -> Option<Advice> {
    if !mentions_a_limit(headers) || comes_from_a_cache(headers) {
        return None;
    }
    let now = server_time(headers).unwrap_or(now);
    structured::readings(headers)
        .into_iter()
        .chain(plain::readings(
            headers,
            status == StatusCode::TOO_MANY_REQUESTS,
        ))
        .map(|reading| (reading.reset.is_some(), reading.advice(now)))
        .min_by_key(|(told, advice)| {
            (
                advice.remaining,
                advice.scope != Scope::Host,
                Reverse((*told && advice.reset.is_some(), advice.reset)),
            )
        })
        .map(|(_, advice)| advice)
}

/// How long to leave the host alone: until the reset, when nothing is left before it.
pub(crate) fn pause(advice: &Advice) -> Option<Duration> {
    let used_up = advice.remaining == 0 && advice.scope == Scope::Host;
    advice.reset.filter(|reset| used_up && !reset.is_zero())
}

/// Whether an answer says "too many requests": 429, or 403 with nothing left or with a `Retry-After`.
///
/// GitHub answers 403 for its limits too; such an answer is no authorisation failure. Its secondary limits may come
/// with no header at all: [`names_secondary_limit`] tells them by the body.
pub(crate) fn is_rate_limit(status: StatusCode, headers: &HeaderMap) -> bool {
    match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::FORBIDDEN => {
            headers.contains_key(header::RETRY_AFTER)
                || read(headers, status, SystemTime::UNIX_EPOCH)
                    .is_some_and(|advice| advice.remaining == 0)
        }
        _ => false,
    }
}

/// Whether a refusal names one of GitHub's secondary limits in the first 2 KiB of its decoded body.
pub(crate) fn names_secondary_limit(status: StatusCode, body: &[u8]) -> bool {
    // "Abuse detection" is what they were called before 2022, and still are by Enterprise servers.
    const NAMES: [&[u8]; 3] = [
        b"secondary rate limit",
        b"secondary-rate-limit",
        b"abuse detection",
    ];
    let head = body[..body.len().min(BODY_HEAD)].to_ascii_lowercase();
    matches!(status.as_u16(), 403 | 429)
        && NAMES
            .iter()
            .any(|name| head.windows(name.len()).any(|part| part == *name))
}

/// How long to leave a host alone that refused for a secondary limit without saying until when.
///
/// `refusals` counts those in a row, from 1: a minute, then twice as long each time, at most an hour.
pub(crate) fn secondary_pause(refusals: u32) -> Duration {
    let doublings = refusals.saturating_sub(1).min(6);
    Duration::from_secs(60 << doublings).min(LONGEST_UNTOLD)
}

/// One limit as one field, or one group of fields, states it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading {
    remaining: u64,
    reset: Option<Reset>,
    window: Option<Duration>,
    scope: Scope,
}

impl Reading {
    fn advice(self, now: SystemTime) -> Advice {
        let reset = match self.reset {
            Some(reset) => {
                let farthest = self.window.map_or(LONGEST, |window| window.min(LONGEST));
                Some(reset.from(now)).filter(|wait| *wait <= farthest)
            }
            None => self.window.filter(|window| *window <= LONGEST_UNTOLD),
        };
        Advice {
            remaining: self.remaining,
            reset,
            window: self.window,
            scope: self.scope,
        }
    }
}

/// Whether any field may be about a limit: most answers have none, and need not be looked at any closer.
fn mentions_a_limit(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let name = name.as_str();
        // All of them begin with `ratelimit`, `x-` or `http_x_`; looking for that first is what makes this quick.
        matches!(name.as_bytes().first(), Some(b'r' | b'x' | b'h'))
            && (name.contains("limit") || name.contains("quota"))
    })
}

/// Whether a cache on the way kept the answer, with the figures of the request it was fetched by.
fn comes_from_a_cache(headers: &HeaderMap) -> bool {
    single(headers, header::AGE.as_str())
        .and_then(|age| age.parse::<u64>().ok())
        .is_some_and(|age| age > 0)
}

/// The server's own clock.
fn server_time(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(single(headers, header::DATE.as_str())?).ok()
}

/// The text of a field that stands once, or several times with the same value.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.any(|other| other != value) {
        return None;
    }
    Some(value.to_str().ok()?.trim())
}
