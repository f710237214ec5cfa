//! Articles: kept under the source's own id, joined into stories by their canonical URL.
//!
//! An article without an address has a story of its own. When its address changes it moves to the story of the new
//! one; a story that loses its last article is gone.

use gather_records::{Article, canonical_url};
use rusqlite::{OptionalExtension, named_params};

use super::{Fate, Place};
use crate::{codec::Instant, error::Fault};

impl Place<'_> {
    pub(super) fn article(&self, article: &Article) -> Result<Fate, Fault> {
        let url = article.url.as_ref().map(url_text);
        let published_at = article.published_at.map(Instant);
        let held = self
            .tx
            .prepare_cached(
                "SELECT key, story_id, url IS :url,
                        title IS :title AND url IS :url AND published_at IS :published_at AND author IS :author
                        AND summary IS :summary AND section IS :section AND score IS :score
                        AND comments IS :comments
                   FROM articles WHERE source_id = :source AND id = :id",
            )?
            .query_row(
                named_params! {
                    ":source": self.source, ":id": article.id, ":title": article.title, ":url": url,
                    ":published_at": published_at, ":author": article.author, ":summary": article.summary,
                    ":section": article.section, ":score": article.score, ":comments": article.comments,
                },
                |row| {
                    Ok((
                        row.get::<_, i64>(0)?,
                        row.get::<_, i64>(1)?,
                        row.get::<_, bool>(2)?,
                        row.get::<_, bool>(3)?,
                    ))
                },
            )
            .optional()?;
        let Some((key, story, same_url, same)) = held else {
            self.tx
                .prepare_cached(
                    "INSERT INTO articles (source_id, id, story_id, title, url, published_at, author, summary, section,
                                           score, comments, first_seen, updated_at)
                     VALUES (:source, :id, :story, :title, :url, :published_at, :author, :summary, :section,
                             :score, :comments, :at, :at)",
                )?
                .execute(named_params! {
                    ":source": self.source, ":id": article.id, ":story": self.story(article)?,
                    ":title": article.title, ":url": url, ":published_at": published_at,
                    ":author": article.author, ":summary": article.summary, ":section": article.section,
                    ":score": article.score, ":comments": article.comments, ":at": self.at,
                })?;
            return Ok(Fate::New);
        };
        if same {
            return Ok(Fate::Unchanged);
        }
        let new_story = if same_url {
            story
        } else {
            self.story(article)?
        };
        self.tx
            .prepare_cached(
                "UPDATE articles
                    SET story_id = :story, title = :title, url = :url, published_at = :published_at,
                        author = :author, summary = :summary, section = :section, score = :score,
                        comments = :comments, updated_at = :at
                  WHERE key = :key",
            )?
            .execute(named_params! {
                ":key": key, ":story": new_story, ":title": article.title, ":url": url,
                ":published_at": published_at, ":author": article.author, ":summary": article.summary,
                ":section": article.section, ":score": article.score, ":comments": article.comments,
                ":at": self.at,
            })?;
        if new_story != story {
            self.tx
                .prepare_cached(
                    "DELETE FROM stories WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM articles WHERE story_id = ?1)",
                )?
                .execute([story])?;
        }
        Ok(Fate::Changed)
    }

    /// The story an article belongs to, which is made where it is new.
    fn story(&self, article: &Article) -> Result<i64, Fault> {
        let canonical = article.url.as_ref().map(canonical_url);
        if let Some(canonical) = &canonical {
            let known = self
                .tx
                .prepare_cached("SELECT id FROM stories WHERE canonical_url = ?1")?
                .query_row([canonical], |row| row.get(0))
                .optional()?;
            if let Some(id) = known {
                return Ok(id);
            }
        }
        let id = self
            .tx
            .prepare_cached("INSERT INTO stories (canonical_url) VALUES (?1) RETURNING id")?
            .query_row([canonical], |row| row.get(0))?;
        Ok(id)
    }
}

/// The text of an address, without naming its type: this crate needs nothing else of it.
fn url_text(url: &impl AsRef<str>) -> &str {
    url.as_ref()
}
