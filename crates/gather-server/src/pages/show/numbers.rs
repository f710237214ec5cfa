//! Amounts and counts with the marks of a reader's language.
//!
//! Which marks a language uses is from the Unicode Common Locale Data Repository, version 45, `numbers`, Latin digits.

use gather_records::{Currency, Money, parse_decimal};
use rust_decimal::Decimal;

use crate::pages::part::{Figure, Tone};

/// How a reader writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Numbers {
    point: char,
    group: char,
    /// Groups of two above the first three digits, as in India.
    by_two: bool,
}

/// No-break spaces, so that an amount is never cut in two.
const SPACE: char = '\u{a0}';
const NARROW: char = '\u{202f}';

impl Numbers {
    pub(crate) const ENGLISH: Self = Self {
        point: '.',
        group: ',',
        by_two: false,
    };

    /// The marks of the language that is wanted most in an `Accept-Language`; English ones where it says nothing known.
    pub(crate) fn of(accept_language: Option<&str>) -> Self {
        let mut wanted: Vec<(f32, &str)> = accept_language
            .unwrap_or_default()
            .split(',')
            .filter_map(|one| {
                let (tag, rest) = one.split_once(';').unwrap_or((one, ""));
                let weight = match rest.trim().strip_prefix("q=") {
                    Some(weight) => weight.parse().ok()?,
                    None => 1.0,
                };
                Some((weight, tag.trim()))
            })
            .collect();
        // Stable: of equal weights the first is meant.
        wanted.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        wanted
            .into_iter()
            .filter(|(weight, _)| *weight > 0.0)
            .find_map(|(_, tag)| Self::of_language(tag))
            .unwrap_or(Self::ENGLISH)
    }

    fn of_language(tag: &str) -> Option<Self> {
        let mut parts = tag.split('-');
        let language = parts.next()?.to_ascii_lowercase();
        let region = parts
            .find(|part| part.len() == 2)
            .map(str::to_ascii_uppercase)
            .unwrap_or_default();
        let (point, group) = match (language.as_str(), region.as_str()) {
            ("de", "AT") => (',', SPACE),
            ("de" | "it" | "en", "CH") | ("de", "LI") => ('.', '’'),
            ("en", "ZA") => (',', SPACE),
            ("es", "MX" | "US" | "GT" | "HN" | "NI" | "PA" | "PE" | "PR" | "SV" | "DO") => {
                ('.', ',')
            }
            ("pt", "PT" | "AO" | "MZ") => (',', SPACE),
            ("fr", "CH" | "CA") => (',', if region == "CA" { SPACE } else { NARROW }),
            ("en" | "he" | "ja" | "ko" | "th" | "zh" | "ga" | "cy" | "hi" | "bn" | "mt", _) => {
                ('.', ',')
            }
            (
                "ca" | "da" | "de" | "el" | "es" | "eu" | "gl" | "hr" | "id" | "is" | "it" | "nl"
                | "pt" | "ro" | "sl" | "sr" | "tr" | "vi",
                _,
            ) => (',', '.'),
            ("fr", _) => (',', NARROW),
            (
                "be" | "bg" | "cs" | "et" | "fi" | "hu" | "lt" | "lv" | "nb" | "nn" | "no" | "pl"
                | "ru" | "sk" | "sv" | "uk",
                _,
            ) => (',', SPACE),
            _ => return None,
        };
        let by_two = language == "hi" || (language == "en" && region == "IN");
        Some(Self {
            point,
            group,
            by_two,
        })
    }

    /// A decimal with these marks and a true minus.
    pub(crate) fn decimal(self, value: Decimal) -> String {
        let text = value.abs().to_string();
        let (whole, fraction) = text
            .split_once('.')
            .map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
        let mut written = String::with_capacity(text.len() + 8);
        if value.is_sign_negative() && !value.is_zero() {
            written.push('−');
        }
        for (at, digit) in whole.chars().enumerate() {
            let left = whole.len() - at;
            let edge = if self.by_two && left > 3 {
                (left - 3) % 2 == 0
            } else {
                left % 3 == 0
            };
            if at > 0 && edge {
                written.push(self.group);
            }
            written.push(digit);
        }
        if let Some(fraction) = fraction {
            written.push(self.point);
            written.push_str(fraction);
        }
        written
    }

