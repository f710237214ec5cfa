//! Whether to try again, and when: one function decides, and the table of [`Retry`] is what it does.
//!
//! Sources: RFC 9110 sections 9.2.2 (idempotent methods), 10.2.3 (Retry-After) and 5.6.7 (dates); RFC 6585
//! section 4 (429); RFC 8470 (425).

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, StatusCode, header};

use crate::error::{Error, Kind};

/// How often and how soon to try again.
///
/// | what happened | again? |
/// |---|---|
/// | the method is not idempotent (POST, PATCH) and the request was sent | no |
/// | no connection: refused, reset, unreachable, timed out | yes |
/// | the name does not resolve, the TLS handshake fails | no |
/// | the connection broke, no first byte in time, the attempt took too long | yes |
/// | the body broke off, stalled, or was badly encoded | yes |
/// | 408, 425, 429, 500, 502, 503, 504 | yes |
/// | 403 that says "too many requests" by its headers or body | yes |
/// | any other status; a body over the cap; an unsafe redirect or address; a proxy's refusal | no |
/// | the host's retry budget is spent, its circuit breaker is open | no |
///
/// The pause before attempt n+1 is drawn evenly from 0 to `base * 2^(n-1)`, at most `cap` ("full jitter"), so that
/// those who failed together do not come back together. What the server asks for (`Retry-After`, or a limit that is used
/// up until its reset) is waited out by the whole host. An attempt that could not start before the deadline is not
/// waited for: the caller hears at once when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// Attempts in all, the first one counted: 1 means "never again". Default 3.
    pub attempts: u32,
    /// The longest pause before the second attempt; it doubles with each further one. Default 0.5 s.
    pub base: Duration,
    /// The longest pause of all, other than one the server asked for. Default 8 s.
    pub cap: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(8),
        }
    }
}

impl Retry {
    /// One attempt and no more.
    #[must_use]
    pub fn never() -> Self {
        Self::up_to(1)
    }

    /// At most `attempts` attempts in all (at least 1), with the default pauses.
    #[must_use]
    pub fn up_to(attempts: u32) -> Self {
        Self {
            attempts: attempts.max(1),
            ..Self::default()
        }
    }

    /// The pause after `attempts` attempts have failed.
    pub(crate) fn pause(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(20);
        let most = self.base.saturating_mul(1 << doublings).min(self.cap);
        most.mul_f64(fastrand::f64())
    }
}

/// Whether a method may be repeated without doing more than was asked (RFC 9110 section 9.2.2).
pub(crate) fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    )
}

/// Whether a status is worth another attempt.
pub(crate) fn is_transient_status(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// Whether a failure is worth another attempt, the method aside.
pub(crate) fn is_transient(error: &Error) -> bool {
    match error.kind() {
        Kind::Refused
        | Kind::Connect
        | Kind::Closed
        | Kind::Protocol
        | Kind::Truncated
        | Kind::Encoding(_) => true,
        Kind::Timeout(kind, _) => {
            use crate::timeouts::TimeoutKind::{Attempt, BetweenBytes, Connect, FirstByte};
            matches!(kind, Connect | FirstByte | BetweenBytes | Attempt)
        }
        Kind::Status(status) => is_transient_status(*status),
        Kind::Request(_)
        | Kind::Client(_)
        | Kind::Dns
        | Kind::Tls
        | Kind::Limited(_)
        | Kind::TooLarge(_)
        | Kind::Bomb(_)
        | Kind::Private
        | Kind::CircuitOpen
        | Kind::Proxy(_)
        | Kind::Ledger
        | Kind::Redirect(_)
        | Kind::Decode(_) => false,
    }
}

/// The longest `Retry-After` that is believed: a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a server asked to be left alone, counted from now.
///
/// Seconds or any of the three HTTP dates; a date is compared with the server's own `Date`, so that a clock that is
/// wrong on either side does no harm. A past date is zero. What is neither, two fields that differ, and more than a
/// day are not believed: `None`.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let mut values = headers.get_all(header::RETRY_AFTER).iter();
    let value = values.next()?;
    if values.any(|other| other != value) {
        return None;
    }
    let text = value.to_str().ok()?.trim();
    let wait = if text.bytes().all(|b| b.is_ascii_digit()) {
        Duration::from_secs(text.parse().ok()?)
    } else {
        let until = httpdate::parse_http_date(text).ok()?;
        let server_now = headers
            .get(header::DATE)
            .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
            .unwrap_or(now);
        until.duration_since(server_now).unwrap_or_default()
    };
    (wait <= LONGEST).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| {
                (
                    header::HeaderName::from_static(name),
                    value.parse().unwrap(),
                )
            })
            .collect()
    }

    fn at(text: &str) -> SystemTime {
        httpdate::parse_http_date(text).unwrap()
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_in_all_three_date_forms() {
        let now = at("Fri, 20 Nov 2026 12:00:00 GMT");
        for value in [
            "90",
            "Fri, 20 Nov 2026 12:01:30 GMT",
            "Friday, 20-Nov-26 12:01:30 GMT",
            "Fri Nov 20 12:01:30 2026",
        ] {
            let wait = retry_after(&headers(&[("retry-after", value)]), now);
            assert_eq!(wait, Some(Duration::from_secs(90)), "{value}");
        }
    }

    #[test]
    fn a_date_is_compared_with_the_servers_own_clock() {
        let ours = at("Fri, 20 Nov 2026 12:00:00 GMT");
        let fields = headers(&[
            ("date", "Fri, 20 Nov 2026 12:10:00 GMT"),
            ("retry-after", "Fri, 20 Nov 2026 12:10:07 GMT"),
        ]);
        assert_eq!(retry_after(&fields, ours), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_past_date_is_no_wait() {
        let now = at("Fri, 20 Nov 2026 12:00:00 GMT");
        let fields = headers(&[("retry-after", "Thu, 19 Nov 2026 12:00:00 GMT")]);
        assert_eq!(retry_after(&fields, now), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_no_retry_after_is_not_believed() {
        let now = at("Fri, 20 Nov 2026 12:00:00 GMT");
        for value in ["abc", "-5", "99999999999999999999", "86401", "1.5"] {
            assert_eq!(
                retry_after(&headers(&[("retry-after", value)]), now),
                None,
                "{value}"
            );
        }
        let two = headers(&[("retry-after", "7"), ("retry-after", "9")]);
        assert_eq!(retry_after(&two, now), None);
        let same = headers(&[("retry-after", "7"), ("retry-after", "7")]);
        assert_eq!(retry_after(&same, now), Some(Duration::from_secs(7)));
    }

    #[test]
    fn pauses_double_up_to_the_cap_and_are_spread() {
        let retry = Retry::default();
        for (attempts, most) in [(1, 500), (2, 1000), (3, 2000), (9, 8000), (4000, 8000)] {
            let most = Duration::from_millis(most);
            let pauses: Vec<_> = (0..200).map(|_| retry.pause(attempts)).collect();
            assert!(pauses.iter().all(|&pause| pause <= most));
            assert!(pauses.iter().any(|&pause| pause > most / 2));
            assert!(pauses.iter().any(|&pause| pause < most / 2));
        }
    }
}
