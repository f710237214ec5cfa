//! Answer bodies: whole, or spoilt on the way.
//!
//! A body carries its request's ticket, so a request is in flight until its last byte is handed
//! to the connection or the connection is gone.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::log::Ticket;

/// Between the last byte of a cut body and the cut, so that the connection can put that byte on the wire: with
/// HTTP/2 another task does so.
const FLUSH: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(crate) struct Body {
    plan: Plan,
    ticket: Option<Ticket>,
}

#[derive(Debug)]
enum Plan {
    Whole(Bytes),
    Drip {
        rest: Bytes,
        step: usize,
        every: Duration,
        pause: Option<Pin<Box<Sleep>>>,
    },
    Cut {
        first: Bytes,
        pause: Option<Pin<Box<Sleep>>>,
    },
    Never,
}

impl Body {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self {
            plan: Plan::Whole(bytes),
            ticket: None,
        }
    }

    pub(crate) fn with(mut self, ticket: Ticket) -> Self {
        self.ticket = Some(ticket);
        self
    }

    pub(crate) fn drip(rest: Bytes, step: usize, every: Duration, ticket: Ticket) -> Self {
        Self {
            plan: Plan::Drip {
                rest,
                step: step.max(1),
                every,
                pause: None,
            },
            ticket: Some(ticket),
        }
    }

    /// The first half, then the end of the connection, or with HTTP/2 of the stream.
    pub(crate) fn cut(mut bytes: Bytes, ticket: Ticket) -> Self {
        bytes.truncate(bytes.len() / 2);
        Self {
            plan: Plan::Cut {
                first: bytes,
                pause: None,
            },
            ticket: Some(ticket),
        }
    }

    pub(crate) fn never(ticket: Ticket) -> Self {
        Self {
            plan: Plan::Never,
            ticket: Some(ticket),
        }
    }

    fn answered(&mut self) {
        if let Some(mut ticket) = self.ticket.take() {
            ticket.answered();
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.plan {
            Plan::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                if bytes.is_empty() {
                    return Poll::Ready(None);
                }
                self.answered();
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Plan::Drip {
                rest,
                step,
                every,
                pause,
            } => {
                if let Some(pause) = pause {
                    ready!(pause.as_mut().poll(cx));
                }
                if rest.is_empty() {
                    return Poll::Ready(None);
                }
                let piece = rest.split_to((*step).min(rest.len()));
                *pause = Some(Box::pin(sleep(*every)));
                if rest.is_empty() {
                    self.answered();
                }
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Plan::Cut { first, pause } => {
                if !first.is_empty() {
                    return Poll::Ready(Some(Ok(Frame::data(std::mem::take(first)))));
                }
                let pause = pause.get_or_insert_with(|| Box::pin(sleep(FLUSH)));
                ready!(pause.as_mut().poll(cx));
                Poll::Ready(Some(Err(io::Error::other("cut off on purpose"))))
            }
            Plan::Never => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.plan {
            Plan::Whole(bytes) => bytes.is_empty(),
            Plan::Drip { rest, .. } => rest.is_empty(),
            Plan::Cut { .. } | Plan::Never => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.plan {
            Plan::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Plan::Drip { rest, .. } => SizeHint::with_exact(rest.len() as u64),
            Plan::Cut { .. } | Plan::Never => SizeHint::new(),
        }
    }
}
