//! A declaration as written: every part may be missing, and knows its place.
//!
//! A user's declaration lies over that of its preset; whatever it says itself wins, field by field.

use std::{collections::BTreeMap, time::Duration};

use gather_records::{Currency, RecordKind};
use serde::Serialize;
use url::Url;

use super::place::{Place, Placed};
use crate::{Quota, SecretRef, format::csv};

/// A `[source.NAME]`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SourceDraft {
    /// What it says is in the rest, once it is laid under.
    #[serde(skip)]
    pub(crate) preset: Option<Placed<String>>,
    pub(crate) base: Option<Placed<String>>,
    pub(crate) params: BTreeMap<String, Placed<Param>>,
    pub(crate) owner: Option<Placed<String>>,
    pub(crate) every: Option<Placed<Duration>>,
    pub(crate) timeout: Option<Placed<Duration>>,
    pub(crate) in_flight: Option<Placed<usize>>,
    pub(crate) quota: Option<Placed<Vec<Quota>>>,
    pub(crate) quota_with_key: Option<Placed<Vec<Quota>>>,
    pub(crate) unchanged_is_free: Option<Placed<bool>>,
    pub(crate) currency: Option<Placed<CurrencyOf>>,
    pub(crate) key: Option<Placed<SecretRef>>,
    /// Said together with `key`, so it comes from where that does.
    pub(crate) key_optional: bool,
    pub(crate) auth: Option<Placed<Auth>>,
    pub(crate) error: Option<Placed<String>>,
    pub(crate) errors: BTreeMap<String, Placed<Meaning>>,
    /// The step that the source itself is, when it has no `step` tables.
    pub(crate) main: StepDraft,
    /// In the order of the file.
    pub(crate) steps: Vec<(String, StepDraft)>,
}

/// A `[source.NAME.step.NAME]`, or the part of a source that is one.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct StepDraft {
    #[serde(skip)]
    pub(crate) place: Option<Place>,
    pub(crate) url: Option<Placed<String>>,
    pub(crate) format: Option<Placed<Format>>,
    pub(crate) csv: Option<Placed<csv::Settings>>,
    pub(crate) pages: Option<PagesDraft>,
    pub(crate) follow: Option<Box<FollowDraft>>,
    pub(crate) optional: Option<Placed<bool>>,
    pub(crate) skip: Option<Placed<bool>>,
    pub(crate) headers: BTreeMap<String, Placed<Setting>>,
    pub(crate) query: BTreeMap<String, Placed<Setting>>,
    pub(crate) looks_like: Option<Placed<String>>,
    pub(crate) mappings: BTreeMap<RecordKind, MappingDraft>,
}

/// A `follow`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FollowDraft {
    #[serde(skip)]
    pub(crate) place: Place,
    pub(crate) each: Option<Placed<String>>,
    pub(crate) url: Option<Placed<String>>,
    pub(crate) pages: Option<PagesDraft>,
    pub(crate) follow: Option<Box<Self>>,
}

/// A `pages`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PagesDraft {
    #[serde(skip)]
    pub(crate) place: Place,
    pub(crate) page: Option<Placed<String>>,
    pub(crate) offset: Option<Placed<String>>,
    pub(crate) cursor: Option<Placed<String>>,
    pub(crate) link: Option<Placed<String>>,
    pub(crate) next: Option<Placed<String>>,
    pub(crate) first: Option<Placed<u64>>,
    pub(crate) last: Option<Placed<String>>,
    pub(crate) size: Option<Placed<u64>>,
    pub(crate) total: Option<Placed<String>>,
    pub(crate) max: Option<Placed<usize>>,
}

/// An `article`, `account`, `transaction`, `budget` or `rate`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct MappingDraft {
    #[serde(skip)]
    pub(crate) place: Place,
    pub(crate) each: Option<Placed<String>>,
    pub(crate) condition: Option<Placed<String>>,
    pub(crate) negate: Option<Placed<bool>>,
    pub(crate) scale: Option<Placed<u32>>,
    pub(crate) flip: Option<Placed<Vec<String>>>,
    pub(crate) weak_ids: Option<Placed<bool>>,
    pub(crate) fields: BTreeMap<&'static str, Placed<String>>,
}

/// What `params` may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Param {
    Text(String),
    Number(i64),
}

/// What a header or a query parameter may be set to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Setting {
    Plain(String),
    Secret(SecretRef),
    /// A day before today, in parameters only.
    DaysAgo {
        days: i64,
        form: DayForm,
    },
    /// `false`: leave out what the preset sets.
    Off,
}

/// How a day is written into a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum DayForm {
    /// `2026-11-20`.
    Date,
    /// Seconds since 1970, at midnight in UTC.
    Seconds,
}

/// What says the currency of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum CurrencyOf {
    /// It is this one where a row says none.
    One(Currency),
    /// Each row does.
    Row,
}

/// How the key is presented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Auth {
    Bearer,
    Header {
        name: String,
        prefix: String,
    },
    Query {
        name: String,
    },
    Basic {
        user: String,
    },
    /// The key is the start of the address, with a user and a password in it.
    Url,
    /// Client credentials; the key is the client's secret.
    OAuth2 {
        url: Url,
        id: Setting,
        scope: Option<String>,
        /// Id and secret are posted in the form, not sent in a header.
        in_form: bool,
    },
}

