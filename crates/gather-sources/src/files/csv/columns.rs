//! Which column is what: by the profile, by its name, and by what is in it, in this order.
//!
//! A name only counts where the cells below agree with it. What more than one column could be is asked for.

use super::super::{
    Column, Columns, Profile, Proof,
    day::Day,
    error::{Fault, Open},
};
use super::{
    names::{self, Role},
    table::{Table, is_amount, same_name},
};

/// Which column is what, from 0.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) date: usize,
    pub(super) value_date: Option<usize>,
    pub(super) amounts: Amounts,
    pub(super) balance: Option<usize>,
    pub(super) currency: Option<usize>,
    pub(super) description: Vec<usize>,
    pub(super) payee: Option<usize>,
    pub(super) category: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) account: Option<usize>,
    pub(super) state: Option<usize>,
}

/// How a table says what moved.
#[derive(Debug, Clone, Copy)]
pub(super) enum Amounts {
    Signed(usize),
    Indicated { amount: usize, indicator: usize },
    Split { debit: usize, credit: usize },
}

/// What is in a column.
#[derive(Debug, Default, Clone)]
struct Content {
    cells: usize,
    days: usize,
    amounts: usize,
    directions: usize,
    currencies: usize,
    /// Cells with a letter in them.
    texts: usize,
}

impl Content {
    /// As many as a name needs that says so already; bad cells are rejected row by row.
    fn some(&self, part: usize) -> bool {
        part * 4 >= self.cells
    }

    fn mostly(&self, part: usize) -> bool {
        part * 2 > self.cells
    }
}

struct Search<'a> {
    table: &'a Table,
    contents: Vec<Content>,
    used: Vec<bool>,
}

/// The columns, or `None` where it has to be asked for one of them.
pub(super) fn find(
    table: &Table,
    profile: &Profile,
    open: &mut Open,
) -> Result<Option<Found>, Fault> {
    let mut search = Search::new(table);
    let given = &profile.columns;
    let date = match search.given(given.date.as_ref())? {
        Some(column) => Some(column),
        None => search.date(open)?,
    };
    let value_date = search.of(given.value_date.as_ref(), Role::ValueDate)?;
    let amounts = search.amounts(given, open)?;
    let balance = search.of(given.balance.as_ref(), Role::Balance)?;
    let currency = search.of(given.currency.as_ref(), Role::Currency)?;
    let payee = search.of(given.payee.as_ref(), Role::Payee)?;
    let category = search.of(given.category.as_ref(), Role::Category)?;
    let id = search.of(given.id.as_ref(), Role::Id)?;
    let account = search.of(given.account.as_ref(), Role::Account)?;
    let state = search.of(given.state.as_ref(), Role::State)?;
    let description = search.description(given)?;
    Ok(date.zip(amounts).map(|(date, amounts)| Found {
        date,
        value_date,
        amounts,
        balance,
        currency,
        description,
        payee,
        category,
        id,
        account,
        state,
    }))
}

impl Found {
    /// The columns as a profile names them.
    pub(super) fn as_given(&self, table: &Table) -> Columns {
        let one = |column: usize| Some(name_of(table, column));
        let maybe = |column: Option<usize>| column.map(|column| name_of(table, column));
        let mut columns = Columns {
            date: one(self.date),
            value_date: maybe(self.value_date),
            balance: maybe(self.balance),
            currency: maybe(self.currency),
            description: self
                .description
                .iter()
                .map(|column| name_of(table, *column))
                .collect(),
            payee: maybe(self.payee),
            category: maybe(self.category),
            id: maybe(self.id),
            account: maybe(self.account),
            state: maybe(self.state),
            ..Columns::default()
        };
        match self.amounts {
            Amounts::Signed(amount) => columns.amount = one(amount),
            Amounts::Indicated { amount, indicator } => {
                columns.amount = one(amount);
                columns.indicator = one(indicator);
            }
            Amounts::Split { debit, credit } => {
                columns.debit = one(debit);
                columns.credit = one(credit);
            }
        }
        columns
    }
}

