//! What to ask a server, and what it answered.
//!
//! An [`Ask`] is everything the caller needs to build a request. Its address and headers may hold secrets, so it has
//! no `Display`, and its `Debug` shows the redacted address only.

use std::{fmt, sync::Arc};

use secrecy::SecretString;
use url::Url;

use crate::secret;

/// One request that a source wants made. Always a `GET`.
#[derive(Clone)]
pub struct Ask {
    pub(crate) step: Arc<str>,
    pub(crate) hop: usize,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, SecretString)>,
    pub(crate) secrets: Vec<SecretString>,
    pub(crate) foreign: bool,
}

impl Ask {
    /// The name of the step it belongs to; `main` for a source with only one.
    #[must_use]
    pub fn step(&self) -> &str {
        &self.step
    }

    /// How many answers had to come before it: 0 for a first request, 1 for one that follows it.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// The address, with its secrets in place. For people there is [`redacted_url`](Self::redacted_url).
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
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

    /// Whether the address as a whole came out of an answer instead of the declaration. Such an address gets no
    /// credentials, and the caller keeps private addresses out of reach.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.foreign
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
    /// The address after redirects; relative links are relative to it.
    pub final_url: &'a Url,
    /// The decoded body, complete.
    pub body: &'a [u8],
}
