//! The proof of a balance: what was stated against what was booked, and the first day from which the two differ.
//!
//! An account begins with its opening balance, or else with the earliest balance that was stated, less all that was
//! booked up to that day. From there each later statement has to be what was booked since. A difference counts from the
//! first day after which the two have not agreed again.
//!
//! A statement with an instant covers every day that had begun anywhere on Earth by then, since a booking date is a
//! day in the bank's own calendar.

use std::collections::BTreeMap;

use gather_records::{Currency, Money, Viewer};
use jiff::civil::Date;
use rusqlite::{OptionalExtension, Transaction, named_params};
use rust_decimal::Decimal;
use serde::Serialize;

use super::read::exactly;
use crate::{
    Error, Store,
    books::sum::Sum,
    codec::{Text, day, money},
    error::Fault,
};

/// What an account begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningFrom {
    /// A user has set it.
    User,
    /// It follows from the earliest balance that was stated.
    FirstStatement,
}

/// How an account stands: what was stated against what was booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceProof {
    /// The source.
    pub source: String,
    /// Whose it is; `None` belongs to everybody.
    pub owner: Option<String>,
    /// The source's id of the account; empty where it names none.
    pub account: String,
    /// Its name, where it is known.
    pub name: Option<String>,
    /// The last balance that was stated; `None` when none ever was.
    pub provider: Option<Money>,
    /// The day at whose end that was so.
    pub provider_date: Option<Date>,
    /// The opening balance and all that was booked since, up to the day of `provider`.
    pub booked: Money,
    /// The opening balance in it; zero and `None` below when there is none.
    pub opening: Money,
    /// Where that comes from.
    pub opening_from: Option<OpeningFrom>,
    /// Provider less booked; `None` when nothing was stated or nothing says where the account began.
    pub drift: Option<Money>,
    /// The first day of a statement that differs, after which none agreed; `None` without a drift.
    pub first_day: Option<Date>,
    /// How many stated balances were compared.
    pub statements: u64,
}

impl Store {
    /// The proof of every account's balance that the viewer may see, one for each currency of it; by source and name.
    /// Read in one snapshot from the sums that are kept: one row a day, however many transactions there are.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when amounts add up to more than 28 digits; else when the
    /// file cannot be read, see [`Error::kind`].
    pub fn balance_proof(&self, viewer: &Viewer) -> Result<Vec<BalanceProof>, Error> {
        self.read(|tx| proofs(tx, viewer))
    }
}

