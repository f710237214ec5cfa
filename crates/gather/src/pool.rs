//! Connections, kept open for the next request to the same host.
//!
//! How many there are is decided by the permits in `limit`: a connection is only asked for by a request that may
//! start, so there is no second queue here. An HTTP/1 connection is lent to one request and comes back when its
//! answer was read to the end; one that was dropped in the middle is closed. An HTTP/2 connection is shared; while it
//! is not known which of the two a host speaks, its first connection is waited for.
//!
//! hyper's own client is not used, because it races a new connection against one that comes free and tries a failed
//! request again by itself: then nobody could say what a request waited for, nor how often it was sent.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
};

use crate::{
    clock::Clock,
    connect::{Connecting, Connector, Stream},
    error::{Error, Kind},
    hash::HashMap,
    host::Host,
    proxy::Via,
};

/// An idle connection older than this is not used again: servers and middle boxes forget about it first.
const IDLE: Duration = Duration::from_secs(60);

/// The most headers an answer may have.
const MAX_HEADERS: usize = 256;

/// The most bytes the head of an answer may have.
const MAX_HEAD: usize = 256 * 1024;

type Body = Full<Bytes>;

/// The sending end of a connection.
pub(crate) enum Sender {
    One(http1::SendRequest<Body>),
    Two(http2::SendRequest<Body>),
}

impl Sender {
    pub(crate) fn is_http2(&self) -> bool {
        matches!(self, Self::Two(_))
    }

    async fn ready(&mut self) -> bool {
        match self {
            Self::One(sender) => sender.ready().await,
            Self::Two(sender) => sender.ready().await,
        }
        .is_ok()
    }

