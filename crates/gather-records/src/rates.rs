//! Two sources of rates compared: where they tell different prices for the same day.
//!
//! Sources have bases of their own, so what is compared is crossed: both of a source's prices are of one day and on its
//! own base, and are divided in decimal once. Only equal days are compared, since a price moves from day to day; how
//! much of a difference comes of rounding is not held against anybody.
//!
//! Not here: which rate is used for a conversion, and for how long it is carried (`gather-store`).

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{Currency, Rate};

/// Two sources that differ by more than is usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// The currency that is priced.
    pub base: Currency,
    /// The currency it is priced in.
    pub quote: Currency,
    /// The day that both prices are for.
    pub date: Date,
    /// Two sources, by name.
    pub sources: [String; 2],
    /// Units of `quote` for one of `base` as each of them has it, to ten significant digits.
    #[serde(with = "two_texts")]
    pub rates: [Decimal; 2],
    /// How far they are apart, for a hundred of the smaller, to two decimals.
    #[serde(with = "rust_decimal::serde::str")]
    pub percent: Decimal,
}

mod two_texts {
    use rust_decimal::Decimal;
    use serde::{Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(
        rates: &[Decimal; 2],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        rates.map(|rate| rate.to_string()).serialize(serializer)
    }
}

/// What one source says of one day on one base.
type Table = BTreeMap<Currency, Decimal>;

/// Compares every two sources on the newest day that both have prices for, and tells what is more than `tolerance`
/// percent apart, the largest first. `rates` are of any days and in any order, each with the name of its source; of two
/// for the same pair and day the last counts. A usual `tolerance` is 2: institutions look at different hours of a day.
#[must_use]
pub fn deviations<'r>(
    rates: impl IntoIterator<Item = (&'r str, &'r Rate)>,
    tolerance: Decimal,
) -> Vec<Deviation> {
    let mut tables: BTreeMap<&str, BTreeMap<Date, BTreeMap<Currency, Table>>> = BTreeMap::new();
    for (source, rate) in rates {
        tables
            .entry(source)
            .or_default()
            .entry(rate.date)
            .or_default()
            .entry(rate.base)
            .or_insert_with(|| Table::from([(rate.base, Decimal::ONE)]))
            .insert(rate.quote, rate.rate);
    }
    let sources: Vec<_> = tables.iter().collect();
    let mut found = Vec::new();
    for (at, (first, days)) in sources.iter().enumerate() {
        for (second, others) in &sources[at + 1..] {
            let common = days.iter().rev().find(|(day, _)| others.contains_key(day));
            let Some((day, bases)) = common else { continue };
            let mut told = BTreeSet::new();
            for (base, table) in bases {
                for other in others[day].values() {
                    for quote in table.keys().filter(|quote| *quote != base) {
                        let pair = (base.min(quote), base.max(quote));
                        let prices = price(table, *base, *quote)
                            .zip(price(other, *base, *quote))
                            .map(|(one, two)| [one, two]);
                        let Some((rates, percent)) = prices.and_then(|two| apart(two, tolerance))
                        else {
                            continue;
                        };
                        if told.insert(pair) {
                            found.push(Deviation {
                                base: *base,
                                quote: *quote,
                                date: *day,
                                sources: [(**first).to_owned(), (**second).to_owned()],
                                rates,
                                percent,
                            });
                        }
                    }
                }
            }
        }
    }
    // Names decide between equals, as they came.
    found.sort_by_key(|one| Reverse(one.percent));
    found
}

/// A price, and how far from it the true one may be by rounding alone, as a part of it.
type Price = (Decimal, Decimal);

/// Units of `quote` for one of `base`, crossed over the base of the table.
fn price(table: &Table, base: Currency, quote: Currency) -> Option<Price> {
    let (origin, target) = (*table.get(&base)?, *table.get(&quote)?);
    let price = target.checked_div(origin)?;
    Some((price, rounding(origin)?.checked_add(rounding(target)?)?))
}

/// Half of the last digit as a part of a figure; nothing for the base's own 1.
fn rounding(figure: Decimal) -> Option<Decimal> {
    if figure == Decimal::ONE && figure.scale() == 0 {
        return Some(Decimal::ZERO);
    }
    Decimal::try_from_i128_with_scale(5, figure.scale() + 1)
        .ok()?
        .checked_div(figure)
}

