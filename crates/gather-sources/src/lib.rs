//! Source declarations and presets, and the way from bytes to records.
//!
//! [`Config::parse`] reads `gather.toml`, [`Config::resolve`] joins it with the secrets it names, and a [`Source`]
//! then says what to ask ([`Source::first_asks`]) and what an answer means ([`Source::read`]). Both are pure: data in,
//! data out. Offline, [`parse`] and [`select`] do the same for a file or for standard input.
//!
//! Not here: the network (`gather`), where records are kept (`gather-store`), reading of files, environment and clock
//! (whoever calls).
//! Foreign types a public signature may name: [`url::Url`], [`secrecy::SecretString`], and those of `gather-records`.

mod answer;
mod ask;
mod config;
mod feed;
mod presets;
mod provider;
mod reading;
mod secret;
mod source;
mod template;
mod text;

pub use ask::{Answer, Ask};
pub use config::{Config, ConfigError, ConfigErrors, Declaration, Resolved, Settings, Unready};
pub use presets::{Preset, presets};
pub use reading::{ReadError, ReadErrorKind, Reading, Rejected};
pub use secret::SecretRef;
pub use source::{Manners, Quota, Source};

mod jq;
mod mapping;
mod offline;

pub use offline::{Parsed, ParsedFormat, SelectError, Selector, parse, select};
