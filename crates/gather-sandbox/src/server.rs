//! One simulated server: its ports, its connections, and the road of a request through it.
//!
//! A server has one port in the clear, and one for each certificate when TLS was asked for; all lead
//! to the same answers, rules and log. A refusing server keeps its ports: the sockets stay bound
//! without listening, so connecting is refused and no other program can take the numbers meanwhile.
//!
//! Not here: what is answered (`routes`), how a broken body looks (`body`), the socket's own faults (`socket`).

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, PoisonError, RwLock, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{Method, Request, Response, StatusCode, Version, header};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    Api, Caching, Certificate, Fault,
    answer::Answer,
    body::Body,
    log::Book,
    routes::{self, Around, World},
    rules::Rules,
    socket::{Socket, Switch},
    tasks::Tasks,
    tls::Identities,
};

/// Connections that may wait to be accepted. Linux caps it at `net.core.somaxconn`, which is 4096 by default.
const BACKLOG: u32 = 8192;

/// What the accepting task, the connections and the sandbox share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) api: Api,
    pub(crate) book: Arc<Book>,
    world: Arc<World>,
    rules: RwLock<Rules>,
    connections: AtomicU64,
    pub(crate) edition: Edition,
}

impl Shared {
    pub(crate) fn rules_mut(&self) -> RwLockWriteGuard<'_, Rules> {
        self.rules.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }
}

/// How often an API's data has moved on, which it may do by itself after so many requests.
#[derive(Debug, Default)]
pub(crate) struct Edition {
    number: AtomicU64,
    /// Zero: never by itself.
    turns_every: AtomicU64,
    requests: AtomicU64,
}

impl Edition {
    pub(crate) fn set(&self, number: u64) {
        self.number.store(number, Ordering::Relaxed);
    }

    pub(crate) fn turn_every(&self, requests: u64) {
        self.requests.store(0, Ordering::Relaxed);
        self.turns_every.store(requests, Ordering::Relaxed);
    }

    fn of_next_request(&self) -> u64 {
        let every = self.turns_every.load(Ordering::Relaxed);
        if every == 0 {
            return self.number.load(Ordering::Relaxed);
        }
        let before = self.requests.fetch_add(1, Ordering::Relaxed);
        if before > 0 && before.is_multiple_of(every) {
            self.number.fetch_add(1, Ordering::Relaxed);
        }
        self.number.load(Ordering::Relaxed)
    }
}

/// The sandbox's end of a server; the server ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) shared: Arc<Shared>,
    clear: Port,
    /// In the order of [`Certificate::ALL`], empty without TLS.
    secure: Vec<Port>,
}

#[derive(Debug)]
struct Port {
    addr: SocketAddr,
    orders: mpsc::UnboundedSender<Order>,
}

#[derive(Debug)]
struct Order {
    refuse: bool,
    done: oneshot::Sender<io::Result<()>>,
}

impl Handle {
    pub(crate) fn addr(&self) -> SocketAddr {
        self.clear.addr
    }

    pub(crate) fn tls_addr(&self, certificate: Certificate) -> Option<SocketAddr> {
        Some(self.secure.get(certificate.index())?.addr)
    }

    /// Closes or opens every port; nothing to do when it is so already.
    pub(crate) async fn refuse(&self, refuse: bool) -> io::Result<()> {
        let gone = || io::Error::other(format!("the simulated {} has stopped", self.shared.api));
        for port in std::iter::once(&self.clear).chain(&self.secure) {
            let (done, answer) = oneshot::channel();
            port.orders
                .send(Order { refuse, done })
                .map_err(|_| gone())?;
            answer.await.map_err(|_| gone())??;
        }
        Ok(())
    }
}

/// Binds ports of that address and serves on them from tasks of `tasks`.
pub(crate) fn start(
    api: Api,
    ip: Ipv4Addr,
    world: Arc<World>,
    rules: Rules,
    refused: bool,
    identities: Option<&Identities>,
    tasks: &mut JoinSet<()>,
) -> io::Result<Handle> {
    let rules = RwLock::new(rules);
    let shared = Arc::new(Shared {
        api,
        book: Arc::default(),
        world,
        rules,
        connections: AtomicU64::new(0),
        edition: Edition::default(),
    });
    let clear = open(&shared, ip, None, refused, tasks)?;
    let secure = identities
        .map_or(&[][..], |identities| &identities.acceptors)
        .iter()
        .map(|acceptor| open(&shared, ip, Some(acceptor.clone()), refused, tasks))
        .collect::<io::Result<_>>()?;
    Ok(Handle {
        shared,
        clear,
        secure,
    })
}

