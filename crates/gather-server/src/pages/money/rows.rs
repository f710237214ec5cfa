//! Transactions as rows of a table, and the form under the one that is changed.
//!
//! A row leads to its form by an address; the page there has the form under the row, and a script brings it over.
//!
//! Not here: which transactions they are (`list`), what the form does (`edit`).

use gather_records::{Currency, Money};
use gather_store::{Part, SetBy, TransactionId, TransactionLine};

use super::{
    super::{
        address::Fields,
        part::{Figure, Words},
        reader::Reader,
        show::{hits, plural},
        view::{Editor, TransactionRow},
    },
    sheets::column_of,
};

/// How rows are written on one page.
#[derive(Debug)]
pub(in crate::pages) struct Rows<'r> {
    reader: &'r Reader,
    /// The page whose rows can be changed in place, and its fields.
    path: String,
    fields: Fields,
    /// Which one is being changed.
    edited: Option<TransactionId>,
    /// The currency that a page says elsewhere, so that rows need not.
    said: Option<Currency>,
    with_account: bool,
    search: &'r str,
}

impl<'r> Rows<'r> {
    /// Rows of a page that shows a few of them; they are changed on the page of all.
    pub(in crate::pages) fn few(reader: &'r Reader) -> Self {
        Self {
            reader,
            path: reader.to("/money/transactions"),
            fields: reader.fields.only(&["currency"]),
            edited: None,
            said: reader.currency(),
            with_account: false,
            search: "",
        }
    }

    /// Rows of a list that is narrowed by its address.
    pub(super) fn list(
        reader: &'r Reader,
        fields: Fields,
        search: &'r str,
        edited: Option<TransactionId>,
        with_account: bool,
    ) -> Self {
        Self {
            reader,
            path: reader.path.clone(),
            fields,
            edited,
            said: None,
            with_account,
            search,
        }
    }

    pub(in crate::pages) fn of(&self, lines: &[TransactionLine]) -> Vec<TransactionRow> {
        let mut rows: Vec<TransactionRow> = lines.iter().map(|line| self.row(line)).collect();
        let common = lines.first().map(|line| line.amount.currency);
        let mut figures: Vec<&mut Figure> = rows.iter_mut().map(|row| &mut row.amount).collect();
        column_of(self.reader, &mut figures, common != self.said);
        rows
    }

    fn row(&self, line: &TransactionLine) -> TransactionRow {
        let reader = self.reader;
        let id = line.number.to_string();
        let edit = self.fields.with(&[("edit", &id)]).after(&self.path);
        TransactionRow {
            date: line
                .date
                .map(|day| reader.times.day(day))
                .unwrap_or_default(),
            what: what(line, self.search),
            note: line.note.clone(),
            pending: line.pending,
            account: if self.with_account {
                account_name(line)
            } else {
                String::new()
            },
            category: category(line),
            category_by: match &line.category_by {
                _ if line.transfer || !line.parts.is_empty() => None,
                SetBy::Source => None,
                SetBy::Rule(rule) => Some(format!("rule “{rule}”")),
                SetBy::User => Some("you".to_owned()),
            },
            edit: Some(format!("{edit}#t-{id}")),
            amount: reader.numbers.moved(line.amount),
            editor: (self.edited == Some(line.number)).then(|| self.editor(line)),
            id,
        }
    }

    fn editor(&self, line: &TransactionLine) -> Editor {
        let reader = self.reader;
        let mut facts: Vec<(String, String)> = Vec::new();
        let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
        let account = account_name(line);
        fact(
            "Account",
            if account.is_empty() {
                line.source.clone()
            } else {
                format!("{account} ({})", line.source)
            },
        );
        match line.date {
            Some(day) => fact("Booked", reader.times.day(day).exact),
            None => fact("Booked", "on no day that is known".to_owned()),
        }
        if let Some(day) = line.value_date {
            fact("Counts from", reader.times.day(day).exact);
        }
        if let Some(text) = &line.description {
            fact("The bank wrote", text.clone());
        }
        if line.payee.is_some() {
            let by = match &line.payee_by {
                SetBy::Source => "the bank".to_owned(),
                SetBy::Rule(rule) => format!("rule “{rule}”"),
                SetBy::User => "you".to_owned(),
            };
            fact("Payee from", by);
        }
        if let Some(side) = &line.transfer_with {
            let other = side
                .account
                .as_deref()
                .unwrap_or("an account without a name");
            fact("Other side", format!("{other} ({})", side.source));
        } else if line.transfer {
            fact(
                "Other side",
                "an own account that is not kept here".to_owned(),
            );
        }
        fact("First seen", reader.times.ago(line.first_seen).exact);
        let mut parts: Vec<(String, Figure)> = line
            .parts
            .iter()
            .map(|part| (part_name(part), self.part(part, line.amount.currency)))
            .collect();
        let mut figures: Vec<&mut Figure> = parts.iter_mut().map(|(_, figure)| figure).collect();
        column_of(reader, &mut figures, true);
        Editor {
            action: reader.to(&format!("/money/transactions/{}", line.number)),
            category: line.category.clone().unwrap_or_default(),
            payee: line.payee.clone().unwrap_or_default(),
            note: line.note.clone().unwrap_or_default(),
            facts,
            parts,
            close: format!("{}#t-{}", self.fields.after(&self.path), line.number),
        }
    }

    fn part(&self, part: &Part, currency: Currency) -> Figure {
        self.reader.numbers.moved(Money::new(part.amount, currency))
    }
}

fn part_name(part: &Part) -> String {
    let category = part.category.as_deref().unwrap_or("no category");
    match &part.note {
        Some(note) => format!("{category}: {note}"),
        None => category.to_owned(),
    }
}

/// The account's name, else its id; empty where the source names none.
fn account_name(line: &TransactionLine) -> String {
    let name = line.account_name.as_ref().or(line.account.as_ref());
    name.cloned().unwrap_or_default()
}

/// What stands for a transaction: who was paid where a user says so, else what the bank wrote.
fn what(line: &TransactionLine, search: &str) -> Words {
    let payee = line.payee.as_deref();
    let text = match line.payee_by {
        SetBy::User => payee.or(line.description.as_deref()),
        _ => line.description.as_deref().or(payee),
    };
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => hits(text, search),
        None => Words::plain("without description"),
    }
}

fn category(line: &TransactionLine) -> String {
    if line.transfer {
        return "transfer".to_owned();
    }
    match line.parts.len() {
        0 => line.category.clone().unwrap_or_default(),
        parts => plural(parts as u64, "part"),
    }
}
