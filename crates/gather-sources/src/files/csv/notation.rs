//! How the cells of a table are written, decided for the whole file before a row is read.
//!
//! The order of dates comes from all columns with dates together, the decimal mark from each column of money alone.
//!
//! Not here: whether amounts are turned round (`sign`).

use std::collections::BTreeMap;

use gather_records::Currency;

use super::super::{
    DateOrder, DecimalMark, Decimals, Import, Profile,
    amount::{Marks, Written},
    day::{Day, Orders},
    error::Open,
};
use super::{
    columns::{self, Amounts, Found},
    names, sign,
    table::Table,
};
use crate::mapping::value::clip;

/// How the cells of a table are written.
#[derive(Debug)]
pub(super) struct Notation {
    pub(super) order: DateOrder,
    /// The order, where the dates of the file needed one.
    pub(super) learnt_order: Option<DateOrder>,
    pub(super) decimals: Marked,
    /// The marks that the amounts of the file needed.
    pub(super) learnt_decimals: Decimals,
    /// The currency that a name or a cell says.
    pub(super) currency: Option<Currency>,
    pub(super) indicators: BTreeMap<String, bool>,
    /// For two columns: whether amounts in them have a minus.
    pub(super) debit_is_negative: bool,
    pub(super) credit_is_negative: bool,
}

/// The mark of each column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marked {
    pub(super) amount: DecimalMark,
    pub(super) debit: DecimalMark,
    pub(super) credit: DecimalMark,
    pub(super) balance: DecimalMark,
}

impl Notation {
    pub(super) fn conclude(
        table: &Table,
        found: &Found,
        profile: &Profile,
        import: &mut Import,
        open: &mut Open,
    ) -> Self {
        let (order, learnt_order) = date_order(table, found, profile, import, open);
        let mut learnt_decimals = profile.decimals;
        let mut mark = |key: &str, column: Option<usize>, given: &mut Option<DecimalMark>| {
            let mark = match (column, *given) {
                (None, given) => return given.unwrap_or(DecimalMark::Dot),
                (Some(_), Some(given)) => return given,
                (Some(column), None) => decimal_mark(table, key, column, import, open),
            };
            *given = mark;
            mark.unwrap_or(DecimalMark::Dot)
        };
        let (amount, debit, credit) = match found.amounts {
            Amounts::Signed(amount) | Amounts::Indicated { amount, .. } => {
                (Some(amount), None, None)
            }
            Amounts::Split { debit, credit } => (None, Some(debit), Some(credit)),
        };
        let decimals = Marked {
            amount: mark("amount", amount, &mut learnt_decimals.amount),
            debit: mark("debit", debit, &mut learnt_decimals.debit),
            credit: mark("credit", credit, &mut learnt_decimals.credit),
            balance: mark("balance", found.balance, &mut learnt_decimals.balance),
        };
        let indicators = match found.amounts {
            Amounts::Indicated { indicator, .. } => {
                let values = table.rows.iter().map(|row| (row.line, row.cell(indicator)));
                sign::indicators(values, profile, open)
            }
            _ => BTreeMap::new(),
        };
        let first_sign = |column: Option<usize>| {
            column.is_some_and(|column| {
                table
                    .rows
                    .iter()
                    .filter_map(|row| Written::new(row.cell(column)))
                    .find(|written| !written.is_zero())
                    .is_some_and(|written| written.is_negative())
            })
        };
        let money = [amount, debit, credit, found.balance];
        Self {
            order,
            learnt_order,
            decimals,
            learnt_decimals,
            currency: currency(table, &money),
            indicators,
            debit_is_negative: first_sign(debit),
            credit_is_negative: first_sign(credit),
        }
    }
}

fn date_order(
    table: &Table,
    found: &Found,
    profile: &Profile,
    import: &mut Import,
    open: &mut Open,
) -> (DateOrder, Option<DateOrder>) {
    if let Some(order) = profile.date_order {
        return (order, Some(order));
    }
    let mut orders = Orders::default();
    let mut is_open = false;
    for row in &table.rows {
        for column in [Some(found.date), found.value_date].into_iter().flatten() {
            let cell = row.cell(column);
            if let Some(day) = Day::new(cell) {
                is_open |= day.is_open();
                orders.add(row.line, cell, day);
            }
        }
    }
    let (order, proof) = orders.decide(open);
    let conclusion = match (is_open, proof.is_empty()) {
        (false, _) => "every date has one reading only".to_owned(),
        (true, false) => order.to_string(),
        (true, true) => "every order reads the dates as the same days".to_owned(),
    };
    import.find("date order", conclusion, proof);
    (order, is_open.then_some(order))
}

/// The mark of one column; `None` where nothing in it has one.
fn decimal_mark(
    table: &Table,
    key: &str,
    column: usize,
    import: &mut Import,
    open: &mut Open,
) -> Option<DecimalMark> {
    let mut marks = Marks::default();
    for row in &table.rows {
        if let Some(written) = Written::new(row.cell(column)) {
            marks.add(row.line, &written);
        }
    }
    let name = columns::name_of(table, column).to_string();
    let about = format!("decimal mark of `{}`", clip(&name));
    if marks.is_empty() {
        import.find(about, "none: all amounts are whole", Vec::new());
        return None;
    }
    let (mark, proof) = marks.decide(key, &clip(&name), false, open);
    import.find(about, mark.to_string(), proof);
    Some(mark)
}

/// The one currency that the names of the columns of money and the amounts in them say.
fn currency(table: &Table, columns: &[Option<usize>]) -> Option<Currency> {
    let columns: Vec<usize> = columns.iter().copied().flatten().collect();
    let named = columns.iter().filter_map(|column| {
        let names = table.names.as_ref()?;
        names::currency_in(names.cell(*column))
    });
    let written = table.rows.iter().flat_map(|row| {
        columns.iter().filter_map(|column| {
            let written = Written::new(row.cell(*column))?;
            names::currency_of(written.currency)
        })
    });
    let mut all = named.chain(written);
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}
