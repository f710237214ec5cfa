//! Dropping work gives everything back.

use std::time::Duration;

use gather::{Client, Host, HostLimits, Url};
use gather_sandbox::{Api, Latency, Sandbox};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_fan_out_stops_at_once_and_gives_every_slot_back() {
    let sandbox = Sandbox::builder()
        .latency(
            Api::Any,
            Latency::uniform(Duration::ZERO, Duration::from_millis(10)),
        )
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let host = Host::of(&Url::parse(&base).unwrap()).unwrap();
    let client = Client::builder()
        .host(host, HostLimits::in_flight(20))
        .build()
        .unwrap();
    for moment in 0..40_u64 {
        let mut fan_out = client.as_completed((0..200).map(|n| format!("{base}/json/{n}")));
        let some = async { while fan_out.next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_micros(moment * 700), some).await;
        drop(fan_out);
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    while client.in_flight() > 0 {
        assert!(
            std::time::Instant::now() < deadline,
            "{} permits are lost",
            client.in_flight()
        );
        tokio::task::yield_now().await;
    }
    sandbox.reset_logs();
    let answers = client
        .gather((0..200).map(|n| format!("{base}/json/{n}")))
        .await;
    assert!(answers.results.iter().all(Result::is_ok));
    assert_eq!(
        answers.report.peak_in_flight, 20,
        "the next one runs at full width"
    );
}