    /// A count.
    pub(crate) fn count(self, count: u64) -> String {
        self.decimal(count.into())
    }

    /// What the source says more exactly than the minor unit stays; what it leaves out is filled up: 12.5 EUR is 12.50.
    pub(crate) fn amount(self, amount: Decimal, currency: Currency) -> String {
        let mut value = amount;
        let least = currency.minor_digits().unwrap_or(0);
        if value.scale() < least {
            value.rescale(least);
        }
        self.decimal(value)
    }

    /// An amount with its currency, for a sentence.
    pub(crate) fn money(self, money: Money) -> String {
        format!(
            "{}{SPACE}{}",
            self.amount(money.amount, money.currency),
            money.currency
        )
    }

    /// An amount for a column.
    pub(crate) fn figure(self, money: Money) -> Figure {
        Figure {
            digits: self.amount(money.amount, money.currency),
            currency: money.currency.to_string(),
            ..Figure::default()
        }
    }

    /// An amount that moved: a plus where it came in.
    pub(crate) fn moved(self, money: Money) -> Figure {
        let mut figure = self.figure(money);
        if money.amount > Decimal::ZERO {
            figure.digits.insert(0, '+');
            figure.tone = Tone::Gain;
        }
        figure
    }

    /// A rate to the six digits in which rates are quoted.
    pub(crate) fn rate(self, rate: Decimal) -> String {
        self.decimal(rate.round_sf(6).unwrap_or(rate).normalize())
    }

    /// What a person of this language means by an amount that they wrote, with or without marks between thousands.
    /// A point is a point also where a comma is one, unless it stands before three digits as between thousands.
    pub(crate) fn read(self, text: &str) -> Option<Decimal> {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| match c {
                '−' => '-',
                '\'' => '’',
                c => c,
            })
            .collect();
        let digits = |group: &str, count: usize| {
            group.len() == count && group.bytes().all(|byte| byte.is_ascii_digit())
        };
        // Marks between thousands are only taken where thousands would be.
        let grouped = |whole: &str| {
            let mut groups = whole.rsplit(self.group);
            let last = groups.next().is_some_and(|last| digits(last, 3));
            let groups: Vec<&str> = groups.collect();
            let inner = groups.len().saturating_sub(1);
            let middle = if self.by_two { 2 } else { 3 };
            last && groups[..inner].iter().all(|group| digits(group, middle))
        };
        let (whole, fraction) = match text.split_once(self.point) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text.as_str(), None),
        };
        let whole = if grouped(whole) {
            whole.replace(self.group, "")
        } else {
            whole.to_owned()
        };
        let plain = match fraction {
            Some(fraction) => format!("{whole}.{fraction}"),
            None => whole,
        };
        parse_decimal(&plain).ok()
    }

    /// Where the fraction of a written number begins, if it has one.
    fn fraction(self, digits: &str) -> &str {
        digits.rfind(self.point).map_or("", |at| &digits[at..])
    }
}

