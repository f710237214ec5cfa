//! What one would write without gather's store: two prepared statements, one transaction a page.
//!
//! The connection has the settings of gather's own, and the statements keep what the schema promises: one article for
//! each id of a source, one story for each canonical URL, the same page twice changes nothing.

use std::path::Path;

use gather_store::RunId;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::Fault;

/// An article, borrowed from whatever it was read from.
#[derive(Debug, Clone)]
pub(super) struct Row<'a> {
    pub(super) id: &'a str,
    pub(super) title: Option<&'a str>,
    pub(super) url: Option<&'a str>,
    pub(super) canonical_url: Option<String>,
    pub(super) published_at: Option<Timestamp>,
    pub(super) author: Option<&'a str>,
    pub(super) summary: Option<&'a str>,
    pub(super) section: Option<&'a str>,
    pub(super) score: Option<i64>,
    pub(super) comments: Option<i64>,
    pub(super) content: Option<&'a str>,
}

/// A connection to a file that gather's store has made.
#[derive(Debug)]
pub(super) struct ByHand {
    conn: Connection,
    run: i64,
}

impl ByHand {
    pub(super) fn open(path: &Path, run: RunId) -> Result<Self, Fault> {
        let conn = Connection::open(path)?;
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; \
             PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
        )?;
        Ok(Self {
            conn,
            run: run.get(),
        })
    }

    /// Keeps one page of a source; gives how many articles were in it.
    pub(super) fn keep<'a>(
        &mut self,
        source: &str,
        at: Timestamp,
        rows: impl Iterator<Item = Result<Row<'a>, Fault>>,
    ) -> Result<usize, Fault> {
        let at = at.as_microsecond();
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let source: i64 = tx
            .prepare_cached("SELECT id FROM sources WHERE name = ?1 AND owner IS NULL")?
            .query_row([source], |row| row.get(0))?;
        let mut kept = 0;
        {
            let mut new_story = tx.prepare_cached(
                "INSERT INTO stories (canonical_url) VALUES (?1) ON CONFLICT DO NOTHING",
            )?;
            let mut known = tx.prepare_cached("SELECT id FROM stories WHERE canonical_url = ?1")?;
            let mut article = tx.prepare_cached(
                "INSERT INTO articles (source_id, id, story_id, title, url, published_at, author, summary, section,
                                       score, comments, content, first_seen, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)
                 ON CONFLICT (source_id, id) DO UPDATE
                    SET story_id = excluded.story_id, title = excluded.title, url = excluded.url,
                        published_at = excluded.published_at, author = excluded.author,
                        summary = excluded.summary, section = excluded.section, score = excluded.score,
                        comments = excluded.comments, content = excluded.content, updated_at = excluded.updated_at
                  WHERE (title, url, published_at, author, summary, section, score, comments, content)
                        IS NOT (excluded.title, excluded.url, excluded.published_at, excluded.author,
                                excluded.summary, excluded.section, excluded.score, excluded.comments,
                                excluded.content)",
            )?;
            for row in rows {
                let row = row?;
                // Most of them are new.
                let story: i64 = match new_story.execute([&row.canonical_url])? {
                    0 => known.query_row([&row.canonical_url], |row| row.get(0))?,
                    _ => tx.last_insert_rowid(),
                };
                article.execute(params![
                    source,
                    row.id,
                    story,
                    row.title,
                    row.url,
                    row.published_at.map(Timestamp::as_microsecond),
                    row.author,
                    row.summary,
                    row.section,
                    row.score,
                    row.comments,
                    row.content,
                    at
                ])?;
                kept += 1;
            }
        }
        tx.prepare_cached(
            "UPDATE outcomes SET new = new + ?3, articles = articles + ?3 WHERE run_id = ?1 AND source_id = ?2",
        )?
        .execute(params![self.run, source, i64::try_from(kept)?])?;
        tx.prepare_cached("UPDATE sources SET good_at = ?2 WHERE id = ?1")?
            .execute(params![source, at])?;
        tx.commit()?;
        Ok(kept)
    }
}
