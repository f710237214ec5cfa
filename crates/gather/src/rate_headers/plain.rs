//! Fields with one number each: what most services send, under many spellings of the same names.
//!
//! | who | how many are left | the reset |
//! |---|---|---|
//! | drafts -00 to -06 | `RateLimit-Remaining` | `RateLimit-Reset`: seconds |
//! | GitHub | `X-RateLimit-Remaining` | `X-RateLimit-Reset`: seconds since 1970 |
//! | Reddit | `X-RateLimit-Remaining`: 599.0 | `X-RateLimit-Reset`: seconds |
//! | Kong, the Guardian | `X-RateLimit-Remaining-Day` and the like | none |
//! | others | `X-Rate-Limit-Remaining`, `X-API-Quota-Left` | milliseconds since 1970, dates |
//! | GoCardless | `HTTP_X_RATELIMIT_REMAINING`, `…_ACCOUNT_SUCCESS_REMAINING` | `…_RESET`: seconds |
//!
//! GoCardless has been seen to send zeros with answers that succeeded, so its zeros count only with a 429. Fewer than
//! none left (some say -1 for "no limit") says nothing.

use std::time::Duration;

use http::HeaderMap;

use super::{Reading, Scope, reset::Reset, single, structured};

/// Fields that belong together: what stands before `remaining`, `reset` and `limit`.
struct Family {
    prefix: &'static str,
    scope: Scope,
    /// Whether "nothing left" is to be believed only of a 429.
    zero_only_when_refused: bool,
    separator: char,
}

const FAMILIES: [Family; 5] = [
    Family::of("ratelimit-"),
    Family::of("x-ratelimit-"),
    Family::of("x-rate-limit-"),
    Family::go_cardless("http_x_ratelimit_", Scope::Host),
    Family::go_cardless("http_x_ratelimit_account_success_", Scope::Part),
];

impl Family {
    const fn of(prefix: &'static str) -> Self {
        Self {
            prefix,
            scope: Scope::Host,
            zero_only_when_refused: false,
            separator: '-',
        }
    }

    const fn go_cardless(prefix: &'static str, scope: Scope) -> Self {
        Self {
            prefix,
            scope,
            zero_only_when_refused: true,
            separator: '_',
        }
    }
}

/// Names of windows that stand after a field's name.
const WINDOWS: [(&str, u64); 5] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 60 * 60),
    ("day", 24 * 60 * 60),
    ("month", 31 * 24 * 60 * 60),
];

/// What all these fields say; `refused` when the answer is a 429.
pub(super) fn readings(headers: &HeaderMap, refused: bool) -> Vec<Reading> {
    // Most answers say nothing of the kind: one pass over the names spares them the forty questions below.
    if !headers.keys().any(|name| {
        let name = name.as_str();
        name.contains("ratelimit") || name.contains("rate-limit") || name == QUOTA_LEFT
    }) {
        return Vec::new();
    }
    let mut readings = Vec::new();
    for family in &FAMILIES {
        let plain = reading(headers, family, None, refused);
        let windows = WINDOWS
            .iter()
            .filter_map(|window| reading(headers, family, Some(*window), refused));
        readings.extend(plain.into_iter().chain(windows));
    }
    readings.extend(
        single(headers, QUOTA_LEFT)
            .and_then(count)
            .map(|remaining| Reading {
                remaining,
                reset: None,
                window: None,
                scope: Scope::Host,
            }),
    );
    readings
}

const QUOTA_LEFT: &str = "x-api-quota-left";

fn reading(
    headers: &HeaderMap,
    family: &Family,
    suffix: Option<(&str, u64)>,
    refused: bool,
) -> Option<Reading> {
    let field = |part: &str| {
        let mut name = format!("{}{part}", family.prefix);
        if let Some((window, _)) = suffix {
            name.push(family.separator);
            name.push_str(window);
        }
        headers.contains_key(&name).then(|| single(headers, &name))
    };
    let reset =
        field("reset").map(|text| text.and_then(Reset::guess).unwrap_or(Reset::UNBELIEVABLE));
    let remaining = match field("remaining") {
        Some(text) => count(text?)?,
        // Who refuses and says until when has nothing left.
        None if refused && reset.is_some() => 0,
        None => return None,
    };
    if remaining == 0 && family.zero_only_when_refused && !refused {
        return None;
    }
    Some(Reading {
        remaining,
        reset,
        window: match suffix {
            Some((_, seconds)) => Some(Duration::from_secs(seconds)),
            None => field("limit")
                .flatten()
                .and_then(structured::window_of_first),
        },
        scope: family.scope,
    })
}

/// How many are left: digits, with a fraction that does not count.
fn count(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    // Digits that do not fit are more than anybody asks.
    Some(whole.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_digits_and_perhaps_a_fraction() {
        for (text, expected) in [
            ("0", Some(0)),
            ("599.0", Some(599)),
            ("0.9", Some(0)),
            ("007", Some(7)),
            ("99999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("+1", None),
            ("", None),
            (".5", None),
            ("1.5.2", None),
            ("10, 20", None),
            ("unlimited", None),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }
}
