//! `[[rule]]` and `[budget.NAME]`: which transactions get which category, and what may be spent on one.
//!
//! Not here: what a rule does (`rules`).

use gather_records::{Budget, Currency, Money, parse_decimal};
use rust_decimal::Decimal;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use toml::{Spanned, de::DeValue};

use super::{
    build::Builder,
    place::{Place, Placed},
    read::Reader,
    values,
};
use crate::{
    jq,
    pages::hex,
    rules::{self, Amounts, OwnBudget, Rule, Rules},
};

const RULE_KEYS: &[&str] = &[
    "name", "category", "source", "account", "payee", "amount", "where",
];
const BUDGET_KEYS: &[&str] = &["category", "limit", "currency", "owner"];

/// A `[[rule]]` as written.
#[derive(Debug, Serialize)]
pub(crate) struct RuleDraft {
    #[serde(skip)]
    place: Place,
    name: Option<Placed<String>>,
    category: Option<Placed<String>>,
    source: Option<Placed<String>>,
    account: Option<Placed<String>>,
    payee: Option<Placed<Vec<String>>>,
    amount: Option<Placed<Amounts>>,
    condition: Option<Placed<String>>,
}

/// A `[budget.NAME]` as written.
#[derive(Debug)]
pub(crate) struct BudgetDraft {
    name: Placed<String>,
    category: Option<Placed<String>>,
    limit: Option<Placed<Decimal>>,
    currency: Option<Placed<Currency>>,
    owner: Option<Placed<String>>,
}

