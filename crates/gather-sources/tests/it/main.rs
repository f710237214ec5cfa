//! Behaviour of the sources, through the public door only.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where"
)]

mod configuration;
mod drift;
mod errors;
mod feed_broken;
mod feed_formats;
mod feed_identity;
mod feed_second_opinion;
mod feeds;
mod files_camt;
mod files_csv;
mod files_hostile;
mod files_mt940;
mod files_ofx;
mod files_qif;
mod files_support;
mod formats;
mod hard_cases;
mod manual;
mod offline;
mod opml;
mod pages;
mod plans;
mod presets;
mod presets_github;
mod presets_manual;
mod presets_money;
mod presets_rates;
mod presets_reddit;
mod presets_simplefin;
mod presets_weather;
mod rules;
mod secrets;
mod sniff;
mod support;
mod tokens;
mod write;
