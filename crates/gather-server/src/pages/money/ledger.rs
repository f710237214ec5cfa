//! What several money pages read at once, and which currency and month they are about.

use gather_records::Currency;
use gather_store::{Error, MoneyOverview, MoneyQuery, MonthSpending, Snapshot, SourceState, Total};
use jiff::{ToSpan as _, civil::Date};
use rust_decimal::Decimal;

use super::super::reader::{Declared, Reader};

/// Money as it stands, with what is known of the sources it is from.
#[derive(Debug)]
pub(in crate::pages) struct Ledger {
    pub(in crate::pages) overview: MoneyOverview,
    pub(in crate::pages) states: Vec<SourceState>,
    pub(in crate::pages) declared: Vec<Declared>,
}

impl Ledger {
    /// Reads money as of today, with so many of the latest transactions.
    pub(in crate::pages) fn read(
        reader: &Reader,
        moment: &Snapshot<'_>,
        transactions: usize,
    ) -> Result<Self, Error> {
        Self::of_day(reader, moment, reader.times.today(), transactions)
    }

    /// Reads money as of a day: budgets are of its month.
    pub(super) fn of_day(
        reader: &Reader,
        moment: &Snapshot<'_>,
        day: Date,
        transactions: usize,
    ) -> Result<Self, Error> {
        let query = MoneyQuery {
            base: reader.currency(),
            budgets: reader.budgets(),
            limit: transactions,
            ..MoneyQuery::new(day)
        };
        Ok(Self {
            overview: moment.money(&reader.viewer, &query)?,
            states: moment.source_states(&reader.viewer)?,
            declared: reader.declared(),
        })
    }

    /// Whether there is nothing at all; a budget of the configuration is no money yet.
    pub(in crate::pages) fn is_empty(&self) -> bool {
        let overview = &self.overview;
        overview.accounts.is_empty()
            && overview.transactions.is_empty()
            && overview.budgets.iter().all(|line| line.source.is_none())
    }

    /// The total, where it stands for anything: some of it is in its currency, or could be converted.
    pub(super) fn total(&self) -> Option<&Total> {
        let total = self.overview.total.as_ref()?;
        (total.unconverted.len() < self.overview.totals.len()).then_some(total)
    }

    /// The source that something is from: its state, and its declaration if it is fetched at all.
    pub(super) fn source(
        &self,
        name: &str,
        owner: Option<&str>,
    ) -> (Option<&SourceState>, Option<&Declared>) {
        let state = self
            .states
            .iter()
            .find(|state| state.source == name && state.owner.as_deref() == owner);
        let declared = self
            .declared
            .iter()
            .find(|one| one.name == name && one.owner.as_deref() == owner);
        (state, declared)
    }
}

/// The currency that spending is shown in: the reader's, where something was spent in it, else the one that most
/// transactions are in.
pub(super) fn spending_currency(reader: &Reader, spent: &[MonthSpending]) -> Option<Currency> {
    let mut counted: Vec<(u64, Currency)> = Vec::new();
    for one in spent {
        match counted
            .iter_mut()
            .find(|(_, held)| *held == one.total.currency)
        {
            Some((count, _)) => *count = count.saturating_add(one.transactions),
            None => counted.push((one.transactions, one.total.currency)),
        }
    }
    let wanted = reader.currency();
    if let Some(wanted) = wanted.filter(|wanted| counted.iter().any(|(_, held)| held == wanted)) {
        return Some(wanted);
    }
    counted.sort_by_key(|(count, currency)| (std::cmp::Reverse(*count), *currency));
    counted.first().map(|(_, currency)| *currency)
}

/// The month that the address asks for, as its first day; this one where it asks for none. Nothing is known of months to
/// come. The second is what could not be read.
pub(super) fn month(reader: &Reader) -> (Date, Option<String>) {
    let this = reader.times.today().first_of_month();
    let Some(text) = reader.fields.get("month") else {
        return (this, None);
    };
    let asked = (text.len() == 7)
        .then(|| format!("{text}-01").parse::<Date>().ok())
        .flatten();
    match asked {
        Some(month) if month.year() >= 1 && month <= this => (month, None),
        Some(_) => (
            this,
            Some(format!(
                "`{text}` is no month that has begun: this is the present one."
            )),
        ),
        None => {
            let short: String = text.chars().take(20).collect();
            (
                this,
                Some(format!(
                    "`{short}` is not a month; a month is written like 2026-11"
                )),
            )
        }
    }
}

/// The first and the last day of a month, as fields have them.
pub(super) fn days_of(month: Date) -> (String, String) {
    (month.to_string(), month.last_of_month().to_string())
}

/// A month as a field has it.
pub(super) fn month_field(month: Date) -> String {
    month.strftime("%Y-%m").to_string()
}

/// The name of a month, with the year where it is another one.
pub(super) fn month_name(reader: &Reader, month: Date) -> String {
    let pattern = if month.year() == reader.times.today().year() {
        "%B"
    } else {
        "%B %Y"
    };
    month.strftime(pattern).to_string()
}

/// The month before or after.
pub(super) fn months_from(month: Date, count: i64) -> Option<Date> {
    month.checked_add(count.months()).ok()
}

/// Adds up without ever overflowing: what is drawn or compared needs no more.
pub(super) fn plus(sum: Decimal, more: Decimal) -> Decimal {
    sum.saturating_add(more)
}

/// A part of a whole in percent; nothing of nothing is nothing.
pub(super) fn percent(part: Decimal, whole: Decimal) -> f64 {
    use rust_decimal::prelude::ToPrimitive as _;
    let (part, whole) = (part.to_f64().unwrap_or(0.0), whole.to_f64().unwrap_or(0.0));
    if whole <= 0.0 {
        return 0.0;
    }
    part / whole * 100.0
}
