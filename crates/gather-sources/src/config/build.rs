//! From drafts to declarations: presets laid under, templates filled, expressions compiled, rules checked.

use std::{collections::BTreeMap, sync::Arc};

use gather_records::RecordKind;
use url::Url;

use super::{
    declaration::{Declaration, Hop, Step},
    draft::{Auth, FollowDraft, Format, MappingDraft, Param, Setting, SourceDraft, StepDraft},
    place::{Origin, Place, Placed, Problem, suggestion},
    read::Reader,
};
use crate::{
    jq::{self, Fault, Program, Val, json},
    mapping::{self, Plan},
    presets,
    template::{self, Hole},
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
        Some(Declaration {
            name: name.value.clone(),
            preset,
            owner: draft.owner.map(|owner| owner.value),
            every: draft.every.map(|every| every.value),
            timeout: draft.timeout.map(|timeout| timeout.value),
            in_flight: draft.in_flight.map(|number| number.value),
            quotas: draft.quota.map(|quota| quota.value).unwrap_or_default(),
            currency: draft.currency.map(|currency| currency.value),
            key: draft.key.map(|key| key.value),
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

    fn step(
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
        let address = self.address(url, params);
        let mut follow = Vec::new();
        let mut next = draft.follow.as_deref();
        while let Some(draft) = next {
            follow.extend(self.hop(draft, params));
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
            Format::Json if draft.mappings.is_empty() => {
                self.problems.push(
                    place
                        .problem("nothing says what the answer holds")
                        .help("add a table `article`, `account`, `transaction`, `budget` or `rate`; for RSS, Atom or JSON Feed write `feed` in place of `url`"),
                );
            }
            Format::Json => {}
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
            url: address?,
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
                Setting::Secret(secret) => Setting::Secret(secret.clone()),
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
        let text = match template::fill(&url.value, params, false) {
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

    fn hop(&mut self, draft: &FollowDraft, params: &BTreeMap<String, Param>) -> Option<Hop> {
        let (Some(each), Some(url)) = (&draft.each, &draft.url) else {
            self.problems.push(draft.place.problem(
                "`follow` needs `each`, what to follow, and `url`, with `{}` in its place",
            ));
            return None;
        };
        let program = self.program(each);
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
        if text != "{}" {
            self.web_address(&text.replace("{}", "0"), &url.place)?;
        }
        Some(Hop {
            each_text: each.value.clone(),
            each: program?,
            url: text,
        })
    }

    fn mapping(&mut self, kind: RecordKind, draft: &MappingDraft) -> Option<mapping::Mapping> {
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
        };
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

    fn program(&mut self, text: &Placed<String>) -> Option<Program> {
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
    fn inside(&self, text: &Placed<String>, fault: &Fault) -> Place {
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
