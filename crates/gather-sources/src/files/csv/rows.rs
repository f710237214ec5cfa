//! The rows of a table as transactions, once it is known how they are written.
//!
//! A row whose date or amount cannot be read is rejected with its line. Amounts in two columns are what their column
//! says, whatever sign they have, as long as all of a column have the same.

use std::collections::BTreeMap;

use gather_records::{Currency, Money, Transaction};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::{
    DateOrder, DecimalMark, Decimals, Import, Profile, Proof, Statement, StatementAccount,
    amount::{Marks, Written},
    day::{self, Day, Orders},
    error::Open,
    words,
};
use super::{
    columns::{self, Amounts, Found},
    names::{self, State},
    sign::{self, Step},
    table::{Row, Table},
};
use crate::mapping::value::clip;

/// How the cells of a table are written.
#[derive(Debug)]
pub(super) struct Notation {
    pub(super) order: DateOrder,
    /// The order, where the dates of the file needed one.
    pub(super) learnt_order: Option<DateOrder>,
    decimals: Marked,
    /// The marks that the amounts of the file needed.
    pub(super) learnt_decimals: Decimals,
    /// The currency that a name or a cell says.
    pub(super) currency: Option<Currency>,
    pub(super) indicators: BTreeMap<String, bool>,
    /// For two columns: whether amounts in them have a minus.
    debit_is_negative: bool,
    credit_is_negative: bool,
}

/// The mark of each column.
#[derive(Debug, Clone, Copy)]
struct Marked {
    amount: DecimalMark,
    debit: DecimalMark,
    credit: DecimalMark,
    balance: DecimalMark,
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
    let (mark, proof) = marks.decide(key, &clip(&name), None, open);
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

/// Reads all rows, unless something has to be asked first; whether amounts were turned round.
pub(super) fn read(
    table: &Table,
    found: &Found,
    notation: &Notation,
    profile: &Profile,
    import: &mut Import,
    open: &mut Open,
) -> bool {
    let mut reader = Reader {
        table,
        found,
        notation,
        profile,
        negate: false,
    };
    let lacks = |row: &&Row| matches!(reader.currency(row), Ok(None));
    if let Some(row) = table.rows.iter().find(lacks) {
        let cells: Vec<&str> = row.cells.iter().collect();
        let proof = Proof::new(row.line, &cells.join(&table.delimiter.to_string()));
        open.ask("currency", "the file says no currency", vec![proof], &[]);
    }
    let steps: Vec<Step> = table
        .rows
        .iter()
        .filter_map(|row| reader.step(row))
        .collect();
    let any_is_signed = match found.amounts {
        Amounts::Signed(column) => table
            .rows
            .iter()
            .filter_map(|row| Written::new(row.cell(column)))
            .any(|written| written.is_signed()),
        _ => true,
    };
    reader.negate = sign::negate(&steps, any_is_signed, profile, import, open);
    if !open.is_empty() {
        return false;
    }
    let mut read: Vec<(String, Transaction)> = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        match reader.transaction(row) {
            Ok(row) => read.push(row),
            Err(reason) => import.reject(row.line, reason),
        }
    }
    let newest_first = sign::run(&steps).map(|run| run.newest_first);
    import.statements = statements(read, newest_first, profile);
    reader.negate
}

/// A statement an account, in the order in which they first appear.
fn statements(
    read: Vec<(String, Transaction)>,
    newest_first: Option<bool>,
    profile: &Profile,
) -> Vec<Statement> {
    let mut statements: Vec<(String, Statement)> = Vec::new();
    let mut places: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for (account, transaction) in read {
        let place = *places.entry(account).or_insert_with_key(|account| {
            statements.push((account.clone(), Statement::default()));
            statements.len() - 1
        });
        statements[place].1.transactions.push(transaction);
    }
    if statements.is_empty() {
        statements.push((String::new(), Statement::default()));
    }
    statements
        .into_iter()
        .map(|(account, mut statement)| {
            let written = (!account.is_empty()).then_some(account);
            let id = profile.account.clone().or(written);
            let mut currencies = statement.transactions.iter().map(|it| it.amount.currency);
            let first = currencies.next();
            let currency = first.filter(|first| currencies.all(|other| other == *first));
            statement.account = StatementAccount {
                id,
                currency: currency.or(profile.currency),
                ..StatementAccount::default()
            };
            statement.balance = last_balance(&statement.transactions, newest_first);
            statement
        })
        .collect()
}

