//! How each kind of record is put together out of the fields of a row.

use std::collections::BTreeMap;

use gather_records::{
    Account, Article, Budget, Content, Currency, Money, Rate, Record, RecordKind, Transaction,
};
use rust_decimal::Decimal;

use super::{Mapping, Surroundings, cell, date, value};
use crate::{jq::Val, text};

/// Longer titles and names are cut.
const MAX_TITLE: usize = 1_000;
/// Longer summaries are cut: a few sentences are wanted.
const MAX_SUMMARY: usize = 600;

/// The fields of one row.
pub(super) struct Fields<'a> {
    mapping: &'a Mapping,
    cells: &'a [Val],
    around: &'a Surroundings<'a>,
    left_empty: &'a mut BTreeMap<&'static str, (usize, String)>,
    /// The row is of a currency that is not kept.
    foreign: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn new(
        mapping: &'a Mapping,
        cells: &'a [Val],
        around: &'a Surroundings<'a>,
        left_empty: &'a mut BTreeMap<&'static str, (usize, String)>,
    ) -> Self {
        Self {
            mapping,
            cells,
            around,
            left_empty,
            foreign: false,
        }
    }

    /// A price of what can be no money here, such as a coin or a metal's ounce under a code of its own.
    pub(super) fn is_of_no_use(&self) -> bool {
        self.mapping.kind == RecordKind::Rate
            && ["base", "quote"].iter().any(|name| {
                self.value(name)
                    .ok()
                    .and_then(value::text)
                    .is_some_and(|code| value::is_code(&code) && code.parse::<Currency>().is_err())
            })
    }

    /// Whether the row was refused for its currency alone.
    pub(super) fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// The record, or why there is none.
    pub(super) fn record(&mut self) -> Result<Record, String> {
        match self.mapping.kind {
            RecordKind::Article => self.article().map(Record::Article),
            RecordKind::Account => self.account().map(Record::Account),
            RecordKind::Transaction => self.transaction().map(Record::Transaction),
            RecordKind::Budget => self.budget().map(Record::Budget),
            RecordKind::Rate => self.rate().map(Record::Rate),
        }
    }

    fn article(&mut self) -> Result<Article, String> {
        Ok(Article {
            title: self.html("title", MAX_TITLE),
            url: self.optional("url", |v| value::link(v, self.around.base)),
            published_at: self.optional("published_at", date::instant),
            author: self.plain("author"),
            summary: self.html("summary", MAX_SUMMARY),
            section: self.plain("section"),
            score: self.optional("score", value::whole),
            comments: self.optional("comments", value::whole),
            content: self.optional("content", |v| {
                Ok(value::words(v)?
                    .filter(|html| !html.trim().is_empty())
                    .map(|html| Content {
                        html: html.into_owned(),
                        base: self.around.base.cloned(),
                    }))
            }),
            ..Article::new(self.required("id", value::id)?)
        })
    }

    fn account(&mut self) -> Result<Account, String> {
        let id = self.required("id", value::id)?;
        let flip = self.mapping.flip.contains(&id);
        Ok(Account {
            id,
            name: self.required("name", |v| {
                Ok(value::words(v)?.and_then(|t| text::from_plain(&t, MAX_TITLE)))
            })?,
            balance: self
                .money("balance", flip)?
                .ok_or_else(|| missing("balance"))?,
            as_of: self.optional("as_of", date::instant),
        })
    }

    fn transaction(&mut self) -> Result<Transaction, String> {
        // Without an id of its own a transaction is known by what it says.
        let id = self.strict("id", value::id)?.unwrap_or_default();
        let account = self.strict("account", value::id)?;
        let flip = account
            .as_ref()
            .is_some_and(|account| self.mapping.flip.contains(account));
        let amount = self
            .money("amount", flip)?
            .ok_or_else(|| missing("amount"))?;
        Ok(Transaction {
            account,
            date: self.strict("date", date::day)?,
            description: self.plain("description"),
            category: self.plain("category"),
            pending: self.strict("pending", value::truth)?.unwrap_or(false),
            payee: self.plain("payee"),
            value_date: self.strict("value_date", date::day)?,
            balance_after: self.money("balance_after", flip)?,
            id_is_weak: self.mapping.weak_ids || id.is_empty(),
            ..Transaction::new(id, amount)
        })
    }

    fn budget(&mut self) -> Result<Budget, String> {
        let category = self.required("category", |v| {
            Ok(value::words(v)?.and_then(|t| text::from_plain(&t, MAX_TITLE)))
        })?;
        Ok(Budget {
            id: self
                .strict("id", value::id)?
                .unwrap_or_else(|| category.clone()),
            category,
            limit: self
                .money("limit", false)?
                .ok_or_else(|| missing("limit"))?,
            spent: self.money("spent", false)?,
        })
    }

    fn rate(&mut self) -> Result<Rate, String> {
        let rate = self.required("rate", value::decimal)?;
        if rate <= Decimal::ZERO {
            return Err(format!("`rate`: {rate} is not a price"));
        }
        Ok(Rate {
            base: self.required("base", value::currency)?,
            quote: self.required("quote", value::currency)?,
            date: self.required("date", date::day)?,
            rate,
        })
    }

    fn value(&self, name: &'static str) -> Result<&'a Val, String> {
        let place = self.mapping.fields.iter().position(|field| *field == name);
        match place.and_then(|place| self.cells.get(place)) {
            Some(value) => cell(value),
            None => Ok(&Val::Null),
        }
    }

    /// A field the record can do without, but not with a wrong one.
    fn strict<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&'a Val) -> Result<Option<T>, String>,
    ) -> Result<Option<T>, String> {
        self.value(name)
            .and_then(read)
            .map_err(|reason| format!("`{name}`: {reason}"))
    }

    fn required<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&'a Val) -> Result<Option<T>, String>,
    ) -> Result<T, String> {
        self.strict(name, read)?.ok_or_else(|| missing(name))
    }

    /// A field that stays empty when it cannot be read; counted.
    fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Val) -> Result<Option<T>, String>,
    ) -> Option<T> {
        match self.value(name).and_then(read) {
            Ok(value) => value,
            Err(reason) => {
                self.left_empty.entry(name).or_insert((0, reason)).0 += 1;
                None
            }
        }
    }

    fn html(&mut self, name: &'static str, max: usize) -> Option<String> {
        self.optional(name, |v| {
            Ok(value::words(v)?.and_then(|t| text::from_html(&t, max)))
        })
    }

    fn plain(&mut self, name: &'static str) -> Option<String> {
        self.optional(name, |v| {
            Ok(value::words(v)?.and_then(|t| text::from_plain(&t, MAX_TITLE)))
        })
    }

    fn currency(&mut self) -> Result<Currency, String> {
        let told = self.strict("currency", value::currency);
        if told.is_err()
            && let Ok(value) = self.value("currency")
            && let Some(text) = value::text(value)
        {
            self.foreign |= value::is_code(&text) || text.contains("://");
        }
        told?
            .or(self.around.currency)
            .ok_or_else(|| "no currency: neither the row nor the source says it".to_owned())
    }

    /// `flip`: it is of an account whose amounts come with the other sign.
    fn money(&mut self, name: &'static str, flip: bool) -> Result<Option<Money>, String> {
        let Some(amount) = self.strict(name, value::decimal)? else {
            return Ok(None);
        };
        let mut amount = match self.mapping.scale {
            0 => amount,
            scale => scaled(amount, scale).ok_or_else(|| {
                format!("`{name}`: {amount} with `scale = {scale}` has more digits than can be kept exactly")
            })?,
        };
        if self.mapping.negate != flip && !amount.is_zero() {
            amount.set_sign_positive(amount.is_sign_negative());
        }
        Ok(Some(Money::new(amount, self.currency()?)))
    }
}

fn missing(name: &str) -> String {
    format!("`{name}` is missing")
}

/// `amount` moved `scale` digits behind the point; `None` where that cannot be kept exactly.
fn scaled(amount: Decimal, scale: u32) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(amount.mantissa(), amount.scale().checked_add(scale)?).ok()
}
