//! MT940: statements as tagged lines, `:61:` for each transaction and `:86:` for what it was about.
//!
//! The sign is in the letters: `C` is in, `D` is out, and `RC`, `RD` are what undoes them. A bank's reference is only an
//! id where it does not count or repeat. The balances of a statement have to fit what lies between them.
//!
//! Not here: what stands in `:86:` (`details`).
//! Source: SWIFT's standard MT940, and what banks send.

mod details;

use gather_records::{Currency, Money, Transaction};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{
    DecimalMark, FileFormat, Import, Profile, Statement, StatementAccount,
    amount::Written,
    characters,
    day::{self, year},
    error::Fault,
    ids::{self, Made},
    import::MAX_ROWS,
    words,
};
use crate::mapping::value::{clip, clip_to};
use details::Details;

/// A tag with its lines.
struct Field<'t> {
    line: usize,
    tag: &'t str,
    lines: Vec<&'t str>,
}

pub(super) fn read(bytes: &[u8], profile: &Profile) -> Result<Import, Fault> {
    let characters = characters::decode(bytes, profile, None);
    let mut import = Import::new(FileFormat::Mt940);
    import.findings.push(characters.finding());
    let fields = fields(&characters.text)?;
    let mut statements: Vec<Part<'_>> = Vec::new();
    for field in &fields {
        // Some leave `:20:` out, or repeat `:25:` only.
        let begins = match field.tag {
            "20" => true,
            _ => statements.is_empty(),
        };
        if begins {
            statements.push(Part::default());
        }
        if let Some(part) = statements.last_mut() {
            part.fields.push(field);
        }
    }
    for part in &statements {
        part.read(profile, &mut import)?;
    }
    if import.statements.is_empty() {
        return Err(Fault::new(
            "it is not MT940: there is no `:60F:` or `:61:` in it",
        ));
    }
    ids::judge(&mut import, Made::AsReferences);
    Ok(import)
}

/// The fields of all blocks; what stands around them is an envelope.
fn fields(text: &str) -> Result<Vec<Field<'_>>, Fault> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut within = false;
    for (line, text) in characters::lines(text) {
        // `{1:…}{2:…}{4:` stands before the first tag, sometimes on its line.
        let text = match text.rfind("{4:") {
            Some(at) => &text[at + 3..],
            None => text,
        };
        if let Some((tag, value)) = tag(text) {
            if fields.len() == MAX_ROWS {
                return Err(Fault::too_many_rows());
            }
            fields.push(Field {
                line,
                tag,
                lines: vec![value],
            });
            within = true;
        } else if matches!(text.trim(), "-" | "-}" | "--")
            || text.starts_with("-}")
            || text.starts_with('{')
        {
            within = false;
        } else if within
            && let Some(field) = fields.last_mut()
            && field.lines.len() < 1_000
        {
            field.lines.push(text);
        }
    }
    Ok(fields)
}

/// `:61:` at the start of a line.
fn tag(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix(':')?;
    let (tag, value) = rest.split_once(':')?;
    let is_tag = matches!(tag.len(), 2 | 3)
        && tag.as_bytes()[..2].iter().all(u8::is_ascii_digit)
        && tag[2..].bytes().all(|byte| byte.is_ascii_uppercase());
    is_tag.then_some((tag, value))
}

/// The fields of one statement.
#[derive(Default)]
struct Part<'a> {
    fields: Vec<&'a Field<'a>>,
}

impl Part<'_> {
    fn read(&self, profile: &Profile, import: &mut Import) -> Result<(), Fault> {
        let has = |tags: &[&str]| self.fields.iter().any(|field| tags.contains(&field.tag));
        if !has(&["60F", "60M", "61", "62F", "62M"]) {
            return Ok(());
        }
        let balance = |tags: &[&str]| {
            self.fields
                .iter()
                .find(|field| tags.contains(&field.tag))
                .map(|field| balance(field).map_err(|reason| Fault::new(reason).at(field.line)))
                .transpose()
        };
        let opening = balance(&["60F", "60M"])?;
        let closing = balance(&["62F", "62M"])?;
        let first = self.fields.first().map_or(1, |field| field.line);
        let currency = match (&opening, &closing, profile.currency) {
            (Some((money, _)), _, _) | (None, Some((money, _)), _) => money.currency,
            (None, None, Some(currency)) => currency,
            (None, None, None) => {
                return Err(
                    Fault::new("a statement has no balance, so its currency is not known")
                        .at(first)
                        .with_hint("write `currency` in the profile"),
                );
            }
        };
        let written = self.fields.iter().find(|field| field.tag == "25");
        let id = written
            .map(|field| words::id(field.lines.first().copied().unwrap_or_default()))
            .filter(|id| !id.is_empty());
        let account = StatementAccount {
            id,
            currency: Some(currency),
            ..StatementAccount::default()
        };
        let rejected = import.rejected.len();
        let mut transactions = Vec::new();
        for (index, field) in self.fields.iter().enumerate() {
            if field.tag != "61" {
                continue;
            }
            // Only what follows at once is about it.
            let about = self
                .fields
                .get(index + 1)
                .filter(|next| next.tag == "86")
                .map_or_else(Details::default, |next| details::read(&next.lines));
            match transaction(field, currency, about, profile) {
                Ok(transaction) => transactions.push(Transaction {
                    account: account.id.clone(),
                    ..transaction
                }),
                Err(reason) => import.reject(field.line, reason),
            }
        }
        if let Some((opening, closing)) = opening.zip(closing)
            && rejected == import.rejected.len()
            && profile.negate.is_none()
        {
            let mut booked = transactions.iter().filter(|it| !it.pending);
            let sum = booked.try_fold(opening.0.amount, |sum, it| {
                sum.checked_add(it.amount.amount)
            });
            if let Some(sum) = sum.filter(|sum| *sum != closing.0.amount) {
                import.warnings.push(format!(
                    "line {first}: from {} its transactions lead to {sum}, but it ends with {}",
                    opening.0.amount, closing.0.amount
                ));
            }
        }
        let balance = closing.map(|(money, day)| {
            let turned = profile.negate_balance == Some(true);
            let amount = if turned { -money.amount } else { money.amount };
            (Money::new(amount, money.currency), Some(day))
        });
        import.statements.push(Statement {
            account,
            transactions,
            balance,
        });
        Ok(())
    }
}

