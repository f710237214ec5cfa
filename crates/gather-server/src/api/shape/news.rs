//! Stories.

use gather_store::{Provenance, Story};
use serde::Serialize;
use utoipa::ToSchema;

/// A story: all articles of one address, whichever sources brought them.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct StoryShape {
    /// The same for all users.
    id: i64,
    headline: String,
    /// Where to read it.
    url: Option<String>,
    summary: Option<String>,
    #[schema(format = "date-time")]
    published_at: Option<String>,
    #[schema(format = "date-time")]
    first_seen: String,
    read: bool,
    starred: bool,
    /// Who brought it, the earliest first.
    provenances: Vec<ProvenanceShape>,
}

/// A source that brought a story.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ProvenanceShape {
    source: String,
    /// The source's own id of the article.
    id: String,
    url: Option<String>,
    section: Option<String>,
    author: Option<String>,
    /// What the source counts in favour.
    score: Option<i64>,
    comments: Option<i64>,
}

impl From<Story> for StoryShape {
    fn from(story: Story) -> Self {
        let marks = story.marks.unwrap_or_default();
        Self {
            id: story.id,
            headline: story.headline,
            url: story.url,
            summary: story.summary,
            published_at: story.published_at.map(|at| at.to_string()),
            first_seen: story.first_seen.to_string(),
            read: marks.read,
            starred: marks.starred,
            provenances: story.provenances.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Provenance> for ProvenanceShape {
    fn from(from: Provenance) -> Self {
        Self {
            source: from.source,
            id: from.id,
            url: from.url,
            section: from.section,
            author: from.author,
            score: from.score,
            comments: from.comments,
        }
    }
}

/// A story with its full text.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct StoryInFullShape {
    #[serde(flatten)]
    story: StoryShape,
    /// The full text as HTML that may be shown: without scripts, styles, frames and forms; where a source gave one.
    content: Option<String>,
    /// All other addresses under which it was ever given.
    aliases: Vec<String>,
}

impl From<Story> for StoryInFullShape {
    fn from(mut story: Story) -> Self {
        Self {
            content: story.content.take().map(|content| content.sanitised()),
            aliases: std::mem::take(&mut story.aliases),
            story: story.into(),
        }
    }
}

/// Stories, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct StoryPage {
    /// The rows of this page.
    pub(in crate::api) items: Vec<StoryShape>,
    /// To ask for the next page with, as `cursor`; none where this was the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) next: Option<String>,
    /// To mark this page and all after it as read; none where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) up_to: Option<String>,
}
