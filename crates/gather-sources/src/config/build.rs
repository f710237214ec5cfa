//! From drafts to declarations: presets laid under, expressions compiled, rules checked.
//!
//! Not here: addresses, headers and follow-ups of a single step (`steps`).

use std::collections::BTreeMap;

use gather_records::RecordKind;
use sha2::{Digest as _, Sha256};

use super::{
    declaration::{Declaration, Step},
    draft::{Auth, CurrencyOf, Format, MappingDraft, Param, SourceDraft, StepDraft},
    place::{Origin, Place, Placed, Problem, suggestion},
    read::Reader,
    steps::KEY_HOLE,
};
use crate::{
    SecretRef,
    jq::{self, Fault, Program, Val, json},
    mapping::{self, Plan},
    pages::hex,
    presets,
};

/// How many presets may stand on each other.
const MAX_PRESETS: usize = 4;

pub(crate) struct Builder<'a> {
    /// The user's file, for places inside of expressions.
    text: &'a str,
    pub(crate) problems: &'a mut Vec<Problem>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(text: &'a str, problems: &'a mut Vec<Problem>) -> Self {
        Self { text, problems }
    }

    /// A checked declaration; `None` after a problem was noted.
    pub(crate) fn declaration(
        &mut self,
        name: &Placed<String>,
        mut draft: SourceDraft,
    ) -> Option<Declaration> {
        let before = self.problems.len();
        let preset = self.lay_presets_under(name, &mut draft);
        if self.problems.len() > before {
            // Without its preset, everything would seem to be missing.
            return None;
        }
        let params = self.params(name, &draft);
        let steps = self.steps(name, &draft, &params);
        let error = draft.error.as_ref().and_then(|error| self.program(error));
        if let (Some(auth), None) = (&draft.auth, &draft.key) {
            self.problems.push(
                auth.problem("`auth` needs a `key`")
                    .help("add `key = { env = \"NAME\" }`"),
            );
        }
        self.currency_is_known(name, &draft);
        self.key_is_the_address(name, &draft);
        if self.problems.len() > before {
            // A preset's own place cannot be shown in the user's file: point at the source that uses it.
            for problem in &mut self.problems[before..] {
                if let Origin::Preset(preset) = problem.place.origin {
                    problem.place = name.place.clone();
                    problem.message = format!("preset `{preset}`: {}", problem.message);
                }
            }
            return None;
        }
        let digest = digest(&draft);
        let owner = draft.owner.map(|owner| owner.value);
        let of_source = |key: SecretRef| key.of_source(&name.value, owner.as_deref());
        let key = draft.key.map(|key| of_source(key.value));
        Some(Declaration {
            name: name.value.clone(),
            preset,
            owner,
            every: draft.every.map(|every| every.value),
            timeout: draft.timeout.map(|timeout| timeout.value),
            in_flight: draft.in_flight.map(|number| number.value),
            quotas: draft.quota.map(|quota| quota.value).unwrap_or_default(),
            quotas_with_key: draft.quota_with_key.map(|quota| quota.value),
            unchanged_is_free: draft.unchanged_is_free.is_some_and(|free| free.value),
            digest,
            currency: draft.currency.and_then(|currency| match currency.value {
                CurrencyOf::One(currency) => Some(currency),
                CurrencyOf::Row => None,
            }),
            key,
            key_is_optional: draft.key_optional,
            auth: draft.auth.map_or(Auth::Bearer, |auth| auth.value),
            only_with_key: false,
            params: params_value(&params),
            error,
            errors: draft
                .errors
                .into_iter()
                .map(|(code, meaning)| (code, meaning.value))
                .collect(),
            steps,
        })
    }

    fn lay_presets_under(
        &mut self,
        name: &Placed<String>,
        draft: &mut SourceDraft,
    ) -> Option<String> {
        let mut first = None;
        let mut wanted = draft.preset.clone().or_else(|| {
            presets::find(&name.value).map(|preset| Placed {
                value: preset.name.to_owned(),
                place: name.place.clone(),
            })
        });
        for _ in 0..MAX_PRESETS {
            let Some(next) = wanted.take() else { break };
            let Some(preset) = presets::find(&next.value) else {
                let names = presets::presets().map(|preset| preset.name);
                self.problems.push(
                    next.problem(format!("there is no preset `{}`", next.value))
                        .help(suggestion(&next.value, names)),
                );
                break;
            };
            let lower = Reader::new(Origin::Preset(preset.name), self.problems).preset(preset.text);
            wanted.clone_from(&lower.preset);
            draft.over(lower);
            first.get_or_insert_with(|| preset.name.to_owned());
        }
        first
    }

    fn params(&mut self, name: &Placed<String>, draft: &SourceDraft) -> BTreeMap<String, Param> {
        let mut params: BTreeMap<String, Param> = draft
            .params
            .iter()
            .map(|(name, param)| (name.clone(), param.value.clone()))
            .collect();
        if let Some(base) = &draft.base {
            let used = all_steps(draft).any(|(_, step)| {
                let follow = step.follow.as_ref().and_then(|follow| follow.url.as_ref());
                [step.url.as_ref(), follow]
                    .into_iter()
                    .flatten()
                    .any(|url| url.value.contains("{base}"))
            });
            if !used && base.place.origin == Origin::File {
                self.problems.push(
                    base.problem(format!("no address of `{}` uses `{{base}}`", name.value))
                        .help("give the whole address as `url`"),
                );
            }
            params.insert(
                "base".to_owned(),
                Param::Text(base.value.trim_end_matches('/').to_owned()),
            );
        }
        params
    }

    fn steps(
        &mut self,
        name: &Placed<String>,
        draft: &SourceDraft,
        params: &BTreeMap<String, Param>,
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        if draft.main.url.is_none() && draft.steps.is_empty() {
            let feed = draft
                .main
                .format
                .as_ref()
                .is_some_and(|f| f.value == Format::Feed);
            let key = if feed { "feed" } else { "url" };
            self.problems.push(
                name.problem(format!("source `{}` has no `{key}`", name.value))
                    .help("add `url`, `feed`, or a `preset`"),
            );
            return steps;
        }
        for (step_name, step) in all_steps(draft) {
            if step.skip.as_ref().is_some_and(|skip| skip.value) {
                continue;
            }
            let place = step.place.clone().unwrap_or_else(|| name.place.clone());
            if let Some(step) = self.step(step_name, step, &place, params) {
                steps.push(step);
            }
        }
        steps
    }

    pub(super) fn mapping(
        &mut self,
        kind: RecordKind,
        draft: &MappingDraft,
    ) -> Option<mapping::Mapping> {
        let (required, _) = mapping::fields(kind);
        let mut complete = true;
        for name in required {
            if !draft.fields.contains_key(name) {
                self.problems.push(draft.place.problem(format!(
                    "`{name}` is missing: every {kind} needs {}",
                    and_list(required)
                )));
                complete = false;
            }
        }
        let plan = Plan {
            kind,
            each: draft.each.as_ref().map(|each| each.value.as_str()),
            condition: draft
                .condition
                .as_ref()
                .map(|condition| condition.value.as_str()),
            fields: draft
                .fields
                .iter()
                .map(|(name, text)| (*name, text.value.as_str()))
                .collect(),
            negate: draft.negate.as_ref().is_some_and(|negate| negate.value),
            scale: draft.scale.as_ref().map_or(0, |scale| scale.value),
            flip: draft
                .flip
                .as_ref()
                .map(|flip| flip.value.clone())
                .unwrap_or_default(),
            weak_ids: draft.weak_ids.as_ref().is_some_and(|weak| weak.value),
        };
        let own = [&draft.each, &draft.condition]
            .into_iter()
            .flatten()
            .chain(draft.fields.values())
            .any(|text| text.place.origin == Origin::File);
        if !own {
            // A preset's expressions were compiled by a test.
            return complete.then(|| plan.compile_later());
        }
        match plan.compile() {
            Ok(mapping) => complete.then_some(mapping),
            Err(faults) => {
                for (key, fault) in faults {
                    let text = match key {
                        "each" => draft.each.as_ref(),
                        "where" => draft.condition.as_ref(),
                        field => draft.fields.get(field),
                    };
                    let place = text.map_or(draft.place.clone(), |text| self.inside(text, &fault));
                    self.problems
                        .push(place.problem(format!("in `{key}`: {}", fault.message)));
                }
                None
            }
        }
    }

    pub(super) fn program(&mut self, text: &Placed<String>) -> Option<Program> {
        if text.place.origin != Origin::File {
            return Some(Program::later(text.value.clone(), &["$params"]));
        }
        let compiled =
            jq::check(&text.value, false).and_then(|()| jq::compile(&text.value, &["$params"]));
        match compiled {
            Ok(program) => Some(program),
            Err(faults) => {
                for fault in faults {
                    let place = self.inside(text, &fault);
                    self.problems.push(place.problem(fault.message));
                }
                None
            }
        }
    }

    /// The place of a fault within an expression: exact when the text stands in the file as it is, without escapes.
    pub(super) fn inside(&self, text: &Placed<String>, fault: &Fault) -> Place {
        let mut place = text.place.clone();
        let file = match place.origin {
            Origin::File => self.text,
            Origin::Preset(name) => presets::find(name).map_or("", |preset| preset.text),
        };
        let raw = file.get(place.span.clone()).unwrap_or("");
        if let Some(start) = raw.find(&text.value).map(|at| place.span.start + at) {
            place.span = start + fault.span.start..start + fault.span.end;
        }
        place
    }

    /// `{key}` in an address and `auth = "url"` need each other.
    fn key_is_the_address(&mut self, name: &Placed<String>, draft: &SourceDraft) {
        let by_url = matches!(&draft.auth, Some(auth) if auth.value == Auth::Url);
        let holes: Vec<&Placed<String>> = all_steps(draft)
            .filter(|(_, step)| !step.skip.as_ref().is_some_and(|skip| skip.value))
            .filter_map(|(_, step)| step.url.as_ref())
            .filter(|url| url.value.starts_with(KEY_HOLE))
            .collect();
        match (by_url, holes.first()) {
            (false, Some(url)) => self.problems.push(
                url.problem("`{key}` is the address that the key holds")
                    .help("add `auth = \"url\"`, or write the address"),
            ),
            (true, None) => self.problems.push(
                name.problem(format!(
                    "no address of `{}` begins with `{{key}}`, and `auth = \"url\"` says that the key holds it",
                    name.value
                ))
                .help("write `url = \"{key}/PATH\"`, or another `auth`"),
            ),
            _ => {}
        }
        if by_url && draft.key_optional {
            self.problems
                .push(name.problem("a key that holds the address cannot be optional"));
        }
    }

    fn currency_is_known(&mut self, name: &Placed<String>, draft: &SourceDraft) {
        if draft.currency.is_some() {
            return;
        }
        for (_, step) in all_steps(draft) {
            if step.skip.as_ref().is_some_and(|skip| skip.value) {
                continue;
            }
            for (kind, mapping) in &step.mappings {
                // A preset's `.currency` is a chance that the answer says it, not a promise.
                let told = mapping
                    .fields
                    .get("currency")
                    .is_some_and(|field| field.place.origin == Origin::File);
                if mapping::has_money(*kind) && !told {
                    self.problems.push(
                        name.problem(format!(
                            "source `{}` holds money of an unknown currency",
                            name.value
                        ))
                        .help("add `currency = \"EUR\"`, or map `currency` if the answers say it"),
                    );
                    return;
                }
            }
        }
    }
}

/// The steps of a source: its `step` tables, and the one that it is itself.
fn all_steps(draft: &SourceDraft) -> impl Iterator<Item = (&str, &StepDraft)> {
    let main =
        (draft.main.url.is_some() || draft.steps.is_empty()).then_some(("main", &draft.main));
    let named = draft.steps.iter().map(|(name, step)| (name.as_str(), step));
    main.into_iter().chain(named)
}

/// What [`Declaration::digest`] promises. Places do not count: a comment above changes nothing.
fn digest(draft: &SourceDraft) -> String {
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    digest.update(serde_json::to_vec(draft).expect("texts, numbers, and maps with names for keys"));
    hex(&digest.finalize())
}

fn params_value(params: &BTreeMap<String, Param>) -> Val {
    let object: serde_json::Map<String, serde_json::Value> = params
        .iter()
        .map(|(name, param)| {
            let value = match param {
                Param::Text(text) => text.as_str().into(),
                Param::Number(number) => (*number).into(),
            };
            (name.clone(), value)
        })
        .collect();
    let text = serde_json::Value::Object(object).to_string();
    json::parse(text.as_bytes()).expect("serde_json writes JSON")
}

fn and_list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
