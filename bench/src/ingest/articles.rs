//! Articles that are already in memory into the store, full-text searchable when the clock stops.
//!
//! They come in pages, as answers do, each one transaction, from several sources in turn; of ten articles one is a
//! story that another source brought before.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use gather_records::{Article, Record, Viewer, canonical_url};
use gather_store::{Page, RunId, SourceRef, Store, StoryQuery};
use jiff::Timestamp;
use serde_json::json;

use super::{
    Done, Side,
    by_hand::{ByHand, Row},
    made_up::Pen,
    store::Database,
};
use crate::{Fault, measure::Stopwatch};

/// How many articles there are.
const ARTICLES: usize = 100_000;

/// How many of them come in one page.
const A_PAGE: usize = 100;

pub(crate) const SOURCES: [&str; 4] = ["a", "b", "c", "d"];

/// A word that stands in the title of the last article only.
const LAST: &str = "zzlast";

/// When everything is kept.
const AT: Timestamp = Timestamp::UNIX_EPOCH;

pub(super) fn run(side: Side, home: &Path) -> Result<Done, Fault> {
    let pages = pages()?;
    let refs = SOURCES.map(|name| SourceRef { name, owner: None });
    let (database, store, run) = Database::create(home, &refs, AT)?;
    let cost = match side {
        Side::Gather => {
            let watch = Stopwatch::start();
            for (source, records) in &pages {
                store.keep(page(run, source, records))?;
            }
            watch.stop()?
        }
        Side::ByHand => {
            let mut store = ByHand::open(database.path(), run)?;
            let watch = Stopwatch::start();
            for (source, records) in &pages {
                store.keep(
                    source,
                    AT,
                    records.iter().filter_map(article).map(|it| Ok(row(it))),
                )?;
            }
            watch.stop()?
        }
    };
    let query = StoryQuery {
        search: Some(LAST.to_owned()),
        ..StoryQuery::default()
    };
    let found = store.stories(&Viewer::Operator, &query)?.len();
    if found != 1 {
        return Err(format!("a search finds the last article {found} times, expected once").into());
    }
    Ok(Done {
        cost,
        records: ARTICLES,
        bytes: 0,
        result: database.contents()?,
    })
}

/// Keeps all of them in a store.
pub(crate) fn fill(store: &Store, run: RunId) -> Result<(), Fault> {
    for (source, records) in &pages()? {
        store.keep(page(run, source, records))?;
    }
    Ok(())
}

/// Writes all of them as lines of JSON, page after page, into `articles.ndjson`; gives how many.
pub(super) fn write(home: &Path) -> Result<usize, Fault> {
    let mut file = BufWriter::new(File::create(home.join("articles.ndjson"))?);
    for (source, records) in &pages()? {
        for article in records.iter().filter_map(article) {
            let line = json!({
                "source": source, "id": article.id, "title": article.title,
                "url": article.url.as_ref().map(url::Url::as_str),
                "published_at": article.published_at.map(|at| at.to_string()), "author": article.author,
                "summary": article.summary, "section": article.section,
                "score": article.score, "comments": article.comments,
            });
            writeln!(file, "{line}")?;
        }
    }
    file.flush()?;
    Ok(ARTICLES)
}

/// The pages with the sources they are of.
fn pages() -> Result<Vec<(&'static str, Vec<Record>)>, Fault> {
    let mut pen = Pen::new(4);
    let mut pages = Vec::with_capacity(ARTICLES / A_PAGE);
    let mut earlier: Vec<url::Url> = Vec::with_capacity(ARTICLES);
    for (at, source) in (0..ARTICLES / A_PAGE).zip(SOURCES.iter().cycle()) {
        let mut page = Vec::with_capacity(A_PAGE);
        for number in at * A_PAGE..(at + 1) * A_PAGE {
            let story = pen.story(number);
            // One of the page before, which was another source's.
            let url = match number.checked_sub(A_PAGE).filter(|_| number % 10 == 9) {
                Some(before) => earlier[before].clone(),
                None => story.url.parse()?,
            };
            earlier.push(url.clone());
            let mut title = story.title;
            if number + 1 == ARTICLES {
                title = format!("{title} {LAST}");
            }
            page.push(Record::Article(Article {
                title: Some(title),
                url: Some(url),
                published_at: Some(story.published),
                author: Some(story.author),
                summary: Some(story.summary),
                section: Some(story.section.to_owned()),
                score: Some(story.score.into()),
                comments: Some(story.comments.into()),
                ..Article::new(story.number.to_string())
            }));
        }
        pages.push((*source, page));
    }
    Ok(pages)
}

/// A page of a source that belongs to everybody.
pub(super) fn page<'a>(run: RunId, name: &'a str, records: &'a [Record]) -> Page<'a> {
    Page::new(run, SourceRef { name, owner: None }, records, AT)
}

fn article(record: &Record) -> Option<&Article> {
    match record {
        Record::Article(article) => Some(article),
        _ => None,
    }
}

fn row(article: &Article) -> Row<'_> {
    Row {
        id: &article.id,
        title: article.title.as_deref(),
        url: article.url.as_ref().map(url::Url::as_str),
        canonical_url: article.url.as_ref().map(canonical_url),
        published_at: article.published_at,
        author: article.author.as_deref(),
        summary: article.summary.as_deref(),
        section: article.section.as_deref(),
        score: article.score,
        comments: article.comments,
        content: article.content.as_ref().map(|it| it.html.as_str()),
    }
}