fn open(
    shared: &Arc<Shared>,
    ip: Ipv4Addr,
    tls: Option<TlsAcceptor>,
    refused: bool,
    tasks: &mut JoinSet<()>,
) -> io::Result<Port> {
    let socket = bind(SocketAddr::from((ip, 0)))?;
    let addr = socket.local_addr()?;
    let door = if refused {
        Door::Shut(socket)
    } else {
        Door::Open(socket.listen(BACKLOG)?)
    };
    let (orders, inbox) = mpsc::unbounded_channel();
    tasks.spawn(run(Arc::clone(shared), tls, addr, door, inbox));
    Ok(Port {
        addr: SocketAddr::from((Ipv4Addr::LOCALHOST, addr.port())),
        orders,
    })
}

fn bind(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Else the port could not be opened again while closed connections linger in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}

enum Door {
    Open(TcpListener),
    Shut(TcpSocket),
    /// For the moment between the two.
    Moving,
}

impl Door {
    /// The next connection from this machine. Where all addresses are listened to, others are hung up on.
    async fn accept(&self) -> io::Result<TcpStream> {
        match self {
            Self::Open(listener) => loop {
                let (stream, peer) = listener.accept().await?;
                if peer.ip().is_loopback() {
                    break Ok(stream);
                }
            },
            Self::Shut(_) | Self::Moving => std::future::pending().await,
        }
    }

    fn refuse(&mut self, refuse: bool, addr: SocketAddr) -> io::Result<()> {
        *self = match (std::mem::replace(self, Self::Moving), refuse) {
            (Self::Open(listener), true) => {
                drop(listener);
                Self::Shut(bind(addr)?)
            }
            (Self::Shut(socket), false) => Self::Open(socket.listen(BACKLOG)?),
            (Self::Moving, true) => Self::Shut(bind(addr)?),
            (Self::Moving, false) => Self::Open(bind(addr)?.listen(BACKLOG)?),
            (as_asked, _) => as_asked,
        };
        Ok(())
    }
}

async fn run(
    shared: Arc<Shared>,
    tls: Option<TlsAcceptor>,
    addr: SocketAddr,
    mut door: Door,
    mut inbox: mpsc::UnboundedReceiver<Order>,
) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            order = inbox.recv() => {
                let Some(Order { refuse, done }) = order else { break };
                if refuse {
                    open.shutdown().await;
                }
                // Whoever asked may have stopped waiting.
                let _ = done.send(door.refuse(refuse, addr));
            }
            accepted = door.accept() => match accepted {
                Ok(stream) => {
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    match &tls {
                        None => open.spawn(serve(Arc::clone(&shared), stream)),
                        Some(tls) => open.spawn(serve_tls(Arc::clone(&shared), tls.clone(), stream)),
                    };
                }
                // Out of file descriptors, or the peer is gone already: the next one may do better.
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            },
            Some(_) = open.join_next() => {}
        }
    }
    drop(door);
    open.shutdown().await;
}

async fn serve(shared: Arc<Shared>, stream: TcpStream) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let switch = Arc::new(Switch::default());
    let socket = Socket::new(stream, Arc::clone(&switch));
    serve_http1(shared, switch, socket, false).await;
}

async fn serve_tls(shared: Arc<Shared>, tls: TlsAcceptor, stream: TcpStream) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let switch = Arc::new(Switch::default());
    // A client that does not trust the certificate hangs up here.
    let Ok(socket) = tls.accept(Socket::new(stream, Arc::clone(&switch))).await else {
        return;
    };
    if socket.get_ref().1.alpn_protocol() == Some(b"h2") {
        serve_http2(shared, switch, socket).await;
    } else {
        serve_http1(shared, switch, socket, true).await;
    }
}

