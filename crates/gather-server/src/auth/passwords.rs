//! Passwords: hashed with argon2id, at most two at a time, and counted.
//!
//! A hash takes 19 MiB and some tens of milliseconds, on purpose; that is why no more than two are made at once, and why
//! whether a user exists must not decide whether one is made. Passwords are compared after Unicode normalization (NFC),
//! so that the same letters typed on two keyboards are one password.
//!
//! Source of the parameters: OWASP Password Storage Cheat Sheet (argon2id, m = 19 MiB, t = 2, p = 1), which are the
//! crate's defaults.

use std::sync::{Arc, OnceLock};

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use icu_normalizer::ComposingNormalizerBorrowed;
use tokio::sync::Semaphore;

use crate::metrics::Metrics;

/// The shortest password, in characters (NIST SP 800-63B-4 asks for 15 where it is all there is, and for at least 8).
pub const SHORTEST_PASSWORD: usize = 12;

/// The longest, in bytes: hashing more is work for nothing.
const LONGEST: usize = 1024;

/// Why a password cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// It is too short.
    #[error(
        "a password has at least {SHORTEST_PASSWORD} characters; a few words are easy to remember"
    )]
    Short,
    /// It is too long.
    #[error("a password has at most {LONGEST} bytes")]
    Long,
    /// It is all one character, or the user's own name.
    #[error("that is too easy to guess; a few words that do not belong together are hard to guess")]
    Easy,
    /// It could not be hashed.
    #[error("the password could not be hashed")]
    NotHashed,
}

/// Hashes a new password of a user for the store.
///
/// Takes some tens of milliseconds: call it where that holds nobody up.
///
/// # Errors
/// Why it cannot be used.
pub fn hash_password(user: &str, password: &str) -> Result<String, PasswordRefused> {
    let password = normal(password);
    let letters = password.chars().count();
    if letters < SHORTEST_PASSWORD {
        return Err(PasswordRefused::Short);
    }
    if password.len() > LONGEST {
        return Err(PasswordRefused::Long);
    }
    let mut chars = password.chars();
    let first = chars.next();
    if chars.all(|c| Some(c) == first) || password.to_lowercase() == user.to_lowercase() {
        return Err(PasswordRefused::Easy);
    }
    hash(&password).ok_or(PasswordRefused::NotHashed)
}

/// A password that nobody has thought of, easy enough to type: `k3vd-9xqm-…`.
///
/// # Errors
/// [`PasswordRefused::NotHashed`] when the system has no randomness to give.
pub fn invent_password() -> Result<String, PasswordRefused> {
    // Nothing that looks like something else.
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| PasswordRefused::NotHashed)?;
    let mut password = String::new();
    for (at, byte) in bytes.into_iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            password.push('-');
        }
        password.push(LETTERS[usize::from(byte % 32)].into());
    }
    Ok(password)
}

fn normal(password: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(password)
        .into_owned()
}

fn hash(password: &str) -> Option<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).ok()?;
    Some(hash.to_string())
}

/// Makes and compares hashes for those who knock.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

/// How many are hashed at once.
const AT_ONCE: usize = 2;

impl Passwords {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            metrics,
        }
    }

    /// Whether a password is the one whose hash is held. Without one, because nobody has that name, it is compared with
    /// a hash that no password has, and costs the same.
    pub(crate) async fn is_right(&self, password: String, held: Option<String>) -> bool {
        self.turn(move || {
            if password.len() > LONGEST {
                return false;
            }
            let password = normal(&password);
            let known = held.is_some();
            let held = held.or_else(nobodys);
            let right = held.is_some_and(|held| {
                Argon2::default()
                    .verify_password(password.as_bytes(), held.as_str())
                    .is_ok()
            });
            known && right
        })
        .await
    }

    /// See [`hash_password`].
    pub(crate) async fn hash(
        &self,
        user: String,
        password: String,
    ) -> Result<String, PasswordRefused> {
        self.turn(move || hash_password(&user, &password)).await
    }

    async fn turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        self.metrics.hashes.inc();
        let worked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        match worked.await {
            Ok(done) => done,
            Err(died) => std::panic::resume_unwind(died.into_panic()),
        }
    }
}

/// A hash of something that nobody knows.
fn nobodys() -> Option<String> {
    static NOBODYS: OnceLock<Option<String>> = OnceLock::new();
    let made = NOBODYS.get_or_init(|| hash(&super::tokens::token().ok()?));
    made.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_easy_to_guess_is_refused_with_advice() {
        for (password, refused) in [
            ("short", PasswordRefused::Short),
            ("aaaaaaaaaaaaaaaa", PasswordRefused::Easy),
            ("Anna-Katharina", PasswordRefused::Easy),
            (&"x y".repeat(500), PasswordRefused::Long),
        ] {
            assert_eq!(hash_password("anna-katharina", password), Err(refused));
        }
    }

    #[tokio::test]
    async fn the_same_letters_are_the_same_password_however_they_are_typed() {
        let passwords = Passwords::new(Arc::new(Metrics::new()));
        let held = hash_password("ana", "caf\u{e9} und kuchen").unwrap();
        assert!(
            held.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{held}"
        );
        let typed = "cafe\u{301} und kuchen".to_owned();
        assert!(passwords.is_right(typed, Some(held.clone())).await);
        let other = "cafe und kuchen".to_owned();
        assert!(!passwords.is_right(other, Some(held)).await);
    }

    #[tokio::test]
    async fn a_name_that_nobody_has_costs_one_hash_as_well() {
        let metrics = Arc::new(Metrics::new());
        let passwords = Passwords::new(Arc::clone(&metrics));
        assert!(!passwords.is_right("a password".to_owned(), None).await);
        assert_eq!(metrics.hashes.get(), 1);
    }
}
