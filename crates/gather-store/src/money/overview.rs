//! Puts the overview together, in one snapshot.

use gather_records::{Currency, Deviation, Money, Rate, Viewer};
use rusqlite::Transaction;
use rust_decimal::Decimal;

use super::{
    MoneyOverview, MoneyQuery, RateLine, TransactionLine, convert::Rates, expenses, read, spending,
};
use crate::{Error, Store, TransactionId, error::Fault};

/// Two sources that are further apart than this, in percent, are told: institutions look at different hours of a day.
const TOLERANCE: Decimal = Decimal::TWO;

impl Store {
    /// The money a viewer may see, read in one snapshot.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when amounts add up to more than 28 digits; else when the
    /// file cannot be read, see [`Error::kind`].
    pub fn money(&self, viewer: &Viewer, query: &MoneyQuery) -> Result<MoneyOverview, Error> {
        self.read(|tx| overview(tx, viewer, query))
    }

    /// One transaction.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownTransaction`](crate::ErrorKind::UnknownTransaction) when the viewer may see none of that
    /// number; else when the file cannot be read, see [`Error::kind`].
    pub fn transaction(
        &self,
        viewer: &Viewer,
        id: TransactionId,
    ) -> Result<TransactionLine, Error> {
        self.read(|tx| read::one(tx, viewer, id))
    }
}

pub(crate) fn overview(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    query: &MoneyQuery,
) -> Result<MoneyOverview, Fault> {
    let as_of = query.as_of;
    let accounts = read::accounts(tx, viewer)?;
    let totals = read::totals(&accounts)?;
    let rates = read::rates(tx, viewer, as_of)?;
    let total = match query.base {
        Some(base) if !accounts.is_empty() => Some(Rates::new(&rates, as_of).total(&totals, base)?),
        _ => None,
    };
    let month = expenses::month_expenses(tx, viewer, as_of)?;
    let pending = expenses::pending_expenses(tx, viewer, as_of)?;
    let mut budgets = read::budgets(tx, viewer)?;
    budgets.extend(spending::planned(viewer, &query.budgets));
    Ok(MoneyOverview {
        as_of,
        total,
        transactions: read::transactions(tx, viewer, query)?,
        spending: spending::by_category(&expenses::expenses(tx, viewer, query.since)?)?,
        budgets: spending::of_budgets(budgets, &month, &pending)?,
        deviations: deviations(&rates, &totals, query.base),
        totals,
        rates,
        accounts,
    })
}

/// Where two sources differ on what matters here: the currencies that are held, and the one they are added up in.
fn deviations(rates: &[RateLine], totals: &[Money], base: Option<Currency>) -> Vec<Deviation> {
    let held = |currency: Currency| {
        base == Some(currency) || totals.iter().any(|total| total.currency == currency)
    };
    let rates: Vec<(&str, Rate)> = rates
        .iter()
        .filter(|line| held(line.quote))
        .map(|line| {
            let rate = Rate {
                base: line.base,
                quote: line.quote,
                date: line.date,
                rate: line.rate,
            };
            (line.source.as_str(), rate)
        })
        .collect();
    let mut found = gather_records::deviations(
        rates.iter().map(|(source, rate)| (*source, rate)),
        TOLERANCE,
    );
    found.retain(|one| held(one.base) && held(one.quote));
    found
}
