//! A page never waits for the network: with every API hanging it answers as ever, and says what is old and what is asked.

use std::time::{Duration, Instant};

use gather::ManualClock;
use gather_sandbox::{Api, Fault, Sandbox};

use crate::world::{Browser, Setting, World, until};

const PAGES: [&str; 6] = [
    "/",
    "/news",
    "/money",
    "/runs",
    "/sources",
    "/api/v1/dashboard",
];

/// The middle of some answers' times.
async fn answers_in(browser: &mut Browser, path: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..9 {
        let begun = Instant::now();
        let answer = tokio::time::timeout(Duration::from_secs(5), browser.get(path)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{path} waits for the network"));
        assert_eq!(answer.status, http::StatusCode::OK, "{path}");
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_page_never_waits_for_the_network_and_says_what_is_stale() {
    let now = gather::Clock::system().wall();
    let sandbox = Sandbox::builder()
        .now(now.try_into().unwrap())
        .start()
        .await
        .unwrap();
    let config = format!(
        "[settings]\ncurrency = \"EUR\"\n\n[source.wharf]\nfeed = \"{feeds}/rss.xml\"\nevery = \"30m\"\n\n\
         [source.pier]\nfeed = \"{feeds}/atom.xml\"\nevery = \"24h\"\n\n\
         [source.bank]\npreset = \"json-bank\"\nbase = \"{bank}\"\ncurrency = \"EUR\"\nevery = \"30m\"\nowner = \"ana\"\n\n\
         [source.frankfurter]\nbase = \"{rates}\"\n",
        feeds = sandbox.origin(Api::Feeds),
        bank = sandbox.origin(Api::Bank),
        rates = sandbox.origin(Api::Rates),
    );
    // Time stands still, so that no request runs into its time limit while the pages are looked at.
    let clock = ManualClock::at(now);
    let world = World::with(Setting {
        config,
        clock: clock.clock(),
        ..Setting::default()
    })
    .await;
    world.runs_are_over(1).await;
    let mut ana = world.signed_in("ana").await;
    let mut before = Vec::new();
    for path in PAGES {
        before.push(answers_in(&mut ana, path).await);
    }

    for api in Api::ALL {
        sandbox.set_fault(api, Fault::Hang).await.unwrap();
    }
    sandbox.reset_logs();
    clock.advance(Duration::from_secs(2 * 3600));
    let asked = |target: gather_sandbox::Target| sandbox.log(target).in_flight();
    until("what is due is asked, and hangs", || async {
        asked((Api::Feeds, "/rss.xml").into()) == 1 && asked((Api::Bank, "/accounts").into()) == 1
    })
    .await;

    for (path, before) in PAGES.into_iter().zip(before) {
        let hanging = answers_in(&mut ana, path).await;
        // As fast as ever, but for how busy this machine is with others.
        let most = before * 4 + Duration::from_millis(100);
        assert!(hanging <= most, "{path}: {hanging:?}, before {before:?}");
    }
    let page = ana.get("/").await.text;
    assert!(
        page.contains("being asked"),
        "what is on its way is told: {page}"
    );
    assert!(page.contains("12,500.00"), "what is held is shown");
    let age = "oldest balance in it: 2 h ago";
    assert!(page.contains(age), "and how old it is: {page}");
    assert_eq!(
        asked((Api::Feeds, "/rss.xml").into()),
        1,
        "no page has asked"
    );
}
