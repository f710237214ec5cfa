//! The client: what all requests share, and the door to asking them.

use std::{collections::HashMap, fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use hyper_util::client::proxy::matcher::Matcher;

use crate::{
    clock::Clock,
    connect::Connector,
    download::Download,
    engine::Shared,
    error::{Error, Kind},
    fan_out::{AsCompleted, Gather, TryGather},
    flights::Flights,
    health::{CircuitBreaker, Health, RetryBudget},
    host::Host,
    ledger::{Ledger, SharedLedger},
    limit::{HostLimits, Limiter, Limits, Quota},
    pool::Pool,
    request::Request,
    response::Response,
    retry::Retry,
    timeouts::Timeouts,
    trace::Trace,
    transport::{Carrier, Transport},
};

/// Asks servers, many at once, within limits that hold for all its requests together.
///
/// Cheap to clone; clones share connections and limits. Make one and keep it: two clients do not know of each other's
/// requests.
///
/// ```no_run
/// # async fn example() {
/// let client = gather::Client::new();
/// let answers = client.gather(["https://a.example/", "https://b.example/"]).await;
/// for result in answers {
///     match result {
///         Ok(response) => println!("{} {} bytes", response.status(), response.bytes().len()),
///         Err(error) => println!("{error}"),
///     }
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Shared>);

impl Client {
    /// A client with all defaults: see [`ClientBuilder`].
    #[must_use]
    pub fn new() -> Self {
        Self::builder()
            .build()
            .expect("the defaults are valid settings")
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Settings for a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Asks all requests at once and gives all results in the order asked; one failure leaves the others alone.
    pub fn gather<I>(&self, requests: I) -> Gather
    where
        I: IntoIterator,
        I::Item: Into<Request>,
    {
        Gather(self.as_completed(requests))
    }

    /// Asks all requests at once and gives the answers in the order asked, or the first failure, which cancels the
    /// rest.
    pub fn try_gather<I>(&self, requests: I) -> TryGather
    where
        I: IntoIterator,
        I::Item: Into<Request>,
    {
        TryGather(self.as_completed(requests))
    }

    /// Asks all requests at once and hands results out as they come.
    pub fn as_completed<I>(&self, requests: I) -> AsCompleted
    where
        I: IntoIterator,
        I::Item: Into<Request>,
    {
        AsCompleted::new(Arc::clone(&self.0), requests.into_iter().map(Into::into))
    }

    /// Asks one request.
    ///
    /// # Errors
    /// Any [`Error`] but one about a deadline of a fan-out. An answer with an error status is an answer.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection and gives every permit back; if the request was sent by then, the
    /// server may have acted on it.
    pub async fn send(&self, request: impl Into<Request>) -> Result<Response, Error> {
        let clock = self.0.clock.clone();
        let start = clock.now();
        let mut trace = Trace::new(clock, start, 0, None, None);
        self.0.run(request.into(), None, &mut trace).await
    }

    /// Asks one request and hands its body out piece by piece, for bodies that are large or come slowly. What leads to
    /// the answer is as ever: limits, retries, redirects. It is not joined with equal requests, and the cap on the body
    /// holds: raise it with [`Request::body_limit`].
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Cancel safety
    /// As [`send`](Self::send).
    pub async fn download(&self, request: impl Into<Request>) -> Result<Download, Error> {
        let request = request.into();
        let clock = self.0.clock.clone();
        let start = clock.now();
        let mut trace = Trace::new(clock, start, 0, None, None);
        let landed = self.0.land(&request, None, true, &mut trace).await;
        let attempts = trace.attempts();
        match landed {
            Ok(landed) => Ok(Download::new(Arc::clone(&self.0), landed, attempts)),
            Err(error) => Err(match error.url() {
                Some(_) => error,
                None => error.with_url(request.shown_url()),
            }
            .with_attempts(attempts)),
        }
    }

    /// The limits it keeps, but for quotas that requests name.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.limiter.limits()
    }

    /// How many requests are on the wire now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.0.limiter.in_flight()
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

/// Settings for a [`Client`]. Each has a default that is kind to servers.
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    clock: Clock,
    in_flight: usize,
    default_host: HostLimits,
    hosts: HashMap<Host, HostLimits>,
    quotas: Vec<(String, Quota)>,
    timeouts: Timeouts,
    retry: Retry,
    body_limit: u64,
    redirects: u32,
    user_agent: String,
    headers: Vec<(String, String)>,
    breaker: CircuitBreaker,
    retry_budget: RetryBudget,
    single_flight: bool,
    roots: Vec<Vec<u8>>,
    http2: bool,
    proxy_from_env: bool,
    transport: Option<Carrier>,
    ledger: Option<SharedLedger>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            in_flight: 64,
            default_host: HostLimits::default(),
            hosts: HashMap::new(),
            quotas: Vec::new(),
            timeouts: Timeouts::default(),
            retry: Retry::default(),
            body_limit: 10 * 1024 * 1024,
            redirects: 10,
            user_agent: concat!("gather/", env!("CARGO_PKG_VERSION")).to_owned(),
            headers: Vec::new(),
            breaker: CircuitBreaker::default(),
            retry_budget: RetryBudget::default(),
            single_flight: true,
            roots: Vec::new(),
            http2: true,
            proxy_from_env: true,
            transport: None,
            ledger: None,
        }
    }
}