/// What kind of answer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Format {
    Json,
    Ndjson,
    Csv,
    Xml,
    Feed,
}

/// What an error of the provider means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Meaning {
    pub(crate) means: Means,
    pub(crate) hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Means {
    /// The key.
    Key,
    /// Used up, or too fast.
    Quota,
    /// Nothing more to have: not an error.
    End,
    /// The request is wrong.
    Request,
    /// The server's own trouble.
    Retry,
    /// Something to know: not an error.
    Note,
}

fn over<T>(upper: &mut Option<T>, lower: Option<T>) {
    if upper.is_none() {
        *upper = lower;
    }
}

fn over_map<K: Ord, V>(upper: &mut BTreeMap<K, V>, lower: BTreeMap<K, V>) {
    for (key, value) in lower {
        upper.entry(key).or_insert(value);
    }
}

impl SourceDraft {
    /// Fills what is missing from `lower`.
    pub(crate) fn over(&mut self, lower: Self) {
        over(&mut self.base, lower.base);
        over_map(&mut self.params, lower.params);
        over(&mut self.owner, lower.owner);
        over(&mut self.every, lower.every);
        over(&mut self.timeout, lower.timeout);
        over(&mut self.in_flight, lower.in_flight);
        // Whoever says a quota means it, with a key too.
        if self.quota.is_none() {
            over(&mut self.quota_with_key, lower.quota_with_key);
        }
        over(&mut self.quota, lower.quota);
        over(&mut self.unchanged_is_free, lower.unchanged_is_free);
        over(&mut self.currency, lower.currency);
        if self.key.is_none() {
            self.key_optional = lower.key_optional;
        }
        over(&mut self.key, lower.key);
        over(&mut self.auth, lower.auth);
        over(&mut self.error, lower.error);
        over_map(&mut self.errors, lower.errors);
        self.main.over(lower.main);
        let mut own = std::mem::take(&mut self.steps);
        for (name, step) in lower.steps {
            let place = own.iter().position(|(other, _)| *other == name);
            let mut upper = place.map(|i| own.remove(i).1).unwrap_or_default();
            upper.over(step);
            self.steps.push((name, upper));
        }
        self.steps.append(&mut own);
    }
}

impl StepDraft {
    fn over(&mut self, lower: Self) {
        over(&mut self.place, lower.place);
        over(&mut self.url, lower.url);
        over(&mut self.format, lower.format);
        over(&mut self.csv, lower.csv);
        PagesDraft::lay_over(&mut self.pages, lower.pages);
        match (&mut self.follow, lower.follow) {
            (Some(upper), Some(lower)) => upper.over(*lower),
            (upper, lower) => over(upper, lower),
        }
        over(&mut self.optional, lower.optional);
        over(&mut self.skip, lower.skip);
        over_map(&mut self.headers, lower.headers);
        over_map(&mut self.query, lower.query);
        over(&mut self.looks_like, lower.looks_like);
        for (kind, lower) in lower.mappings {
            match self.mappings.entry(kind) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(lower);
                }
                std::collections::btree_map::Entry::Occupied(mut upper) => {
                    upper.get_mut().over(lower)
                }
            }
        }
    }
}

impl PagesDraft {
    /// A walk of another kind replaces that of the preset; otherwise single settings lie over it.
    fn lay_over(upper: &mut Option<Self>, lower: Option<Self>) {
        let (Some(pages), Some(lower)) = (upper.as_mut(), lower.clone()) else {
            over(upper, lower);
            return;
        };
        over(&mut pages.max, lower.max);
        let kinds = [&pages.page, &pages.offset, &pages.cursor, &pages.link];
        let own = kinds.iter().any(|kind| kind.is_some())
            || (pages.next.is_some() && lower.cursor.is_none());
        if own {
            return;
        }
        over(&mut pages.page, lower.page);
        over(&mut pages.offset, lower.offset);
        over(&mut pages.cursor, lower.cursor);
        over(&mut pages.link, lower.link);
        over(&mut pages.next, lower.next);
        over(&mut pages.first, lower.first);
        over(&mut pages.last, lower.last);
        over(&mut pages.size, lower.size);
        over(&mut pages.total, lower.total);
    }
}

impl FollowDraft {
    fn over(&mut self, lower: Self) {
        over(&mut self.each, lower.each);
        over(&mut self.url, lower.url);
        PagesDraft::lay_over(&mut self.pages, lower.pages);
        match (&mut self.follow, lower.follow) {
            (Some(upper), Some(lower)) => upper.over(*lower),
            (upper, lower) => over(upper, lower),
        }
    }
}

impl MappingDraft {
    fn over(&mut self, lower: Self) {
        over(&mut self.each, lower.each);
        over(&mut self.condition, lower.condition);
        over(&mut self.negate, lower.negate);
        over(&mut self.scale, lower.scale);
        over(&mut self.flip, lower.flip);
        over(&mut self.weak_ids, lower.weak_ids);
        over_map(&mut self.fields, lower.fields);
    }
}
