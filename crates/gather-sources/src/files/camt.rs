//! CAMT.052 and CAMT.053: reports and statements of ISO 20022.
//!
//! The sign is in `CdtDbtInd`. By the standard that of a reversal says the direction of the reversal itself; banks that
//! mean what it undoes are found out by the balances of the statement. An entry with several transactions in it is read
//! as these where their amounts are all there and add up, and as one transaction where they do not.
//!
//! Versions .02 to .13 differ in where a few elements stand, and all of these places are looked at.
//! Not here: what a single entry says (`entry`), XML (`xml`).
//! Source: ISO 20022, messages camt.052.001.02 to .13 and camt.053.001.02 to .13.

mod entry;
mod xml;

use encoding_rs::Encoding;
use gather_records::{Currency, Money, parse_decimal};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{
    FileFormat, Import, Profile, Proof, Statement, StatementAccount, characters,
    characters::LineOf,
    day::Day,
    error::Fault,
    ids::{self, Made},
    tree::Node,
    words,
};
use crate::mapping::value::clip;
use entry::Entry;

/// The newest version that was looked at.
const NEWEST: u32 = 13;

pub(super) fn read(bytes: &[u8], profile: &Profile) -> Result<Import, Fault> {
    let characters = characters::decode(bytes, profile, declared(bytes));
    let text = characters
        .text
        .trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n', '\0']);
    let skipped = &characters.text[..characters.text.len() - text.len()];
    let before = characters::lines(skipped).count() - 1;
    let tree = xml::read(text).map_err(|fault| fault.further(before))?;
    let mut import = Import::new(FileFormat::Camt);
    import.findings.push(characters.finding());
    let mut statements = Vec::new();
    for (wrapper, name) in [("BkToCstmrStmt", "Stmt"), ("BkToCstmrAcctRpt", "Rpt")] {
        for wrapper in tree.all(wrapper) {
            statements.extend(wrapper.children().filter(|node| node.is(name)));
        }
    }
    if tree.all("BkToCstmrDbtCdtNtfctn").next().is_some() {
        return Err(Fault::new(
            "it is a notification (camt.054), not a statement: what it tells comes again in one",
        )
        .with_hint("download camt.053, or camt.052 for today"));
    }
    if statements.is_empty() {
        return Err(Fault::new(
            "there is no statement (`Stmt`) and no report (`Rpt`) in it",
        ));
    }
    tell_version(text, &mut import);
    let mut reading = Reading {
        text,
        lines: LineOf::default(),
        before,
        profile,
        import,
    };
    for statement in statements {
        reading.statement(statement)?;
    }
    let mut import = reading.import;
    ids::judge(&mut import, Made::AsReferences);
    Ok(import)
}

/// The encoding in the XML declaration.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]);
    let declaration = head.split("<?xml").nth(1)?.split("?>").next()?;
    let label = declaration
        .split("encoding")
        .nth(1)?
        .split(['"', '\''])
        .nth(1)?;
    Encoding::for_label(label.trim().as_bytes())
}

/// `urn:iso:std:iso:20022:tech:xsd:camt.053.001.08`
fn tell_version(text: &str, import: &mut Import) {
    let Some(name) = text
        .find("camt.05")
        .and_then(|at| text.get(at..at + "camt.053.001.08".len()))
    else {
        import
            .warnings
            .push("the file does not say which version of CAMT it is".to_owned());
        return;
    };
    let version: Option<u32> = name
        .rsplit_once('.')
        .and_then(|(_, version)| version.parse().ok());
    import.find("version", clip(name), Vec::new());
    if version.is_none_or(|version| !(2..=NEWEST).contains(&version)) {
        import.warnings.push(format!(
            "`{}` is a version that is not known here; it is read like the others",
            clip(name)
        ));
    }
}

/// A file in the middle of being read.
struct Reading<'t> {
    text: &'t str,
    lines: LineOf,
    /// Lines in front of the declaration.
    before: usize,
    profile: &'t Profile,
    import: Import,
}

