//! QIF: lists of records whose lines begin with the letter of their field.
//!
//! It has no currency, no number of the account and no ids, so every id is weak and the currency has to be given. Dates
//! and amounts are written in the way of the country that the program was set to, so both are decided by the whole
//! file. Parts of a split are left out, and so are securities.
//!
//! Source: Intuit's description of QIF, and what programs write.

use gather_records::{Money, Transaction};

use super::{
    Column, DateOrder, DecimalMark, FileFormat, Import, Profile, Proof, Statement,
    StatementAccount,
    amount::{Marks, Written},
    characters,
    day::{self, Day, Orders},
    error::{Fault, Open},
    ids::{self, Made},
    import::MAX_ROWS,
    words,
};
use crate::mapping::value::clip;

/// Lists of transactions; what they are of, in the words of the other formats.
const LISTS: [(&str, &str); 5] = [
    ("bank", "bank"),
    ("cash", "cash"),
    ("ccard", "credit card"),
    ("oth a", "asset"),
    ("oth l", "liability"),
];

/// The records of one account.
struct List<'t> {
    name: Option<&'t str>,
    kind: &'static str,
    records: Vec<Record<'t>>,
}

/// One transaction.
#[derive(Default)]
struct Record<'t> {
    line: usize,
    /// Letter, line and text of each field.
    fields: Vec<(char, usize, &'t str)>,
}

impl<'t> Record<'t> {
    /// The first field of a letter that says something.
    fn field(&self, letter: char) -> Option<(usize, &'t str)> {
        self.fields
            .iter()
            .find(|(it, _, text)| *it == letter && !text.is_empty())
            .map(|(_, line, text)| (*line, *text))
    }

    fn text(&self, letter: char) -> Option<String> {
        self.field(letter).and_then(|(_, text)| words::line(text))
    }
}

pub(super) fn read(bytes: &[u8], profile: &Profile) -> Result<Import, Fault> {
    let characters = characters::decode(bytes, profile, None);
    let mut import = Import::new(FileFormat::Qif);
    import.findings.push(characters.finding());
    let date_field = date_field(profile)?;
    let lists = lists(&characters.text, &mut import)?;
    let mut open = Open::default();
    let all = || lists.iter().flat_map(|list| &list.records);

    let mut orders = Orders::default();
    let mut order_is_open = false;
    let mut marks = Marks::default();
    for record in all() {
        if let Some((line, text)) = record.field(date_field)
            && let Some(day) = Day::new(text)
        {
            order_is_open |= day.is_open();
            orders.add(line, text, day);
        }
        if let Some((line, text)) = record.field('T').or_else(|| record.field('U'))
            && let Some(written) = Written::new(text)
        {
            marks.add(line, &written);
        }
    }
    let order = match profile.date_order {
        Some(order) => order,
        None => {
            let (order, proof) = orders.decide(&mut open);
            import.find("date order", order.to_string(), proof);
            order
        }
    };
    let has_marks = !marks.is_empty();
    let mark = match profile.decimals.amount {
        Some(mark) => mark,
        None => {
            let (mark, proof) = marks.decide("amount", "T", false, &mut open);
            import.find("decimal mark of `T`", mark.to_string(), proof);
            mark
        }
    };
    let currency = match (profile.currency, all().next()) {
        (None, Some(first)) => {
            let proof = first.fields.iter().take(1);
            let proof =
                proof.map(|(letter, line, text)| Proof::new(*line, &format!("{letter}{text}")));
            open.ask("currency", "QIF says no currency", proof.collect(), &[]);
            None
        }
        (given, _) => given,
    };
    open.refuse()?;

    let notation = Notation {
        date_field,
        order,
        mark,
        negate: profile.negate == Some(true),
    };
    let mut splits = 0;
    for list in &lists {
        let mut transactions = Vec::with_capacity(list.records.len());
        for record in &list.records {
            splits += usize::from(record.field('S').is_some());
            let Some(currency) = currency else { continue };
            match notation.transaction(record, |it| Money::new(it, currency)) {
                Ok(transaction) => transactions.push(transaction),
                Err((line, reason)) => import.reject(line, reason),
            }
        }
        import.statements.push(Statement {
            account: StatementAccount {
                id: None,
                name: list.name.and_then(words::line),
                kind: Some(list.kind.to_owned()),
                currency,
            },
            transactions,
            balance: None,
        });
    }
    if splits > 0 {
        import.warnings.push(format!(
            "{splits} transactions are split in the file: the whole amount is read, the parts are left out"
        ));
    }
    import.profile = Some(Profile {
        format: Some(FileFormat::Qif),
        encoding: profile.encoding.clone().or_else(|| characters.label()),
        date_order: profile.date_order.or(order_is_open.then_some(order)),
        decimals: super::Decimals {
            amount: profile.decimals.amount.or(has_marks.then_some(mark)),
            ..profile.decimals
        },
        ..profile.clone()
    });
    ids::judge(&mut import, Made::AsReferences);
    Ok(import)
}

/// The letter of the field with the date.
fn date_field(profile: &Profile) -> Result<char, Fault> {
    match &profile.columns.date {
        None => Ok('D'),
        Some(Column::Name(name)) if name.len() == 1 && name.is_ascii() => {
            Ok(name.chars().next().unwrap_or('D').to_ascii_uppercase())
        }
        Some(other) => Err(Fault::new(format!(
            "the profile names `{other}` for the date; in QIF that is a letter such as `D` or `M`"
        ))),
    }
}

