//! One request on the wire and its whole answer, every part of it against its timeout.
//!
//! The permit says when the server may begin to count the request, and when it is known to have done so; the caller
//! holds it until the attempt is over.
//!
//! Not here: whether there is another attempt (`engine`, `retry`).

use std::{io, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::{
    clock::Clock,
    connect::Connecting,
    decode::BodyReader,
    engine::{Budget, Shared},
    error::{Error, Kind},
    hop::Hop,
    limit::Permit,
    pool::Lent,
    retry,
    timeouts::{Limit, TimeoutKind, Watch},
    trace::Trace,
};

/// An answer to one attempt.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Whether it came from a public address.
    pub(crate) public: bool,
}

/// The body of an answer: read to the end, unless somebody wants it piece by piece.
pub(crate) enum Body {
    Whole(Bytes),
    Open(Box<OpenBody>),
}

impl Body {
    /// What has been read of it so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(body) => body,
            Self::Open(_) => &[],
        }
    }
}

/// A body that is still arriving.
pub(crate) struct OpenBody {
    arriving: Arriving,
    reader: BodyReader,
    /// When the attempt has to be over; `None` when that is up to the reader.
    limit: Option<Limit>,
    between: Duration,
}

/// Where the pieces of a body come from.
enum Arriving {
    Wire(Incoming, Lent),
    Test(Option<Bytes>),
}

impl Arriving {
    /// The next piece as it came; `None` at the end.
    async fn piece(&mut self) -> Option<Result<Bytes, Error>> {
        match self {
            Self::Wire(body, _) => loop {
                match body.frame().await? {
                    Ok(frame) => {
                        if let Ok(piece) = frame.into_data() {
                            return Some(Ok(piece));
                        }
                    }
                    Err(e) => return Some(Err(Error::caused_by(Kind::Truncated, e))),
                }
            },
            Self::Test(body) => body.take().map(Ok),
        }
    }
}

impl OpenBody {
    /// Takes the next piece in, as it came; `None` at the end.
    async fn read(&mut self, clock: &Clock, watch: &mut Watch<'_>) -> Result<Option<u64>, Error> {
        let between = Limit::new(clock.now(), self.between, TimeoutKind::BetweenBytes);
        let limit = self.limit.map_or(between, |limit| between.sooner(limit));
        let piece = watch.within(limit, self.arriving.piece()).await?;
        let Some(piece) = piece.transpose()? else {
            return Ok(None);
        };
        let length = piece.len() as u64;
        self.reader.push(piece)?;
        Ok(Some(length))
    }

    /// The connection of a body that was read to the end.
    pub(crate) fn into_lent(self) -> Option<Lent> {
        match self.arriving {
            Arriving::Wire(_, lent) => Some(lent),
            Arriving::Test(_) => None,
        }
    }

    /// The next decoded bytes, never empty; `None` at the end.
    pub(crate) async fn chunk(&mut self, clock: &Clock) -> Result<Option<Bytes>, Error> {
        let mut watch = Watch::new(clock);
        loop {
            let more = self.read(clock, &mut watch).await?.is_some();
            if !more {
                self.reader.close()?;
            }
            let decoded = self.reader.take();
            if !decoded.is_empty() {
                return Ok(Some(decoded));
            }
            if !more {
                return Ok(None);
            }
        }
    }
}

/// An attempt without a complete answer.
pub(crate) struct Failed {
    pub(crate) error: Error,
    /// Whether the server may have received the request.
    pub(crate) sent: bool,
    /// Whether it failed because an idle connection had been closed meanwhile.
    pub(crate) stale: bool,
}

impl Failed {
    fn unsent(error: Error) -> Self {
        Self {
            error,
            sent: false,
            stale: false,
        }
    }

    fn sent(error: Error) -> Self {
        Self {
            error,
            sent: true,
            stale: false,
        }
    }
}

