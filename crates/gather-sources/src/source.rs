//! A source that is ready to run: what to ask, and what an answer means.
//!
//! Pure: no network, no disk, no clock. The caller sends each [`Ask`], hands back the [`Answer`], and keeps what the
//! [`Reading`] holds. The manners of its hosts are stated here and enforced by the caller.
//!
//! Not here: how an answer becomes records (`answer`), what requests carry (`credentials`).

use std::{sync::Arc, time::Duration};

use jiff::civil::Date;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    Answer, Ask, ReadError, Reading, SecretRef, Token, TokenAsk,
    answer::{self, Case},
    ask::Plan,
    config::{Auth, Declaration, Setting},
    credentials::{Credentials, Missing, accept},
    pages::Trail,
    secret, token,
};

/// A source with its secrets: says what to ask and reads the answers.
#[derive(Debug, Clone)]
pub struct Source {
    declaration: Arc<Declaration>,
    credentials: Arc<Vec<Credentials>>,
    token: Option<TokenAsk>,
    has_key: bool,
    manners: Arc<[Manners]>,
}

/// What one host allows, as declared. The host is scheme, name and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manners {
    /// Scheme, name and, where it is not the scheme's own, port: `https://example.org`.
    pub host: String,
    /// How many requests may be in flight at once; `None`: the setting `per_host`.
    pub in_flight: Option<usize>,
    /// Every one of these holds; empty: no quota is known.
    pub quotas: Vec<Quota>,
}

/// At most `requests` starts in any window of length `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Quota {
    /// How many, at least 1.
    pub requests: u32,
    /// The window's length, longer than zero.
    pub per: Duration,
}

/// Whether a secret cannot be found, or is empty.
fn is_missing(
    secret: &dyn Fn(&SecretRef) -> Result<SecretString, String>,
    reference: &SecretRef,
) -> bool {
    secret(reference).map_or(true, |found| found.expose_secret().trim().is_empty())
}

impl Source {
    /// Looks up every secret of a declaration.
    pub(crate) fn new(
        declaration: Arc<Declaration>,
        secret: &dyn Fn(&SecretRef) -> Result<SecretString, String>,
    ) -> Result<Self, Missing> {
        let look_up = |reference: &SecretRef| {
            let found = secret(reference).map_err(|why| (reference.clone(), why))?;
            let value = found.expose_secret().trim();
            if value.is_empty() {
                return Err((reference.clone(), "empty".to_owned()));
            }
            if value.chars().any(char::is_control) {
                return Err((
                    reference.clone(),
                    "contains a line break or another control character".to_owned(),
                ));
            }
            Ok(SecretString::from(value))
        };
        let key = match &declaration.key {
            // A key that is there has to be one, optional or not.
            Some(reference) if declaration.key_is_optional && is_missing(secret, reference) => None,
            reference => reference.as_ref().map(look_up).transpose()?,
        };
        let has_key = key.is_some();
        let quotas = declaration
            .quotas_with_key
            .as_ref()
            .filter(|_| has_key)
            .unwrap_or(&declaration.quotas);
        let credentials = declaration
            .steps
            .iter()
            .map(|step| Credentials::new(&declaration, step, key.as_ref(), &look_up))
            .collect::<Result<Vec<_>, Missing>>()?;
        let token = match (&declaration.auth, key) {
            (
                Auth::OAuth2 {
                    url,
                    id,
                    scope,
                    in_form,
                },
                Some(key),
            ) => {
                let (id, id_is_secret) = match id {
                    Setting::Secret(reference) => (look_up(reference)?, true),
                    Setting::Plain(text) => (SecretString::from(text.as_str()), false),
                    Setting::DaysAgo { .. } | Setting::Off => (SecretString::default(), false),
                };
                Some(TokenAsk::new(&token::Client {
                    url,
                    id,
                    id_is_secret,
                    key,
                    scope: scope.as_deref(),
                    in_form: *in_form,
                }))
            }
            _ => None,
        };
        let manners = declaration
            .hosts(credentials.iter().map(|credentials| &credentials.url))
            .into_iter()
            .map(|host| Manners {
                host,
                in_flight: declaration.in_flight,
                quotas: quotas.clone(),
            })
            .collect();
        Ok(Self {
            declaration,
            credentials: Arc::new(credentials),
            token,
            has_key,
            manners,
        })
    }

