//! Simulated news, bank and rates APIs on loopback, with latency and faults.
//!
//! A [`Sandbox`] listens on one port of 127.0.0.1 for each [`Api`], so each is a host of its own, and
//! answers over real sockets with invented data that depends only on the seed and on `now`. Tests,
//! benchmarks and the demo meet the same servers. It runs inside the caller's tokio runtime, or as
//! the process `gather-sandbox`.
//!
//! Every request is noted as the server saw it ([`Log`]): what was in flight at once and how many
//! started in any window, which is how a client's manners are proved from the other side.
//!
//! [`Caching`] gives any route validators and freshness, [`Fault`] redirects it, spoils it or replaces its answer, and
//! an edition ([`Sandbox::set_edition`]) moves its data on.
//!
//! With [`Builder::tls`] each API listens with TLS too, HTTP/2 included, with good and with bad
//! [`Certificate`]s. A [`Proxy`] stands between a client and all of them.
//!
//! It sleeps on tokio's timer: in a runtime whose time is paused, latency and slow faults pass at once.
//!
//! ```
//! use std::time::Duration;
//! use gather_sandbox::{Api, Fault, Latency, Sandbox};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let sandbox = Sandbox::builder()
//!     .seed(7)
//!     .now("2026-11-20T09:00:00Z".parse().expect("an instant"))
//!     .latency(Api::Guardian, Latency::fixed(Duration::from_millis(500)))
//!     .latency((Api::HackerNews, "/v0/item/*"), Latency::fixed(Duration::from_millis(20)))
//!     .fault(Api::Bank, Fault::status(503).retry_after("2").first(1))
//!     .start()
//!     .await?;
//! let top_stories = format!("{}/topstories.json", sandbox.url(Api::HackerNews));
//! assert!(top_stories.starts_with("http://127.0.0.1:"));
//! assert_eq!(sandbox.log(Api::HackerNews).total(), 0);
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod api;
mod body;
mod caching;
mod data;
mod fault;
mod latency;
mod log;
mod proxy;
mod routes;
mod rules;
mod sandbox;
mod server;
mod socket;
mod tasks;
mod tls;

pub use api::{Api, ParseError, Target};
pub use caching::{Caching, Tag};
pub use fault::{Fault, FaultRule};
pub use latency::Latency;
pub use log::{Log, Seen};
pub use proxy::Proxy;
pub use sandbox::{Builder, Sandbox};
pub use tls::Certificate;
