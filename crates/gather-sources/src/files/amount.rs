//! Amounts as banks write them: which character stands before the cents, and the exact number once that is known.
//!
//! One amount often leaves it open (`1.000`), so the mark is decided for a whole column, and only by amounts that have
//! no other reading. Spaces and apostrophes only ever group thousands.
//!
//! Not here: which columns hold amounts (`csv`).

use gather_records::parse_decimal;
use rust_decimal::Decimal;

use super::{DecimalMark, Proof, error::Open};
use crate::mapping::value::clip;

/// Longer texts are no amounts, in bytes.
const MAX_LENGTH: usize = 100;

/// An amount taken apart, but for its marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written<'t> {
    /// Money out, as far as the text says.
    negative: bool,
    /// Whether the text says a direction at all.
    signed: bool,
    /// Digits, dots, commas, and what groups.
    digits: &'t str,
    /// The currency beside it, as it is written; empty where there is none.
    pub(super) currency: &'t str,
}

/// What an amount says about the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing: it has no mark.
    Nothing,
    /// It can be read with either.
    Either,
    Only(DecimalMark),
}

impl<'t> Written<'t> {
    /// Takes signs, parentheses and currency off; `None`: it is no amount.
    pub(super) fn new(text: &'t str) -> Option<Self> {
        let mut rest = text.trim();
        if rest.len() > MAX_LENGTH {
            return None;
        }
        let (mut minus, mut plus) = (false, false);
        if let Some(inside) = rest.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
            rest = inside.trim();
            minus = true;
        }
        // Signs and currencies stand on either side, in any order, each kind once.
        let mut signs = usize::from(minus);
        let mut currency = "";
        loop {
            rest = rest.trim();
            if let Some(inside) = strip_minus(rest) {
                // `--5` is how some write `-5`.
                let inside = strip_minus(inside).unwrap_or(inside);
                (rest, minus, signs) = (inside, true, signs + 1);
            } else if let Some(inside) = rest.strip_suffix(['-', '\u{2212}']) {
                (rest, minus, signs) = (inside, true, signs + 1);
            } else if let Some(inside) = rest.strip_prefix('+').or_else(|| rest.strip_suffix('+')) {
                (rest, plus, signs) = (inside, true, signs + 1);
            } else if let Some((inside, word)) = strip_word(rest) {
                match word {
                    "DR" | "Dr" => (minus, signs) = (true, signs + 1),
                    "CR" | "Cr" => (plus, signs) = (true, signs + 1),
                    _ if currency.is_empty() => currency = word,
                    _ => return None,
                }
                rest = inside;
            } else {
                break;
            }
            if signs > 1 {
                return None;
            }
        }
        let fits = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',') || groups(c);
        let starts = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',');
        (starts && rest.chars().all(fits) && rest.contains(|c: char| c.is_ascii_digit())).then_some(
            Self {
                negative: minus,
                signed: minus || plus,
                digits: rest,
                currency,
            },
        )
    }

    pub(super) fn is_signed(&self) -> bool {
        self.signed
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn is_zero(&self) -> bool {
        !self.digits.contains(|c: char| ('1'..='9').contains(&c))
    }

    /// Which mark can have been meant.
    pub(super) fn says(&self) -> Says {
        use DecimalMark::{Comma, Dot};
        if !self.digits.contains(['.', ',']) {
            return Says::Nothing;
        }
        match (self.value(Dot).is_ok(), self.value(Comma).is_ok()) {
            (true, true) => Says::Either,
            (true, false) => Says::Only(Dot),
            (false, true) => Says::Only(Comma),
            // It will be refused whatever the mark is.
            (false, false) => Says::Nothing,
        }
    }

    /// The number, with the sign that is written.
    pub(super) fn value(&self, mark: DecimalMark) -> Result<Decimal, String> {
        let broken = || {
            format!(
                "`{}` is not an amount with a decimal {mark}",
                clip(self.digits)
            )
        };
        let (whole, fraction) = match self.digits.rsplit_once(mark.char()) {
            Some((whole, fraction)) => (whole, fraction),
            None => (self.digits, ""),
        };
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(broken());
        }
        let mut plain = String::with_capacity(self.digits.len() + 1);
        if self.negative {
            plain.push('-');
        }
        let start = plain.len();
        let other = match mark {
            DecimalMark::Dot => ',',
            DecimalMark::Comma => '.',
        };
        let separates = |c: char| c == other || groups(c);
        if !whole.contains(separates) {
            plain.push_str(whole);
        } else {
            let separator = whole.chars().find(|c| separates(*c)).unwrap_or(other);
            let parts: Vec<&str> = whole.split(separator).collect();
            if !is_grouped(&parts) {
                return Err(broken());
            }
            parts.iter().for_each(|part| plain.push_str(part));
        }
        if !plain[start..].bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(broken());
        }
        // Zeros in front that only pad would count as digits.
        while plain.len() > start + 1 && plain.as_bytes()[start] == b'0' {
            plain.remove(start);
        }
        if plain.len() == start {
            plain.push('0');
        }
        if !fraction.is_empty() {
            plain.push('.');
            plain.push_str(fraction);
        }
        parse_decimal(&plain).map_err(|error| error.to_string())
    }
}