    /// The declaration it was made from.
    #[must_use]
    pub fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.declaration.name
    }

    /// Whose records these are; `None`: shared by everybody.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.declaration.owner()
    }

    /// How often to fetch it, where the declaration says so.
    #[must_use]
    pub fn every(&self) -> Option<Duration> {
        self.declaration.every
    }

    /// How long one request may take with its retries; `None`: the client's default.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.declaration.timeout
    }

    /// What the hosts it asks allow, as this source declares it. Over several sources: [`Config::manners`].
    ///
    /// [`Config::manners`]: crate::Config::manners
    #[must_use]
    pub fn manners(&self) -> &[Manners] {
        &self.manners
    }

    /// Whether it asks with a key; `false` for one without, and where an optional key is missing.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.has_key
    }

    /// Whether an answer "not modified" (304) costs no place in the provider's quota: as declared, and with an
    /// optional key only where it is there, since whoever counts it as free wants to know who asks.
    #[must_use]
    pub fn unchanged_is_free(&self) -> bool {
        self.declaration.unchanged_is_free && (self.has_key || !self.declaration.key_is_optional)
    }

    /// What to ask first, one request a step; all of it may be asked at once. Parameters that count from today
    /// (`{ days_ago = 30 }`) are left out: with them there is [`first_asks_on`](Self::first_asks_on).
    #[must_use]
    pub fn first_asks(&self) -> Vec<Ask> {
        self.first_asks_of(None)
    }

    /// What to ask first on that day of UTC, one request a step; all of it may be asked at once.
    #[must_use]
    pub fn first_asks_on(&self, today: Date) -> Vec<Ask> {
        self.first_asks_of(Some(today))
    }

    fn first_asks_of(&self, today: Option<Date>) -> Vec<Ask> {
        let credentials = self.credentials.iter().enumerate();
        credentials
            .map(|(place, credentials)| {
                self.ask(place, 0, &credentials.first(today), Trail::default())
            })
            .collect()
    }

    /// The request that a [plan](Ask::plan) describes, with the credentials of today; `None` when this declaration
    /// has no such request, or its address cannot be told without a secret.
    #[must_use]
    pub fn ask_again(&self, plan: &str) -> Option<Ask> {
        let plan: Plan = serde_json::from_str(plan).ok()?;
        let place = self.place(&plan.step)?;
        let url = plan.url?;
        let step = &self.declaration.steps[place];
        if plan.hop > step.follow.len() || !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let mut ask = self.ask(place, plan.hop, &url, plan.trail);
        ask.foreign |= plan.foreign;
        Some(ask)
    }

    /// The same request at another address, to which the server has moved it for good. Credentials stay with the host
    /// of the step.
    #[must_use]
    pub fn moved(&self, ask: &Ask, to: &Url) -> Option<Ask> {
        let place = self.place(&ask.step)?;
        matches!(to.scheme(), "http" | "https").then(|| {
            let mut moved = self.ask(place, ask.hop, to, ask.trail.clone());
            moved.hide_all_of(ask);
            moved
        })
    }

    /// The request for a token, where the declaration has `auth.oauth2`.
    #[must_use]
    pub fn token_ask(&self) -> Option<TokenAsk> {
        self.token.clone()
    }

    /// What the token endpoint answered.
    ///
    /// # Errors
    /// [`ReadError`] when there is no token in it; of kind [`Key`](crate::ReadErrorKind::Key) when the id or the
    /// secret is not accepted.
    pub fn read_token(&self, status: u16, body: &[u8]) -> Result<Token, ReadError> {
        token::read(status, body).map_err(|mut error| {
            if let Some(ask) = &self.token {
                error.message = ask.redact(&error.message);
            }
            error
        })
    }

    /// Whether an answer refuses the token, so that asking once more with a fresh one may help. `www_authenticate` is
    /// the header of that name.
    #[must_use]
    pub fn token_refused(&self, answer: &Answer<'_>, www_authenticate: Option<&str>) -> bool {
        self.token.is_some() && token::is_refused(answer.status, answer.body, www_authenticate)
    }

    /// What an answer means. Works in memory and takes time that grows with the body, at most about 2 s and 2 s more
    /// for each MiB of it; in asynchronous code it belongs on a thread of its own.
    ///
    /// # Errors
    /// [`ReadError`] when nothing of the answer can be used; [`ReadError::kind`] says why.
    pub fn read(&self, ask: &Ask, answer: &Answer<'_>) -> Result<Reading, ReadError> {
        let Some(place) = self.place(&ask.step) else {
            return Err(ReadError::new(
                crate::ReadErrorKind::Request,
                format!("`{}` has no step `{}`", self.name(), ask.step),
            ));
        };
        let read = answer::read(&Case {
            declaration: &self.declaration,
            step: &self.declaration.steps[place],
            ask,
            answer,
            make: &|hop, url, trail| self.ask(place, hop, url, trail),
        });
        // A server may repeat the key it was sent in the words that people are to read.
        match read {
            Ok(mut reading) => {
                let rejected = reading.rejected.iter_mut().map(|it| &mut it.reason);
                let others = reading
                    .warnings
                    .iter_mut()
                    .chain(&mut reading.provider_error);
                for words in rejected.chain(others) {
                    *words = ask.redact(words);
                }
                secret::redact_records(&mut reading.records, &ask.secrets);
                // Only a token is not one of the secrets that all requests of a source hide.
                if ask.wants_token {
                    for follow in &mut reading.follow {
                        follow.hide_all_of(ask);
                    }
                }
                Ok(reading)
            }
            Err(mut error) => {
                error.message = ask.redact(&error.message);
                error.code = error.code.map(|code| ask.redact(&code));
                Err(error)
            }
        }
    }

    fn place(&self, step: &str) -> Option<usize> {
        self.declaration
            .steps
            .iter()
            .position(|known| *known.name == *step)
    }

    /// A request of a step. Credentials go to the host of the step and to no other.
    fn ask(&self, place: usize, hop: usize, url: &Url, trail: Trail) -> Ask {
        let (step, credentials) = (&self.declaration.steps[place], &self.credentials[place]);
        let known = url.origin() == credentials.url.origin();
        let (bare, repeatable) = credentials.take_out_of(url, hop, known);
        // The step's own host, and one that a follow-up spells out, are the operator's choice.
        let declared = hop
            .checked_sub(1)
            .and_then(|hop| step.follow.get(hop))
            .and_then(|hop| hop.origin.as_ref())
            .is_some_and(|origin| url.origin() == *origin);
        Ask {
            step: Arc::clone(&step.name),
            hop,
            url: match (known, repeatable) {
                (true, true) => credentials.put_into(&bare, hop),
                // As the server spelled it.
                (true, false) => url.clone(),
                // Another host learns no secret.
                (false, _) => bare.clone(),
            },
            bare,
            repeatable,
            headers: if known {
                credentials.headers.clone()
            } else {
                vec![accept(step.format)]
            },
            secrets: credentials.secrets.clone(),
            foreign: !known && !declared,
            wants_token: known && credentials.by_token,
            trail,
        }
    }
}
