//! What can go wrong at a server, and how often.
//!
//! A fault strikes every request of its target, or only the first few, or each k-th; nothing is
//! left to chance. `Refuse` is the exception: it is the port itself, so it is for a whole API and
//! lasts until it is cleared.
//!
//! Not here: where faults are looked up (`rules`), how they are played on the wire (`server`, `body`, `socket`).

use std::{str::FromStr, time::Duration};

use http::{HeaderName, HeaderValue, StatusCode};

use crate::ParseError;

/// One way of answering badly, or not at all. The latency of the route passes first.
///
/// Where HTTP/2 carries many requests on one connection, a fault strikes its own request alone, except
/// [`Fault::SlowHeaders`] and [`Fault::Close`], which strike the connection and whatever else is on it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing listens, with or without TLS: connecting fails with "connection refused", and connections that were open are closed.
    /// For a whole [`Api`](crate::Api) only. The port stays reserved, so that it can be opened again.
    Refuse,
    /// The request is read and never answered; the connection stays open.
    Hang,
    /// Status and headers come at once, the promised body never does.
    HangAfterHeaders,
    /// The whole answer, from the first byte of the status line, comes in small pieces. With TLS these are pieces of
    /// the encrypted bytes; with HTTP/2 the connection stays slow.
    SlowHeaders {
        /// Bytes in one piece, at least 1.
        bytes: usize,
        /// Time between two pieces.
        every: Duration,
    },
    /// Headers come at once, the body in small pieces.
    Drip {
        /// Bytes in one piece, at least 1.
        bytes: usize,
        /// Time between two pieces.
        every: Duration,
    },
    /// Half of the body that `Content-Length` promises, then the connection is closed; with HTTP/2 the stream is reset.
    Truncate,
    /// The request is read, then the connection is reset (RST); with HTTP/2 the stream is (`RST_STREAM`).
    Reset,
    /// The request is read, then the connection is closed without an answer (FIN).
    Close,
    /// 200 with `Content-Type: application/json`, and a body that is not JSON.
    Garbage,
    /// 200 with a log-in page in HTML, as a captive portal sends.
    Html,
    /// 200 with an empty body.
    Empty,
    /// An error answer, with a body in the shape that this API gives its errors, or any answer with a body of your own.
    Status {
        /// 200 to 599.
        code: u16,
        /// The value of `Retry-After`, sent as it is: seconds, a date, or nonsense.
        retry_after: Option<String>,
        /// Further headers. A `date` here replaces the server's own.
        headers: Vec<(String, String)>,
        /// The body in place of the API's own error; sent as JSON unless a `content-type` is among the headers.
        body: Option<String>,
    },
}

impl Fault {
    /// An error answer with this status: 200 to 599.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::Status {
            code,
            retry_after: None,
            headers: Vec::new(),
            body: None,
        }
    }

    /// A redirect: 301, 302, 303, 307 or 308 with this `Location`, a path of the same server or a whole address.
    #[must_use]
    pub fn redirect(code: u16, to: impl Into<String>) -> Self {
        Self::status(code).header("location", to)
    }

    /// Any answer: `Fault::status(200).body("[]")` says that there is nothing. Changes nothing but a [`Fault::Status`].
    #[must_use]
    pub fn body(mut self, text: impl Into<String>) -> Self {
        if let Self::Status { body, .. } = &mut self {
            *body = Some(text.into());
        }
        self
    }

    /// Adds `Retry-After` to a [`Fault::Status`]; changes nothing on another fault.
    #[must_use]
    pub fn retry_after(mut self, value: impl Into<String>) -> Self {
        if let Self::Status { retry_after, .. } = &mut self {
            *retry_after = Some(value.into());
        }
        self
    }

    /// Adds a header to a [`Fault::Status`]; changes nothing on another fault.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Strikes the first `n` requests of the target, counted from when it was set, and then no more.
    #[must_use]
    pub fn first(self, n: u64) -> FaultRule {
        FaultRule {
            fault: self,
            when: When::First(n),
        }
    }

    /// Strikes each `k`-th request of the target: `every(3)` spares two and strikes the third. Zero never strikes.
    #[must_use]
    pub fn every(self, k: u64) -> FaultRule {
        FaultRule {
            fault: self,
            when: When::Every(k),
        }
    }

    pub(crate) fn check(&self) -> Result<(), ParseError> {
        match self {
            Self::Status {
                code,
                retry_after,
                headers,
                ..
            } => {
                status_code(*code)?;
                if let Some(value) = retry_after {
                    header("retry-after", value)?;
                }
                headers
                    .iter()
                    .try_for_each(|(name, value)| header(name, value).map(drop))
            }
            Self::Drip { bytes: 0, .. } | Self::SlowHeaders { bytes: 0, .. } => {
                Err(ParseError::new(
                    "a piece of 0 bytes never arrives; expected at least 1 byte".to_owned(),
                ))
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn status_code(code: u16) -> Result<StatusCode, ParseError> {
    StatusCode::from_u16(code)
        .ok()
        .filter(|_| (200..=599).contains(&code))
        .ok_or_else(|| {
            ParseError::new(format!(
                "status {code} cannot end an answer; expected 200 to 599"
            ))
        })
}

pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), ParseError> {
    match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        _ => Err(ParseError::new(format!(
            "`{name}: {value}` is not a header line"
        ))),
    }
}

/// A [`Fault`] and which requests it strikes. A bare `Fault` strikes all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    pub(crate) fault: Fault,
    pub(crate) when: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    First(u64),
    Every(u64),
}