/// Thousands, or thousands and then hundreds as in India; never a zero in front.
fn is_grouped(parts: &[&str]) -> bool {
    let [first, middle @ .., last] = parts else {
        return false;
    };
    let width = middle.first().map_or(3, |part| part.len());
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    parts.iter().all(digits)
        && last.len() == 3
        && matches!(width, 2 | 3)
        && middle.iter().all(|part| part.len() == width)
        && (1..=width).contains(&first.len())
        && !first.starts_with('0')
}

fn groups(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}'
    )
}

fn strip_minus(text: &str) -> Option<&str> {
    text.strip_prefix(['-', '\u{2212}', '\u{2013}'])
}

/// A currency or a direction at either end.
fn strip_word(text: &str) -> Option<(&str, &str)> {
    let is_word = |c: char| c.is_alphabetic() || "€$£¥₹₽₺₩₪₴₫₱฿".contains(c);
    let start = text.len() - text.trim_start_matches(is_word).len();
    if start > 0 {
        let (word, rest) = text.split_at(start);
        // `kr.` and `Fr.`
        let rest = match rest.strip_prefix('.') {
            Some(after) if !after.starts_with(|c: char| c.is_ascii_digit()) => after,
            _ => rest,
        };
        return (word.chars().count() <= 4).then_some((rest, word));
    }
    let text = match text.strip_suffix('.') {
        Some(before) if before.ends_with(is_word) => before,
        _ => text,
    };
    let (rest, word) = text.split_at(text.trim_end_matches(is_word).len());
    // `12x`, `12k` and `12M` are no amounts of a currency x; `12€`, `12kr` and `12р` are.
    let letter = matches!(word.as_bytes(), [byte] if byte.is_ascii_alphabetic());
    if letter && rest.ends_with(|c: char| !c.is_whitespace()) {
        return None;
    }
    (!word.is_empty() && word.chars().count() <= 4).then_some((rest, word))
}

/// What the amounts of one column say about its mark.
#[derive(Debug, Default)]
pub(super) struct Marks {
    dot: Vec<Proof>,
    comma: Vec<Proof>,
    either: Vec<Proof>,
    /// Something that can be read with either mark has a comma.
    open_comma: bool,
}

impl Marks {
    pub(super) fn add(&mut self, line: usize, amount: &Written<'_>) {
        self.add_lazily(amount, || line);
    }

    /// The same where it takes time to find the line.
    pub(super) fn add_lazily(&mut self, amount: &Written<'_>, line: impl FnOnce() -> usize) {
        let list = match amount.says() {
            Says::Nothing => return,
            Says::Either => {
                self.open_comma |= amount.digits.contains(',');
                &mut self.either
            }
            Says::Only(DecimalMark::Dot) => &mut self.dot,
            Says::Only(DecimalMark::Comma) => &mut self.comma,
        };
        if list.len() < 3 {
            list.push(Proof::new(line(), amount.digits));
        }
    }

    /// Nothing in the column has a mark.
    pub(super) fn is_empty(&self) -> bool {
        self.dot.is_empty() && self.comma.is_empty() && self.either.is_empty()
    }

