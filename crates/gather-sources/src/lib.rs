//! Source declarations and presets, and the way from bytes to records.
//!
//! [`Config::parse`] reads `gather.toml`, [`Config::resolve`] joins it with the secrets it names, and a [`Source`]
//! then says what to ask ([`Source::first_asks`]) and what an answer means ([`Source::read`]). Both are pure: data in,
//! data out. Offline, [`parse`] and [`select`] do the same for a file or for standard input.
//!
//! Not here: the network (`gather`), where records are kept (`gather-store`), reading of files, environment and clock
//! (whoever calls).
//! Foreign types a public signature may name: [`url::Url`], [`secrecy::SecretString`], and those of `gather-records`.
//!
//! ```
//! use gather_sources::{Answer, Config};
//!
//! let config = Config::parse(
//!     r#"
//!     [source.harbour]
//!     url = "https://harbour.example/news.json"
//!     [source.harbour.article]
//!     each = ".stories[]"
//!     id = ".id"
//!     title = ".headline"
//!     "#,
//!     "gather.toml",
//! )?;
//! let resolved = config.resolve(&|secret| Err(format!("{secret} is not known here")));
//! let source = &resolved.sources[0];
//! let ask = &source.first_asks()[0];
//! let reading = source.read(
//!     ask,
//!     &Answer {
//!         status: 200,
//!         content_type: Some("application/json"),
//!         links: &[],
//!         final_url: ask.url(),
//!         body: br#"{"stories": [{"id": 7, "headline": "Ferry line adds night sailing"}, {"headline": "?"}]}"#,
//!     },
//! )?;
//! assert_eq!(reading.records.len(), 1);
//! assert_eq!(reading.rejected[0].reason, "`id` is missing");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod ask;
mod config;
mod credentials;
mod feed;
mod format;
mod jq;
mod mapping;
mod offline;
pub mod opml;
mod pages;
mod presets;
mod provider;
mod reading;
mod rows;
mod secret;
pub mod sniff;
mod source;
mod template;
mod text;
mod token;
pub mod write;

pub use ask::{Answer, Ask};
pub use config::{Config, ConfigError, ConfigErrors, Declaration, Resolved, Settings, Unready};
pub use offline::{Parsed, ParsedFormat, SelectError, Selector, parse, select};
pub use presets::{Preset, presets};
pub use reading::{Filled, ReadError, ReadErrorKind, Reading, Rejected};
pub use secret::SecretRef;
pub use source::{Manners, Quota, Source};
pub use token::{Token, TokenAsk};
