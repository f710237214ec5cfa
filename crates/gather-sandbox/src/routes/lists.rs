//! Paged lists of every kind, for a client's guards: `/list/{kind}?total=45&size=10`, with items 1 to `total`.
//!
//! | kind | asked for by | says how to go on |
//! |---|---|---|
//! | `page` | `page`, from 1 | `page`, `pages`, `total` |
//! | `offset` | `offset`, from 0 | `offset`, `total` |
//! | `cursor` | `after` | `after`, or `null` at the end; written as `cursor=text`, `base64` or `big` |
//! | `link` | `page`, from 1 | `Link` headers alone, the body is an array; with `hard=1` as nasty as RFC 8288 allows |
//! | `next` | `page`, from 1 | `next_url`: relative, or with `absolute=1` a whole address |
//! | `feed` | `page`, from 1 | `next_url` of a JSON Feed |
//!
//! `quirk` is `self`, `swing`, `same`, `shift`, `shrink`, `endless` or `beyond`; see [`crate::Api::Any`].

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::{Asked, any::wrong, count};
use crate::answer::{Answer, Query};

const QUIRKS: [&str; 7] = [
    "self", "swing", "same", "shift", "shrink", "endless", "beyond",
];
/// A cursor that is a number counts from here, where the doubles are four apart.
const BIG: u64 = (1 << 54) + 1;

/// One page as it was asked for.
struct Page<'a> {
    /// From 1.
    number: usize,
    size: usize,
    total: usize,
    quirk: &'a str,
}

pub(super) fn answer(kind: &str, asked: Asked<'_>) -> Answer {
    let query = asked.query();
    let quirk = query.filled("quirk").unwrap_or_default();
    if !quirk.is_empty() && !QUIRKS.contains(&quirk) {
        return wrong(&format!(
            "`{quirk}` is not a quirk; expected one of {}",
            QUIRKS.join(", ")
        ));
    }
    let (Some(size), Some(total)) = (
        count(&query, "size", 10, 1..=1_000),
        count(&query, "total", 45, 0..=100_000),
    ) else {
        return wrong("`size` is 1 to 1000, `total` is 0 to 100000");
    };
    let number = match kind {
        "page" | "link" | "next" | "feed" => count(&query, "page", 1, 1..=1_000_000),
        "offset" => count(&query, "offset", 0, 0..=1_000_000).map(|offset| offset / size + 1),
        "cursor" => match query.filled("after") {
            None => Some(1),
            Some(cursor) => read_cursor(style(&query), cursor),
        },
        _ => {
            return Answer::error(
                StatusCode::NOT_FOUND,
                &json!({ "message": format!("there is no list `{kind}`; expected page, offset, cursor, link, next or feed") }),
            );
        }
    };
    let Some(number) = number else {
        return wrong("this is not where a page of the list begins");
    };
    let page = Page {
        number,
        size,
        total: if quirk == "shrink" {
            total.saturating_sub((number - 1) * size)
        } else {
            total
        },
        quirk,
    };
    if quirk == "beyond" && number > page.last() {
        return wrong("the requested page is beyond the last one");
    }
    page.answer(kind, &query, &asked)
}

