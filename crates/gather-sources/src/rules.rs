//! Rules that give transactions a category, and budgets, as `gather.toml` declares them.
//!
//! A rule names words, an account, an amount or a jq expression; all that it names must hold. Which rule goes first is
//! the order of the file. A rule is a pure function of a transaction, so the same transaction always gets the same answer.
//!
//! Not here: what becomes of the category (`gather-store`), reading the tables (`config/money`).

use std::{sync::Arc, time::Duration};

use gather_records::{Budget, MoneyError, Transaction, parse_decimal};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::jq::{Meter, Program, Val, json};

/// Time for the expression of a rule on one transaction.
const TIME: Duration = Duration::from_secs(1);

/// What a rule is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    /// The source.
    pub source: &'a str,
    /// The name of its account, where one is known.
    pub account_name: Option<&'a str>,
    /// The transaction.
    pub transaction: &'a Transaction,
}

/// The rules of a configuration, in the order of the file: the first that is about a transaction wins.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(crate) all: Arc<[Rule]>,
    pub(crate) digest: Arc<str>,
}

impl Rules {
    /// The rules, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.all.iter()
    }

    /// Stands for all of them: another one means that a transaction may get another category.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// A `[[rule]]`: it gives the transactions that it is about a category.
#[derive(Debug)]
pub struct Rule {
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) source: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) words: Vec<String>,
    pub(crate) amount: Option<Amounts>,
    pub(crate) condition: Option<Program>,
}

/// A `[budget.NAME]`: what may be spent on a category in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnBudget {
    /// Whose it is; `None`: everybody's.
    pub owner: Option<String>,
    /// The budget; its id is its name.
    pub budget: Budget,
}

/// An amount, or all from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Amounts {
    from: Option<Decimal>,
    to: Option<Decimal>,
}

/// A transaction as a rule's expression sees it.
#[derive(Serialize)]
struct Seen<'a> {
    source: &'a str,
    account: Option<&'a str>,
    account_name: Option<&'a str>,
    id: &'a str,
    date: Option<jiff::civil::Date>,
    #[serde(with = "rust_decimal::serde::str")]
    amount: Decimal,
    currency: gather_records::Currency,
    payee: Option<&'a str>,
    description: Option<&'a str>,
    category: Option<&'a str>,
    pending: bool,
}

impl Rule {
    /// Its name: as declared, else `rule N` by its place in the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The category it gives.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.category
    }

    /// Whether it is about a transaction.
    ///
    /// # Errors
    /// Why its expression could not say so, in words for a person; the rule is then not about the transaction.
    pub fn is_about(&self, moved: Moved<'_>) -> Result<bool, String> {
        let transaction = moved.transaction;
        let same = |wanted: &str, found: Option<&str>| {
            found.is_some_and(|found| found.to_lowercase() == wanted.to_lowercase())
        };
        if let Some(source) = &self.source
            && source != moved.source
        {
            return Ok(false);
        }
        if let Some(account) = &self.account
            && !same(account, transaction.account.as_deref())
            && !same(account, moved.account_name)
        {
            return Ok(false);
        }
        if let Some(amounts) = &self.amount
            && !amounts.contain(transaction.amount.amount)
        {
            return Ok(false);
        }
        if !self.words.is_empty() && !has_words(&self.words, transaction) {
            return Ok(false);
        }
        self.condition
            .as_ref()
            .map_or(Ok(true), |condition| holds(condition, moved))
    }
}

/// The words of a text, without case.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether each of `wanted` begins a word of the payee or the description.
fn has_words(wanted: &[String], transaction: &Transaction) -> bool {
    let texts = [&transaction.payee, &transaction.description];
    let found: Vec<String> = texts.into_iter().flatten().flat_map(|t| words(t)).collect();
    wanted
        .iter()
        .all(|wanted| found.iter().any(|word| word.starts_with(wanted)))
}

fn holds(condition: &Program, moved: Moved<'_>) -> Result<bool, String> {
    let transaction = moved.transaction;
    let seen = Seen {
        source: moved.source,
        account: transaction.account.as_deref(),
        account_name: moved.account_name,
        id: &transaction.id,
        date: transaction.date,
        amount: transaction.amount.amount,
        currency: transaction.amount.currency,
        payee: transaction.payee.as_deref(),
        description: transaction.description.as_deref(),
        category: transaction.category.as_deref(),
        pending: transaction.pending,
    };
    let text = serde_json::to_vec(&seen).map_err(|error| error.to_string())?;
    let value = json::parse(&text).map_err(|error| error.to_string())?;
    let meter = Meter::new(Some(TIME));
    match condition.run(value, [], &meter).next() {
        None => Ok(false),
        Some(Ok(value)) => Ok(!matches!(value, Val::Null | Val::Bool(false))),
        Some(Err(why)) => Err(why),
    }
}

impl Amounts {
    /// Reads `-9.99`, `-100..-50`, `..-500` or `1000..`; the ends belong to it.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let expected = "expected an amount such as `-9.99`, or a range such as `-100..-50`, `..-500` or `1000..`";
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            text => parse_decimal(text).map(Some).map_err(|error| match error {
                MoneyError::TooPrecise(_) => error.to_string(),
                _ => format!("{expected}, found `{text}`"),
            }),
        };
        let (from, to) = match text.split_once("..") {
            Some((from, to)) => (number(from)?, number(to)?),
            None => {
                let exact = number(text)?;
                (exact, exact)
            }
        };
        match (from, to) {
            (None, None) => Err(expected.to_owned()),
            (Some(from), Some(to)) if from > to => Err(format!(
                "no amount is from {from} to {to}; the smaller one goes first"
            )),
            _ => Ok(Self { from, to }),
        }
    }

    fn contain(&self, amount: Decimal) -> bool {
        self.from.is_none_or(|from| amount >= from) && self.to.is_none_or(|to| amount <= to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_one_or_a_range_with_its_ends() {
        let within = |range: &str, amount: &str| {
            Amounts::read(range)
                .unwrap()
                .contain(amount.parse().unwrap())
        };
        assert!(within("-9.99", "-9.990") && !within("-9.99", "9.99"));
        assert!(within("-100..-50", "-100") && within("-100 .. -50", "-50"));
        assert!(!within("-100..-50", "-100.01") && within("..-500", "-501"));
        assert!(within("1000..", "1000") && !within("1000..", "999.99"));
        for wrong in ["", "..", "ten", "1,50", "5..1", "1..2..3"] {
            assert!(Amounts::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn words_have_no_case_and_no_signs() {
        assert_eq!(
            words("REWE Markt-Nr. 12/Ärzte"),
            ["rewe", "markt", "nr", "12", "ärzte"]
        );
    }
}
