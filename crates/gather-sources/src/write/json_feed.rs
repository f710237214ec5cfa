//! JSON Feed 1.1.
//!
//! Source: jsonfeed.org version 1.1; an item must have content, and own fields begin with an underscore.

use serde::Serialize;

use super::{Channel, Item};

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_page_url: Option<&'a str>,
    description: &'a str,
    items: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    _gather: Option<Own<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

/// What JSON Feed has no field for.
#[derive(Serialize)]
struct Own<'a> {
    sources: &'a [String],
}

/// A JSON Feed 1.1 of these items, in their order; one document, ending with a line break.
#[must_use]
pub fn json_feed(channel: &Channel, items: &[Item]) -> String {
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: &channel.title,
        home_page_url: channel.home.as_deref(),
        description: &channel.description,
        items: items.iter().map(entry).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("texts and lists of texts");
    text.push('\n');
    text
}

fn entry(item: &Item) -> Entry<'_> {
    let instead = [&item.summary, &item.title, &item.url];
    Entry {
        id: &item.id,
        url: item.url.as_deref(),
        title: item.title.as_deref(),
        content_html: item.content.as_deref(),
        content_text: item.content.is_none().then(|| {
            let mut instead = instead.into_iter().filter_map(Option::as_deref);
            instead.next().unwrap_or(&item.id)
        }),
        summary: item.summary.as_deref(),
        date_published: item.published_at.map(|at| at.to_string()),
        authors: item.authors.iter().map(|name| Author { name }).collect(),
        tags: &item.tags,
        _gather: (!item.sources.is_empty()).then_some(Own {
            sources: &item.sources,
        }),
    }
}
