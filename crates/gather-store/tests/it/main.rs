//! The store through its public door, over real files.
#![allow(
    clippy::unwrap_used,
    reason = "a helper that fails should fail its test where it stands"
)]

mod answers;
mod backups;
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
mod money_list;
mod moves;
mod prune;
mod random;
mod replay;
mod runs;
mod secrets;
mod sessions;
mod stories;
mod support;
mod users;
mod viewers;
mod writers;
