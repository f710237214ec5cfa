//! The store through its public door, over real files.
#![allow(
    clippy::unwrap_used,
    reason = "a helper that fails should fail its test where it stands"
)]

mod answers;
mod books;
mod crash;
mod faded;
mod faults;
mod feeds;
mod identity;
mod keep;
mod ledger;
mod ledger_processes;
mod money;
mod moves;
mod random;
mod replay;
mod runs;
mod secrets;
mod stories;
mod support;
mod viewers;
mod writers;
