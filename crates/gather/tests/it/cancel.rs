//! Dropping work gives everything back.

use std::time::{Duration, Instant};

use gather::{Client, Host, HostLimits, Quota, Url};
use gather_sandbox::{Api, Latency, Sandbox};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fan_out_of_a_thousand_dropped_at_two_hundred_moments_leaves_nothing_behind() {
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
    // The quota is never used up, but its places too have to come back.
    let limits = HostLimits::in_flight(20).quota(Quota::new(1_000_000, Duration::from_secs(60)));
    let client = Client::builder().host(host, limits).build().unwrap();
    let urls: Vec<String> = (0..1000).map(|n| format!("{base}/json/{n}")).collect();
    for moment in 0..200_u64 {
        let mut fan_out = client.as_completed(&urls);
        let some = async { while fan_out.next().await.is_some() {} };
        // Spread over the whole run: in the queue, connecting, waiting, reading.
        let _ = tokio::time::timeout(Duration::from_micros(moment * 170), some).await;
        drop(fan_out);
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    while client.in_flight() > 0 {
        assert!(
            Instant::now() < deadline,
            "{} permits are lost",
            client.in_flight()
        );
        tokio::task::yield_now().await;
    }
    let answers = client.gather(&urls).await;
    assert!(answers.results.iter().all(Result::is_ok));
    assert_eq!(
        answers.report.peak_in_flight, 20,
        "the next one runs at full width"
    );
}
