//! Dates as the world writes them: one reader for the fields of a mapping and for feeds.
//!
//! An instant without a zone is UTC; a number is seconds since 1970, or milliseconds when it is too large for
//! seconds. A calendar day of a bank is the day as written, never shifted into another zone.
//!
//! Not here: how a text that keeps no standard is taken apart (`written`), and whether a date can be believed: that
//! takes a clock, and whoever orders articles has one.
//! Source: RFC 3339, RFC 9557, RFC 5322 section 3.3.

pub(crate) mod names;
mod written;

use jiff::{Timestamp, civil::Date, fmt::rfc2822, tz::TimeZone};

use super::value;
use crate::jq::{Num, Val};

static MAIL: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);

/// A point in time; `None` for null and the empty text.
pub(crate) fn instant(value: &Val) -> Result<Option<Timestamp>, String> {
    match value {
        Val::Null => Ok(None),
        Val::Num(number) => epoch(&number_text(number)).map(Some),
        Val::TStr(_) => {
            let text = value::text(value).unwrap_or_default();
            let text = text.trim();
            if text.is_empty() {
                return Ok(None);
            }
            instant_of_text(text).map(Some).ok_or_else(|| no_date(text))
        }
        other => Err(format!("{} is not a date", value::kind(other))),
    }
}

/// A calendar day; `None` for null and the empty text.
pub(crate) fn day(value: &Val) -> Result<Option<Date>, String> {
    match value {
        Val::Null => Ok(None),
        Val::Num(_) => Ok(instant(value)?.map(|t| TimeZone::UTC.to_datetime(t).date())),
        Val::TStr(_) => {
            let text = value::text(value).unwrap_or_default();
            let text = text.trim();
            if text.is_empty() {
                return Ok(None);
            }
            day_of_text(text).map(Some).ok_or_else(|| no_date(text))
        }
        other => Err(format!("{} is not a date", value::kind(other))),
    }
}

fn no_date(text: &str) -> String {
    format!("`{}` is not a date", value::clip(text))
}

/// A point in time in whatever way it is written; `None`: it is none, or has more than one meaning.
pub(crate) fn instant_of_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if looks_like_epoch(text) {
        return epoch(text).ok();
    }
    text.parse()
        .ok()
        .or_else(|| MAIL.parse_timestamp(text).ok())
        .or_else(|| written::read(text).and_then(written::Written::instant))
}

fn day_of_text(text: &str) -> Option<Date> {
    if looks_like_epoch(text) {
        return epoch(text)
            .ok()
            .map(|t| TimeZone::UTC.to_datetime(t).date());
    }
    // The day as written: what follows it (time, offset) must make sense, and then does not count.
    written::read(text)
        .filter(|written| written.has_day)
        .map(|written| written.date)
}

/// Nine digits or more, perhaps a fraction: no calendar writes so, but for fourteen (`YYYYMMDDhhmmss`).
fn looks_like_epoch(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    whole.len() >= 9
        && whole.len() != 14
        && [whole, fraction]
            .iter()
            .all(|part| part.bytes().all(|b| b.is_ascii_digit()))
}

fn number_text(number: &Num) -> String {
    number.to_string()
}

/// Seconds since 1970, or milliseconds: 100,000,000,000 seconds are the year 5138, as milliseconds 1973.
fn epoch(text: &str) -> Result<Timestamp, String> {
    let refuse = || format!("`{}` is not a date", value::clip(text));
    let number = gather_records::parse_decimal(text).map_err(|_| refuse())?;
    let limit = rust_decimal::Decimal::from(100_000_000_000_i64);
    let thousand = rust_decimal::Decimal::ONE_THOUSAND;
    let millis = if number.abs() >= limit {
        number
    } else {
        number.checked_mul(thousand).ok_or_else(refuse)?
    };
    let whole = i64::try_from(millis.trunc()).map_err(|_| refuse())?;
    Timestamp::from_millisecond(whole).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::jq::json;

    fn at(json: &str) -> String {
        match instant(&json::parse(json.as_bytes()).unwrap()) {
            Ok(Some(t)) => t.to_string(),
            Ok(None) => "none".to_owned(),
            Err(e) => e,
        }
    }

    fn on(json: &str) -> String {
        match day(&json::parse(json.as_bytes()).unwrap()) {
            Ok(Some(d)) => d.to_string(),
            Ok(None) => "none".to_owned(),
            Err(e) => e,
        }
    }

    #[test]
    fn one_instant_in_many_shapes() {
        for text in [
            r#""2025-11-20T08:00:00Z""#,
            r#""2025-11-20t08:00:00z""#,
            r#""2025-11-20 08:00:00.000+00:00""#,
            r#""2025-11-20T13:30:00+0530""#,
            r#""2025-11-20 08:00""#,
            r#""2025-11-20T08:00:00""#,
            r#""Thu, 20 Nov 2025 08:00:00 GMT""#,
            r#""Mon, 20 Nov 2025 03:00:00 EST""#,
            r#""20 Nov 25 08:00 +0000""#,
            "1763625600",
            "1763625600.0",
            "1763625600000",
            r#""1763625600""#,
            r#""1763625600.0""#,
            r#""1763625600000""#,
        ] {
            assert_eq!(at(text), "2025-11-20T08:00:00Z", "{text}");
        }
        assert_eq!(at(r#""2025-11-20""#), "2025-11-20T00:00:00Z");
        assert_eq!(at("null"), "none");
        assert_eq!(at(r#"" ""#), "none");
    }

    #[test]
    fn case_66_what_is_no_date_says_so() {
        assert_eq!(at(r#""yesterday""#), "`yesterday` is not a date");
        assert_eq!(at(r#""2025-13-01""#), "`2025-13-01` is not a date");
        assert_eq!(at("1e300"), "`1e300` is not a date");
        assert_eq!(at("true"), "a boolean is not a date");
        assert_eq!(on(r#""31/12/2025""#), "`31/12/2025` is not a date");
        assert_eq!(
            on(r#""2025-11-20 and more""#),
            "`2025-11-20 and more` is not a date"
        );
    }

    #[test]
    fn a_day_is_the_day_as_written() {
        assert_eq!(on(r#""2025-11-20""#), "2025-11-20");
        assert_eq!(on(r#""20251120""#), "2025-11-20");
        assert_eq!(on(r#""2025-11-20T23:30:00-05:00""#), "2025-11-20");
        assert_eq!(on(r#""2025-11-20T00:30:00+14:00""#), "2025-11-20");
        assert_eq!(on("1763625600"), "2025-11-20");
        assert_eq!(on(r#""20.11.2025""#), "2025-11-20");
        // A month is no day.
        assert_eq!(on(r#""2025-11""#), "`2025-11` is not a date");
        assert_eq!(on(r#""Thu, 20 Nov 2025 23:59:00 -0800""#), "2025-11-20");
    }

    proptest! {
        #[test]
        fn any_text_and_number_is_read_without_a_panic(text in "\\PC{0,30}", n in any::<f64>()) {
            let value = json::parse(serde_json::to_string(&text).unwrap().as_bytes()).unwrap();
            let _ = (instant(&value), day(&value));
            if n.is_finite() {
                let value = json::parse(serde_json::to_string(&n).unwrap().as_bytes()).unwrap();
                let _ = (instant(&value), day(&value));
            }
        }
    }
}
