//! From TOML to drafts, with every problem collected instead of only the first.
//!
//! The reader walks toml's own tree, because every key and value there has its place, and a derived type would stop
//! at the first mistake.
//!
//! Not here: the parts of a source that have a shape of their own (`parts`), single values (`values`).

use gather_records::{Currency, RecordKind};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Settings,
    draft::{CurrencyOf, Format, Setting, SourceDraft, StepDraft},
    money::{BudgetDraft, RuleDraft},
    place::{Origin, Place, Placed, Problem, suggestion},
    server::{RetentionSettings, ServerSettings},
    values,
};
use crate::Quota;

/// A `[host."…"]`.
#[derive(Debug, Clone, Default)]
pub(crate) struct HostDraft {
    pub(crate) host: String,
    pub(crate) in_flight: Option<usize>,
    pub(crate) quota: Option<Vec<Quota>>,
}

/// A file as written.
#[derive(Debug, Default)]
pub(crate) struct FileDraft {
    pub(crate) settings: Settings,
    pub(crate) hosts: Vec<HostDraft>,
    /// In the order of the file; the place is that of the name.
    pub(crate) sources: Vec<(Placed<String>, SourceDraft)>,
    /// In the order of the file.
    pub(crate) rules: Vec<RuleDraft>,
    pub(crate) budgets: Vec<BudgetDraft>,
    pub(crate) server: ServerSettings,
    pub(crate) retention: RetentionSettings,
}

type Entry<'t> = (&'t str, Place, &'t Spanned<DeValue<'t>>);

/// Reads one file.
pub(crate) struct Reader<'p> {
    origin: Origin,
    pub(super) problems: &'p mut Vec<Problem>,
    broken: bool,
}

/// More mistakes of syntax than this are not told: they mostly come of the first, and there can be one a byte.
const MOST_SYNTAX: usize = 50;

/// How the message starts when the file is no TOML.
pub(crate) const NOT_TOML: &str = "not TOML: ";

const SOURCE_KEYS: &[&str] = &[
    "preset",
    "base",
    "params",
    "owner",
    "every",
    "timeout",
    "in_flight",
    "quota",
    "quota_with_key",
    "unchanged_is_free",
    "currency",
    "key",
    "auth",
    "error",
    "errors",
    "step",
];
const STEP_KEYS: &[&str] = &[
    "url",
    "feed",
    "format",
    "csv",
    "pages",
    "follow",
    "optional",
    "skip",
    "headers",
    "query",
    "looks_like",
    "article",
    "account",
    "transaction",
    "budget",
    "rate",
];

impl<'p> Reader<'p> {
    pub(crate) fn new(origin: Origin, problems: &'p mut Vec<Problem>) -> Self {
        Self {
            origin,
            problems,
            broken: false,
        }
    }

    /// Whether the text was no TOML.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// A user's file.
    pub(crate) fn file(&mut self, text: &str) -> FileDraft {
        let mut file = FileDraft::default();
        let root = self.toml(text);
        for (key, place, value) in self.entries(root.get_ref()) {
            match key {
                "settings" => self.settings(value, &mut file.settings),
                "host" => {
                    for (name, place, value) in self.table(value) {
                        if let Some(host) = self.host(name, &place, value) {
                            file.hosts.push(host);
                        }
                    }
                }
                "source" => {
                    for (name, place, value) in self.table(value) {
                        if name.trim().is_empty()
                            || name.len() > 64
                            || name.chars().any(char::is_control)
                        {
                            self.problems.push(
                                place.problem("a source's name is 1 to 64 characters of text"),
                            );
                            continue;
                        }
                        let mut source = self.source(value);
                        source.main.place.get_or_insert_with(|| place.clone());
                        file.sources.push((
                            Placed {
                                value: name.to_owned(),
                                place,
                            },
                            source,
                        ));
                    }
                }
                "rule" => file.rules = self.rules(value),
                "budget" => file.budgets = self.budgets(value),
                "server" => file.server = self.server(value),
                "retention" => file.retention = self.retention(value),
                _ => self.unknown(
                    key,
                    &place,
                    &[
                        "settings",
                        "host",
                        "source",
                        "rule",
                        "budget",
                        "server",
                        "retention",
                    ],
                ),
            }
        }
        file
    }

