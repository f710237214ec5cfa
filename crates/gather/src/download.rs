//! An answer whose body is read piece by piece.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use url::Url;

use crate::{
    attempt::{Body, OpenBody},
    engine::{Landed, Shared},
    error::Error,
    host::Host,
    limit::Permit,
};

/// An answer whose body arrives while it is read. Made by [`Client::download`](crate::Client::download).
///
/// It keeps its slot until the body was read to the end or the download is dropped. The cap on decoded bytes (10 MiB
/// unless [`Request::body_limit`](crate::Request::body_limit) says otherwise) and the timeout between bytes hold; how long
/// the whole body may take is up to the reader.
#[must_use = "the body arrives only while it is read"]
pub struct Download {
    shared: Arc<Shared>,
    status: StatusCode,
    headers: HeaderMap,
    url: Url,
    shown: Arc<str>,
    attempts: u32,
    host: Host,
    open: Option<(Box<OpenBody>, Option<Permit>)>,
    /// What had been read before it was known that the body is wanted piece by piece.
    ready: Bytes,
}

impl Download {
    pub(crate) fn new(shared: Arc<Shared>, landed: Landed, attempts: u32) -> Self {
        let (open, ready) = match landed.answer.body {
            Body::Open(body) => (Some((body, landed.permit)), Bytes::new()),
            Body::Whole(body) => (None, body),
        };
        Self {
            shared,
            status: landed.answer.status,
            headers: landed.answer.headers,
            url: landed.hop.url,
            shown: landed.hop.shown,
            host: landed.hop.host,
            attempts,
            open,
            ready,
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers as they came.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The address that answered, after redirects. It may hold keys.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// How many requests were put on the wire for it.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The next decoded bytes, never empty; `None` at the end of a complete body.
    ///
    /// # Errors
    /// [`Error::is_truncated`] when the body broke off, [`Error::is_timeout`] when it stalled,
    /// [`Error::is_too_large`] at the cap, [`Error::is_decode`] when it is not encoded as it says. After an error
    /// there is nothing more.
    ///
    /// # Cancel safety
    /// Not cancel safe: dropping the future may lose a piece. Drop the download instead.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        if !self.ready.is_empty() {
            return Ok(Some(std::mem::take(&mut self.ready)));
        }
        let Some((body, _)) = &mut self.open else {
            return Ok(None);
        };
        let next = body.chunk(&self.shared.clock).await;
        if !matches!(next, Ok(Some(_)))
            && let Some((body, _permit)) = self.open.take()
            && next.is_ok()
            && let Some(lent) = body.into_lent()
        {
            self.shared
                .pool
                .check_in(&self.shared.clock, &self.host, lent);
        }
        next.map_err(|error| error.with_url(&*self.shown).with_attempts(self.attempts))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("status", &self.status)
            .field("url", &self.shown)
            .finish_non_exhaustive()
    }
}
