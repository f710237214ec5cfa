//! From a value of an expression to a typed field.
//!
//! Ids and money keep the text of the answer. A number that an expression computed went through floating point, so it
//! is refused for money; a number that was only picked keeps its digits.

use std::borrow::Cow;

use gather_records::{Currency, parse_decimal};
use rust_decimal::Decimal;
use url::Url;

use crate::jq::{Num, Val, json};

/// Longer ids than this are not ids.
const MAX_ID: usize = 2_000;

/// The text of a string value.
pub(crate) fn text(value: &Val) -> Option<Cow<'_, str>> {
    match value {
        Val::TStr(bytes) | Val::BStr(bytes) => Some(String::from_utf8_lossy(bytes)),
        _ => None,
    }
}

/// The text of a string, the digits of a number.
pub(crate) fn scalar_text(value: &Val) -> Option<Cow<'_, str>> {
    match value {
        Val::Num(number) => Some(Cow::Owned(number.to_string())),
        other => text(other),
    }
}

/// What kind of value it is, for a message.
pub(crate) fn kind(value: &Val) -> &'static str {
    match value {
        Val::Null => "null",
        Val::Bool(_) => "a boolean",
        Val::Num(_) => "a number",
        Val::TStr(_) | Val::BStr(_) => "a text",
        Val::Arr(_) => "an array",
        Val::Obj(_) => "an object",
    }
}

/// At most 40 characters of a text from outside, without control characters.
pub(crate) fn clip(text: &str) -> String {
    clip_to(text, 40)
}

/// The same with another length.
pub(crate) fn clip_to(text: &str, max: usize) -> String {
    let mut short: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(max)
        .collect();
    if text.chars().nth(max).is_some() {
        short.push('…');
    }
    short
}

/// An id with its text untouched; `None` for null and the empty text.
pub(crate) fn id(value: &Val) -> Result<Option<String>, String> {
    match value {
        Val::Null => Ok(None),
        Val::TStr(_) | Val::BStr(_) | Val::Num(_) => {
            let id = scalar_text(value).unwrap_or_default();
            if id.len() > MAX_ID {
                return Err(format!("an id of {} bytes", id.len()));
            }
            Ok((!id.trim().is_empty()).then(|| id.into_owned()))
        }
        other => Err(format!("{} cannot be an id", kind(other))),
    }
}

/// A text or a number as text.
pub(crate) fn words(value: &Val) -> Result<Option<Cow<'_, str>>, String> {
    match value {
        Val::Null => Ok(None),
        other => scalar_text(other)
            .map(Some)
            .ok_or_else(|| format!("{} is not a text", kind(other))),
    }
}

