//! The configuration's rules, applied to what is stored: after a run, after an import, and when they were edited.
//!
//! Not here: what a rule says (`gather_sources::Rules`), which transactions are looked at (`Store::apply_rules`).

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
};

use gather_records::Viewer;
use gather_sources::{Moved, Rules};
use gather_store::{Error, Rule, RuleSubject, Ruled, Store};
use jiff::Timestamp;

use crate::import::named_accounts;

/// What applying rules did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulesApplied {
    /// How many transactions were looked at, and how many got another category.
    pub ruled: Ruled,
    /// The rules whose expression failed, and were about nothing where it did.
    pub failing: Vec<FailingRule>,
}

/// A rule whose expression failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingRule {
    /// Its name.
    pub rule: String,
    /// For how many transactions.
    pub times: u64,
    /// Why, the first time.
    pub reason: String,
}

/// Gives the transactions that were not looked at by these rules the category of the first that is about them.
///
/// # Errors
/// When the store cannot be read or written.
pub fn apply_rules(store: &Store, rules: &Rules, at: Timestamp) -> Result<RulesApplied, Error> {
    let accounts = named_accounts(store, &Viewer::Operator)?;
    let names: HashMap<(&str, Option<&str>, &str), &str> = accounts
        .iter()
        .map(|one| {
            let key = (one.source.as_str(), one.owner.as_deref(), one.id.as_str());
            (key, one.name.as_str())
        })
        .collect();
    let failing: RefCell<BTreeMap<&str, (u64, String)>> = RefCell::default();
    let is_about = |rule: &gather_sources::Rule, subject: RuleSubject<'_>| {
        let account = subject.transaction.account.as_deref().unwrap_or_default();
        let key = (subject.source, subject.owner, account);
        rule.is_about(Moved {
            source: subject.source,
            account_name: names.get(&key).copied(),
            transaction: subject.transaction,
        })
    };
    let tests: Vec<_> = rules
        .iter()
        .map(|rule| {
            let (failing, is_about) = (&failing, &is_about);
            move |subject: RuleSubject<'_>| {
                is_about(rule, subject).unwrap_or_else(|reason| {
                    let mut failing = failing.borrow_mut();
                    failing.entry(rule.name()).or_insert((0, reason)).0 += 1;
                    false
                })
            }
        })
        .collect();
    let compiled: Vec<Rule<'_>> = rules
        .iter()
        .zip(&tests)
        .map(|(rule, test)| Rule {
            name: rule.name(),
            category: rule.category(),
            test,
        })
        .collect();
    let ruled = store.apply_rules(&compiled, rules.digest(), at)?;
    drop(compiled);
    drop(tests);
    let failing = failing.into_inner().into_iter();
    Ok(RulesApplied {
        ruled,
        failing: failing
            .map(|(rule, (times, reason))| FailingRule {
                rule: rule.to_owned(),
                times,
                reason,
            })
            .collect(),
    })
}
