//! `gather.toml`: settings, hosts and sources, checked as a whole before anything runs.
//!
//! A declaration is laid over its preset field by field, and every expression in it is compiled here, so that a
//! mistake shows up with its place and not in the middle of a run. Secrets are only named; [`Config::resolve`] joins
//! them, and a source that lacks one is reported by name while the others go on.
//!
//! Not here: reading the file, looking up secrets (the caller), asking and reading ([`Source`]).

mod auth;
mod build;
mod csv;
mod declaration;
mod draft;
mod mask;
mod money;
mod pages;
mod parts;
mod place;
mod read;
mod server;
mod steps;
mod values;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gather_records::Currency;
use secrecy::SecretString;

pub(crate) use declaration::{Hop, Step};
pub(crate) use draft::{Auth, DayForm, Format, Meaning, Means, Param, Setting};
use place::{Origin, Place, Placed};
use read::HostDraft;

pub use declaration::Declaration;
pub use place::{ConfigError, ConfigErrors};
pub use server::{
    DEFAULT_PORT, Network, RetentionSettings, ServerSettings, TlsFiles, listen_address,
};

use crate::{Manners, OwnBudget, Rules, SecretRef, Source};

/// A checked configuration. Secrets are named in it, not contained.
#[derive(Debug, Clone)]
pub struct Config {
    settings: Settings,
    hosts: Vec<HostDraft>,
    declarations: Vec<Arc<Declaration>>,
    rules: Rules,
    budgets: Vec<OwnBudget>,
    server: ServerSettings,
    retention: RetentionSettings,
}

/// The `[settings]` of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How long a run may take as a whole. Default 60 s.
    pub deadline: Duration,
    /// Requests in flight at once over all hosts. Default 64.
    pub in_flight: usize,
    /// Requests in flight at once per host. Default 6.
    pub per_host: usize,
    /// The currency that sums are shown in; `None`, the default: each currency apart.
    pub currency: Option<Currency>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(60),
            in_flight: 64,
            per_host: 6,
            currency: None,
        }
    }
}

/// The sources that can run, and those that cannot yet.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Resolved {
    /// Ready to run, in the order of the file.
    pub sources: Vec<Source>,
    /// Lacking a secret.
    pub unready: Vec<Unready>,
}

/// A source that cannot run because a secret is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unready {
    /// The source's name.
    pub source: String,
    /// Whose it is; `None`: everybody's.
    pub owner: Option<String>,
    /// What is missing, such as "environment variable `NEWSAPI_KEY` is not set".
    pub reason: String,
    /// What to do, such as "set `NEWSAPI_KEY`".
    pub hint: String,
}

impl Config {
    /// Reads and checks a configuration. `file_name` is only for messages.
    ///
    /// # Errors
    /// All that is wrong with it, not only the first; each with its place.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, ConfigErrors> {
        let mut problems = Vec::new();
        let mut reader = read::Reader::new(Origin::File, &mut problems);
        let file = reader.file(text);
        if reader.is_broken() {
            // What a broken file seems to say is not worth a word.
            problems.retain(|problem| problem.message.starts_with(read::NOT_TOML));
            return Err(ConfigErrors::new(file_name, text, problems));
        }
        let mut builder = build::Builder::new(text, &mut problems);
        let declarations = file
            .sources
            .into_iter()
            .filter_map(|(name, draft)| builder.declaration(&name, draft))
            .map(Arc::new)
            .collect();
        let rules = builder.rules(file.rules);
        let budgets = builder.budgets(file.budgets, file.settings.currency);
        if !problems.is_empty() {
            return Err(ConfigErrors::new(file_name, text, problems));
        }
        Ok(Self {
            settings: file.settings,
            hosts: file.hosts,
            declarations,
            rules,
            budgets,
            server: file.server,
            retention: file.retention,
        })
    }

    /// What is fetched without any configuration: Hacker News, and NewsAPI and The Guardian when
    /// [`resolve`](Self::resolve) finds their keys (`NEWSAPI_KEY`, `GUARDIAN_KEY`).
    #[must_use]
    pub fn default_sources() -> Self {
        let declarations = ["hackernews", "newsapi", "guardian"]
            .into_iter()
            .map(|name| {
                let mut declaration =
                    preset_declaration(name).expect("a preset, checked by a test");
                declaration.only_with_key = declaration.key.is_some();
                Arc::new(declaration)
            })
            .collect();
        Self {
            settings: Settings::default(),
            hosts: Vec::new(),
            declarations,
            rules: money::no_rules(),
            budgets: Vec::new(),
            server: ServerSettings::default(),
            retention: RetentionSettings::default(),
        }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The declarations in the order of the file.
    pub fn declarations(&self) -> impl Iterator<Item = &Declaration> {
        self.declarations.iter().map(Arc::as_ref)
    }

    /// The rules that give transactions a category.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The budgets of the configuration itself, by name.
    #[must_use]
    pub fn budgets(&self) -> &[OwnBudget] {
        &self.budgets
    }

    /// Where and how the dashboard is served.
    #[must_use]
    pub fn server(&self) -> &ServerSettings {
        &self.server
    }

    /// How long things are kept.
    #[must_use]
    pub fn retention(&self) -> &RetentionSettings {
        &self.retention
    }

    /// Joins declarations and secrets. `secret` looks one up, and says in words why it cannot, such as "is not set".
    #[must_use]
    pub fn resolve(&self, secret: &dyn Fn(&SecretRef) -> Result<SecretString, String>) -> Resolved {
        let mut resolved = Resolved::default();
        for declaration in &self.declarations {
            match Source::new(Arc::clone(declaration), secret) {
                Ok(source) => resolved.sources.push(source),
                Err(_) if declaration.only_with_key => {}
                Err((missing, why)) => resolved.unready.push(Unready {
                    source: declaration.name.clone(),
                    owner: declaration.owner.clone(),
                    reason: format!("{missing} {why}"),
                    hint: missing.advice(),
                }),
            }
        }
        resolved
    }

    /// What each host allows, over all `sources`: what a `[host]` table says goes first, else the smallest number in
    /// flight and every quota that one of the sources declares.
    #[must_use]
    pub fn manners(&self, sources: &[Source]) -> Vec<Manners> {
        let mut hosts: BTreeMap<String, Manners> = BTreeMap::new();
        for manners in sources.iter().flat_map(|source| source.manners()) {
            let host = hosts
                .entry(manners.host.clone())
                .or_insert_with(|| Manners {
                    host: manners.host.clone(),
                    in_flight: None,
                    quotas: Vec::new(),
                });
            host.in_flight = [host.in_flight, manners.in_flight]
                .into_iter()
                .flatten()
                .min();
            host.quotas.extend(&manners.quotas);
            host.quotas.sort_unstable();
            host.quotas.dedup();
        }
        for declared in &self.hosts {
            let host = hosts
                .entry(declared.host.clone())
                .or_insert_with(|| Manners {
                    host: declared.host.clone(),
                    in_flight: None,
                    quotas: Vec::new(),
                });
            host.in_flight = declared.in_flight.or(host.in_flight);
            if let Some(quota) = &declared.quota {
                host.quotas.clone_from(quota);
            }
        }
        hosts.into_values().collect()
    }
}

