//! The sandbox as its user holds it: build, ask for URLs and logs, change the weather, stop.
//!
//! Servers run as tasks of the runtime in which `start` was called; dropping the sandbox aborts
//! them, `stop` also waits until they are gone.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::{
    Api, Caching, Certificate, Fault, FaultRule, Latency, Log, Target,
    fault::When,
    routes::{Settings, World},
    rules::Rules,
    server::{self, Handle},
    tls::Identities,
};

/// 2026-11-20T09:00:00Z, a Friday: the instant the data is made around when none is given.
const DEFAULT_NOW: i64 = 1_795_165_200;

/// Settings for a [`Sandbox`]; made by [`Sandbox::builder`].
#[derive(Debug)]
#[must_use = "a builder listens only after `start`"]
pub struct Builder {
    seed: u64,
    now: Timestamp,
    latencies: Vec<(Target, Latency)>,
    faults: Vec<(Target, FaultRule)>,
    cachings: Vec<(Target, Caching)>,
    settings: Settings,
    tls: bool,
    many_hosts: bool,
}

impl Builder {
    /// What the invented data and the drawn latencies depend on. Default 7.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The instant the data is made around: articles are some hours old at it, the ledger ends on its UTC date.
    ///
    /// Default 2026-11-20T09:00:00Z, so that data is the same on every day. A demo passes the time it is.
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// How long the target waits before the first byte of each answer. Default none. See [`Target`] for routes.
    pub fn latency(mut self, target: impl Into<Target>, latency: Latency) -> Self {
        self.latencies.push((target.into(), latency));
        self
    }

    /// What goes wrong at the target. Default nothing.
    pub fn fault(mut self, target: impl Into<Target>, fault: impl Into<FaultRule>) -> Self {
        self.faults.push((target.into(), fault.into()));
        self
    }

    /// What the target says about keeping its answers, in place of what it says by itself.
    pub fn caching(mut self, target: impl Into<Target>, caching: Caching) -> Self {
        self.cachings.push((target.into(), caching));
        self
    }

    /// The only key, or token, that the API takes; for Reddit `ID:SECRET`, which its token endpoint takes, for SimpleFIN
    /// `USER:PASSWORD`, which its access URLs have (default `sandbox-user:sandbox-word`).
    ///
    /// Without it NewsAPI, The Guardian, OpenWeather, Open Exchange Rates and Reddit refuse a missing key and take any other, GitHub takes
    /// none and any, and the bank asks for none. The other APIs have no keys and ignore it.
    pub fn key(mut self, api: Api, key: impl Into<String>) -> Self {
        self.settings.keys.push((api, key.into()));
        self
    }

    /// How many requests each client of the API has: GitHub in an hour, default 60, and 5,000 with a token; Reddit in
    /// ten minutes, default 600; SimpleFIN in a day, default 24; Open Exchange Rates in 31 days, default 1,000. The other APIs do not count and ignore it.
    pub fn allowance(mut self, api: Api, requests: u64) -> Self {
        self.settings.allowances.push((api, requests));
        self
    }