/// Makes one column of figures: their points under each other, and no currency where all have the same, which is
/// returned for the column's head.
pub(crate) fn align(numbers: Numbers, figures: &mut [&mut Figure]) -> String {
    let longest = figures
        .iter()
        .map(|figure| numbers.fraction(&figure.digits))
        .max_by_key(|fraction| fraction.chars().count())
        .unwrap_or_default()
        .to_owned();
    for figure in figures.iter_mut() {
        let has = numbers.fraction(&figure.digits).chars().count();
        figure.pad = longest.chars().skip(has).collect();
    }
    let Some(common) = figures.first().map(|figure| figure.currency.clone()) else {
        return String::new();
    };
    if figures.iter().any(|figure| figure.currency != common) {
        return String::new();
    }
    for figure in figures {
        figure.currency.clear();
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        let (amount, currency) = text.split_once(' ').unwrap();
        Money::new(amount.parse().unwrap(), currency.parse().unwrap())
    }

    #[test]
    fn a_language_brings_its_marks() {
        for (asked, written) in [
            (None, "−1,234,567.50"),
            (Some(""), "−1,234,567.50"),
            (Some("tlh, *;q=0.1"), "−1,234,567.50"),
            (Some("en-GB,en;q=0.9"), "−1,234,567.50"),
            (Some("en-IN"), "−12,34,567.50"),
            (Some("de-DE,de;q=0.9,en;q=0.8"), "−1.234.567,50"),
            (Some("de-CH"), "−1’234’567.50"),
            (Some("en;q=0.1, fr"), "−1\u{202f}234\u{202f}567,50"),
            (Some("sv;q=nonsense, nb"), "−1\u{a0}234\u{a0}567,50"),
            (Some("es-MX"), "−1,234,567.50"),
            (Some("pt-BR"), "−1.234.567,50"),
        ] {
            let numbers = Numbers::of(asked);
            let money = money("-1234567.5 EUR");
            assert_eq!(
                numbers.amount(money.amount, money.currency),
                written,
                "{asked:?}"
            );
        }
    }

    #[test]
    fn an_amount_is_read_as_its_language_writes_it() {
        for (asked, text, read) in [
            ("en", "12.50", Some("12.50")),
            ("en", "1,234.50", Some("1234.50")),
            ("en", "−4", Some("-4")),
            // Half a thousand is no group: it is not known what is meant.
            ("en", "12,50", None),
            ("de", "12,50", Some("12.50")),
            ("de", "12.50", Some("12.50")),
            ("de", "1.234", Some("1234")),
            ("de", "1.234,5", Some("1234.5")),
            ("fr", "1 234,50", Some("1234.50")),
            ("de-CH", "1'234.50", Some("1234.50")),
            ("en-IN", "12,34,567.50", Some("1234567.50")),
            ("en-IN", "12,50", None),
            ("en", "much", None),
            ("en", "", None),
            ("en", "1e99", None),
        ] {
            let read: Option<Decimal> = read.map(|read| read.parse().unwrap());
            assert_eq!(Numbers::of(Some(asked)).read(text), read, "{asked} {text}");
        }
    }

    #[test]
    fn amounts_have_the_digits_of_their_currency_and_no_minus_at_zero() {
        let numbers = Numbers::ENGLISH;
        assert_eq!(numbers.money(money("1234 JPY")), "1,234\u{a0}JPY");
        assert_eq!(numbers.money(money("0.125 EUR")), "0.125\u{a0}EUR");
        assert_eq!(numbers.figure(money("-0.00 EUR")).digits, "0.00");
        assert_eq!(numbers.moved(money("3000 EUR")).digits, "+3,000.00");
        assert_eq!(numbers.moved(money("0 EUR")).digits, "0.00");
        assert_eq!(numbers.rate("1.07123456".parse().unwrap()), "1.07123");
    }

    #[test]
    fn a_column_is_aligned_at_the_point_and_says_its_one_currency_once() {
        let numbers = Numbers::ENGLISH;
        let mut column: Vec<_> = ["-4.5 EUR", "12 JPY", "0.125 EUR"]
            .map(|text| numbers.figure(money(text)))
            .into();
        let unit = align(numbers, &mut column.iter_mut().collect::<Vec<_>>());
        assert_eq!(unit, "");
        let pads: Vec<_> = column.iter().map(|figure| figure.pad.as_str()).collect();
        assert_eq!(pads, ["5", ".125", ""]);
        assert_eq!(column[1].currency, "JPY");

        let mut column: Vec<_> = ["1 EUR", "2 EUR"]
            .map(|text| numbers.figure(money(text)))
            .into();
        let unit = align(numbers, &mut column.iter_mut().collect::<Vec<_>>());
        assert_eq!((unit.as_str(), column[0].currency.as_str()), ("EUR", ""));
        assert_eq!(align(numbers, &mut []), "");
    }
}
