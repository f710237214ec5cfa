//! The Guardian's content API: `/search`, with pages, and two shapes of error.
//!
//! The gateway in front (keys) answers `{"message"}`, the API behind it `{"response": {"status": "error"}}`.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Asked, count, matches};
use crate::{
    answer::Answer,
    data::news::{Story, Via},
};

/// How many of the oldest each edition withdraws, and how many stay for ever.
const WITHDRAWN: usize = 10;
const KEPT: usize = 10;

#[derive(Debug)]
pub(crate) struct Guardian {
    contents: Vec<Content>,
    key: Option<String>,
}

#[derive(Debug)]
struct Content {
    section: &'static str,
    words: String,
    json: Map<String, Value>,
    fields: Map<String, Value>,
}

impl Guardian {
    pub(super) fn new(stories: &[Story], key: Option<String>) -> Self {
        Self {
            contents: stories.iter().map(content).collect(),
            key,
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let query = asked.query();
        let given = query.filled("api-key").or_else(|| asked.header("api-key"));
        match (given, self.key.as_deref()) {
            (None, _) => return gateway("No API key found in request"),
            (Some(given), Some(key)) if given != key => {
                return gateway("Invalid authentication credentials");
            }
            _ => {}
        }
        if asked.path != "/search" {
            return error(
                StatusCode::NOT_FOUND,
                "The requested resource could not be found.",
            );
        }
        let Some(size) = count(&query, "page-size", 10, 0..=200) else {
            return error(
                StatusCode::BAD_REQUEST,
                "page-size must be an integer between 0 and 200",
            );
        };
        let Some(page) = count(&query, "page", 1, 1..=1_000_000) else {
            return error(StatusCode::BAD_REQUEST, "page must be an integer above 0");
        };
        let section = query.filled("section");
        let withdrawn = usize::try_from(asked.edition)
            .unwrap_or(usize::MAX)
            .saturating_mul(WITHDRAWN);
        let there = self.contents.len().saturating_sub(withdrawn);
        let mut found: Vec<&Content> = self.contents[..there.max(KEPT.min(self.contents.len()))]
            .iter()
            .filter(|content| {
                section.is_none_or(|names| names.split('|').any(|name| name == content.section))
            })
            .filter(|content| matches(query.filled("q"), &content.words))
            .collect();
        let order = query
            .filled("order-by")
            .unwrap_or(if query.filled("q").is_some() {
                "relevance"
            } else {
                "newest"
            });
        if order == "oldest" {
            found.reverse();
        }
        let pages = if size == 0 {
            0
        } else {
            found.len().div_ceil(size)
        };
        if page > pages.max(1) {
            return error(
                StatusCode::BAD_REQUEST,
                "requested page is beyond the number of available pages",
            );
        }
        let first = (page - 1) * size;
        let fields = query.filled("show-fields");
        let results: Vec<Value> = found
            .iter()
            .skip(first)
            .take(size)
            .map(|content| content.show(fields))
            .collect();
        let response = json!({
            "status": "ok",
            "userTier": "developer",
            "total": found.len(),
            "startIndex": if results.is_empty() { 0 } else { first + 1 },
            "pageSize": size,
            "currentPage": page,
            "pages": pages,
            "orderBy": order,
            "results": results,
        });
        Answer::json(json!({ "response": response }).to_string())
    }
}

impl Content {
    fn show(&self, fields: Option<&str>) -> Value {
        let mut json = self.json.clone();
        if let Some(wanted) = fields {
            let all = wanted.split(',').any(|name| name == "all");
            let shown: Map<String, Value> = self
                .fields
                .iter()
                .filter(|(name, _)| all || wanted.split(',').any(|wanted| wanted == name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            json.insert("fields".to_owned(), Value::Object(shown));
        }
        Value::Object(json)
    }
}

fn content(story: &Story) -> Content {
    let name = {
        let mut name = story.section.to_owned();
        name[..1].make_ascii_uppercase();
        name
    };
    let pillar = match story.section {
        "sports" => ("pillar/sport", "Sport"),
        "entertainment" => ("pillar/arts", "Arts"),
        _ => ("pillar/news", "News"),
    };
    let json = json!({
        "id": story.path,
        "type": "article",
        "sectionId": story.section,
        "sectionName": name,
        "webPublicationDate": story.published.to_string(),
        "webTitle": story.title,
        "webUrl": story.link(Via::Guardian),
        "apiUrl": format!("https://content.guardian.example/{}", story.path),
        "isHosted": false,
        "pillarId": pillar.0,
        "pillarName": pillar.1,
    });
    let text = story.paragraphs.join(" ");
    let html: String = story
        .paragraphs
        .iter()
        .map(|paragraph| format!("<p>{paragraph}</p>"))
        .collect();
    // The real API gives numbers and flags in `fields` as strings.
    let fields = json!({
        "headline": story.title,
        "trailText": format!("<strong>{}</strong> {}", story.author, story.summary),
        "standfirst": format!("<p>{}</p>", story.summary),
        "byline": story.author,
        "body": html,
        "bodyText": text,
        "wordcount": text.split_whitespace().count().to_string(),
        "lastModified": story.published.to_string(),
        "shortUrl": format!("https://gu.example/p/{:x}", crate::answer::fingerprint(story.path.as_bytes()) & 0xff_ffff),
        "thumbnail": format!("https://media.guardian.example/{}.jpg", story.path),
        "commentable": "true",
        "lang": "en",
    });
    let object = |value| {
        if let Value::Object(map) = value {
            map
        } else {
            Map::new()
        }
    };
    Content {
        section: story.section,
        words: format!("{} {} {text}", story.title, story.summary),
        json: object(json),
        fields: object(fields),
    }
}

fn gateway(message: &str) -> Answer {
    Answer::error(StatusCode::UNAUTHORIZED, &json!({ "message": message }))
}

fn error(status: StatusCode, message: &str) -> Answer {
    Answer::error(
        status,
        &json!({ "response": { "status": "error", "message": message } }),
    )
}
