//! No product, but what a test or a benchmark of an HTTP client needs. Every method is taken.
//!
//! | path | answer |
//! |---|---|
//! | `/bytes/{n}` | n bytes, 0, 1, 2 … 250, 0 …; at most 64 MiB |
//! | `/json/{n}` | a small JSON object with that id |
//! | `/echo` | JSON of method, path, query, headers and body; at most 10 MiB |
//! | `/status/{code}` | that status, 200 to 599; each pair of the query becomes a header |
//! | `/delay/{ms}` | waits so long, at most 60,000 ms, then a small JSON object |
//! | `/redirect/{n}` | n redirects (302), each one relative, to `/redirect/0`, which answers 200 |
//! | `/redirect-to?url=&status=` | one redirect, 302 unless said otherwise |
//! | `/list/{kind}?total=&size=&quirk=` | a paged list, see `lists` |
//! | `/{codings}/{n}` | n bytes of JSON, at most 64 MiB, encoded as `gzip`, `deflate`, `raw` (deflate without its wrapper), `br`, `zstd`, or several with `-` between them, innermost first |
//! | `/bomb/{codings}/{mib}` | so many MiB of zeros, at most 1024, encoded the same way |

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value, json};

use super::{
    Around, Asked,
    coded::{Coded, Codings, Content},
    lists,
};
use crate::{
    answer::{Answer, Query},
    fault,
};

const MOST_BYTES: usize = 64 << 20;
const MOST_ECHOED: usize = 10 << 20;
const MOST_BOMB: u64 = 1024;
const LONGEST_DELAY: u64 = 60_000;

pub(super) async fn answer(
    coded: &Arc<Coded>,
    around: Around,
    request: Request<Incoming>,
) -> Answer {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let query = parts.uri.query();
    let (first, rest) = path[1.min(path.len())..]
        .split_once('/')
        .unwrap_or((&path[1.min(path.len())..], ""));
    match first {
        "bytes" => match size(rest) {
            Ok(n) => Answer::new(StatusCode::OK, "application/octet-stream", pattern(n)),
            Err(wrong) => wrong,
        },
        "json" => rest
            .parse::<u64>()
            .map_or_else(|_| wrong(&format!("`{rest}` is not an id")), small),
        "echo" => match Limited::new(body, MOST_ECHOED).collect().await {
            Ok(body) => echo(&parts.method, path, query, &parts.headers, &body.to_bytes()),
            Err(error) => wrong(&format!(
                "the body cannot be echoed: {error}; at most {MOST_ECHOED} bytes"
            )),
        },
        "status" => status(rest, &Query::new(query)),
        "delay" => match rest.parse::<u64>().ok().filter(|ms| *ms <= LONGEST_DELAY) {
            Some(ms) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Answer::json(json!({ "delay_ms": ms }).to_string())
            }
            None => wrong(&format!(
                "`{rest}` is not a number of milliseconds up to {LONGEST_DELAY}"
            )),
        },
        "redirect" => match rest.parse::<u32>() {
            Ok(0) => Answer::json(json!({ "redirects": "followed" }).to_string()),
            Ok(n) => redirect(StatusCode::FOUND, &format!("/redirect/{}", n - 1)),
            Err(_) => wrong(&format!("`{rest}` is not a number of redirects")),
        },
        "redirect-to" => redirect_to(&Query::new(query)),
        "list" => lists::answer(rest, Asked::new(&parts.uri, &parts.headers, around)),
        "bomb" => match bomb(rest) {
            Ok((codings, content)) => coded.answer(codings, content).await,
            Err(wrong) => wrong,
        },
        other => match (Codings::parse(other), size(rest)) {
            (Some(codings), Ok(n)) => coded.answer(codings, Content::Text(n)).await,
            (Some(_), Err(wrong)) => wrong,
            (None, _) => Answer::error(
                StatusCode::NOT_FOUND,
                &json!({ "message": format!("nothing at {path}") }),
            ),
        },
    }
}

