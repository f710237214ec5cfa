//! Keys for programs: which token is whose, what it may do, until when.
//!
//! Not here: making tokens and their digests, asking for a scope (the server).

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Store, TokenDigest, UnknownWord, User, UserId, codec::Instant, error::Fault, users,
};

/// That a key was used is written down at most this often.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The most keys of one user.
const MOST_KEYS: i64 = 100;

/// The number of an API key; it opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ApiKeyId(pub(crate) i64);

impl ApiKeyId {
    /// The key of a number, as a person names it.
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

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read news.
    News,
    /// Read money.
    Money,
    /// Read how sources and runs stand, and metrics.
    Sources,
    /// Change: mark stories, correct transactions.
    Edit,
    /// Have sources fetched.
    Fetch,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::News,
        Self::Money,
        Self::Sources,
        Self::Edit,
        Self::Fetch,
    ];

    /// The word used in JSON, forms and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Money => "money",
            Self::Sources => "sources",
            Self::Edit => "edit",
            Self::Fetch => "fetch",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut scopes = Self::ALL.into_iter();
        scopes
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownWord::new(text))
    }
}

/// A key that is made.
#[derive(Debug, Clone, Copy)]
pub struct NewApiKey<'a> {
    /// Whose it is.
    pub user: UserId,
    /// What the user calls it.
    pub name: &'a str,
    /// The digest of its token.
    pub digest: &'a TokenDigest,
    /// What it may do; at least one.
    pub scopes: &'a [Scope],
    /// Now.
    pub at: Timestamp,
    /// Until when it opens anything; `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// A key for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    /// Its number.
    pub id: ApiKeyId,
    /// What the user calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to the minute; `None`: never.
    pub used_at: Option<Timestamp>,
    /// Until when it opens anything.
    pub expires_at: Option<Timestamp>,
}

const COLUMNS: &str = "k.id, k.name, k.scopes, k.created_at, k.used_at, k.expires_at";

fn key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let scopes: String = row.get(2)?;
    Ok(ApiKey {
        id: ApiKeyId(row.get(0)?),
        name: row.get(1)?,
        // A word that is none any more allows nothing.
        scopes: scopes
            .split(' ')
            .filter_map(|word| word.parse().ok())
            .collect(),
        created_at: row.get::<_, Instant>(3)?.0,
        used_at: row.get::<_, Option<Instant>>(4)?.map(|at| at.0),
        expires_at: row.get::<_, Option<Instant>>(5)?.map(|at| at.0),
    })
}

impl Store {
    /// Keeps a new key.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidUser`](crate::ErrorKind::InvalidUser) when the name is empty or longer than 100 characters, no
    /// scope is given, or the user has a hundred keys; else when the file cannot be written.
    pub fn add_api_key(&self, new: &NewApiKey<'_>) -> Result<ApiKey, Error> {
        self.write(|tx| {
            let name = new.name.trim();
            if name.is_empty() || name.chars().count() > 100 {
                let what = "a key needs a name of 1 to 100 characters";
                return Err(Fault::InvalidUser(what.to_owned()));
            }
            if new.scopes.is_empty() {
                let what = "a key that may do nothing is of no use: choose at least one scope";
                return Err(Fault::InvalidUser(what.to_owned()));
            }
            let held: i64 = tx
                .prepare_cached("SELECT count(*) FROM api_keys WHERE user_id = ?1")?
                .query_row([new.user.0], |row| row.get(0))?;
            if held >= MOST_KEYS {
                let what = format!("there are {MOST_KEYS} keys already: revoke one first");
                return Err(Fault::InvalidUser(what));
            }
            let mut scopes = new.scopes.to_vec();
            scopes.sort_unstable();
            scopes.dedup();
            let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
            let id = tx
                .prepare_cached(
                    "INSERT INTO api_keys (user_id, name, digest, scopes, created_at, expires_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
                )?
                .query_row(
                    (
                        new.user.0,
                        name,
                        new.digest,
                        words.join(" "),
                        Instant(new.at),
                        new.expires_at.map(Instant),
                    ),
                    |row| row.get(0),
                )?;
            Ok(ApiKey {
                id: ApiKeyId(id),
                name: name.to_owned(),
                scopes,
                created_at: new.at,
                used_at: None,
                expires_at: new.expires_at,
            })
        })
    }

    /// The key of a token's digest with its user, unless it has expired.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn api_key(
        &self,
        digest: &TokenDigest,
        now: Timestamp,
    ) -> Result<Option<(ApiKey, User)>, Error> {
        self.read(|tx| {
            let sql = format!(
                "SELECT {COLUMNS}, {} FROM api_keys k JOIN users u ON u.id = k.user_id
                  WHERE k.digest = ?1 AND (k.expires_at IS NULL OR k.expires_at > ?2)",
                users::COLUMNS
            );
            let found = tx
                .prepare_cached(&sql)?
                .query_row((digest, Instant(now)), |row| {
                    Ok((key(row)?, users::user(row, 6)?))
                });
            Ok(found.optional()?)
        })
    }

    /// Notes that a key is being used; writes at most once a minute.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn touch_api_key(&self, key: &ApiKey, now: Timestamp) -> Result<(), Error> {
        let noted = key
            .used_at
            .is_some_and(|at| now.duration_since(at) < NOTED_EVERY);
        if noted {
            return Ok(());
        }
        self.write(|tx| {
            tx.prepare_cached(
                "UPDATE api_keys SET used_at = max(ifnull(used_at, ?2), ?2) WHERE id = ?1",
            )?
            .execute((key.id.0, Instant(now)))?;
            Ok(())
        })
    }

    /// The keys of a user, the newest first, expired ones too.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>, Error> {
        self.read(|tx| {
            let sql =
                format!("SELECT {COLUMNS} FROM api_keys k WHERE k.user_id = ?1 ORDER BY k.id DESC");
            let mut statement = tx.prepare_cached(&sql)?;
            let rows = statement.query_map([user.0], key)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Revokes a key of a user; `false`: the user has none of that number.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn revoke_api_key(&self, user: UserId, key: ApiKeyId) -> Result<bool, Error> {
        self.write(|tx| {
            let gone = tx
                .prepare_cached("DELETE FROM api_keys WHERE id = ?2 AND user_id = ?1")?
                .execute((user.0, key.0))?;
            Ok(gone > 0)
        })
    }
}
