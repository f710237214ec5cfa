//! Runs through the public door: real sockets to the sandbox, real database files.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test with what went wrong"
)]

mod banks;
mod bench;
mod caching;
mod moves;
mod outlook;
mod runs;
mod shared;
mod support;
mod timelines;
mod tokens;
mod vault;
mod vault_keys;
