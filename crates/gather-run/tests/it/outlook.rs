//! The next 24 hours, and why a source stands as it does.

use std::time::Duration;

use gather_run::{Outlook, outlook, standing};
use gather_sandbox::{Api, Fault, Sandbox};
use gather_store::OutcomeState;
use jiff::{SignedDuration, Timestamp};

use crate::support::{HOUR, Home, plan, still};

fn text(sandbox: &Sandbox) -> String {
    format!(
        "[source.newsapi]\nbase = \"{newsapi}\"\nkey = {{ env = \"KEY\" }}\nevery = \"10m\"\n\
         [source.hackernews]\nbase = \"{hn}\"\nevery = \"2h\"\n\
         [source.locked]\nurl = \"https://locked.example/\"\nkey = {{ env = \"NOBODY\" }}\n\
         [source.locked.article]\nid = \".id\"\ntitle = \".title\"\n",
        newsapi = sandbox.origin(Api::NewsApi),
        hn = sandbox.origin(Api::HackerNews),
    )
}

fn host<'o>(outlook: &'o Outlook, sandbox: &Sandbox, api: Api) -> &'o gather_run::HostOutlook {
    let origin = sandbox.origin(api);
    outlook
        .hosts
        .iter()
        .find(|host| host.host == origin)
        .unwrap()
}

#[tokio::test]
async fn a_plan_that_asks_more_than_a_quota_allows_says_so_before_anything_is_asked() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let plan = plan(&text(&sandbox));
    let now = Timestamp::try_from(still().clock().wall()).unwrap();
    let ahead = outlook(&plan, &home.store, now).unwrap();
    assert_eq!(sandbox.log(Api::NewsApi).total(), 0);

    let newsapi = &ahead.sources[0];
    assert_eq!((newsapi.runs, newsapi.requests), (144, 1));
    assert!(!newsapi.learnt);
    let quotas = &host(&ahead, &sandbox, Api::NewsApi).quotas;
    let of = |hours: u64| {
        let per = Duration::from_secs(hours * 3600);
        quotas.iter().find(|quota| quota.per == per).unwrap()
    };
    assert_eq!(
        (of(24).busiest, of(24).fits),
        (144, false),
        "100 are allowed"
    );
    assert_eq!((of(12).busiest, of(12).fits), (73, false), "50 are allowed");
    assert!(host(&ahead, &sandbox, Api::HackerNews).quotas.is_empty());
    assert_eq!(host(&ahead, &sandbox, Api::HackerNews).in_flight, 20);

    let locked = ahead.sources.last().unwrap();
    assert_eq!((locked.runs, locked.next_due), (0, None));
    assert!(locked.reason.as_deref().unwrap().contains("NOBODY"));
}

#[tokio::test]
async fn a_plan_learns_from_the_last_run_and_counts_what_is_taken() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let text = text(&sandbox).replace("10m", "30m");
    let clock = still();
    home.run_at(&text, &clock).await;
    clock.advance(HOUR / 6);
    let now = Timestamp::try_from(clock.clock().wall()).unwrap();
    let ahead = outlook(&plan(&text), &home.store, now).unwrap();
    let hackernews = &ahead.sources[1];
    assert_eq!((hackernews.requests, hackernews.learnt), (21, true));
    assert_eq!(hackernews.runs, 12);
    let due = hackernews.next_due.unwrap().duration_since(now);
    let expected = SignedDuration::from_mins(110);
    assert!(
        (due - expected).abs() < SignedDuration::from_secs(30),
        "{due}"
    );
    assert_eq!(host(&ahead, &sandbox, Api::HackerNews).requests, 12 * 21);
    let quota = &host(&ahead, &sandbox, Api::NewsApi).quotas;
    assert!(quota.iter().all(|quota| quota.taken == 1), "{quota:?}");
    assert!(quota.iter().all(|quota| quota.fits), "48 a day");
}

#[tokio::test]
async fn why_tells_outcomes_quotas_pauses_and_what_is_noted() {
    let sandbox = Sandbox::builder()
        .fault(Api::Feeds, Fault::status(429).retry_after("7200").first(1))
        .start()
        .await
        .unwrap();
    let text = format!(
        "[source.wharf]\nfeed = \"{}/atom.xml\"\nquota = \"10/1h\"\n",
        sandbox.origin(Api::Feeds)
    );
    let home = Home::new();
    let clock = still();
    let why = || {
        let now = Timestamp::try_from(clock.clock().wall()).unwrap();
        let found = standing(&plan(&text), &home.store, "wharf", now).unwrap();
        found.unwrap()
    };
    let before = why();
    assert!(before.outcomes.is_empty() && before.good_at.is_none());
    assert_eq!(before.addresses.len(), 1);

    home.run_at(&text, &clock).await;
    let limited = why();
    assert_eq!(limited.failures_in_a_row, 1);
    assert_eq!(
        limited.outcomes[0].outcome.state,
        Some(OutcomeState::Limited)
    );
    let until = limited.on_hosts[0].cooling_until.unwrap();
    assert_eq!(limited.outlook.next_due, Some(until));
    assert_eq!(limited.on_hosts[0].quotas[0].taken, 1);
    assert!(
        limited
            .outlook
            .reason
            .as_deref()
            .unwrap()
            .contains("left alone")
    );

    clock.advance(HOUR * 3);
    home.run_at(&text, &clock).await;
    let well = why();
    assert_eq!((well.failures_in_a_row, well.outcomes.len()), (0, 2));
    assert!(well.good_at.is_some() && well.held.articles > 0);
    assert_eq!(well.answers.len(), 1);
    assert!(well.answers[0].has_validator, "{:?}", well.answers);
    assert_eq!(
        standing(&plan(&text), &home.store, "nobody", Timestamp::UNIX_EPOCH).unwrap(),
        None
    );
}
