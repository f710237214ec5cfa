//! `gather serve`: the schedule, the dashboard and the API, until Ctrl-C or SIGTERM; SIGHUP reads the configuration again.

use std::sync::Arc;

use gather_run::Plan;
use gather_server::{Loaded, Server, Start, StartError};
use gather_store::Store;

use super::Exit;
use crate::{
    args,
    failure::{Failure, Result},
    log, render,
    session::Session,
    signals::{Hangups, Signals},
};

/// `gather serve`.
pub(crate) async fn serve(session: &Session, args: &args::Serve) -> Result<Exit> {
    if session.viewer.user().is_some() {
        return Err(Failure::new("a server is for all its users")
            .hint("leave `--as` out; whoever signs in sees what is theirs"));
    }
    let _log = log::start(args.log)?;
    let store = session.store()?;
    let loaded = load(session, &store)?;
    if loaded.file.is_none() {
        session.note_no_file();
    }
    let mut server = loaded.config.server().clone();
    if let Some(listen) = args.listen {
        server.listen = listen;
    }
    let reader = session.clone();
    let held = store.clone();
    let start = Start {
        store,
        clock: session.clock.clone(),
        zone: session.zone.clone(),
        loaded,
        load: Arc::new(move || load(&reader, &held).map_err(|failure| failure.sentence())),
        file: session.config_path(),
        server,
    };
    let server = Server::bind(start).await?;
    let told = Told::listen()?;
    announce(session, &server);
    Ok(told.run(server).await)
}

/// Says where it is, and how to get in.
pub(super) fn announce(session: &Session, server: &Server) {
    session.note(&format!(
        "the dashboard is at {}\n",
        render::accent(server.url())
    ));
    if let Some(setup) = server.setup_url() {
        // Without it nobody gets in, so it is said even to those who want to hear little.
        render::words(&format!(
            "nobody can sign in yet; make the first user at {setup}\n"
        ));
    }
    if !server.address().ip().is_loopback() && !server.is_encrypted() {
        session.note(&render::hint(
            "it is reached from other machines without encryption: put it behind a proxy that speaks TLS, or set `tls` under `[server]`",
            "",
            &session.view(),
        ));
    }
}

/// The signals that a server listens to: from the moment this is made, they no longer end the process by themselves.
pub(super) struct Told {
    stop: Signals,
    reload: Hangups,
}

impl Told {
    /// Before anybody is told where the server is, since from then on somebody may want to stop it.
    pub(super) fn listen() -> Result<Self> {
        let cannot = |error: std::io::Error| {
            Failure::new("signals cannot be listened to").because(Some(&error))
        };
        Ok(Self {
            stop: Signals::listen().map_err(cannot)?,
            reload: Hangups::listen().map_err(cannot)?,
        })
    }

    /// Runs a server until somebody asks it to stop.
    pub(super) async fn run(mut self, server: Server) -> Exit {
        let reload = server.reload();
        let stop = async move {
            loop {
                tokio::select! {
                    () = self.stop.next() => break,
                    () = self.reload.next() => reload.notify_one(),
                }
            }
        };
        server.run(stop).await;
        Exit::Complete
    }
}

/// The configuration as it is now, with its secrets.
fn load(session: &Session, store: &Store) -> Result<Loaded> {
    let configuration = session.configuration()?;
    let plan = Plan::new(&configuration.config, &|wanted| {
        session.secret_from(wanted, store)
    });
    Ok(Loaded {
        config: configuration.config,
        plan,
        file: configuration.file,
    })
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let failure = Self::of(&error);
        match &error {
            StartError::Listen { address, .. } => failure.hint(format!(
                "something else may listen at port {}: choose another with `--listen ADDRESS:PORT`",
                address.port()
            )),
            StartError::Tls(_) => failure
                .hint("correct `tls` under `[server]`, or take it out and put a proxy before it"),
            _ => failure,
        }
    }
}