fn service(
    shared: Arc<Shared>,
    switch: Arc<Switch>,
    secure: bool,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = HangUp, Future: Send> {
    service_fn(move |request| {
        let (shared, switch) = (Arc::clone(&shared), Arc::clone(&switch));
        async move { answer(&shared, &switch, secure, request).await }
    })
}

async fn serve_http2(
    shared: Arc<Shared>,
    switch: Arc<Switch>,
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) {
    let requests = Tasks::default();
    let connection = http2::Builder::new(requests.spawner()).serve_connection(
        TokioIo::new(socket),
        service(shared, Arc::clone(&switch), true),
    );
    tokio::select! {
        // An error here is the peer's hurry.
        _ = connection => {}
        () = switch.hung_up() => {}
    }
}

async fn serve_http1(
    shared: Arc<Shared>,
    switch: Arc<Switch>,
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    secure: bool,
) {
    // An error here is the peer's hurry or our own fault, both wanted.
    let _ = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(socket), service(shared, switch, secure))
        .await;
}

/// Ends the connection, or with HTTP/2 the stream, without an answer.
#[derive(Debug)]
struct HangUp;

impl std::fmt::Display for HangUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hung up on purpose")
    }
}

impl std::error::Error for HangUp {}

async fn answer(
    shared: &Shared,
    switch: &Switch,
    secure: bool,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, HangUp> {
    let path = request.uri().path();
    if let Some(control) = path.strip_prefix("/_sandbox/") {
        let answer =
            routes::control::answer(shared, control, request.uri().query(), request.method());
        return Ok(respond(answer, request.method(), Body::whole));
    }
    let mut ticket = shared.book.begin(&request);
    let met = shared
        .rules
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .meet(path);
    if !met.latency.is_zero() {
        tokio::time::sleep(met.latency).await;
    }
    let method = request.method().clone();
    let fault = met.fault.as_deref();
    let caching = met
        .caching
        .as_deref()
        .filter(|_| matches!(method, Method::GET | Method::HEAD));
    let conditions = caching.map(|_| Caching::conditions(request.headers_mut()));
    let around = Around {
        secure,
        edition: shared.edition.of_next_request(),
    };
    let answer = match fault {
        // The ticket lives on in this future, until the client or the sandbox gives up.
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Close) if request.version() == Version::HTTP_2 => {
            switch.hang_up();
            // The connection takes this future along.
            std::future::pending().await
        }
        Some(Fault::Reset) if request.version() != Version::HTTP_2 => {
            switch.reset();
            return Err(HangUp);
        }
        Some(Fault::Reset | Fault::Close | Fault::Refuse) => return Err(HangUp),
        Some(Fault::Garbage) => Answer::garbage(),
        Some(Fault::Html) => Answer::captive_portal(),
        Some(Fault::Empty) => Answer::new(StatusCode::OK, "application/json", ""),
        Some(Fault::Status {
            code,
            retry_after,
            headers,
            body,
        }) => routes::failure(
            shared.api,
            *code,
            retry_after.as_deref(),
            headers,
            body.as_deref(),
        ),
        _ => routes::answer(shared.api, &shared.world, around, request).await,
    };
    let answer = match (caching, conditions) {
        (Some(caching), Some(conditions)) => caching.apply(answer, &conditions),
        _ => answer,
    };
    Ok(respond(answer, &method, |bytes| match fault {
        Some(Fault::Truncate) => Body::cut(bytes, ticket),
        Some(Fault::HangAfterHeaders) => Body::never(ticket),
        Some(Fault::Drip { bytes: step, every }) => Body::drip(bytes, *step, *every, ticket),
        Some(Fault::SlowHeaders { bytes: step, every }) => {
            switch.trickle(*step, *every);
            Body::whole(bytes).with(ticket)
        }
        _ => {
            if bytes.is_empty() {
                // hyper drops an empty body without asking it for anything.
                ticket.answered();
            }
            Body::whole(bytes).with(ticket)
        }
    }))
}

fn respond(
    answer: Answer,
    method: &Method,
    body: impl FnOnce(bytes::Bytes) -> Body,
) -> Response<Body> {
    let length = answer.body.len();
    let has_body = *method != Method::HEAD;
    let mut response = Response::new(body(if has_body {
        answer.body
    } else {
        bytes::Bytes::new()
    }));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        headers.append(name, value);
    }
    if !matches!(
        answer.status,
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    ) {
        // Said here for every answer, for a body that is cut or never sent does not know its own length.
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    response
}
