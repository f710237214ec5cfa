//! JSON Feed 1.0 and 1.1.
//!
//! An id may be a number and is kept with its digits; an item without one is discarded, as the format demands. A
//! title is plain text; authors are the item's, else the feed's, and the single `author` of 1.0 counts where there is
//! no list.
//!
//! Source: JSON Feed 1.1.

use url::Url;

use super::entry::{Body, Entry};
use crate::{ReadError, ReadErrorKind, jq::Val, mapping::value};

/// What was found in a feed.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// The items; those without an id are told by their place and why.
    pub(super) entries: Vec<Result<Entry, String>>,
    pub(super) authors: Vec<String>,
    /// Where the feed itself points to: relation and address.
    pub(super) links: Vec<(String, Url)>,
}

pub(super) fn is_feed(body: &Val) -> bool {
    text(body, "version").is_some_and(|version| version.contains("jsonfeed.org/version/"))
}

pub(super) fn read(body: &Val, base: Option<&Url>) -> Result<Document, ReadError> {
    let Some(Val::Arr(items)) = member(body, "items") else {
        return Err(ReadError::new(
            ReadErrorKind::ShapeChanged,
            "the shape has changed: a JSON Feed has a list `items`, and this has none",
        ));
    };
    let own = text(body, "feed_url").and_then(|address| web(&address, base));
    let next = text(body, "next_url").and_then(|address| web(&address, base));
    Ok(Document {
        entries: items.iter().map(|item| entry(item, base)).collect(),
        authors: authors(body),
        links: next
            .filter(|next| Some(next) != own.as_ref())
            .map(|next| ("next".to_owned(), next))
            .into_iter()
            .collect(),
    })
}

fn entry(item: &Val, base: Option<&Url>) -> Result<Entry, String> {
    let mut entry = Entry::default();
    let id = member(item, "id").map_or(Ok(None), value::id);
    match id {
        Ok(Some(id)) => entry.id.offer(1, id),
        Ok(None) => return Err("`id` is missing".to_owned()),
        Err(reason) => return Err(format!("`id`: {reason}")),
    }
    for (rank, field) in [(2, "url"), (1, "external_url")] {
        if let Some(url) = text(item, field).and_then(|address| web(&address, base)) {
            entry.link.offer(rank, url);
        }
    }
    entry
        .title
        .offer_body(1, text(item, "title").map(Body::Plain));
    let html = text(item, "content_html").map(Body::Html);
    let plain = text(item, "content_text").map(Body::Plain);
    for (rank, body) in [(2, html), (1, plain)] {
        if let Some(body) = body {
            entry.content.offer(rank, (body, base.cloned()));
        }
    }
    if let Some(summary) = text(item, "summary") {
        entry
            .summary
            .offer(1, (Body::Plain(summary), base.cloned()));
    }
    entry
        .dates
        .extend(text(item, "date_published").map(|date| (1, date)));
    entry.updated = text(item, "date_modified");
    entry.authors = authors(item).into_iter().map(|name| (1, name)).collect();
    if let Some(Val::Arr(tags)) = member(item, "tags")
        && let Some(tag) = tags.first().and_then(value::text)
    {
        entry.section.offer(1, tag.into_owned());
    }
    Ok(entry)
}

fn authors(of: &Val) -> Vec<String> {
    let listed = match member(of, "authors") {
        Some(Val::Arr(list)) => list
            .iter()
            .filter_map(|author| text(author, "name"))
            .collect(),
        _ => Vec::new(),
    };
    if !listed.is_empty() {
        return listed;
    }
    let single = member(of, "author").and_then(|author| text(author, "name"));
    single.into_iter().collect()
}

fn member<'v>(of: &'v Val, name: &str) -> Option<&'v Val> {
    match of {
        Val::Obj(fields) => fields.get(&Val::from(name.to_owned())),
        _ => None,
    }
}

/// The text of a member that is there and not blank.
fn text(of: &Val, name: &str) -> Option<String> {
    let text = member(of, name).and_then(value::text)?;
    (!text.trim().is_empty()).then(|| text.into_owned())
}

fn web(address: &str, base: Option<&Url>) -> Option<Url> {
    value::link(&Val::from(address.to_owned()), base)
        .ok()
        .flatten()
}
