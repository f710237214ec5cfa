//! Three sources of news into SQLite the short way: bare reqwest, serde_json, rusqlite, one table.
//!
//! The same requests and the same rows as the programs of other languages in `bench/peers`; none of what gather does
//! beside it: no configuration, limits, retries, notes of what is fresh, stories, search or timeline.

use std::{fs, process::ExitCode};

use reqwest::Client;
use rusqlite::{Connection, params};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    Fault,
    measure::{chain, complain, say},
};

const SCHEMA: &str =
    "CREATE TABLE articles (source TEXT, id TEXT, title TEXT, url TEXT, published_at TEXT,
     author TEXT, summary TEXT, section TEXT, PRIMARY KEY (source, id))";

/// Source, id, title, url, published, author, summary, section.
type Row = [Option<String>; 8];

/// Fetches what the job file names into a new database: `bench-news JOB.json FILE.db`.
pub fn run() -> ExitCode {
    let done = std::env::args().skip(1).collect::<Vec<_>>();
    let done = match done.as_slice() {
        [job, file] => fetched(job, file),
        _ => Err("usage: bench-news JOB.json FILE.db".into()),
    };
    match done {
        Ok(count) => {
            say(&format!("{count} articles from 3 sources"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn fetched(job: &str, file: &str) -> Result<usize, Fault> {
    let job: Value = serde_json::from_slice(&fs::read(job)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let rows = runtime.block_on(rows(&job))?;
    let mut conn = Connection::open(file)?;
    conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")?;
    conn.execute_batch(SCHEMA)?;
    let tx = conn.transaction()?;
    {
        let mut insert =
            tx.prepare("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
        for row in &rows {
            let [a, b, c, d, e, f, g, h] = row;
            insert.execute(params![a, b, c, d, e, f, g, h])?;
        }
    }
    tx.commit()?;
    Ok(rows.len())
}

async fn rows(job: &Value) -> Result<Vec<Row>, Fault> {
    let client = Client::builder().no_proxy().build()?;
    let (a, b, c) = tokio::try_join!(
        newsapi(&client, job),
        guardian(&client, job),
        hacker_news(&client, job)
    )?;
    Ok([a, b, c].concat())
}

async fn get(request: reqwest::RequestBuilder) -> Result<Value, Fault> {
    let answer = request.send().await?.error_for_status()?;
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn at<'a>(job: &'a Value, key: &str) -> Result<&'a str, Fault> {
    let value = job[key].as_str();
    value.ok_or_else(|| format!("the job has no `{key}`").into())
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

async fn newsapi(client: &Client, job: &Value) -> Result<Vec<Row>, Fault> {
    let request = client.get(at(job, "newsapi")?);
    let answer = get(request.header("X-Api-Key", at(job, "newsapi_key")?)).await?;
    let rows = each(&answer["articles"])
        .filter(|it| it["title"] != "[Removed]" && it["url"] != "https://removed.com")
        .map(|it| {
            let parts = [
                &it["url"],
                &it["title"],
                &it["url"],
                &it["publishedAt"],
                &it["author"],
                &it["description"],
                &it["source"]["name"],
            ];
            row("newsapi", parts)
        });
    Ok(rows.collect())
}

async fn guardian(client: &Client, job: &Value) -> Result<Vec<Row>, Fault> {
    let answer = get(client.get(at(job, "guardian")?)).await?;
    let rows = each(&answer["response"]["results"]).map(|it| {
        let parts = [
            &it["id"],
            &it["webTitle"],
            &it["webUrl"],
            &it["webPublicationDate"],
            &it["fields"]["byline"],
            &it["fields"]["trailText"],
            &it["sectionName"],
        ];
        row("guardian", parts)
    });
    Ok(rows.collect())
}

async fn hacker_news(client: &Client, job: &Value) -> Result<Vec<Row>, Fault> {
    let ids = get(client.get(at(job, "hackernews_list")?)).await?;
    let (url, count) = (
        at(job, "hackernews_item")?,
        job["hackernews_count"].as_u64(),
    );
    let count = usize::try_from(count.unwrap_or_default())?;
    let mut items = JoinSet::new();
    for id in each(&ids).take(count) {
        items.spawn(get(client.get(url.replace("{}", &id.to_string()))));
    }
    let mut rows = Vec::with_capacity(count);
    while let Some(item) = items.join_next().await {
        rows.extend(story(&item??));
    }
    Ok(rows)
}

/// The row of an item, unless it is none that is shown.
fn story(item: &Value) -> Option<Row> {
    let shown = matches!(item["type"].as_str(), Some("story" | "job" | "poll"));
    if !shown || item["deleted"] == true || item["dead"] == true {
        return None;
    }
    let own = format!("https://news.ycombinator.com/item?id={}", item["id"]);
    let own = Value::from(own);
    let url = match item["url"].as_str() {
        None | Some("") => &own,
        Some(_) => &item["url"],
    };
    let parts = [
        &item["id"],
        &item["title"],
        url,
        &item["time"],
        &item["by"],
        &item["text"],
        &Value::Null,
    ];
    Some(row("hackernews", parts))
}

fn row(source: &str, parts: [&Value; 7]) -> Row {
    let [id, title, url, published, author, summary, section] = parts.map(text);
    [
        Some(source.to_owned()),
        id,
        title,
        url,
        published,
        author,
        summary,
        section,
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::story;

    #[test]
    fn a_text_post_gets_its_own_page_and_what_is_gone_is_left_out() {
        let row = story(&json!({ "type": "story", "id": 7, "title": "One", "url": "" })).unwrap();
        let url = "https://news.ycombinator.com/item?id=7";
        assert_eq!(
            (row[1].as_deref(), row[3].as_deref()),
            (Some("7"), Some(url))
        );
        for gone in [
            json!(null),
            json!({ "type": "story", "id": 7, "dead": true }),
            json!({ "type": "comment", "id": 7 }),
        ] {
            assert!(story(&gone).is_none(), "{gone}");
        }
    }
}
