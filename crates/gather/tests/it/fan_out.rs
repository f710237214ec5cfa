use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use gather::{Client, EventKind, Host, HostLimits, Request, Url};
use gather_sandbox::{Api, Fault, Latency, Sandbox};

#[tokio::test]
async fn results_come_in_the_order_asked_whatever_the_order_of_arrival() {
    let sandbox = Sandbox::builder()
        .latency(
            Api::Any,
            Latency::uniform(Duration::ZERO, Duration::from_millis(30)),
        )
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let answers = Client::new()
        .gather((0..40).map(|n| format!("{base}/json/{n}")))
        .await;
    assert_eq!(answers.report.requests, 40);
    for (n, result) in answers.into_iter().enumerate() {
        let value: serde_json::Value = result.unwrap().json().unwrap();
        assert_eq!(value["id"], n, "{value}");
    }
}

#[tokio::test]
async fn case_41_one_failure_leaves_the_others_complete() {
    let sandbox = Sandbox::builder()
        .fault((Api::Any, "/json/3"), Fault::Truncate)
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let answers = Client::new()
        .gather(
            (0..10).map(|n| Request::get(format!("{base}/json/{n}")).retry(gather::Retry::never())),
        )
        .await;
    assert_eq!(answers.report.failed, 1);
    for (n, result) in answers.results.iter().enumerate() {
        match result {
            Ok(response) => assert_eq!(response.status(), 200),
            Err(error) => {
                assert_eq!(n, 3);
                assert!(error.is_truncated(), "{error:?}");
                assert!(error.url().unwrap().ends_with("/json/3"));
            }
        }
    }
    assert_eq!(
        answers
            .results
            .iter()
            .filter(|result| result.is_ok())
            .count(),
        9
    );
}

#[tokio::test]
async fn as_completed_hands_results_out_as_they_come_and_takes_more() {
    let sandbox = Sandbox::builder()
        .latency(
            (Api::Any, "/json/0"),
            Latency::fixed(Duration::from_millis(300)),
        )
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::new();
    let mut fan_out = client.as_completed([format!("{base}/json/0"), format!("{base}/json/1")]);
    let first = fan_out.next().await.unwrap();
    assert_eq!(first.index, 1);
    let followed = fan_out.push_after(first.index, format!("{base}/json/2"));
    assert_eq!(followed, 2);
    assert_eq!(fan_out.next().await.unwrap().index, 2);
    assert_eq!(fan_out.next().await.unwrap().index, 0);
    assert!(fan_out.next().await.is_none());
    let last = fan_out.push(format!("{base}/json/4"));
    assert_eq!(fan_out.next().await.unwrap().index, last);
    assert!(fan_out.next().await.is_none());
    let report = fan_out.report();
    assert_eq!((report.requests, report.failed, report.attempts), (4, 0, 4));
    assert_eq!(report.chain, [0], "the slow one is the longest chain");
}

#[tokio::test]
async fn try_gather_gives_all_answers_or_the_first_failure_and_cancels_the_rest() {
    let sandbox = Sandbox::builder()
        .fault((Api::Any, "/bytes/7"), Fault::Hang)
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::new();
    let all = client
        .try_gather([format!("{base}/json/1"), format!("{base}/json/2")])
        .await
        .unwrap();
    assert_eq!(all.len(), 2);

    let error = client
        .try_gather([format!("{base}/bytes/7"), format!("{base}/status/404")])
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    while client.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_empty_fan_out_is_done_at_once() {
    let client = Client::new();
    let answers = client.gather(Vec::<Request>::new()).await;
    assert!(answers.results.is_empty());
    assert_eq!(answers.report.attempts, 0);
    assert!(
        client
            .try_gather(Vec::<Request>::new())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_is_a_result_like_any_other() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let good = format!("{}/json/1", sandbox.url(Api::Any));
    let requests = [
        Request::get("not an address?key=hunter2"),
        Request::get("ftp://h.example/"),
        Request::get(&good).header("bad name", "x"),
        Request::get(&good).header("x", "a\nb"),
        Request::get(&good).quota("nobody-declared-this"),
        Request::get(&good),
    ];
    let answers = Client::new().gather(requests).await;
    for result in &answers.results[..5] {
        let error = result.as_ref().unwrap_err();
        assert!(error.is_request(), "{error:?}");
        assert_eq!(error.attempts(), 0);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    assert!(answers.results[5].is_ok());
    assert_eq!(sandbox.log(Api::Any).total(), 1);
}

#[tokio::test]
async fn limit_bounds_what_one_fan_out_has_under_way() {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(10)))
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let host = Host::of(&Url::parse(&base).unwrap()).unwrap();
    let client = Client::builder()
        .host(host, HostLimits::in_flight(50))
        .build()
        .unwrap();
    let answers = client
        .gather((0..30).map(|n| format!("{base}/json/{n}")))
        .limit(3)
        .await;
    assert!(answers.results.iter().all(Result::is_ok));
    assert_eq!(sandbox.log(Api::Any).peak_in_flight(), 3);
    assert_eq!(answers.report.peak_in_flight, 3);
}

#[tokio::test]
async fn events_tell_the_course_of_every_request_in_order() {
    let sandbox = Sandbox::builder()
        .fault((Api::Any, "/json/1"), Fault::status(503).first(1))
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let answers = Client::new()
        .gather([
            format!("{base}/json/1"),
            format!("{base}/redirect/1"),
            "nowhere".to_owned(),
        ])
        .on_event(move |event| heard.lock().unwrap().push(event))
        .await;
    let words = |request: usize| -> Vec<&'static str> {
        let events = events.lock().unwrap();
        events
            .iter()
            .filter(|event| event.request == request)
            .map(|event| match event.kind {
                EventKind::Queued => "queued",
                EventKind::Started { .. } => "started",
                EventKind::FirstByte { .. } => "first byte",
                EventKind::Redirected => "redirected",
                EventKind::Retrying { .. } => "retrying",
                EventKind::Done { .. } => "done",
                EventKind::Failed { .. } => "failed",
                _ => "other",
            })
            .collect()
    };
    let one = ["started", "first byte"];
    assert_eq!(
        words(0),
        [&["queued"], &one[..], &["retrying"], &one, &["done"]].concat()
    );
    assert_eq!(
        words(1),
        [&["queued"], &one[..], &["redirected"], &one, &["done"]].concat()
    );
    assert_eq!(words(2), ["queued", "failed"]);
    assert_eq!(answers.results[0].as_ref().unwrap().attempts(), 2);
    let timeline = &answers.report.timeline;
    assert_eq!(timeline.len(), 4);
    assert!(timeline.iter().all(|attempt| {
        let sent = attempt.sent.unwrap();
        attempt.started <= sent
            && sent <= attempt.first_byte.unwrap()
            && attempt.first_byte.unwrap() <= attempt.ended
    }));
}
