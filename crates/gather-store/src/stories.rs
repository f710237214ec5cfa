//! News: stories with their provenances, newest first.
//!
//! A story is what the viewer may see of the articles that share a canonical URL: the same story has fewer
//! provenances for one viewer than for another, and does not exist for a third.
//! It stands where its earliest visible article stands, at the earlier of "published" and "first seen", so neither a
//! date in the future nor a late second source moves it to the top.
//!
//! Not here: which stories a query asks for (`find`).

use std::{fmt, str::FromStr};

use gather_records::{Article, Content, Viewer};
use jiff::Timestamp;
use rusqlite::{Row, Transaction, named_params};
use serde::Serialize;

use crate::{
    Error, Marks, Store, UnknownWord,
    codec::{Instant, Text},
    error::Fault,
    find, marks,
};

/// Which stories to read. The default is the newest 50 of all sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryQuery {
    /// Only stories that one of these sources brought; empty means all sources. A story's other provenances are
    /// listed too.
    pub sources: Vec<String>,
    /// Only stories that stand at this instant or later.
    pub since: Option<Timestamp>,
    /// Only stories of which a title or summary has words that begin with all of these. Blank means all.
    pub search: Option<String>,
    /// Only stories that the viewer has, or has not, marked. For somebody who is no user nothing is marked.
    pub only: StoryFilter,
    /// Only stories that stand after this one: the [`Story::cursor`] of the last of a page gives the next page.
    pub before: Option<StoryCursor>,
    /// Whether to read the full texts too; they can be long.
    pub content: bool,
    /// At most this many.
    pub limit: usize,
}

impl Default for StoryQuery {
    fn default() -> Self {
        Self {
            sources: Vec::new(),
            since: None,
            search: None,
            only: StoryFilter::All,
            before: None,
            content: false,
            limit: 50,
        }
    }
}

/// Which stories by the viewer's marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum StoryFilter {
    /// Whether marked or not.
    #[default]
    All,
    /// Not read.
    Unread,
    /// Starred.
    Starred,
}

/// Where a story stands among all: an opaque text, by which a next page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoryCursor {
    pub(crate) rank: i64,
    pub(crate) key: i64,
}

impl StoryCursor {
    pub(crate) const END: Self = Self {
        rank: i64::MAX,
        key: i64::MAX,
    };
}

impl fmt::Display for StoryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}", self.rank, self.key)
    }
}

impl FromStr for StoryCursor {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        cursor(text).map(|[rank, key]| Self { rank, key })
    }
}

/// Numbers that a cursor wrote.
pub(crate) fn cursor<const N: usize>(text: &str) -> Result<[i64; N], UnknownWord> {
    let mut parts = text.split('.');
    let mut numbers = [0; N];
    for number in &mut numbers {
        let part = parts.next().ok_or_else(|| UnknownWord::new(text))?;
        let bits = u64::from_str_radix(part, 16).map_err(|_| UnknownWord::new(text))?;
        *number = bits.cast_signed();
    }
    match parts.next() {
        None => Ok(numbers),
        Some(_) => Err(UnknownWord::new(text)),
    }
}

/// One story as one viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Story {
    /// The store's number of the story; the same for all viewers.
    pub id: i64,
    /// The title of the earliest article that has one, else what stands for it; see
    /// [`Article::headline`](gather_records::Article::headline).
    pub headline: String,
    /// Where to read it, as the first source with an address gave it.
    pub url: Option<String>,
    /// The start of it, from the first source that gave one.
    pub summary: Option<String>,
    /// When the first source that knows says it was published.
    pub published_at: Option<Timestamp>,
    /// When the first of its articles was first kept.
    pub first_seen: Timestamp,
    /// All other addresses under which its articles were ever given, in order of the alphabet.
    pub aliases: Vec<String>,
    /// Who brought it, the earliest first; never empty.
    pub provenances: Vec<Provenance>,
    /// What the viewer has marked; `None` for somebody who is no user.
    #[serde(flatten)]
    pub marks: Option<Marks>,
    /// Where it stands, to ask for what comes after it.
    #[serde(skip)]
    pub cursor: StoryCursor,
    /// The full text, from the first source that gave one; only where the query asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// One article of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The source's name.
    pub source: String,
    /// The source's own id of the article.
    pub id: String,
    /// The title this source gives it.
    pub title: Option<String>,
    /// Where this source links to.
    pub url: Option<String>,
    /// Under which section this source files it.
    pub section: Option<String>,
    /// Who wrote it, as this source says.
    pub author: Option<String>,
    /// What this source counts in favour.
    pub score: Option<i64>,
    /// How many comments this source counts.
    pub comments: Option<i64>,
    /// When it was published, as this source says.
    pub published_at: Option<Timestamp>,
    /// When the store first saw it.
    pub first_seen: Timestamp,
    /// When one of its values last changed.
    pub updated_at: Timestamp,
}

/// The articles of one story that the viewer may see, the earliest first.
const ARTICLES: &str = "
SELECT a.rank_at, a.key, s.name, a.id, a.title, a.url, a.section, a.author, a.score, a.comments, a.published_at, a.first_seen,
       a.updated_at, a.summary, iif(:content, a.content, NULL), iif(:content, a.content_base, NULL)
  FROM articles a JOIN sources s ON s.id = a.source_id
 WHERE a.story_id = :story AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)
 ORDER BY a.rank_at, a.key";

