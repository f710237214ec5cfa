//! Articles: kept under the source's own id, joined into stories by their canonical URL (`story`).
//!
//! What an article said before a change is kept beside it (`versions`), and so are the addresses it had before. When
//! its address changes it moves to the story of the new one.
//!
//! Not here: what is special about the ids of feeds (`feed`).

use gather_records::Article;
use rusqlite::{OptionalExtension, named_params};

use super::{
    Fate, Place,
    feed::{self, Weak},
    story,
};
use crate::{codec::Instant, error::Fault, versions};

/// An article as it is held, and what of it is the same as in the page.
struct Held {
    key: i64,
    story: i64,
    same: bool,
    same_url: bool,
    same_title: bool,
    same_date: bool,
    same_counts: bool,
}

/// What of an article is the same as what is held; parameters are numbered, since this runs for every row.
macro_rules! compared {
    ($chosen:literal) => {
        concat!(
            "SELECT key, story_id, url IS ?3, title IS ?4, published_at IS ?5, score IS ?6 AND comments IS ?7,
                    author IS ?8 AND summary IS ?9 AND section IS ?10 AND content IS ?11 AND content_base IS ?12
               FROM articles WHERE ",
            $chosen
        )
    };
}

impl Place<'_> {
    /// Keeps an article under an id, which is its own but for some posts of feeds.
    pub(super) fn article(
        &self,
        article: &Article,
        id: &str,
        weak: Option<&Weak>,
    ) -> Result<Fate, Fault> {
        let mut held = self.held(article, id)?;
        if held.is_none() && weak.is_some_and(Weak::has_former_ids) {
            held = self.held_before(article, id)?;
        }
        let Some(held) = held else {
            self.insert(article, id)?;
            return Ok(Fate::New);
        };
        if held.same {
            return Ok(Fate::Unchanged);
        }
        if weak.is_some()
            && !held.same_url
            && let Some(own) = feed::id_of_its_own(self, held.key, article)?
        {
            // Another post under the same id: it is kept beside the first.
            return self.article(article, &own, None);
        }
        self.update(article, &held)?;
        Ok(Fate::Changed)
    }

    fn held(&self, article: &Article, id: &str) -> Result<Option<Held>, Fault> {
        self.compared(compared!("source_id = ?1 AND id = ?2"), article, id)
    }

    /// The article that had this id before its feed changed all of them.
    fn held_before(&self, article: &Article, id: &str) -> Result<Option<Held>, Fault> {
        self.compared(
            compared!("key = (SELECT article FROM former_ids WHERE source_id = ?1 AND id = ?2)"),
            article,
            id,
        )
    }

    fn compared(&self, sql: &str, article: &Article, id: &str) -> Result<Option<Held>, Fault> {
        let (content, base) = content(article);
        Ok(self
            .tx
            .prepare_cached(sql)?
            .query_row(
                (
                    self.source,
                    id,
                    url(article),
                    &article.title,
                    article.published_at.map(Instant),
                    article.score,
                    article.comments,
                    &article.author,
                    &article.summary,
                    &article.section,
                    content,
                    base,
                ),
                |row| {
                    let (same_url, same_title) = (row.get(2)?, row.get(3)?);
                    let (same_date, same_counts) = (row.get(4)?, row.get(5)?);
                    Ok(Held {
                        key: row.get(0)?,
                        story: row.get(1)?,
                        same: same_url && same_title && same_date && same_counts && row.get(6)?,
                        same_url,
                        same_title,
                        same_date,
                        same_counts,
                    })
                },
            )
            .optional()?)
    }

    fn insert(&self, article: &Article, id: &str) -> Result<(), Fault> {
        let (content, base) = content(article);
        self.tx
            .prepare_cached(
                "INSERT INTO articles (source_id, id, story_id, title, url, published_at, author, summary, section,
                                       score, comments, first_seen, updated_at, content, content_base)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13, ?14)",
            )?
            .execute((
                self.source,
                id,
                story::story(self.tx, article)?,
                &article.title,
                url(article),
                article.published_at.map(Instant),
                &article.author,
                &article.summary,
                &article.section,
                article.score,
                article.comments,
                self.at,
                content,
                base,
            ))?;
        Ok(())
    }

    fn update(&self, article: &Article, held: &Held) -> Result<(), Fault> {
        let edited = !(held.same_url && held.same_title && held.same_date);
        if edited || !held.same_counts {
            versions::remember(self.tx, held.key, edited, self.at)?;
        }
        let story = if held.same_url {
            held.story
        } else {
            versions::remember_url(self.tx, held.key, self.at)?;
            story::story(self.tx, article)?
        };
        let (content, base) = content(article);
        self.tx
            .prepare_cached(
                "UPDATE articles
                    SET story_id = :story, title = :title, url = :url, published_at = :published_at,
                        author = :author, summary = :summary, section = :section, score = :score,
                        comments = :comments, updated_at = :at, content = :content, content_base = :base
                  WHERE key = :key",
            )?
            .execute(named_params! {
                ":key": held.key, ":story": story, ":title": article.title, ":url": url(article),
                ":published_at": article.published_at.map(Instant), ":author": article.author,
                ":summary": article.summary, ":section": article.section, ":score": article.score,
                ":comments": article.comments, ":at": self.at, ":content": content, ":base": base,
            })?;
        if story != held.story {
            story::drop_if_empty(self.tx, held.story)?;
        }
        Ok(())
    }
}

/// The address of an article as text.
fn url(article: &Article) -> Option<&str> {
    article.url.as_ref().map(|url| url.as_str())
}

/// The full text of an article, and its base.
fn content(article: &Article) -> (Option<&str>, Option<&str>) {
    match &article.content {
        Some(content) => (
            Some(content.html.as_str()),
            content.base.as_ref().map(|base| base.as_str()),
        ),
        None => (None, None),
    }
}
