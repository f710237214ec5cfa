//! A server on a port of its own, and browsers that visit it.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use gather::Clock;
use gather_records::Viewer;
use gather_run::Plan;
use gather_server::{Loaded, Server, Start, hash_password};
use gather_sources::{Config, ServerSettings};
use gather_store::{RunStatus, Store};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jiff::tz::TimeZone;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinSet,
};

pub(crate) const PASSWORD: &str = "a few words that nobody guesses";

/// A hash of it, made once, since that takes its time in a build for tests.
fn hash() -> &'static str {
    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HASH.get_or_init(|| hash_password("somebody", PASSWORD).unwrap())
}

/// What a server is started with.
pub(crate) struct Setting {
    pub(crate) config: String,
    pub(crate) clock: Clock,
    pub(crate) users: &'static [&'static str],
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            config: String::new(),
            clock: Clock::system(),
            users: &["ana", "ben"],
        }
    }
}

/// A server that runs.
pub(crate) struct World {
    dir: Arc<tempfile::TempDir>,
    pub(crate) store: Store,
    pub(crate) address: SocketAddr,
    pub(crate) setup: Option<String>,
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    running: JoinSet<()>,
}

fn load(path: &PathBuf) -> Result<Loaded, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let config = Config::parse(&text, "gather.toml").map_err(|errors| errors.to_string())?;
    let var = |name: &str| (name == "KEY").then(|| "k-123".to_owned());
    let plan = Plan::new(&config, &|secret| gather_run::read_secret(&var, secret));
    Ok(Loaded {
        config,
        plan,
        file: Some(path.clone()),
    })
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setting::default()).await
    }

    pub(crate) async fn with(setting: Setting) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("gather.db")).unwrap();
        let now = setting.clock.wall().try_into().unwrap();
        for user in setting.users {
            store.add_user(user, Some(hash()), now).unwrap();
        }
        std::fs::write(dir.path().join("gather.toml"), &setting.config).unwrap();
        Self::start(Arc::new(dir), store, setting.clock, 0).await
    }

    /// The same house, after a restart.
    pub(crate) async fn again(&self, clock: Clock) -> Self {
        let store = Store::open(self.path("gather.db")).unwrap();
        Self::start(Arc::clone(&self.dir), store, clock, 0).await
    }

    /// The same house at the same address, for browsers that are waiting for it; it has to have stopped.
    pub(crate) async fn back(&self) -> Self {
        let store = Store::open(self.path("gather.db")).unwrap();
        let port = self.address.port();
        Self::start(Arc::clone(&self.dir), store, Clock::system(), port).await
    }

    async fn start(dir: Arc<tempfile::TempDir>, store: Store, clock: Clock, port: u16) -> Self {
        let file = dir.path().join("gather.toml");
        let loaded = load(&file).unwrap();
        let mut server: ServerSettings = loaded.config.server().clone();
        server.listen.set_port(port);
        let again = file.clone();
        let server = Server::bind(Start {
            store: store.clone(),
            clock,
            zone: TimeZone::UTC,
            loaded,
            load: Arc::new(move || load(&again)),
            file,
            server,
        })
        .await
        .unwrap();
        let (stop, stopped) = oneshot::channel();
        let (address, setup, url) = (server.address(), server.setup_url(), server.url());
        let mut running = JoinSet::new();
        running.spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self {
            dir,
            store,
            address,
            setup,
            url,
            stop: Some(stop),
            running,
        }
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        self.stop.take();
        while let Some(ended) = self.running.join_next().await {
            ended.unwrap();
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            origin: format!("http://{}", self.address),
            cookies: BTreeMap::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// A browser in which somebody has signed in.
    pub(crate) async fn signed_in(&self, user: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in(user, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        browser
    }

    /// Writes another configuration.
    pub(crate) fn configure(&self, text: &str) {
        std::fs::write(self.dir.path().join("gather.toml"), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Waits until no run is under way, and at least so many have been.
    pub(crate) async fn runs_are_over(&self, runs: usize) {
        until(&format!("{runs} runs are over"), || async {
            let held = self.store.runs(&Viewer::Operator, 1000).unwrap();
            let mut held = held.iter();
            held.len() >= runs && held.all(|run| run.status != RunStatus::Running)
        })
        .await;
    }

    /// A figure of `/metrics`.
    pub(crate) async fn figure(&self, name: &str) -> f64 {
        let text = self.browser().get("/metrics").await.text;
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .rsplit(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Sends bytes as they are, and reads until the other end closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // Whoever sends too much may be cut off.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Somebody's browser, or a program.
pub(crate) struct Browser {
    pub(crate) origin: String,
    pub(crate) cookies: BTreeMap<String, String>,
    client: Client<HttpConnector, Full<bytes::Bytes>>,
}

/// What it was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Browser {
    fn cookie(&self) -> String {
        let pairs: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// A request with the cookies and nothing else.
    pub(crate) fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header(header::ACCEPT, "text/html");
        if !self.cookies.is_empty() {
            request = request.header(header::COOKIE, self.cookie());
        }
        request
    }

    pub(crate) async fn start(&self, request: Request<String>) -> Response<hyper::body::Incoming> {
        let request = request.map(|body| Full::new(body.into()));
        self.client.request(request).await.unwrap()
    }

    pub(crate) async fn send(&mut self, request: Request<String>) -> Answer {
        let (head, body) = self.start(request).await.into_parts();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path).body(String::new());
        self.send(request.unwrap()).await
    }

    /// Sends a form as a page of the server would.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.origin.clone();
        self.post_from(Some(&origin), path, fields).await
    }

    /// Sends a form that a page of this origin has, if any.
    pub(crate) async fn post_from(
        &mut self,
        origin: Option<&str>,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        self.post("/login", &[("name", name), ("password", password)])
            .await
    }
}

/// Waits until something is so; it is looked at again and again, and given up after a while.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is: impl FnMut() -> F) {
    for _ in 0..600 {
        if is().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}
