//! Every page at every width and in every light: nobody is kept out of it, it fits, and it complains of nothing.
//!
//! With `GATHER_PICTURES` set to a folder, pictures of the pages that are looked at are left there, of a household that
//! has been followed for a while (`cargo xtask screenshots`).

use std::{path::PathBuf, time::Duration};

use gather_sandbox::{Api, Fault, Latency, Sandbox};

use super::{Chromium, Look, told::fetch};
use crate::world::{Setting, World};

/// A source that cannot be asked at all.
const LACKING: &str = r#"
[source.openweather]
key = { env = "NO_SUCH_KEY" }
params = { lat = "52.5", lon = "13.4" }
"#;

/// A household's day: news, a bank and rates; and unless it is `well` one source that fails and one without its key.
async fn household(well: bool) -> (Sandbox, World) {
    let now = gather::Clock::system().wall().try_into().unwrap();
    let mut sandbox = Sandbox::builder().now(now);
    if !well {
        sandbox = sandbox.fault((Api::Feeds, "/atom.xml"), Fault::Html);
    }
    let sandbox = sandbox.start().await.unwrap();
    let origin = |api| sandbox.origin(api);
    let config = format!(
        r#"[settings]
currency = "EUR"

[source.hackernews]
base = "{hn}"

[source.newsapi]
base = "{newsapi}"
key = {{ env = "KEY" }}

[source.guardian]
base = "{guardian}"
key = {{ env = "KEY" }}

[source.harbour]
feed = "{feeds}/rss.xml"

[source.lantern]
feed = "{feeds}/atom.xml"

[source.bank]
preset = "json-bank"
base = "{bank}"
currency = "EUR"
owner = "ana"

[source.frankfurter]
base = "{rates}"
{lacking}"#,
        hn = origin(Api::HackerNews),
        newsapi = origin(Api::NewsApi),
        guardian = origin(Api::Guardian),
        feeds = origin(Api::Feeds),
        bank = origin(Api::Bank),
        rates = origin(Api::Rates),
        lacking = if well { "" } else { LACKING },
    );
    let world = World::with(Setting {
        config,
        ..Setting::default()
    })
    .await;
    world.runs_are_over(1).await;
    (sandbox, world)
}

/// Some more runs, of APIs that take their time as real ones do and have new stories each time. In the last two one of
/// them fails, as APIs do.
async fn follow(sandbox: &Sandbox, world: &World) {
    for (api, ms) in [
        (Api::HackerNews, 60),
        (Api::NewsApi, 240),
        (Api::Guardian, 310),
        (Api::Feeds, 120),
        (Api::Bank, 180),
    ] {
        let latency = Latency::fixed(Duration::from_millis(ms));
        sandbox.set_latency(api, latency).unwrap();
    }
    for edition in 1..=6 {
        sandbox.set_edition(Api::HackerNews, edition);
        if edition == 5 {
            let garbage = sandbox.set_fault(Api::NewsApi, Fault::Garbage);
            garbage.await.unwrap();
        }
        fetch(world).await;
    }
}

async fn every_look(name: &str, path: &str) {
    let folder = std::env::var_os("GATHER_PICTURES").map(PathBuf::from);
    let (sandbox, world) = household(folder.is_some()).await;
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder).unwrap();
        follow(&sandbox, &world).await;
    }
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    for (look, called) in [
        (Look::WIDE, "1440-light"),
        (Look::WIDE.dark(), "1440-dark"),
        (Look::NARROW, "360-light"),
        (Look::NARROW.dark(), "360-dark"),
    ] {
        chromium.look(look).await;
        chromium.goto(path).await;
        assert!(chromium.see("main").await);
        assert!(
            !chromium.see(".door").await,
            "{path}: {}",
            chromium.text("main").await
        );
        chromium.is_accessible().await;
        chromium.fits().await;
        if let Some(folder) = &folder {
            chromium
                .picture(&folder.join(format!("{name}-{called}.png")))
                .await;
        }
    }
    assert_eq!(chromium.complaints().await, Vec::<String>::new(), "{path}");
}

macro_rules! pages {
    ($($name:ident => $path:literal),* $(,)?) => {
        $(
            #[tokio::test]
            #[ignore = "needs chromium"]
            async fn $name() {
                every_look(stringify!($name), $path).await;
            }
        )*
    };
}

pages! {
    today => "/",
    news => "/news",
    news_found => "/news?q=the",
    money => "/money",
    transactions => "/money/transactions",
    transactions_found => "/money/transactions?q=a&least=1",
    transaction_edited => "/money/transactions?edit=1",
    budgets => "/money/budgets",
    review => "/money/review",
    runs => "/runs",
    run => "/runs/1",
    sources => "/sources",
    source => "/sources/hackernews",
    source_that_fails => "/sources/lantern",
    settings => "/settings",
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn account() {
    every_look("account", "/money/accounts/bank/1").await;
}