impl When {
    /// Whether the request with this number strikes; the first is number 1.
    pub(crate) fn strikes(self, number: u64) -> bool {
        match self {
            Self::Always => true,
            Self::First(n) => number <= n,
            Self::Every(k) => k != 0 && number.is_multiple_of(k),
        }
    }
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            when: When::Always,
        }
    }
}

const FORMS: &str = "expected `refuse`, `hang`, `hang-after-headers`, `slow-headers`, `drip`, `truncate`, `reset`, \
     `close`, `garbage`, `html`, `empty`, or a status as `503`, `429:7` (Retry-After 7) or `301:/new` (Location), each \
     with `@first3` or `@every3` behind it if wanted";

impl FromStr for FaultRule {
    type Err = ParseError;

    /// `hang`, `503`, `429:7` (with `Retry-After: 7`), `301:/new` (with `Location: /new`), `drip@first2`, `reset@every3`.
    ///
    /// `drip` is one byte each 100 ms, `slow-headers` one byte each 50 ms.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let unknown = || ParseError::new(format!("`{text}` is not a fault; {FORMS}"));
        let (name, when) = text
            .rsplit_once('@')
            .map_or((text, None), |(name, when)| (name, Some(when)));
        let fault = match name {
            "refuse" => Fault::Refuse,
            "hang" => Fault::Hang,
            "hang-after-headers" => Fault::HangAfterHeaders,
            "slow-headers" => Fault::SlowHeaders {
                bytes: 1,
                every: Duration::from_millis(50),
            },
            "drip" => Fault::Drip {
                bytes: 1,
                every: Duration::from_millis(100),
            },
            "truncate" => Fault::Truncate,
            "reset" => Fault::Reset,
            "close" => Fault::Close,
            "garbage" => Fault::Garbage,
            "html" => Fault::Html,
            "empty" => Fault::Empty,
            status => {
                let (code, after) = status
                    .split_once(':')
                    .map_or((status, None), |(code, after)| (code, Some(after)));
                let code: u16 = code.parse().map_err(|_| unknown())?;
                match after {
                    None => Fault::status(code),
                    Some(to) if (300..400).contains(&code) => Fault::redirect(code, to),
                    Some(after) => Fault::status(code).retry_after(after),
                }
            }
        };
        fault.check()?;
        let count = |digits: &str| digits.parse::<u64>().map_err(|_| unknown());
        match when {
            None => Ok(fault.into()),
            Some(when) => match (when.strip_prefix("first"), when.strip_prefix("every")) {
                (Some(n), _) => Ok(fault.first(count(n)?)),
                (_, Some(k)) => Ok(fault.every(count(k)?)),
                _ => Err(unknown()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_from_text() {
        assert_eq!("hang".parse::<FaultRule>(), Ok(Fault::Hang.into()));
        assert_eq!(
            "429:7@first2".parse::<FaultRule>(),
            Ok(Fault::status(429).retry_after("7").first(2))
        );
        assert_eq!(
            "reset@every3".parse::<FaultRule>(),
            Ok(Fault::Reset.every(3))
        );
        assert_eq!(
            "308:/user@home/new.xml@first1".parse(),
            Ok(Fault::redirect(308, "/user@home/new.xml").first(1))
        );
        for wrong in [
            "",
            "slow",
            "99",
            "777",
            "hang@often",
            "hang@first",
            "503:a\nb",
        ] {
            assert!(wrong.parse::<FaultRule>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn first_and_every_count_from_one() {
        let struck = |when: When| (1..=6).filter(|n| when.strikes(*n)).collect::<Vec<u64>>();
        assert_eq!(struck(When::First(2)), [1, 2]);
        assert_eq!(struck(When::Every(3)), [3, 6]);
        assert!(struck(When::Every(0)).is_empty());
        assert_eq!(struck(When::Always).len(), 6);
    }
}