    /// The mark that the amounts leave, and the lines that prove it. Where the format's standard
    /// has a dot, `1.000` is one; what stays open is asked under `decimals.KEY`.
    pub(super) fn decide(
        self,
        key: &str,
        column: &str,
        dot_is_standard: bool,
        open: &mut Open,
    ) -> (DecimalMark, Vec<Proof>) {
        use DecimalMark::{Comma, Dot};
        match (self.dot.is_empty(), self.comma.is_empty()) {
            (false, true) => return (Dot, self.dot),
            (true, false) => return (Comma, self.comma),
            (true, true) if self.either.is_empty() => return (Dot, Vec::new()),
            (true, true) if dot_is_standard && !self.open_comma => return (Dot, Vec::new()),
            _ => {}
        }
        let contradicts = !self.dot.is_empty();
        let proof: Vec<Proof> = if contradicts {
            let (dot, comma) = (self.dot.into_iter(), self.comma.into_iter());
            dot.take(1).chain(comma.take(1)).collect()
        } else {
            self.either
        };
        let message = if contradicts {
            format!("the amounts of `{column}` are written in two ways")
        } else {
            format!("the amounts of `{column}` can be thousands or fractions")
        };
        let read = |mark: DecimalMark| {
            let meaning = proof
                .iter()
                .find_map(|it| Some((it, Written::new(&it.text)?.value(mark).ok()?)))
                .map(|(it, value)| format!("`{}` is {value}", it.text));
            meaning.unwrap_or_else(|| format!("a decimal {mark}"))
        };
        let (comma, dot) = (read(Comma), read(Dot));
        open.ask(
            format!("decimals.{key}"),
            message,
            proof,
            &[("\",\"", &comma), ("\".\"", &dot)],
        );
        (Dot, Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, mark: DecimalMark) -> String {
        match Written::new(text).map(|written| written.value(mark)) {
            Some(Ok(value)) => value.to_string(),
            Some(Err(reason)) => reason,
            None => "none".to_owned(),
        }
    }

    #[test]
    fn amounts_are_read_however_they_are_decorated() {
        use DecimalMark::{Comma, Dot};
        for (text, mark, number) in [
            (" -110.7 €", Dot, "-110.7"),
            ("4.711,98 €", Comma, "4711.98"),
            ("1.234.567,89", Comma, "1234567.89"),
            ("12,50-", Comma, "-12.50"),
            ("--12,50", Comma, "-12.50"),
            ("(1,234.50)", Dot, "-1234.50"),
            ("($5.00)", Dot, "-5.00"),
            ("-$5.00", Dot, "-5.00"),
            ("$-5.00", Dot, "-5.00"),
            ("CHF 1'234.50", Dot, "1234.50"),
            ("1\u{2019}234.50", Dot, "1234.50"),
            ("1\u{202f}234,50", Comma, "1234.50"),
            ("-1 234 567,00 kr.", Comma, "-1234567.00"),
            ("\u{2212}3,1", Comma, "-3.1"),
            ("12.34500", Dot, "12.34500"),
            ("1,23,456.00", Dot, "123456.00"),
            ("000000012.50", Dot, "12.50"),
            ("+7", Dot, "7"),
            (",50", Comma, "0.50"),
            ("123,", Comma, "123"),
            ("15.00 DR", Dot, "-15.00"),
            ("15.00 CR", Dot, "15.00"),
            ("12€", Dot, "12"),
            ("£12", Dot, "12"),
            ("12kr", Dot, "12"),
            ("12,50zł", Comma, "12.50"),
            ("12р.", Dot, "12"),
            ("R12.50", Dot, "12.50"),
            ("12 F", Dot, "12"),
        ] {
            assert_eq!(value(text, mark), number, "{text}");
        }
        for text in [
            "",
            "-",
            "abc",
            "1e5",
            "12:30",
            "+-5",
            "1 EUR USD",
            "€",
            "12,x",
            "12k",
            "1.5M",
            "(12x)",
        ] {
            assert_eq!(Written::new(text), None, "{text}");
        }
        for text in ["1.23.45", "1,2,3", "12,34.567,8", "0.123.456"] {
            assert!(value(text, Comma).contains("is not an amount"), "{text}");
        }
        assert!(value("1 23,5", Comma).contains("is not an amount"));
        assert!(value(&"9".repeat(60), Dot).contains("more digits"));
    }

    #[test]
    fn an_amount_proves_a_mark_only_when_it_has_no_other_reading() {
        use DecimalMark::{Comma, Dot};
        for (text, says) in [
            ("1.000", Says::Either),
            ("-14.000", Says::Either),
            ("1,234", Says::Either),
            ("0.500", Says::Only(Dot)),
            ("1234.567", Says::Only(Dot)),
            ("1.000.000", Says::Only(Comma)),
            ("1.5", Says::Only(Dot)),
            ("1,50", Says::Only(Comma)),
            ("1'000.500", Says::Only(Dot)),
            ("12", Says::Nothing),
            ("1.2.3", Says::Nothing),
        ] {
            assert_eq!(Written::new(text).unwrap().says(), says, "{text}");
        }
    }

    #[test]
    fn a_column_is_decided_as_a_whole_or_not_at_all() {
        let decide = |amounts: &[&str], dot_is_standard| {
            let mut marks = Marks::default();
            for (line, amount) in (1..).zip(amounts) {
                marks.add(line, &Written::new(amount).unwrap());
            }
            let mut open = Open::default();
            let (mark, proof) = marks.decide("amount", "Betrag", dot_is_standard, &mut open);
            match open.refuse() {
                Ok(()) => format!("{mark} by {}", proof.len()),
                Err(fault) => fault.in_file("x.csv").to_string(),
            }
        };
        assert_eq!(decide(&["1.000", "-3,5"], false), "comma by 1");
        assert_eq!(decide(&["1.000", "7"], true), "dot by 0");
        assert!(decide(&["1.000", "1,000"], true).contains("decimals.amount"));
        let open = decide(&["-14.000"], false);
        assert!(
            open.contains("`decimals.amount = \",\"` (`14.000` is 14000)")
                && open.contains("`decimals.amount = \".\"` (`14.000` is 14.000)"),
            "{open}"
        );
        assert!(decide(&["1,50", "1.50"], true).contains("in two ways"));
    }
}
