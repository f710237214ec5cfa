//! News as other programs read it: JSON Feed 1.1, RSS 2.0, and a list of feeds as OPML 2.0.
//!
//! What is written can be read back by [`parse`](crate::parse) and means the same. Text is plain text and is escaped
//! for each format; what XML cannot hold becomes `U+FFFD`, so that the document stays one.
//!
//! Not here: which stories are written, and where to (the caller).

mod json_feed;
mod rss;
mod subscriptions;
mod xml;

use jiff::Timestamp;

pub use json_feed::json_feed;
pub use rss::rss;
pub use subscriptions::opml;

/// What a feed says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// What a reader shows as its name.
    pub title: String,
    /// A sentence about it.
    pub description: String,
    /// The page it belongs to, if there is one.
    pub home: Option<String>,
}

/// One entry of a feed that is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Never the same for two entries, and the same each time it is written.
    pub id: String,
    /// Where to read it; an absolute address.
    pub url: Option<String>,
    /// Plain text.
    pub title: Option<String>,
    /// Plain text.
    pub summary: Option<String>,
    /// All of it, as HTML that may be shown.
    pub content: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Sections or categories.
    pub tags: Vec<String>,
    /// The sources that brought it.
    pub sources: Vec<String>,
}
