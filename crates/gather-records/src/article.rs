//! News: one article as one source told it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Content;

/// A story, a post, a release, as one source told it.
///
/// Within a source the identity is [`id`](Self::id), compared character by character. Across sources, articles
/// whose [`canonical_url`](crate::canonical_url) is equal are one *story*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// The source's own id, its text untouched.
    pub id: String,
    /// Plain text, entities decoded once. Posts without a title exist.
    pub title: Option<String>,
    /// Where to read it, absolute, as the source gave it.
    pub url: Option<Url>,
    /// When the source says it was published. Titles and dates may change later.
    pub published_at: Option<Timestamp>,
    /// Who wrote it.
    pub author: Option<String>,
    /// A few sentences of plain text.
    pub summary: Option<String>,
    /// The section or category the source files it under.
    pub section: Option<String>,
    /// Points, votes, stars: whatever the source counts in favour.
    pub score: Option<i64>,
    /// How many comments the source counts.
    pub comments: Option<i64>,
    /// The full text, where the source sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

impl Article {
    /// An article of which only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: None,
            url: None,
            published_at: None,
            author: None,
            summary: None,
            section: None,
            score: None,
            comments: None,
            content: None,
        }
    }

    /// What to show as its title: the title, else the start of the summary, else the address, else the id.
    #[must_use]
    pub fn headline(&self) -> &str {
        fn filled(text: &Option<String>) -> Option<&str> {
            text.as_deref().map(str::trim).filter(|t| !t.is_empty())
        }
        filled(&self.title)
            .or_else(|| filled(&self.summary).map(excerpt))
            .or_else(|| self.url.as_ref().map(Url::as_str))
            .unwrap_or(&self.id)
    }
}

/// The first 120 characters, cut at a character's edge.
fn excerpt(text: &str) -> &str {
    text.char_indices()
        .nth(120)
        .map_or(text, |(end, _)| &text[..end])
}
