//! Money over time: what accounts held by day, what was spent by month.
//!
//! A line is of one currency. Accounts in others are not in it, and its name says so: for each of its days it would want
//! a rate of that day.

use std::collections::BTreeSet;

use gather_records::Currency;
use gather_store::{BalanceProof, DayBalance, Error, MonthSpending, Snapshot};
use jiff::{ToSpan as _, civil::Date};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{
    super::{
        part::Figure,
        plot::{Column, Months, Plot},
        reader::Reader,
    },
    ledger::{Ledger, month_field, months_from, percent, plus, spending_currency},
};

/// Months beside each other.
const MONTHS: i64 = 12;

/// From when lines are drawn: a year back.
pub(super) fn since(today: Date) -> Date {
    today.saturating_sub(1.year())
}

/// One account over time.
struct Series {
    /// What was in it before the first of the points.
    opening: Decimal,
    points: Vec<DayBalance>,
}

impl Series {
    /// Its balances from a day on; `None` where nobody knows anything of it in this currency.
    fn of(
        reader: &Reader,
        moment: &Snapshot<'_>,
        proof: &BalanceProof,
        since: Date,
    ) -> Result<Option<Self>, Error> {
        let currency = proof.booked.currency;
        let mut points =
            moment.balances_by_day(&reader.viewer, &proof.source, &proof.account, Some(since))?;
        points.retain(|point| point.balance.currency == currency);
        if points.is_empty() && proof.opening_from.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            opening: proof.opening.amount,
            points,
        }))
    }

    fn at(&self, day: Date) -> Decimal {
        let after = self.points.partition_point(|point| point.date <= day);
        match after.checked_sub(1) {
            Some(last) => self.points[last].balance.amount,
            None => self.opening,
        }
    }
}

/// The sum of several over days, from a day to today.
fn sum_by_day(series: &[Series], since: Date, today: Date) -> Vec<(Date, Decimal)> {
    let days = series.iter().flat_map(|one| &one.points);
    let mut days: BTreeSet<Date> = days.map(|point| point.date.clamp(since, today)).collect();
    if days.is_empty() {
        return Vec::new();
    }
    days.insert(today);
    days.into_iter()
        .map(|day| {
            let sum = series
                .iter()
                .fold(Decimal::ZERO, |sum, one| plus(sum, one.at(day)));
            (day, sum)
        })
        .collect()
}

fn plot(
    reader: &Reader,
    label: String,
    currency: Currency,
    points: &[(Date, Decimal)],
) -> Option<Plot> {
    let [(first, from), .., (last, to)] = points else {
        return None;
    };
    let amount = |amount: Decimal| {
        let digits = currency.minor_digits().unwrap_or(2);
        reader.numbers.amount(amount.round_dp(digits), currency)
    };
    let day = |day: &Date| reader.times.day_words(*day);
    let (top_day, top) = points
        .iter()
        .max_by_key(|(_, value)| *value)
        .unwrap_or(&points[0]);
    let summary = format!(
        "from {} on {} to {} on {}, at most {} on {}",
        amount(*from),
        day(first),
        amount(*to),
        day(last),
        amount(*top),
        day(top_day)
    );
    let drawn: Vec<(Date, f64)> = points
        .iter()
        .map(|(day, value)| (*day, value.to_f64().unwrap_or_default()))
        .collect();
    Plot::of(label, summary, currency.code(), &drawn, |value| {
        // Levels are round; what floating point adds to them is not.
        let value = Decimal::from_f64_retain(value).unwrap_or_default();
        reader.numbers.decimal(value.round_dp(2).normalize())
    })
}

/// All accounts of one currency over time: the reader's, or the first that accounts are in.
pub(super) fn worth_by_day(
    reader: &Reader,
    moment: &Snapshot<'_>,
    ledger: &Ledger,
    proofs: &[BalanceProof],
) -> Result<Option<Plot>, Error> {
    let totals = &ledger.overview.totals;
    let held = |currency: &Currency| totals.iter().any(|total| total.currency == *currency);
    let wanted = reader.currency().filter(held);
    let Some(currency) = wanted.or_else(|| totals.first().map(|total| total.currency)) else {
        return Ok(None);
    };
    let today = reader.times.today();
    let since = since(today);
    let mut series = Vec::new();
    for proof in proofs {
        let account = ledger.overview.accounts.iter().any(|line| {
            line.source == proof.source && line.owner == proof.owner && line.id == proof.account
        });
        if account && proof.booked.currency == currency {
            series.extend(Series::of(reader, moment, proof, since)?);
        }
    }
    let label = if totals.len() > 1 {
        format!("Accounts in {currency}")
    } else {
        format!("Net worth in {currency}")
    };
    let points = sum_by_day(&series, since, today);
    Ok(plot(reader, label, currency, &points))
}

