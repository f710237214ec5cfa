//! Connections, kept open for the next request to the same host.
//!
//! How many there are is decided by the permits in `limit`: a connection is only asked for by a request that may
//! start, so there is no second queue here. A connection is lent to one request and comes back when its answer was
//! read to the end; one that was dropped in the middle is closed.
//!
//! hyper's own client is not used, because it races a new connection against one that comes free and tries a failed
//! request again by itself: then nobody could say what a request waited for, nor how often it was sent.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
};

use crate::{
    clock::Clock,
    connect::{Connecting, Connector, Stream},
    error::{Error, Kind},
    host::Host,
};

/// An idle connection older than this is not used again: servers and middle boxes forget about it first.
const IDLE: Duration = Duration::from_secs(60);

/// The most headers an answer may have.
const MAX_HEADERS: usize = 256;

/// The most bytes the head of an answer may have.
const MAX_HEAD: usize = 256 * 1024;

pub(crate) type Sender = http1::SendRequest<Full<Bytes>>;

#[derive(Default)]
pub(crate) struct Pool {
    connector: Connector,
    idle: Mutex<HashMap<Host, Vec<Idle>>>,
    /// The tasks that move the bytes; they end with the pool.
    connections: Mutex<JoinSet<()>>,
}

struct Idle {
    sender: Sender,
    since: Instant,
}

/// A connection lent to one request.
pub(crate) struct Lent {
    pub(crate) sender: Sender,
    /// Whether it has carried a request before, and may have been closed meanwhile.
    pub(crate) reused: bool,
}

impl Pool {
    /// A connection to the host: an idle one, else a new one.
    pub(crate) async fn checkout(
        &self,
        clock: &Clock,
        host: &Host,
        steps: &mut Connecting,
    ) -> Result<Lent, Error> {
        while let Some(idle) = self.pop(host) {
            let fresh = clock.now().saturating_duration_since(idle.since) < IDLE;
            let mut sender = idle.sender;
            // Ready as soon as its task has noticed that the last answer was read; an error means it was closed.
            if fresh && sender.ready().await.is_ok() {
                return Ok(Lent {
                    sender,
                    reused: true,
                });
            }
        }
        let stream = self.connector.connect(clock, host, steps).await?;
        let sender = match stream {
            Stream::Plain(stream) => self.open(stream).await,
            Stream::Tls(stream) => self.open(*stream).await,
        }?;
        Ok(Lent {
            sender,
            reused: false,
        })
    }

    /// Takes a connection back whose answer was read to the end.
    pub(crate) fn check_in(&self, clock: &Clock, host: &Host, sender: Sender) {
        if sender.is_closed() {
            return;
        }
        let idle = Idle {
            sender,
            since: clock.now(),
        };
        let mut hosts = self.lock();
        match hosts.get_mut(host) {
            Some(list) => {
                list.retain(|other| !other.sender.is_closed());
                list.push(idle);
            }
            None => {
                hosts.insert(host.clone(), vec![idle]);
            }
        }
    }

    /// The connection used last, which is the most likely to be still open.
    fn pop(&self, host: &Host) -> Option<Idle> {
        self.lock().get_mut(host)?.pop()
    }

    async fn open<I>(&self, stream: I) -> Result<Sender, Error>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::Builder::new()
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|e| Error::caused_by(Kind::Connect, e))?;
        let mut connections = self
            .connections
            .lock()
            .expect("no code panics while it holds this lock");
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            // What goes wrong on a connection is told to the request that uses it.
            let _ = connection.await;
        });
        Ok(sender)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Host, Vec<Idle>>> {
        self.idle
            .lock()
            .expect("no code panics while it holds this lock")
    }
}
