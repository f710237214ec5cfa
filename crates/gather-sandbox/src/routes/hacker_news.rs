//! Hacker News on Firebase: lists of ids, and one item each.
//!
//! An id without an item answers `null` with 200, and a path that does not exist 401, as Firebase does.

use std::collections::HashMap;

use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::Asked;
use crate::{
    answer::Answer,
    data::posts::{Kind, Post},
};

#[derive(Debug)]
pub(crate) struct HackerNews {
    items: HashMap<u32, Bytes>,
    lists: HashMap<&'static str, Bytes>,
}

impl HackerNews {
    pub(super) fn new(posts: &[Post]) -> Self {
        let mut items = HashMap::new();
        for post in posts.iter().filter(|post| post.kind != Kind::Missing) {
            items.insert(post.id, Bytes::from(item(post).to_string()));
            for comment in &post.comments {
                let json = if comment.deleted {
                    json!({ "deleted": true, "id": comment.id, "parent": post.id, "time": comment.time, "type": "comment" })
                } else {
                    json!({
                        "by": comment.by, "id": comment.id, "parent": post.id, "text": comment.text,
                        "time": comment.time, "type": "comment",
                    })
                };
                items.insert(comment.id, Bytes::from(json.to_string()));
            }
        }
        let ids = |posts: Vec<&Post>| {
            Bytes::from(json!(posts.iter().map(|post| post.id).collect::<Vec<_>>()).to_string())
        };
        let of = |kind: Kind| {
            ids(posts
                .iter()
                .filter(|post| post.kind == kind)
                .take(200)
                .collect())
        };
        let mut new: Vec<&Post> = posts.iter().filter(|post| post.kind != Kind::Job).collect();
        new.sort_by_key(|post| std::cmp::Reverse(post.id));
        let mut best: Vec<&Post> = posts
            .iter()
            .filter(|post| matches!(post.kind, Kind::Link | Kind::Ask | Kind::Show))
            .collect();
        best.sort_by_key(|post| std::cmp::Reverse((post.score, post.id)));
        best.truncate(200);
        let newest = items.keys().max().copied().unwrap_or_default();
        let changed: Vec<u32> = new.iter().take(20).map(|post| post.id).collect();
        let who: Vec<&str> = new.iter().take(5).map(|post| post.by.as_str()).collect();
        let lists = HashMap::from([
            ("/v0/topstories.json", ids(posts.iter().collect())),
            ("/v0/newstories.json", ids(new)),
            ("/v0/beststories.json", ids(best)),
            ("/v0/askstories.json", of(Kind::Ask)),
            ("/v0/showstories.json", of(Kind::Show)),
            ("/v0/jobstories.json", of(Kind::Job)),
            ("/v0/maxitem.json", Bytes::from(newest.to_string())),
            (
                "/v0/updates.json",
                Bytes::from(json!({ "items": changed, "profiles": who }).to_string()),
            ),
        ]);
        Self { items, lists }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let id = asked
            .path
            .strip_prefix("/v0/item/")
            .and_then(|rest| rest.strip_suffix(".json"));
        let body = match id.map(str::parse::<u32>) {
            Some(Ok(id)) => Some(
                self.items
                    .get(&id)
                    .cloned()
                    .unwrap_or(Bytes::from_static(b"null")),
            ),
            Some(Err(_)) => Some(Bytes::from_static(b"null")),
            None => self.lists.get(asked.path).cloned(),
        };
        let Some(body) = body else {
            return Answer::error(
                StatusCode::UNAUTHORIZED,
                &json!({ "error": "Permission denied" }),
            );
        };
        let pretty = asked.query.is_some() && asked.query().get("print") == Some("pretty");
        let body = if pretty { prettier(&body) } else { body };
        Answer::json(body).with(header::CACHE_CONTROL, "no-cache")
    }
}

fn prettier(body: &Bytes) -> Bytes {
    let pretty =
        serde_json::from_slice::<Value>(body).and_then(|value| serde_json::to_vec_pretty(&value));
    pretty.map_or_else(|_| body.clone(), Bytes::from)
}

fn item(post: &Post) -> Value {
    let mut item = Map::new();
    let mut put = |name: &str, value: Value| item.insert(name.to_owned(), value);
    put("id", post.id.into());
    put("time", post.time.into());
    put(
        "type",
        if post.kind == Kind::Job {
            "job"
        } else {
            "story"
        }
        .into(),
    );
    if post.kind == Kind::Deleted {
        put("deleted", true.into());
        return Value::Object(item);
    }
    put("by", post.by.clone().into());
    put("score", post.score.into());
    put("title", post.title.clone().into());
    if let Some(url) = &post.url {
        put("url", url.clone().into());
    }
    if let Some(text) = &post.text {
        put("text", text.clone().into());
    }
    if post.kind == Kind::Dead {
        put("dead", true.into());
    }
    if post.kind != Kind::Job {
        put("descendants", post.descendants.into());
    }
    if !post.comments.is_empty() {
        put(
            "kids",
            post.comments
                .iter()
                .map(|comment| Value::from(comment.id))
                .collect(),
        );
    }
    Value::Object(item)
}
