//! Users of a server that is measured, with what their programs and browsers are known by.
//!
//! The store keeps digests only, so the tokens are made here, for this run, and handed to whoever asks the server.

use std::time::Duration;

use gather_store::{NewApiKey, NewSession, Scope, Store};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::Fault;

/// A user with an API key and the token of a session.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) key: String,
    pub(crate) session: String,
}

impl Known {
    /// Makes a user, or takes the one there is, whose earlier keys and sessions end.
    pub(crate) fn of(store: &Store, name: &str) -> Result<Self, Fault> {
        let at = now()?;
        let user = match store.user(name)? {
            Some(user) => user,
            None => store.add_user(name, None, at)?,
        };
        for key in store.api_keys(user.id)? {
            store.revoke_api_key(user.id, key.id)?;
        }
        store.end_sessions(user.id, None)?;
        let known = Self {
            key: format!("gather_{}", token()),
            session: token(),
        };
        store.add_api_key(&NewApiKey {
            user: user.id,
            name: "bench",
            digest: &Sha256::digest(known.key.as_bytes()).into(),
            scopes: &[Scope::News, Scope::Money, Scope::Sources],
            at,
            expires_at: None,
        })?;
        store.begin_session(&NewSession {
            user: user.id,
            digest: &Sha256::digest(known.session.as_bytes()).into(),
            at,
            address: None,
            agent: Some("bench"),
        })?;
        Ok(known)
    }

    /// The header line by which a program is known.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.key)
    }

    /// The header line by which a browser is known.
    pub(crate) fn cookie(&self) -> String {
        format!("gather={}", self.session)
    }
}

fn token() -> String {
    let mut rng = fastrand::Rng::new();
    (0..43).map(|_| rng.alphanumeric()).collect()
}

/// The wall clock: sessions and keys are looked at by the server's.
fn now() -> Result<Timestamp, Fault> {
    let wall = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    let since = Duration::new(u64::try_from(wall.tv_sec)?, u32::try_from(wall.tv_nsec)?);
    Ok(Timestamp::UNIX_EPOCH.checked_add(since)?)
}