impl Page<'_> {
    fn last(&self) -> usize {
        self.total.div_ceil(self.size).max(1)
    }

    fn items(&self) -> Vec<u64> {
        let number = if self.quirk == "same" { 1 } else { self.number };
        let mut first = (number - 1) * self.size;
        if self.quirk == "shift" {
            // One new item in front for each page before this one pushes that many old ones on.
            first -= number - 1;
        }
        (first..self.total.min(first + self.size))
            .map(|at| at as u64 + 1)
            .collect()
    }

    /// The number of the page that this one says comes next.
    fn next(&self) -> Option<usize> {
        match self.quirk {
            "self" => Some(self.number),
            "swing" => Some(if self.number == 1 { 2 } else { 1 }),
            "endless" | "same" => Some(self.number + 1),
            _ => (self.number < self.last()).then_some(self.number + 1),
        }
    }

    fn answer(&self, kind: &str, query: &Query<'_>, asked: &Asked<'_>) -> Answer {
        let rows: Vec<Value> = self
            .items()
            .into_iter()
            .map(|id| {
                json!({ "id": id, "title": format!("item {id}"), "url": format!("https://items.example/{id}") })
            })
            .collect();
        // The other parameters go along, as servers do it.
        let address = |page: usize| {
            let mut next = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in query.iter().filter(|(name, _)| *name != "page") {
                next.append_pair(name, value);
            }
            next.append_pair("page", &page.to_string());
            format!("{}?{}", asked.path, next.finish())
        };
        let mut body = Map::new();
        match kind {
            "link" => {
                let mut answer = Answer::json(Value::Array(rows).to_string());
                let hard = query.get("hard") == Some("1");
                for value in self.links(hard, &asked.origin(), &address) {
                    if let Ok(value) = HeaderValue::try_from(value) {
                        answer
                            .headers
                            .push((HeaderName::from_static("link"), value));
                    }
                }
                return answer;
            }
            "feed" => {
                let items = rows.iter().map(|row| {
                    json!({ "id": row["id"].to_string(), "url": row["url"], "title": row["title"], "content_text": "Invented." })
                });
                body.insert(
                    "version".to_owned(),
                    "https://jsonfeed.org/version/1.1".into(),
                );
                body.insert("title".to_owned(), "Pages".into());
                body.insert("items".to_owned(), items.collect());
            }
            _ => {
                body.insert("items".to_owned(), Value::Array(rows));
            }
        }
        match kind {
            "page" => {
                body.insert("page".to_owned(), self.number.into());
                body.insert("pages".to_owned(), self.last().into());
                body.insert("total".to_owned(), self.total.into());
            }
            "offset" => {
                body.insert("offset".to_owned(), ((self.number - 1) * self.size).into());
                body.insert("total".to_owned(), self.total.into());
            }
            "cursor" => {
                let cursor = self.next().map(|next| write_cursor(style(query), next));
                body.insert("after".to_owned(), cursor.unwrap_or(Value::Null));
            }
            _ => {
                if let Some(next) = self.next() {
                    let mut next = address(next);
                    if query.get("absolute") == Some("1") {
                        next = format!("{}{next}", asked.origin());
                    }
                    body.insert("next_url".to_owned(), next.into());
                }
            }
        }
        Answer::json(Value::Object(body).to_string())
    }

    fn links(&self, hard: bool, origin: &str, address: &dyn Fn(usize) -> String) -> Vec<String> {
        let absolute = |page| format!("<{origin}{}>", address(page));
        let Some(next) = self.next() else {
            return Vec::new();
        };
        if hard {
            // Commas and semicolons inside of the address and of a quoted text, another context, upper case, a second
            // header, a relative target, and a second `rel`, which does not count.
            return vec![
                format!(
                    "<{origin}/list/none?a=1,2;b>; rel=\"prev first\"; title=\"a, b; rel=\\\"next\\\"\", \
                     <{origin}/list/other>; anchor=\"#part\"; rel=next"
                ),
                format!("<{}>; REL=\"Last NEXT\"; rel=prev", address(next)),
            ];
        }
        let mut links = vec![format!("{}; rel=\"next\"", absolute(next))];
        if self.number > 1 {
            links.insert(0, format!("{}; rel=\"prev\"", absolute(self.number - 1)));
        }
        links.push(format!("{}; rel=\"last\"", absolute(self.last())));
        vec![links.join(", ")]
    }
}

fn style<'q>(query: &'q Query<'_>) -> &'q str {
    query.filled("cursor").unwrap_or("text")
}

fn write_cursor(style: &str, page: usize) -> Value {
    match style {
        "big" => (BIG + page as u64).into(),
        // These three bytes in front become `+/+/` in base 64, and the end is filled up with `=`.
        "base64" => {
            let mut bytes = vec![0xfb, 0xff, 0xbf];
            bytes.extend_from_slice(format!("p{page:06}").as_bytes());
            bytes.push(b'!');
            BASE64_STANDARD.encode(bytes).into()
        }
        _ => format!("p{page}").into(),
    }
}

fn read_cursor(style: &str, cursor: &str) -> Option<usize> {
    let page = match style {
        "big" => usize::try_from(cursor.parse::<u64>().ok()?.checked_sub(BIG)?).ok()?,
        "base64" => {
            let bytes = BASE64_STANDARD.decode(cursor).ok()?;
            let text = bytes
                .strip_prefix(&[0xfb, 0xff, 0xbf])?
                .strip_suffix(b"!")?;
            std::str::from_utf8(text)
                .ok()?
                .strip_prefix('p')?
                .parse()
                .ok()?
        }
        _ => cursor.strip_prefix('p')?.parse().ok()?,
    };
    (page > 0).then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cursor_is_read_back_only_as_it_was_written() {
        for style in ["text", "base64", "big"] {
            for page in [1, 2, 77] {
                let cursor = write_cursor(style, page);
                let text = cursor
                    .as_str()
                    .map_or_else(|| cursor.to_string(), str::to_owned);
                assert_eq!(read_cursor(style, &text), Some(page), "{style} {text}");
            }
        }
        let base64 = write_cursor("base64", 2);
        let base64 = base64.as_str().unwrap();
        assert!(
            ["+", "/", "="].iter().all(|mark| base64.contains(mark)),
            "{base64}"
        );
        assert_eq!(read_cursor("base64", &base64.replace('+', " ")), None);
        assert_eq!(read_cursor("base64", base64.trim_end_matches('=')), None);
        // What a double makes of it is the number of another page, or none.
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "to see what is lost"
        )]
        let rounded = ((BIG + 2) as f64) as u64;
        assert_ne!(read_cursor("big", &rounded.to_string()), Some(2));
    }

    #[test]
    fn shifting_pages_repeat_one_item_and_lose_none() {
        let items = |number| {
            Page {
                number,
                size: 3,
                total: 7,
                quirk: "shift",
            }
            .items()
        };
        assert_eq!(
            [items(1), items(2), items(3), items(4)],
            [vec![1, 2, 3], vec![3, 4, 5], vec![5, 6, 7], vec![7]]
        );
    }
}
