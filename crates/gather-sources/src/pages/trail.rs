//! What a walk over pages remembers: how far it is, and which addresses and contents it has met.
//!
//! The trail travels in the request and in its plan, so that a walk that is taken up again still knows its past.
//! Digests are short, since they only ever stop a walk; a list that goes in circles longer than what is remembered
//! ends at `max` pages.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How many digests are remembered: two a page.
const REMEMBERED: usize = 128;

/// The past of one walk. The default is that of a first page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Trail {
    /// Pages before this one.
    before: usize,
    /// Whether the pages after this one have been asked for already.
    ahead: bool,
    /// Digests of addresses and contents, the oldest first.
    seen: Vec<String>,
}

impl Trail {
    /// Which page this is, from 1.
    pub(crate) fn page(&self) -> usize {
        self.before.saturating_add(1)
    }

    /// Whether the pages after this one have been asked for already.
    pub(crate) fn is_ahead(&self) -> bool {
        self.ahead
    }

    /// Whether an address or a content was met before.
    pub(crate) fn has_met(&self, digest: &str) -> bool {
        self.seen.iter().any(|seen| seen == digest)
    }

    /// The trail `pages` pages further on, past what was met on this one.
    pub(crate) fn after(&self, pages: usize, met: &[String], ahead: bool) -> Self {
        let mut seen = self.seen.clone();
        seen.extend_from_slice(met);
        let extra = seen.len().saturating_sub(REMEMBERED);
        seen.drain(..extra);
        Self {
            before: self.before.saturating_add(pages),
            ahead,
            seen,
        }
    }
}

/// Sixteen hexadecimal digits for a content.
pub(crate) fn digest(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    hex(&digest.finalize()[..8])
}

/// Two hexadecimal digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
