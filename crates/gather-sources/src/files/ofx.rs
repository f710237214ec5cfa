//! OFX 1.x, 2.x and QFX: statements of banks, cards and brokers.
//!
//! A date is its first eight digits, whatever time and zone follow. An amount has a decimal dot or comma by the
//! standard, and what only groups thousands is found out from all amounts of the file. A `FITID` is an id within its
//! account at best. A status other than 0 means that the bank refused, and nothing of the file is believed.
//!
//! Source: OFX 1.6 and 2.2, chapters 2, 3, 11 and 13.

mod header;
mod investment;
mod tags;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use gather_records::{Currency, Money, Transaction};
use jiff::civil::Date;

use super::{
    DecimalMark, FileFormat, Import, Profile, Proof, Statement, StatementAccount,
    amount::{Marks, Written},
    characters::{self, LineOf},
    day,
    error::{Fault, Open},
    ids::{self, Made},
    tree::{Node, Tree},
    words,
};
use crate::mapping::value::clip;

/// The statements of banks, of cards and of brokers.
const STATEMENTS: [&str; 3] = ["STMTRS", "CCSTMTRS", "INVSTMTRS"];

pub(super) fn read(bytes: &[u8], profile: &Profile) -> Result<Import, Fault> {
    let characters = characters::decode(bytes, profile, header::encoding(bytes));
    let text = characters.text.as_ref();
    let start = header::body(text).ok_or_else(|| {
        Fault::new("it is not OFX: there is no `<OFX>` in it")
            .with_hint("download it again, as OFX or QFX")
    })?;
    let (tree, unclosed) = tags::read(text, start)?;
    let mut import = Import::new(FileFormat::Ofx);
    import.findings.push(characters.finding());
    refuse_status(&tree, text)?;
    refuse_cut(&unclosed, &mut import)?;

    let mut open = Open::default();
    let mut reading = Reading {
        text,
        lines: LineOf::default(),
        profile,
        amounts: DecimalMark::Dot,
        balances: DecimalMark::Dot,
        import,
    };
    let amounts = ["TRNAMT", "TOTAL"];
    reading.amounts = reading.mark(
        &tree,
        &amounts,
        "amount",
        profile.decimals.amount,
        &mut open,
    );
    let balances = ["BALAMT", "AVAILCASH"];
    reading.balances = reading.mark(
        &tree,
        &balances,
        "balance",
        profile.decimals.balance,
        &mut open,
    );
    let mut statements = Vec::new();
    for name in STATEMENTS {
        statements.extend(tree.all(name));
    }
    statements.sort_by_key(|node| node.at());
    if statements.is_empty() {
        return Err(Fault::new("there is no statement in it")
            .with_hint("download the transactions of an account, as OFX or QFX"));
    }
    let securities = investment::Securities::new(&tree);
    for node in statements {
        reading.statement(node, &securities, &mut open);
    }
    open.refuse()?;
    let mut import = reading.import;
    if let Some(warning) = kinds_of_one_id(&import.statements) {
        import.warnings.push(warning);
    }
    ids::judge(&mut import, Made::AsIds);
    Ok(import)
}

/// Whatever the bank refused is an error in its own words.
fn refuse_status(tree: &Tree<'_>, text: &str) -> Result<(), Fault> {
    let refused = tree.all("STATUS").find_map(|status| {
        let code = status.value("CODE")?;
        let is_zero = code.bytes().all(|byte| byte == b'0');
        (!is_zero).then_some((status, code))
    });
    let Some((status, code)) = refused else {
        return Ok(());
    };
    let severity = status.value("SEVERITY").unwrap_or(Cow::Borrowed("ERROR"));
    let said = match status.value("MESSAGE") {
        Some(message) => format!(": {}", crate::mapping::value::clip_to(&message, 200)),
        None => String::new(),
    };
    Err(Fault::new(format!(
        "the bank refused with status {} ({}){said}",
        clip(&code),
        clip(&severity)
    ))
    .at(LineOf::default().byte(text, status.at()))
    .with_hint("download the file again; it holds no complete statement"))
}

