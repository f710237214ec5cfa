//! Behaviour of the sources, through the public door only.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say where"
)]

mod configuration;
mod errors;
mod feeds;
mod hard_cases;
mod offline;
mod presets;
mod secrets;
mod support;
