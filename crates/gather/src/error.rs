//! The one error of the library: opaque, asked questions, its address redacted, its cause kept.
//!
//! `Display` states this layer only; walk [`std::error::Error::source`] for the causes.
//!
//! Not here: which errors are worth another attempt (`retry`).

use std::{
    error::Error as StdError,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::StatusCode;

use crate::{limit::WaitCause, timeouts::TimeoutKind};

type Cause = Arc<dyn StdError + Send + Sync>;

/// Why a request has no answer.
///
/// An answer with an error status is not an error by itself: see
/// [`Response::error_for_status`](crate::Response::error_for_status).
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    url: Option<String>,
    attempts: u32,
    retry_at: Option<SystemTime>,
    source: Option<Cause>,
}

/// What went wrong. Kept inside: callers ask questions, so that kinds can be split later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request could not be built.
    Request(String),
    /// The client could not be built.
    Client(String),
    /// The name could not be resolved.
    Dns,
    /// Nobody listens there.
    Refused,
    /// The connection could not be made.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// A timeout passed.
    Timeout(TimeoutKind, Duration),
    /// The wait for an own limit would end too late.
    Limited(WaitCause),
    /// The connection broke before the answer began.
    Closed,
    /// What came is not HTTP.
    Protocol,
    /// The answer ended in the middle.
    Truncated,
    /// The body is not encoded as its `Content-Encoding` says.
    Encoding(String),
    /// The decoded body is larger than the cap.
    TooLarge(u64),
    /// The body decodes to more than so many times its size.
    Bomb(u64),
    /// The address leads into a private network, and came from somebody else.
    Private,
    /// The host has failed too often and is left alone.
    CircuitOpen,
    /// A proxy does not let the request through.
    Proxy(String),
    /// The quota ledger does not work.
    Ledger,
    /// A redirect that is not followed.
    Redirect(String),
    /// An error status, made an error by `error_for_status`.
    Status(StatusCode),
    /// The body is not what it was read as.
    Decode(&'static str),
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            url: None,
            attempts: 0,
            retry_at: None,
            source: None,
        }))
    }

    pub(crate) fn caused_by(kind: Kind, source: impl StdError + Send + Sync + 'static) -> Self {
        let mut error = Self::new(kind);
        error.0.source = Some(Arc::new(source));
        error
    }

    pub(crate) fn with_url(mut self, redacted: impl Into<String>) -> Self {
        self.0.url = Some(redacted.into());
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_retry_at(mut self, at: Option<SystemTime>) -> Self {
        self.0.retry_at = at;
        self
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The address asked, without passwords and keys.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// How many requests were put on the wire before this was given up; 0 when none was.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// When asking again may succeed, as far as the server or a limit told.
    #[must_use]
    pub fn retry_at(&self) -> Option<SystemTime> {
        self.0.retry_at
    }

    /// The status, when this came from [`error_for_status`](crate::Response::error_for_status).
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self.0.kind {
            Kind::Status(status) => Some(status),
            _ => None,
        }
    }

    /// One of the timeouts passed.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout(..))
    }

    /// It failed for want of time that somebody else may have had: by the deadline of its fan-out.
    pub(crate) fn is_of_deadline(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::Limited(_) | Kind::Timeout(TimeoutKind::Deadline, _)
        )
    }

    /// Which of the timeouts passed, and how long it was.
    #[must_use]
    pub fn timeout(&self) -> Option<(TimeoutKind, Duration)> {
        match self.0.kind {
            Kind::Timeout(kind, after) => Some((kind, after)),
            _ => None,
        }
    }

    /// No connection could be made: the name, the port, the network or TLS.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::Dns
                | Kind::Refused
                | Kind::Connect
                | Kind::Tls
                | Kind::Timeout(TimeoutKind::Connect, _)
        )
    }

    /// The name of the host could not be resolved.
    #[must_use]
    pub fn is_dns(&self) -> bool {
        self.0.kind == Kind::Dns
    }

    /// Nobody listens at the host's port.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.0.kind == Kind::Refused
    }

    /// The TLS handshake failed: an expired certificate, another host's, or an unknown authority.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.kind == Kind::Tls
    }

    /// Too many requests: the wait for a quota, a slot or the host's own `Retry-After` would have ended after the
    /// deadline, or the server answered 429 and that was made an error;
    /// [`retry_at`](Self::retry_at) says when to come back, where that is known.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        matches!(self.0.kind, Kind::Limited(_))
            || self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// The connection was closed or reset before an answer came. The server may have acted all the same.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.kind == Kind::Closed
    }

    /// The answer ended in the middle.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.0.kind == Kind::Truncated
    }

    /// The decoded body is larger than the cap, or than anything but a bomb would be.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.0.kind, Kind::TooLarge(_) | Kind::Bomb(_))
    }

    /// The host has failed so often that it is left alone; [`retry_at`](Self::retry_at) says until when.
    #[must_use]
    pub fn is_circuit_open(&self) -> bool {
        self.0.kind == Kind::CircuitOpen
    }

    /// The quota ledger does not work. Nothing was sent, since nobody could say whether it was allowed.
    #[must_use]
    pub fn is_ledger(&self) -> bool {
        self.0.kind == Kind::Ledger
    }

    /// A proxy does not let the request through: it wants a password (407), refuses, or is none.
    #[must_use]
    pub fn is_proxy(&self) -> bool {
        matches!(self.0.kind, Kind::Proxy(_))
    }

    /// The address leads into a private network, and came out of somebody else's data: see
    /// [`Request::guarded`](crate::Request::guarded).
    #[must_use]
    pub fn is_private_address(&self) -> bool {
        self.0.kind == Kind::Private
    }

    /// Whether asking again later may help: the fault is one that passes. When, says
    /// [`retry_at`](Self::retry_at) where anybody knows.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.0.kind {
            Kind::Limited(_) | Kind::CircuitOpen | Kind::Dns => true,
            Kind::Timeout(..) => true,
            _ => crate::retry::is_transient(self),
        }
    }

    /// A redirect that is not followed: a loop, too many, or an unsafe target.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        matches!(self.0.kind, Kind::Redirect(_))
    }

    /// The body could not be decoded: not the `Content-Encoding` it claims, not JSON, not the type asked for.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode(_) | Kind::Encoding(_))
    }

    /// The request itself is at fault, and was not sent: a bad address, an unknown quota.
    #[must_use]
    pub fn is_request(&self) -> bool {
        matches!(self.0.kind, Kind::Request(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Request(why) | Kind::Client(why) | Kind::Redirect(why) | Kind::Proxy(why) => {
                f.write_str(why)
            }
            Kind::Dns => f.write_str("the host's name could not be resolved"),
            Kind::Refused => f.write_str("the connection was refused"),
            Kind::Connect => f.write_str("no connection could be made"),
            Kind::Tls => f.write_str("the TLS handshake failed"),
            Kind::Timeout(kind, after) => write!(f, "timed out: {kind} within {}", Seconds(*after)),
            Kind::Limited(WaitCause::CoolDown) => {
                f.write_str("the host asked to be left alone for longer than the deadline allows")
            }
            Kind::Limited(cause) => {
                write!(
                    f,
                    "waiting for {} would outlast the deadline",
                    cause.as_str()
                )
            }
            Kind::Closed => f.write_str("the connection was closed before an answer came"),
            Kind::Protocol => f.write_str("the answer is not valid HTTP"),
            Kind::Truncated => f.write_str("the answer was cut off in the middle"),
            Kind::Encoding(coding) => write!(f, "the body is not valid `{coding}`"),
            Kind::TooLarge(cap) => write!(
                f,
                "the body is larger than the cap of {cap} bytes (`body_limit`)"
            ),
            Kind::Bomb(ratio) => write!(
                f,
                "the body decodes to more than {ratio} times its size, as only a bomb does"
            ),
            Kind::Private => f.write_str(
                "the address leads into a private network, where only addresses you name yourself may lead",
            ),
            Kind::CircuitOpen => {
                f.write_str("the host has failed too often in a row and is left alone for a while")
            }
            Kind::Ledger => f.write_str("the quota ledger does not work, so nothing was sent"),
            Kind::Status(status) => write!(f, "the server answered {status}"),
            Kind::Decode(what) => write!(f, "the body is not {what}"),
        }?;
        if let Some(url) = &self.0.url {
            write!(f, " ({url})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("url", &self.0.url)
            .field("attempts", &self.0.attempts)
            .field("retry_at", &self.0.retry_at)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

/// A duration in seconds, as short as it is exact: `10 s`, `0.25 s`.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0.as_millis() as f64 / 1000.0)
    }
}
