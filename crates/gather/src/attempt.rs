//! One request on the wire and its whole answer, every part of it against its timeout.
//!
//! The permit says when the server may begin to count the request, and when it is known to have done so; the caller
//! holds it until the attempt is over.
//!
//! Not here: whether there is another attempt (`engine`, `retry`).

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;

use crate::{
    connect::Connecting,
    decode::BodyReader,
    engine::{Budget, Shared},
    error::{Error, Kind},
    hop::Hop,
    limit::Permit,
    timeouts::{Limit, TimeoutKind, Watch},
    trace::Trace,
};

/// A complete answer to one attempt.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether it came from a public address.
    pub(crate) public: bool,
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

        let mut steps = Connecting::default();
        let connect = part(timeouts.connect, TimeoutKind::Connect).sooner(limit);
        let checkout = self
            .pool
            .checkout(&self.clock, &hop.host, hop.guarded, &mut steps);
        let lent = watch.within(connect, checkout).await;
        trace.connecting(steps, matches!(&lent, Ok(Ok(lent)) if lent.reused));
        let mut lent = lent.and_then(|lent| lent).map_err(Failed::unsent)?;

        permit.sent();
        trace.sent();
        let first_byte = part(timeouts.first_byte, TimeoutKind::FirstByte).sooner(limit);
        let request = hop.request(lent.sender.is_http2());
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
        permit.answered();
        let (head, mut body) = response.into_parts();
        trace.first_byte(head.status.as_u16());

        let mut reader = BodyReader::new(&head.headers, budget.body_limit).map_err(Failed::sent)?;
        loop {
            let between = part(timeouts.between_bytes, TimeoutKind::BetweenBytes).sooner(limit);
            let frame = watch
                .within(between, body.frame())
                .await
                .map_err(Failed::sent)?;
            match frame {
                None => break,
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        trace.received(piece.len() as u64);
                        reader.push(piece).map_err(Failed::sent)?;
                    }
                }
                Some(Err(e)) => {
                    return Err(Failed::sent(Error::caused_by(Kind::Truncated, e)));
                }
            }
        }
        let body = reader.finish().map_err(Failed::sent)?;
        let public = lent.public;
        self.pool.check_in(&self.clock, &hop.host, lent);
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
            public,
        })
    }
}
