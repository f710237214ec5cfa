//! Single values of the configuration: lengths of time, quotas, counts. Each refusal says what was expected.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use toml::de::DeValue;

use super::{
    draft::{DayForm, Format, Means, Param, Setting},
    place::suggestion,
};
use crate::Quota;

/// What a value is, for a message.
pub(crate) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn expected(what: &str, found: &DeValue<'_>) -> String {
    format!("expected {what}, found {}", kind(found))
}

pub(crate) fn text(value: &DeValue<'_>) -> Result<String, String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| expected("a text in quotes", value))
}

/// A name: not empty, nothing that would break a line.
pub(crate) fn name(value: &DeValue<'_>) -> Result<String, String> {
    let text = text(value)?;
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("expected a name, found an empty text or control characters".to_owned());
    }
    Ok(text)
}

pub(crate) fn yes_or_no(value: &DeValue<'_>) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| expected("true or false", value))
}

pub(crate) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// A count of things at once: 1 to 10,000.
pub(crate) fn count(value: &DeValue<'_>) -> Result<usize, String> {
    integer(value)
        .and_then(|n| usize::try_from(n).ok())
        .filter(|n| (1..=10_000).contains(n))
        .ok_or_else(|| "expected a whole number from 1 to 10000".to_owned())
}

/// The number of the first page, or the first offset.
pub(crate) fn first(value: &DeValue<'_>) -> Result<u64, String> {
    integer(value)
        .and_then(|n| u64::try_from(n).ok())
        .filter(|n| *n <= 1_000_000_000)
        .ok_or_else(|| "expected a whole number from 0 on".to_owned())
}

/// How many rows a page has.
pub(crate) fn size(value: &DeValue<'_>) -> Result<u64, String> {
    count(value).map(|size| size as u64)
}

/// A whole number from 1 to `most`.
pub(crate) fn at_most(value: &DeValue<'_>, most: usize) -> Result<usize, String> {
    integer(value)
        .and_then(|n| usize::try_from(n).ok())
        .filter(|n| (1..=most).contains(n))
        .ok_or_else(|| format!("expected a whole number from 1 to {most}"))
}

pub(crate) fn scale(value: &DeValue<'_>) -> Result<u32, String> {
    integer(value)
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n <= 12)
        .ok_or_else(|| "expected how many digits are behind the point, from 0 to 12".to_owned())
}

/// How many days ago: 0 (today) to ten years.
pub(crate) fn days(value: &DeValue<'_>) -> Result<i64, String> {
    integer(value)
        .filter(|days| (0..=3_653).contains(days))
        .ok_or_else(|| "expected a whole number of days from 0 to 3653".to_owned())
}

/// How a day is written.
pub(crate) fn day_form(value: &DeValue<'_>) -> Result<DayForm, String> {
    match value.as_str() {
        Some("date") => Ok(DayForm::Date),
        Some("seconds") => Ok(DayForm::Seconds),
        _ => Err("expected `\"date\"` or `\"seconds\"`".to_owned()),
    }
}

/// A list of names.
pub(crate) fn names(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let DeValue::Array(list) = value else {
        return Err(expected("a list of texts", value));
    };
    list.iter().map(|one| name(one.get_ref())).collect()
}

pub(crate) fn param(value: &DeValue<'_>) -> Result<Param, String> {
    match value {
        DeValue::String(text) => Ok(Param::Text(text.clone().into_owned())),
        DeValue::Integer(_) => integer(value)
            .map(Param::Number)
            .ok_or_else(|| "the number is too large".to_owned()),
        other => Err(expected("a text or a whole number", other)),
    }
}

pub(crate) fn setting(value: &DeValue<'_>) -> Result<Setting, String> {
    match value {
        DeValue::String(text) if text.chars().any(char::is_control) => {
            Err("control characters cannot be sent".to_owned())
        }
        DeValue::String(text) => Ok(Setting::Plain(text.clone().into_owned())),
        DeValue::Integer(_) => integer(value)
            .map(|n| Setting::Plain(n.to_string()))
            .ok_or_else(|| "the number is too large".to_owned()),
        DeValue::Boolean(false) => Ok(Setting::Off),
        other => Err(expected(
            "a text, a whole number, a secret such as `{ env = \"NAME\" }`, a day such as `{ days_ago = 30 }`, or `false` to leave it out",
            other,
        )),
    }
}

pub(crate) fn format(value: &DeValue<'_>) -> Result<Format, String> {
    const KNOWN: [(&str, Format); 5] = [
        ("json", Format::Json),
        ("ndjson", Format::Ndjson),
        ("csv", Format::Csv),
        ("xml", Format::Xml),
        ("feed", Format::Feed),
    ];
    let text = text(value)?;
    KNOWN
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, format)| *format)
        .ok_or_else(|| {
            let names = KNOWN.iter().map(|(name, _)| *name);
            format!("unknown format `{text}`: {}", suggestion(&text, names))
        })
}

