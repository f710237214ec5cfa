//! What a client remembers of its hosts: breakers, budgets, equal requests, private addresses.

use std::time::Duration;

use gather::{CircuitBreaker, Client, ManualClock, Request, Retry, RetryBudget};
use gather_sandbox::{Api, Fault, Latency, Sandbox};

use crate::server::{Play, Server, answer};

fn breaker(failures: u32) -> CircuitBreaker {
    let mut breaker = CircuitBreaker::default();
    breaker.failures = failures;
    breaker
}

#[tokio::test]
async fn a_host_that_keeps_failing_is_left_alone_then_probed_once() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::status(500))
        .start()
        .await
        .unwrap();
    let time = ManualClock::new();
    let client = Client::builder()
        .clock(time.clock())
        .retry(Retry::never())
        .circuit_breaker(breaker(4))
        .build()
        .unwrap();
    let url = |n: usize| format!("{}/json/{n}", sandbox.url(Api::Any));
    for n in 0..4 {
        assert_eq!(client.send(url(n)).await.unwrap().status(), 500);
    }
    let error = client.send(url(5)).await.unwrap_err();
    assert!(error.is_circuit_open() && error.is_transient(), "{error:?}");
    assert_eq!(
        error.retry_at().unwrap(),
        time.clock().wall() + Duration::from_secs(10)
    );
    // Other hosts are asked as ever.
    assert!(
        client
            .send(format!("{}/rss.xml", sandbox.url(Api::Feeds)))
            .await
            .is_ok()
    );
    assert_eq!(sandbox.log(Api::Any).total(), 4);

    // The first probe fails: twice the pause. Only one request is the probe.
    time.advance(Duration::from_secs(10));
    assert_eq!(client.send(url(6)).await.unwrap().status(), 500);
    assert!(client.send(url(7)).await.unwrap_err().is_circuit_open());
    time.advance(Duration::from_secs(19));
    assert!(client.send(url(8)).await.unwrap_err().is_circuit_open());
    assert_eq!(sandbox.log(Api::Any).total(), 5);

    sandbox.clear_fault(Api::Any).await.unwrap();
    time.advance(Duration::from_secs(1));
    assert_eq!(client.send(url(9)).await.unwrap().status(), 200);
    assert_eq!(client.send(url(10)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn what_waits_in_the_queue_of_a_broken_host_fails_without_being_sent() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::Refuse)
        .start()
        .await
        .unwrap();
    let client = Client::builder()
        .retry(Retry::never())
        .circuit_breaker(breaker(10))
        .build()
        .unwrap();
    let answers = client
        .gather((0..100).map(|n| format!("{}/json/{n}", sandbox.url(Api::Any))))
        .await;
    let refused = answers
        .results
        .iter()
        .filter(|r| r.as_ref().is_err_and(gather::Error::is_refused));
    let spared = answers
        .results
        .iter()
        .filter(|r| r.as_ref().is_err_and(gather::Error::is_circuit_open));
    let (refused, spared) = (refused.count(), spared.count());
    assert_eq!(refused + spared, 100);
    assert!(
        (10..=15).contains(&refused),
        "{refused}: ten, and those that were on their way"
    );
}

#[tokio::test]
async fn an_answer_that_is_no_fault_of_the_host_keeps_the_breaker_closed() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let client = Client::builder()
        .circuit_breaker(breaker(2))
        .build()
        .unwrap();
    for status in [404, 401, 403, 410, 404, 400] {
        let url = format!("{}/status/{status}", sandbox.url(Api::Any));
        assert_eq!(client.send(url).await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn retries_stay_a_share_of_the_load_when_a_host_is_down() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::status(503))
        .start()
        .await
        .unwrap();
    let mut budget = RetryBudget::default();
    (budget.share, budget.reserve) = (0.2, 5.0);
    let mut retry = Retry::up_to(4);
    retry.base = Duration::from_millis(1);
    let client = Client::builder()
        .circuit_breaker(CircuitBreaker::never())
        .retry_budget(budget)
        .retry(retry)
        .build()
        .unwrap();
    let answers = client
        .gather((0..100).map(|n| format!("{}/json/{n}", sandbox.url(Api::Any))))
        .await;
    assert!(
        answers
            .results
            .iter()
            .all(|result| result.as_ref().unwrap().status() == 503)
    );
    let total = sandbox.log(Api::Any).total();
    // 5 in reserve and a fifth of a hundred, instead of 300.
    assert!((105..=125).contains(&total), "{total}");
}

