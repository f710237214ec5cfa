//! Connections: taken in up to a number, each with its limits, and ended in good order.
//!
//! Whoever sends slowly, or nothing, or too much, holds a connection for some seconds and no more. When there are as many
//! as may be, the next ones wait in the system's queue.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

use super::{Tls, asked::Peer};
use crate::metrics::Metrics;

/// Connections at once, and of one address that is not this machine's or a proxy's.
const MOST: usize = 1024;
const MOST_OF_ONE: usize = 128;

/// A head takes at most so long to arrive, a handshake as well.
const HEAD: Duration = Duration::from_secs(10);
/// The most headers, and the most bytes of them.
const MOST_HEADERS: usize = 64;
const HEAD_BYTES: usize = 32 * 1024;
/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 64;
/// When the server stops, what is being answered has so long.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until it is stopped, and then until what is being answered has been, or a few seconds have passed.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    is_exempt: impl Fn(IpAddr) -> bool,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(MOST));
    let counts = Arc::new(Counts::default());
    let graceful = GracefulShutdown::new();
    let tasks = TaskTracker::new();
    let end = CancellationToken::new();
    loop {
        let place = tokio::select! {
            () = stop.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if !is_of_one_connection(&error) {
                    tracing::error!(%error, "no connection could be accepted");
                    // Out of files, say: that ends when others end.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                continue;
            }
        };
        let address = peer.ip().to_canonical();
        let Some(counted) = counts.take(address, is_exempt(address)) else {
            tracing::warn!(%address, "too many connections from one address");
            continue;
        };
        // Answers are small, and written in one go.
        let _ = stream.set_nodelay(true);
        metrics.connections.inc();
        let (router, tls, metrics) = (router.clone(), tls.clone(), Arc::clone(&metrics));
        let (watcher, end) = (graceful.watcher(), end.clone());
        tasks.spawn(async move {
            let _held = (place, counted);
            tokio::select! {
                () = one(stream, tls, router, address, watcher) => {}
                () = end.cancelled() => {}
            }
            metrics.connections.dec();
        });
    }
    drop(listener);
    tasks.close();
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    end.cancel();
    tasks.wait().await;
}

/// Carries one connection to its end.
async fn one(
    stream: TcpStream,
    tls: Option<Tls>,
    router: Router,
    peer: IpAddr,
    watcher: hyper_util::server::graceful::Watcher,
) {
    match tls {
        None => speak(stream, router, peer, watcher).await,
        Some(tls) => {
            let greeted = tokio::time::timeout(HEAD, tls.acceptor().accept(stream)).await;
            if let Ok(Ok(stream)) = greeted {
                speak(stream, router, peer, watcher).await;
            }
        }
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    peer: IpAddr,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = service_fn(move |request: http::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        let router = router.clone();
        async move {
            let answered: Result<Response, Infallible> = router.oneshot(request).await;
            answered
        }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_headers(MOST_HEADERS)
        .max_buf_size(HEAD_BYTES);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEAD_BYTES).unwrap_or(u32::MAX))
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(HEAD);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    // What a client does wrong on its connection is its own affair.
    let _ = watcher.watch(connection.into_owned()).await;
}

/// Whether an error of accepting is about the one connection, and not about accepting.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// How many connections each address has.
#[derive(Debug, Default)]
struct Counts(Mutex<HashMap<IpAddr, usize>>);

/// One connection of an address.
struct Counted {
    counts: Arc<Counts>,
    address: IpAddr,
}

impl Counts {
    fn take(self: &Arc<Self>, address: IpAddr, exempt: bool) -> Option<Counted> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= MOST_OF_ONE && !exempt {
            return None;
        }
        *count += 1;
        Some(Counted {
            counts: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}
