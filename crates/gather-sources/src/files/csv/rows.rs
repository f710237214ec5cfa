//! The rows of a table as transactions, once it is known how they are written.
//!
//! A row whose date or amount cannot be read is rejected with its line. Amounts in two columns are what their column
//! says, whatever sign they have, as long as all of a column have the same.

use gather_records::{Currency, Money, Transaction};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::{
    DecimalMark, Import, Profile, Proof, Statement, StatementAccount,
    amount::Written,
    day::{self, Day},
    error::Open,
    words,
};
use super::{
    columns::{self, Amounts, Found},
    names::{self, State},
    notation::Notation,
    sign::{self, Signs, Step, Turned},
    table::{Row, Table},
};
use crate::mapping::value::clip;

/// Reads all rows, unless something has to be asked first; what was turned round.
pub(super) fn read(
    table: &Table,
    found: &Found,
    notation: &Notation,
    profile: &Profile,
    import: &mut Import,
    open: &mut Open,
) -> Turned {
    let mut reader = Reader {
        table,
        found,
        notation,
        profile,
        turned: Turned::default(),
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
    let signs = match found.amounts {
        Amounts::Signed(column) => {
            let mut written = table
                .rows
                .iter()
                .filter_map(|row| Written::new(row.cell(column)));
            Signs::Own {
                any: written.any(|written| written.is_signed()),
            }
        }
        Amounts::Indicated { .. } | Amounts::Split { .. } => Signs::OfTheTable,
    };
    reader.turned = sign::turned(&steps, signs, profile, import, open);
    if !open.is_empty() {
        return Turned::default();
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
    reader.turned
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
            let id = (!account.is_empty()).then_some(account);
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
    turned: Turned,
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
        let amount = if self.turned.amounts { -amount } else { amount };
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
        let balance_after = self.balance(row).map(|balance| {
            let balance = if self.turned.balances {
                -balance
            } else {
                balance
            };
            Money::new(balance, currency)
        });
        let line = |column: Option<usize>| column.and_then(|column| words::line(row.cell(column)));
        let account = found.account.map_or("", |column| row.cell(column));
        let transaction = Transaction {
            account: (!account.is_empty()).then(|| account.to_owned()),
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
