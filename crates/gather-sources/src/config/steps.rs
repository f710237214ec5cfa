//! One step: its address with the parameters in place, what follows it, what it sends and yields.

use std::{collections::BTreeMap, sync::Arc};

use url::Url;

use super::{
    build::Builder,
    declaration::{Hop, Step},
    draft::{FollowDraft, Format, Param, Setting, StepDraft},
    place::{Place, Placed, suggestion},
};
use crate::template::{self, Hole};

/// What an address begins with whose start is the key.
pub(super) const KEY_HOLE: &str = "{key}";
/// Stands for the host that only the key names. No host can have this name.
///
/// Source: RFC 6761 section 6.4.
const KEY_HOST: &str = "https://key.invalid";

impl Builder<'_> {
    pub(super) fn step(
        &mut self,
        name: &str,
        draft: &StepDraft,
        place: &Place,
        params: &BTreeMap<String, Param>,
    ) -> Option<Step> {
        let Some(url) = &draft.url else {
            self.problems
                .push(place.problem(format!("step `{name}` has no `url`")));
            return None;
        };
        let format = draft
            .format
            .as_ref()
            .map_or(Format::Json, |format| format.value);
        let in_key = url.value.starts_with(KEY_HOLE);
        let address = self.address(url, params);
        let pages = draft
            .pages
            .as_ref()
            .and_then(|pages| self.pages(pages, format));
        if let (Some(csv), true) = (&draft.csv, format != Format::Csv) {
            self.problems.push(
                csv.problem("`csv` says how a CSV is written, and the format is another")
                    .help("add `format = \"csv\"`"),
            );
        }
        let mut follow = Vec::new();
        let mut next = draft.follow.as_deref();
        while let Some(draft) = next {
            follow.extend(self.hop(draft, format, params));
            next = draft.follow.as_deref();
        }
        let mut mappings = Vec::new();
        for (kind, mapping) in &draft.mappings {
            mappings.extend(self.mapping(*kind, mapping));
        }
        match format {
            Format::Feed => {
                if let Some(mapping) = draft.mappings.values().next() {
                    self.problems.push(
                        mapping
                            .place
                            .problem(
                                "a feed says itself what its parts are, so it takes no mapping",
                            )
                            .help("leave this table out, or set `format = \"json\"`"),
                    );
                }
                if let Some(follow) = &draft.follow {
                    self.problems
                        .push(follow.place.problem("a feed cannot be followed"));
                }
            }
            _ if draft.mappings.is_empty() => {
                self.problems.push(
                    place
                        .problem("nothing says what the answer holds")
                        .help("add a table `article`, `account`, `transaction`, `budget` or `rate`; for RSS, Atom or JSON Feed write `feed` in place of `url`"),
                );
            }
            _ => {}
        }
        let looks_like = draft
            .looks_like
            .as_ref()
            .and_then(|text| self.program(text));
        let query = self.settings(&draft.query, params);
        let headers = self.settings(&draft.headers, params);
        Some(Step {
            name: Arc::from(name),
            format,
            csv: draft
                .csv
                .as_ref()
                .map(|csv| csv.value.clone())
                .unwrap_or_default(),
            pages,
            url: address?,
            in_key,
            query,
            headers,
            optional: draft
                .optional
                .as_ref()
                .is_some_and(|optional| optional.value),
            follow,
            mappings,
            looks_like,
        })
    }

    fn settings(
        &mut self,
        settings: &BTreeMap<String, Placed<Setting>>,
        params: &BTreeMap<String, Param>,
    ) -> Vec<(String, Setting)> {
        let mut filled = Vec::new();
        for (name, setting) in settings {
            let value = match &setting.value {
                Setting::Off => continue,
                Setting::Secret(_) | Setting::DaysAgo { .. } => setting.value.clone(),
                Setting::Plain(text) => match template::fill(text, params, false) {
                    Ok(text) => Setting::Plain(text),
                    Err(hole) => {
                        self.hole(&setting.place, &hole, params);
                        continue;
                    }
                },
            };
            filled.push((name.clone(), value));
        }
        filled
    }

    fn hole(&mut self, place: &Place, hole: &Hole, params: &BTreeMap<String, Param>) {
        self.problems.push(match hole {
            Hole::Unknown(name) if name == "base" => place
                .problem("`base` is not set")
                .help("add `base = \"https://…\"`, the start of the address"),
            Hole::Unknown(name) if params.is_empty() => place
                .problem(format!("there is no parameter `{name}`"))
                .help(format!("add `params = {{ {name} = \"…\" }}`")),
            Hole::Unknown(name) => place
                .problem(format!("there is no parameter `{name}`"))
                .help(suggestion(name, params.keys().map(String::as_str))),
            Hole::Open => place.problem("a `{` that is not closed"),
            Hole::Value => place.problem(
                "`{}` has no meaning here; it stands for the value that a `follow` follows",
            ),
        });
    }

    fn address(&mut self, url: &Placed<String>, params: &BTreeMap<String, Param>) -> Option<Url> {
        let template = match url.value.strip_prefix(KEY_HOLE) {
            Some(path) if !path.starts_with('/') => {
                self.problems.push(
                    url.problem("`{key}` is the start of an address, and a path follows it")
                        .help("write `url = \"{key}/PATH\"`"),
                );
                return None;
            }
            Some(path) => format!("{KEY_HOST}{path}"),
            None => url.value.clone(),
        };
        let text = match template::fill(&template, params, false) {
            Ok(text) => text,
            Err(hole) => {
                self.hole(&url.place, &hole, params);
                return None;
            }
        };
        self.web_address(&text, &url.place)
    }

    fn web_address(&mut self, text: &str, place: &Place) -> Option<Url> {
        match Url::parse(text) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => {
                self.problems.push(place.problem(format!(
                    "`{}` addresses are not fetched; expected http or https",
                    url.scheme()
                )));
                None
            }
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                self.problems.push(
                    place
                        .problem("a user and a password do not belong into an address")
                        .help("use `auth = { basic = \"USER\" }` and `key = { env = \"NAME\" }`"),
                );
                None
            }
            Ok(url) => Some(url),
            Err(error) => {
                self.problems.push(
                    place
                        .problem(format!("`{text}` is not an address: {error}"))
                        .help("expected one such as `https://example.org/path`"),
                );
                None
            }
        }
    }

    fn hop(
        &mut self,
        draft: &FollowDraft,
        format: Format,
        params: &BTreeMap<String, Param>,
    ) -> Option<Hop> {
        let (Some(each), Some(url)) = (&draft.each, &draft.url) else {
            self.problems.push(draft.place.problem(
                "`follow` needs `each`, what to follow, and `url`, with `{}` in its place",
            ));
            return None;
        };
        let program = self.program(each);
        let pages = draft
            .pages
            .as_ref()
            .and_then(|pages| self.pages(pages, format));
        if !url.value.contains("{}") {
            self.problems.push(
                url.problem("this address is the same for every value: `{}` is missing")
                    .help("put `{}` where the value belongs"),
            );
            return None;
        }
        let text = match template::fill(&url.value, params, true) {
            Ok(text) => text,
            Err(hole) => {
                self.hole(&url.place, &hole, params);
                return None;
            }
        };
        let origin = match text.as_str() {
            "{}" => None,
            text => {
                let one = self.web_address(&text.replace("{}", "0"), &url.place)?;
                let other = self.web_address(&text.replace("{}", "1"), &url.place)?;
                (one.origin() == other.origin()).then(|| one.origin())
            }
        };
        Some(Hop {
            each_text: each.value.clone(),
            each: program?,
            url: text,
            pages,
            origin,
        })
    }
}
