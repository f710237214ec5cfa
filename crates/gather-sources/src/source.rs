//! A source that is ready to run: what to ask, and what an answer means.
//!
//! Pure: no network, no disk, no clock. The caller sends each [`Ask`], hands back the [`Answer`], and keeps what the
//! [`Reading`] holds. The manners of its hosts are stated here and enforced by the caller.
//!
//! Not here: how an answer becomes records (`answer`).

use std::{sync::Arc, time::Duration};

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    Answer, Ask, ReadError, Reading, SecretRef, answer,
    config::{Auth, Declaration, Format, Setting, Step},
    template,
};

/// A source with its secrets: says what to ask and reads the answers.
#[derive(Debug, Clone)]
pub struct Source {
    declaration: Arc<Declaration>,
    credentials: Arc<Vec<Credentials>>,
    manners: Arc<[Manners]>,
}

/// What a request of one step carries, beside its address.
struct Credentials {
    headers: Vec<(String, SecretString)>,
    query: Vec<(String, SecretString)>,
    secrets: Vec<SecretString>,
    /// The query parameter that authenticates; follow-up requests to the same host carry it too.
    auth_query: Option<(String, SecretString)>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quota {
    /// How many, at least 1.
    pub requests: u32,
    /// The window's length, longer than zero.
    pub per: Duration,
}

/// Which secret is missing, and why.
type Missing = (SecretRef, String);

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
        let key = declaration.key.as_ref().map(look_up).transpose()?;
        let credentials = declaration
            .steps
            .iter()
            .map(|step| Credentials::new(&declaration, step, key.as_ref(), &look_up))
            .collect::<Result<Vec<_>, Missing>>()?;
        let manners = declaration
            .hosts()
            .into_iter()
            .map(|host| Manners {
                host,
                in_flight: declaration.in_flight,
                quotas: declaration.quotas.clone(),
            })
            .collect();
        Ok(Self {
            declaration,
            credentials: Arc::new(credentials),
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

    /// What to ask first, one request a step; all of it may be asked at once.
    #[must_use]
    pub fn first_asks(&self) -> Vec<Ask> {
        self.declaration
            .steps
            .iter()
            .zip(self.credentials.iter())
            .map(|(step, credentials)| {
                let mut url = step.url.clone();
                for (name, value) in credentials.query.iter().chain(&credentials.auth_query) {
                    url.query_pairs_mut()
                        .append_pair(name, value.expose_secret());
                }
                Ask {
                    step: Arc::clone(&step.name),
                    hop: 0,
                    url,
                    headers: credentials.headers.clone(),
                    secrets: credentials.secrets.clone(),
                    foreign: false,
                }
            })
            .collect()
    }

    /// What an answer means. Works in memory and takes time that grows with the body, at most about 2 s and 2 s more
    /// for each MiB of it; in asynchronous code it belongs on a thread of its own.
    ///
    /// # Errors
    /// [`ReadError`] when nothing of the answer can be used; [`ReadError::kind`] says why.
    pub fn read(&self, ask: &Ask, answer: &Answer<'_>) -> Result<Reading, ReadError> {
        let Some(place) = self
            .declaration
            .steps
            .iter()
            .position(|step| step.name == ask.step)
        else {
            return Err(ReadError::new(
                crate::ReadErrorKind::Request,
                format!("`{}` has no step `{}`", self.name(), ask.step),
            ));
        };
        let follow = |template: &str, value: &str| {
            self.follow(place, ask, answer.final_url, template, value)
        };
        answer::read(
            &self.declaration,
            &self.declaration.steps[place],
            ask.hop,
            answer,
            &follow,
        )
    }

    /// The request for one followed value. Credentials go to the host of the step and to no other.
    fn follow(
        &self,
        place: usize,
        ask: &Ask,
        base: &Url,
        template: &str,
        value: &str,
    ) -> Result<Ask, String> {
        let (mut url, foreign) = template::follow(template, value, base)?;
        let (step, credentials) = (&self.declaration.steps[place], &self.credentials[place]);
        let known = url.origin() == step.url.origin();
        if known && let Some((name, key)) = &credentials.auth_query {
            url.query_pairs_mut().append_pair(name, key.expose_secret());
        }
        let headers = if known {
            credentials.headers.clone()
        } else {
            vec![accept(step.format)]
        };
        Ok(Ask {
            step: Arc::clone(&step.name),
            hop: ask.hop + 1,
            url,
            headers,
            secrets: credentials.secrets.clone(),
            foreign,
        })
    }
}

impl Credentials {
    fn new(
        declaration: &Declaration,
        step: &Step,
        key: Option<&SecretString>,
        look_up: &dyn Fn(&SecretRef) -> Result<SecretString, Missing>,
    ) -> Result<Self, Missing> {
        let mut secrets: Vec<SecretString> = key.cloned().into_iter().collect();
        let mut settings = |list: &[(String, Setting)]| {
            let mut values = Vec::new();
            for (name, setting) in list {
                let value = match setting {
                    Setting::Plain(text) => SecretString::from(text.as_str()),
                    Setting::Secret(reference) => {
                        let value = look_up(reference)?;
                        secrets.push(value.clone());
                        value
                    }
                    Setting::Off => continue,
                };
                values.push((name.clone(), value));
            }
            Ok(values)
        };
        let mut headers = settings(&step.headers)?;
        let query = settings(&step.query)?;
        if !headers.iter().any(|(name, _)| name == "accept") {
            headers.push(accept(step.format));
        }
        let mut auth_query = None;
        if let Some(key) = key {
            let plain = key.expose_secret();
            match &declaration.auth {
                Auth::Bearer => {
                    headers.push(("authorization".to_owned(), format!("Bearer {plain}").into()))
                }
                Auth::Header { name, prefix } => {
                    headers.push((name.clone(), format!("{prefix}{plain}").into()))
                }
                Auth::Query { name } => auth_query = Some((name.clone(), key.clone())),
                Auth::Basic { user } => {
                    let pair =
                        base64::engine::general_purpose::STANDARD.encode(format!("{user}:{plain}"));
                    headers.push(("authorization".to_owned(), format!("Basic {pair}").into()));
                    secrets.push(pair.into());
                }
            }
        }
        Ok(Self {
            headers,
            query,
            secrets,
            auth_query,
        })
    }
}

fn accept(format: Format) -> (String, SecretString) {
    let types = match format {
        Format::Json => "application/json, */*;q=0.5",
        Format::Feed => {
            "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
        }
    };
    ("accept".to_owned(), types.into())
}
