//! What an article said before: its titles, dates, scores, and the addresses it had.
//!
//! A version is written when what it replaces is known, in the transaction of the change. Per article the last
//! [`EDITS`] edits (of title, address or date) and the last [`COUNTS`] changes of score and comments alone are kept,
//! so that a score that changes every few minutes does not push a title out.

use gather_records::Viewer;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params};
use serde::Serialize;

use crate::{Error, Store, codec::Instant, error::Fault};

/// How many edits of an article are kept.
const EDITS: u32 = 32;

/// How many changes of only score and comments are kept.
const COUNTS: u32 = 64;

/// How many former addresses of an article are kept.
const URLS: u32 = 16;

/// What an article said for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArticleVersion {
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` is what it says now.
    pub until: Option<Timestamp>,
    /// Its title.
    pub title: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// When it was published, as the source said.
    pub published_at: Option<Timestamp>,
    /// What the source counted in favour.
    pub score: Option<i64>,
    /// How many comments the source counted.
    pub comments: Option<i64>,
}

impl Store {
    /// What an article has said over time, the earliest first; the last is what it says now. The older half of a long
    /// history may be missing. Empty when the viewer may see no such article.
    ///
    /// An id that the article had before its feed moved finds it too.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn article_history(
        &self,
        viewer: &Viewer,
        source: &str,
        id: &str,
    ) -> Result<Vec<ArticleVersion>, Error> {
        self.read(|tx| history(tx, viewer, source, id))
    }
}

fn history(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    source: &str,
    id: &str,
) -> Result<Vec<ArticleVersion>, Fault> {
    // Where a shared source and one of the viewer's own have the same name, the own one comes first.
    let key: Option<i64> = tx
        .prepare_cached(
            "SELECT a.key FROM sources s JOIN articles a ON a.source_id = s.id
              WHERE s.name = :source AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
                AND (a.id = :id OR a.key IN (SELECT article FROM former_ids WHERE source_id = s.id AND id = :id))
              ORDER BY s.owner IS NULL, s.id LIMIT 1",
        )?
        .query_row(
            named_params! {":source": source, ":viewer": viewer.user(), ":id": id},
            |row| row.get(0),
        )
        .optional()?;
    let Some(key) = key else {
        return Ok(Vec::new());
    };
    let mut statement = tx.prepare_cached(
        "SELECT from_at, until_at, title, url, published_at, score, comments
           FROM article_versions WHERE article = ?1
          UNION ALL
         SELECT ifnull((SELECT max(until_at) FROM article_versions WHERE article = key), first_seen), NULL, title, url,
                published_at, score, comments
           FROM articles WHERE key = ?1
          ORDER BY 2 NULLS LAST, 1",
    )?;
    let rows = statement.query_map([key], |row| {
        Ok(ArticleVersion {
            from: row.get::<_, Instant>(0)?.0,
            until: row.get::<_, Option<Instant>>(1)?.map(|at| at.0),
            title: row.get(2)?,
            url: row.get(3)?,
            published_at: row.get::<_, Option<Instant>>(4)?.map(|at| at.0),
            score: row.get(5)?,
            comments: row.get(6)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps what an article says before it changes at an instant.
pub(crate) fn remember(
    tx: &Transaction<'_>,
    article: i64,
    edited: bool,
    at: Instant,
) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO article_versions
                (article, edit, from_at, until_at, title, url, published_at, score, comments)
         SELECT key, ?2, ifnull((SELECT max(until_at) FROM article_versions WHERE article = ?1), first_seen), ?3,
                title, url, published_at, score, comments
           FROM articles WHERE key = ?1",
    )?
    .execute((article, edited, at))?;
    let most = if edited { EDITS } else { COUNTS };
    tx.prepare_cached(
        "DELETE FROM article_versions WHERE rowid IN (
            SELECT rowid FROM article_versions WHERE article = ?1 AND edit = ?2
             ORDER BY rowid DESC LIMIT -1 OFFSET ?3)",
    )?
    .execute((article, edited, most))?;
    Ok(())
}

/// Keeps the address that an article has before it gets another.
pub(crate) fn remember_url(tx: &Transaction<'_>, article: i64, at: Instant) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO former_urls (article, url, at)
         SELECT key, url, ?2 FROM articles WHERE key = ?1 AND url IS NOT NULL",
    )?
    .execute((article, at))?;
    tx.prepare_cached(
        "DELETE FROM former_urls WHERE article = ?1 AND url IN (
            SELECT url FROM former_urls WHERE article = ?1 ORDER BY at DESC, url LIMIT -1 OFFSET ?2)",
    )?
    .execute((article, URLS))?;
    Ok(())
}