/// A preset as a source of its own name, or what it still needs.
pub(crate) fn preset_declaration(name: &str) -> Result<Declaration, ConfigErrors> {
    declare_preset(name, draft::SourceDraft::default())
}

/// A preset for what its answers look like and mean: parameters that it has to be told are filled with their names.
pub(crate) fn preset_shape(preset: crate::Preset) -> Option<Declaration> {
    let mut problems = Vec::new();
    let origin = Origin::Preset(preset.name);
    let own = read::Reader::new(origin, &mut problems).preset(preset.text);
    let mut draft = draft::SourceDraft::default();
    let is_name =
        |hole: &&str| !hole.is_empty() && hole.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let holes = preset.text.split('{').skip(1);
    for hole in holes
        .filter_map(|rest| rest.split_once('}'))
        .map(|(hole, _)| hole)
    {
        if is_name(&hole) && hole != "base" && !own.params.contains_key(hole) {
            let value = Param::Text(hole.to_owned());
            let place = Place { origin, span: 0..0 };
            draft
                .params
                .insert(hole.to_owned(), Placed { value, place });
        }
    }
    declare_preset(preset.name, draft).ok()
}

fn declare_preset(name: &str, draft: draft::SourceDraft) -> Result<Declaration, ConfigErrors> {
    let mut problems = Vec::new();
    let placed = Placed {
        value: name.to_owned(),
        place: Place {
            origin: Origin::File,
            span: 0..0,
        },
    };
    let declaration = build::Builder::new("", &mut problems).declaration(&placed, draft);
    declaration.ok_or_else(|| ConfigErrors::new(name, "", problems))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They are compiled when they first run, so nothing else would tell.
    #[test]
    fn every_expression_of_every_preset_compiles() {
        for preset in crate::presets() {
            let plain = format!(
                "[source.x]\npreset = \"{}\"\ncurrency = \"EUR\"\n\
                 params = {{ repo = \"a/b\", sub = \"s\", lat = \"1\", lon = \"2\" }}\n",
                preset.name
            );
            let config = [
                "",
                "base = \"https://b.example\"\n",
                "url = \"https://b.example/\"\n",
            ]
            .iter()
            .find_map(|more| Config::parse(&format!("{plain}{more}"), "gather.toml").ok())
            .unwrap_or_else(|| panic!("{} cannot be used", preset.name));
            let declaration = &config.declarations[0];
            let mut programs: Vec<&crate::jq::Program> = declaration.error.iter().collect();
            for step in &declaration.steps {
                programs.extend(&step.looks_like);
                programs.extend(step.follow.iter().map(|hop| &hop.each));
                for pages in (0..=step.follow.len()).filter_map(|hop| step.pages(hop)) {
                    programs.extend(pages.programs());
                }
                for mapping in &step.mappings {
                    assert!(mapping.is_sound(), "{}: {}", preset.name, mapping.kind);
                }
            }
            for program in programs {
                assert!(program.is_sound(), "{}: {program:?}", preset.name);
            }
        }
    }
}