/// `C261120EUR1234,56`
fn balance(field: &Field<'_>) -> Result<(Money, Date), String> {
    let text = field.lines.first().map_or("", |line| line.trim());
    let broken = || {
        format!(
            "`{}` is not a balance such as `C261120EUR1234,56`",
            clip(text)
        )
    };
    let is_out = match text.as_bytes().first() {
        Some(b'C') => false,
        Some(b'D') => true,
        _ => return Err(broken()),
    };
    let rest = &text[1..];
    let day = rest.get(..6).and_then(short).ok_or_else(broken)?;
    let currency = rest.get(6..9).ok_or_else(broken)?;
    let currency: Currency = currency.parse().map_err(|error| format!("{error}"))?;
    let amount = amount(rest.get(9..).unwrap_or_default()).ok_or_else(broken)?;
    let amount = if is_out { -amount } else { amount };
    Ok((Money::new(amount, currency), day))
}

/// `261120`
fn short(digits: &str) -> Option<Date> {
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| digits[from..from + 2].parse::<u16>().ok();
    day::date(year(part(0)?, 2)?, i8::try_from(part(2)?).ok()?, part(4)?)
}

/// The comma is the only mark of the standard; a dot is the same with those who write one.
fn amount(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.'));
    let marks = text
        .bytes()
        .filter(|byte| matches!(byte, b',' | b'.'))
        .count();
    if !plain || marks > 1 {
        return None;
    }
    let mark = if text.contains(',') {
        DecimalMark::Comma
    } else {
        DecimalMark::Dot
    };
    Written::new(text)?.value(mark).ok()
}

/// `:61:2611201120DR12,50NMSCREF//BANKREF`
fn transaction(
    field: &Field<'_>,
    currency: Currency,
    about: Details,
    profile: &Profile,
) -> Result<Transaction, String> {
    let text = field.lines.first().map_or("", |line| line.trim());
    let broken = |what: &str| format!("`{}`: {what}", clip_to(text, 60));
    let value_date = text
        .get(..6)
        .and_then(short)
        .ok_or_else(|| broken("it does not begin with a day such as `261120`"))?;
    let rest = &text[6..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (entry, rest) = match digits {
        0 => (None, rest),
        4 => {
            let day = booking(&rest[..4], value_date)
                .ok_or_else(|| broken("its booking day is no day of the calendar"))?;
            (Some(day), &rest[4..])
        }
        _ => return Err(broken("a booking day has four digits, such as `1120`")),
    };
    let marks = [
        ("RC", true, false),
        ("RD", false, false),
        ("EC", false, true),
        ("ED", true, true),
        ("C", false, false),
        ("D", true, false),
    ];
    let (mark, is_out, pending) = marks
        .into_iter()
        .find(|(mark, ..)| rest.starts_with(mark))
        .ok_or_else(|| broken("`C` or `D` has to say whether it is in or out"))?;
    let rest = &rest[mark.len()..];
    // The third letter of the currency, with some.
    let rest = rest
        .strip_prefix(|c: char| c.is_ascii_uppercase())
        .unwrap_or(rest);
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.')))
        .unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(end);
    let amount = amount(digits).ok_or_else(|| broken("its amount is not like `1234,56`"))?;
    let amount = if is_out != (profile.negate == Some(true)) {
        -amount
    } else {
        amount
    };
    // `NMSC` and the reference of the customer, then that of the bank.
    let references = rest.get(4..).unwrap_or_default();
    let bank = references.split_once("//").map_or("", |(_, bank)| bank);
    let supplement = field.lines.get(1).copied().unwrap_or_default();
    Ok(Transaction {
        date: Some(entry.unwrap_or(value_date)),
        value_date: entry.map(|_| value_date).filter(|day| entry != Some(*day)),
        description: about
            .description
            .or_else(|| words::line(supplement))
            .or_else(|| about.payee.clone()),
        payee: about.payee,
        pending,
        ..Transaction::new(words::id(bank), Money::new(amount, currency))
    })
}

/// A day without its year: the one that is nearest to the value date.
fn booking(digits: &str, value_date: Date) -> Option<Date> {
    let month: i8 = digits[..2].parse().ok()?;
    let day: i8 = digits[2..].parse().ok()?;
    [-1, 0, 1]
        .into_iter()
        .filter_map(|years| Date::new(value_date.year() + years, month, day).ok())
        .min_by_key(|date| (*date - value_date).get_days().abs())
}
