//! Who asks: a session of a browser or an API key, and what it may do.
//!
//! What a browser is known by is a cookie with a random token; what a program is known by is a key in the header
//! `Authorization: Bearer`. The store holds digests of both. Who was found out is remembered for as long as nothing was
//! written to the store, so that a session that was ended anywhere has ended everywhere at the next request.
//!
//! Not here: addresses and limits of connections (`serve`), the pages of it (`pages`).

mod account;
mod identity;
mod login;
mod origin;
mod passwords;
mod throttle;
mod tokens;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gather_store::{SessionTimes, TokenDigest};
use jiff::Timestamp;

pub(crate) use account::routes as account_routes;
pub(crate) use identity::{Identity, Means, identify};
pub(crate) use login::routes as login_routes;
pub(crate) use origin::check as check_origin;
pub use passwords::{PasswordRefused, SHORTEST_PASSWORD, hash_password, invent_password};
pub(crate) use tokens::{api_key, digest};

use self::{passwords::Passwords, throttle::Throttle};
use crate::metrics::Metrics;

/// More identities than this are not remembered.
const REMEMBERED: usize = 1_000;

/// What it takes to know who asks.
pub(crate) struct Auth {
    passwords: Passwords,
    throttle: Throttle,
    times: SessionTimes,
    cookie: Cookie,
    remembered: Mutex<Remembered>,
    /// The digest of the setup link's token, while nobody is known.
    setup: Mutex<Option<TokenDigest>>,
}

/// The session cookie.
#[derive(Debug, Clone)]
struct Cookie {
    name: &'static str,
    /// Only over TLS.
    secure: bool,
    path: String,
}

#[derive(Default)]
struct Remembered {
    /// Of which state of the store.
    version: i64,
    identities: HashMap<TokenDigest, (Identity, Timestamp)>,
}

impl Auth {
    /// `secure`: browsers reach it by TLS only.
    pub(crate) fn new(
        times: SessionTimes,
        secure: bool,
        base: &str,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            passwords: Passwords::new(metrics),
            throttle: Throttle::default(),
            times,
            cookie: Cookie {
                // The prefix has browsers refuse it from anywhere but this host itself, over TLS (RFC 6265bis). It has
                // to be for all paths then.
                name: if secure { "__Host-gather" } else { "gather" },
                secure,
                path: if secure || base.is_empty() {
                    "/".to_owned()
                } else {
                    base.to_owned()
                },
            },
            remembered: Mutex::default(),
            setup: Mutex::default(),
        }
    }

    /// How long sessions last.
    pub(crate) fn times(&self) -> SessionTimes {
        self.times
    }

    /// Whether browsers reach it by TLS only.
    pub(crate) fn is_secure(&self) -> bool {
        self.cookie.secure
    }

    /// A token that makes the first user, once. An earlier one is of no use any more.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub(crate) fn setup_token(&self) -> Result<String, tokens::NoRandomness> {
        let token = tokens::token()?;
        *self.setup() = Some(digest(&token));
        Ok(token)
    }

    fn setup(&self) -> MutexGuard<'_, Option<TokenDigest>> {
        self.setup.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who has a token, where that is remembered of this state of the store and does not end before then.
    fn recall(&self, digest: &TokenDigest, version: i64, now: Timestamp) -> Option<Identity> {
        let remembered = self.remembered();
        if remembered.version != version {
            return None;
        }
        let (identity, until) = remembered.identities.get(digest)?;
        (now < *until).then(|| identity.clone())
    }

    fn remember(&self, digest: TokenDigest, identity: &Identity, until: Timestamp) {
        let mut remembered = self.remembered();
        let version = identity.version;
        if remembered.version != version || remembered.identities.len() >= REMEMBERED {
            remembered.identities.clear();
            remembered.version = version;
        }
        let known = (identity.clone(), until);
        remembered.identities.insert(digest, known);
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        let remembered = self.remembered.lock();
        remembered.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cookie {
    /// What sets it, for as long as a session can last.
    fn set(&self, token: &str, lasts: std::time::Duration) -> String {
        self.written(token, lasts.as_secs())
    }

    /// What takes it away.
    fn clear(&self) -> String {
        self.written("", 0)
    }

    fn written(&self, value: &str, age: u64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!(
            "{}={value}; Path={}; Max-Age={age}; HttpOnly; SameSite=Lax{secure}",
            self.name, self.path
        )
    }

    /// Its value in what a browser sent.
    fn of<'h>(&self, headers: &'h http::HeaderMap) -> Option<&'h str> {
        let sent = headers.get_all(http::header::COOKIE).iter();
        let mut pairs = sent
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == self.name)?;
        (!value.is_empty()).then_some(value)
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("cookie", &self.cookie)
            .finish_non_exhaustive()
    }
}
