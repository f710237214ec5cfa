//! A declaration that was checked: merged with its preset, expressions compiled, secrets still only named.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gather_records::{Currency, RecordKind};
use url::Url;

use super::draft::{Auth, Format, Meaning, Setting};
use crate::{
    Quota, SecretRef,
    format::csv,
    jq::{Program, Val},
    mapping::Mapping,
    pages::Pages,
};

/// One `[source.NAME]`, merged with its preset and checked.
#[derive(Debug)]
pub struct Declaration {
    pub(crate) name: String,
    pub(crate) preset: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) every: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) in_flight: Option<usize>,
    pub(crate) quotas: Vec<Quota>,
    /// In place of `quotas` when there is a key.
    pub(crate) quotas_with_key: Option<Vec<Quota>>,
    pub(crate) unchanged_is_free: bool,
    pub(crate) digest: String,
    pub(crate) currency: Option<Currency>,
    pub(crate) key: Option<SecretRef>,
    pub(crate) key_is_optional: bool,
    pub(crate) auth: Auth,
    /// Left out without a word when its key is missing: for what nobody asked for by name.
    pub(crate) only_with_key: bool,
    pub(crate) params: Val,
    pub(crate) error: Option<Program>,
    pub(crate) errors: BTreeMap<String, Meaning>,
    pub(crate) steps: Vec<Step>,
}

/// One step of a declaration.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: Arc<str>,
    pub(crate) format: Format,
    pub(crate) csv: csv::Settings,
    pub(crate) pages: Option<Pages>,
    pub(crate) url: Url,
    /// The key holds the start of the address; only the path of `url` is its own.
    pub(crate) in_key: bool,
    pub(crate) query: Vec<(String, Setting)>,
    pub(crate) headers: Vec<(String, Setting)>,
    pub(crate) optional: bool,
    pub(crate) follow: Vec<Hop>,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) looks_like: Option<Program>,
}

/// One `follow` of a step.
#[derive(Debug)]
pub(crate) struct Hop {
    pub(crate) each_text: String,
    pub(crate) each: Program,
    /// With `{}` for the value, parameters in place.
    pub(crate) url: String,
    /// The pages of each answer that was followed to.
    pub(crate) pages: Option<Pages>,
    /// The host that it spells out; `None` where the answer chooses it.
    pub(crate) origin: Option<url::Origin>,
}

impl Step {
    /// How the answers of a hop are paged.
    pub(crate) fn pages(&self, hop: usize) -> Option<&Pages> {
        match hop.checked_sub(1) {
            None => self.pages.as_ref(),
            Some(hop) => self.follow.get(hop)?.pages.as_ref(),
        }
    }
}

impl Declaration {
    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The preset it builds on.
    #[must_use]
    pub fn preset(&self) -> Option<&str> {
        self.preset.as_deref()
    }

    /// Whose records these are; `None`: shared by everybody.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    /// How often to fetch it, where it says so.
    #[must_use]
    pub fn every(&self) -> Option<Duration> {
        self.every
    }

    /// The secret its key comes from, where it has one.
    #[must_use]
    pub fn key(&self) -> Option<&SecretRef> {
        self.key.as_ref()
    }

    /// Whether an answer "not modified" (304) costs no place in the provider's quota.
    #[must_use]
    pub fn unchanged_is_free(&self) -> bool {
        self.unchanged_is_free
    }

    /// A SHA-256 digest, in hexadecimal, of the declaration merged with its presets and of this crate's version. What
    /// was kept under another digest was read by other rules.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether it can be fetched without its key, perhaps within a smaller quota.
    #[must_use]
    pub fn key_is_optional(&self) -> bool {
        self.key_is_optional
    }

    /// Every address it asks first, without secrets; those of its follow-up requests come out of answers, and one that
    /// its key holds is not among them.
    pub fn urls(&self) -> impl Iterator<Item = &Url> {
        let declared = self.steps.iter().filter(|step| !step.in_key);
        declared.map(|step| &step.url)
    }

    /// The addresses that are feeds, without secrets.
    pub fn feeds(&self) -> impl Iterator<Item = &Url> {
        let feeds = self
            .steps
            .iter()
            .filter(|step| step.format == Format::Feed && !step.in_key);
        feeds.map(|step| &step.url)
    }

    /// The kinds of record it yields, in the order they are shown.
    #[must_use]
    pub fn yields(&self) -> Vec<RecordKind> {
        RecordKind::ALL
            .into_iter()
            .filter(|kind| {
                self.steps.iter().any(|step| match step.format {
                    Format::Feed => *kind == RecordKind::Article,
                    _ => step.mappings.iter().any(|mapping| mapping.kind == *kind),
                })
            })
            .collect()
    }

    /// Every host it may ask, as scheme, name and port.
    /// `asked` are the addresses of its steps.
    pub(crate) fn hosts<'a>(&self, asked: impl Iterator<Item = &'a Url>) -> Vec<String> {
        let mut hosts = Vec::new();
        for (step, url) in self.steps.iter().zip(asked) {
            let follows = step
                .follow
                .iter()
                .filter_map(|hop| Url::parse(&hop.url.replace("{}", "0")).ok());
            for url in std::iter::once(url.clone()).chain(follows) {
                let host = url.origin().ascii_serialization();
                if !hosts.contains(&host) {
                    hosts.push(host);
                }
            }
        }
        hosts
    }
}