/// The addresses that these articles had before.
const FORMER_URLS: &str = "
SELECT f.url
  FROM articles a JOIN sources s ON s.id = a.source_id JOIN former_urls f ON f.article = a.key
 WHERE a.story_id = :story AND (:viewer IS NULL OR s.owner IS NULL OR s.owner = :viewer)";

impl Store {
    /// The stories a viewer may see, newest first, read in one snapshot.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn stories(&self, viewer: &Viewer, query: &StoryQuery) -> Result<Vec<Story>, Error> {
        self.read(|tx| stories(tx, viewer, query))
    }

    /// One story by its number, with its full text; `None` when there is none that the viewer may see.
    ///
    /// # Errors
    /// When the file cannot be read; see [`Error::kind`].
    pub fn story(&self, viewer: &Viewer, id: i64) -> Result<Option<Story>, Error> {
        self.read(|tx| Ok(told(tx, viewer, [id], true)?.pop()))
    }
}

pub(crate) fn stories(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    query: &StoryQuery,
) -> Result<Vec<Story>, Fault> {
    let ids = find::stories(tx, viewer, query)?;
    told(tx, viewer, ids, query.content)
}

/// The stories of these numbers as a viewer sees them, without those of which they see nothing.
fn told(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    ids: impl IntoIterator<Item = i64>,
    content: bool,
) -> Result<Vec<Story>, Fault> {
    let reader = marks::reader(tx, viewer)?;
    let mut articles = tx.prepare_cached(ARTICLES)?;
    let mut former_urls = tx.prepare_cached(FORMER_URLS)?;
    let mut found = Vec::new();
    for id in ids {
        let rows = articles.query_map(
            named_params! {":story": id, ":viewer": viewer.user(), ":content": content},
            article,
        )?;
        let rows = rows.collect::<Result<_, _>>()?;
        let urls = former_urls.query_map(
            named_params! {":story": id, ":viewer": viewer.user()},
            |row| row.get(0),
        )?;
        let marks = reader
            .map(|reader| marks::of_story(tx, reader, id))
            .transpose()?;
        let story = story(id, rows, urls.collect::<Result<_, _>>()?);
        found.extend(story.map(|story| Story { marks, ..story }));
    }
    Ok(found)
}

/// One row of [`ARTICLES`].
struct Told {
    cursor: StoryCursor,
    provenance: Provenance,
    summary: Option<String>,
    content: Option<Content>,
}

fn article(row: &Row<'_>) -> rusqlite::Result<Told> {
    let provenance = Provenance {
        source: row.get(2)?,
        id: row.get(3)?,
        title: row.get(4)?,
        url: row.get(5)?,
        section: row.get(6)?,
        author: row.get(7)?,
        score: row.get(8)?,
        comments: row.get(9)?,
        published_at: row.get::<_, Option<Instant>>(10)?.map(|at| at.0),
        first_seen: row.get::<_, Instant>(11)?.0,
        updated_at: row.get::<_, Instant>(12)?.0,
    };
    let content = match row.get::<_, Option<String>>(14)? {
        Some(html) => Some(Content {
            html,
            base: row.get::<_, Option<Text<_>>>(15)?.map(|base| base.0),
        }),
        None => None,
    };
    Ok(Told {
        cursor: StoryCursor {
            rank: row.get(0)?,
            key: row.get(1)?,
        },
        provenance,
        summary: row.get(13)?,
        content,
    })
}

/// Makes one story of its articles, the earliest first; `None` where there are none.
fn story(id: i64, articles: Vec<Told>, former_urls: Vec<String>) -> Option<Story> {
    let filled = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.trim().is_empty());
    let lead = articles
        .iter()
        .find(|told| filled(&told.provenance.title))
        .or_else(|| articles.first())?;
    let headline = Article {
        title: lead.provenance.title.clone(),
        summary: lead.summary.clone(),
        ..Article::new(lead.provenance.url.as_ref().unwrap_or(&lead.provenance.id))
    }
    .headline()
    .to_owned();
    let url = articles.iter().find_map(|told| told.provenance.url.clone());
    let urls = articles
        .iter()
        .filter_map(|told| told.provenance.url.clone());
    let mut aliases: Vec<String> = urls
        .chain(former_urls)
        .filter(|alias| Some(alias) != url.as_ref())
        .collect();
    aliases.sort_unstable();
    aliases.dedup();
    Some(Story {
        id,
        marks: None,
        cursor: articles.first()?.cursor,
        headline,
        url,
        summary: articles
            .iter()
            .find(|told| filled(&told.summary))
            .and_then(|told| told.summary.clone()),
        published_at: articles
            .iter()
            .find_map(|told| told.provenance.published_at),
        first_seen: articles
            .iter()
            .map(|told| told.provenance.first_seen)
            .min()?,
        aliases,
        content: articles.iter().find_map(|told| told.content.clone()),
        provenances: articles.into_iter().map(|told| told.provenance).collect(),
    })
}