    /// How long a token of Reddit is good for, in whole seconds: what `expires_in` says, and what is held to.
    /// Default 86,400 s.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.settings.token_life = life;
        self
    }

    /// How many requests a token of Reddit is good for, so that one ends in the middle of a list. Default no limit.
    pub fn token_uses(mut self, requests: u64) -> Self {
        self.settings.token_uses = Some(requests);
        self
    }

    /// Each API listens with TLS as well, on one more port for each [`Certificate`]. Default without.
    ///
    /// HTTP/2 and HTTP/1.1 are offered by ALPN, and the client chooses. Answers, latencies, faults, log and count of
    /// connections are the same ones as in the clear. The certificates are made at start and last as long as the
    /// sandbox; [`Sandbox::root_certificate`] is what makes a client trust the good one.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Listens on every address of 127.0.0.0/8, with the same port numbers, so that a client can meet thousands of
    /// hosts. Default 127.0.0.1 alone, which is also what the URLs name.
    ///
    /// Systems have no name for "all of loopback", so the ports are open on all addresses of the machine, and whoever
    /// connects from elsewhere is hung up on. Linux answers at all of these addresses; other systems may not.
    pub fn many_hosts(mut self) -> Self {
        self.many_hosts = true;
        self
    }

    /// Makes the data and listens, one port of 127.0.0.1 for each [`Api`], and more with [`Builder::tls`].
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when a route, status or header is not one, or [`Fault::Refuse`] was given for
    /// less than a whole API; else what the operating system says when it gives no port, or why the certificates
    /// could not be made.
    ///
    /// # Cancel safety
    /// Dropping the future closes what was opened.
    #[expect(
        clippy::unused_async,
        reason = "must run inside a runtime, and says so in its type"
    )]
    pub async fn start(self) -> io::Result<Sandbox> {
        let world = Arc::new(World::new(self.seed, self.now, &self.settings));
        let mut tables = Api::ALL.map(|api| (Rules::new(self.seed ^ api.index() as u64), false));
        for (target, latency) in self.latencies {
            check(&target, None)?;
            tables[target.api.index()].0.set_latency(target, latency);
        }
        for (target, rule) in self.faults {
            check(&target, Some(&rule))?;
            let (rules, refused) = &mut tables[target.api.index()];
            match rule.fault {
                Fault::Refuse => *refused = true,
                _ => rules.set_fault(target, rule),
            }
        }
        for (target, caching) in self.cachings {
            check_caching(&target, &caching)?;
            tables[target.api.index()].0.set_caching(target, caching);
        }
        let ip = if self.many_hosts {
            Ipv4Addr::UNSPECIFIED
        } else {
            Ipv4Addr::LOCALHOST
        };
        let identities = self.tls.then(Identities::new).transpose()?;
        let mut tasks = JoinSet::new();
        let mut servers = Vec::with_capacity(Api::ALL.len());
        for (api, (rules, refused)) in Api::ALL.into_iter().zip(tables) {
            servers.push(server::start(
                api,
                ip,
                Arc::clone(&world),
                rules,
                refused,
                identities.as_ref(),
                &mut tasks,
            )?);
        }
        Ok(Sandbox {
            servers,
            tasks,
            root: identities.map(|identities| identities.root),
        })
    }
}

