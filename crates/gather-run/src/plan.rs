//! What a run is to fetch: the sources that can run, those that cannot and why, and the manners of their hosts.

use std::sync::Arc;

use gather::{Client, Clock, Host, HostLimits, Quota, Url};
use gather_sources::{Config, Manners, Rules, SecretRef, Settings, Source, Unready};
use secrecy::SecretString;

use crate::ledger::StoreLedger;

/// What a run is to fetch.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) sources: Vec<Arc<Source>>,
    pub(crate) unready: Vec<Unready>,
    pub(crate) settings: Settings,
    pub(crate) rules: Rules,
    /// Even answers that still stand are asked for, and addresses that were gone.
    pub(crate) anyway: bool,
    manners: Vec<Manners>,
}

/// A source was named that the configuration does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no source `{name}`; there is {}", listed(known))]
pub struct UnknownSource {
    /// The name.
    pub name: String,
    /// The names there are.
    pub known: Vec<String>,
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none at all".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

impl Plan {
    /// All sources of a configuration, with the secrets that `lookup` finds.
    #[must_use]
    pub fn new(
        config: &Config,
        lookup: &dyn Fn(&SecretRef) -> Result<SecretString, String>,
    ) -> Self {
        let resolved = config.resolve(lookup);
        Self {
            manners: config.manners(&resolved.sources),
            sources: resolved.sources.into_iter().map(Arc::new).collect(),
            unready: resolved.unready,
            settings: config.settings().clone(),
            rules: config.rules().clone(),
            anyway: false,
        }
    }

    /// Those of its sources that are named; all of them when no name is given.
    pub(crate) fn among(mut self, names: &[String]) -> Self {
        if !names.is_empty() {
            let wanted = |name: &str| names.iter().any(|wanted| wanted == name);
            self.sources.retain(|source| wanted(source.name()));
            self.unready.retain(|unready| wanted(&unready.source));
        }
        self
    }

    /// Only the sources named; all of them when no name is given. The manners of all stay in force.
    ///
    /// # Errors
    /// The first name that is no source.
    pub fn only(self, names: &[String]) -> Result<Self, UnknownSource> {
        if names.is_empty() {
            return Ok(self);
        }
        let known: Vec<String> = self.names().map(str::to_owned).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(name)) {
            return Err(UnknownSource {
                name: name.clone(),
                known,
            });
        }
        Ok(self.among(names))
    }

    /// The names of its sources: first those that can run, then those that lack a secret.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let ready = self.sources.iter().map(|source| source.name());
        ready.chain(self.unready.iter().map(|unready| unready.source.as_str()))
    }

    /// The sources that can run.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().map(Arc::as_ref)
    }

    /// The sources that cannot run because a secret is missing.
    #[must_use]
    pub fn unready(&self) -> &[Unready] {
        &self.unready
    }

    /// The settings of the configuration.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Settings that differ from the configuration's, such as a deadline given on the command line.
    #[must_use]
    pub fn with_settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Asks even for what still stands by the server's own word, and at addresses that said they were gone. Validators
    /// are sent all the same, so that an answer without news stays cheap. Quotas hold as ever.
    #[must_use]
    pub fn revalidate(mut self) -> Self {
        self.anyway = true;
        self
    }

    /// The same with one request in flight at a time, those of a host in the order in which they are declared or led to.
    /// Each source may take as long as all of them may at once.
    #[must_use]
    pub fn one_by_one(mut self) -> Self {
        let sources = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        for manners in &mut self.manners {
            manners.in_flight = Some(1);
        }
        self.with_settings(|settings| {
            settings.in_flight = 1;
            settings.per_host = 1;
            settings.deadline = settings.deadline.saturating_mul(sources.max(1));
        })
    }

    /// How many requests may be in flight to a host, and its quotas.
    pub(crate) fn limits_of(&self, host: &str) -> (usize, &[gather_sources::Quota]) {
        let manners = self.manners.iter().find(|manners| manners.host == host);
        let in_flight = manners.and_then(|manners| manners.in_flight);
        (
            in_flight.unwrap_or(self.settings.per_host),
            manners.map_or(&[], |manners| &manners.quotas),
        )
    }

    /// A client that keeps the manners of every host, together with every other process that uses the
    /// same ledger, where one is given.
    pub(crate) fn client(
        &self,
        clock: Clock,
        ledger: Option<StoreLedger>,
    ) -> Result<Client, gather::Error> {
        let each = HostLimits::in_flight(self.settings.per_host);
        let mut client = Client::builder()
            .clock(clock)
            .in_flight(self.settings.in_flight)
            .each_host(each);
        if let Some(ledger) = ledger {
            client = client.ledger(ledger);
        }
        for manners in &self.manners {
            // Hosts come out of checked addresses; one that is not asked over HTTP has no requests to limit.
            let Some(host) = Url::parse(&manners.host)
                .ok()
                .and_then(|url| Host::of(&url))
            else {
                continue;
            };
            let in_flight = manners.in_flight.unwrap_or(self.settings.per_host);
            let limits = manners
                .quotas
                .iter()
                .filter(|quota| quota.requests > 0)
                .fold(HostLimits::in_flight(in_flight), |limits, quota| {
                    limits.quota(Quota::new(quota.requests, quota.per))
                });
            client = client.host(host, limits);
        }
        client.build()
    }
}
