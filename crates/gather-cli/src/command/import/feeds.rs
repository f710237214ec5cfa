//! `gather import` of lists of feeds: follow what another program follows.
//!
//! A feed that is followed already, by any source and however its address is written, is left alone; everything else is
//! added in one step or not at all.

use std::collections::HashMap;

use gather_records::canonical_url;
use gather_sources::{
    opml::{self, OpmlFeed},
    sniff::{self, Proposal},
};
use serde::Serialize;

use super::Input;
use crate::{
    command::{
        Exit,
        look::{is_taken, made},
        offline,
    },
    failure::Result,
    render::{self, Cell, Row},
    session::{Session, shown},
};

/// What becomes of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    /// It is added, or would be.
    New,
    /// It is followed already, or stands twice in the lists.
    Followed,
    /// It cannot be followed.
    Refused,
}

/// One feed of the lists.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) state: Fate,
    /// The source that follows it, or will.
    pub(crate) source: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) folder: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Row for Entry {
    const HEADER: &'static [&'static str] =
        &["state", "source", "url", "title", "folder", "reason"];

    fn cells(&self) -> Vec<Cell> {
        let state = match self.state {
            Fate::New => "new",
            Fate::Followed => "followed",
            Fate::Refused => "refused",
        };
        vec![
            Cell::plain(state),
            Cell::maybe(self.source.as_deref()),
            Cell::maybe(self.url.as_deref()),
            Cell::maybe(self.title.as_deref()),
            Cell::maybe(self.folder.as_deref()),
            Cell::maybe(self.reason.as_deref()),
        ]
    }
}

/// Adds the feeds of some lists, or says which it would.
pub(super) fn import(session: &Session, inputs: &[Input], yes: bool) -> Result<Exit> {
    let mut lists = Vec::new();
    for input in inputs {
        let list = opml::read(&input.bytes);
        lists.push(list.map_err(|error| offline::unreadable(&input.file, &error))?);
    }
    let mut config = session.editable()?;
    let mut followed: HashMap<String, String> = config
        .config()
        .declarations()
        .flat_map(|one| {
            one.urls()
                .map(|url| (canonical_url(url), one.name().to_owned()))
        })
        .collect();
    let mut entries = Vec::new();
    let mut declarations = Vec::new();
    let mut variables = Vec::new();
    for list in lists {
        for feed in list.feeds {
            let folder = (!feed.folders.is_empty()).then(|| feed.folders.join(" / "));
            let proposal = Proposal::of_feed(&feed.url, about(&feed, folder.as_deref()).as_deref());
            let bare = proposal.url().unwrap_or(&feed.url);
            let canonical = canonical_url(bare);
            let mut entry = Entry {
                state: Fate::Followed,
                source: followed.get(&canonical).cloned(),
                url: Some(bare.to_string()),
                title: feed.title.clone(),
                folder,
                reason: None,
            };
            if entry.source.is_none() {
                let wish = feed
                    .title
                    .clone()
                    .unwrap_or_else(|| sniff::source_name(&feed.url));
                let taken = |name: &str| {
                    is_taken(&config, name)
                        || followed.values().any(|known| known == name)
                        // A source of a preset's name would build on it.
                        || gather_sources::presets().any(|preset| preset.name == name)
                };
                let name = sniff::free_name(&wish, &taken);
                declarations.push(proposal.text(&name));
                variables.extend(proposal.variables(&name));
                followed.insert(canonical, name.clone());
                entry.state = Fate::New;
                entry.source = Some(name);
            }
            entries.push(entry);
        }
        entries.extend(list.refused.into_iter().map(|reason| Entry {
            state: Fate::Refused,
            source: None,
            url: None,
            title: None,
            folder: None,
            reason: Some(reason),
        }));
    }
    let view = session.view();
    if session.for_people() {
        render::data(&render::entries(&entries, &view))?;
    } else {
        render::rows(session.format, &entries)?;
    }
    let count = |fate| entries.iter().filter(|entry| entry.state == fate).count() as u64;
    let counts = [
        count(Fate::New),
        count(Fate::Followed),
        count(Fate::Refused),
    ];
    let is_new = !config.exists();
    let path = shown(config.path());
    let written =
        !declarations.is_empty() && (yes || session.confirm("add them to the configuration?")?);
    if written {
        config.add(&declarations)?;
        if is_new {
            made(session, &config);
        }
    }
    let mut words = render::imported(counts, written, &path, &view);
    for variable in &variables {
        let need = format!(
            "set `{variable}` to the key that stands in the address: it is not written down"
        );
        words.push_str(&render::hint(&need, "", &view));
    }
    if !declarations.is_empty() {
        let advice = if written {
            "`gather run` fetches them".to_owned()
        } else {
            format!(
                "`gather import {} --yes` does it",
                super::typed_names(inputs)
            )
        };
        words.push_str(&render::hint(&advice, "", &view));
    }
    session.note(&words);
    Ok(Exit::Complete)
}

/// What stands in the comment above a feed.
fn about(feed: &OpmlFeed, folder: Option<&str>) -> Option<String> {
    match (&feed.title, folder) {
        (Some(title), Some(folder)) => Some(format!("{title} ({folder})")),
        (Some(title), None) => Some(title.clone()),
        (None, folder) => folder.map(str::to_owned),
    }
}