impl Reader<'_> {
    pub(super) fn rules(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<RuleDraft> {
        let DeValue::Array(tables) = value.get_ref() else {
            self.problems.push(
                self.place(value.span())
                    .problem("rules are a list of tables")
                    .help("write `[[rule]]` above each"),
            );
            return Vec::new();
        };
        tables.iter().map(|table| self.rule(table)).collect()
    }

    fn rule(&mut self, value: &Spanned<DeValue<'_>>) -> RuleDraft {
        let mut draft = RuleDraft {
            place: self.place(value.span()),
            name: None,
            category: None,
            source: None,
            account: None,
            payee: None,
            amount: None,
            condition: None,
        };
        for (key, place, value) in self.table(value) {
            match key {
                "name" => draft.name = self.value(value, values::name),
                "category" => draft.category = self.value(value, values::name),
                "source" => draft.source = self.value(value, values::name),
                "account" => draft.account = self.value(value, values::name),
                "payee" => draft.payee = self.value(value, payee),
                "amount" => draft.amount = self.value(value, |v| Amounts::read(&number_text(v)?)),
                "where" => draft.condition = self.text(value),
                _ => self.unknown(key, &place, RULE_KEYS),
            }
        }
        draft
    }

    pub(super) fn budgets(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<BudgetDraft> {
        let mut budgets = Vec::new();
        for (name, place, value) in self.table(value) {
            let name_of = DeValue::String(name.into());
            if let Err(message) = values::name(&name_of) {
                self.problems.push(place.problem(message));
                continue;
            }
            let mut draft = BudgetDraft {
                name: Placed {
                    value: name.to_owned(),
                    place,
                },
                category: None,
                limit: None,
                currency: None,
                owner: None,
            };
            for (key, place, value) in self.table(value) {
                match key {
                    "category" => draft.category = self.value(value, values::name),
                    "limit" => draft.limit = self.value(value, limit),
                    "currency" => draft.currency = self.currency(value),
                    "owner" => draft.owner = self.value(value, values::name),
                    _ => self.unknown(key, &place, BUDGET_KEYS),
                }
            }
            budgets.push(draft);
        }
        budgets
    }
}

impl Builder<'_> {
    /// Checked rules, in the order of the file.
    pub(super) fn rules(&mut self, drafts: Vec<RuleDraft>) -> Rules {
        let digest = digest(&drafts);
        let mut names: Vec<String> = Vec::new();
        let mut rules = Vec::new();
        for (at, draft) in drafts.into_iter().enumerate() {
            let name = draft
                .name
                .as_ref()
                .map_or_else(|| format!("rule {}", at + 1), |name| name.value.clone());
            if names.contains(&name) {
                let place = draft.name.as_ref().map_or(&draft.place, |name| &name.place);
                let twice = place.problem(format!("there are two rules of the name `{name}`"));
                self.problems.push(twice);
            }
            names.push(name.clone());
            if let Some(rule) = self.rule(name, draft) {
                rules.push(rule);
            }
        }
        Rules {
            all: rules.into(),
            digest: digest.into(),
        }
    }

    fn rule(&mut self, name: String, draft: RuleDraft) -> Option<Rule> {
        let before = self.problems.len();
        if draft.category.is_none() {
            self.problems.push(
                draft
                    .place
                    .problem("`category` is missing: every rule gives one"),
            );
        }
        let names_nothing = draft.source.is_none()
            && draft.account.is_none()
            && draft.payee.is_none()
            && draft.amount.is_none()
            && draft.condition.is_none();
        if names_nothing {
            self.problems.push(
                draft
                    .place
                    .problem("the rule would be about every transaction")
                    .help("add `payee`, `amount`, `account`, `source` or `where`"),
            );
        }
        let condition = draft.condition.as_ref().and_then(|text| {
            let compiled =
                jq::check(&text.value, false).and_then(|()| jq::compile(&text.value, &[]));
            compiled
                .map_err(|faults| {
                    for fault in faults {
                        let place = self.inside(text, &fault);
                        let problem = place.problem(format!("in `where`: {}", fault.message));
                        self.problems.push(problem);
                    }
                })
                .ok()
        });
        if self.problems.len() > before {
            return None;
        }
        Some(Rule {
            name,
            category: draft.category?.value,
            source: draft.source.map(|source| source.value),
            account: draft.account.map(|account| account.value),
            words: draft.payee.map(|words| words.value).unwrap_or_default(),
            amount: draft.amount.map(|amount| amount.value),
            condition,
        })
    }

    /// Checked budgets. `usual` is the currency of the settings.
    pub(super) fn budgets(
        &mut self,
        drafts: Vec<BudgetDraft>,
        usual: Option<Currency>,
    ) -> Vec<OwnBudget> {
        let mut budgets = Vec::new();
        for draft in drafts {
            let currency = draft.currency.map(|currency| currency.value).or(usual);
            if draft.limit.is_none() {
                let missing = draft
                    .name
                    .problem("`limit` is missing: every budget has one");
                self.problems.push(missing);
            }
            if currency.is_none() {
                self.problems.push(
                    draft
                        .name
                        .problem("a budget is in a currency")
                        .help("add `currency = \"EUR\"`, here or to `[settings]`"),
                );
            }
            let (Some(limit), Some(currency)) = (draft.limit, currency) else {
                continue;
            };
            let name = draft.name.value;
            budgets.push(OwnBudget {
                owner: draft.owner.map(|owner| owner.value),
                budget: Budget {
                    category: draft
                        .category
                        .map_or_else(|| name.clone(), |category| category.value),
                    id: name,
                    limit: Money::new(limit.value, currency),
                    spent: None,
                },
            });
        }
        budgets
    }
}

/// The rules of a configuration without any.
pub(super) fn no_rules() -> Rules {
    Rules {
        all: [].into(),
        digest: digest(&[]).into(),
    }
}

/// What [`Rules::digest`] promises. Places do not count: a comment above changes nothing.
fn digest(drafts: &[RuleDraft]) -> String {
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    digest.update(serde_json::to_vec(drafts).expect("texts and numbers"));
    hex(&digest.finalize())
}

fn payee(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let words = rules::words(&values::text(value)?);
    if words.is_empty() {
        return Err("expected words of the payee or the description".to_owned());
    }
    Ok(words)
}

/// A number as it is written, so that nothing is rounded; in quotes or not.
fn number_text(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Integer(_) => values::integer(value)
            .map(|number| number.to_string())
            .ok_or_else(|| "the number is too large".to_owned()),
        other => Err(format!("expected an amount, found {}", values::kind(other))),
    }
}

fn limit(value: &DeValue<'_>) -> Result<Decimal, String> {
    let limit = parse_decimal(&number_text(value)?).map_err(|error| error.to_string())?;
    if limit.is_sign_negative() || limit.is_zero() {
        return Err("expected what may be spent in a month, as a positive amount".to_owned());
    }
    Ok(limit)
}
