//! What the sandbox counts, against what was sent.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gather_sandbox::{Api, Latency, Sandbox};
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::client::{get, send, start};

#[tokio::test]
async fn peak_in_flight_is_what_the_client_allowed_itself() {
    let sandbox = Arc::new(
        start(Sandbox::builder().latency(Api::Any, Latency::fixed(Duration::from_millis(50))))
            .await,
    );
    let permits = Arc::new(Semaphore::new(5));
    let mut tasks = JoinSet::new();
    for n in 0..60 {
        let (sandbox, permits) = (Arc::clone(&sandbox), Arc::clone(&permits));
        tasks.spawn(async move {
            let _permit = permits.acquire().await.expect("never closed");
            get(&sandbox, Api::Any, &format!("/json/{n}")).await.status
        });
    }
    assert!(
        tasks
            .join_all()
            .await
            .into_iter()
            .all(|status| status == 200)
    );
    let log = sandbox.log(Api::Any);
    assert_eq!(
        (
            log.total(),
            log.in_flight(),
            log.peak_in_flight(),
            log.peak_in_flight_answered()
        ),
        (60, 0, 5, 5)
    );
    assert_eq!(sandbox.connections(Api::Any), 60);
    assert_eq!(sandbox.log(Api::Bank).total(), 0);
    assert_eq!(sandbox.log((Api::Any, "/json/7")).total(), 1);
    sandbox.reset_logs();
    assert_eq!(sandbox.log(Api::Any).total(), 0);
}

#[tokio::test]
async fn starts_in_a_window_follow_the_client_s_pace() {
    let sandbox = start(Sandbox::builder()).await;
    let begun = Instant::now();
    for n in 0..12 {
        if n % 4 == 0 {
            tokio::time::sleep_until((begun + Duration::from_millis(300 * (n / 4))).into()).await;
        }
        get(&sandbox, Api::Any, "/json/1").await;
    }
    let all = sandbox.max_starts_in_window(Api::Any, Duration::from_secs(3600));
    assert_eq!(all, 12);
    let starts: Vec<Instant> = sandbox
        .log(Api::Any)
        .requests()
        .iter()
        .map(|seen| seen.started)
        .collect();
    assert!(starts.is_sorted());
    // The same count by another road: for each start, how many follow within the window.
    for window in [1, 50, 299, 300, 301, 650].map(Duration::from_millis) {
        let most = starts
            .iter()
            .map(|first| {
                starts
                    .iter()
                    .filter(|at| **at >= *first && **at < *first + window)
                    .count()
            })
            .max();
        assert_eq!(Some(sandbox.max_starts_in_window(Api::Any, window)), most);
    }
}

#[tokio::test]
async fn a_request_is_noted_with_its_headers() {
    let sandbox = start(Sandbox::builder()).await;
    let headers = [
        ("x-api-key", "k"),
        ("user-agent", "test/1"),
        ("x-other", "no"),
    ];
    send(
        &sandbox,
        Api::NewsApi,
        "GET",
        "/v2/everything?q=a%20b",
        &headers,
        "",
    )
    .await;
    let log = sandbox.log(Api::NewsApi);
    let seen = &log.requests()[0];
    assert_eq!(
        (seen.method.as_str(), &*seen.target, seen.path()),
        ("GET", "/v2/everything?q=a%20b", "/v2/everything")
    );
    assert_eq!(
        (
            seen.header("x-api-key"),
            seen.header("user-agent"),
            seen.header("x-other")
        ),
        (Some("k"), Some("test/1"), None)
    );
    assert!(seen.ended.is_some_and(|ended| ended >= seen.started) && seen.answered);
}

#[tokio::test]
async fn the_log_can_be_read_from_outside_without_being_counted() {
    let sandbox =
        start(Sandbox::builder().latency(Api::Bank, Latency::fixed(Duration::from_millis(1))))
            .await;
    get(&sandbox, Api::Bank, "/accounts").await;
    get(&sandbox, Api::Bank, "/budgets").await;
    let log = get(&sandbox, Api::Bank, "/_sandbox/log?window_ms=60000")
        .await
        .json();
    let expected = json!({
        "api": "bank", "path": null, "total": 2, "answered": 2, "http2": 0, "in_flight": 0, "peak_in_flight": 1,
        "peak_in_flight_answered": 1, "connections": 3, "window_ms": 60000, "max_starts_in_window": 2,
    });
    assert_eq!(log, expected);
    assert_eq!(
        get(&sandbox, Api::Bank, "/_sandbox/log?path=/accounts")
            .await
            .json()["total"],
        1
    );
    assert_eq!(
        send(&sandbox, Api::Bank, "POST", "/_sandbox/reset", &[], "")
            .await
            .status,
        204
    );
    assert_eq!(sandbox.log(Api::Bank).total(), 0);
}