/// A file that ends within its list of transactions may lack some, and half of an amount.
fn refuse_cut(unclosed: &[&str], import: &mut Import) -> Result<(), Fault> {
    let is_list = |name: &&&str| {
        ["BANKTRANLIST", "INVTRANLIST", "STMTTRN", "LEDGERBAL"]
            .iter()
            .any(|list| name.eq_ignore_ascii_case(list))
    };
    if let Some(name) = unclosed.iter().find(is_list) {
        return Err(
            Fault::new(format!("it was cut off: it ends within `{}`", clip(name)))
                .with_hint("download it again"),
        );
    }
    if unclosed.iter().any(|name| name.eq_ignore_ascii_case("OFX")) {
        import.warnings.push(
            "the file ends before `</OFX>`, so something may be missing at its end".to_owned(),
        );
    }
    Ok(())
}

/// Some banks give one number to the checking and the savings account of a person.
fn kinds_of_one_id(statements: &[Statement]) -> Option<String> {
    statements.iter().enumerate().find_map(|(index, one)| {
        let (id, kind) = (one.account.id.as_deref()?, one.account.kind.as_deref()?);
        let other = statements[..index].iter().find_map(|other| {
            let other = &other.account;
            (other.id.as_deref() == Some(id)).then_some(other.kind.as_deref()?)
        })?;
        (other != kind).then(|| {
            format!(
                "account `{}` is once `{}` and once `{}`: these may be two accounts with one number",
                clip(id),
                clip(other),
                clip(kind)
            )
        })
    })
}

/// A file in the middle of being read.
struct Reading<'t> {
    text: &'t str,
    lines: LineOf,
    profile: &'t Profile,
    amounts: DecimalMark,
    balances: DecimalMark,
    import: Import,
}

/// What all transactions of a statement have in common.
struct Common {
    account: Option<String>,
    currency: Currency,
}

impl<'t> Reading<'t> {
    fn line(&mut self, node: Node<'_, 't>) -> usize {
        self.lines.byte(self.text, node.at())
    }

