//! Stories: what joins the articles that share a canonical URL.
//!
//! A story holds nothing but that address. An article without one has a story of its own; a story that loses its last
//! article is gone.

use gather_records::{Article, canonical_url};
use rusqlite::Transaction;

use crate::error::Fault;

/// The story an article belongs to, which is made where it is new.
pub(super) fn story(tx: &Transaction<'_>, article: &Article) -> Result<i64, Fault> {
    story_of(tx, article.url.as_ref().map(canonical_url).as_deref())
}

/// The story of an address, which is made where it is new; without an address always a new one.
fn story_of(tx: &Transaction<'_>, canonical: Option<&str>) -> Result<i64, Fault> {
    // Most addresses that are asked for are new, and then this is all.
    let made = tx
        .prepare_cached("INSERT INTO stories (canonical_url) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([canonical])?;
    if made > 0 {
        return Ok(tx.last_insert_rowid());
    }
    Ok(tx
        .prepare_cached("SELECT id FROM stories WHERE canonical_url = ?1")?
        .query_row([canonical], |row| row.get(0))?)
}

/// Drops a story that has no article left.
pub(super) fn drop_if_empty(tx: &Transaction<'_>, story: i64) -> Result<(), Fault> {
    tx.prepare_cached(
        "DELETE FROM stories WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM articles WHERE story_id = ?1)",
    )?
    .execute([story])?;
    Ok(())
}

/// Joins all articles anew, for a file that was written when the rules of canonical URLs were others.
pub(crate) fn rejoin(tx: &Transaction<'_>) -> Result<(), Fault> {
    let mut articles = tx.prepare(
        "SELECT a.key, a.url, s.id, s.canonical_url
           FROM articles a JOIN stories s ON s.id = a.story_id WHERE a.url IS NOT NULL",
    )?;
    let mut moved = Vec::new();
    let mut rows = articles.query([])?;
    while let Some(row) = rows.next()? {
        let url: String = row.get(1)?;
        // What does not read as an address was joined by nothing and stays as it is.
        let Ok(canonical) = url.parse().map(|url| canonical_url(&url)) else {
            continue;
        };
        if row.get::<_, Option<String>>(3)?.as_ref() != Some(&canonical) {
            moved.push((row.get::<_, i64>(0)?, row.get::<_, i64>(2)?, canonical));
        }
    }
    for (article, old, canonical) in moved {
        let story = story_of(tx, Some(&canonical))?;
        tx.execute(
            "UPDATE articles SET story_id = ?2 WHERE key = ?1",
            (article, story),
        )?;
        drop_if_empty(tx, old)?;
    }
    Ok(())
}

/// Where a canonical address leads on its site, whichever site it is; blank for the site's front page.
pub(super) fn path_of(canonical: &str) -> &str {
    canonical
        .find(['/', '?', '#'])
        .map_or("", |start| &canonical[start..])
}

/// The canonical address of a text, if it is one.
pub(super) fn canonical_text(url: &str) -> Option<String> {
    url.parse().map(|url| canonical_url(&url)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_what_is_left_without_the_site() {
        assert_eq!(path_of("a.example/n/1?x=2"), "/n/1?x=2");
        assert_eq!(path_of("a.example:8080?p=1"), "?p=1");
        assert_eq!(path_of("a.example#!/one"), "#!/one");
        assert_eq!(path_of("a.example"), "");
    }
}
