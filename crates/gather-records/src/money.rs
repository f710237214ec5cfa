//! Exact money: a decimal and an ISO 4217 currency, read from text and never through floating point.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An ISO 4217 currency, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many digits the minor unit has: 2 for `EUR`, 0 for `JPY`; `None` where ISO 4217 defines none (gold).
    #[must_use]
    pub fn minor_digits(self) -> Option<u32> {
        self.0.exponent().map(u32::from)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(&text.trim().to_ascii_uppercase())
            .map(Self)
            .ok_or_else(|| MoneyError::Currency(clip(text)))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// An exact amount in one currency. Two currencies are never added up without a rate, so there is no `Add`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount; written as a string in JSON.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// What it is an amount of.
    pub currency: Currency,
}

impl Money {
    /// An amount of a currency.
    #[must_use]
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// Why a text is not money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not an ISO 4217 code.
    #[error("`{0}` is not an ISO 4217 currency code such as `EUR`")]
    Currency(String),
    /// Not a plain decimal number.
    #[error("`{0}` is not a decimal number such as `-12.34`")]
    Number(String),
    /// More digits than can be kept exactly (28).
    #[error("`{0}` has more digits than can be kept exactly (28)")]
    TooPrecise(String),
}

/// Reads a decimal number exactly, or refuses it. An exponent (`1e-7`) is allowed, since JSON allows it.
///
/// # Errors
/// [`MoneyError::Number`] when the text is no number, [`MoneyError::TooPrecise`] when reading it would have to round.
pub fn parse_decimal(text: &str) -> Result<Decimal, MoneyError> {
    let trimmed = text.trim();
    let (mantissa, exponent) = match trimmed.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (trimmed, None),
    };
    // Checked here because `Decimal` also takes `_` as a digit separator, which no bank means.
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(MoneyError::Number(clip(text)));
    }
    let exact =
        Decimal::from_str_exact(mantissa).map_err(|_| MoneyError::TooPrecise(clip(text)))?;
    let Some(exponent) = exponent else {
        return Ok(exact);
    };
    let exponent: i32 = exponent
        .parse()
        .map_err(|_| MoneyError::Number(clip(text)))?;
    shift(exact, exponent).ok_or_else(|| MoneyError::TooPrecise(clip(text)))
}

/// `value * 10^exponent`, or `None` where that cannot be kept exactly.
fn shift(value: Decimal, exponent: i32) -> Option<Decimal> {
    if value.is_zero() {
        return Some(Decimal::ZERO);
    }
    let scale = i32::try_from(value.scale()).ok()?.checked_sub(exponent)?;
    if scale >= 0 {
        Decimal::try_from_i128_with_scale(value.mantissa(), u32::try_from(scale).ok()?).ok()
    } else {
        let factor = 10_i128.checked_pow(scale.unsigned_abs())?;
        Decimal::try_from_i128_with_scale(value.mantissa().checked_mul(factor)?, 0).ok()
    }
}

/// At most 40 characters of a text from outside, for an error message.
fn clip(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_digits() {
        for text in [
            "0.10",
            "-12.34",
            "12345678901234567890.12345678",
            ".5",
            "5.",
        ] {
            let value = parse_decimal(text).unwrap();
            assert_eq!(value, text.trim_end_matches('.').parse().unwrap(), "{text}");
        }
        assert_eq!(parse_decimal("0.10").unwrap().to_string(), "0.10");
        assert_eq!(parse_decimal("1e-7").unwrap().to_string(), "0.0000001");
        assert_eq!(parse_decimal("1.5E3").unwrap().to_string(), "1500");
    }

    #[test]
    fn a_number_that_would_be_rounded_is_refused() {
        for text in [
            "1234567890.1234567890123456789012",
            "1e400",
            "1e-400",
            "9e28",
        ] {
            assert!(
                matches!(parse_decimal(text), Err(MoneyError::TooPrecise(_))),
                "{text}: {:?}",
                parse_decimal(text)
            );
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", ".", "1,000.00", "1_000", "0x10", "NaN", "1e", "1e5.5", "12 EUR", "--1",
        ] {
            assert!(
                matches!(parse_decimal(text), Err(MoneyError::Number(_))),
                "{text}: {:?}",
                parse_decimal(text)
            );
        }
    }

    #[test]
    fn money_is_a_string_in_json() {
        let money = Money::new(parse_decimal("-45.00").unwrap(), "eur".parse().unwrap());
        let json = serde_json::to_string(&money).unwrap();
        assert_eq!(json, r#"{"amount":"-45.00","currency":"EUR"}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }
}
