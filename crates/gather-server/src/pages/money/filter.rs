//! What narrows a list of transactions, read from the address and written back into it.
//!
//! What cannot be read is left out and said, so that nobody takes a list for narrowed that is not.

use gather_store::{TransactionCursor, TransactionQuery};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::{
    address::Fields,
    part::{Choice, Link},
    reader::Reader,
    view::TransactionFilter,
};

/// What a field of a category says for "none": no category is called that.
pub(super) const NO_CATEGORY: &str = "-";

/// The fields that narrow a list, in the order in which they are shown.
const NARROWING: [&str; 8] = [
    "q", "account", "category", "since", "until", "least", "most", "pending",
];

/// The longest search that is made.
const LONGEST_SEARCH: usize = 200;

/// What the address asks for.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) query: TransactionQuery,
    /// The fields of the list without its place and without a form.
    pub(super) fields: Fields,
    pub(super) refused: Vec<String>,
}

/// An account to choose: its field, and its name.
pub(super) type AccountChoice = (String, String);

impl Filter {
    /// Reads the address of a list; `account`: it is of one account, whatever the address says.
    pub(super) fn of(reader: &Reader, account: Option<(&str, &str)>) -> Self {
        let fields = &reader.fields;
        let mut refused: Vec<String> = reader.refused_currency().into_iter().collect();
        let mut day = |name: &str, label: &str| -> Option<Date> {
            let text = fields.get(name)?;
            let day = text.parse().ok().filter(|_| text.len() == 10);
            if day.is_none() {
                refused.push(format!(
                    "{label}: `{}` is not a day; a day is written like 2026-11-19",
                    short(text)
                ));
            }
            day
        };
        let (since, until) = (day("since", "From"), day("until", "To"));
        let mut amount = |name: &str, label: &str| -> Option<Decimal> {
            let text = fields.get(name)?;
            // Whichever way the money went, so that a sign says nothing.
            let amount = reader.numbers.read(text).map(|amount| amount.abs());
            if amount.is_none() {
                refused.push(format!(
                    "{label}: `{}` is not an amount; an amount is written like {}",
                    short(text),
                    reader.numbers.decimal(Decimal::new(12_34, 2))
                ));
            }
            amount
        };
        let (at_least, at_most) = (amount("least", "At least"), amount("most", "At most"));
        let pending = match fields.get("pending") {
            None => None,
            Some("only") => Some(true),
            Some("without") => Some(false),
            Some(text) => {
                refused.push(format!("Pending: `{}` is not a choice", short(text)));
                None
            }
        };
        let accounts = match (account, fields.get("account")) {
            (Some((source, account)), _) => vec![(source.to_owned(), account.to_owned())],
            (None, Some(text)) => match text.split_once('/') {
                Some((source, account)) => vec![(source.to_owned(), account.to_owned())],
                None => {
                    refused.push(format!("Account: `{}` is not an account", short(text)));
                    Vec::new()
                }
            },
            (None, None) => Vec::new(),
        };
        let after = fields.get("after").and_then(|text| {
            let place: Option<TransactionCursor> = text.parse().ok();
            if place.is_none() {
                refused.push(super::super::runs::NO_PLACE.to_owned());
            }
            place
        });
        let search = fields.get("q");
        let query = TransactionQuery {
            search: search.map(|text| text.chars().take(LONGEST_SEARCH).collect()),
            accounts,
            categories: fields
                .get("category")
                .map(|category| (category != NO_CATEGORY).then(|| category.to_owned()))
                .into_iter()
                .collect(),
            since,
            until,
            at_least,
            at_most,
            pending,
            after,
            ..TransactionQuery::default()
        };
        let mut kept: Vec<&str> = NARROWING.to_vec();
        kept.retain(|name| account.is_none() || *name != "account");
        kept.push("currency");
        Self {
            query,
            fields: fields.only(&kept),
            refused,
        }
    }

    /// Whether it leaves anything out.
    pub(super) fn is_narrow(&self) -> bool {
        NARROWING.iter().any(|name| self.fields.get(name).is_some())
    }

    /// The filter as a page shows it.
    pub(super) fn view(
        &self,
        reader: &Reader,
        accounts: &[AccountChoice],
        categories: &[String],
    ) -> TransactionFilter {
        let value = |name: &str| self.fields.get(name).unwrap_or_default().to_owned();
        let choice = |text: &str, field: &str, named: &str| Choice {
            text: text.to_owned(),
            value: field.to_owned(),
            count: String::new(),
            chosen: self.fields.get(named).unwrap_or_default() == field,
        };
        let mut account_choices = vec![choice("all", "", "account")];
        account_choices.extend(
            accounts
                .iter()
                .map(|(field, name)| choice(name, field, "account")),
        );
        let mut category_choices = vec![
            choice("all", "", "category"),
            choice("without a category", NO_CATEGORY, "category"),
        ];
        category_choices.extend(
            categories
                .iter()
                .map(|category| choice(category, category, "category")),
        );
        // What is in force can be chosen, though nothing is of it any more.
        for (choices, named) in [
            (&mut account_choices, "account"),
            (&mut category_choices, "category"),
        ] {
            if let Some(text) = self.fields.get(named)
                && !choices.iter().any(|choice| choice.chosen)
            {
                choices.push(choice(text, text, named));
            }
        }
        TransactionFilter {
            action: reader.path.clone(),
            carried: self.fields.only(&["currency"]).pairs(),
            search: value("q"),
            accounts: if accounts.is_empty() {
                Vec::new()
            } else {
                account_choices
            },
            categories: category_choices,
            // A field of a day takes a day, and browsers complain of anything else.
            since: self
                .query
                .since
                .map_or_else(String::new, |day| day.to_string()),
            until: self
                .query
                .until
                .map_or_else(String::new, |day| day.to_string()),
            at_least: value("least"),
            at_most: value("most"),
            pending: vec![
                choice("with the others", "", "pending"),
                choice("only", "only", "pending"),
                choice("without", "without", "pending"),
            ],
            chips: self.chips(reader, accounts),
            clear: self
                .is_narrow()
                .then(|| self.fields.only(&["currency"]).after(&reader.path)),
            refused: self.refused.clone(),
        }
    }

    /// What is in force, each with the address without it.
    fn chips(&self, reader: &Reader, accounts: &[AccountChoice]) -> Vec<Link> {
        let day = |day: Option<Date>| day.map(|day| reader.times.day_words(day));
        let amount = |amount: Option<Decimal>| amount.map(|amount| reader.numbers.decimal(amount));
        let words = |name: &str| -> Option<String> {
            let text = self.fields.get(name)?;
            Some(match name {
                "q" => format!("“{text}”"),
                "account" => {
                    let mut named = accounts.iter();
                    let named = named.find(|(field, _)| field == text);
                    named.map_or_else(|| text.to_owned(), |(_, name)| name.clone())
                }
                "category" if text == NO_CATEGORY => "without a category".to_owned(),
                "category" => text.to_owned(),
                "since" => format!("from {}", day(self.query.since)?),
                "until" => format!("to {}", day(self.query.until)?),
                "least" => format!("at least {}", amount(self.query.at_least)?),
                "most" => format!("at most {}", amount(self.query.at_most)?),
                _ => match self.query.pending? {
                    true => "pending".to_owned(),
                    false => "booked".to_owned(),
                },
            })
        };
        NARROWING
            .iter()
            .filter_map(|name| {
                Some(Link {
                    text: words(name)?,
                    href: self.fields.with(&[(name, "")]).after(&reader.path),
                })
            })
            .collect()
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