    pub(crate) async fn send(
        &mut self,
        request: Request<Body>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Body>>> {
        match self {
            Self::One(sender) => sender.try_send_request(request).await,
            Self::Two(sender) => sender.try_send_request(request).await,
        }
    }
}

pub(crate) struct Pool {
    connector: Connector,
    hosts: Mutex<HashMap<Host, Kept>>,
    /// The tasks that move the bytes; they end with the pool.
    connections: Mutex<JoinSet<()>>,
}

/// The open connections of one host.
#[derive(Default)]
struct Kept {
    idle: Vec<Idle>,
    shared: Option<Shared>,
    /// Held while the first connection over TLS finds out which HTTP the host speaks.
    finding_out: Arc<tokio::sync::Mutex<()>>,
    speaks_http1: bool,
}

struct Idle {
    sender: http1::SendRequest<Body>,
    public: bool,
    proxy: Option<Arc<Via>>,
    since: Instant,
}

#[derive(Clone)]
struct Shared {
    sender: http2::SendRequest<Body>,
    public: bool,
}

/// A connection lent to one request.
pub(crate) struct Lent {
    pub(crate) sender: Sender,
    /// Whether it has carried a request before, and may have been closed meanwhile.
    pub(crate) reused: bool,
    /// Whether the other side has a public address.
    pub(crate) public: bool,
    /// The proxy that passes plain requests on, where there is one.
    pub(crate) proxy: Option<Arc<Via>>,
}

impl Pool {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            hosts: Mutex::default(),
            connections: Mutex::default(),
        }
    }

    /// A connection to the host: an open one, else a new one. With `guarded` only to a public address.
    pub(crate) async fn checkout(
        &self,
        clock: &Clock,
        host: &Host,
        guarded: bool,
        steps: &mut Connecting,
    ) -> Result<Lent, Error> {
        if let Some(lent) = self.open_one(clock, host).await {
            return allowed(lent, guarded);
        }
        // Boxed: a handshake is large, and most requests have none.
        let Some(finding_out) = self.finding_out(host) else {
            return Box::pin(self.connect(clock, host, guarded, steps)).await;
        };
        let first = finding_out.lock().await;
        // Somebody else may have found out meanwhile, and left a connection that can be shared.
        if let Some(lent) = self.open_one(clock, host).await {
            return allowed(lent, guarded);
        }
        let _first = self.finding_out(host).map(|_| first);
        Box::pin(self.connect(clock, host, guarded, steps)).await
    }

    /// What to hold while connecting, as long as it is not known which HTTP the host speaks.
    fn finding_out(&self, host: &Host) -> Option<Arc<tokio::sync::Mutex<()>>> {
        if !host.is_https() || !self.connector.http2 {
            return None;
        }
        let mut hosts = self.lock();
        let kept = entry(&mut hosts, host);
        (!kept.speaks_http1).then(|| Arc::clone(&kept.finding_out))
    }

    /// Takes a connection back whose answer was read to the end.
    pub(crate) fn check_in(&self, clock: &Clock, host: &Host, lent: Lent) {
        let Sender::One(sender) = lent.sender else {
            return;
        };
        if sender.is_closed() {
            return;
        }
        let idle = Idle {
            sender,
            public: lent.public,
            proxy: lent.proxy,
            since: clock.now(),
        };
        let mut hosts = self.lock();
        let kept = entry(&mut hosts, host);
        kept.idle.retain(|other| !other.sender.is_closed());
        kept.idle.push(idle);
    }

    /// A connection that is open already: a shared one, or the idle one used last, which is most likely still open.
    async fn open_one(&self, clock: &Clock, host: &Host) -> Option<Lent> {
        loop {
            let (mut lent, since) = {
                let mut hosts = self.lock();
                let kept = hosts.get_mut(host)?;
                if let Some(shared) = kept.shared.take_if(|shared| shared.sender.is_closed()) {
                    drop(shared);
                }
                match &kept.shared {
                    Some(shared) => (Lent::two(shared.clone(), true), None),
                    None => {
                        let idle = kept.idle.pop()?;
                        (
                            Lent::one(idle.sender, idle.public, idle.proxy, true),
                            Some(idle.since),
                        )
                    }
                }
            };
            let fresh =
                since.is_none_or(|since| clock.now().saturating_duration_since(since) < IDLE);
            // Ready as soon as its task has noticed that the last answer was read; else it was closed.
            if fresh && lent.sender.ready().await {
                return Some(lent);
            }
        }
    }

    async fn connect(
        &self,
        clock: &Clock,
        host: &Host,
        guarded: bool,
        steps: &mut Connecting,
    ) -> Result<Lent, Error> {
        let connection = self.connector.connect(clock, host, guarded, steps).await?;
        let (public, proxy) = (connection.public, connection.proxy);
        match connection.stream {
            Stream::Plain(stream) => self.open_http1(stream, public, proxy).await,
            Stream::Tls(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                let lent = self.open_http2(*stream, public).await?;
                if let Sender::Two(sender) = &lent.sender {
                    let sender = sender.clone();
                    entry(&mut self.lock(), host).shared = Some(Shared { sender, public });
                }
                Ok(lent)
            }
            Stream::Tls(stream) => {
                entry(&mut self.lock(), host).speaks_http1 = true;
                self.open_http1(*stream, public, None).await
            }
        }
    }

    async fn open_http1<I>(
        &self,
        stream: I,
        public: bool,
        proxy: Option<Arc<Via>>,
    ) -> Result<Lent, Error>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::Builder::new()
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|e| Error::caused_by(Kind::Connect, e))?;
        self.keep_moving(connection);
        Ok(Lent::one(sender, public, proxy, false))
    }

    async fn open_http2<I>(&self, stream: I, public: bool) -> Result<Lent, Error>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let max_head = u32::try_from(MAX_HEAD).unwrap_or(u32::MAX);
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .max_header_list_size(max_head)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|e| Error::caused_by(Kind::Connect, e))?;
        self.keep_moving(connection);
        Ok(Lent::two(Shared { sender, public }, false))
    }

    /// What goes wrong on a connection is told to the requests that use it.
    fn keep_moving<T>(&self, connection: impl Future<Output = T> + Send + 'static) {
        let mut connections = self
            .connections
            .lock()
            .expect("no code panics while it holds this lock");
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            connection.await;
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Host, Kept>> {
        self.hosts
            .lock()
            .expect("no code panics while it holds this lock")
    }
}

/// The connections of a host; the name is only copied the first time.
fn entry<'h>(hosts: &'h mut HashMap<Host, Kept>, host: &Host) -> &'h mut Kept {
    if !hosts.contains_key(host) {
        hosts.insert(host.clone(), Kept::default());
    }
    hosts.get_mut(host).expect("it was just put there")
}

fn allowed(lent: Lent, guarded: bool) -> Result<Lent, Error> {
    if guarded && !lent.public {
        return Err(Error::new(Kind::Private));
    }
    Ok(lent)
}

impl Lent {
    fn one(
        sender: http1::SendRequest<Body>,
        public: bool,
        proxy: Option<Arc<Via>>,
        reused: bool,
    ) -> Self {
        Self {
            sender: Sender::One(sender),
            reused,
            public,
            proxy,
        }
    }

    fn two(shared: Shared, reused: bool) -> Self {
        Self {
            sender: Sender::Two(shared.sender),
            reused,
            public: shared.public,
            proxy: None,
        }
    }
}
