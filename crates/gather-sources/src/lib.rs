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
//!
//! # Shapes
//!
//! Answers that are no JSON become JSON first, in these shapes; declarations map them and [`parse`] prints them.
//!
//! **Lines of JSON** are an array with one document a line.
//!
//! **CSV** is an array with one object a row, its names those of the first row (or of the declaration). Every cell is a
//! text, untouched. White space around a name is taken off; the third column, without a name, is `column_3`; a second
//! `Date` is `Date_2`. A row shorter than the names lacks the last ones.
//!
//! **XML** is an object with one member, the root element. Names are as written, with their prefix; declarations of
//! name spaces, comments and processing instructions are left out. An element with neither attributes nor elements in it
//! is its text, `null` when that is empty. Any other is an object: an attribute is a member `@name`, the text between the
//! tags `#text` (absent when empty), an element in it a member of its name, and an array as soon as there are two of that
//! name. References are decoded once, white space at both ends of a text is taken off, and all values are texts.
//!
//! ```
//! let xml = br#"<r><day at="2026-11-20"/><rate cur="USD">1.0700</rate><rate>2</rate></r>"#;
//! assert_eq!(
//!     gather_sources::parse(xml, None, None)?.lines,
//!     [r##"{"r":{"day":{"@at":"2026-11-20"},"rate":[{"@cur":"USD","#text":"1.0700"},"2"]}}"##]
//! );
//! let csv = b"id;amount\n007;1,50\n";
//! assert_eq!(gather_sources::parse(csv, None, None)?.lines, [r#"{"id":"007","amount":"1,50"}"#]);
//! # Ok::<(), gather_sources::ReadError>(())
//! ```

mod access_url;
mod answer;
mod ask;
mod config;
mod credentials;
mod feed;
pub mod files;
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
mod rules;
mod secret;
pub mod simplefin;
pub mod sniff;
mod source;
mod template;
mod text;
mod token;
pub mod write;

pub use access_url::AccessUrl;
pub use ask::{Answer, Ask};
pub use config::{
    Config, ConfigError, ConfigErrors, DEFAULT_PORT, Declaration, Network, Resolved,
    RetentionSettings, ServerSettings, Settings, TlsFiles, Unready, listen_address,
};
pub use offline::{Parsed, ParsedFormat, SelectError, Selector, parse, select};
pub use presets::{Preset, presets};
pub use reading::{Filled, ReadError, ReadErrorKind, Reading, Rejected};
pub use rules::{Moved, OwnBudget, Rule, Rules};
pub use secret::SecretRef;
pub use source::{Manners, Quota, Source};
pub use token::{Token, TokenAsk};
