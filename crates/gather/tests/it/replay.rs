//! A fan-out replayed: what it would have taken is measured against what it does take.

use std::time::Duration;

use gather::{Client, Host, HostLimits, Quota, Report, Url};
use gather_sandbox::{Api, Latency, Sandbox};

const MS: Duration = Duration::from_millis(1);

async fn sandbox() -> Sandbox {
    Sandbox::builder()
        .latency(Api::Any, Latency::uniform(MS * 40, MS * 120))
        .latency(Api::Feeds, Latency::fixed(MS * 60))
        .start()
        .await
        .unwrap()
}

fn host(sandbox: &Sandbox, api: Api) -> Host {
    Host::of(&Url::parse(&sandbox.url(api)).unwrap()).unwrap()
}

/// The recorded times themselves are not steady on a busy machine, but the replay is of these very times: it is near
/// them, within a few hundredths and some milliseconds for what the program does between requests.
fn near(predicted: Duration, wall: Duration) -> bool {
    predicted.abs_diff(wall) <= wall / 20 + MS * 5
}

/// Requests to two hosts, each answer of the first leading to another.
async fn fan_out(client: &Client, sandbox: &Sandbox) -> Report {
    let (any, feeds) = (sandbox.url(Api::Any), sandbox.url(Api::Feeds));
    let first = (0..12).map(|n| format!("{any}/json/{n}"));
    let second = (0..6).map(|n| format!("{feeds}/rss.xml?n={n}"));
    let mut answers = client.as_completed(first.chain(second));
    while let Some(done) = answers.next().await {
        assert!(done.result.is_ok(), "{done:?}");
        if done.index < 12 {
            let url = format!("{any}/json/{}", 100 + done.index);
            answers.push_after(done.index, url.as_str());
        }
    }
    answers.report()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_limits_give_the_recorded_time() {
    let sandbox = sandbox().await;
    for (overall, each) in [(64, 6), (64, 2), (3, 6)] {
        let client = Client::builder()
            .in_flight(overall)
            .each_host(HostLimits::in_flight(each))
            .build()
            .unwrap();
        let report = fan_out(&client, &sandbox).await;
        let replay = report.replay(&client.limits());
        assert!(
            near(replay.wall, report.wall),
            "{overall} and {each}: {:?} for {:?}",
            replay.wall,
            report.wall
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_is_replayed_with_its_windows() {
    let sandbox = sandbox().await;
    let limits = HostLimits::in_flight(6).quota(Quota::new(5, MS * 300));
    let client = Client::builder()
        .host(host(&sandbox, Api::Any), limits)
        .build()
        .unwrap();
    let any = sandbox.url(Api::Any);
    let answers = client
        .gather((0..14).map(|n| format!("{any}/json/{n}")))
        .await;
    let report = answers.report;
    assert!(!report.waits.quota.is_zero());
    let replay = report.replay(&client.limits());
    assert!(
        near(replay.wall, report.wall),
        "{:?} for {:?}",
        replay.wall,
        report.wall
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_higher_limit_would_give_is_what_it_gives() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(MS * 80))
        .start()
        .await
        .unwrap();
    let any = sandbox.url(Api::Any);
    let mut tries = Vec::new();
    // Two fan-outs of a busy machine are compared, and not one with itself: it gets some tries.
    for _ in 0..6 {
        let mut walls = Vec::new();
        let mut predicted = Duration::ZERO;
        for slots in [3, 6] {
            let client = Client::builder()
                .each_host(HostLimits::in_flight(slots))
                .build()
                .unwrap();
            let urls = (0..18).map(|n| format!("{any}/json/{n}"));
            let report = client.gather(urls).await.report;
            if slots == 3 {
                let twice = client.limits().each_host(HostLimits::in_flight(6));
                predicted = report.replay(&twice).wall;
            }
            walls.push(report.wall);
        }
        let half = predicted < walls[0] * 6 / 10;
        if half && predicted.abs_diff(walls[1]) <= walls[1] / 10 + MS * 10 {
            return;
        }
        tries.push((predicted, walls));
    }
    panic!("{tries:?}");
}