pub(crate) fn means(value: &DeValue<'_>) -> Result<Means, String> {
    const KNOWN: [(&str, Means); 6] = [
        ("key", Means::Key),
        ("quota", Means::Quota),
        ("end", Means::End),
        ("request", Means::Request),
        ("retry", Means::Retry),
        ("note", Means::Note),
    ];
    let text = text(value)?;
    KNOWN
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, means)| *means)
        .ok_or_else(|| {
            let names = KNOWN.iter().map(|(name, _)| *name);
            format!("unknown meaning `{text}`: {}", suggestion(&text, names))
        })
}

/// A length of time such as `60s`, `30m`, `24h`, `7d`; a day has 24 hours. Longer than zero, at most ten years.
pub(crate) fn duration(value: &DeValue<'_>) -> Result<Duration, String> {
    let text = text(value)?;
    period(&text).ok_or_else(|| {
        format!("`{text}` is not a length of time; expected one such as `60s`, `30m`, `24h`")
    })
}

fn period(text: &str) -> Option<Duration> {
    let span: Span = text.trim().parse().ok()?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    let length = Duration::try_from(length).ok()?;
    (!length.is_zero() && length <= Duration::from_secs(10 * 366 * 86_400)).then_some(length)
}

/// One quota or a list of them: `"100/24h"` or `{ requests = 100, per = "24h" }`. An empty list: none.
pub(crate) fn quotas(value: &DeValue<'_>) -> Result<Vec<Quota>, String> {
    match value {
        DeValue::Array(list) => list.iter().map(|one| quota(one.get_ref())).collect(),
        one => Ok(vec![quota(one)?]),
    }
}

fn quota(value: &DeValue<'_>) -> Result<Quota, String> {
    let refuse = || {
        "expected a quota such as `\"100/24h\"` or `{ requests = 100, per = \"24h\" }`".to_owned()
    };
    let (requests, per) = match value {
        DeValue::String(text) => {
            let (requests, per) = text.split_once('/').ok_or_else(refuse)?;
            let per = per.trim();
            let per = if per.starts_with(|c: char| c.is_ascii_digit()) {
                period(per)
            } else {
                period(&format!("1{per}"))
            };
            (requests.trim().parse().ok(), per)
        }
        DeValue::Table(table) => {
            let (mut requests, mut per) = (None, None);
            for (key, value) in table {
                match key.get_ref().as_ref() {
                    "requests" => {
                        requests = integer(value.get_ref()).and_then(|n| u32::try_from(n).ok())
                    }
                    "per" => per = Some(duration(value.get_ref())?),
                    other => {
                        return Err(format!(
                            "unknown key `{other}`: {}",
                            suggestion(other, ["requests", "per"])
                        ));
                    }
                }
            }
            (requests, per)
        }
        _ => return Err(refuse()),
    };
    match (requests, per) {
        (Some(requests), Some(per)) if requests > 0 => Ok(Quota { requests, per }),
        _ => Err(refuse()),
    }
}

/// RFC 9110 section 5.6.2 (token).
pub(crate) fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(toml: &str, f: fn(&DeValue<'_>) -> Result<T, String>) -> Result<T, String> {
        f(DeValue::parse(toml).unwrap().get_ref())
    }

    #[test]
    fn lengths_of_time_are_read() {
        for (text, seconds) in [
            ("60s", 60),
            ("30m", 1800),
            ("24h", 86_400),
            ("7d", 604_800),
            ("1h 30m", 5400),
        ] {
            assert_eq!(
                read(&format!("\"{text}\""), duration),
                Ok(Duration::from_secs(seconds))
            );
        }
        for text in [
            "\"0s\"",
            "\"-5s\"",
            "\"5\"",
            "\"soon\"",
            "60",
            "\"1 month\"",
            "\"99999h 99999999h\"",
        ] {
            assert!(read(text, duration).is_err(), "{text}");
        }
    }

    #[test]
    fn quotas_are_read() {
        let day = Duration::from_secs(86_400);
        let hundred = Quota {
            requests: 100,
            per: day,
        };
        assert_eq!(read("\"100/24h\"", quotas), Ok(vec![hundred]));
        assert_eq!(
            read("{ requests = 100, per = \"1d\" }", quotas),
            Ok(vec![hundred])
        );
        assert_eq!(
            read("[\"100/24h\", \"1/s\"]", quotas).unwrap()[1].per,
            Duration::from_secs(1)
        );
        assert_eq!(read("[]", quotas), Ok(vec![]));
        for text in [
            "\"100\"",
            "\"0/24h\"",
            "\"x/24h\"",
            "100",
            "\"-1/s\"",
            "{ requests = 1 }",
            "{ reqests = 1 }",
        ] {
            assert!(read(text, quotas).is_err(), "{text}");
        }
    }
}
