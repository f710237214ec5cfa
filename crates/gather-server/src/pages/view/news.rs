//! News: a list of stories by day, and what narrows it.

use askama::Template;

use super::Shell;
use crate::pages::part::{Choice, Link, When, Words};

/// `/news`.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "news.html")]
pub(crate) struct News {
    pub(crate) shell: Shell,
    pub(crate) filter: NewsFilter,
    pub(crate) days: Vec<Day>,
    /// The next page of older stories.
    pub(crate) older: Option<String>,
    /// Whether this is the first page, where new stories arrive.
    pub(crate) newest: bool,
    /// The newest story of the page, up to which "mark all read" goes; empty when there is none.
    pub(crate) up_to: String,
    /// The fields that narrow what "mark all read" is about.
    pub(crate) narrowed: Vec<(String, String)>,
    /// Why the list is empty.
    pub(crate) empty: Option<Empty>,
}

/// What narrows a list of stories.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewsFilter {
    pub(crate) search: String,
    /// All, unread, starred.
    pub(crate) which: Vec<Choice>,
    /// The sources, beginning with all of them.
    pub(crate) sources: Vec<NewsSource>,
    /// The fields of the address that the search form has to carry on; not the source, which it has itself.
    pub(crate) carried: Vec<(String, String)>,
    /// The address without any filter, when there is one.
    pub(crate) clear: Option<String>,
    /// What is shown, in words: `unread, of guardian, with "ferry"`.
    pub(crate) said: String,
}

/// A source to choose.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewsSource {
    /// Empty: all.
    pub(crate) name: String,
    pub(crate) link: Link,
    /// How many articles it has; empty where nobody counted.
    pub(crate) count: String,
    pub(crate) chosen: bool,
}

/// The stories of one day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Day {
    /// `Today`, `Yesterday`, `Monday, 16 November`.
    pub(crate) name: String,
    pub(crate) stories: Vec<Story>,
}

/// One story in two lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Story {
    pub(crate) id: String,
    pub(crate) headline: Words,
    /// Where to read it; only `http` and `https` are ever links.
    pub(crate) href: Option<String>,
    /// The headline as plain text, for names of buttons.
    pub(crate) name: String,
    pub(crate) read: bool,
    pub(crate) starred: bool,
    /// The host it is read at.
    pub(crate) host: Option<String>,
    pub(crate) provenances: Vec<Provenance>,
    pub(crate) section: Option<String>,
    pub(crate) when: When,
    /// Where the search was found, if not in the headline.
    pub(crate) excerpt: Option<Words>,
}

/// A source that brought a story.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provenance {
    pub(crate) source: Link,
    /// `41 points · 3 comments`.
    pub(crate) detail: Option<String>,
}

/// Why there is nothing, and the one thing to do about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Empty {
    pub(crate) sentence: String,
    pub(crate) action: Option<Link>,
    /// A command to type, where the terminal is the place to do it.
    pub(crate) command: Option<String>,
}
