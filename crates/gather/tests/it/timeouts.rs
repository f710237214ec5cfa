//! Each timeout by its own kind. Waits are short and real where a socket has to be silent.

use std::time::Duration;

use gather::{Client, Request, Retry, TimeoutKind, Timeouts};
use gather_sandbox::{Api, Fault, Latency, Sandbox};

const SHORT: Duration = Duration::from_millis(120);

fn client(change: impl FnOnce(&mut Timeouts)) -> Client {
    let mut timeouts = Timeouts::default();
    change(&mut timeouts);
    Client::builder()
        .timeouts(timeouts)
        .retry(Retry::never())
        .build()
        .unwrap()
}

async fn kind(client: &Client, url: String) -> TimeoutKind {
    let error = client.send(url).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    error.timeout().unwrap().0
}

#[tokio::test]
async fn case_26_a_server_that_never_answers_is_a_first_byte_timeout() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::Hang)
        .start()
        .await
        .unwrap();
    let client = client(|timeouts| timeouts.first_byte = SHORT);
    let url = format!("{}/json/1", sandbox.url(Api::Any));
    assert_eq!(kind(&client, url).await, TimeoutKind::FirstByte);
}

#[tokio::test]
async fn a_body_that_stalls_is_a_between_bytes_timeout() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::HangAfterHeaders)
        .start()
        .await
        .unwrap();
    let client = client(|timeouts| timeouts.between_bytes = SHORT);
    let url = format!("{}/bytes/5000", sandbox.url(Api::Any));
    assert_eq!(kind(&client, url).await, TimeoutKind::BetweenBytes);
}

#[tokio::test]
async fn case_24_a_drip_is_cut_by_the_attempts_own_timeout() {
    let drip = Fault::Drip {
        bytes: 1,
        every: Duration::from_millis(20),
    };
    let sandbox = Sandbox::builder()
        .fault(Api::Any, drip)
        .start()
        .await
        .unwrap();
    let url = || format!("{}/bytes/5000", sandbox.url(Api::Any));
    let patient = client(|timeouts| {
        timeouts.attempt = SHORT;
        timeouts.between_bytes = Duration::from_secs(5);
    });
    assert_eq!(kind(&patient, url()).await, TimeoutKind::Attempt);
    let overall = client(|timeouts| timeouts.total = SHORT);
    assert_eq!(kind(&overall, url()).await, TimeoutKind::Total);
}

#[tokio::test]
async fn case_25_a_slow_answer_that_makes_progress_succeeds() {
    let drip = Fault::Drip {
        bytes: 100,
        every: Duration::from_millis(10),
    };
    let sandbox = Sandbox::builder()
        .fault(Api::Any, drip)
        .start()
        .await
        .unwrap();
    let client = client(|timeouts| timeouts.between_bytes = Duration::from_secs(2));
    let url = format!("{}/bytes/3000", sandbox.url(Api::Any));
    assert_eq!(client.send(url).await.unwrap().bytes().len(), 3000);
}

#[tokio::test]
async fn case_48_the_deadline_keeps_what_came_and_names_what_did_not() {
    let sandbox = Sandbox::builder()
        .fault((Api::Any, "/json/2"), Fault::Hang)
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::new();
    let answers = client
        .gather((0..4).map(|n| format!("{base}/json/{n}")))
        .deadline(Duration::from_millis(300))
        .await;
    for (n, result) in answers.results.iter().enumerate() {
        match result {
            Ok(_) => assert_ne!(n, 2),
            Err(error) => {
                assert_eq!((n, error.timeout().unwrap().0), (2, TimeoutKind::Deadline));
            }
        }
    }
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn the_deadline_bounds_the_wait_for_a_slot_too() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::Hang)
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::builder()
        .each_host(gather::HostLimits::in_flight(1))
        .build()
        .unwrap();
    let answers = client
        .gather((0..3).map(|n| format!("{base}/json/{n}")))
        .deadline(SHORT)
        .await;
    let attempts: u32 = answers
        .results
        .iter()
        .map(|result| result.as_ref().unwrap_err().attempts())
        .sum();
    assert_eq!(attempts, 1, "two never left the queue");
    assert_eq!(sandbox.log(Api::Any).total(), 1);
}

#[tokio::test]
async fn waiting_for_a_slot_is_no_part_of_a_requests_own_time() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(60)))
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let mut timeouts = Timeouts::default();
    timeouts.total = Duration::from_millis(600);
    let client = Client::builder()
        .each_host(gather::HostLimits::in_flight(1))
        .timeouts(timeouts)
        .build()
        .unwrap();
    // Together they take twice the total of one.
    let answers = client
        .gather((0..20).map(|n| format!("{base}/json/{n}")))
        .await;
    assert!(answers.results.iter().all(Result::is_ok));
    assert!(answers.report.waits.host > Duration::from_millis(600));
}

#[tokio::test]
async fn case_26_refused_and_unknown_names_are_named_failures() {
    let sandbox = Sandbox::builder()
        .fault(Api::Any, Fault::Refuse)
        .start()
        .await
        .unwrap();
    let client = client(|_| {});
    let refused = client
        .send(format!("{}/x", sandbox.url(Api::Any)))
        .await
        .unwrap_err();
    assert!(refused.is_refused() && refused.is_connect(), "{refused:?}");
    // RFC 6761: names under `invalid` never resolve.
    let unknown = client
        .send(Request::get("http://nowhere.invalid/x?token=hunter2"))
        .await
        .unwrap_err();
    assert!(unknown.is_dns() && unknown.is_connect(), "{unknown:?}");
    assert!(!format!("{unknown:?}{unknown}").contains("hunter2"));
}

#[tokio::test]
async fn case_26_a_server_without_tls_is_a_named_failure() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let url = sandbox.url(Api::Any).replace("http://", "https://");
    let error = client(|_| {}).send(format!("{url}/x")).await.unwrap_err();
    assert!(error.is_tls() && error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn case_26_a_reset_and_a_close_before_the_answer_are_named_failures() {
    for fault in [Fault::Reset, Fault::Close] {
        let sandbox = Sandbox::builder()
            .fault(Api::Any, fault.clone())
            .start()
            .await
            .unwrap();
        let url = format!("{}/json/1", sandbox.url(Api::Any));
        let error = client(|_| {}).send(url).await.unwrap_err();
        assert!(
            error.is_closed() && error.is_transient(),
            "{fault:?}: {error:?}"
        );
        assert!(!error.is_truncated() && !error.is_connect() && !error.is_timeout());
    }
}

#[tokio::test]
async fn case_27_an_address_that_cannot_be_reached_is_a_named_failure() {
    // Reserved for documentation (RFC 3849): nobody is there, and many machines have no IPv6 at all.
    let client = client(|timeouts| timeouts.connect = SHORT);
    let error = client.send("http://[2001:db8::1]/").await.unwrap_err();
    assert!(error.is_connect() && !error.is_dns(), "{error:?}");
    assert!(error.is_transient());
}
