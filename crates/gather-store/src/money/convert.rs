//! Converting by known rates only.
//!
//! A rate source prices currencies in its own base. One unit of `from` is (base in `to`) / (base in `from`) units of
//! `to`: both factors as the source gave them, divided in decimal once. So a rate that the source rounded is not
//! turned around into another rounded one first.
//!
//! A rate is carried forward for at most [`CARRIED`] days. Without one the amount stays what it is: a missing rate is
//! unknown, never 1.

use std::{cmp::Reverse, collections::BTreeMap};

use gather_records::{Currency, Money, Viewer};
use jiff::{ToSpan, civil::Date};
use rusqlite::Transaction;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{RateLine, RateUsed, Total, Unconverted, read};
use crate::error::Fault;

/// How many days after its own a rate is still used.
const CARRIED: i64 = 7;

/// What one source says on one base: for each currency its price and the day of it.
#[derive(Debug, Default)]
struct Table {
    prices: BTreeMap<Currency, (Decimal, Date)>,
}

/// The newest rates that the viewer may see, by source and base.
#[derive(Debug)]
pub(crate) struct Rates {
    tables: BTreeMap<(String, Currency), Table>,
    oldest: Date,
}

/// One way from a currency to another.
#[derive(Debug, Clone)]
struct Way {
    /// Units of the target on the source's base, and units of the origin on it.
    target: Decimal,
    origin: Decimal,
    date: Date,
    source: String,
    via: Option<Currency>,
}

impl Rates {
    pub(super) fn new(known: &[RateLine], as_of: Date) -> Self {
        let mut tables: BTreeMap<_, Table> = BTreeMap::new();
        for line in known {
            tables
                .entry((line.source.clone(), line.base))
                .or_default()
                .prices
                .insert(line.quote, (line.rate, line.date));
        }
        Self {
            tables,
            oldest: as_of.saturating_sub(CARRIED.days()),
        }
    }

    /// The rates of a day that a viewer may see.
    pub(crate) fn of_day(tx: &Transaction<'_>, viewer: &Viewer, day: Date) -> Result<Self, Fault> {
        Ok(Self::new(&read::rates(tx, viewer, day)?, day))
    }

    /// An amount in another currency, not rounded; `None` without a fresh rate.
    pub(crate) fn convert(&self, money: Money, to: Currency) -> Option<Decimal> {
        self.best(money.currency, to)
            .filter(|way| way.date >= self.oldest)?
            .convert(money.amount)
    }

    /// The best way: the newest, then the one that crosses nothing, then by the name of the source.
    fn best(&self, from: Currency, to: Currency) -> Option<Way> {
        let ways = self.tables.iter().filter_map(|((source, base), table)| {
            // The base itself is always worth one of itself, on whatever day the other price is of.
            let price = |currency: Currency| {
                if currency == *base {
                    Some((Decimal::ONE, None))
                } else {
                    let (price, date) = table.prices.get(&currency)?;
                    Some((*price, Some(*date)))
                }
            };
            let (origin, origin_date) = price(from)?;
            let (target, target_date) = price(to)?;
            let date = match (origin_date, target_date) {
                (Some(a), Some(b)) => a.min(b),
                (a, b) => a.or(b)?,
            };
            Some(Way {
                target,
                origin,
                date,
                source: source.clone(),
                via: (*base != from && *base != to).then_some(*base),
            })
        });
        ways.min_by_key(|way| (Reverse(way.date), way.via.is_some(), way.source.clone()))
    }

    /// Adds amounts of several currencies up in one.
    pub(super) fn total(&self, parts: &[Money], base: Currency) -> Result<Total, Fault> {
        let mut sum = Decimal::ZERO;
        let mut rates = Vec::new();
        let mut unconverted = Vec::new();
        for part in parts {
            if part.currency == base {
                sum = add(sum, part.amount, base)?;
                continue;
            }
            let way = self.best(part.currency, base);
            let fresh = way.as_ref().filter(|way| way.date >= self.oldest);
            match fresh.and_then(|way| Some((way, way.convert(part.amount)?, way.rate()?))) {
                Some((way, amount, rate)) => {
                    sum = add(sum, amount, base)?;
                    rates.push(RateUsed {
                        from: part.currency,
                        to: base,
                        rate,
                        date: way.date,
                        source: way.source.clone(),
                        via: way.via,
                    });
                }
                None => unconverted.push(Unconverted {
                    money: *part,
                    last_rate: way.map(|way| way.date),
                }),
            }
        }
        Ok(Total {
            amount: Money::new(in_minor_units(sum, base), base),
            rates,
            unconverted,
        })
    }
}

