//! What runs and processes on one database share: quotas, slots, and what a host asked for.

use std::time::Duration;

use gather_sandbox::{Api, Fault, Latency, Sandbox};
use gather_store::OutcomeState;

use crate::support::{HOUR, Home, outcome, still};

fn list(sandbox: &Sandbox, requests: u32, more: &str) -> String {
    format!(
        "[source.list]\nurl = \"{base}/list/page?total=50&size=50\"\nquota = \"{requests}/24h\"\n{more}\n\
         follow = {{ each = \".items[].id\", url = \"{base}/json/{{}}\" }}\n\
         [source.list.article]\nid = \".id\"\ntitle = '\"number \\(.id)\"'\n",
        base = sandbox.origin(Api::Any),
    )
}

#[tokio::test]
async fn case_13_what_an_earlier_process_used_up_the_next_one_knows() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let clock = still();
    let text = list(&sandbox, 60, "");
    let first = home.run_at(&text, &clock).await;
    assert_eq!(outcome(&first, "list").attempts, 51);
    clock.advance(HOUR);
    let second = home.run_at(&text, &clock).await;
    let limited = outcome(&second, "list");
    assert_eq!(limited.attempts, 9);
    assert_eq!(limited.state, OutcomeState::Partial);
    let wall = jiff::Timestamp::try_from(clock.clock().wall()).unwrap();
    let until = limited.until.unwrap();
    assert!(
        until > wall + HOUR * 22 && until < wall + HOUR * 24,
        "{until}"
    );
    assert_eq!(sandbox.log(Api::Any).total(), 60);
    clock.advance(HOUR * 25);
    let third = home.run_at(&text, &clock).await;
    assert_eq!(outcome(&third, "list").attempts, 51, "a new day");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_13_runs_at_the_same_time_count_together_and_share_the_slots() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(5)))
        .start()
        .await
        .unwrap();
    let home = Home::new();
    let text = format!(
        "[settings]\ndeadline = \"20s\"\n{}",
        list(&sandbox, 70, "in_flight = 3")
    );
    let (one, other) = tokio::join!(home.run(&text), home.run(&text));
    let attempts = outcome(&one, "list").attempts + outcome(&other, "list").attempts;
    let log = sandbox.log(Api::Any);
    assert_eq!((attempts, log.total()), (70, 70));
    assert!(log.peak_in_flight() <= 3, "{}", log.peak_in_flight());
}

#[tokio::test]
async fn case_04_what_a_host_asked_for_is_honoured_by_the_next_run() {
    let sandbox = Sandbox::builder()
        .fault(Api::Feeds, Fault::status(429).retry_after("86400").first(1))
        .start()
        .await
        .unwrap();
    let text = format!(
        "[source.wharf]\nfeed = \"{}/atom.xml\"\n",
        sandbox.origin(Api::Feeds)
    );
    let home = Home::new();
    let clock = still();
    let first = home.run_at(&text, &clock).await;
    let limited = outcome(&first, "wharf");
    assert_eq!(limited.state, OutcomeState::Limited);
    let until = limited.until.unwrap();
    clock.advance(HOUR);
    let second = home.run_at(&text, &clock).await;
    let limited = outcome(&second, "wharf");
    assert_eq!(
        (limited.state, limited.attempts),
        (OutcomeState::Limited, 0)
    );
    let apart = until.duration_since(limited.until.unwrap()).abs();
    assert!(apart < jiff::SignedDuration::from_secs(5), "{apart}");
    assert_eq!(sandbox.log(Api::Feeds).total(), 1);
    clock.advance(HOUR * 24);
    let third = home.run_at(&text, &clock).await;
    assert_eq!(outcome(&third, "wharf").state, OutcomeState::Complete);
}

#[tokio::test]
async fn case_12_a_wall_clock_that_jumps_back_spends_no_quota_twice() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let home = Home::new();
    let clock = still();
    let text = list(&sandbox, 60, "");
    home.run_at(&text, &clock).await;
    clock.set_wall(clock.clock().wall() - HOUR * 24 * 30);
    let second = home.run_at(&text, &clock).await;
    assert_eq!(outcome(&second, "list").attempts, 9, "no burst");
    clock.advance(HOUR * 50);
    let third = home.run_at(&text, &clock).await;
    assert_eq!(
        outcome(&third, "list").attempts,
        51,
        "and no month of silence"
    );
}

#[tokio::test]
async fn an_answer_without_news_gives_its_place_back_where_the_provider_says_so() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let text = format!(
        "[source.gizmo]\npreset = \"github-releases\"\nbase = \"{}\"\nparams = {{ repo = \"acme/gizmo\" }}\n\
         key = {{ env = \"KEY\" }}\nquota = \"3/24h\"\nquota_with_key = \"3/24h\"\n",
        sandbox.origin(Api::GitHub)
    );
    let home = Home::new();
    let clock = still();
    for _ in 0..6 {
        clock.advance(HOUR);
        let report = home.run_at(&text, &clock).await;
        let state = outcome(&report, "gizmo").state;
        assert!(
            matches!(state, OutcomeState::Complete | OutcomeState::Unchanged),
            "{:?}",
            outcome(&report, "gizmo")
        );
    }
    let wall = jiff::Timestamp::try_from(clock.clock().wall()).unwrap();
    let used = home.store.quota_use(wall).unwrap();
    assert_eq!(
        used.iter().map(|quota| quota.taken).max(),
        Some(1),
        "{used:?}"
    );
}
