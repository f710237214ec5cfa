//! A whole server: bound, then run until it is stopped.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use gather::Clock;
use gather_run::RunError;
use gather_sources::ServerSettings;
use gather_store::{Retention, SessionTimes, Store};
use jiff::tz::TimeZone;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::sync::CancellationToken;

use crate::{
    api,
    app::{App, Loaded, Parts},
    auth::{self, Auth},
    events::Hub,
    metrics::Metrics,
    pages,
    reload::{Load, Reload},
    schedule::Schedule,
    serve::{self, Reach, Tls, TlsError},
};

/// How often what is old is cleared away.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// What a server starts from.
pub struct Start {
    /// Where everything is kept.
    pub store: Store,
    /// Its time.
    pub clock: Clock,
    /// The time zone of whoever has set none.
    pub zone: TimeZone,
    /// The configuration as it is.
    pub loaded: Loaded,
    /// Reads it again, or says in words for the operator why it cannot be used.
    pub load: Arc<dyn Fn() -> Result<Loaded, String> + Send + Sync>,
    /// The file that is read again when it changes; it need not be there.
    pub file: PathBuf,
    /// Where and how it is served; what the configuration says, unless somebody knows better.
    pub server: ServerSettings,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened at.
    #[error("`{address}` cannot be listened at")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why not.
        #[source]
        why: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The schedule cannot be made.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The store does not work.
    #[error(transparent)]
    Store(#[from] gather_store::Error),
    /// There are no random bytes.
    #[error("the system has no randomness to give")]
    Randomness,
}

/// A server that is bound to its address, and answers nobody yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    settings: ServerSettings,
    tls: Option<Tls>,
    load: Load,
    file: PathBuf,
    reload: Arc<Notify>,
    setup: Option<String>,
}

impl Server {
    /// Binds the address and looks every source up. Nothing is fetched or answered before [`run`](Self::run).
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn bind(start: Start) -> Result<Self, StartError> {
        let Start {
            store,
            clock,
            zone,
            loaded,
            load,
            file,
            server,
        } = start;
        let tls = server.tls.as_ref().map(Tls::read).transpose()?;
        let listen = |why| StartError::Listen {
            address: server.listen,
            why,
        };
        let listener = TcpListener::bind(server.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let metrics = Arc::new(Metrics::new());
        let events = Hub::new(&clock);
        let schedule = Schedule::new(
            loaded.plan.clone(),
            store.clone(),
            clock.clone(),
            events.clone(),
            Arc::clone(&metrics),
        )?;
        let public = server.public_url.as_ref().map(url::Url::scheme);
        let times = SessionTimes {
            idle: server.session_idle,
            absolute: server.session_lifetime,
        };
        let secure = public.map_or(tls.is_some(), |scheme| scheme == "https");
        let auth = Auth::new(times, secure, &server.base_path, Arc::clone(&metrics));
        let nobody = store.users()?.iter().all(|user| !user.has_password);
        let setup = nobody
            .then(|| auth.setup_token().map_err(|_| StartError::Randomness))
            .transpose()?;
        let app = App::new(Parts {
            store,
            clock,
            zone,
            base: server.base_path.clone(),
            auth,
            schedule,
            events,
            metrics,
            loaded,
        });
        Ok(Self {
            listener,
            address,
            app,
            settings: server,
            tls,
            load,
            file,
            reload: Arc::new(Notify::new()),
            setup,
        })
    }

    /// The address it is bound to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where a browser finds it.
    #[must_use]
    pub fn url(&self) -> String {
        let base = &self.settings.base_path;
        if let Some(public) = &self.settings.public_url {
            return format!("{}{base}/", public.as_str().trim_end_matches('/'));
        }
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let port = self.address.port();
        match self.address.ip() {
            ip if ip.is_unspecified() => format!("{scheme}://localhost:{port}{base}/"),
            IpAddr::V4(ip) => format!("{scheme}://{ip}:{port}{base}/"),
            IpAddr::V6(ip) => format!("{scheme}://[{ip}]:{port}{base}/"),
        }
    }

    /// Whether browsers reach it by TLS, as far as it knows.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.app.auth().is_secure()
    }

    /// The address at which the first user is made, once; `None` where there is a user.
    #[must_use]
    pub fn setup_url(&self) -> Option<String> {
        let token = self.setup.as_ref()?;
        Some(format!("{}setup/{token}", self.url()))
    }

    /// Has the configuration read again, each time it is notified.
    #[must_use]
    pub fn reload(&self) -> Arc<Notify> {
        Arc::clone(&self.reload)
    }

    /// Fetches by schedule and answers until `stop` completes; then ends within a few seconds.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let app = self.app.clone();
        let reach = Reach {
            public_url: self.settings.public_url.clone(),
            trusted_proxies: self.settings.trusted_proxies.clone(),
            tls: self.tls.is_some(),
        };
        let proxies = reach.trusted_proxies.clone();
        let is_exempt = move |address: IpAddr| {
            address.is_loopback() || proxies.iter().any(|proxy| proxy.contains(address))
        };
        let router = serve::around(routes(), &app, reach);
        let token = CancellationToken::new();
        let serving = serve::serve(
            self.listener,
            self.tls.clone(),
            router,
            is_exempt,
            Arc::clone(app.metrics()),
            token.clone(),
        );
        let reload = Reload {
            app: app.clone(),
            load: self.load,
            file: self.file,
            tls: self.tls,
            asked: self.reload,
            server: self.settings,
        };
        let keeping = async {
            tokio::select! {
                () = stop => {}
                () = app.schedule().keep() => {}
                () = reload.keep() => {}
                () = tidy(&app) => {}
            }
            tracing::info!("stopping");
            // Streams that never end by themselves end first, so that their connections can.
            app.events().close();
            token.cancel();
            app.schedule().stop().await;
        };
        tokio::join!(serving, keeping);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("store", &self.store)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

fn routes() -> Router<App> {
    Router::new()
        .merge(pages::router())
        .merge(api::router())
        .merge(auth::login_routes())
        .merge(auth::account_routes())
        .merge(serve::health_routes())
}

/// Clears away what is old, now and then.
async fn tidy(app: &App) {
    loop {
        let keep = *app.loaded().config.retention();
        let retention = Retention {
            articles: keep.articles,
            runs: keep.runs,
        };
        let (now, times) = (app.now(), app.auth().times());
        let done = app
            .read(move |store| {
                store.drop_ended_sessions(now, times)?;
                store.prune(&retention, now)
            })
            .await;
        match done {
            Ok(pruned) if pruned.articles + pruned.runs > 0 => {
                tracing::info!(
                    articles = pruned.articles,
                    runs = pruned.runs,
                    "old ones dropped"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "what is old could not be dropped"),
        }
        app.clock().sleep(TIDY_EVERY).await;
    }
}