/// An address that can be opened in a browser, made absolute.
pub(crate) fn link(value: &Val, base: Option<&Url>) -> Result<Option<Url>, String> {
    let Some(text) = words(value)? else {
        return Ok(None);
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let url = match base {
        Some(base) => base.join(text),
        None => Url::parse(text),
    };
    match url {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err(format!("`{}` is not a web address", clip(text))),
    }
}

/// A whole number, also when written as text or with a fraction of zero.
pub(crate) fn whole(value: &Val) -> Result<Option<i64>, String> {
    let text = match value {
        Val::Null => return Ok(None),
        Val::Num(_) | Val::TStr(_) => scalar_text(value).unwrap_or_default(),
        other => return Err(format!("{} is not a whole number", kind(other))),
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    parse_decimal(text)
        .ok()
        .filter(|number| number.fract().is_zero())
        .and_then(|number| i64::try_from(number).ok())
        .map(Some)
        .ok_or_else(|| format!("`{}` is not a whole number", clip(text)))
}

/// Yes or no; `None` for null.
pub(crate) fn truth(value: &Val) -> Result<Option<bool>, String> {
    match value {
        Val::Null => Ok(None),
        Val::Bool(yes) => Ok(Some(*yes)),
        other => match scalar_text(other).as_deref() {
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0" | "") => Ok(Some(false)),
            _ => Err(format!(
                "`{}` is neither true nor false",
                clip(&json::to_line(other))
            )),
        },
    }
}

/// An exact decimal out of number text; `None` for null and the empty text.
pub(crate) fn decimal(value: &Val) -> Result<Option<Decimal>, String> {
    match value {
        Val::Null => Ok(None),
        Val::Num(Num::Float(_)) => Err(
            "the amount was computed in floating point; pick it untouched and use `negate` and `scale`".to_owned(),
        ),
        Val::Num(_) | Val::TStr(_) => {
            let text = scalar_text(value).unwrap_or_default();
            if text.trim().is_empty() {
                return Ok(None);
            }
            parse_decimal(&text).map(Some).map_err(|e| e.to_string())
        }
        other => Err(format!("{} is not an amount", kind(other))),
    }
}

/// Whether a text has the form of a currency code.
pub(crate) fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// A currency code; `None` for null and the empty text.
pub(crate) fn currency(value: &Val) -> Result<Option<Currency>, String> {
    match value {
        Val::Null => Ok(None),
        Val::TStr(_) => {
            let text = text(value).unwrap_or_default();
            if text.trim().is_empty() {
                return Ok(None);
            }
            if text.contains("://") {
                return Err(format!(
                    "`{}` is a currency of the provider's own, and its address is not asked; money is kept in ISO 4217 currencies",
                    clip(&text)
                ));
            }
            text.parse()
                .map(Some)
                .map_err(|e: gather_records::MoneyError| e.to_string())
        }
        other => Err(format!("{} is not a currency code", kind(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn val(text: &str) -> Val {
        json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn case_70_ids_keep_their_text() {
        for (json, expected) in [
            ("1", "1"),
            ("9007199254740993", "9007199254740993"),
            ("1234567890123456789", "1234567890123456789"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            ("1.0", "1.0"),
            ("1e400", "1e400"),
            (r#"" 007 ""#, " 007 "),
        ] {
            assert_eq!(id(&val(json)).unwrap().as_deref(), Some(expected));
        }
        assert_eq!(id(&val(r#""""#)), Ok(None));
        assert!(id(&val("[1]")).is_err());
        assert!(id(&val(&format!("\"{}\"", "x".repeat(3000)))).is_err());
    }

    #[test]
    fn case_70_a_count_of_any_type_is_read_or_named() {
        for json in ["5", r#""5""#, "5.0", r#""5.00""#] {
            assert_eq!(whole(&val(json)), Ok(Some(5)), "{json}");
        }
        assert_eq!(whole(&val("null")), Ok(None));
        for json in ["1e400", "5.5", r#""five""#, "true", "99999999999999999999"] {
            assert!(whole(&val(json)).is_err(), "{json}");
        }
    }

    #[test]
    fn money_is_never_a_computed_float() {
        assert_eq!(decimal(&val("0.10")).unwrap().unwrap().to_string(), "0.10");
        assert_eq!(
            decimal(&val(r#""-45.00""#)).unwrap().unwrap().to_string(),
            "-45.00"
        );
        let error = decimal(&Val::from(0.1 + 0.2)).unwrap_err();
        assert!(error.contains("negate"), "{error}");
        assert!(decimal(&val(r#""1,000.00""#)).is_err());
    }

    #[test]
    fn links_are_absolute_web_addresses() {
        let base = Url::parse("https://a.example/x/feed.json").unwrap();
        let link = |text: &str| link(&Val::from(text.to_owned()), Some(&base));
        assert_eq!(
            link("/18").unwrap().unwrap().as_str(),
            "https://a.example/18"
        );
        assert_eq!(
            link("//b.example/y").unwrap().unwrap().as_str(),
            "https://b.example/y"
        );
        assert_eq!(link(""), Ok(None));
        for bad in [
            "javascript:alert(1)",
            "mailto:a@b.example",
            "file:///etc/passwd",
        ] {
            assert!(link(bad).is_err(), "{bad}");
        }
    }
}