impl Shared {
    /// One request on the wire. The body of an answer that is neither worth a retry nor a redirect is left open when
    /// the budget wants it so; every other is read to the end.
    pub(crate) async fn attempt(
        &self,
        hop: &Hop,
        budget: &Budget,
        limit: Limit,
        permit: &mut Permit,
        trace: &mut Trace,
    ) -> Result<Answer, Failed> {
        let part = |after, kind| Limit::new(self.clock.now(), after, kind);
        let timeouts = budget.timeouts;
        let limit = part(timeouts.attempt, TimeoutKind::Attempt).sooner(limit);
        let mut watch = Watch::new(&self.clock);
        let (head, arriving, public) = match &self.transport {
            None => {
                self.over_the_wire(hop, budget, limit, permit, &mut watch, trace)
                    .await?
            }
            Some(transport) => {
                permit.sent();
                trace.sent();
                let first_byte = part(timeouts.first_byte, TimeoutKind::FirstByte).sooner(limit);
                let response = watch
                    .within(first_byte, transport.0.send(hop.bare_request()))
                    .await
                    .map_err(Failed::sent)?
                    .map_err(|e| {
                        let sent = e.kind() != io::ErrorKind::ConnectionRefused;
                        if !sent {
                            permit.recalled();
                        }
                        Failed {
                            sent,
                            stale: false,
                            error: Error::caused_by(
                                if sent { Kind::Closed } else { Kind::Refused },
                                e,
                            ),
                        }
                    })?;
                let (head, body) = response.into_parts();
                (head, Arriving::Test(Some(body)), true)
            }
        };
        permit.answered(budget.unchanged_is_free && head.status == StatusCode::NOT_MODIFIED);
        trace.first_byte(head.status.as_u16(), head.version);
        let mut body = OpenBody {
            arriving,
            reader: BodyReader::new(&head.headers, budget.body_limit).map_err(Failed::sent)?,
            limit: Some(limit),
            between: timeouts.between_bytes,
        };
        let stays = !retry::is_transient_status(head.status) && !head.status.is_redirection();
        let body = if budget.stream && stays {
            // The attempt is over with its head: how long the body may take, its reader decides.
            body.limit = None;
            Body::Open(Box::new(body))
        } else {
            let read = body.read(&self.clock, &mut watch);
            let mut more = read.await.map_err(Failed::sent)?;
            while let Some(length) = more {
                trace.received(length);
                more = body
                    .read(&self.clock, &mut watch)
                    .await
                    .map_err(Failed::sent)?;
            }
            let whole = body.reader.finish().map_err(Failed::sent)?;
            if let Some(lent) = body.into_lent() {
                self.pool.check_in(&self.clock, &hop.host, lent);
            }
            Body::Whole(whole)
        };
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
            public,
        })
    }

    /// The head of an answer, and the connection that its body arrives on.
    async fn over_the_wire(
        &self,
        hop: &Hop,
        budget: &Budget,
        limit: Limit,
        permit: &mut Permit,
        watch: &mut Watch<'_>,
        trace: &mut Trace,
    ) -> Result<(response::Parts, Arriving, bool), Failed> {
        let timeouts = budget.timeouts;
        let part = |after, kind| Limit::new(self.clock.now(), after, kind).sooner(limit);
        let mut steps = Connecting::default();
        let connect = part(timeouts.connect, TimeoutKind::Connect);
        let checkout = self
            .pool
            .checkout(&self.clock, &hop.host, hop.guarded, &mut steps);
        let lent = watch.within(connect, checkout).await;
        trace.connecting(steps, matches!(&lent, Ok(Ok(lent)) if lent.reused));
        let mut lent = lent.and_then(|lent| lent).map_err(Failed::unsent)?;

        permit.sent();
        trace.sent();
        let first_byte = part(timeouts.first_byte, TimeoutKind::FirstByte);
        let request = hop.request(&lent);
        let answer = watch
            .within(first_byte, lent.sender.send(request))
            .await
            .map_err(Failed::sent)?;
        let response = answer.map_err(|mut broken| {
            let sent = broken.take_message().is_none();
            if !sent {
                permit.recalled();
            }
            let error = broken.into_error();
            let kind = if error.is_parse() {
                Kind::Protocol
            } else {
                Kind::Closed
            };
            Failed {
                sent,
                stale: lent.reused && kind == Kind::Closed,
                error: Error::caused_by(kind, error),
            }
        })?;
        let (head, body) = response.into_parts();
        if lent.proxy.is_some() && head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let why = "the proxy wants a user name and a password (407)".to_owned();
            return Err(Failed::sent(Error::new(Kind::Proxy(why))));
        }
        let public = lent.public;
        Ok((head, Arriving::Wire(body, lent), public))
    }
}
