//! What to ask a server, and what it answered.
//!
//! An [`Ask`] is everything the caller needs to build a request. Its address and headers may hold secrets, so it has
//! no `Display`, and its `Debug` shows the redacted address only. What may be kept of it is [`Ask::bare_url`] and
//! [`Ask::plan`], which never hold one.
//!
//! Not here: how it is made (`source`), what a trail of pages remembers (`pages::trail`).

use std::{fmt, sync::Arc};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Token, pages::Trail, secret};

/// One request that a source wants made. Always a `GET`.
#[derive(Clone)]
pub struct Ask {
    pub(crate) step: Arc<str>,
    pub(crate) hop: usize,
    pub(crate) url: Url,
    pub(crate) bare: Url,
    /// Whether `bare` and the credentials make `url` again.
    pub(crate) repeatable: bool,
    pub(crate) headers: Vec<(String, SecretString)>,
    pub(crate) secrets: Vec<SecretString>,
    pub(crate) foreign: bool,
    pub(crate) wants_token: bool,
    pub(crate) trail: Trail,
}

/// What [`Ask::plan`] writes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) step: String,
    pub(crate) hop: usize,
    /// `None`: the address cannot be told without a secret.
    pub(crate) url: Option<Url>,
    #[serde(default)]
    pub(crate) foreign: bool,
    #[serde(default)]
    pub(crate) trail: Trail,
}

impl Ask {
    /// The name of the step it belongs to; `main` for a source with only one.
    #[must_use]
    pub fn step(&self) -> &str {
        &self.step
    }

    /// How many answers had to come before it: 0 for a first request, 1 for one that follows it. Pages of one list
    /// are of the same hop.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// Which page of its list it asks for, from 1.
    #[must_use]
    pub fn page(&self) -> usize {
        self.trail.page()
    }

    /// The address, with its secrets in place. For people there is [`redacted_url`](Self::redacted_url).
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The address without any credential: what may be stored. A secret that a server put into an address of its own
    /// is left out, or shown as `***` where it is no parameter.
    #[must_use]
    pub fn bare_url(&self) -> &Url {
        &self.bare
    }

    /// Whether [`bare_url`](Self::bare_url) tells this request from every other of its step: nothing secret is left out
    /// of it but the credentials.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// The method; every step of today asks with `GET`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        "GET"
    }

    /// Headers to send, names in lower case. Values may be secret.
    #[must_use]
    pub fn headers(&self) -> &[(String, SecretString)] {
        &self.headers
    }

    /// Every secret value this request carries, for redaction by value in whatever the caller prints or keeps.
    #[must_use]
    pub fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }

    /// Whether the address as a whole came out of an answer and leads to another host than the step's own. Such an
    /// address gets no credentials, and the caller keeps private addresses out of reach.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// Whether it is to be sent [`with_token`](Self::with_token).
    #[must_use]
    pub fn wants_token(&self) -> bool {
        self.wants_token
    }

    /// The same request with an OAuth2 token; without one where it must not get it (another host).
    #[must_use]
    pub fn with_token(&self, token: &Token) -> Self {
        let mut ask = self.clone();
        if self.wants_token {
            let plain = token.value.expose_secret();
            ask.headers.retain(|(name, _)| name != "authorization");
            ask.headers
                .push(("authorization".to_owned(), format!("Bearer {plain}").into()));
            ask.secrets.push(token.value.clone());
        }
        ask
    }

    /// Makes this token one of the secrets that this request hides: whoever sent it [`with_token`](Self::with_token)
    /// gets an answer that may repeat it.
    pub fn hide(&mut self, token: &Token) {
        self.secrets.push(token.value.clone());
    }

    /// Hides also what another request hides, to whose answer this one is owed. An address with such a secret in it
    /// cannot be kept.
    pub(crate) fn hide_all_of(&mut self, other: &Self) {
        let clean = secret::redact(self.bare.as_str(), &other.secrets);
        if clean != self.bare.as_str() {
            self.repeatable = false;
            self.bare = Url::parse(&clean).unwrap_or_else(|_| {
                let mut bare = self.bare.clone();
                bare.set_path("/");
                bare.set_query(None);
                bare.set_fragment(None);
                bare
            });
        }
        for secret in &other.secrets {
            let known = |known: &SecretString| known.expose_secret() == secret.expose_secret();
            if !self.secrets.iter().any(known) {
                self.secrets.push(secret.clone());
            }
        }
    }

    /// A stable text without secrets from which [`Source::ask_again`](crate::Source::ask_again) makes the same
    /// request: one line of JSON. Equal requests have equal plans.
    #[must_use]
    pub fn plan(&self) -> String {
        let plan = Plan {
            step: self.step.to_string(),
            hop: self.hop,
            url: self.repeatable.then(|| self.bare.clone()),
            foreign: self.foreign,
            trail: self.trail.clone(),
        };
        serde_json::to_string(&plan).expect("texts, numbers and lists of them")
    }

    /// The address with `***` in place of each secret.
    #[must_use]
    pub fn redacted_url(&self) -> String {
        self.redact(self.url.as_str())
    }

    /// Any text with `***` in place of each secret of this request.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        secret::redact(text, &self.secrets)
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask")
            .field("step", &self.step)
            .field("hop", &self.hop)
            .field("page", &self.page())
            .field("url", &self.redacted_url())
            .finish_non_exhaustive()
    }
}

/// What a server answered to an [`Ask`].
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header as it came.
    pub content_type: Option<&'a str>,
    /// The `Link` headers as they came, one entry each.
    pub links: &'a [&'a str],
    /// The address after redirects; relative links are relative to it.
    pub final_url: &'a Url,
    /// The decoded body, complete.
    pub body: &'a [u8],
}
