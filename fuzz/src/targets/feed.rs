//! Feeds of every kind, and the HTML in them.

use std::sync::LazyLock;

use gather_records::Content;
use gather_sources::Source;
use url::Url;

use super::support::{Head, read_all, sources};

static FEED: LazyLock<Vec<Source>> =
    LazyLock::new(|| sources("[source.feed]\nfeed = \"https://feed.example/dir/feed\"\n"));

static PAGE: LazyLock<Url> = LazyLock::new(|| {
    "https://page.example/dir/page"
        .parse()
        .expect("a constant address")
});

/// RSS, Atom, RDF or JSON Feed, under different headers.
pub(super) fn feed(input: &[u8]) -> Result<String, String> {
    let types = [
        None,
        Some("application/xml; charset=utf-8"),
        Some("text/xml; charset=windows-1251"),
        Some("application/rss+xml; charset=\"\u{e9}\""),
        Some("application/feed+json"),
    ];
    let head = Head {
        content_type: types[input.len() % types.len()],
        ..Head::OK
    };
    read_all(&FEED, head, input)
}

/// HTML as it comes in a feed, made harmless.
pub(super) fn html(input: &[u8]) -> Result<String, String> {
    let content = Content {
        html: String::from_utf8_lossy(input).into_owned(),
        base: (!input.len().is_multiple_of(4)).then(|| PAGE.clone()),
    };
    let clean = content.sanitised();
    let lower = clean.to_ascii_lowercase();
    for tag in [
        "<script", "<style", "<iframe", "<form", "<object", "<svg", "<base", "<meta",
    ] {
        if lower.contains(tag) {
            return Err(format!("`{tag}` is left in sanitised HTML: {clean}"));
        }
    }
    // What is harmless stays as it is: nothing in it was still to be understood in another way.
    let again = Content {
        html: clean.clone(),
        base: None,
    }
    .sanitised();
    for tag in ["<script", "<iframe", "javascript:alert"] {
        if again.to_ascii_lowercase().contains(tag) && !lower.contains(tag) {
            return Err(format!("`{tag}` comes up the second time: {again}"));
        }
    }
    Ok(clean)
}
