//! One item of any feed, from what was found in it to an article.
//!
//! Several elements may say the same thing; the one that says it best is kept, whatever the order. The id is the
//! feed's own, else the canonical link, else a digest of words and date, so that it is the same the next time.
//!
//! Not here: where the parts are found (`xml`, `json`).
//! Source: RFC 4287 section 4.2.6 (ids are compared character by character), RSS 2.0 (guid).

use std::fmt::Write as _;

use gather_records::{Article, Content, canonical_url};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::{
    mapping::{date, value},
    text,
};

const MAX_TITLE: usize = 1_000;
const MAX_SUMMARY: usize = 600;
const MAX_NAME: usize = 200;
const MAX_AUTHORS: usize = 50;
/// Longer ids are kept as their digest.
const MAX_ID: usize = 2_000;

/// A text of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Body {
    Plain(String),
    Html(String),
}

impl Body {
    fn is_blank(&self) -> bool {
        let (Self::Plain(text) | Self::Html(text)) = self;
        text.trim().is_empty()
    }

    fn line(&self, max: usize) -> Option<String> {
        match self {
            Self::Plain(text) => text::from_plain(text, max),
            Self::Html(html) => text::from_html(html, max),
        }
    }

    /// Whether it holds more than the few sentences of a summary.
    fn says_more(&self) -> bool {
        match self {
            Self::Plain(text) => text.chars().nth(MAX_SUMMARY).is_some(),
            Self::Html(html) => html.contains('<') || html.chars().nth(MAX_SUMMARY).is_some(),
        }
    }

    fn into_html(self) -> String {
        match self {
            Self::Plain(text) => quick_xml::escape::escape(text).into_owned(),
            Self::Html(html) => html,
        }
    }
}

/// Something with how well it says what it says.
#[derive(Debug, Clone)]
pub(super) struct Best<T>(Option<(u8, T)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Best<T> {
    /// Keeps it when nothing as good was there before.
    pub(super) fn offer(&mut self, rank: u8, thing: T) {
        if self.0.as_ref().is_none_or(|(best, _)| *best < rank) {
            self.0 = Some((rank, thing));
        }
    }

    pub(super) fn get(self) -> Option<T> {
        self.0.map(|(_, thing)| thing)
    }
}

impl Best<Body> {
    pub(super) fn offer_body(&mut self, rank: u8, body: Option<Body>) {
        if let Some(body) = body.filter(|body| !body.is_blank()) {
            self.offer(rank, body);
        }
    }
}

/// What was found in one item.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) id: Best<String>,
    pub(super) link: Best<Url>,
    pub(super) title: Best<Body>,
    /// Dates as written, the ranks of those of publishing above those of changes.
    pub(super) dates: Vec<(u8, String)>,
    /// When it was changed last, as written.
    pub(super) updated: Option<String>,
    pub(super) authors: Vec<(u8, String)>,
    pub(super) summary: Best<(Body, Option<Url>)>,
    pub(super) content: Best<(Body, Option<Url>)>,
    pub(super) section: Best<String>,
}

/// What a person may want to know about the items together.
#[derive(Debug, Default)]
pub(super) struct Notes {
    unread_dates: usize,
    first_date: String,
}

impl Notes {
    fn no_date(&mut self, written: &str) {
        self.unread_dates += 1;
        if self.unread_dates == 1 {
            self.first_date = value::clip(written.trim());
        }
    }

    pub(super) fn warning(&self) -> Option<String> {
        (self.unread_dates > 0).then(|| {
            format!(
                "`published_at` of {} article{} left empty: `{}` is not a date that can be believed",
                self.unread_dates,
                if self.unread_dates == 1 { "" } else { "s" },
                self.first_date
            )
        })
    }
}

impl Entry {
    /// When it was changed last, to tell which of two with the same id is newer.
    pub(super) fn updated_at(&self) -> Option<Timestamp> {
        self.updated.as_deref().and_then(believed)
    }

    /// The article; `None` when nothing in it would be the same the next time.
    pub(super) fn article(mut self, feed_authors: &[String], notes: &mut Notes) -> Option<Article> {
        let published_at = self.published_at(notes);
        let author = self.author(feed_authors);
        let title = self.title.get().and_then(|title| title.line(MAX_TITLE));
        let content = self.content.get();
        let told = self.summary.get();
        let summary = told
            .as_ref()
            .or(content.as_ref())
            .and_then(|(body, _)| body.line(MAX_SUMMARY));
        let content = match content {
            Some((body, base)) if told.is_some() || body.says_more() => Some((body, base)),
            _ => told.filter(|(body, _)| body.says_more()),
        };
        let url = self.link.get();
        let section = self
            .section
            .get()
            .and_then(|name| text::from_plain(&name, MAX_NAME));
        let content = content.map(|(body, base)| Content {
            html: body.into_html(),
            base,
        });
        let id = match self.id.get().and_then(|id| sound_id(&id)) {
            Some(id) => id,
            None => {
                let words = title
                    .as_deref()
                    .or(summary.as_deref())
                    .or(content.as_ref().map(|content| content.html.as_str()))
                    .or(author.as_deref())
                    .or(section.as_deref());
                made_up_id(url.as_ref(), words, published_at)?
            }
        };
        Some(Article {
            title,
            url,
            published_at,
            author,
            summary,
            section,
            content,
            ..Article::new(id)
        })
    }