/// A column as a profile names it: by its name where no other has the same.
pub(super) fn name_of(table: &Table, column: usize) -> Column {
    let names = table.names.as_ref();
    let name = names.map_or("", |names| names.cell(column));
    let is_only = names.is_some_and(|names| {
        names
            .cells
            .iter()
            .filter(|cell| same_name(cell, name))
            .count()
            == 1
    });
    if name.is_empty() || !is_only {
        Column::Number(column + 1)
    } else {
        Column::Name(name.to_owned())
    }
}

impl<'a> Search<'a> {
    fn new(table: &'a Table) -> Self {
        let mut contents = vec![Content::default(); table.width];
        for row in &table.rows {
            for (column, content) in contents.iter_mut().enumerate() {
                let cell = row.cell(column);
                if cell.is_empty() {
                    continue;
                }
                content.cells += 1;
                content.days += usize::from(Day::new(cell).is_some());
                content.amounts += usize::from(is_amount(cell));
                content.directions += usize::from(names::is_out(cell).is_some());
                content.currencies += usize::from(names::currency_of(cell).is_some());
                content.texts += usize::from(cell.contains(char::is_alphabetic));
            }
        }
        Self {
            table,
            contents,
            used: vec![false; table.width],
        }
    }

    fn name(&self, column: usize) -> &str {
        let names = self.table.names.as_ref();
        names.map_or("", |names| names.cell(column))
    }

    /// The column that a profile names.
    fn given(&mut self, column: Option<&Column>) -> Result<Option<usize>, Fault> {
        let Some(column) = column else {
            return Ok(None);
        };
        let index = match column {
            Column::Number(number) => number.checked_sub(1).filter(|it| *it < self.table.width),
            Column::Name(name) => (0..self.table.width).find(|it| same_name(self.name(*it), name)),
        };
        let Some(index) = index else {
            return Err(Fault::new(format!(
                "the profile names `{column}`, which the table of {} columns does not have",
                self.table.width
            )));
        };
        self.used[index] = true;
        Ok(Some(index))
    }

    /// The column of a role: given, or the best name whose cells agree.
    fn of(&mut self, given: Option<&Column>, role: Role) -> Result<Option<usize>, Fault> {
        if let Some(column) = self.given(given)? {
            return Ok(Some(column));
        }
        let best = (0..self.table.width)
            .filter(|column| !self.used[*column] && self.agrees(*column, role))
            .filter_map(|column| {
                let roles = names::roles(self.name(column));
                let rank = roles.iter().find(|it| it.0 == role)?.1;
                Some((rank, column))
            })
            .min();
        Ok(best.map(|(_, column)| {
            self.used[column] = true;
            column
        }))
    }

    fn agrees(&self, column: usize, role: Role) -> bool {
        let content = &self.contents[column];
        content.cells == 0
            || match role {
                Role::Date | Role::ValueDate => content.some(content.days),
                Role::Amount | Role::Debit | Role::Credit | Role::Balance => {
                    content.some(content.amounts)
                }
                Role::Indicator => content.directions == content.cells,
                Role::Currency => content.mostly(content.currencies),
                _ => true,
            }
    }

    /// Columns that nobody named and whose cells pass.
    fn unnamed(&self, passes: impl Fn(&Content) -> bool) -> Vec<usize> {
        (0..self.table.width)
            .filter(|column| {
                !self.used[*column]
                    && names::roles(self.name(*column)).is_empty()
                    && self.contents[*column].cells > 0
                    && passes(&self.contents[*column])
            })
            .collect()
    }

    fn date(&mut self, open: &mut Open) -> Result<Option<usize>, Fault> {
        if let Some(column) = self.of(None, Role::Date)? {
            return Ok(Some(column));
        }
        let days = self.unnamed(|content| content.mostly(content.days));
        self.only(&days, "date", "the day of the booking", open)
    }

