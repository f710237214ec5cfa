//! The ids of feeds, which cannot be trusted: one may stand for several posts, and all may change at once.
//!
//! A post that shares its id with another of the same feed, but neither link nor title, is kept under an id of its own,
//! made of the feed's id and the link; where an id has been repeated like that, the link alone tells its posts apart. When no id of a page is known, but at least half of its posts are held under
//! other ids, recognised by link (on whatever site) or by title and date, the feed has moved: its articles go on under
//! the new ids, and the old ones are remembered, so that the way back changes nothing.
//!
//! Not here: posts without any id; who reads the feed gives them one.

use std::collections::{HashMap, HashSet};

use gather_records::{Article, Record, canonical_url};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row};

use super::{
    Page, Place,
    story::{canonical_text, path_of},
};
use crate::{
    codec::{Instant, fnv},
    error::Fault,
};

/// Fewer posts than this do not show that a feed has moved.
const MIN_POSTS: usize = 3;

/// Among as many of a source's newest articles those of a feed that has moved are looked for.
const LOOKED_AT: i64 = 500;

/// What is known of the ids of a page of a feed.
#[derive(Debug, Default)]
pub(super) struct Weak {
    /// The posts that are kept under an id of their own, by their place in the page.
    own: HashMap<usize, String>,
    former_ids: bool,
}

impl Weak {
    /// The id of its own that a post of the page has.
    pub(super) fn own_id(&self, index: usize) -> Option<&str> {
        self.own.get(&index).map(String::as_str)
    }

    pub(super) fn has_former_ids(&self) -> bool {
        self.former_ids
    }
}

/// What tells posts apart that share an id.
#[derive(Debug, PartialEq, Eq)]
struct Face {
    title: Option<String>,
    link: Option<String>,
    published_at: Option<Timestamp>,
}

impl Face {
    fn of(article: &Article) -> Self {
        Self {
            title: article.title.clone(),
            link: article
                .url
                .as_ref()
                .map(|url| path_of(&canonical_url(url)).to_owned()),
            published_at: article.published_at,
        }
    }

    /// Of an article as it is held: title, address, date.
    fn held(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let url: Option<String> = row.get(first + 1)?;
        let key = url.and_then(|url| canonical_text(&url));
        Ok(Self {
            title: row.get(first)?,
            link: key.map(|key| path_of(&key).to_owned()),
            published_at: row.get::<_, Option<Instant>>(first + 2)?.map(|at| at.0),
        })
    }

    /// The link, unless it is only that of the site.
    fn deep_link(&self) -> Option<&str> {
        self.link.as_deref().filter(|link| link.len() > 1)
    }
}

/// Looks at the ids of a page of a feed before its articles are kept, and moves the source's articles to the new ids
/// where the feed has changed all of them.
pub(super) fn look(place: &Place<'_>, page: &Page<'_>) -> Result<Weak, Fault> {
    let posts: Vec<(usize, &Article)> = (0..)
        .zip(page.records)
        .filter_map(|(index, record)| match record {
            Record::Article(article) if !article.id.is_empty() => Some((index, article)),
            _ => None,
        })
        .collect();
    let own = repeated_ids(place, &posts)?;
    if is_first_page(place, page)? && posts.len() >= MIN_POSTS {
        follow_move(place, &posts)?;
    }
    let former_ids = place
        .tx
        .prepare_cached("SELECT 1 FROM former_ids WHERE source_id = ?1")?
        .exists([place.source])?;
    Ok(Weak { own, former_ids })
}

/// Finds the ids that stand for several posts of one page: they have neither one link nor one title. From then on the
/// link tells them apart. The post that is held under the id keeps it, or where nothing is held the first one; the
/// others get ids of their own.
fn repeated_ids(
    place: &Place<'_>,
    posts: &[(usize, &Article)],
) -> Result<HashMap<usize, String>, Fault> {
    let mut by_id: HashMap<&str, Vec<(usize, &Article)>> = HashMap::with_capacity(posts.len());
    for (index, article) in posts {
        by_id
            .entry(&article.id)
            .or_default()
            .push((*index, article));
    }
    let mut own = HashMap::new();
    for (id, posts) in by_id.into_iter().filter(|(_, posts)| posts.len() > 1) {
        let faces: Vec<Face> = posts.iter().map(|(_, article)| Face::of(article)).collect();
        let links: HashSet<&String> = faces.iter().flat_map(|face| &face.link).collect();
        let titles: HashSet<&String> = faces.iter().flat_map(|face| &face.title).collect();
        if links.len() < 2 || titles.len() < 2 {
            continue;
        }
        let held = held_face(place, id)?;
        let keeps = &held.as_ref().unwrap_or(&faces[0]).link;
        for ((index, _), face) in posts.iter().zip(&faces) {
            if face.link != *keeps {
                own.insert(*index, derived(id, face));
            }
        }
    }
    Ok(own)
}