/// The balance after the newest transaction, where it is plain which one that is.
fn last_balance(
    transactions: &[Transaction],
    newest_first: Option<bool>,
) -> Option<(Money, Option<Date>)> {
    let (first, last) = (transactions.first()?, transactions.last()?);
    let newest_first = newest_first.or_else(|| match first.date.cmp(&last.date) {
        std::cmp::Ordering::Less => Some(false),
        std::cmp::Ordering::Greater => Some(true),
        // One row only, or one day.
        std::cmp::Ordering::Equal => (transactions.len() == 1).then_some(false),
    })?;
    let newest = if newest_first { first } else { last };
    Some((newest.balance_after?, newest.date))
}

struct Reader<'a> {
    table: &'a Table,
    found: &'a Found,
    notation: &'a Notation,
    profile: &'a Profile,
    /// Amounts are turned round.
    negate: bool,
}

impl Reader<'_> {
    /// The account and the transaction of a row.
    fn transaction(&self, row: &Row) -> Result<(String, Transaction), String> {
        let found = self.found;
        if row.cells.len() > self.table.width
            && row
                .cells
                .iter()
                .skip(self.table.width)
                .any(|cell| !cell.trim().is_empty())
        {
            return Err(format!(
                "it has {} columns, where the others have {}",
                row.cells.len(),
                self.table.width
            ));
        }
        let text = row.cell(found.date);
        if text.is_empty() {
            return Err(format!("there is no date in `{}`", self.name(found.date)));
        }
        let order = self.notation.order;
        let date = Day::new(text)
            .and_then(|day| day.date(order))
            .ok_or_else(|| day::no_day(text, order))?;
        let amount = self.amount(row)?;
        let amount = if self.negate { -amount } else { amount };
        let state = match found.state.map(|column| row.cell(column)) {
            Some(word) => match names::state(word) {
                Some(State::GivenUp) => {
                    return Err(format!(
                        "it was never booked: its state is `{}`",
                        clip(word)
                    ));
                }
                state => state,
            },
            None => None,
        };
        let currency = self
            .currency(row)?
            .ok_or("neither the row nor the profile says its currency")?;
        let balance_after = self.balance(row).map(|it| Money::new(it, currency));
        let line = |column: Option<usize>| column.and_then(|column| words::line(row.cell(column)));
        let account = found.account.map_or("", |column| row.cell(column));
        let transaction = Transaction {
            account: self
                .profile
                .account
                .clone()
                .or_else(|| (!account.is_empty()).then(|| account.to_owned())),
            date: Some(date),
            description: words::joined(found.description.iter().map(|column| row.cell(*column)))
                .or_else(|| line(found.payee)),
            category: line(found.category),
            pending: state == Some(State::Pending),
            payee: line(found.payee),
            value_date: found
                .value_date
                .and_then(|column| Day::new(row.cell(column))?.date(order))
                .filter(|day| *day != date),
            balance_after,
            ..Transaction::new(
                found
                    .id
                    .map_or_else(String::new, |column| words::id(row.cell(column))),
                Money::new(amount, currency),
            )
        };
        Ok((account.to_owned(), transaction))
    }

    fn balance(&self, row: &Row) -> Option<Decimal> {
        let written = Written::new(row.cell(self.found.balance?))?;
        let balance = written.value(self.notation.decimals.balance).ok()?;
        Some(match self.profile.negate_balance {
            Some(true) => -balance,
            _ => balance,
        })
    }

    fn step(&self, row: &Row) -> Option<Step> {
        Some(Step {
            line: row.line,
            amount: self.amount(row).ok()?,
            balance: self.balance(row),
        })
    }

    fn name(&self, column: usize) -> String {
        clip(&columns::name_of(self.table, column).to_string())
    }

    fn cell_amount(
        &self,
        row: &Row,
        column: usize,
        mark: DecimalMark,
    ) -> Result<Option<(Decimal, bool)>, String> {
        let cell = row.cell(column);
        if cell.is_empty() || cell == "-" {
            return Ok(None);
        }
        let written = Written::new(cell).ok_or_else(|| {
            format!(
                "`{}` in `{}` is not an amount",
                clip(cell),
                self.name(column)
            )
        })?;
        let value = written
            .value(mark)
            .map_err(|reason| format!("{reason} in `{}`", self.name(column)))?;
        Ok(Some((value, written.is_signed())))
    }

    fn amount(&self, row: &Row) -> Result<Decimal, String> {
        let marks = &self.notation.decimals;
        let absent = |column: usize| format!("there is no amount in `{}`", self.name(column));
        match self.found.amounts {
            Amounts::Signed(column) => self
                .cell_amount(row, column, marks.amount)?
                .map(|(amount, _)| amount)
                .ok_or_else(|| absent(column)),
            Amounts::Indicated { amount, indicator } => {
                let (value, is_signed) = self
                    .cell_amount(row, amount, marks.amount)?
                    .ok_or_else(|| absent(amount))?;
                let word = row.cell(indicator);
                let out = self.notation.indicators.get(word).ok_or_else(|| {
                    format!(
                        "`{}` in `{}` does not say whether it is in or out",
                        clip(word),
                        self.name(indicator)
                    )
                })?;
                if is_signed && !value.is_zero() && value.is_sign_negative() != *out {
                    return Err(format!(
                        "its sign and `{}` in `{}` disagree",
                        clip(word),
                        self.name(indicator)
                    ));
                }
                Ok(if *out { -value.abs() } else { value.abs() })
            }
            Amounts::Split { debit, credit } => {
                let out = self.cell_amount(row, debit, marks.debit)?.map(|it| it.0);
                let into = self.cell_amount(row, credit, marks.credit)?.map(|it| it.0);
                let same = |value: Decimal, negative: bool, column: usize| {
                    if !value.is_zero() && value.is_sign_negative() != negative {
                        return Err(format!(
                            "its amount has another sign than the others in `{}`",
                            self.name(column)
                        ));
                    }
                    Ok(value.abs())
                };
                match (out, into) {
                    (Some(out), Some(into)) if !out.is_zero() && !into.is_zero() => Err(format!(
                        "it has an amount in `{}` and in `{}`",
                        self.name(debit),
                        self.name(credit)
                    )),
                    (Some(out), into) if !out.is_zero() || into.is_none() => {
                        Ok(-same(out, self.notation.debit_is_negative, debit)?)
                    }
                    (_, Some(into)) => same(into, self.notation.credit_is_negative, credit),
                    _ => Err(format!(
                        "there is no amount in `{}` or `{}`",
                        self.name(debit),
                        self.name(credit)
                    )),
                }
            }
        }
    }

    fn currency(&self, row: &Row) -> Result<Option<Currency>, String> {
        if let Some(column) = self.found.currency {
            let code = row.cell(column);
            if !code.is_empty() {
                return match names::currency_of(code).or_else(|| code.parse().ok()) {
                    Some(currency) => Ok(Some(currency)),
                    None => Err(format!("`{}` is not an ISO 4217 currency", clip(code))),
                };
            }
        }
        Ok(self.profile.currency.or(self.notation.currency))
    }
}
