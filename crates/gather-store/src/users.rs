//! Users of the dashboard: names, password hashes, settings.
//!
//! A user's name is what `owner` of a source names, and what a [`Viewer`](gather_records::Viewer) is made of. Names differ
//! by more than upper and lower case. What a hash is made of is the server's business; here it is a text.
//!
//! Not here: sessions and API keys (`sessions`, `api_keys`), what a user has read (`marks`).

use std::{fmt, str::FromStr};

use gather_records::Currency;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;

use crate::{
    Error, Store, UnknownWord,
    codec::{Instant, Text},
    error::Fault,
};

/// The most characters of a name.
const LONGEST_NAME: usize = 64;

/// The number of a user; never used twice in one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserId(pub(crate) i64);

impl UserId {
    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// Its number.
    pub id: UserId,
    /// The name, as `owner` of a source has it.
    pub name: String,
    /// Since when there is this user.
    pub created_at: Timestamp,
    /// Whether a password is set; without one nobody can log in.
    pub has_password: bool,
    /// What the user has chosen.
    pub settings: UserSettings,
}

/// What a user can choose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UserSettings {
    /// The currency that sums are shown in; `None`: the configuration's.
    pub currency: Option<Currency>,
    /// The name of a time zone of the IANA database; `None`: the server's.
    pub time_zone: Option<String>,
    /// Light or dark.
    pub theme: Theme,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the browser prefers.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The word used in JSON, forms and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl fmt::Display for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Theme {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "auto" => Ok(Self::Auto),
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            _ => Err(UnknownWord::new(text)),
        }
    }
}

pub(crate) const COLUMNS: &str =
    "u.id, u.name, u.created_at, u.password IS NOT NULL, u.currency, u.time_zone, u.theme";

/// A user from [`COLUMNS`], the first of which is at `from`.
pub(crate) fn user(row: &Row<'_>, from: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get(from)?),
        name: row.get(from + 1)?,
        created_at: row.get::<_, Instant>(from + 2)?.0,
        has_password: row.get(from + 3)?,
        settings: UserSettings {
            currency: row
                .get::<_, Option<Text<Currency>>>(from + 4)?
                .map(|it| it.0),
            time_zone: row.get(from + 5)?,
            theme: row.get::<_, Text<Theme>>(from + 6)?.0,
        },
    })
}

impl Store {
    /// Adds a user. `password` is a hash in PHC form; without one nobody can log in as this user yet.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidUser`](crate::ErrorKind::InvalidUser) when the name is not 1 to 64 letters, digits and
    /// `-_.@`; [`ErrorKind::UserExists`](crate::ErrorKind::UserExists) when there is one of that name, upper and lower
    /// case aside; else when the file cannot be written.
    pub fn add_user(
        &self,
        name: &str,
        password: Option<&str>,
        at: Timestamp,
    ) -> Result<User, Error> {
        self.write(|tx| add(tx, name, password, at))
    }

    /// Adds the first user; `None`, and nothing is changed, where there is a user already.
    ///
    /// # Errors
    /// As [`add_user`](Self::add_user).
    pub fn add_first_user(
        &self,
        name: &str,
        password: &str,
        at: Timestamp,
    ) -> Result<Option<User>, Error> {
        self.write(|tx| {
            let any = tx.prepare_cached("SELECT 1 FROM users")?.exists([])?;
            if any {
                return Ok(None);
            }
            add(tx, name, Some(password), at).map(Some)
        })
    }

    /// All users, by name.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn users(&self) -> Result<Vec<User>, Error> {
        self.read(|tx| {
            let sql = format!("SELECT {COLUMNS} FROM users u ORDER BY u.name");
            let mut statement = tx.prepare_cached(&sql)?;
            let rows = statement.query_map([], |row| user(row, 0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The user of a name, upper and lower case aside.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn user(&self, name: &str) -> Result<Option<User>, Error> {
        self.read(|tx| {
            let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.name = ?1");
            let mut statement = tx.prepare_cached(&sql)?;
            Ok(statement.query_row([name], |row| user(row, 0)).optional()?)
        })
    }

    /// A user and the hash of the password, where both are there.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn password_hash(&self, name: &str) -> Result<Option<(User, String)>, Error> {
        self.read(|tx| {
            let sql = format!("SELECT {COLUMNS}, u.password FROM users u WHERE u.name = ?1 AND u.password IS NOT NULL");
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_row([name], |row| Ok((user(row, 0)?, row.get(7)?)));
            Ok(found.optional()?)
        })
    }

    /// Sets the hash of a user's password, and ends all sessions of the user but `keep`.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownUser`](crate::ErrorKind::UnknownUser); else when the file cannot be written.
    pub fn set_password(
        &self,
        user: UserId,
        password: &str,
        keep: Option<crate::SessionId>,
    ) -> Result<(), Error> {
        self.write(|tx| {
            let changed = tx
                .prepare_cached("UPDATE users SET password = ?2 WHERE id = ?1")?
                .execute((user.0, password))?;
            known(changed, user)?;
            tx.prepare_cached("DELETE FROM sessions WHERE user_id = ?1 AND id IS NOT ?2")?
                .execute((user.0, keep.map(|keep| keep.0)))?;
            Ok(())
        })
    }

    /// Sets what a user has chosen.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownUser`](crate::ErrorKind::UnknownUser); else when the file cannot be written.
    pub fn set_user_settings(&self, user: UserId, settings: &UserSettings) -> Result<(), Error> {
        self.write(|tx| {
            let changed = tx
                .prepare_cached(
                    "UPDATE users SET currency = ?2, time_zone = ?3, theme = ?4 WHERE id = ?1",
                )?
                .execute((
                    user.0,
                    settings.currency.map(Text),
                    &settings.time_zone,
                    settings.theme.as_str(),
                ))?;
            known(changed, user)
        })
    }

    /// Removes a user with sessions, keys and marks. Sources and records of that owner stay: they belong to the name.
    /// Says whether there was one.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn remove_user(&self, user: UserId) -> Result<bool, Error> {
        self.write(|tx| {
            let gone = tx
                .prepare_cached("DELETE FROM users WHERE id = ?1")?
                .execute([user.0])?;
            Ok(gone > 0)
        })
    }
}

fn add(
    tx: &Transaction<'_>,
    name: &str,
    password: Option<&str>,
    at: Timestamp,
) -> Result<User, Fault> {
    let fits = |c: char| c.is_alphanumeric() || "-_.@".contains(c);
    if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(fits) {
        return Err(Fault::InvalidUser(format!(
            "a user's name is 1 to {LONGEST_NAME} letters, digits and `-_.@`"
        )));
    }
    // SQLite folds only ASCII.
    let folded = name.to_lowercase();
    let mut names = tx.prepare_cached("SELECT name FROM users")?;
    let mut names = names.query([])?;
    while let Some(row) = names.next()? {
        let taken: String = row.get(0)?;
        if taken.to_lowercase() == folded {
            return Err(Fault::UserExists(taken));
        }
    }
    let id = tx
        .prepare_cached(
            "INSERT INTO users (name, password, created_at) VALUES (?1, ?2, ?3) RETURNING id",
        )?
        .query_row((name, password, Instant(at)), |row| row.get(0))?;
    Ok(User {
        id: UserId(id),
        name: name.to_owned(),
        created_at: at,
        has_password: password.is_some(),
        settings: UserSettings::default(),
    })
}

fn known(changed: usize, user: UserId) -> Result<(), Fault> {
    if changed == 0 {
        return Err(Fault::UnknownUser(user.0));
    }
    Ok(())
}
