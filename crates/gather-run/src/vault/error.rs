//! What can go wrong with the vault, named, with what to do. No error holds anything of a secret or a key.

use std::{io, path::PathBuf};

use super::KeyPlace;

/// Why the vault could not do it. Whatever was sealed is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The key that seals a secret is not where keys are.
    #[error(
        "the key of `{source_name}` is sealed with key {key_id}, which is not in {place}{}; put it back there, or claim the source again",
        found.as_ref().map(|id| format!(" (there is {id})")).unwrap_or_default()
    )]
    NoKey {
        /// The source whose secret it is.
        source_name: String,
        /// The id of the missing key.
        key_id: String,
        /// Where it should be.
        place: KeyPlace,
        /// The key that is there instead.
        found: Option<String>,
    },
    /// What is sealed does not open with its own key.
    #[error(
        "the key of `{source_name}` in the database is not what was sealed with key {key_id}: somebody changed or moved it; claim the source again"
    )]
    Changed {
        /// The source whose secret it is.
        source_name: String,
        /// The id of the key.
        key_id: String,
    },
    /// Others than its owner may read the file.
    #[error(
        "others may read {place} (mode {mode:03o}): type `chmod 600` for it, and rotate if somebody may have"
    )]
    Exposed {
        /// Where it is.
        place: KeyPlace,
        /// The mode of the file.
        mode: u32,
    },
    /// A line of the file is no key.
    #[error(
        "{place}, line {line}: {what}; expected 32 random bytes in Base64 a line, such as `openssl rand -base64 32` writes"
    )]
    NotAKey {
        /// Where it is.
        place: KeyPlace,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The key is a credential, which only its operator can change.
    #[error(
        "the key is the systemd credential `{}`, which gather cannot change: add a line with a new key below the old one, restart, and rotate then",
        path.display()
    )]
    NotOurs {
        /// Where it is.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("{place} cannot be {what}")]
    Io {
        /// Where it is.
        place: KeyPlace,
        /// `read` or `written`.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers to make a key of")]
    NoRandom,
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] gather_store::Error),
}