/// The id under which another post is kept beside the article that is held under its id; `None` when it is the same
/// post after an edit.
pub(super) fn id_of_its_own(
    place: &Place<'_>,
    held: i64,
    article: &Article,
) -> Result<Option<String>, Fault> {
    let held = place
        .tx
        .prepare_cached("SELECT title, url, published_at FROM articles WHERE key = ?1")?
        .query_row([held], |row| Face::held(row, 0))?;
    let face = Face::of(article);
    if face.link.is_none() || held.link.is_none() || face.link == held.link {
        return Ok(None);
    }
    let other_title = face.title.is_some() && held.title.is_some() && face.title != held.title;
    // A new title often brings a new link with it, and then the date stays.
    let same_date = face.published_at.is_some() && face.published_at == held.published_at;
    let another = other_title && !same_date || was_repeated(place, &article.id)?;
    Ok(another.then(|| derived(&article.id, &face)))
}

/// Whether other posts are held beside the one that has this id.
fn was_repeated(place: &Place<'_>, id: &str) -> Result<bool, Fault> {
    Ok(place
        .tx
        .prepare_cached(
            "SELECT 1 FROM articles
              WHERE source_id = ?1 AND id > ?2 || '#' AND id < ?2 || '$' AND length(id) = length(?2) + 17",
        )?
        .exists((place.source, id))?)
}

fn held_face(place: &Place<'_>, id: &str) -> Result<Option<Face>, Fault> {
    Ok(place
        .tx
        .prepare_cached(
            "SELECT title, url, published_at FROM articles WHERE source_id = ?1 AND id = ?2",
        )?
        .query_row((place.source, id), |row| Face::held(row, 0))
        .optional()?)
}

/// An id made of the feed's own and the link, the same whenever the post is seen again, whatever its title is then.
fn derived(id: &str, face: &Face) -> String {
    let link = face.link.as_deref().unwrap_or_default();
    format!("{id}#{:016x}", fnv(link))
}

/// Whether nothing of the source has been kept in this run. A feed that has moved shows it at once, and the pages of
/// a long one need not be looked through each time.
fn is_first_page(place: &Place<'_>, page: &Page<'_>) -> Result<bool, Fault> {
    Ok(place
        .tx
        .prepare_cached(
            "SELECT new + changed + unchanged = 0 FROM outcomes WHERE run_id = ?1 AND source_id = ?2",
        )?
        .query_row((page.run.get(), place.source), |row| row.get(0))?)
}

fn follow_move(place: &Place<'_>, posts: &[(usize, &Article)]) -> Result<(), Fault> {
    for (_, article) in posts {
        let known = place
            .tx
            .prepare_cached(
                "SELECT 1 FROM articles WHERE source_id = ?1 AND id = ?2
                 UNION ALL SELECT 1 FROM former_ids WHERE source_id = ?1 AND id = ?2",
            )?
            .exists((place.source, &article.id))?;
        if known {
            return Ok(());
        }
    }
    let held = newest(place)?;
    let mut found = HashMap::new();
    for (_, article) in posts {
        let face = Face::of(article);
        // What fits several articles, or several posts, is no proof.
        if let Some((key, old)) = the_only(&held, &face) {
            found
                .entry(key)
                .and_modify(|new| *new = None)
                .or_insert(Some((old, article.id.as_str())));
        }
    }
    let found: Vec<_> = found
        .into_iter()
        .filter_map(|(key, ids)| ids.map(|ids| (key, ids)))
        .collect();
    if found.len() * 2 < posts.len() {
        return Ok(());
    }
    for (key, (old, new)) in found {
        // Two posts of one new id: the first that is found has it.
        let moved = place
            .tx
            .prepare_cached("UPDATE OR IGNORE articles SET id = ?2 WHERE key = ?1")?
            .execute((key, new))?;
        if moved > 0 {
            place
                .tx
                .prepare_cached(
                    "INSERT OR REPLACE INTO former_ids (source_id, id, article) VALUES (?1, ?2, ?3)",
                )?
                .execute((place.source, old, key))?;
        }
    }
    Ok(())
}

/// An article of the source: its key, its id, and what it is recognised by.
type HeldPost = (i64, String, Face);

fn newest(place: &Place<'_>) -> Result<Vec<HeldPost>, Fault> {
    let mut statement = place.tx.prepare_cached(
        "SELECT key, id, title, url, published_at FROM articles
          WHERE source_id = ?1 ORDER BY rank_at DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((place.source, LOOKED_AT), |row| {
        Ok((row.get(0)?, row.get(1)?, Face::held(row, 2)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The one held article that a post is: by its link, else by title and date.
fn the_only<'h>(held: &'h [HeldPost], post: &Face) -> Option<(i64, &'h str)> {
    let by = |is_it: &dyn Fn(&Face) -> bool| {
        let mut fits = held.iter().filter(|(_, _, face)| is_it(face));
        let (key, id, _) = fits.next()?;
        fits.next().is_none().then_some((*key, id.as_str()))
    };
    let by_link = post
        .deep_link()
        .and_then(|link| by(&|face| face.deep_link() == Some(link)));
    by_link.or_else(|| {
        let (title, date) = (post.title.as_deref()?, post.published_at?);
        by(&|face| face.title.as_deref() == Some(title) && face.published_at == Some(date))
    })
}