#[tokio::test]
async fn equal_requests_under_way_at_the_same_time_are_one() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(50)))
        .start()
        .await
        .unwrap();
    let url = format!("{}/json/1", sandbox.url(Api::Any));
    let client = Client::new();
    let same: Vec<Request> = (0..10).map(|_| Request::get(&url)).collect();
    let answers = client.gather(same.clone()).await;
    let body = answers.results[0].as_ref().unwrap().bytes().clone();
    for result in &answers.results {
        assert_eq!(result.as_ref().unwrap().bytes(), &body);
    }
    assert_eq!(sandbox.log(Api::Any).total(), 1);
    assert_eq!((answers.report.requests, answers.report.attempts), (10, 1));
    assert!(
        answers.report.one_by_one >= Duration::from_millis(500),
        "{:?}",
        answers.report.one_by_one
    );
    // One after the other is not at the same time; other headers and other methods are not equal.
    client.send(&url).await.unwrap();
    assert_eq!(sandbox.log(Api::Any).total(), 2);
    let different = [
        Request::get(&url),
        Request::get(&url).header("x", "1"),
        Request::post(&url),
        Request::get(&url).retry(Retry::never()),
    ];
    client.gather(different).await;
    assert_eq!(sandbox.log(Api::Any).total(), 6);
    let apart = Client::builder().single_flight(false).build().unwrap();
    apart.gather(same).await;
    assert_eq!(sandbox.log(Api::Any).total(), 16);
}

#[tokio::test]
async fn who_follows_a_request_that_is_dropped_takes_over() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(80)))
        .start()
        .await
        .unwrap();
    let url = format!("{}/json/1", sandbox.url(Api::Any));
    let client = Client::new();
    let lead = tokio::time::timeout(Duration::from_millis(30), client.send(&url));
    let follow = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        client.send(&url).await
    };
    let (lead, follow) = tokio::join!(lead, follow);
    assert!(lead.is_err(), "dropped");
    assert_eq!(follow.unwrap().status(), 200);
    assert_eq!(sandbox.log(Api::Any).total(), 2);
}

#[tokio::test]
async fn an_equal_request_that_nobody_polls_any_more_is_not_waited_for_for_ever() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let url = format!("{}/json/1", sandbox.url(Api::Any));
    let mut timeouts = gather::Timeouts::default();
    timeouts.total = Duration::from_millis(200);
    let client = Client::builder().timeouts(timeouts).build().unwrap();
    let mut forgotten = Box::pin(client.send(&url));
    let once = std::future::poll_fn(|cx| {
        let _ = forgotten.as_mut().poll(cx);
        std::task::Poll::Ready(())
    });
    once.await;
    let response = client.send(&url).await.unwrap();
    assert_eq!(response.status(), 200);
    drop(forgotten);
}

#[tokio::test]
async fn case_28_an_address_from_elsewhere_does_not_lead_into_a_private_network() {
    let server = Server::start(|_, _| Play::Send(answer("200 OK", "", "secret"))).await;
    let client = Client::new();
    // Named by the operator: fine, and the connection stays open.
    assert!(client.send(server.url("/")).await.is_ok());
    let port = server.addr.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::ffff:127.0.0.1]",
        "0x7f.1",
        "2130706433",
    ] {
        let request = Request::get(format!("http://{host}:{port}/")).guarded();
        let error = client.send(request).await.unwrap_err();
        assert!(error.is_private_address(), "{host}: {error:?}");
        assert!(!error.is_transient());
    }
    assert_eq!(server.heads().len(), 1);
}
