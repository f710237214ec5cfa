//! Answers and pages that are asked for again and again, kept until anything is written.
//!
//! What is kept was read at a state of the store, and is given out only while the store is in that state, which costs
//! microseconds to find out ([`gather_store::Store::version`]). Ages in it are those of its moment; so it is read anew
//! after a second at the latest. The key has the user and all else that an answer depends on: nobody is ever given what
//! another may see. Of those who want the same at once one reads it, and the others wait for that.

use std::{
    collections::HashMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use gather::Clock;

/// How old an answer may be, though nothing was written.
const OLDEST: Duration = Duration::from_secs(1);
/// More answers than this are not kept, and none to a question that is longer.
const MOST: usize = 128;
const LONGEST: usize = 1_000;
/// So many answers are read at once at most.
const TURNS: usize = 16;

/// For whom, and what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) user: i64,
    /// Which page or route, and all of the request that its answer depends on.
    pub(crate) asked: String,
}

/// Answers of one state of the store.
#[derive(Default)]
pub(crate) struct Newest {
    state: Mutex<State>,
    /// Who reads. A key has always the same of them, and few keys are asked for at once.
    turns: [tokio::sync::Mutex<()>; TURNS],
}

#[derive(Default)]
struct State {
    version: i64,
    answers: HashMap<Key, (Bytes, Instant)>,
}

impl Newest {
    /// An answer of a state of the store, or of a later one: the newest that is kept, or what `read` reads.
    ///
    /// # Errors
    /// What `read` returns; that is not kept.
    ///
    /// # Cancel safety
    /// Safe: when who reads is dropped, the next one reads.
    pub(crate) async fn answer<E>(
        &self,
        key: Key,
        version: i64,
        clock: &Clock,
        read: impl Future<Output = Result<Bytes, E>>,
    ) -> Result<Bytes, E> {
        if key.asked.len() > LONGEST {
            return read.await;
        }
        if let Some(answer) = self.get(&key, version, clock.now()) {
            return Ok(answer);
        }
        let _turn = self.turn(&key).lock().await;
        let began = clock.now();
        if let Some(answer) = self.get(&key, version, began) {
            return Ok(answer);
        }
        let answer = read.await?;
        self.put(key, version, began, answer.clone());
        Ok(answer)
    }

    fn turn(&self, key: &Key) -> &tokio::sync::Mutex<()> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % TURNS as u64).unwrap_or_default();
        &self.turns[place]
    }

    /// An answer, if it is of this state of the store and young enough.
    fn get(&self, key: &Key, version: i64, now: Instant) -> Option<Bytes> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, at) = state.answers.get(key)?;
        let young = now.saturating_duration_since(*at) < OLDEST;
        (state.version == version && young).then(|| answer.clone())
    }

    /// Keeps an answer that was read at a state of the store, or later.
    fn put(&self, key: Key, version: i64, now: Instant, answer: Bytes) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
    use std::sync::atomic::{AtomicUsize, Ordering};

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
        assert!(newest.state.lock().unwrap().answers.len() <= MOST);
    }

    #[tokio::test]
    async fn of_many_who_ask_at_once_one_reads() {
        let (newest, clock) = (Newest::default(), Clock::system());
        let reads = AtomicUsize::new(0);
        let ask = || {
            newest.answer(key(1, "/x"), 7, &clock, async {
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok::<_, ()>(Bytes::from_static(b"read"))
            })
        };
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        assert!(
            [one, two, three]
                .iter()
                .all(|answer| answer.as_ref().unwrap() == "read")
        );
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept_and_neither_is_an_answer_to_a_long_question() {
        let (newest, clock) = (Newest::default(), Clock::system());
        let failed = newest.answer(key(1, "/x"), 7, &clock, async { Err("broken") });
        assert_eq!(failed.await, Err("broken"));
        for asked in ["/x".to_owned(), "/x".repeat(LONGEST)] {
            let read = async { Ok::<_, ()>(Bytes::from_static(b"well")) };
            let answer = newest.answer(key(1, &asked), 7, &clock, read).await;
            assert_eq!(answer.unwrap(), "well");
        }
        assert_eq!(newest.state.lock().unwrap().answers.len(), 1);
    }
}
