//! What a user has read and starred.
//!
//! A mark belongs to a user and a story, whichever sources brought it. When an article changes its story, its marks go with
//! it (a trigger of the schema sees to that). Only what the user may see can be marked.

use gather_records::Viewer;
use jiff::Timestamp;
use rusqlite::{Transaction, named_params};
use serde::Serialize;

use crate::{Error, Store, StoryFilter, StoryQuery, User, codec::Instant, error::Fault, find};

/// What is changed of a story's marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Read, or unread again.
    Read(bool),
    /// Starred, or not any more.
    Starred(bool),
}

/// A user's marks of a story.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// It was read.
    pub read: bool,
    /// It is to be kept.
    pub starred: bool,
}

/// So many stories are marked in one transaction.
const MOST_AT_ONCE: usize = 2_000;

impl Store {
    /// Marks stories for a user, and says how many of them there are that the user may see.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`].
    pub fn mark(
        &self,
        user: &User,
        stories: &[i64],
        mark: Mark,
        at: Timestamp,
    ) -> Result<usize, Error> {
        self.write(|tx| mark_seen(tx, user, stories, mark, at))
    }

    /// Marks all stories that a query finds as read; its limit and filter of marks do not count. Says how many were unread.
    ///
    /// # Errors
    /// When the file cannot be written; see [`Error::kind`]. Stories are marked in several transactions, so that others can
    /// write in between: after an error some may be marked.
    pub fn mark_all_read(
        &self,
        user: &User,
        query: &StoryQuery,
        at: Timestamp,
    ) -> Result<usize, Error> {
        let viewer = Viewer::User(user.name.clone());
        let unread = StoryQuery {
            only: StoryFilter::Unread,
            limit: MOST_AT_ONCE,
            content: false,
            ..query.clone()
        };
        let mut marked = 0;
        loop {
            let some = self.write(|tx| {
                let stories = find::stories(tx, &viewer, &unread)?;
                mark_seen(tx, user, &stories, Mark::Read(true), at)
            })?;
            marked += some;
            if some < MOST_AT_ONCE {
                return Ok(marked);
            }
        }
    }
}

fn mark_seen(
    tx: &Transaction<'_>,
    user: &User,
    stories: &[i64],
    mark: Mark,
    at: Timestamp,
) -> Result<usize, Fault> {
    let mut seen = tx.prepare_cached(
        "SELECT 1 FROM articles a JOIN sources s ON s.id = a.source_id
          WHERE a.story_id = ?1 AND (s.owner IS NULL OR s.owner = ?2) LIMIT 1",
    )?;
    let (column, on) = match mark {
        Mark::Read(on) => ("read_at", on),
        Mark::Starred(on) => ("starred_at", on),
    };
    let sql = if on {
        format!(
            "INSERT INTO marks (user_id, story_id, {column}) VALUES (:user, :story, :at)
             ON CONFLICT (user_id, story_id) DO UPDATE SET {column} = ifnull({column}, excluded.{column})"
        )
    } else {
        // A row without any mark would say nothing.
        let other = if column == "read_at" {
            "starred_at"
        } else {
            "read_at"
        };
        tx.prepare_cached(&format!(
            "DELETE FROM marks WHERE user_id = ?1 AND {other} IS NULL
                AND story_id IN (SELECT value FROM json_each(?2))"
        ))?
        .execute((
            user.id.0,
            serde_json::to_string(stories).expect("a list of numbers is JSON"),
        ))?;
        format!(
            "UPDATE marks SET {column} = NULL WHERE user_id = :user AND story_id = :story AND :at IS NOT NULL"
        )
    };
    let mut set = tx.prepare_cached(&sql)?;
    let mut marked = 0;
    for story in stories {
        if !seen.exists((story, &user.name))? {
            continue;
        }
        marked += 1;
        set.execute(named_params! {":user": user.id.0, ":story": story, ":at": Instant(at)})?;
    }
    Ok(marked)
}

/// The marks of a viewer's story.
pub(crate) fn of_story(tx: &Transaction<'_>, user: i64, story: i64) -> Result<Marks, Fault> {
    let mut statement = tx.prepare_cached(
        "SELECT read_at IS NOT NULL, starred_at IS NOT NULL FROM marks WHERE user_id = ?1 AND story_id = ?2",
    )?;
    let mut rows = statement.query((user, story))?;
    Ok(match rows.next()? {
        Some(row) => Marks {
            read: row.get(0)?,
            starred: row.get(1)?,
        },
        None => Marks::default(),
    })
}

/// The number of the viewer as a user; `None` for the operator, and for a name without a user.
pub(crate) fn reader(tx: &Transaction<'_>, viewer: &Viewer) -> Result<Option<i64>, Fault> {
    let Some(name) = viewer.user() else {
        return Ok(None);
    };
    let mut statement = tx.prepare_cached("SELECT id FROM users WHERE name = ?1")?;
    let mut rows = statement.query([name])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
}
