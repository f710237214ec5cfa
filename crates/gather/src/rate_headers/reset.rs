//! When a limit resets, in the many ways servers say it.
//!
//! A number is told apart by its size: from 10^12 on it is milliseconds since 1970, from 10^9 on seconds since 1970,
//! else seconds from now. So 293 is about five minutes (Reddit), 1795204800 an instant (GitHub), and 1795204800000
//! the same instant (others), not a pause of 56,000 years.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;

const MILLISECONDS_FROM: f64 = 1e12;
const SECONDS_FROM: f64 = 1e9;

/// When a limit resets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reset {
    /// So long after the answer.
    After(Duration),
    /// At this instant of the server's clock.
    At(SystemTime),
}

impl Reset {
    /// It was told, in no way that can be read: later than anybody waits.
    pub(super) const UNBELIEVABLE: Self = Self::After(Duration::MAX);

    /// A number whose size tells what it is, an HTTP date, or an ISO 8601 instant.
    pub(super) fn guess(text: &str) -> Option<Self> {
        if let Some(number) = number(text) {
            let since_1970 = if number >= MILLISECONDS_FROM {
                seconds(number / 1000.0)
            } else if number >= SECONDS_FROM {
                seconds(number)
            } else {
                return Some(Self::After(seconds(number)));
            };
            // An instant that the clock cannot hold is as unbelievable as a wait that long.
            return Some(
                SystemTime::UNIX_EPOCH
                    .checked_add(since_1970)
                    .map_or(Self::UNBELIEVABLE, Self::At),
            );
        }
        httpdate::parse_http_date(text)
            .ok()
            .or_else(|| Some(text.parse::<Timestamp>().ok()?.into()))
            .map(Self::At)
    }

    /// How long that is from `now`; what has passed already is zero.
    pub(super) fn from(self, now: SystemTime) -> Duration {
        match self {
            Self::After(wait) => wait,
            Self::At(instant) => instant.duration_since(now).unwrap_or_default(),
        }
    }
}

/// A decimal number and nothing else: `f64`'s own reader would take "infinity" and "1e999" too.
fn number(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    if !plain {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Below zero is zero.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number.max(0.0)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SystemTime {
        httpdate::parse_http_date(text).unwrap()
    }

    #[test]
    fn the_size_of_a_number_tells_its_unit() {
        let now = at("Sat, 21 Nov 2026 00:00:00 GMT");
        for (text, millis) in [
            ("293", 293_000),
            ("0.75", 750),
            ("-5", 0),
            ("999999999", 999_999_999_000),
            ("1795219230", 30_000),
            ("1795219230.5", 30_500),
            ("1795219230000", 30_000),
            ("1763625600", 0),
            ("1763625600000", 0),
        ] {
            let wait = Reset::guess(text).unwrap().from(now);
            assert_eq!(wait, Duration::from_millis(millis), "{text}");
        }
    }

    #[test]
    fn dates_of_both_kinds_are_instants() {
        let now = at("Sat, 21 Nov 2026 00:00:00 GMT");
        for text in [
            "Sat, 21 Nov 2026 00:00:30 GMT",
            "Saturday, 21-Nov-26 00:00:30 GMT",
            "Sat Nov 21 00:00:30 2026",
            "2026-11-21T00:00:30Z",
            "2026-11-21t00:00:30.000z",
            "2026-11-21T02:30:30+02:30",
        ] {
            let wait = Reset::guess(text)
                .unwrap_or_else(|| panic!("{text}"))
                .from(now);
            assert_eq!(wait, Duration::from_secs(30), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_guessed() {
        for text in [
            "",
            "-",
            ".",
            "soon",
            "inf",
            "NaN",
            "1e3",
            "1-2",
            "2026-11-21",
        ] {
            assert_eq!(Reset::guess(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_too_large_for_the_clock_is_a_wait_nobody_believes() {
        for text in ["99999999999999999999", &"9".repeat(300)] {
            let wait = Reset::guess(text).unwrap().from(SystemTime::UNIX_EPOCH);
            assert!(wait > Duration::from_secs(1 << 40), "{text}");
        }
        assert_eq!(Reset::guess(&"9".repeat(400)), None);
    }
}
