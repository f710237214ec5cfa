//! What the measured programs have in common: the job, and how it is measured.
//!
//! Each program in `bin` but six is an HTTP client that asks the same URLs of a sandbox in another process, and ends
//! with **all** answers in its hands, in the order asked. [`run`] takes the arguments, measures and checks; the program
//! only asks. `cargo xtask bench library` calls them in turn and compares. The others are `bench-ingest`
//! ([`ingest`]): bytes to records and records into the store, by gather or by hand, for `cargo xtask bench ingest`; and
//! `bench-money` ([`money`]): figures of many transactions and a bank's file into the store, for `cargo xtask bench money`;
//! `bench-serve` ([`serve`]): load for the dashboard and what it is compared with, for `cargo xtask bench serve`;
//! `bench-soak` ([`soak`]): the dashboard for minutes with all that goes wrong, for `cargo xtask soak`; and
//! `bench-outside` ([`outside`]), which runs any program and measures it, and `bench-news` ([`news`]): three sources
//! into SQLite without gather, both for `cargo xtask bench peers`.
//!
//! Not here: which jobs there are and what they should cost (`xtask/src/bench`).

mod answer;
mod flags;
pub mod ingest;
mod job;
mod measure;
pub mod money;
pub mod news;
pub mod outside;
pub mod serve;
pub mod soak;
mod tasks;
mod tokens;

pub use answer::Answer;
pub use job::Job;
pub use measure::run;
pub use tasks::{ask_each, in_order};

/// Anything that keeps a program from having its answers.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// An answer as the bare clients keep it.
pub type Plain = (http::StatusCode, bytes::Bytes);
