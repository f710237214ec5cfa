//! Random tokens: of sessions, of API keys, of the setup link. The store knows only their digests.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gather_store::TokenDigest;
use sha2::{Digest as _, Sha256};

/// How an API key begins, so that a person and a scanner for leaked secrets know one.
const KEY_PREFIX: &str = "gather_";

/// A token that nobody can guess: 32 random bytes, 43 letters.
///
/// # Errors
/// When the system has no randomness to give.
pub(crate) fn token() -> Result<String, NoRandomness> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// An API key, as its user sees it once.
///
/// # Errors
/// When the system has no randomness to give.
pub(crate) fn api_key() -> Result<String, NoRandomness> {
    Ok(format!("{KEY_PREFIX}{}", token()?))
}

/// What the store keeps of a token. A plain digest is enough for what cannot be guessed.
pub(crate) fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token.as_bytes()).into()
}

/// The system gives no random bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system has no randomness to give")]
pub(crate) struct NoRandomness;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_comes_twice() {
        let (one, other) = (api_key().unwrap(), api_key().unwrap());
        assert_ne!(one, other);
        assert_ne!(digest(&one), digest(&other));
        assert_eq!(one.len(), KEY_PREFIX.len() + 43);
    }
}
