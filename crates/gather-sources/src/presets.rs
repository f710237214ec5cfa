//! The declarations inside the binary, in the language of the user's own.

/// Lists each preset with its text; its name is that of its file.
macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../presets/", $name, ".toml")))),*]
    };
}

/// Every preset: its name and its text.
const ALL: &[(&str, &str)] = texts![
    "ecb",
    "ecb-history",
    "feed",
    "frankfurter",
    "frankfurter-v2",
    "github-events",
    "github-releases",
    "guardian",
    "hackernews",
    "hackernews-ask",
    "hackernews-best",
    "hackernews-jobs",
    "hackernews-new",
    "hackernews-show",
    "json-bank",
    "newsapi",
    "newsapi-everything",
    "openexchangerates",
    "openweather",
    "reddit",
    "reddit-rss",
    "simplefin",
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
