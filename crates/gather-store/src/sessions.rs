//! Sessions of the dashboard: which token is whose, since when, and until when.
//!
//! A session ends when it was not used for a while and, whatever happens, after a longer time. How long both are says
//! whoever asks, so that another setting counts at once for the sessions that there are.
//!
//! Not here: making tokens and their digests (the server).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, named_params};
use serde::Serialize;

use crate::{Error, Store, User, UserId, codec::Instant, users};

/// The SHA-256 of a token: all that is kept of it.
pub type TokenDigest = [u8; 32];

/// That a session was used is written down at most this often.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The number of a session; it opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SessionId(pub(crate) i64);

impl SessionId {
    /// The session of a number, as a person names it.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A session that begins.
#[derive(Debug, Clone, Copy)]
pub struct NewSession<'a> {
    /// Whose it is.
    pub user: UserId,
    /// The digest of its token.
    pub digest: &'a TokenDigest,
    /// Now.
    pub at: Timestamp,
    /// Where from, for the person who looks at the list.
    pub address: Option<&'a str>,
    /// With which program, for the person who looks at the list.
    pub agent: Option<&'a str>,
}

/// When sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimes {
    /// After so long without use.
    pub idle: Duration,
    /// So long after they began.
    pub absolute: Duration,
}

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Its number.
    pub id: SessionId,
    /// Whose it is.
    pub user: User,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub seen_at: Timestamp,
    /// Where it began.
    pub address: Option<String>,
    /// With which program it began.
    pub agent: Option<String>,
}

const FROM: &str = "SELECT x.id, x.created_at, x.seen_at, x.address, x.agent, ";

impl SessionTimes {
    /// What began, and what was used, before these instants has ended.
    fn ends(&self, now: Timestamp) -> (i64, i64) {
        let before = |span: Duration| {
            let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
            now.as_microsecond().saturating_sub(micros)
        };
        (before(self.absolute), before(self.idle))
    }
}

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: SessionId(row.get(0)?),
        created_at: row.get::<_, Instant>(1)?.0,
        seen_at: row.get::<_, Instant>(2)?.0,
        address: row.get(3)?,
        agent: row.get(4)?,
        user: users::user(row, 5)?,
    })
}

impl Store {
    /// Begins a session.
    ///
    /// # Errors
    /// When there is no such user, or the file cannot be written; see [`Error::kind`].
    pub fn begin_session(&self, new: &NewSession<'_>) -> Result<SessionId, Error> {
        self.write(|tx| {
            let id = tx
                .prepare_cached(
                    "INSERT INTO sessions (user_id, digest, created_at, seen_at, address, agent)
                     VALUES (?1, ?2, ?3, ?3, ?4, ?5) RETURNING id",
                )?
                .query_row(
                    (
                        new.user.0,
                        new.digest,
                        Instant(new.at),
                        new.address,
                        new.agent,
                    ),
                    |row| row.get(0),
                )?;
            Ok(SessionId(id))
        })
    }

    /// The session of a token's digest, unless it has ended.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn session(
        &self,
        digest: &TokenDigest,
        now: Timestamp,
        times: SessionTimes,
    ) -> Result<Option<Session>, Error> {
        let (began, seen) = times.ends(now);
        self.read(|tx| {
            let sql = format!(
                "{FROM} {} FROM sessions x JOIN users u ON u.id = x.user_id
                  WHERE x.digest = :digest AND x.created_at > :began AND x.seen_at > :seen",
                users::COLUMNS
            );
            let found = tx.prepare_cached(&sql)?.query_row(
                named_params! {":digest": digest, ":began": began, ":seen": seen},
                session,
            );
            Ok(found.optional()?)
        })
    }

    /// Notes that a session is being used; writes at most once a minute, and never back in time.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn touch_session(&self, session: &Session, now: Timestamp) -> Result<(), Error> {
        if now.duration_since(session.seen_at) < NOTED_EVERY {
            return Ok(());
        }
        self.write(|tx| {
            tx.prepare_cached("UPDATE sessions SET seen_at = max(seen_at, ?2) WHERE id = ?1")?
                .execute((session.id.0, Instant(now)))?;
            Ok(())
        })
    }

    /// The sessions of a user that have not ended, the last used first.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn sessions(
        &self,
        user: UserId,
        now: Timestamp,
        times: SessionTimes,
    ) -> Result<Vec<Session>, Error> {
        let (began, seen) = times.ends(now);
        self.read(|tx| {
            let sql = format!(
                "{FROM} {} FROM sessions x JOIN users u ON u.id = x.user_id
                  WHERE x.user_id = :user AND x.created_at > :began AND x.seen_at > :seen
                  ORDER BY x.seen_at DESC, x.id DESC",
                users::COLUMNS
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let rows = statement.query_map(
                named_params! {":user": user.0, ":began": began, ":seen": seen},
                session,
            )?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// How many sessions there are that have not ended.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn count_sessions(&self, now: Timestamp, times: SessionTimes) -> Result<u64, Error> {
        let ends = times.ends(now);
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT count(*) FROM sessions WHERE created_at > ?1 AND seen_at > ?2",
            )?;
            Ok(statement.query_row(ends, |row| crate::codec::count(row, 0))?)
        })
    }

    /// Ends a session of a user; `false`: the user has none of that number.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn end_session(&self, user: UserId, session: SessionId) -> Result<bool, Error> {
        self.write(|tx| {
            let ended = tx
                .prepare_cached("DELETE FROM sessions WHERE id = ?2 AND user_id = ?1")?
                .execute((user.0, session.0))?;
            Ok(ended > 0)
        })
    }

    /// Ends all sessions of a user but one, and says how many.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn end_sessions(&self, user: UserId, keep: Option<SessionId>) -> Result<usize, Error> {
        self.write(|tx| {
            Ok(tx
                .prepare_cached("DELETE FROM sessions WHERE user_id = ?1 AND id IS NOT ?2")?
                .execute((user.0, keep.map(|keep| keep.0)))?)
        })
    }

    /// Clears away what has ended by time.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn drop_ended_sessions(&self, now: Timestamp, times: SessionTimes) -> Result<usize, Error> {
        let ends = times.ends(now);
        self.write(|tx| {
            Ok(tx
                .prepare_cached("DELETE FROM sessions WHERE created_at <= ?1 OR seen_at <= ?2")?
                .execute(ends)?)
        })
    }
}
