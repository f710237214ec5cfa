//! Timeouts: on by default, each of its own kind, so that neither a dead host nor a drip can hold a run up.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    time::{Duration, Instant},
};

use crate::{
    clock::{Clock, Sleep, far},
    error::{Error, Kind},
};

/// How long each part of a request may take. `Duration::MAX` switches one off.
///
/// The time spent waiting for own limits is no part of any of these: it is not the server's fault. The deadline of a
/// whole fan-out, which bounds that too, is set where the fan-out is made and has no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Resolving the name, connecting and the TLS handshake together. Default 5 s.
    pub connect: Duration,
    /// From the moment the request is on its way to the first byte of the answer. Default 10 s.
    pub first_byte: Duration,
    /// Between two pieces of the body. Default 10 s.
    pub between_bytes: Duration,
    /// One attempt, from connecting to the last byte of the body. Default 20 s.
    pub attempt: Duration,
    /// All attempts of one request with the pauses between them, from the start of the first. Default 30 s.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_byte: Duration::from_secs(10),
            between_bytes: Duration::from_secs(10),
            attempt: Duration::from_secs(20),
            total: Duration::from_secs(30),
        }
    }
}

/// Which timeout passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// See [`Timeouts::connect`].
    Connect,
    /// See [`Timeouts::first_byte`].
    FirstByte,
    /// See [`Timeouts::between_bytes`].
    BetweenBytes,
    /// See [`Timeouts::attempt`].
    Attempt,
    /// See [`Timeouts::total`].
    Total,
    /// The deadline of the whole fan-out.
    Deadline,
}

impl fmt::Display for TimeoutKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection",
            Self::FirstByte => "no answer",
            Self::BetweenBytes => "no further byte",
            Self::Attempt => "the answer was not complete",
            Self::Total => "no complete answer in all attempts",
            Self::Deadline => "the deadline of the whole passed; no complete answer",
        })
    }
}

/// An instant by which something must be done, and what it means to miss it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) at: Instant,
    pub(crate) kind: TimeoutKind,
    pub(crate) after: Duration,
}

impl Limit {
    pub(crate) fn new(start: Instant, after: Duration, kind: TimeoutKind) -> Self {
        Self {
            at: far(start, after),
            kind,
            after,
        }
    }

    /// Whichever comes first; on a tie the wider one is named, since no further attempt can help.
    pub(crate) fn sooner(self, wider: Self) -> Self {
        if self.at < wider.at { self } else { wider }
    }

    pub(crate) fn error(&self) -> Error {
        Error::new(Kind::Timeout(self.kind, self.after))
    }
}

/// Runs futures against limits with one timer, which is only armed when something has to be waited for.
pub(crate) struct Watch<'a> {
    clock: &'a Clock,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(clock: &'a Clock) -> Self {
        Self { clock, timer: None }
    }

    pub(crate) async fn within<F: Future>(
        &mut self,
        limit: Limit,
        future: F,
    ) -> Result<F::Output, Error> {
        let mut future = std::pin::pin!(future);
        let mut armed = false;
        std::future::poll_fn(|cx| {
            if let std::task::Poll::Ready(output) = future.as_mut().poll(cx) {
                return std::task::Poll::Ready(Ok(output));
            }
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(self.clock.sleep_until(limit.at)));
            if !armed {
                timer.as_mut().reset(limit.at);
                armed = true;
            }
            timer.as_mut().poll(cx).map(|()| Err(limit.error()))
        })
        .await
    }
}
