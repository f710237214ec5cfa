//! Answers that are asked for again and again, kept until anything is written.
//!
//! What is kept was read at a state of the store, and is given out only while the store is in that state, which costs
//! microseconds to find out ([`gather_store::Store::version`]). Ages in it are those of its `as_of`; so it is read anew
//! after a second at the latest. The key has the user: nobody is ever given what another may see.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;

/// How old an answer may be, though nothing was written.
const OLDEST: Duration = Duration::from_secs(1);
/// More answers than this are not kept.
const MOST: usize = 512;

/// For whom, and what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) user: i64,
    pub(crate) asked: String,
}

/// Answers of one state of the store.
#[derive(Default)]
pub(crate) struct Newest(Mutex<State>);

#[derive(Default)]
struct State {
    version: i64,
    answers: HashMap<Key, (Bytes, Instant)>,
}

impl Newest {
    /// An answer, if it is of this state of the store and young enough.
    pub(crate) fn get(&self, key: &Key, version: i64, now: Instant) -> Option<Bytes> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, at) = state.answers.get(key)?;
        let young = now.saturating_duration_since(*at) < OLDEST;
        (state.version == version && young).then(|| answer.clone())
    }

    /// Keeps an answer that was read at a state of the store, or later.
    pub(crate) fn put(&self, key: Key, version: i64, now: Instant, answer: Bytes) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.version != version || state.answers.len() >= MOST {
            state.answers.clear();
            state.version = version;
        }
        state.answers.insert(key, (answer, now));
    }
}

impl fmt::Debug for Newest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Newest").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(user: i64, asked: &str) -> Key {
        Key {
            user,
            asked: asked.to_owned(),
        }
    }

    #[test]
    fn nobody_is_given_what_another_may_see() {
        let (newest, now) = (Newest::default(), Instant::now());
        newest.put(key(1, "/x"), 7, now, Bytes::from_static(b"of ana"));
        assert_eq!(newest.get(&key(1, "/x"), 7, now).unwrap(), "of ana");
        assert_eq!(newest.get(&key(2, "/x"), 7, now), None);
        assert_eq!(newest.get(&key(1, "/y"), 7, now), None);
    }

    #[test]
    fn after_a_write_or_a_second_it_is_read_anew() {
        let (newest, now) = (Newest::default(), Instant::now());
        newest.put(key(1, "/x"), 7, now, Bytes::from_static(b"old"));
        assert_eq!(newest.get(&key(1, "/x"), 8, now), None);
        assert_eq!(newest.get(&key(1, "/x"), 7, now + OLDEST), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (newest, now) = (Newest::default(), Instant::now());
        for n in 0..3_000 {
            newest.put(key(n, "/x"), 1, now, Bytes::new());
        }
        assert!(newest.0.lock().unwrap().answers.len() <= MOST);
    }
}
