//! Which preset asks an address already, and what it would have to be told to ask just this one.
//!
//! A preset is at home at its own host; at another host it is only taken for one whose answer it reads.

use url::Url;

use super::{Proposal, Specimen, free_name};
use crate::{
    Preset, SecretRef,
    config::{self, Declaration, Setting},
    jq::Val,
    mapping::value,
    presets,
};

/// The preset of this address, if any: those that ask it as they are before those that have to be told something.
pub(super) fn of_address(
    specimen: &Specimen<'_>,
    recognised: Option<&str>,
    plain: &Url,
) -> Option<Proposal> {
    let all: Vec<(Preset, Declaration)> = presets::presets()
        .filter_map(|preset| Some((preset, config::preset_shape(preset)?)))
        .filter(|(_, declaration)| declaration.steps.len() == 1)
        .collect();
    let find = |is_told: bool| {
        all.iter().find_map(|(preset, declaration)| {
            let told = told(preset, declaration, plain)?;
            if told.is_empty() == is_told {
                return None;
            }
            proposal(preset, declaration, told, specimen, recognised, plain)
        })
    };
    find(false).or_else(|| find(true))
}

fn proposal(
    preset: &Preset,
    declaration: &Declaration,
    params: Vec<(String, String)>,
    specimen: &Specimen<'_>,
    recognised: Option<&str>,
    plain: &Url,
) -> Option<Proposal> {
    let step = &declaration.steps[0];
    let at_home = step.url.origin() == plain.origin();
    if !at_home && recognised != Some(preset.name) {
        return None;
    }
    let known_variable = match &declaration.key {
        Some(SecretRef::Env(name)) => Some(name.clone()),
        _ => None,
    };
    let name = params.first().map_or_else(
        || preset.name.to_owned(),
        |(_, value)| free_name(value, &|_| false),
    );
    let mut proposal = Proposal {
        name,
        preset: Some(preset.name.to_owned()),
        known_variable,
        base: (!at_home).then(|| plain.origin().ascii_serialization()),
        ..Proposal::default()
    };
    proposal.without_keys(specimen.url);
    // What the preset sets to the same, or asks its parameters for, need not be said.
    let said = |name: &str, value: &str| {
        step.query.iter().any(|(known, setting)| {
            let same = matches!(setting, Setting::Plain(text) if text == value);
            known == name && (same || hole(setting, declaration).is_some())
        })
    };
    proposal.query = plain
        .query_pairs()
        .filter(|(name, value)| !said(name, value))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    proposal.params = params;
    Some(proposal)
}

/// What the preset has to be told to ask this address; `None` when it asks another path.
fn told(preset: &Preset, declaration: &Declaration, plain: &Url) -> Option<Vec<(String, String)>> {
    let step = &declaration.steps[0];
    if step.in_key {
        // No address is like one that only a key holds.
        return None;
    }
    let mut params = if step.url.path() == plain.path() {
        Vec::new()
    } else {
        in_path(&template(preset)?, plain.path())?
    };
    for (name, setting) in &step.query {
        let Some(param) = hole(setting, declaration) else {
            continue;
        };
        let (_, value) = plain.query_pairs().find(|(known, _)| known == name)?;
        params.push((param, value.into_owned()));
    }
    Some(params)
}

/// The parameter that a setting was filled with by its own name, for want of a value.
fn hole(setting: &Setting, declaration: &Declaration) -> Option<String> {
    let (Setting::Plain(text), Val::Obj(params)) = (setting, &declaration.params) else {
        return None;
    };
    let value = params.get(&Val::from(text.clone()))?;
    (value::text(value)? == text.as_str()).then(|| text.clone())
}

/// The path of a preset's address as it is written, with its holes.
fn template(preset: &Preset) -> Option<String> {
    let table: toml::Table = preset.text.parse().ok()?;
    let url = match (table.get("url"), table.get("preset")) {
        (Some(url), _) => url.as_str()?.to_owned(),
        (None, Some(parent)) => return template(&presets::find(parent.as_str()?)?),
        (None, None) => return None,
    };
    Some(url.strip_prefix("{base}")?.to_owned())
}

/// The values of the holes, when a path fits a template.
fn in_path(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (start, mut rest) = template.split_once('{')?;
    let mut path = path.strip_prefix(start)?;
    let mut found = Vec::new();
    loop {
        let (name, after) = rest.split_once('}')?;
        let (literal, next) = match after.split_once('{') {
            Some((literal, next)) => (literal, Some(next)),
            None => (after, None),
        };
        let value = match next {
            None => path.strip_suffix(literal)?,
            Some(_) => path.split_once(literal)?.0,
        };
        let value = value.trim_end_matches('/');
        let sound = !value.is_empty() && value.chars().all(|c| c.is_ascii_graphic() && c != '%');
        if !sound {
            return None;
        }
        found.push((name.to_owned(), value.to_owned()));
        let Some(next) = next else {
            return Some(found);
        };
        path = &path[value.len() + literal.len()..];
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_what_the_path_has_in_their_place() {
        let read = |template: &str, path: &str| {
            let found = in_path(template, path)?;
            let pairs: Vec<String> = found
                .into_iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            Some(pairs.join(" "))
        };
        assert_eq!(
            read("/repos/{repo}/releases", "/repos/a/b/releases").as_deref(),
            Some("repo=a/b")
        );
        assert_eq!(
            read("/v0/{list}stories.json", "/v0/topstories.json").as_deref(),
            Some("list=top")
        );
        assert_eq!(read("/{a}/x/{b}", "/1/x/2").as_deref(), Some("a=1 b=2"));
        assert_eq!(read("/repos/{repo}/releases", "/repos//releases"), None);
        assert_eq!(read("/repos/{repo}/releases", "/users/a/releases"), None);
        assert_eq!(read("/r/{sub}/.rss", "/r/%2F/.rss"), None);
        assert_eq!(read("/plain", "/plain"), None);
    }
}
