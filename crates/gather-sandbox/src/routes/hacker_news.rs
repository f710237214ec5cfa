//! Hacker News on Firebase: lists of ids, and one item each.
//!
//! An id without an item answers `null` with 200, and a path that does not exist 401, as Firebase does. Every list has
//! ids whose item is `null`, dead or deleted. With each edition the lists move on and titles change.

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
    /// What the items of the first edition look like.
    items: HashMap<u32, Bytes>,
    posts: HashMap<u32, Post>,
    lists: HashMap<&'static str, Vec<u32>>,
    others: HashMap<&'static str, Bytes>,
}

impl HackerNews {
    pub(super) fn new(posts: &[Post]) -> Self {
        let mut items = HashMap::new();
        for post in posts.iter().filter(|post| post.kind != Kind::Missing) {
            items.insert(post.id, Bytes::from(item(post, 0).to_string()));
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
        let ids = |posts: Vec<&Post>| posts.iter().map(|post| post.id).collect::<Vec<u32>>();
        // One of each that is not there any more stands third, fifth and seventh.
        let with_gone = |mut list: Vec<u32>| {
            for (at, kind) in [(2, Kind::Missing), (4, Kind::Dead), (6, Kind::Deleted)] {
                let gone = posts.iter().find(|post| post.kind == kind);
                list.extend(gone.map(|post| post.id));
                let len = list.len();
                if gone.is_some() && at < len {
                    list[at..].rotate_right(1);
                }
            }
            list.truncate(200);
            list
        };
        let of = |kind: Kind| {
            with_gone(ids(posts
                .iter()
                .filter(|post| post.kind == kind)
                .take(200)
                .collect()))
        };
        let mut new: Vec<&Post> = posts.iter().filter(|post| post.kind != Kind::Job).collect();
        new.sort_by_key(|post| std::cmp::Reverse(post.id));
        let mut best: Vec<&Post> = posts
            .iter()
            .filter(|post| matches!(post.kind, Kind::Link | Kind::Ask | Kind::Show))
            .collect();
        best.sort_by_key(|post| std::cmp::Reverse((post.score, post.id)));
        let newest = items.keys().max().copied().unwrap_or_default();
        let changed: Vec<u32> = new.iter().take(20).map(|post| post.id).collect();
        let who: Vec<&str> = new.iter().take(5).map(|post| post.by.as_str()).collect();
        let lists = HashMap::from([
            ("/v0/topstories.json", ids(posts.iter().collect())),
            ("/v0/newstories.json", ids(new)),
            ("/v0/beststories.json", with_gone(ids(best))),
            ("/v0/askstories.json", of(Kind::Ask)),
            ("/v0/showstories.json", of(Kind::Show)),
            ("/v0/jobstories.json", of(Kind::Job)),
        ]);
        let others = HashMap::from([
            ("/v0/maxitem.json", Bytes::from(newest.to_string())),
            (
                "/v0/updates.json",
                Bytes::from(json!({ "items": changed, "profiles": who }).to_string()),
            ),
        ]);
        let posts = posts
            .iter()
            .filter(|post| post.kind != Kind::Missing)
            .map(|post| (post.id, post.clone()))
            .collect();
        Self {
            items,
            posts,
            lists,
            others,
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let id = asked
            .path
            .strip_prefix("/v0/item/")
            .and_then(|rest| rest.strip_suffix(".json"));
        let body = match id.map(str::parse::<u32>) {
            Some(Ok(id)) => Some(self.item(id, asked.edition)),
            Some(Err(_)) => Some(Bytes::from_static(b"null")),
            None => self
                .list(asked.path, asked.edition)
                .or_else(|| self.others.get(asked.path).cloned()),
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

    fn item(&self, id: u32, edition: u64) -> Bytes {
        match self.posts.get(&id) {
            Some(post) if edition > 0 => item(post, edition).to_string().into(),
            _ => self
                .items
                .get(&id)
                .cloned()
                .unwrap_or(Bytes::from_static(b"null")),
        }
    }

    /// With each edition, what stood first goes behind the thirtieth, and comes back thirty editions later.
    fn list(&self, path: &str, edition: u64) -> Option<Bytes> {
        let ids = self.lists.get(path)?;
        let moving = ids.len().min(30);
        let by = if moving == 0 {
            0
        } else {
            usize::try_from(edition % moving as u64).unwrap_or_default()
        };
        let (head, rest) = ids.split_at(moving);
        let moved = head[by..].iter().chain(&head[..by]).chain(rest);
        let ids: Vec<&u32> = moved.collect();
        Some(Bytes::from(json!(ids).to_string()))
    }
}

fn prettier(body: &Bytes) -> Bytes {
    let pretty =
        serde_json::from_slice::<Value>(body).and_then(|value| serde_json::to_vec_pretty(&value));
    pretty.map_or_else(|_| body.clone(), Bytes::from)
}

/// Moderators rewrite the title of every third post with each edition; votes and comments come in all the time.
fn item(post: &Post, edition: u64) -> Value {
    let grown = u32::try_from(edition % 100_000).unwrap_or_default();
    let title = if edition > 0 && (u64::from(post.id) + edition).is_multiple_of(3) {
        format!("{} [edition {edition}]", post.title)
    } else {
        post.title.clone()
    };

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
    put("score", (post.score + 3 * grown).into());
    put("title", title.into());
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
        put("descendants", (post.descendants + grown).into());
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
