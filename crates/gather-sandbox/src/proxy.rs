//! An HTTP proxy for tests: forwards requests, opens tunnels, counts both, may ask for credentials.
//!
//! Every name leads to 127.0.0.1 at the port that was asked for, so nothing leaves the machine and a
//! test can go through the proxy to `http://sandbox.example:PORT/`, a name that no rule for loopback
//! keeps away from it.
//!
//! Source: RFC 9112 section 3.2.2 (absolute-form), RFC 9110 sections 9.3.6 (CONNECT) and 11.7 (407).

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};
use http_body_util::{Either, Full};
use hyper::{body::Incoming, rt::Executor, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioIo,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::tasks::{Spawner, Tasks};

/// A running proxy on a port of 127.0.0.1. Dropping it stops it and closes its tunnels.
///
/// ```
/// use gather_sandbox::Proxy;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let proxy = Proxy::start().await?;
/// assert!(proxy.url().starts_with("http://127.0.0.1:"));
/// assert_eq!((proxy.forwarded(), proxy.tunnels(), proxy.refused()), (0, 0, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    counts: Arc<Counts>,
    _tasks: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Counts {
    forwarded: AtomicU64,
    tunnels: AtomicU64,
    refused: AtomicU64,
}

impl Proxy {
    /// Listens, and serves whoever asks.
    ///
    /// # Errors
    /// What the operating system says when it gives no port.
    ///
    /// # Cancel safety
    /// Dropping the future closes what was opened.
    pub async fn start() -> io::Result<Self> {
        Self::listen(None).await
    }

    /// The same, for those alone who send these Basic credentials in `Proxy-Authorization`; others get 407.
    ///
    /// # Errors
    /// As [`Proxy::start`].
    ///
    /// # Cancel safety
    /// As [`Proxy::start`].
    pub async fn start_with_credentials(user: &str, password: &str) -> io::Result<Self> {
        let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
        Self::listen(Some(format!("Basic {pair}"))).await
    }

    async fn listen(credentials: Option<String>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let counts = Arc::<Counts>::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, credentials, Arc::clone(&counts)));
        Ok(Self {
            addr,
            counts,
            _tasks: tasks,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What a client is told to use: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// How many requests it was let to forward, whether or not the target answered.
    #[must_use]
    pub fn forwarded(&self) -> u64 {
        self.counts.forwarded.load(Ordering::Relaxed)
    }

    /// How many tunnels it was let to open, whether or not the target was there.
    #[must_use]
    pub fn tunnels(&self) -> u64 {
        self.counts.tunnels.load(Ordering::Relaxed)
    }

    /// How many times it answered 407, for credentials that were missing or wrong.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::Relaxed)
    }
}

/// What every connection needs.
struct Desk {
    credentials: Option<String>,
    counts: Arc<Counts>,
    client: Client<HttpConnector, Incoming>,
    spawner: Spawner,
}

async fn accept(listener: TcpListener, credentials: Option<String>, counts: Arc<Counts>) {
    let tasks = Tasks::default();
    let spawner = tasks.spawner();
    let client = Client::builder(spawner.clone())
        // A connection for each request: a kept one may be closed already, and the proxy would be blamed for it.
        .pool_max_idle_per_host(0)
        .retry_canceled_requests(false)
        .build(HttpConnector::new());
    let desk = Arc::new(Desk {
        credentials,
        counts,
        client,
        spawner: spawner.clone(),
    });
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, or the peer is gone already: the next one may do better.
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let desk = Arc::clone(&desk);
        spawner.execute(async move {
            let service = service_fn(move |request| {
                let desk = Arc::clone(&desk);
                async move { Ok::<_, std::convert::Infallible>(desk.answer(request).await) }
            });
            // An error here is the client's hurry, or an answer that was cut off at the target.
            let _ = http1::Builder::new()
                .header_read_timeout(None)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
                .await;
        });
    }
}

type Answer = Response<Either<Incoming, Full<Bytes>>>;

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let given = request.headers().get(header::PROXY_AUTHORIZATION);
        if let Some(wanted) = &self.credentials
            && given.is_none_or(|given| given.as_bytes() != wanted.as_bytes())
        {
            self.counts.refused.fetch_add(1, Ordering::Relaxed);
            let mut answer = say(
                StatusCode::PROXY_AUTHENTICATION_REQUIRED,
                "the proxy asks for credentials",
            );
            answer.headers_mut().insert(
                header::PROXY_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"proxy\""),
            );
            return answer;
        }
        if request.method() == Method::CONNECT {
            self.tunnel(request).await
        } else {
            self.forward(request).await
        }
    }

    async fn tunnel(&self, request: Request<Incoming>) -> Answer {
        let Some(port) = request.uri().port_u16() else {
            return say(
                StatusCode::BAD_REQUEST,
                "CONNECT needs a target of the form HOST:PORT",
            );
        };
        self.counts.tunnels.fetch_add(1, Ordering::Relaxed);
        let mut target = match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
            Ok(target) => target,
            Err(error) => return unreachable(port, &error),
        };
        self.spawner.execute(async move {
            if let Ok(upgraded) = hyper::upgrade::on(request).await {
                let mut client = TokioIo::new(upgraded);
                // Either end may break off; the tunnel ends with it.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut target).await;
            }
        });
        Response::new(Either::Right(Full::default()))
    }

    async fn forward(&self, mut request: Request<Incoming>) -> Answer {
        let uri = request.uri();
        if uri.scheme_str() != Some("http") {
            return say(
                StatusCode::BAD_REQUEST,
                "this is a proxy; expected an http URL as the target, or CONNECT",
            );
        }
        self.counts.forwarded.fetch_add(1, Ordering::Relaxed);
        let port = uri.port_u16().unwrap_or(80);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let target = Uri::builder()
            .scheme("http")
            .authority(format!("127.0.0.1:{port}"))
            .path_and_query(path)
            .build();
        let Ok(target) = target else {
            return say(StatusCode::BAD_REQUEST, "the target is not a URL");
        };
        if let Some(name) = uri.authority().map(|name| name.as_str())
            && let Ok(name) = HeaderValue::try_from(name)
        {
            // RFC 9112 section 3.2.2: the target's name rules, whatever `Host` says.
            request.headers_mut().insert(header::HOST, name);
        }
        request.headers_mut().remove(header::PROXY_AUTHORIZATION);
        request.headers_mut().remove("proxy-connection");
        request.headers_mut().remove(header::CONNECTION);
        *request.version_mut() = Version::HTTP_11;
        *request.uri_mut() = target;
        match self.client.request(request).await {
            Ok(mut answer) => {
                answer.headers_mut().remove(header::CONNECTION);
                answer.map(Either::Left)
            }
            Err(error) => unreachable(port, &error),
        }
    }
}

fn unreachable(port: u16, error: &dyn std::fmt::Display) -> Answer {
    let message = format!("no answer from 127.0.0.1:{port}: {error}");
    say(StatusCode::BAD_GATEWAY, &message)
}

fn say(status: StatusCode, message: &str) -> Answer {
    let mut answer = Response::new(Either::Right(format!("{message}\n").into()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    answer
}