impl Way {
    /// Multiplies before dividing, so that only the last step can have to round.
    fn convert(&self, amount: Decimal) -> Option<Decimal> {
        amount.checked_mul(self.target)?.checked_div(self.origin)
    }

    fn rate(&self) -> Option<Decimal> {
        self.target
            .checked_div(self.origin)?
            .round_sf(10)
            .map(|rate| rate.normalize())
    }
}

fn in_minor_units(amount: Decimal, currency: Currency) -> Decimal {
    match currency.minor_digits() {
        Some(digits) => {
            let mut rounded =
                amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
            rounded.rescale(digits);
            rounded
        }
        None => amount,
    }
}

/// Adds, or says that the sum is more than can be counted.
pub(super) fn add(sum: Decimal, amount: Decimal, currency: Currency) -> Result<Decimal, Fault> {
    sum.checked_add(amount)
        .ok_or_else(|| Fault::TooLarge(format!("the amounts in {currency}")))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn line(source: &str, base: &str, quote: &str, day: Date, rate: &str) -> RateLine {
        RateLine {
            source: source.to_owned(),
            base: base.parse().unwrap(),
            quote: quote.parse().unwrap(),
            date: day,
            rate: rate.parse().unwrap(),
        }
    }

    fn money(text: &str) -> Money {
        let (amount, currency) = text.split_once(' ').unwrap();
        Money::new(amount.parse().unwrap(), currency.parse().unwrap())
    }

    #[test]
    fn a_currency_is_crossed_over_the_base_of_the_source() {
        let day = date(2026, 11, 19);
        let known = [
            line("ecb", "EUR", "USD", day, "1.25"),
            line("ecb", "EUR", "GBP", day, "0.80"),
        ];
        let rates = Rates::new(&known, date(2026, 11, 20));
        let total = rates
            .total(
                &[money("100 USD"), money("1.005 GBP"), money("50 EUR")],
                "GBP".parse().unwrap(),
            )
            .unwrap();
        // 100 / 1.25 * 0.80 + 1.005 + 50 * 0.80
        assert_eq!(total.amount, money("105.01 GBP"));
        assert_eq!(total.rates.len(), 2);
        assert_eq!(total.rates[0].rate, "0.64".parse().unwrap());
        assert_eq!(total.rates[0].via, Some("EUR".parse().unwrap()));
        assert_eq!(total.rates[1].via, None);
        assert!(total.unconverted.is_empty());
    }

    #[test]
    fn a_rate_is_carried_seven_days_and_no_more() {
        let known = [line("ecb", "EUR", "CHF", date(2026, 11, 13), "0.95")];
        let eur = "EUR".parse().unwrap();
        let fresh = Rates::new(&known, date(2026, 11, 20))
            .total(&[money("95 CHF")], eur)
            .unwrap();
        assert_eq!(fresh.amount, money("100.00 EUR"));
        let stale = Rates::new(&known, date(2026, 11, 21))
            .total(&[money("95 CHF")], eur)
            .unwrap();
        assert_eq!(stale.amount, money("0.00 EUR"));
        assert_eq!(stale.unconverted[0].money, money("95 CHF"));
        assert_eq!(stale.unconverted[0].last_rate, Some(date(2026, 11, 13)));
    }

    #[test]
    fn a_missing_rate_is_unknown_and_never_one() {
        let total = Rates::new(&[], date(2026, 11, 20))
            .total(&[money("10 USD"), money("5 EUR")], "EUR".parse().unwrap())
            .unwrap();
        assert_eq!(total.amount, money("5.00 EUR"));
        assert_eq!(total.unconverted[0].money, money("10 USD"));
        assert_eq!(total.unconverted[0].last_rate, None);
    }

    #[test]
    fn the_newest_rate_wins_and_then_the_direct_one() {
        let (old, new) = (date(2026, 11, 18), date(2026, 11, 19));
        let known = [
            line("a", "EUR", "USD", old, "2"),
            line("b", "GBP", "USD", new, "4"),
            line("b", "GBP", "EUR", new, "1"),
            line("c", "USD", "EUR", new, "0.5"),
        ];
        let total = Rates::new(&known, new)
            .total(&[money("8 USD")], "EUR".parse().unwrap())
            .unwrap();
        assert_eq!(total.rates[0].source, "c");
        assert_eq!(total.amount, money("4.00 EUR"));
    }
}
