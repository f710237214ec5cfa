//! A large JSON answer to stored records.
//!
//! By hand it is jaq's own parser, the same expressions in one jq program, and prepared inserts into the same tables.

use std::path::Path;

use gather_records::canonical_url;
use gather_sources::{Answer, Config, Reading};
use gather_store::{Filled, Page, SourceRef};
use jaq_core::{
    Compiler, Ctx, Vars,
    data::JustLut,
    load::{Arena, File, Loader},
    unwrap_valr,
};
use jaq_json::{Num, Val};
use jiff::Timestamp;
use url::Url;

use super::{
    Done, Side,
    articles::page,
    by_hand::{ByHand, Row},
    made_up::Pen,
    store::Database,
};
use crate::{Fault, measure::Stopwatch};

/// How many articles the answer has; with them it is about 8 MiB long.
const ARTICLES: usize = 10_000;

/// The declared expressions, in the order of the fields of [`Row`].
const FIELDS: [(&str, &str); 9] = [
    ("id", ".url"),
    ("title", ".title"),
    ("url", ".url"),
    ("published_at", ".publishedAt"),
    ("author", ".author"),
    ("summary", ".description // .content"),
    ("section", ".source.name"),
    ("score", ".points"),
    ("comments", ".comments"),
];

const EACH: &str = ".articles[]";
const WHERE: &str = ".title != \"[Removed]\"";

/// The source's name.
const SOURCE: &str = "paper";

pub(super) fn run(side: Side, home: &Path) -> Result<Done, Fault> {
    let body = body()?;
    let source = SourceRef {
        name: SOURCE,
        owner: None,
    };
    let (database, store, run) = Database::create(home, &[source], Timestamp::UNIX_EPOCH)?;
    let (cost, records) = match side {
        Side::Gather => {
            let config = Config::parse(&declaration(), "bench")?;
            let resolved = config.resolve(&|_| Err("is not needed".to_owned()));
            let source = resolved.sources.first().ok_or("the source is not ready")?;
            let ask = source
                .first_asks()
                .into_iter()
                .next()
                .ok_or("nothing to ask")?;
            let watch = Stopwatch::start();
            let reading = source.read(&ask, &answer(ask.url(), &body))?;
            let filled = filled(&reading);
            store.keep(Page {
                declaration: source.declaration().digest(),
                request: &ask.plan(),
                filled: &filled,
                ..page(run, SOURCE, &reading.records)
            })?;
            (watch.stop()?, reading.records.len())
        }
        Side::ByHand => {
            let mut store = ByHand::open(database.path(), run)?;
            let filter = compile(&program())?;
            let watch = Stopwatch::start();
            let input = jaq_json::read::parse_single(&body).map_err(|error| error.to_string())?;
            let ctx = Ctx::<JustLut<Val>>::new(&filter.lut, Vars::new([]));
            let rows: Vec<Val> = filter
                .id
                .run((ctx, input))
                .map(unwrap_valr)
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?;
            let kept = store.keep(SOURCE, Timestamp::UNIX_EPOCH, urls(&rows).iter().map(row))?;
            (watch.stop()?, kept)
        }
    };
    Ok(Done {
        cost,
        records,
        bytes: body.len(),
        result: database.contents()?,
    })
}

/// What the store is told beside the records, as a run tells it.
fn filled(reading: &Reading) -> Vec<Filled<'_>> {
    let filled = reading.filled.iter().map(|it| Filled {
        kind: it.kind,
        field: it.field,
        filled: it.filled,
        rows: it.rows,
    });
    filled.collect()
}

fn body() -> Result<Vec<u8>, Fault> {
    let mut pen = Pen::new(1);
    let articles: Vec<serde_json::Value> = (0..ARTICLES)
        .map(|number| {
            let story = pen.story(number);
            serde_json::json!({
                "source": { "id": null, "name": story.section },
                "author": story.author,
                "title": if number % 50 == 7 { "[Removed]" } else { &story.title },
                "description": if number % 20 == 3 { None } else { Some(story.summary) },
                "url": story.url,
                "urlToImage": format!("https://images.example/{number}/large.jpg"),
                "publishedAt": story.published.to_string(),
                "content": pen.sentences(50),
                "points": story.score,
                "comments": story.comments,
            })
        })
        .collect();
    let all = serde_json::json!({ "status": "ok", "totalResults": ARTICLES, "articles": articles });
    Ok(serde_json::to_vec(&all)?)
}

fn declaration() -> String {
    let mut text = format!(
        "[source.{SOURCE}]\nurl = \"https://paper.example/news.json\"\n\
         [source.{SOURCE}.article]\neach = '{EACH}'\nwhere = '{WHERE}'\n"
    );
    for (field, expression) in FIELDS {
        text.push_str(&format!("{field} = '{expression}'\n"));
    }
    text
}

/// The same in one jq program: a row of fields each.
fn program() -> String {
    let fields = FIELDS.map(|(_, expression)| format!("({expression})"));
    format!("{EACH} | select({WHERE}) | [{}]", fields.join(", "))
}

fn answer<'a>(url: &'a Url, body: &'a [u8]) -> Answer<'a> {
    Answer {
        status: 200,
        content_type: Some("application/json"),
        links: &[],
        final_url: url,
        body,
    }
}

fn compile(code: &str) -> Result<jaq_core::Filter<JustLut<Val>>, Fault> {
    let defs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let funs = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(defs)
        .load(&arena, File { code, path: () })
        .map_err(|_| "the jq program cannot be read")?;
    let filter = Compiler::default()
        .with_funs(funs)
        .compile(modules)
        .map_err(|_| "the jq program cannot be compiled")?;
    Ok(filter)
}

/// The fields of each row with its address, which is read once: as text for one column, as a key for another.
fn urls(rows: &[Val]) -> Vec<(&[Val], Option<Url>)> {
    rows.iter()
        .map(|row| {
            let fields: &[Val] = match row {
                Val::Arr(fields) => fields,
                _ => &[],
            };
            (
                fields,
                fields
                    .get(2)
                    .and_then(text)
                    .and_then(|url| url.parse().ok()),
            )
        })
        .collect()
}

fn row<'a>((fields, url): &'a (&'a [Val], Option<Url>)) -> Result<Row<'a>, Fault> {
    let [
        id,
        title,
        _,
        published_at,
        author,
        summary,
        section,
        score,
        comments,
    ] = fields
    else {
        return Err("a row has another number of fields".into());
    };
    Ok(Row {
        id: text(id).ok_or("an id is no text")?,
        title: text(title),
        url: url.as_ref().map(Url::as_str),
        canonical_url: url.as_ref().map(canonical_url),
        published_at: text(published_at).map(str::parse).transpose()?,
        author: text(author),
        summary: text(summary),
        section: text(section),
        score: number(score),
        comments: number(comments),
        content: None,
    })
}

fn text(value: &Val) -> Option<&str> {
    match value {
        Val::TStr(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn number(value: &Val) -> Option<i64> {
    match value {
        Val::Num(Num::Int(number)) => i64::try_from(*number).ok(),
        Val::Num(Num::Dec(digits)) => digits.parse().ok(),
        _ => None,
    }
}
