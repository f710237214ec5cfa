//! Polite concurrent HTTP: ask many servers at once, within every limit, and explain what happened.
//!
//! ```no_run
//! # async fn example() {
//! use gather::Client;
//!
//! let client = Client::new();
//! let answers = client.gather(["https://a.example/", "https://b.example/"]).await;
//! println!(
//!     "{} of {} in {:?}, one by one {:?}",
//!     answers.results.iter().filter(|result| result.is_ok()).count(),
//!     answers.results.len(),
//!     answers.report.wall,
//!     answers.report.one_by_one,
//! );
//! # }
//! ```
//!
//! - [`Client::gather`] gives all results in the order asked, [`Client::as_completed`] as they come,
//!   [`Client::try_gather`] stops at the first failure. One failure never spoils the others.
//! - Limits are on by default: 64 requests in flight, 6 of one host; a [`Quota`] is never broken, counted at the
//!   server. Every request on the wire passes them, retries and redirects too.
//! - [`Timeouts`] and [`Retry`] are on by default; a `Retry-After` is honoured by the whole host.
//! - Every fan-out has a [`Report`]: what it took, what one by one would have taken, and every attempt on a timeline.
//! - Time comes from a [`Clock`] that a test can move by hand.
//!
//! Foreign types a public signature may name: those of [`http`], [`url::Url`], [`bytes::Bytes`], and `serde`'s traits.

mod attempt;
pub mod blocking;
mod client;
mod clock;
mod connect;
mod decode;
mod download;
mod engine;
mod error;
mod event;
mod fan_out;
mod flights;
mod guard;
mod har;
mod hash;
mod health;
mod hop;
mod host;
mod ledger;
mod limit;
mod lines;
mod pool;
mod proxy;
mod rate_headers;
mod redact;
mod report;
mod request;
mod response;
mod retry;
mod timeouts;
mod trace;
mod transport;
mod waterfall;

pub use bytes::Bytes;
pub use client::{Client, ClientBuilder};
pub use clock::{Clock, ManualClock, Sleep};
pub use connect::Connecting;
pub use download::Download;
pub use error::Error;
pub use event::{Event, EventKind};
pub use fan_out::{AsCompleted, Completed, Gather, Gathered, TryGather};
pub use health::{CircuitBreaker, RetryBudget};
pub use host::Host;
pub use http::{HeaderMap, Method, StatusCode, header};
pub use ledger::{Claim, Ledger, LedgerError, MemoryLedger, Place, Reservation, Settlement};
pub use limit::{HostLimits, Limits, Quota, Replay, WaitCause, Waits};
pub use report::{Asked, Attempt, Report};
pub use request::Request;
pub use response::{Redirect, Response};
pub use retry::Retry;
pub use timeouts::{TimeoutKind, Timeouts};
pub use transport::{Answering, Transport};
pub use url::Url;

/// The pages beside the code, whose examples are compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/from-python.md")]
struct Pages;
