//! Money in words: a true minus, thousands apart, the minor units of its currency.

use gather_records::Money;
use rust_decimal::Decimal;

/// A column of amounts, aligned at the point.
#[derive(Debug, Default)]
pub(crate) struct Amounts {
    whole: usize,
    fraction: usize,
}

impl Amounts {
    /// The column that all of these fit into. Signs count.
    pub(crate) fn of<'t>(texts: impl IntoIterator<Item = &'t String>) -> Self {
        texts.into_iter().fold(Self::default(), |column, text| {
            let (whole, fraction) = split(text);
            Self {
                whole: column.whole.max(whole),
                fraction: column.fraction.max(fraction),
            }
        })
    }

    /// How many cells the column takes.
    pub(crate) fn width(&self) -> usize {
        self.whole + self.fraction
    }

    /// An amount in its place.
    pub(crate) fn put(&self, text: &str) -> String {
        let (whole, fraction) = split(text);
        let before = self.whole.saturating_sub(whole);
        let after = self.fraction.saturating_sub(fraction);
        format!("{:before$}{text}{:after$}", "", "")
    }
}

/// How many cells stand before the point, and how many from it on.
fn split(text: &str) -> (usize, usize) {
    let all = text.chars().count();
    let whole = text.chars().take_while(|c| *c != '.').count();
    (whole, all - whole)
}

/// An amount without its currency: `2,500.00`, `−45.00`.
pub(crate) fn amount(money: &Money) -> String {
    let sign = if money.amount.is_sign_negative() && !money.amount.is_zero() {
        "−"
    } else {
        ""
    };
    format!("{sign}{}", digits(money))
}

/// An amount that moved: a plus where it came in.
pub(crate) fn moved(money: &Money) -> String {
    let plus = money.amount > Decimal::ZERO;
    format!("{}{}", if plus { "+" } else { "" }, amount(money))
}

/// Without a sign.
pub(crate) fn digits(money: &Money) -> String {
    let mut value = money.amount.abs();
    // What the source says more exactly stays; what it leaves out is filled up: 12.5 EUR is 12.50.
    let least = money.currency.minor_digits().unwrap_or(0);
    if value.scale() < least {
        value.rescale(least);
    }
    let text = value.to_string();
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut grouped = String::with_capacity(text.len() + 8);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{grouped}.{fraction}"),
        None => grouped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money::new(amount.parse().unwrap(), currency.parse().unwrap())
    }

    #[test]
    fn amounts_have_a_true_minus_and_the_digits_of_their_currency() {
        assert_eq!(amount(&money("-45", "EUR")), "−45.00");
        assert_eq!(amount(&money("1234567.5", "USD")), "1,234,567.50");
        assert_eq!(amount(&money("1234", "JPY")), "1,234");
        assert_eq!(amount(&money("0.125", "EUR")), "0.125");
        assert_eq!(amount(&money("-0.00", "EUR")), "0.00");
        assert_eq!(moved(&money("3000.00", "EUR")), "+3,000.00");
        assert_eq!(moved(&money("0", "EUR")), "0.00");
    }

    #[test]
    fn a_column_is_aligned_at_the_point() {
        let texts = ["−4.50".to_owned(), "1,200".to_owned(), "+0.125".to_owned()];
        let column = Amounts::of(&texts);
        assert_eq!(column.put(&texts[0]), "   −4.50 ");
        assert_eq!(column.put(&texts[1]), "1,200    ");
        assert_eq!(column.put(&texts[2]), "   +0.125");
        assert_eq!(column.width(), 9);
    }
}