/// A balance of a statement.
struct Balance {
    code: String,
    amount: Decimal,
    currency: Currency,
    day: Option<Date>,
}

impl<'t> Reading<'t> {
    fn line(&mut self, node: Node<'_, 't>) -> usize {
        self.before + self.lines.byte(self.text, node.at())
    }

    fn statement(&mut self, node: Node<'_, 't>) -> Result<(), Fault> {
        let written = node.child("Acct");
        let balances = self.balances(node);
        let currency = written
            .and_then(|account| account.value("Ccy"))
            .and_then(|code| code.parse().ok())
            .or_else(|| balances.first().map(|balance| balance.currency))
            .or(self.profile.currency);
        let id = written
            .and_then(|account| account.child("Id"))
            .and_then(|id| id.value("IBAN").or_else(|| id.value_at(&["Othr", "Id"])))
            .map(|id| words::id(&id))
            .filter(|id| !id.is_empty());
        let account = StatementAccount {
            id,
            name: written.and_then(|account| words::line(&account.value("Nm")?)),
            kind: written
                .and_then(|account| words::line(&account.value_at(&["Tp", "Cd"])?))
                .map(|kind| kind.to_lowercase()),
            currency,
        };
        let rejected = self.import.rejected.len();
        let mut entries = Vec::new();
        for row in node.children().filter(|node| node.is("Ntry")) {
            match entry::read(row, currency) {
                Ok(entry) => entries.push(entry),
                Err(reason) => {
                    let line = self.line(row);
                    self.import.reject(line, reason);
                }
            }
        }
        let is_whole = rejected == self.import.rejected.len();
        let turned = self.reversals(node, &entries, &balances, is_whole);
        let (mut transactions, mut unlike, mut informs) = (Vec::new(), 0, 0);
        for entry in entries {
            if entry.is_information {
                informs += 1;
                continue;
            }
            unlike += usize::from(entry.does_not_add_up);
            let negate = (entry.is_reversal && turned) != (self.profile.negate == Some(true));
            for mut transaction in entry.transactions {
                if negate {
                    transaction.amount.amount = -transaction.amount.amount;
                }
                transaction.account = account.id.clone();
                transactions.push(transaction);
            }
        }
        for (count, what) in [
            (
                unlike,
                "entries hold several transactions whose amounts do not add up to theirs; each is read as one",
            ),
            (informs, "entries are only for information and are left out"),
        ] {
            if count > 0 {
                self.import.warnings.push(format!("{count} {what}"));
            }
        }
        let closing = ["CLBD", "ITBD", "PRCD"]
            .iter()
            .find_map(|code| balances.iter().rfind(|balance| balance.code == *code));
        let balance = closing.map(|balance| {
            let turned = self.profile.negate_balance == Some(true);
            let amount = if turned {
                -balance.amount
            } else {
                balance.amount
            };
            (Money::new(amount, balance.currency), balance.day)
        });
        self.import.statements.push(Statement {
            account,
            transactions,
            balance,
        });
        Ok(())
    }

    fn balances(&mut self, node: Node<'_, 't>) -> Vec<Balance> {
        let mut balances = Vec::new();
        for written in node.children().filter(|node| node.is("Bal")) {
            match balance(written) {
                Ok(balance) => balances.push(balance),
                Err(reason) => {
                    let line = self.line(written);
                    self.import
                        .warnings
                        .push(format!("line {line}: a balance cannot be read: {reason}"));
                }
            }
        }
        balances
    }

