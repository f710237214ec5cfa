//! The library through its public door: real sockets, real servers, time moved by hand where it is about waiting.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test with what went wrong"
)]

mod bodies;
mod cancel;
mod doors;
mod examples;
mod fan_out;
mod har;
mod hosts;
mod httpbin;
mod limits;
mod proxies;
mod redirects;
mod replay;
mod retries;
mod server;
mod timeouts;
mod tls;
mod told;