pub(crate) fn proofs(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<BalanceProof>, Fault> {
    let mut proofs = Vec::new();
    for account in accounts(tx, viewer)? {
        proofs.push(account.proof(tx)?);
    }
    Ok(proofs)
}

/// What was booked by day; what has no date comes first.
pub(super) type ByDay = BTreeMap<Option<Date>, Sum>;

/// An account in one of its currencies.
struct Place {
    source: i64,
    source_name: String,
    owner: Option<String>,
    account: String,
    name: Option<String>,
    currency: Currency,
}

fn accounts(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Vec<Place>, Fault> {
    let mut statement = tx.prepare_cached(
        "WITH places AS (
            SELECT source_id, account_id, currency FROM day_sums WHERE day = '*'
             UNION
            SELECT source_id, account_id, currency FROM stated_balances
             UNION
            SELECT source_id, account_id, opening_currency FROM account_settings WHERE opening IS NOT NULL)
         SELECT p.source_id, s.name, s.owner, p.account_id, a.name, p.currency
           FROM places p JOIN sources s ON s.id = p.source_id
           LEFT JOIN accounts a ON a.source_id = p.source_id AND a.id = p.account_id
          WHERE :viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer
          ORDER BY s.name, s.owner, a.name, p.account_id, p.currency",
    )?;
    let rows = statement.query_map(named_params! {":viewer": viewer.user()}, |row| {
        Ok(Place {
            source: row.get(0)?,
            source_name: row.get(1)?,
            owner: row.get(2)?,
            account: row.get(3)?,
            name: row.get(4)?,
            currency: row.get::<_, Text<Currency>>(5)?.0,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What a user says an account began with.
fn opening(
    tx: &Transaction<'_>,
    source: i64,
    account: &str,
) -> Result<Option<(Money, Date)>, Fault> {
    Ok(tx
        .prepare_cached(
            "SELECT opening, opening_currency, opening_day FROM account_settings
              WHERE source_id = ?1 AND account_id = ?2 AND opening IS NOT NULL",
        )?
        .query_row((source, account), |row| {
            Ok((money(row, 0)?, row.get::<_, Text<Date>>(2)?.0))
        })
        .optional()?)
}

/// What an account holds by its opening balance and all that was booked since; `None` without an opening balance.
pub(super) fn from_opening(
    tx: &Transaction<'_>,
    source: i64,
    account: &str,
) -> Result<Option<Money>, Fault> {
    let Some((opening, from)) = opening(tx, source, account)? else {
        return Ok(None);
    };
    let mut sum = Sum::default();
    sum.add(opening.amount);
    for (_, part) in days(tx, source, account, opening.currency)?
        .into_iter()
        .filter(|(day, _)| day.is_none_or(|day| day >= from))
    {
        sum.merge(&part);
    }
    let amount = exactly(&sum, opening.currency)?;
    Ok(Some(Money::new(amount, opening.currency)))
}

fn days(
    tx: &Transaction<'_>,
    source: i64,
    account: &str,
    currency: Currency,
) -> Result<ByDay, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT nullif(day, ''), total FROM day_sums
          WHERE source_id = ?1 AND account_id = ?2 AND currency = ?3 AND day <> '*'",
    )?;
    let rows = statement.query_map((source, account, currency.code()), |row| {
        Ok((day(row, 0)?, row.get::<_, Text<Sum>>(1)?.0))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The opening balance and what was booked each day of an account that the viewer may see, for each of its currencies;
/// days that the opening balance includes are left out.
pub(super) fn series(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    source: &str,
    account: &str,
) -> Result<Vec<(Money, ByDay)>, Fault> {
    let mut series = Vec::new();
    for place in accounts(tx, viewer)? {
        if place.source_name == source && place.account == account {
            let mut days = days(tx, place.source, &place.account, place.currency)?;
            let (opening, _) = place.opening(tx, &mut days, &mut place.statements(tx)?)?;
            series.push((Money::new(opening, place.currency), days));
        }
    }
    Ok(series)
}

impl Place {
    fn statements(&self, tx: &Transaction<'_>) -> Result<Vec<(Date, Decimal)>, Fault> {
        let mut statement = tx.prepare_cached(
            "SELECT day, balance FROM stated_balances
              WHERE source_id = ?1 AND account_id = ?2 AND currency = ?3 ORDER BY day",
        )?;
        let rows =
            statement.query_map((self.source, &self.account, self.currency.code()), |row| {
                Ok((
                    row.get::<_, Text<Date>>(0)?.0,
                    row.get::<_, Text<Decimal>>(1)?.0,
                ))
            })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// An exact difference, with the digits of the finer of the two.
    fn difference(&self, a: Decimal, b: Decimal) -> Result<Decimal, Fault> {
        a.checked_sub(b)
            .filter(|apart| apart.scale() >= a.scale().max(b.scale()))
            .ok_or_else(|| Fault::TooLarge(format!("the amounts in {}", self.currency)))
    }

    /// What the account began with, and who says so. What lies before that is left out of days and statements.
    fn opening(
        &self,
        tx: &Transaction<'_>,
        days: &mut ByDay,
        statements: &mut Vec<(Date, Decimal)>,
    ) -> Result<(Decimal, Option<OpeningFrom>), Fault> {
        let declared = opening(tx, self.source, &self.account)?
            .filter(|(opening, _)| opening.currency == self.currency);
        Ok(match (declared, statements.first()) {
            (Some((opening, from)), _) => {
                days.retain(|day, _| day.is_none_or(|day| day >= from));
                statements.retain(|(day, _)| *day >= from);
                (opening.amount, Some(OpeningFrom::User))
            }
            (None, Some((first, balance))) => {
                let mut before = Sum::default();
                for (_, part) in days.range(..=Some(*first)) {
                    before.merge(part);
                }
                let before = exactly(&before, self.currency)?;
                let opening = self.difference(*balance, before)?;
                (opening, Some(OpeningFrom::FirstStatement))
            }
            (None, None) => (Decimal::ZERO, None),
        })
    }

    fn proof(self, tx: &Transaction<'_>) -> Result<BalanceProof, Fault> {
        let mut statements = self.statements(tx)?;
        let mut days = days(tx, self.source, &self.account, self.currency)?;
        let (opening, opening_from) = self.opening(tx, &mut days, &mut statements)?;
        // What was booked so far, beginning with the opening balance.
        let mut booked = Sum::default();
        booked.add(opening);
        let mut upcoming = days.into_iter().peekable();
        let (mut drift, mut first_day) = (None, None);
        for (day, balance) in &statements {
            while let Some((_, part)) = upcoming.next_if(|(booked_on, _)| *booked_on <= Some(*day))
            {
                booked.merge(&part);
            }
            let apart = self.difference(*balance, exactly(&booked, self.currency)?)?;
            first_day = if apart.is_zero() {
                None
            } else {
                first_day.or(Some(*day))
            };
            drift = Some(Money::new(apart, self.currency));
        }
        if statements.is_empty() {
            upcoming.for_each(|(_, part)| booked.merge(&part));
        }
        let last = statements.last().copied();
        Ok(BalanceProof {
            provider: last.map(|(_, balance)| Money::new(balance, self.currency)),
            provider_date: last.map(|(day, _)| day),
            booked: Money::new(exactly(&booked, self.currency)?, self.currency),
            opening: Money::new(opening, self.currency),
            opening_from,
            drift,
            first_day,
            statements: u64::try_from(statements.len()).unwrap_or(u64::MAX),
            source: self.source_name,
            owner: self.owner,
            account: self.account,
            name: self.name,
        })
    }
}