    /// Whether reversals say the direction of what they undo, by the profile or by the balances.
    fn reversals(
        &mut self,
        node: Node<'_, 't>,
        entries: &[Entry],
        balances: &[Balance],
        is_whole: bool,
    ) -> bool {
        let opening = balances
            .iter()
            .find(|it| matches!(it.code.as_str(), "OPBD" | "PRCD"));
        let closing = balances.iter().rfind(|it| it.code == "CLBD");
        let sum = |turned: bool| {
            let booked = entries.iter().filter(|it| it.is_booked);
            booked
                .flat_map(|entry| {
                    entry
                        .transactions
                        .iter()
                        .map(move |it| (entry.is_reversal, it))
                })
                .try_fold(opening?.amount, |sum, (is_reversal, it)| {
                    let amount = it.amount.amount;
                    sum.checked_add(if is_reversal && turned {
                        -amount
                    } else {
                        amount
                    })
                })
        };
        let target = closing.filter(|_| is_whole).map(|it| it.amount);
        let any = entries.iter().any(|entry| entry.is_reversal);
        let fits = |turned: bool| target.is_some() && sum(turned) == target;
        let line = self.line(node);
        if let Some(given) = self.profile.negate_reversals.filter(|_| any) {
            return given;
        }
        let turned = any && !fits(false) && fits(true);
        if any {
            let conclusion = match (turned, fits(false)) {
                (true, _) => "turned round: only so the balances fit",
                (false, true) => "as the standard says: the balances fit",
                (false, false) => "as the standard says: nothing in the file proves it",
            };
            let proof = closing.map(|it| Proof::new(line, &it.amount.to_string()));
            self.import
                .find("sign of reversals", conclusion, proof.into_iter().collect());
        }
        if let (Some(target), Some(sum)) = (target, sum(turned))
            && sum != target
        {
            self.import.warnings.push(format!(
                "line {line}: the entries of the statement lead to {sum}, but it ends with {target}"
            ));
        }
        turned
    }
}

fn balance(node: Node<'_, '_>) -> Result<Balance, String> {
    let code = node
        .value_at(&["Tp", "CdOrPrtry", "Cd"])
        .or_else(|| node.value_at(&["Tp", "CdOrPrtry", "Prtry"]))
        .unwrap_or_default();
    let (amount, currency) = money(node, None)?;
    let date = node.child("Dt").and_then(date);
    Ok(Balance {
        code: code.into_owned(),
        amount: if is_out(node)? { -amount } else { amount },
        currency,
        day: date,
    })
}

/// The unsigned amount of an element and its currency.
fn money(node: Node<'_, '_>, other: Option<Currency>) -> Result<(Decimal, Currency), String> {
    let written = node
        .child("Amt")
        .ok_or("there is no amount: `Amt` is absent")?;
    amount(written, other)
}

/// The text of `Amt` and its `Ccy`.
fn amount(written: Node<'_, '_>, other: Option<Currency>) -> Result<(Decimal, Currency), String> {
    let text = written.text();
    // Zeros in front only pad.
    let digits = text.trim_start_matches('0');
    let digits = match digits.chars().next() {
        Some(first) if first.is_ascii_digit() => digits.to_owned(),
        _ if digits.len() < text.len() => format!("0{digits}"),
        _ => digits.to_owned(),
    };
    if text.starts_with('-') {
        return Err(format!(
            "`{}`: the direction is not to be in an amount",
            clip(&text)
        ));
    }
    let amount =
        parse_decimal(&digits).map_err(|_| format!("`{}` is not an amount", clip(&text)))?;
    let currency = match written.value("Ccy") {
        Some(code) => code.parse().map_err(|error| format!("`Ccy`: {error}"))?,
        None => other.ok_or("an amount has no currency (`Ccy`)")?,
    };
    Ok((amount, currency))
}

fn is_out(node: Node<'_, '_>) -> Result<bool, String> {
    let text = node.value("CdtDbtInd").unwrap_or_default();
    match text.as_ref() {
        "CRDT" => Ok(false),
        "DBIT" => Ok(true),
        other => Err(format!(
            "`CdtDbtInd` has to be `CRDT` or `DBIT`, not `{}`",
            clip(other)
        )),
    }
}

/// The day in `Dt` or at the start of `DtTm`, as written.
fn date(node: Node<'_, '_>) -> Option<Date> {
    let text = node
        .value("Dt")
        .or_else(|| node.value("DtTm"))
        .or_else(|| Some(node.text()).filter(|text| !text.is_empty()))?;
    match Day::new(text.get(..10)?)? {
        Day::Plain(day) => Some(day),
        Day::Open { .. } => None,
    }
}