    fn published_at(&mut self, notes: &mut Notes) -> Option<Timestamp> {
        self.dates.extend(self.updated.take().map(|text| (0, text)));
        self.dates.retain(|(_, text)| !text.trim().is_empty());
        // Stable: of two dates of a rank the first is tried first.
        self.dates.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let found = self.dates.iter().find_map(|(_, text)| believed(text));
        if found.is_none()
            && let Some((_, written)) = self.dates.first()
        {
            notes.no_date(written);
        }
        found
    }

    fn author(&self, feed_authors: &[String]) -> Option<String> {
        let best = self.authors.iter().map(|(rank, _)| *rank).max();
        let own = self
            .authors
            .iter()
            .filter(|(rank, _)| Some(*rank) == best)
            .map(|(_, name)| name.as_str());
        let mut names: Vec<String> = Vec::new();
        let inherited = feed_authors
            .iter()
            .map(String::as_str)
            .filter(|_| best.is_none());
        for name in own
            .chain(inherited)
            .filter_map(|name| text::from_plain(name, MAX_NAME))
            .take(MAX_AUTHORS)
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// A date that an article can have: nothing was published on the web before 1970, and programs write the year 1 for
/// "not set". What lies in the future is left to who has a clock.
fn believed(text: &str) -> Option<Timestamp> {
    date::instant_of_text(text).filter(|instant| *instant >= Timestamp::UNIX_EPOCH)
}

/// A name out of `jo@a.example (Jo Lee)` and `Jo Lee <jo@a.example>`, as RSS writes authors; all of it where it is
/// written otherwise.
pub(super) fn person(text: &str) -> &str {
    let text = text.trim();
    let is_address = |text: &str| {
        let parts = text.trim().split_once('@');
        parts.is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
    };
    let name = if let Some((before, rest)) = text.split_once('(')
        && is_address(before)
    {
        rest.strip_suffix(')')
    } else if let Some((before, rest)) = text.split_once('<')
        && rest.strip_suffix('>').is_some_and(is_address)
    {
        Some(before)
    } else {
        None
    };
    name.map(str::trim)
        .filter(|name| !name.is_empty())
        .unwrap_or(text)
}

/// The id with its text untouched, but for what no id can hold.
fn sound_id(id: &str) -> Option<String> {
    let id = id.trim();
    if id.len() > MAX_ID {
        return Some(digest(&[id]));
    }
    let id: String = id.chars().filter(|c| !c.is_control()).collect();
    (!id.is_empty()).then_some(id)
}

/// A stable id for an item without one: its link, else a digest of its words and date.
fn made_up_id(url: Option<&Url>, words: Option<&str>, date: Option<Timestamp>) -> Option<String> {
    if let Some(url) = url {
        return sound_id(&canonical_url(url));
    }
    if words.is_none() && date.is_none() {
        return None;
    }
    let date = date.map(|date| date.to_string()).unwrap_or_default();
    Some(digest(&[words.unwrap_or_default(), &date]))
}

fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            digest.update([0]);
        }
        digest.update(part);
    }
    let mut id = "sha256:".to_owned();
    for byte in digest.finalize().iter().take(16) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_called_by_name() {
        for text in [
            "Jo Lee",
            "jo@a.example (Jo Lee)",
            "Jo Lee <jo@a.example>",
            " Jo Lee\n",
        ] {
            assert_eq!(person(text), "Jo Lee", "{text}");
        }
        for text in [
            "jo@a.example",
            "<jo@a.example>",
            "@(",
            "Jo (of Lee)",
            "a < b",
            "jo@a.example ()",
            "",
        ] {
            assert_eq!(person(text), text);
        }
    }

    #[test]
    fn case_66_a_date_before_the_web_is_unknown_and_told() {
        let mut notes = Notes::default();
        let entry = Entry {
            updated: Some("0001-01-01T00:00:00Z".to_owned()),
            dates: vec![(3, "Thu, 31 Jun 26 24:00:00 EST".to_owned())],
            ..Entry::default()
        };
        let mut entry = Entry {
            id: Best(Some((1, "1".to_owned()))),
            ..entry
        };
        assert_eq!(entry.published_at(&mut notes), None);
        assert!(notes.warning().unwrap().contains("31 Jun 26 24:00:00 EST"));
        entry.dates.push((2, "2025-11-20".to_owned()));
        assert!(entry.published_at(&mut notes).is_some());
    }

    #[test]
    fn an_id_without_end_is_kept_as_its_digest() {
        let long = "x".repeat(5_000);
        let id = sound_id(&long).unwrap();
        assert!(id.starts_with("sha256:") && id.len() == 39, "{id}");
        assert_eq!(
            sound_id(" tag:a.example,2025:\u{0}1 ").as_deref(),
            Some("tag:a.example,2025:1")
        );
        assert_eq!(sound_id(" \n"), None);
    }
}
