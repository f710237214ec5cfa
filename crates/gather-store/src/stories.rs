//! News: stories with their provenances, newest first.
//!
//! A story is what the viewer may see of the articles that share a canonical URL: the same story has fewer
//! provenances for one viewer than for another, and does not exist for a third.
//! It stands where its earliest visible article stands, at the earlier of "published" and "first seen", so neither a
//! date in the future nor a late second source moves it to the top.

use gather_records::{Article, Content, Viewer};
use jiff::Timestamp;
use rusqlite::{Row, Transaction, named_params};
use serde::Serialize;

use crate::{
    Error, Store,
    codec::{Instant, Text, limit_of},
    error::Fault,
    search,
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
            content: false,
            limit: 50,
        }
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

/// Walks the articles from the newest down and takes each story at its earliest visible article, so that the work
/// depends on the limit and not on how much is stored. The plus keeps SQLite from choosing the index by source.
const NEWEST: &str = "
WITH visible AS (SELECT id, name FROM sources WHERE :viewer IS NULL OR owner IS NULL OR owner = :viewer),
     chosen AS (SELECT id FROM visible WHERE :sources IS NULL OR name IN (SELECT value FROM json_each(:sources)))
SELECT a.story_id
  FROM articles a
 WHERE a.rank_at >= :since
   AND +a.source_id IN (SELECT id FROM visible)
   AND NOT EXISTS (SELECT 1 FROM articles b
                    WHERE b.story_id = a.story_id AND +b.source_id IN (SELECT id FROM visible)
                      AND (b.rank_at, b.key) < (a.rank_at, a.key))
   AND (:sources IS NULL OR EXISTS (SELECT 1 FROM articles c
                    WHERE c.story_id = a.story_id AND +c.source_id IN (SELECT id FROM chosen)))
   AND (:words IS NULL OR a.story_id IN (
            SELECT d.story_id FROM articles_text t JOIN articles d ON d.key = t.rowid
             WHERE articles_text MATCH :words AND +d.source_id IN (SELECT id FROM chosen)))
 ORDER BY a.rank_at DESC, a.key DESC
 LIMIT :limit";

/// Takes the stories of a few articles, found by their words or else by their sources, and orders them. The work depends
/// on how many articles are found, so this is for up to [`FEW`].
const FOUND: &str = "
WITH visible AS (SELECT id, name FROM sources WHERE :viewer IS NULL OR owner IS NULL OR owner = :viewer),
     chosen AS (SELECT id FROM visible WHERE :sources IS NULL OR name IN (SELECT value FROM json_each(:sources))),
     found AS (SELECT d.story_id
                 FROM articles_text t JOIN articles d ON d.key = t.rowid
                WHERE :words IS NOT NULL AND articles_text MATCH :words AND +d.source_id IN (SELECT id FROM chosen)
                UNION
               SELECT d.story_id FROM articles d
                WHERE :words IS NULL AND d.source_id IN (SELECT id FROM chosen))
SELECT a.story_id
  FROM found f
  JOIN articles a ON a.key = (SELECT b.key FROM articles b
                               WHERE b.story_id = f.story_id AND +b.source_id IN (SELECT id FROM visible)
                               ORDER BY b.rank_at, b.key LIMIT 1)
 WHERE a.rank_at >= :since
 ORDER BY a.rank_at DESC, a.key DESC
 LIMIT :limit";

/// Up to as many articles are ordered one by one; of more, the newest stories are found sooner by walking.
const FEW: i64 = 5000;

const WITH_WORDS: &str =
    "SELECT count(*) FROM (SELECT 1 FROM articles_text WHERE articles_text MATCH ?1 LIMIT ?2)";

const OF_SOURCES: &str = "
SELECT count(*) FROM (
    SELECT 1 FROM articles WHERE source_id IN (
        SELECT id FROM sources WHERE name IN (SELECT value FROM json_each(?1))) LIMIT ?2)";

/// The articles of one story that the viewer may see, the earliest first.
const ARTICLES: &str = "
SELECT s.name, a.id, a.title, a.url, a.section, a.author, a.score, a.comments, a.published_at, a.first_seen,
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
}

fn stories(tx: &Transaction<'_>, viewer: &Viewer, query: &StoryQuery) -> Result<Vec<Story>, Fault> {
    let words = match query.search.as_deref().map(search::words) {
        Some(search::Words::Nothing) => return Ok(Vec::new()),
        Some(search::Words::Match(words)) => Some(words),
        None | Some(search::Words::All) => None,
    };
    let sources = (!query.sources.is_empty())
        .then(|| serde_json::to_string(&query.sources).expect("a list of strings is JSON"));
    let mut chosen = tx.prepare_cached(statement(tx, words.as_deref(), sources.as_deref())?)?;
    let ids = chosen.query_map(
        named_params! {
            ":viewer": viewer.user(),
            ":sources": sources,
            ":since": query.since.map_or(i64::MIN, |at| at.as_microsecond()),
            ":words": words,
            ":limit": limit_of(query.limit),
        },
        |row| row.get::<_, i64>(0),
    )?;
    let mut articles = tx.prepare_cached(ARTICLES)?;
    let mut former_urls = tx.prepare_cached(FORMER_URLS)?;
    let mut found = Vec::new();
    for id in ids {
        let id = id?;
        let rows = articles.query_map(
            named_params! {
                ":story": id, ":viewer": viewer.user(), ":content": query.content,
            },
            article,
        )?;
        let rows = rows.collect::<Result<_, _>>()?;
        let urls = former_urls.query_map(
            named_params! {":story": id, ":viewer": viewer.user()},
            |row| row.get(0),
        )?;
        found.extend(story(id, rows, urls.collect::<Result<_, _>>()?));
    }
    Ok(found)
}