/// The two prices and their distance in percent, where that is more than the tolerance and rounding explain.
fn apart(two: [Price; 2], tolerance: Decimal) -> Option<([Decimal; 2], Decimal)> {
    let [(one, slack), (other, more)] = two;
    let smaller = one.min(other);
    let part = (one - other).abs().checked_div(smaller)?;
    let beyond = part.checked_sub(slack)?.checked_sub(more)?;
    if beyond.checked_mul(Decimal::ONE_HUNDRED)? <= tolerance {
        return None;
    }
    let percent = part.checked_mul(Decimal::ONE_HUNDRED)?.round_dp(2);
    let shown = |rate: Decimal| rate.round_sf(10).unwrap_or(rate).normalize();
    Some(([shown(one), shown(other)], percent.normalize()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(base: &str, quote: &str, day: i8, rate: &str) -> Rate {
        Rate {
            base: base.parse().unwrap(),
            quote: quote.parse().unwrap(),
            date: jiff::civil::date(2026, 11, day),
            rate: rate.parse().unwrap(),
        }
    }

    fn compare(rates: &[(&str, Rate)]) -> Vec<String> {
        let rates = rates.iter().map(|(source, rate)| (*source, rate));
        deviations(rates, Decimal::TWO)
            .into_iter()
            .map(|one| {
                let ([a, b], [x, y]) = (one.sources, one.rates);
                format!(
                    "{} {}/{}: {a} {x}, {b} {y}: {} %",
                    one.date, one.base, one.quote, one.percent
                )
            })
            .collect()
    }

    #[test]
    fn sources_with_different_bases_are_compared_by_crossing() {
        let agreeing = [
            ("ecb", rate("EUR", "USD", 19, "1.25")),
            ("ecb", rate("EUR", "GBP", 19, "0.80")),
            ("oxr", rate("USD", "EUR", 19, "0.80")),
            ("oxr", rate("USD", "GBP", 19, "0.64")),
        ];
        assert!(compare(&agreeing).is_empty());
        let mut wrong = agreeing.to_vec();
        wrong[3] = ("oxr", rate("USD", "GBP", 19, "0.7040"));
        // 0.7040 / 0.80 pounds a euro, where the other has 0.80.
        assert_eq!(
            compare(&wrong),
            ["2026-11-19 EUR/GBP: ecb 0.8, oxr 0.88: 10 %"]
        );
    }

    #[test]
    fn only_the_newest_common_day_is_compared() {
        let rates = [
            ("a", rate("EUR", "USD", 18, "1.00")),
            ("a", rate("EUR", "USD", 19, "1.10")),
            ("a", rate("EUR", "USD", 20, "9.00")),
            ("b", rate("EUR", "USD", 18, "2.00")),
            ("b", rate("EUR", "USD", 19, "1.15")),
        ];
        assert_eq!(
            compare(&rates),
            ["2026-11-19 EUR/USD: a 1.1, b 1.15: 4.55 %"]
        );
        assert!(compare(&rates[2..]).is_empty(), "no day in common");
        assert!(compare(&rates[..3]).is_empty(), "one source alone");
    }

    #[test]
    fn what_comes_of_rounding_is_no_deviation() {
        let rates = [
            ("a", rate("IDR", "EUR", 19, "0.000061")),
            ("b", rate("EUR", "IDR", 19, "16930.5")),
        ];
        // 1 / 16930.5 is 0.00005906: 3.3 % apart, of which 0.8 % may be rounding.
        assert_eq!(compare(&rates).len(), 1);
        let rates = [
            ("a", rate("IDR", "EUR", 19, "0.00006")),
            ("b", rate("EUR", "IDR", 19, "16150")),
        ];
        assert!(compare(&rates).is_empty(), "5 % of one digit");
    }

    proptest! {
        #[test]
        fn no_prices_are_too_odd_to_be_compared(
            prices in proptest::collection::vec((0..3_usize, 0..4_usize, 0..4_usize, 1..3_i8, 1..i64::MAX, 0..28_u32), 0..40),
        ) {
            let (names, codes) = (["a", "b", "c"], ["EUR", "USD", "JPY", "GBP"]);
            let rates: Vec<(&str, Rate)> = prices
                .into_iter()
                .filter(|(_, base, quote, ..)| base != quote)
                .map(|(source, base, quote, day, digits, scale)| {
                    let mut one = rate(codes[base], codes[quote], day, "1");
                    one.rate = Decimal::new(digits, scale);
                    (names[source], one)
                })
                .collect();
            let found = deviations(rates.iter().map(|(name, rate)| (*name, rate)), Decimal::TWO);
            prop_assert!(found.iter().all(|one| one.percent >= Decimal::TWO && one.sources[0] < one.sources[1]));
            prop_assert!(found.is_sorted_by(|a, b| a.percent >= b.percent));
        }
    }
}
