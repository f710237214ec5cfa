//! One answer, complete.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use url::Url;

use crate::error::{Error, Kind};

/// An answer with its whole body. Any status counts as an answer; see [`error_for_status`](Self::error_for_status).
#[derive(Debug, Clone)]
pub struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) url: Url,
    pub(crate) shown_url: Arc<str>,
    pub(crate) body: Bytes,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) retry_at: Option<SystemTime>,
    pub(crate) redirects: Arc<[Redirect]>,
}

/// One redirect that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// 301, 302, 303, 307 or 308.
    pub status: StatusCode,
    /// Where it led. It may hold keys.
    pub to: Url,
}

impl Redirect {
    /// Whether the server says that the old address is not to be used any more (301 and 308, RFC 9110 section 15.4).
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(
            self.status,
            StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT
        )
    }
}

impl Response {
    /// The status of the last attempt.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers as they came.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The address that answered, after redirects. It may hold keys: show [`shown_url`](Self::shown_url).
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The address that answered, without passwords and keys.
    #[must_use]
    pub fn shown_url(&self) -> &str {
        &self.shown_url
    }

    /// The `Content-Type`, as it came.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// The decoded body.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The decoded body, taken.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.body
    }

    /// The body as text: by its byte order mark, else the `charset` of the content type, else UTF-8. What cannot be
    /// read becomes `U+FFFD`.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let charset = self
            .content_type()
            .and_then(|value| {
                value
                    .split(';')
                    .skip(1)
                    .filter_map(|parameter| parameter.split_once('='))
                    .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
            })
            .map(|(_, label)| label.trim().trim_matches('"'))
            .and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
            .unwrap_or(encoding_rs::UTF_8);
        charset.decode(&self.body).0
    }

    /// The body read as JSON. Call [`error_for_status`](Self::error_for_status) first where an error page is not
    /// what you want to read.
    ///
    /// # Errors
    /// [`Error::is_decode`] when the body is not JSON or not of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|e| {
            let start = self.body.trim_ascii_start();
            let what = if start.starts_with(b"<") {
                "JSON: it looks like HTML, such as a page to log in or one that blocks"
            } else {
                "the JSON that was expected"
            };
            Error::caused_by(Kind::Decode(what), e)
                .with_url(&*self.shown_url)
                .with_attempts(self.attempts)
        })
    }

    /// The answer itself below status 400, else an error.
    ///
    /// # Errors
    /// [`Error::status`] is the status; [`Error::retry_at`] when the server said when to come back.
    pub fn error_for_status(self) -> Result<Self, Error> {
        if self.status.is_client_error() || self.status.is_server_error() {
            Err(Error::new(Kind::Status(self.status))
                .with_url(&*self.shown_url)
                .with_attempts(self.attempts)
                .with_retry_at(self.retry_at))
        } else {
            Ok(self)
        }
    }

    /// How many requests were put on the wire for it: 1, and one more for each retry and redirect.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// From the start of the first attempt to the last byte of the body.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The redirects that led here, in their order; empty when the address itself answered.
    #[must_use]
    pub fn redirects(&self) -> &[Redirect] {
        &self.redirects
    }

    /// When the server wants to be asked again, for a 429 or 503 that said so.
    #[must_use]
    pub fn retry_at(&self) -> Option<SystemTime> {
        self.retry_at
    }
}
