//! The declarations inside the binary, in the language of the user's own.

/// Every preset: its name and its text.
const ALL: &[(&str, &str)] = &[
    ("feed", include_str!("../presets/feed.toml")),
    ("frankfurter", include_str!("../presets/frankfurter.toml")),
    ("guardian", include_str!("../presets/guardian.toml")),
    ("hackernews", include_str!("../presets/hackernews.toml")),
    (
        "hackernews-ask",
        include_str!("../presets/hackernews-ask.toml"),
    ),
    (
        "hackernews-best",
        include_str!("../presets/hackernews-best.toml"),
    ),
    (
        "hackernews-new",
        include_str!("../presets/hackernews-new.toml"),
    ),
    (
        "hackernews-show",
        include_str!("../presets/hackernews-show.toml"),
    ),
    ("json-bank", include_str!("../presets/json-bank.toml")),
    ("newsapi", include_str!("../presets/newsapi.toml")),
];

/// A declaration that is part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// What `preset = "…"` calls it; a source of this name uses it without saying so.
    pub name: &'static str,
    /// The declaration: TOML, with what it needs and yields in the comments.
    pub text: &'static str,
}

/// Every preset, by name.
pub fn presets() -> impl Iterator<Item = Preset> {
    ALL.iter().map(|&(name, text)| Preset { name, text })
}

pub(crate) fn find(name: &str) -> Option<Preset> {
    presets().find(|preset| preset.name == name)
}
