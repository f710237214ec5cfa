//! `gather demo`: the whole job against simulated APIs on this machine, over real sockets.
//!
//! One API is slow, one fails at first and is asked again, one fails all the time; that is the show, so a run that is
//! as it was meant to be ends with 0. It starts afresh each time, since the simulated world is made anew around the
//! present hour; only a database that `--db` names is kept.

use std::{
    fs, io,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use gather_run::Plan;
use gather_sandbox::{Api, Fault, Latency, Sandbox};
use gather_server::{Loaded, Server, Start, hash_password, invent_password};
use gather_sources::Config;
use gather_store::Store;

use super::{Exit, run, serve};
use crate::{
    args,
    failure::{Failure, Result},
    render,
    session::{Session, typed, var},
};

/// Where everything of the demo is.
struct Place {
    config: PathBuf,
    database: PathBuf,
}

/// `gather demo`: the reports of a run, and then, unless `--once` is given, the dashboard until Ctrl-C.
pub(crate) async fn demo(session: &Session, args: &args::Demo) -> Result<Exit> {
    let place = place(session)?;
    let sandbox = sandbox(session).await.map_err(|error| {
        Failure::new("the simulated APIs cannot listen on 127.0.0.1").because(Some(&error))
    })?;
    let text = configuration(&sandbox);
    fs::write(&place.config, &text).map_err(|error| cannot_write(&place.config, &error))?;
    let config = Config::parse(&text, &place.config.display().to_string())?;
    let plan = Plan::new(&config, &|_| Ok("demo".into()));
    let store = Store::open(&place.database)?;

    session.note(&format!(
        "{}\n",
        render::dim(format!(
            "{} simulated APIs on this machine: one is slow, one flaky, one fails",
            config.declarations().count()
        ))
    ));
    let done = run::fetch(session, &config, plan, &store).await?;
    let exit = done.with_durations().show(session, &store)?;
    session.note(&farewell(&place));
    if exit != Exit::Interrupted && !args.once {
        serve_it(session, args, &place, store).await?;
    }
    sandbox.stop().await;
    // A source that fails is part of the show.
    Ok(if exit == Exit::Partial {
        Exit::Complete
    } else {
        exit
    })
}

/// Serves the dashboard of the simulated world, with somebody who may sign in.
async fn serve_it(session: &Session, args: &args::Demo, place: &Place, store: Store) -> Result<()> {
    let password = invent_password().map_err(|error| Failure::of(&error))?;
    let hash = hash_password(USER, &password).map_err(|error| Failure::of(&error))?;
    match store.user(USER)? {
        Some(user) => store.set_password(user.id, &hash, None)?,
        None => drop(store.add_user(USER, Some(&hash), session.now())?),
    }
    let path = place.config.clone();
    let load = move || {
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let config = Config::parse(&text, &path.display().to_string());
        let config = config.map_err(|errors| errors.to_string())?;
        let plan = Plan::new(&config, &|_| Ok("demo".into()));
        Ok(Loaded {
            config,
            plan,
            file: Some(path.clone()),
        })
    };
    let loaded = load().map_err(Failure::new)?;
    let mut settings = loaded.config.server().clone();
    settings.listen = args.listen.unwrap_or((Ipv4Addr::LOCALHOST, 0).into());
    let server = Server::bind(Start {
        store,
        clock: session.clock.clone(),
        zone: session.zone.clone(),
        loaded,
        load: Arc::new(load),
        file: place.config.clone(),
        server: settings,
    })
    .await?;
    let told = serve::Told::listen()?;
    session.note("\n");
    serve::announce(session, &server);
    // Without it nobody gets in, so it is said even to those who want to hear little.
    render::words(&format!(
        "sign in as {} with {}; Ctrl-C ends the demo\n",
        render::bold(USER),
        render::bold(&password)
    ));
    told.run(server).await;
    Ok(())
}

/// Who may sign in to the demo.
const USER: &str = "demo";

/// Makes room: an empty folder of the demo's own, and the database in it unless another is named.
fn place(session: &Session) -> Result<Place> {
    let folder = gather_run::database_path(&var)
        .and_then(|path| Some(path.parent()?.join("demo")))
        .unwrap_or_else(|| std::env::temp_dir().join("gather-demo"));
    fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, &error))?;
    let own = folder.join("gather-demo.db");
    if session.db.is_none() {
        for suffix in ["", "-wal", "-shm"] {
            let mut file = own.clone().into_os_string();
            file.push(suffix);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(cannot_write(Path::new(&file), &error));
                }
                _ => {}
            }
        }
    }
    Ok(Place {
        config: folder.join("gather-demo.toml"),
        database: session.db.clone().unwrap_or(own),
    })
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!(
        "`{}` cannot be written",
        crate::session::shown(path)
    ))
    .because(Some(error))
    .hint("allow writing it, or set XDG_DATA_HOME to a folder that can be written")
}

/// The simulated world, and its weather.
async fn sandbox(session: &Session) -> io::Result<Sandbox> {
    let ms = Duration::from_millis;
    Sandbox::builder()
        .now(session.now())
        .latency(Api::NewsApi, Latency::fixed(ms(180)))
        .latency(Api::Guardian, Latency::uniform(ms(120), ms(260)))
        .latency(Api::HackerNews, Latency::uniform(ms(80), ms(320)))
        .latency((Api::Feeds, "/rss.xml"), Latency::uniform(ms(150), ms(300)))
        .latency(
            (Api::Feeds, "/atom.xml"),
            Latency::uniform(ms(100), ms(200)),
        )
        .latency(Api::Bank, Latency::uniform(ms(200), ms(400)))
        .latency(Api::Rates, Latency::fixed(ms(1_400)))
        .fault(Api::Guardian, Fault::status(503).first(1))
        .fault((Api::Feeds, "/atom.xml"), Fault::Html)
        .start()
        .await
}

/// What a person would write to follow these APIs.
fn configuration(sandbox: &Sandbox) -> String {
    let origin = |api| sandbox.origin(api);
    format!(
        r#"# Written by `gather demo`. The addresses are those of simulated APIs on this machine, gone when it ends;
# without the lines `base` the presets ask the real ones.

[settings]
currency = "EUR"

[source.hackernews]
base = "{hacker_news}"

[source.newsapi]
base = "{news_api}"
key = {{ env = "GATHER_DEMO_KEY" }}

# Answers 503 at first, and is asked again.
[source.guardian]
base = "{guardian}"
key = {{ env = "GATHER_DEMO_KEY" }}

[source.harbour]
feed = "{feeds}/rss.xml"

# Sends a login page in place of its feed.
[source.lantern]
feed = "{feeds}/atom.xml"

[source.bank]
preset = "json-bank"
base = "{bank}"
currency = "USD"

# Takes its time.
[source.frankfurter]
base = "{rates}"
"#,
        hacker_news = origin(Api::HackerNews),
        news_api = origin(Api::NewsApi),
        guardian = origin(Api::Guardian),
        feeds = origin(Api::Feeds),
        bank = origin(Api::Bank),
        rates = origin(Api::Rates),
    )
}

/// How to look at it again.
fn farewell(place: &Place) -> String {
    let database = typed(&place.database);
    let config = typed(&place.config);
    format!(
        "\n{}\n  gather --db {database} news\n  gather --db {database} money\n  cat {config}\n",
        render::bold("look at it again:")
    )
}