fn lists<'t>(text: &'t str, import: &mut Import) -> Result<Vec<List<'t>>, Fault> {
    let mut lists: Vec<List<'t>> = Vec::new();
    let mut account: Option<&str> = None;
    let (mut section, mut securities, mut rows) = (Section::Nothing, 0, 0);
    let mut record = Record::default();
    let mut seen_header = false;
    let end = [(usize::MAX, "^")];
    for (number, line) in characters::lines(text).chain(end) {
        // Spaces in front of the letter are none of its.
        let line = line.trim_matches([' ', '\t', '\0', '\u{FEFF}']);
        if let Some(header) = line.strip_prefix('!') {
            flush(
                &mut record,
                section,
                &mut lists,
                &mut account,
                &mut securities,
            );
            seen_header = true;
            section = Section::of(header, section, account, &mut lists);
            continue;
        }
        let Some(letter) = line.chars().next() else {
            continue;
        };
        if letter == '^' {
            flush(
                &mut record,
                section,
                &mut lists,
                &mut account,
                &mut securities,
            );
            continue;
        }
        if !seen_header {
            return Err(
                Fault::new("it is not QIF: it does not begin with `!Type:` or `!Account`")
                    .at(number)
                    .with_hint(
                        "write the line `!Type:Bank` at its beginning, if it is QIF without a head",
                    ),
            );
        }
        if record.fields.is_empty() {
            record.line = number;
            rows += 1;
            if rows > MAX_ROWS {
                return Err(Fault::too_many_rows());
            }
        }
        if record.fields.len() < 1_000 {
            record.fields.push((
                letter.to_ascii_uppercase(),
                number,
                line[letter.len_utf8()..].trim(),
            ));
        }
    }
    if securities > 0 {
        import.warnings.push(format!(
            "{securities} records of securities are left out: only lists of money are read"
        ));
    }
    if lists.is_empty() && securities == 0 {
        return Err(Fault::new("there is no list of transactions in it")
            .with_hint("export an account, not only categories or memorised payees"));
    }
    Ok(lists)
}

/// What the records that follow are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Nothing,
    Account,
    /// The last of the lists.
    List,
    Securities,
    /// Categories, classes, prices, and what no one knows.
    Other,
}

impl Section {
    fn of<'t>(
        header: &str,
        before: Self,
        account: Option<&'t str>,
        lists: &mut Vec<List<'t>>,
    ) -> Self {
        let header = header.trim().to_ascii_lowercase();
        if header == "account" {
            return Self::Account;
        }
        let Some(kind) = header.strip_prefix("type:") else {
            // `!Option:…` and `!Clear:…` change nothing here.
            return before;
        };
        let kind = kind.trim();
        if kind == "invst" {
            return Self::Securities;
        }
        match LISTS.iter().find(|(name, _)| *name == kind) {
            Some((_, kind)) => {
                lists.push(List {
                    name: account,
                    kind,
                    records: Vec::new(),
                });
                Self::List
            }
            None => Self::Other,
        }
    }
}

/// Ends a record.
fn flush<'t>(
    record: &mut Record<'t>,
    section: Section,
    lists: &mut [List<'t>],
    account: &mut Option<&'t str>,
    securities: &mut usize,
) {
    let record = std::mem::take(record);
    if record.fields.is_empty() {
        return;
    }
    match section {
        Section::Account => *account = record.field('N').map(|(_, name)| name),
        Section::List => {
            if let Some(list) = lists.last_mut() {
                list.records.push(record);
            }
        }
        Section::Securities => *securities += 1,
        Section::Nothing | Section::Other => {}
    }
}

/// How dates and amounts are written.
struct Notation {
    date_field: char,
    order: DateOrder,
    mark: DecimalMark,
    negate: bool,
}

impl Notation {
    fn transaction(
        &self,
        record: &Record<'_>,
        money: impl Fn(rust_decimal::Decimal) -> Money,
    ) -> Result<Transaction, (usize, String)> {
        let (line, text) = record.field(self.date_field).ok_or_else(|| {
            let hint = match (self.date_field, record.field('M')) {
                ('D', Some((_, memo))) if Day::new(memo).is_some() => {
                    "; the memo looks like one: write `columns.date = \"M\"` in the profile"
                }
                _ => "",
            };
            (
                record.line,
                format!("there is no date: `{}` is absent{hint}", self.date_field),
            )
        })?;
        let date = Day::new(text)
            .and_then(|day| day.date(self.order))
            .ok_or_else(|| (line, day::no_day(text, self.order)))?;
        let (line, text) = record
            .field('T')
            .or_else(|| record.field('U'))
            .ok_or_else(|| (record.line, "there is no amount: `T` is absent".to_owned()))?;
        let amount = Written::new(text)
            .ok_or_else(|| (line, format!("`{}` is not an amount", clip(text))))?
            .value(self.mark)
            .map_err(|reason| (line, reason))?;
        let payee = record.text('P');
        let memo = record.text('M').filter(|_| self.date_field != 'M');
        let number = record.text('N');
        // `[Savings]` is the other account of a transfer.
        let category = record
            .text('L')
            .filter(|category| !category.starts_with('['));
        Ok(Transaction {
            date: Some(date),
            description: memo.or_else(|| payee.clone()).or(number),
            category,
            payee,
            ..Transaction::new("", money(if self.negate { -amount } else { amount }))
        })
    }
}
