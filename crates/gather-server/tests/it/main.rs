//! The server as a browser, a program and an attacker meet it: over real sockets, with a real database file.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests outside of `#[test]` functions"
)]

mod api;
mod chromium;
mod connections;
mod gates;
mod hanging;
mod login;
mod pages;
mod routes;
mod schedule;
mod world;
