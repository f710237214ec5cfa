//! Which stories a query asks for, in their order, with the least work.
//!
//! There are two ways, and both find the same: to walk all articles from the newest down until enough stories are found,
//! or to find the few articles with the words, or of the sources, and to order their stories. How many there are is
//! counted first, up to [`FEW`].
//!
//! Not here: what is shown of a story (`stories`), what a search text means (`search`).

use gather_records::Viewer;
use rusqlite::{Transaction, named_params};

use crate::{
    StoryFilter, StoryQuery, codec::limit_of, error::Fault, marks, search, stories::StoryCursor,
};

/// Walks the articles from the newest down and takes each story at its earliest visible article, so that the work
/// depends on the limit and not on how much is stored. The plus keeps SQLite from choosing the index by source.
const NEWEST: &str = "
WITH visible AS (SELECT id, name FROM sources WHERE :viewer IS NULL OR owner IS NULL OR owner = :viewer),
     chosen AS (SELECT id FROM visible WHERE :sources IS NULL OR name IN (SELECT value FROM json_each(:sources)))
SELECT a.story_id
  FROM articles a
 WHERE a.rank_at >= :since AND (a.rank_at, a.key) < (:before_rank, :before_key)
   AND +a.source_id IN (SELECT id FROM visible)
   AND NOT EXISTS (SELECT 1 FROM articles b
                    WHERE b.story_id = a.story_id AND +b.source_id IN (SELECT id FROM visible)
                      AND (b.rank_at, b.key) < (a.rank_at, a.key))
   AND (:sources IS NULL OR EXISTS (SELECT 1 FROM articles c
                    WHERE c.story_id = a.story_id AND +c.source_id IN (SELECT id FROM chosen)))
   AND (:words IS NULL OR a.story_id IN (
            SELECT d.story_id FROM articles_text t JOIN articles d ON d.key = t.rowid
             WHERE articles_text MATCH :words AND +d.source_id IN (SELECT id FROM chosen)))
   AND (:only = 'all'
        OR (:only = 'unread' AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.user_id = :reader
                                                AND m.story_id = a.story_id AND m.read_at IS NOT NULL))
        OR (:only = 'starred' AND EXISTS (SELECT 1 FROM marks m WHERE m.user_id = :reader
                                             AND m.story_id = a.story_id AND m.starred_at IS NOT NULL)))
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
 WHERE a.rank_at >= :since AND (a.rank_at, a.key) < (:before_rank, :before_key)
   AND (:only = 'all'
        OR (:only = 'unread' AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.user_id = :reader
                                                AND m.story_id = a.story_id AND m.read_at IS NOT NULL))
        OR (:only = 'starred' AND EXISTS (SELECT 1 FROM marks m WHERE m.user_id = :reader
                                             AND m.story_id = a.story_id AND m.starred_at IS NOT NULL)))
 ORDER BY a.rank_at DESC, a.key DESC
 LIMIT :limit";

/// Takes the stories that the reader has starred and orders them: there are few.
const STARRED: &str = "
WITH visible AS (SELECT id, name FROM sources WHERE :viewer IS NULL OR owner IS NULL OR owner = :viewer),
     chosen AS (SELECT id FROM visible WHERE :sources IS NULL OR name IN (SELECT value FROM json_each(:sources)))
SELECT a.story_id
  FROM marks m INDEXED BY marks_starred
  JOIN articles a ON a.key = (SELECT b.key FROM articles b
                               WHERE b.story_id = m.story_id AND +b.source_id IN (SELECT id FROM visible)
                               ORDER BY b.rank_at, b.key LIMIT 1)
 WHERE m.user_id = :reader AND m.starred_at IS NOT NULL AND :only = 'starred'
   AND a.rank_at >= :since AND (a.rank_at, a.key) < (:before_rank, :before_key)
   AND (:sources IS NULL OR EXISTS (SELECT 1 FROM articles c
                    WHERE c.story_id = a.story_id AND +c.source_id IN (SELECT id FROM chosen)))
   AND (:words IS NULL OR a.story_id IN (
            SELECT d.story_id FROM articles_text t JOIN articles d ON d.key = t.rowid
             WHERE articles_text MATCH :words AND +d.source_id IN (SELECT id FROM chosen)))
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

/// The ids of the stories, newest first.
pub(crate) fn stories(
    tx: &Transaction<'_>,
    viewer: &Viewer,
    query: &StoryQuery,
) -> Result<Vec<i64>, Fault> {
    let words = match query.search.as_deref().map(search::words) {
        Some(search::Words::Nothing) => return Ok(Vec::new()),
        Some(search::Words::Match(words)) => Some(words),
        None | Some(search::Words::All) => None,
    };
    let sources = (!query.sources.is_empty())
        .then(|| serde_json::to_string(&query.sources).expect("a list of strings is JSON"));
    let sql = match query.only {
        StoryFilter::Starred => STARRED,
        _ => statement(tx, words.as_deref(), sources.as_deref())?,
    };
    run(tx, sql, viewer, query, words.as_deref(), sources.as_deref())
}

fn run(
    tx: &Transaction<'_>,
    sql: &str,
    viewer: &Viewer,
    query: &StoryQuery,
    words: Option<&str>,
    sources: Option<&str>,
) -> Result<Vec<i64>, Fault> {
    let reader = marks::reader(tx, viewer)?;
    // Who is no user has marked nothing.
    let only = match (query.only, reader) {
        (StoryFilter::Starred, _) => "starred",
        (StoryFilter::Unread, Some(_)) => "unread",
        (StoryFilter::Unread, None) | (StoryFilter::All, _) => "all",
    };
    let before = query.before.unwrap_or(StoryCursor::END);
    let ids = tx
        .prepare_cached(sql)?
        .query_map(
            named_params! {
                ":viewer": viewer.user(),
                ":reader": reader,
                ":only": only,
                ":sources": sources,
                ":since": query.since.map_or(i64::MIN, |at| at.as_microsecond()),
                ":before_rank": before.rank,
                ":before_key": before.key,
                ":words": words,
                ":limit": limit_of(query.limit),
            },
            |row| row.get::<_, i64>(0),
        )?
        .collect::<Result<_, _>>()?;
    Ok(ids)
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

#[cfg(test)]
mod tests {
    use gather_records::{Article, Record};
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::{Page, SourceRef, Store};

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
        let plan = store.plan(STARRED);
        assert!(
            plan.contains("SEARCH m USING COVERING INDEX marks_starred")
                || plan.contains("SEARCH m USING INDEX marks_starred"),
            "{plan}"
        );
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
        run(tx, sql, viewer, query, words.as_deref(), sources.as_deref()).unwrap()
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