    /// A preset: the content of one `[source.NAME]`.
    pub(crate) fn preset(&mut self, text: &str) -> SourceDraft {
        let root = self.toml(text);
        self.source_entries(self.entries(root.get_ref()), root.span())
    }

    fn toml<'t>(&mut self, text: &'t str) -> Spanned<DeTable<'t>> {
        let (root, errors) = DeTable::parse_recoverable(text);
        self.broken = !errors.is_empty();
        for error in errors.into_iter().take(MOST_SYNTAX) {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().trim().to_owned();
            self.problems
                .push(self.place(span).problem(format!("{NOT_TOML}{message}")));
        }
        root
    }

    pub(super) fn place(&self, span: std::ops::Range<usize>) -> Place {
        Place {
            origin: self.origin,
            span,
        }
    }

    /// The entries of a table in the order of the file.
    pub(super) fn entries<'t>(&self, table: &'t DeTable<'t>) -> Vec<Entry<'t>> {
        let mut entries: Vec<Entry<'t>> = table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), self.place(key.span()), value))
            .collect();
        entries.sort_by_key(|(_, place, _)| place.span.start);
        entries
    }

    pub(super) fn table<'t>(&mut self, value: &'t Spanned<DeValue<'t>>) -> Vec<Entry<'t>> {
        match value.get_ref() {
            DeValue::Table(table) => self.entries(table),
            other => {
                self.expected("a table", other, value);
                Vec::new()
            }
        }
    }

    pub(super) fn unknown(&mut self, key: &str, place: &Place, known: &[&str]) {
        self.problems.push(
            place
                .problem(format!("unknown key `{key}`"))
                .help(suggestion(key, known.iter().copied())),
        );
    }

    pub(super) fn expected(
        &mut self,
        what: &str,
        found: &DeValue<'_>,
        value: &Spanned<DeValue<'_>>,
    ) {
        self.problems.push(
            self.place(value.span())
                .problem(format!("expected {what}, found {}", values::kind(found))),
        );
    }

    /// Reads a value by `read`, which says in words what it expects.
    pub(super) fn value<T>(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<Placed<T>> {
        let place = self.place(value.span());
        match read(value.get_ref()) {
            Ok(value) => Some(Placed { value, place }),
            Err(message) => {
                self.problems.push(place.problem(message));
                None
            }
        }
    }

    pub(super) fn text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Placed<String>> {
        self.value(value, values::text)
    }

    fn settings(&mut self, value: &Spanned<DeValue<'_>>, settings: &mut Settings) {
        for (key, place, value) in self.table(value) {
            match key {
                "deadline" => {
                    if let Some(deadline) = self.value(value, values::duration) {
                        settings.deadline = deadline.value;
                    }
                }
                "in_flight" => {
                    if let Some(number) = self.value(value, values::count) {
                        settings.in_flight = number.value;
                    }
                }
                "per_host" => {
                    if let Some(number) = self.value(value, values::count) {
                        settings.per_host = number.value;
                    }
                }
                "currency" => {
                    settings.currency = self.currency(value).map(|currency| currency.value)
                }
                _ => self.unknown(
                    key,
                    &place,
                    &["deadline", "in_flight", "per_host", "currency"],
                ),
            }
        }
    }

    pub(super) fn currency(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Placed<Currency>> {
        self.value(value, |v| {
            values::text(v)?
                .parse()
                .map_err(|e: gather_records::MoneyError| e.to_string())
        })
    }

    fn host(
        &mut self,
        name: &str,
        place: &Place,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<HostDraft> {
        let mut host = HostDraft::default();
        for (key, place, value) in self.table(value) {
            match key {
                "in_flight" => host.in_flight = self.value(value, values::count).map(|n| n.value),
                "quota" => host.quota = self.value(value, values::quotas).map(|q| q.value),
                _ => self.unknown(key, &place, &["in_flight", "quota"]),
            }
        }
        match url::Url::parse(name) {
            Ok(url)
                if matches!(url.scheme(), "http" | "https") && matches!(url.path(), "" | "/") =>
            {
                host.host = url.origin().ascii_serialization();
                Some(host)
            }
            _ => {
                self.problems.push(place.problem(format!(
                    "`{name}` is not a host; expected scheme, name and perhaps port, such as `https://example.org`"
                )));
                None
            }
        }
    }

    fn source(&mut self, value: &Spanned<DeValue<'_>>) -> SourceDraft {
        let entries = self.table(value);
        self.source_entries(entries, value.span())
    }

    fn source_entries(
        &mut self,
        entries: Vec<Entry<'_>>,
        span: std::ops::Range<usize>,
    ) -> SourceDraft {
        let mut source = SourceDraft::default();
        if matches!(self.origin, Origin::Preset(_)) {
            source.main.place = Some(self.place(span));
        }
        for (key, place, value) in entries {
            match key {
                "preset" => source.preset = self.text(value),
                "base" => source.base = self.text(value),
                "params" => {
                    for (name, _, value) in self.table(value) {
                        if let Some(param) = self.value(value, values::param) {
                            source.params.insert(name.to_owned(), param);
                        }
                    }
                }
                "owner" => source.owner = self.value(value, values::name),
                "every" => source.every = self.value(value, values::duration),
                "timeout" => source.timeout = self.value(value, values::duration),
                "in_flight" => source.in_flight = self.value(value, values::count),
                "quota" => source.quota = self.value(value, values::quotas),
                "quota_with_key" => source.quota_with_key = self.value(value, values::quotas),
                "unchanged_is_free" => {
                    source.unchanged_is_free = self.value(value, values::yes_or_no)
                }
                "currency" => {
                    source.currency = match value.get_ref().as_str() {
                        Some("row") => Some(Placed {
                            value: CurrencyOf::Row,
                            place: self.place(value.span()),
                        }),
                        _ => self.currency(value).map(|currency| Placed {
                            value: CurrencyOf::One(currency.value),
                            place: currency.place,
                        }),
                    }
                }
                "key" => (source.key, source.key_optional) = self.key(value),
                "auth" => source.auth = self.auth(value),
                "error" => source.error = self.text(value),
                "errors" => {
                    for (code, _, value) in self.table(value) {
                        if let Some(meaning) = self.meaning(value) {
                            source.errors.insert(code.to_owned(), meaning);
                        }
                    }
                }
                "step" => {
                    for (name, place, value) in self.table(value) {
                        let mut step = StepDraft {
                            place: Some(place),
                            ..StepDraft::default()
                        };
                        for (key, place, value) in self.table(value) {
                            if !self.step_entry(key, value, &mut step) {
                                self.unknown(key, &place, STEP_KEYS);
                            }
                        }
                        source.steps.push((name.to_owned(), step));
                    }
                }
                _ => {
                    if !self.step_entry(key, value, &mut source.main) {
                        self.unknown(key, &place, &[SOURCE_KEYS, STEP_KEYS].concat());
                    }
                }
            }
        }
        source
    }

    /// One key of a step; `false` when a step has no such key.
    fn step_entry(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        step: &mut StepDraft,
    ) -> bool {
        match key {
            "url" => step.url = self.text(value),
            "feed" => {
                step.url = self.text(value);
                step.format = step.url.as_ref().map(|url| Placed {
                    value: Format::Feed,
                    place: url.place.clone(),
                });
            }
            "format" => step.format = self.value(value, values::format),
            "csv" => step.csv = Some(self.csv(value)),
            "pages" => step.pages = self.pages(value),
            "follow" => step.follow = self.follow(value).map(Box::new),
            "optional" => step.optional = self.value(value, values::yes_or_no),
            "skip" => step.skip = self.value(value, values::yes_or_no),
            "looks_like" => step.looks_like = self.text(value),
            "headers" => {
                for (name, place, value) in self.table(value) {
                    if !values::is_header_name(name) {
                        self.problems
                            .push(place.problem(format!("`{name}` is not a header name")));
                    } else if let Some(setting) = self.setting(value) {
                        if matches!(setting.value, Setting::DaysAgo { .. }) {
                            self.problems.push(setting.problem(
                                "a day is put into a parameter of the address, not into a header",
                            ));
                        }
                        step.headers.insert(name.to_ascii_lowercase(), setting);
                    }
                }
            }
            "query" => {
                for (name, _, value) in self.table(value) {
                    if let Some(setting) = self.setting(value) {
                        step.query.insert(name.to_owned(), setting);
                    }
                }
            }
            _ => {
                let Some(kind) = RecordKind::ALL
                    .into_iter()
                    .find(|kind| kind.as_str() == key)
                else {
                    return false;
                };
                let mapping = self.mapping(kind, value);
                step.mappings.insert(kind, mapping);
            }
        }
        true
    }
}