impl ClientBuilder {
    /// Where time comes from. Default: [`Clock::system`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The most requests in flight over all hosts, at least 1. Default 64.
    pub fn in_flight(mut self, requests: usize) -> Self {
        self.in_flight = requests;
        self
    }

    /// What every host allows that is not named with [`host`](Self::host). Default: 6 in flight, no quota.
    pub fn each_host(mut self, limits: HostLimits) -> Self {
        self.default_host = limits;
        self
    }

    /// What one host allows.
    pub fn host(mut self, host: Host, limits: HostLimits) -> Self {
        self.hosts.insert(host, limits);
        self
    }

    /// A quota that requests to any host can be counted against by name, such as that of one API key.
    /// See [`Request::quota`].
    pub fn quota(mut self, name: impl Into<String>, quota: Quota) -> Self {
        self.quotas.push((name.into(), quota));
        self
    }

    /// Keeps quotas, slots and cool-downs of hosts in a ledger that other clients or processes share. Every request asks
    /// it before it is sent; through a ledger all quotas are strict.
    pub fn ledger(mut self, ledger: impl Ledger) -> Self {
        self.ledger = Some(SharedLedger::new(ledger));
        self
    }

    /// How long each part of a request may take.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How often and how soon to try again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// How much of a host's load retries may be.
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.retry_budget = budget;
        self
    }

    /// When a host that keeps failing is left alone. A request to it then fails at once
    /// ([`Error::is_circuit_open`]).
    pub fn circuit_breaker(mut self, breaker: CircuitBreaker) -> Self {
        self.breaker = breaker;
        self
    }

    /// Whether equal GETs that are under way at the same time are made one request, whose answer all of them get.
    /// Equal are those with the same address and headers and no settings of their own. Default `true`.
    pub fn single_flight(mut self, on: bool) -> Self {
        self.single_flight = on;
        self
    }

    /// Trusts this certificate (DER) besides those that the system trusts: that of a company's own authority.
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.roots.push(der.into());
        self
    }

    /// Whether HTTP/2 is offered to servers that are asked over TLS; they choose. Default `true`.
    pub fn http2(mut self, offer: bool) -> Self {
        self.http2 = offer;
        self
    }

    /// Whether `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (in either case) are followed. They are read when the
    /// client is built; this machine itself is never asked through a proxy. Default `true`.
    pub fn proxy_from_env(mut self, on: bool) -> Self {
        self.proxy_from_env = on;
        self
    }

    /// Carries requests instead of the network: for tests of code that uses this client.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Carrier(Arc::new(transport)));
        self
    }

    /// The most decoded bytes a body may have; a longer one is an error ([`Error::is_too_large`]) and is not read on.
    /// Default 10 MiB.
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The most redirects of one request; 0 gives the redirect itself as the answer. Default 10.
    pub fn redirects(mut self, redirects: u32) -> Self {
        self.redirects = redirects;
        self
    }

    /// Who asks. Default `gather/VERSION`; servers like an address to turn to in it.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// A header of every request, which a request's own header of that name replaces.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// When a header or the user agent cannot be sent.
    pub fn build(self) -> Result<Client, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("gzip, br, zstd, deflate"),
        );
        let own = [("user-agent".to_owned(), self.user_agent)];
        for (name, value) in own.into_iter().chain(self.headers) {
            let fault = |what| Error::new(Kind::Client(format!("`{name}` is not {what}")));
            let key = HeaderName::try_from(&name).map_err(|_| fault("a header name"))?;
            let value = HeaderValue::try_from(value)
                .map_err(|_| fault("given a value that can be sent in a header"))?;
            headers.insert(key, value);
        }
        let limiter = Limiter::new(
            self.clock.clone(),
            self.in_flight,
            self.default_host,
            self.hosts,
            &self.quotas,
        );
        Ok(Client(Arc::new(Shared {
            clock: self.clock,
            limiter: Arc::new(limiter),
            pool: Pool::new(Connector {
                proxies: self.proxy_from_env.then(Matcher::from_env),
                roots: self.roots,
                http2: self.http2,
                tls: std::sync::OnceLock::new(),
            }),
            transport: self.transport,
            ledger: self.ledger,
            health: Health::new(self.breaker, self.retry_budget),
            flights: self.single_flight.then(Flights::default),
            timeouts: self.timeouts,
            retry: self.retry,
            body_limit: self.body_limit,
            redirects: self.redirects,
            headers,
        })))
    }
}