/// One account over time.
pub(super) fn account_by_day(
    reader: &Reader,
    moment: &Snapshot<'_>,
    name: &str,
    proof: &BalanceProof,
) -> Result<Option<Plot>, Error> {
    let today = reader.times.today();
    let since = since(today);
    let Some(series) = Series::of(reader, moment, proof, since)? else {
        return Ok(None);
    };
    let currency = proof.booked.currency;
    let points = sum_by_day(&[series], since, today);
    Ok(plot(
        reader,
        format!("{name} in {currency}"),
        currency,
        &points,
    ))
}

/// From which month the columns go.
pub(super) fn first_month(today: Date) -> Date {
    months_from(today.first_of_month(), 1 - MONTHS).unwrap_or(today)
}

/// What was spent by month, in one currency; `chosen` is the month whose categories are shown.
pub(super) fn months(reader: &Reader, spent: &[MonthSpending], chosen: Date) -> Option<Months> {
    let currency = spending_currency(reader, spent)?;
    let this = reader.times.today().first_of_month();
    let mut sums = Vec::new();
    let mut month = first_month(reader.times.today());
    while month <= this {
        let of_month = spent
            .iter()
            .filter(|one| one.month == month && one.total.currency == currency)
            .fold(Decimal::ZERO, |sum, one| plus(sum, one.total.amount.abs()));
        sums.push((month, of_month));
        month = months_from(month, 1)?;
    }
    let highest = sums.iter().map(|(_, sum)| *sum).max().unwrap_or_default();
    // What was never spent on is not a month without spending: nothing is known of it.
    let first = sums.iter().position(|(_, sum)| !sum.is_zero())?;
    let columns = sums.into_iter().skip(first).map(|(month, sum)| Column {
        label: month.strftime("%b").to_string(),
        name: month.strftime("%B %Y").to_string(),
        href: reader
            .fields
            .only(&["currency"])
            .with(&[("month", &month_field(month))])
            .after(&reader.to("/money")),
        chosen: month == chosen,
        height: percent(sum, highest),
        figure: Figure {
            digits: reader.numbers.decimal(sum.round()),
            ..Figure::default()
        },
        open: month == this,
    });
    Some(Months {
        label: format!("Spending by month in {currency}"),
        columns: columns.collect(),
    })
}

#[cfg(test)]
mod tests {
    use gather_records::Money;

    use super::*;

    #[test]
    fn a_sum_by_day_holds_what_was_there_before_and_goes_on_until_today() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let series = |opening: i64, points: &[(&str, i64)]| Series {
            opening: opening.into(),
            points: points
                .iter()
                .map(|(date, amount)| DayBalance {
                    date: day(date),
                    balance: Money::new((*amount).into(), "EUR".parse().unwrap()),
                })
                .collect(),
        };
        let two = [
            // The last of the time before stands for all of it.
            series(0, &[("2025-01-01", 100), ("2026-03-01", 50)]),
            series(7, &[("2026-02-01", 10)]),
        ];
        let sums = sum_by_day(&two, day("2026-01-01"), day("2026-04-01"));
        let told: Vec<(String, String)> = sums
            .iter()
            .map(|(day, sum)| (day.to_string(), sum.to_string()))
            .collect();
        let expected = [
            ("2026-01-01", "107"),
            ("2026-02-01", "110"),
            ("2026-03-01", "60"),
            ("2026-04-01", "60"),
        ];
        assert_eq!(
            told,
            expected.map(|(day, sum)| (day.to_owned(), sum.to_owned()))
        );
        assert_eq!(sum_by_day(&[], day("2026-01-01"), day("2026-04-01")), []);
    }
}
