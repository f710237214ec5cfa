//! The binary as a person meets it: exit codes, standard output, standard error, over real sockets.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests outside of `#[test]` functions"
)]

mod ahead;
mod bench;
mod canaries;
mod claim;
mod config;
mod demo;
mod exchange;
mod finding;
mod har;
mod help;
mod imports;
mod mirror;
mod money;
mod offline;
mod otel;
mod output;
mod packaging;
mod readme;
mod reports;
mod runs;
mod serve;
mod stop;
mod together;
mod waterfalls;
mod world;