fn size(text: &str) -> Result<usize, Answer> {
    text.parse()
        .ok()
        .filter(|n| *n <= MOST_BYTES)
        .ok_or_else(|| {
            wrong(&format!(
                "`{text}` is not a number of bytes up to {MOST_BYTES}"
            ))
        })
}

fn bomb(rest: &str) -> Result<(Codings, Content), Answer> {
    let (codings, mib) = rest.split_once('/').unwrap_or((rest, ""));
    let codings = Codings::parse(codings).ok_or_else(|| {
        wrong(&format!(
            "`{codings}` is not a coding; expected gzip, deflate, raw, br or zstd, or up to four with `-` between"
        ))
    })?;
    match mib.parse().ok().filter(|mib| *mib <= MOST_BOMB) {
        Some(mib) => Ok((codings, Content::Zeros { mib })),
        None => Err(wrong(&format!(
            "`{mib}` is not a number of MiB up to {MOST_BOMB}"
        ))),
    }
}

pub(super) fn wrong(message: &str) -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, &json!({ "message": message }))
}

/// The first MiB is made once and shared.
fn pattern(n: usize) -> Bytes {
    const SHARED: usize = 1 << 20;
    static PATTERN: OnceLock<Bytes> = OnceLock::new();
    let make = |n: usize| (0..=250_u8).cycle().take(n).collect::<Bytes>();
    if n <= SHARED {
        PATTERN.get_or_init(|| make(SHARED)).slice(..n)
    } else {
        make(n)
    }
}

fn small(id: u64) -> Answer {
    Answer::json(format!(
        "{{\"id\":{id},\"name\":\"item {id}\",\"even\":{}}}",
        id.is_multiple_of(2)
    ))
}

fn echo(
    method: &http::Method,
    path: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer {
    let mut names: Map<String, Value> = Map::new();
    for name in headers.keys() {
        let values = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()));
        // A header that came more than once is a list.
        let mut values: Vec<Value> = values.map(Value::from).collect();
        let value = if values.len() == 1 {
            values.remove(0)
        } else {
            Value::Array(values)
        };
        names.insert(name.as_str().to_owned(), value);
    }
    let query: Vec<Value> = Query::new(query)
        .iter()
        .map(|(name, value)| json!([name, value]))
        .collect();
    let body = String::from_utf8_lossy(body);
    let echo = json!({
        "method": method.as_str(), "path": path, "query": query, "headers": names, "body": body,
    });
    Answer::json(echo.to_string())
}

fn status(code: &str, query: &Query<'_>) -> Answer {
    let status = match code
        .parse()
        .map_err(|_| format!("`{code}` is not a status"))
        .and_then(|code| fault::status_code(code).map_err(|error| error.to_string()))
    {
        Ok(status) => status,
        Err(message) => return wrong(&message),
    };
    let mut answer = if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        Answer::new(status, "", "")
    } else {
        Answer::error(status, &json!({ "status": status.as_u16() }))
    };
    for (name, value) in query.iter() {
        match fault::header(name, value) {
            Ok(line) => {
                answer
                    .headers
                    .retain(|(known, _)| *known != line.0 || known != header::CONTENT_TYPE);
                answer.headers.push(line);
            }
            Err(error) => return wrong(&error.to_string()),
        }
    }
    answer
}

fn redirect_to(query: &Query<'_>) -> Answer {
    let Some(url) = query.filled("url") else {
        return wrong("the parameter `url` is missing");
    };
    let code = query
        .filled("status")
        .map_or(Some(StatusCode::FOUND), |code| code.parse().ok());
    match code.filter(StatusCode::is_redirection) {
        Some(status) => redirect(status, url),
        None => wrong("`status` is not a redirect; expected 300 to 399"),
    }
}

fn redirect(status: StatusCode, to: &str) -> Answer {
    match HeaderValue::try_from(to) {
        Ok(to) => {
            let mut answer = Answer::new(status, "", "");
            answer.headers.push((header::LOCATION, to));
            answer
        }
        Err(_) => wrong("the parameter `url` cannot be a header"),
    }
}
