//! `gather import`: follow the feeds of a list from another program.
//!
//! Without `--write` it is only said what would be done. A feed that is followed already, by any source and however its
//! address is written, is left alone; everything else is added in one step or not at all.

use std::{collections::HashMap, path::Path};

use gather_records::canonical_url;
use gather_sources::{
    opml::{self, OpmlFeed},
    sniff::{self, Proposal},
};
use serde::Serialize;

use super::{
    Exit,
    look::{is_taken, made},
    offline,
};
use crate::{
    args,
    failure::Result,
    render::{self, Cell, Row},
    session::{Session, shown, typed},
};

/// More than this is no list of feeds.
const LARGEST: u64 = 64 << 20;

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

/// `gather import`.
pub(crate) fn import(session: &Session, args: &args::Import) -> Result<Exit> {
    let mut lists = Vec::new();
    for file in &args.files {
        lists.push(read(file)?);
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
    let is_new = !config.exists();
    let written = args.write && !declarations.is_empty();
    if written {
        config.add(&declarations)?;
    }
    let view = session.view();
    if session.for_people() {
        render::data(&render::entries(&entries, &view))?;
    } else {
        render::rows(session.format, &entries)?;
    }
    if written && is_new {
        made(session, &config);
    }
    let count = |fate| entries.iter().filter(|entry| entry.state == fate).count() as u64;
    let mut words = render::imported(
        [
            count(Fate::New),
            count(Fate::Followed),
            count(Fate::Refused),
        ],
        written,
        &shown(config.path()),
        &view,
    );
    for variable in &variables {
        let need = format!(
            "set `{variable}` to the key that stands in the address: it is not written down"
        );
        words.push_str(&render::hint(&need, "", &view));
    }
    if !declarations.is_empty() {
        let files: Vec<String> = args.files.iter().map(|file| typed(file)).collect();
        let advice = if written {
            "`gather run` fetches them".to_owned()
        } else {
            format!("`gather import {} --write` does it", files.join(" "))
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

fn read(file: &Path) -> Result<opml::Opml> {
    let bytes = offline::read(file, LARGEST)?;
    opml::read(&bytes).map_err(|error| offline::unreadable(file, &error))
}
