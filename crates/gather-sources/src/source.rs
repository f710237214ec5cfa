//! A source that is ready to run: what to ask, and what an answer means.
//!
//! Pure: no network, no disk, no clock. The caller sends each [`Ask`], hands back the [`Answer`], and keeps what the
//! [`Reading`] holds. The manners of its hosts are stated here and enforced by the caller.

use std::time::Duration;

use crate::{Answer, Ask, ReadError, Reading};

/// A source with its secrets: says what to ask and reads the answers.
#[derive(Debug, Clone)]
pub struct Source {}

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

impl Source {
    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        ""
    }

    /// Whose records these are; `None`: shared by everybody.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        None
    }

    /// How often to fetch it, where the declaration says so.
    #[must_use]
    pub fn every(&self) -> Option<Duration> {
        None
    }

    /// How long one request may take with its retries; `None`: the client's default.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        None
    }

    /// What the hosts it asks allow, as this source declares it.
    #[must_use]
    pub fn manners(&self) -> &[Manners] {
        &[]
    }

    /// What to ask first; all of it may be asked at once.
    #[must_use]
    pub fn first_asks(&self) -> Vec<Ask> {
        Vec::new()
    }

    /// What an answer means.
    ///
    /// # Errors
    /// [`ReadError`] when nothing of the answer can be used; [`ReadError::kind`] says why.
    pub fn read(&self, ask: &Ask, answer: &Answer<'_>) -> Result<Reading, ReadError> {
        let _ = (ask, answer);
        Ok(Reading::default())
    }
}