    fn amounts(&mut self, given: &Columns, open: &mut Open) -> Result<Option<Amounts>, Fault> {
        let is_split = given.debit.is_some() || given.credit.is_some();
        let amount = match is_split {
            true => None,
            false => self.of(given.amount.as_ref(), Role::Amount)?,
        };
        if amount.is_none() {
            let debit = self.of(given.debit.as_ref(), Role::Debit)?;
            let credit = self.of(given.credit.as_ref(), Role::Credit)?;
            if let Some((debit, credit)) = debit.zip(credit) {
                return Ok(Some(Amounts::Split { debit, credit }));
            }
            for column in [debit, credit].into_iter().flatten() {
                self.used[column] = false;
            }
        }
        let amount = match amount {
            Some(amount) => amount,
            None => {
                let numbers = self.unnamed(|content| content.mostly(content.amounts));
                match self.only(&numbers, "amount", "the amount", open)? {
                    Some(amount) => amount,
                    None => return Ok(None),
                }
            }
        };
        let mut indicator = self.of(given.indicator.as_ref(), Role::Indicator)?;
        if indicator.is_none() {
            let rows = self.table.rows.len();
            let directions =
                self.unnamed(|content| content.cells == rows && content.directions == rows);
            if let [only] = directions.as_slice() {
                self.used[*only] = true;
                indicator = Some(*only);
            }
        }
        Ok(Some(match indicator {
            Some(indicator) => Amounts::Indicated { amount, indicator },
            None => Amounts::Signed(amount),
        }))
    }

    /// The one column that passes; several are asked about.
    fn only(
        &mut self,
        columns: &[usize],
        key: &str,
        what: &str,
        open: &mut Open,
    ) -> Result<Option<usize>, Fault> {
        match columns {
            [] => Err(Fault::new(format!("no column of the table is {what}"))
                .at(self.table.rows.first().map_or(1, |row| row.line))
                .with_hint(format!(
                    "write `columns.{key}` with its name or number into the profile"
                ))),
            [one] => {
                self.used[*one] = true;
                Ok(Some(*one))
            }
            several => {
                let choices: Vec<(String, String)> = several
                    .iter()
                    .map(|column| {
                        let first = self.table.rows.iter().map(|row| row.cell(*column));
                        let first = first.filter(|cell| !cell.is_empty()).take(1);
                        let value = match name_of(self.table, *column) {
                            Column::Number(number) => number.to_string(),
                            Column::Name(name) => format!("{name:?}"),
                        };
                        let meaning: String = first.collect();
                        (
                            value,
                            format!("`{}`", crate::mapping::value::clip(&meaning)),
                        )
                    })
                    .collect();
                let choices: Vec<(&str, &str)> = choices
                    .iter()
                    .map(|(value, meaning)| (value.as_str(), meaning.as_str()))
                    .collect();
                let line = self.table.rows.first().map_or(1, |row| row.line);
                let row = self.table.rows.first().map(|row| {
                    let cells: Vec<&str> = row.cells.iter().collect();
                    Proof::new(line, &cells.join(" "))
                });
                open.ask(
                    format!("columns.{key}"),
                    format!("more than one column can be {what}"),
                    row.into_iter().collect(),
                    &choices,
                );
                Ok(None)
            }
        }
    }

    fn description(&mut self, given: &Columns) -> Result<Vec<usize>, Fault> {
        let mut columns = Vec::new();
        for column in &given.description {
            columns.extend(self.given(Some(column))?);
        }
        if columns.is_empty() {
            while let Some(column) = self.of(None, Role::Description)? {
                columns.push(column);
            }
            columns.sort_unstable();
        }
        if columns.is_empty() {
            columns = self.unnamed(|content| {
                content.mostly(content.texts) && !content.mostly(content.currencies)
            });
        }
        Ok(columns)
    }
}