    /// The decimal mark of all elements of these names.
    fn mark(
        &mut self,
        tree: &Tree<'t>,
        names: &[&'static str],
        key: &str,
        given: Option<DecimalMark>,
        open: &mut Open,
    ) -> DecimalMark {
        if let Some(given) = given {
            return given;
        }
        let mut marks = Marks::default();
        for name in names {
            for node in tree.all(name) {
                let text = node.text();
                if let Some(written) = Written::new(&text) {
                    marks.add_lazily(&written, || self.lines.byte(self.text, node.at()));
                }
            }
        }
        if marks.is_empty() {
            return DecimalMark::Dot;
        }
        let (mark, proof) = marks.decide(key, names[0], true, open);
        let conclusion = if proof.is_empty() {
            "dot: nothing speaks against the standard".to_owned()
        } else {
            mark.to_string()
        };
        self.import
            .find(format!("decimal mark of `{}`", names[0]), conclusion, proof);
        mark
    }

    fn statement(
        &mut self,
        node: Node<'_, 't>,
        securities: &investment::Securities,
        open: &mut Open,
    ) {
        let from = ["BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"]
            .iter()
            .find_map(|name| node.child(name));
        let written = node.value("CURDEF");
        let known = written.as_deref().and_then(|code| code.parse().ok());
        let Some(currency) = known.or(self.profile.currency) else {
            let line = self.line(node);
            let (message, proof) = match written {
                Some(code) => (
                    format!("`{}` is not an ISO 4217 currency", clip(&code)),
                    Proof::new(line, &code),
                ),
                None => (
                    "a statement says no currency".to_owned(),
                    Proof::new(line, node.name()),
                ),
            };
            open.ask("currency", message, vec![proof], &[]);
            return;
        };
        let id = from
            .and_then(|it| it.value("ACCTID"))
            .map(|id| words::id(&id))
            .filter(|id| !id.is_empty());
        let kind = match node.name().to_ascii_uppercase().as_str() {
            "CCSTMTRS" => Some("credit card".to_owned()),
            "INVSTMTRS" => Some("investment".to_owned()),
            _ => from
                .and_then(|it| words::line(&it.value("ACCTTYPE")?))
                .map(|kind| kind.to_lowercase()),
        };
        let account = StatementAccount {
            id,
            name: None,
            kind,
            currency: Some(currency),
        };
        let common = Common {
            account: account.id.clone(),
            currency,
        };
        let mut transactions = Vec::new();
        for row in node.within("STMTTRN") {
            transactions.extend(self.transaction(row, &common, false));
        }
        for row in node.within("STMTTRNP") {
            transactions.extend(self.transaction(row, &common, true));
        }
        transactions.extend(self.trades(node, &common, securities));
        let balance = self.balance(node, currency);
        self.import.statements.push(Statement {
            account,
            transactions,
            balance,
        });
    }

    fn transaction(
        &mut self,
        row: Node<'_, 't>,
        common: &Common,
        pending: bool,
    ) -> Option<Transaction> {
        match self.try_transaction(row, common, pending) {
            Ok(transaction) => Some(transaction),
            Err(reason) => {
                let line = self.line(row);
                self.import.reject(line, reason);
                None
            }
        }
    }

    fn try_transaction(
        &self,
        row: Node<'_, 't>,
        common: &Common,
        pending: bool,
    ) -> Result<Transaction, String> {
        if let Some(undone) = row.value("CORRECTFITID")
            && row
                .value("CORRECTACTION")
                .is_some_and(|action| action.eq_ignore_ascii_case("DELETE"))
        {
            return Err(format!(
                "it takes the transaction `{}` back, which has to be removed by hand",
                clip(&undone)
            ));
        }
        let date_name = if pending { "DTTRAN" } else { "DTPOSTED" };
        let date = date(row, date_name)?;
        let amount = self.amount(row, "TRNAMT")?;
        let currency = match row.child("CURRENCY").and_then(|it| it.value("CURSYM")) {
            Some(code) => code.parse().map_err(|error| format!("`CURSYM`: {error}"))?,
            None => common.currency,
        };
        let payee = row
            .value("NAME")
            .or_else(|| row.value_at(&["PAYEE", "NAME"]))
            .and_then(|name| words::line(&name));
        let description = row
            .value("MEMO")
            .and_then(|memo| words::line(&memo))
            .or_else(|| payee.clone())
            .or_else(|| {
                let parts = [row.value("TRNTYPE"), row.value("CHECKNUM")];
                words::joined(parts.iter().flatten().map(AsRef::as_ref))
            });
        let id = row.value("FITID").map(|id| words::id(&id));
        Ok(Transaction {
            account: common.account.clone(),
            date: Some(date),
            description,
            payee,
            pending,
            value_date: self::date(row, "DTUSER").ok().filter(|day| *day != date),
            ..Transaction::new(id.unwrap_or_default(), Money::new(amount, currency))
        })
    }

    fn amount(&self, row: Node<'_, 't>, name: &str) -> Result<rust_decimal::Decimal, String> {
        let text = row
            .value(name)
            .ok_or_else(|| format!("there is no amount: `{name}` is absent or empty"))?;
        let amount = Written::new(&text)
            .ok_or_else(|| format!("`{name}`: `{}` is not an amount", clip(&text)))?
            .value(self.amounts)
            .map_err(|reason| format!("`{name}`: {reason}"))?;
        Ok(if self.profile.negate == Some(true) {
            -amount
        } else {
            amount
        })
    }

    /// What the bank says is in the account; that of a broker is its cash.
    fn balance(&mut self, node: Node<'_, 't>, currency: Currency) -> Option<(Money, Option<Date>)> {
        let ledger = node.child("LEDGERBAL");
        let text = match ledger {
            Some(ledger) => ledger.value("BALAMT"),
            None => node.value_at(&["INVBAL", "AVAILCASH"]),
        }?;
        let read = Written::new(&text).and_then(|written| written.value(self.balances).ok());
        let Some(amount) = read else {
            let line = self.line(ledger.unwrap_or(node));
            self.import.warnings.push(format!(
                "line {line}: the balance `{}` cannot be read, so there is none",
                clip(&text)
            ));
            return None;
        };
        let amount = if self.profile.negate_balance == Some(true) {
            -amount
        } else {
            amount
        };
        let day = date(ledger.unwrap_or(node), "DTASOF").ok();
        Some((Money::new(amount, currency), day))
    }
}

/// The first eight digits of a date.
fn date(row: Node<'_, '_>, name: &str) -> Result<Date, String> {
    let text = row
        .value(name)
        .ok_or_else(|| format!("there is no date: `{name}` is absent or empty"))?;
    day::packed(&text).ok_or_else(|| {
        format!(
            "`{name}`: `{}` does not begin with a day such as `20261120`",
            clip(&text)
        )
    })
}