fn invalid(error: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

fn check_caching(target: &Target, caching: &Caching) -> io::Result<()> {
    check(target, None)?;
    caching
        .check()
        .map_err(|error| invalid(format!("caching of {target}: {error}")))
}

fn check(target: &Target, rule: Option<&FaultRule>) -> io::Result<()> {
    target.check().map_err(|error| invalid(error.to_string()))?;
    let Some(rule) = rule else { return Ok(()) };
    rule.fault
        .check()
        .map_err(|error| invalid(format!("fault of {target}: {error}")))?;
    if rule.fault == Fault::Refuse && (target.path.is_some() || rule.when != When::Always) {
        return Err(invalid(format!(
            "fault of {target}: `refuse` closes the port, so it holds for a whole API and every connection until it is cleared"
        )));
    }
    Ok(())
}

/// Running simulated servers, one for each [`Api`]. Dropping it stops them.
#[derive(Debug)]
pub struct Sandbox {
    servers: Vec<Handle>,
    tasks: JoinSet<()>,
    root: Option<Vec<u8>>,
}

impl Sandbox {
    /// Settings to start from: seed 7, no latency, no faults, no TLS.
    pub fn builder() -> Builder {
        Builder {
            seed: 7,
            now: Timestamp::from_second(DEFAULT_NOW).expect("a constant within jiff's range"),
            latencies: Vec::new(),
            faults: Vec::new(),
            cachings: Vec::new(),
            settings: Settings::default(),
            tls: false,
            many_hosts: false,
        }
    }

    fn server(&self, api: Api) -> &Handle {
        &self.servers[api.index()]
    }

    /// The base URL, without a slash at its end, to which a client appends the service's own paths:
    ///
    /// | API | base | so for instance |
    /// |---|---|---|
    /// | `NewsApi` | `http://127.0.0.1:PORT/v2` | `/top-headlines?country=us` |
    /// | `Guardian` | `http://127.0.0.1:PORT` | `/search?page-size=50` |
    /// | `HackerNews` | `http://127.0.0.1:PORT/v0` | `/topstories.json` |
    /// | `Feeds` | `http://127.0.0.1:PORT` | `/rss.xml` |
    /// | `GitHub` | `http://127.0.0.1:PORT` | `/repos/acme/gizmo/releases` |
    /// | `Reddit` | `http://127.0.0.1:PORT` | `/r/handtools/hot` |
    /// | `OpenWeather` | `http://127.0.0.1:PORT/data/2.5` | `/weather?lat=52.4&lon=4.9` |
    /// | `Bank` | `http://127.0.0.1:PORT` | `/accounts` |
    /// | `Rates` | `http://127.0.0.1:PORT/v1` | `/latest?base=USD` |
    /// | `Any` | `http://127.0.0.1:PORT` | `/echo` |
    #[must_use]
    pub fn url(&self, api: Api) -> String {
        format!("{}{}", self.origin(api), api.base_path())
    }

    /// Scheme, address and port alone: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn origin(&self, api: Api) -> String {
        format!("http://{}", self.addr(api))
    }

    /// Where the API listens; the same for its whole life, also while it refuses.
    #[must_use]
    pub fn addr(&self, api: Api) -> SocketAddr {
        self.server(api).addr()
    }

    /// The base URL over TLS with the good certificate: as [`Sandbox::url`], with `https` and another port.
    ///
    /// # Panics
    /// When it was built without [`Builder::tls`].
    #[must_use]
    pub fn https_url(&self, api: Api) -> String {
        self.tls_url(api, Certificate::Good)
    }

    /// The base URL over TLS with that certificate.
    ///
    /// # Panics
    /// When it was built without [`Builder::tls`].
    #[must_use]
    pub fn tls_url(&self, api: Api, certificate: Certificate) -> String {
        let addr = self.tls_addr(api, certificate);
        format!("https://{addr}{}", api.base_path())
    }

    /// Where the API listens with TLS and that certificate; the same for its whole life, also while it refuses.
    ///
    /// # Panics
    /// When it was built without [`Builder::tls`].
    #[must_use]
    pub fn tls_addr(&self, api: Api, certificate: Certificate) -> SocketAddr {
        self.server(api)
            .tls_addr(certificate)
            .expect("the sandbox was built with `tls()`")
    }

    /// The certificate of the sandbox's own authority, in DER: a client that takes it for a root trusts
    /// [`Certificate::Good`].
    ///
    /// # Panics
    /// When it was built without [`Builder::tls`].
    #[must_use]
    pub fn root_certificate(&self) -> &[u8] {
        self.root
            .as_deref()
            .expect("the sandbox was built with `tls()`")
    }

    /// What the target has seen so far.
    #[must_use]
    pub fn log(&self, target: impl Into<Target>) -> Log {
        let target = target.into();
        self.server(target.api).shared.book.read(&target)
    }

    /// How many connections the API has accepted since it started, on all its ports together; with TLS also those
    /// whose handshake failed.
    #[must_use]
    pub fn connections(&self, api: Api) -> u64 {
        self.server(api).shared.connections()
    }

    /// The most requests that started at the target in any half-open window `[t, t + window)`.
    #[must_use]
    pub fn max_starts_in_window(&self, target: impl Into<Target>, window: Duration) -> usize {
        self.log(target).max_starts_in_window(window)
    }

    /// Forgets every request seen so far, at every API. What is in flight ends unseen.
    pub fn reset_logs(&self) {
        for server in &self.servers {
            server.shared.book.reset();
        }
    }

    /// Changes the latency of the target, from the next request on.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when the route is not one.
    pub fn set_latency(&self, target: impl Into<Target>, latency: Latency) -> io::Result<()> {
        let target = target.into();
        check(&target, None)?;
        self.server(target.api)
            .shared
            .rules_mut()
            .set_latency(target, latency);
        Ok(())
    }

    /// Changes what goes wrong at the target, from the next request on; its count for `first` and `every` starts anew.
    ///
    /// Once this returns for [`Fault::Refuse`], nothing listens and all connections of the API are closed; once it
    /// returns for another fault of the whole API, a refusing one listens again.
    ///
    /// # Errors
    /// As [`Builder::start`].
    ///
    /// # Cancel safety
    /// The change may or may not have been made.
    pub async fn set_fault(
        &self,
        target: impl Into<Target>,
        fault: impl Into<FaultRule>,
    ) -> io::Result<()> {
        let (target, rule) = (target.into(), fault.into());
        check(&target, Some(&rule))?;
        let server = self.server(target.api);
        if rule.fault == Fault::Refuse {
            return server.refuse(true).await;
        }
        let whole = target.path.is_none();
        server.shared.rules_mut().set_fault(target, rule);
        if whole {
            server.refuse(false).await
        } else {
            Ok(())
        }
    }

    /// Ends the fault of exactly this target; clearing a whole API also makes it listen again.
    ///
    /// # Errors
    /// What the operating system says when the port cannot be opened again.
    ///
    /// # Cancel safety
    /// As [`Sandbox::set_fault`].
    pub async fn clear_fault(&self, target: impl Into<Target>) -> io::Result<()> {
        let target = target.into();
        let server = self.server(target.api);
        server.shared.rules_mut().clear_fault(&target);
        if target.path.is_none() {
            server.refuse(false).await
        } else {
            Ok(())
        }
    }

    /// Changes what the target says about keeping its answers, from the next request on.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] when the route or a header is not one.
    pub fn set_caching(&self, target: impl Into<Target>, caching: Caching) -> io::Result<()> {
        let target = target.into();
        check_caching(&target, &caching)?;
        self.server(target.api)
            .shared
            .rules_mut()
            .set_caching(target, caching);
        Ok(())
    }

    /// Ends the rule of exactly this target, so that it says again what it says by itself.
    pub fn clear_caching(&self, target: impl Into<Target>) {
        let target = target.into();
        self.server(target.api)
            .shared
            .rules_mut()
            .clear_caching(&target);
    }

    /// Moves the API's data on to that edition; all start at 0, and the same edition always holds the same data.
    ///
    /// | API | with each edition |
    /// |---|---|
    /// | `HackerNews` | the lists move on by one place, every third post has another title, scores and comments grow |
    /// | `SimpleFin` | what was pending in the first has posted under other ids, one row with a tip |
    /// | `Guardian` | the ten oldest articles are withdrawn, so that there are fewer pages; ten stay |
    ///
    /// The other APIs have one edition.
    pub fn set_edition(&self, api: Api, edition: u64) {
        self.server(api).shared.edition.set(edition);
    }

    /// Lets the API's edition go up by one after so many requests, again and again: in the middle of a list, say.
    /// Zero, the default: it stays.
    pub fn turn_edition_every(&self, api: Api, requests: u64) {
        self.server(api).shared.edition.turn_every(requests);
    }

    /// Ends every token that Reddit has given out, as a change of password does: they are answered with 401.
    pub fn revoke_tokens(&self) {
        self.server(Api::Reddit).shared.world().revoke_tokens();
    }

    /// Closes every port and connection, and returns when they are closed.
    ///
    /// # Cancel safety
    /// Everything stops even when the future is dropped; only the waiting ends.
    pub async fn stop(mut self) {
        // A server ends, with all its connections, when its handle is gone.
        self.servers.clear();
        while self.tasks.join_next().await.is_some() {}
    }
}