/// The statement that finds the stories with the least work.
fn statement(
    tx: &Transaction<'_>,
    words: Option<&str>,
    sources: Option<&str>,
) -> Result<&'static str, Fault> {
    let (count, what) = match (words, sources) {
        (Some(words), _) => (WITH_WORDS, words),
        (None, Some(sources)) => (OF_SOURCES, sources),
        (None, None) => return Ok(NEWEST),
    };
    let found: i64 = tx
        .prepare_cached(count)?
        .query_row((what, FEW + 1), |row| row.get(0))?;
    Ok(if found <= FEW { FOUND } else { NEWEST })
}

/// One row of [`ARTICLES`].
struct Told {
    provenance: Provenance,
    summary: Option<String>,
    content: Option<Content>,
}

fn article(row: &Row<'_>) -> rusqlite::Result<Told> {
    let provenance = Provenance {
        source: row.get(0)?,
        id: row.get(1)?,
        title: row.get(2)?,
        url: row.get(3)?,
        section: row.get(4)?,
        author: row.get(5)?,
        score: row.get(6)?,
        comments: row.get(7)?,
        published_at: row.get::<_, Option<Instant>>(8)?.map(|at| at.0),
        first_seen: row.get::<_, Instant>(9)?.0,
        updated_at: row.get::<_, Instant>(10)?.0,
    };
    let content = match row.get::<_, Option<String>>(12)? {
        Some(html) => Some(Content {
            html,
            base: row.get::<_, Option<Text<_>>>(13)?.map(|base| base.0),
        }),
        None => None,
    };
    Ok(Told {
        provenance,
        summary: row.get(11)?,
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

#[cfg(test)]
mod tests {
    use gather_records::Record;
    use proptest::prelude::*;

    use super::*;
    use crate::{Page, SourceRef};

    #[test]
    fn no_statement_looks_at_articles_it_does_not_need() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        let plan = store.plan(NEWEST);
        assert!(
            plan.contains("SEARCH a USING INDEX articles_by_rank"),
            "{plan}"
        );
        assert!(
            plan.contains("SEARCH b USING INDEX articles_by_story"),
            "{plan}"
        );
        assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
        assert!(!plan.contains("SCAN a"), "{plan}");
        let plan = store.plan(FOUND);
        for step in [
            "SCAN t VIRTUAL TABLE",
            "SEARCH d USING INTEGER PRIMARY KEY",
            "SEARCH d USING INDEX articles_by_source",
            "SEARCH b USING INDEX articles_by_story",
        ] {
            assert!(plan.contains(step), "{step}: {plan}");
        }
    }

    /// The ids that a statement finds.
    fn ids(tx: &Transaction<'_>, sql: &str, viewer: &Viewer, query: &StoryQuery) -> Vec<i64> {
        let words = query.search.as_deref().map(search::words);
        let words = words.and_then(|words| match words {
            search::Words::Match(words) => Some(words),
            _ => None,
        });
        let sources = (!query.sources.is_empty()).then(|| format!("{:?}", query.sources));
        let mut statement = tx.prepare(sql).unwrap();
        let rows = statement.query_map(
            named_params! {
                ":viewer": viewer.user(), ":sources": sources, ":words": words,
                ":since": query.since.map_or(i64::MIN, Timestamp::as_microsecond),
                ":limit": limit_of(query.limit),
            },
            |row| row.get(0),
        );
        rows.unwrap().map(Result::unwrap).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn both_ways_to_find_stories_find_the_same(
            rows in prop::collection::vec((0..3_usize, 0..8_u8, 0..6_u8, 0..40_i64), 1..40),
            searched in prop_oneof![Just(None), Just(Some("alpha")), Just(Some("al be")), Just(Some("gamma"))],
            sources in prop::sample::subsequence(vec!["a", "b", "c"], 0..3),
            since in prop_oneof![Just(None), (0..40_i64).prop_map(Some)],
            limit in prop_oneof![Just(2_usize), Just(100)],
            alone in any::<bool>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path().join("gather.db")).unwrap();
            let run = store.begin_run(Timestamp::UNIX_EPOCH, &[]).unwrap();
            let at = |second| Timestamp::from_second(second).unwrap();
            for (source, id, url, second) in rows {
                let title = ["alpha beta", "alphabet", "beta gamma", "delta"][usize::from(id) % 4];
                let article = Article {
                    title: Some(title.to_owned()),
                    url: Some(format!("https://a.example/{url}").parse().unwrap()),
                    published_at: Some(at(second)),
                    ..Article::new(id.to_string())
                };
                let name = ["a", "b", "c"][source];
                let owner = (source == 2).then_some("ann");
                let records = [Record::Article(article)];
                store.keep(Page::new(run, SourceRef { name, owner }, &records, at(50))).unwrap();
            }
            let query = StoryQuery {
                sources: sources.into_iter().map(str::to_owned).collect(),
                since: since.map(at),
                search: searched.map(str::to_owned),
                limit,
                ..StoryQuery::default()
            };
            let viewer = if alone { Viewer::User("ben".to_owned()) } else { Viewer::Operator };
            let found = store.read(|tx| {
                let (walked, found) = (ids(tx, NEWEST, &viewer, &query), ids(tx, FOUND, &viewer, &query));
                assert_eq!(walked, found);
                Ok(found)
            }).unwrap();
            let told: Vec<i64> =
                store.stories(&viewer, &query).unwrap().iter().map(|story| story.id).collect();
            prop_assert_eq!(told, found);
        }
    }
}
