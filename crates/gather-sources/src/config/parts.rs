//! The parts of a source: secrets, follow-ups, mappings, meanings of errors.
//!
//! Not here: authentication (`auth`).

use std::collections::BTreeMap;

use gather_records::RecordKind;
use toml::{Spanned, de::DeValue};

use super::{
    draft::{DayForm, FollowDraft, MappingDraft, Meaning, Means, Setting},
    place::Placed,
    read::Reader,
    values,
};
use crate::{SecretRef, mapping};

const FOLLOW_KEYS: &[&str] = &["each", "url", "pages", "follow"];

impl Reader<'_> {
    pub(super) fn setting(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Placed<Setting>> {
        match value.get_ref() {
            DeValue::Table(table) if table.contains_key("days_ago") => self.days_ago(value),
            DeValue::Table(_) => self.secret(value).map(|secret| Placed {
                value: Setting::Secret(secret.value),
                place: secret.place,
            }),
            _ => self.value(value, values::setting),
        }
    }

    /// `{ days_ago = 30, as = "seconds" }`.
    fn days_ago(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Placed<Setting>> {
        let (mut days, mut form) = (None, Some(DayForm::Date));
        for (key, place, value) in self.table(value) {
            match key {
                "days_ago" => days = self.value(value, values::days).map(|days| days.value),
                "as" => form = self.value(value, values::day_form).map(|form| form.value),
                _ => self.unknown(key, &place, &["days_ago", "as"]),
            }
        }
        let (days, form) = (days?, form?);
        Some(Placed {
            value: Setting::DaysAgo { days, form },
            place: self.place(value.span()),
        })
    }

    pub(super) fn follow(&mut self, value: &Spanned<DeValue<'_>>) -> Option<FollowDraft> {
        if !value.get_ref().is_table() {
            self.expected(
                "a table such as `{ each = \".ids[]\", url = \"…/{}\" }`",
                value.get_ref(),
                value,
            );
            return None;
        }
        let mut follow = FollowDraft {
            place: self.place(value.span()),
            each: None,
            url: None,
            pages: None,
            follow: None,
        };
        for (key, place, value) in self.table(value) {
            match key {
                "each" => follow.each = self.text(value),
                "url" => follow.url = self.text(value),
                "pages" => follow.pages = self.pages(value),
                "follow" => follow.follow = self.follow(value).map(Box::new),
                _ => self.unknown(key, &place, FOLLOW_KEYS),
            }
        }
        Some(follow)
    }

    pub(super) fn mapping(
        &mut self,
        kind: RecordKind,
        value: &Spanned<DeValue<'_>>,
    ) -> MappingDraft {
        let (required, optional) = mapping::fields(kind);
        let mut draft = MappingDraft {
            place: self.place(value.span()),
            each: None,
            condition: None,
            negate: None,
            scale: None,
            flip: None,
            weak_ids: None,
            fields: BTreeMap::new(),
        };
        for (key, place, value) in self.table(value) {
            match key {
                "each" => draft.each = self.text(value),
                "where" => draft.condition = self.text(value),
                "negate" if mapping::has_money(kind) => {
                    draft.negate = self.value(value, values::yes_or_no)
                }
                "scale" if mapping::has_money(kind) => {
                    draft.scale = self.value(value, values::scale)
                }
                "flip" if mapping::has_accounts(kind) => {
                    draft.flip = self.value(value, values::names)
                }
                "weak_ids" if kind == RecordKind::Transaction => {
                    draft.weak_ids = self.value(value, values::yes_or_no)
                }
                _ => match required.iter().chain(optional).find(|name| **name == key) {
                    Some(name) => {
                        if let Some(expression) = self.text(value) {
                            draft.fields.insert(name, expression);
                        }
                    }
                    None => {
                        let money: &[&str] = if kind == RecordKind::Transaction {
                            &["negate", "scale", "flip", "weak_ids"]
                        } else if mapping::has_accounts(kind) {
                            &["negate", "scale", "flip"]
                        } else if mapping::has_money(kind) {
                            &["negate", "scale"]
                        } else {
                            &[]
                        };
                        self.unknown(
                            key,
                            &place,
                            &[required, optional, &["each", "where"], money].concat(),
                        );
                    }
                },
            }
        }
        draft
    }

    pub(super) fn secret(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Placed<SecretRef>> {
        self.named_secret(value, None)
    }

    /// The key of a source, and whether it can do without.
    pub(super) fn key(
        &mut self,
        value: &Spanned<DeValue<'_>>,
    ) -> (Option<Placed<SecretRef>>, bool) {
        let mut optional = false;
        (self.named_secret(value, Some(&mut optional)), optional)
    }

    fn named_secret(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        optional: Option<&mut bool>,
    ) -> Option<Placed<SecretRef>> {
        let place = self.place(value.span());
        // Only a key can be gather's own: nothing else is ever obtained by it.
        let shapes = if optional.is_some() {
            "`{ env = \"NAME\" }`, `{ file = \"PATH\" }`, `{ credential = \"NAME\" }` or `{ vault = true }`"
        } else {
            "`{ env = \"NAME\" }`, `{ file = \"PATH\" }` or `{ credential = \"NAME\" }`"
        };
        if !value.get_ref().is_table() {
            self.problems.push(
                place
                    .problem(format!(
                        "a secret is not written into this file; expected {shapes}"
                    ))
                    .help("put it into an environment variable or a file, and name that here"),
            );
            return None;
        }
        let mut entries = self.table(value);
        let known = if let Some(optional) = optional {
            if let Some(at) = entries.iter().position(|(key, ..)| *key == "optional") {
                let (.., value) = entries.remove(at);
                *optional = self.value(value, values::yes_or_no)?.value;
            }
            &["env", "file", "credential", "vault", "optional"][..]
        } else {
            &["env", "file", "credential"]
        };
        if entries.len() != 1 {
            self.problems
                .push(place.problem(format!("expected exactly one of {shapes}")));
            return None;
        }
        for (key, key_place, value) in entries {
            let make: fn(String) -> SecretRef = match key {
                "env" => SecretRef::Env,
                "file" => |path| SecretRef::File(path.into()),
                "credential" => SecretRef::SystemdCredential,
                "vault" if known.contains(&"vault") => {
                    let yes = self.value(value, values::yes_or_no)?;
                    if !yes.value {
                        self.problems.push(
                            yes.problem("expected `vault = true`")
                                .help("leave `key` out for a source without one"),
                        );
                        return None;
                    }
                    // Whose it is, the source says; see `SecretRef::of_source`.
                    let nobody = SecretRef::Vault {
                        source: String::new(),
                        owner: None,
                    };
                    return Some(Placed {
                        value: nobody,
                        place,
                    });
                }
                _ => {
                    self.unknown(key, &key_place, known);
                    continue;
                }
            };
            if let Some(name) = self.value(value, values::name) {
                return Some(Placed {
                    value: make(name.value),
                    place,
                });
            }
        }
        None
    }

    pub(super) fn meaning(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Placed<Meaning>> {
        let place = self.place(value.span());
        let (mut means, mut hint) = (None, None);
        for (key, key_place, value) in self.table(value) {
            match key {
                "means" => means = self.value(value, values::means).map(|means| means.value),
                "hint" => hint = self.text(value).map(|hint| hint.value),
                _ => self.unknown(key, &key_place, &["means", "hint"]),
            }
        }
        let means: Means = means?;
        Some(Placed {
            value: Meaning { means, hint },
            place,
        })
    }
}
