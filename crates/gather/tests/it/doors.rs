//! The other ways in: without async, piece by piece, without a network.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use gather::{Bytes, Client, Request, Retry, blocking};
use gather_sandbox::{Api, Fault, Latency, Sandbox};

use crate::server::{Play, Server, answer};

/// A sandbox that lives on a runtime of its own, as blocking code meets servers.
fn sandbox(latency: Duration) -> (tokio::runtime::Runtime, Sandbox) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let sandbox = runtime
        .block_on(
            Sandbox::builder()
                .latency(Api::Any, Latency::fixed(latency))
                .fault((Api::Any, "/json/13"), Fault::status(500))
                .start(),
        )
        .unwrap();
    (runtime, sandbox)
}

#[test]
fn blocking_mirrors_the_async_client() {
    let (_runtime, sandbox) = sandbox(Duration::from_millis(30));
    let base = sandbox.url(Api::Any);
    let client = blocking::Client::from_builder(
        Client::builder()
            .each_host(gather::HostLimits::in_flight(10))
            .retry(Retry::never()),
    )
    .unwrap();
    assert_eq!(client.send(format!("{base}/json/1")).unwrap().status(), 200);

    let all = client
        .gather((0..10).map(|n| format!("{base}/json/{n}")))
        .run();
    assert!(all.results.iter().all(Result::is_ok));
    assert_eq!(all.report.peak_in_flight, 10);

    let good = client
        .try_gather((0..3).map(|n| format!("{base}/json/{n}")))
        .run();
    assert_eq!(good.unwrap().len(), 3);
    let bad = client
        .try_gather([12, 13].map(|n| format!("{base}/json/{n}")))
        .run();
    assert_eq!(bad.unwrap_err().status().unwrap(), 500);

    let mut completed = client.as_completed([format!("{base}/json/1")]);
    let first = completed.next().unwrap();
    completed.push_after(first.index, format!("{base}/json/2"));
    assert_eq!(completed.next().unwrap().index, 1);
    assert!(completed.next().is_none());
    assert_eq!(completed.report().requests, 2);

    let mut download = client.download(format!("{base}/bytes/70000")).unwrap();
    assert_eq!((download.status().as_u16(), download.attempts()), (200, 1));
    let length: usize = download.by_ref().map(|piece| piece.unwrap().len()).sum();
    assert_eq!(length, 70_000);
    assert!(download.next().is_none());

    let late = client
        .gather([format!("{base}/delay/5000")])
        .deadline(Duration::from_millis(80))
        .run();
    assert!(late.results[0].as_ref().unwrap_err().is_timeout());
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn a_blocking_client_may_be_dropped_in_async_code() {
    drop(
        tokio::task::spawn_blocking(blocking::Client::new)
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn a_download_arrives_piece_by_piece_and_keeps_its_slot_until_it_is_done() {
    let sandbox = Sandbox::builder()
        .fault(
            (Api::Any, "/bytes/5000"),
            Fault::Drip {
                bytes: 500,
                every: Duration::from_millis(5),
            },
        )
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::new();
    let whole = client.send(format!("{base}/bytes/5001")).await.unwrap();
    let mut download = client.download(format!("{base}/bytes/5000")).await.unwrap();
    assert_eq!((download.status().as_u16(), download.attempts()), (200, 1));
    assert_eq!(client.in_flight(), 1);
    let (mut pieces, mut body) = (0, Vec::new());
    while let Some(piece) = download.chunk().await.unwrap() {
        assert!(!piece.is_empty());
        pieces += 1;
        body.extend_from_slice(&piece);
    }
    assert_eq!(client.in_flight(), 0);
    assert!(pieces > 1, "{pieces}");
    assert_eq!((body.len(), whole.bytes().len()), (5000, 5001));
    assert!(download.chunk().await.unwrap().is_none());

    let dropped = client.download(format!("{base}/bytes/5000")).await.unwrap();
    drop(dropped);
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn a_download_follows_redirects_retries_and_tells_what_broke() {
    let sandbox = Sandbox::builder()
        .fault((Api::Any, "/json/1"), Fault::status(503).first(1))
        .fault((Api::Any, "/bytes/9000"), Fault::Truncate)
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::new();
    let mut moved = client
        .download(format!("{base}/redirect-to?url=/json/1"))
        .await
        .unwrap();
    assert_eq!((moved.status().as_u16(), moved.attempts()), (200, 3));
    assert!(moved.chunk().await.unwrap().is_some());

    let mut broken = client.download(format!("{base}/bytes/9000")).await.unwrap();
    let error = loop {
        match broken.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a body that breaks off is never complete"),
            Err(error) => break error,
        }
    };
    assert!(error.is_truncated(), "{error:?}");
    let over = Request::get(format!("{base}/bytes/70000")).body_limit(60_000);
    assert!(
        client
            .download(over)
            .await
            .is_err_and(|error| error.is_too_large())
    );
    let missing = client.download(format!("{base}/status/404")).await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn a_test_transport_gets_everything_but_the_network() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let client = Client::builder()
        .transport(move |request: http::Request<Bytes>| {
            let nth = count.fetch_add(1, Ordering::SeqCst);
            async move {
                let path = request.uri().path();
                if nth == 0 {
                    return Err(io::ErrorKind::ConnectionRefused.into());
                }
                if path == "/old" {
                    let moved = http::Response::builder()
                        .status(302)
                        .header("location", "/new");
                    return Ok(moved.body(Bytes::new()).unwrap());
                }
                assert_eq!(request.headers()["authorization"], "Bearer t");
                Ok(http::Response::new(Bytes::from(format!("{path} {nth}"))))
            }
        })
        .build()
        .unwrap();
    let request = Request::get("https://api.example/old").bearer("t");
    let answers = client.gather([request]).await;
    let response = answers.results[0].as_ref().unwrap();
    assert_eq!(response.text(), "/new 2");
    assert_eq!((response.attempts(), answers.report.attempts), (3, 3));
}

#[tokio::test]
async fn case_18_a_page_where_json_was_due_is_a_named_failure() {
    let server = Server::start(|_, _| {
        Play::Send(answer(
            "200 OK",
            "content-type: text/html\r\n",
            "<!DOCTYPE html><title>Sign in to HotelNet</title>",
        ))
    })
    .await;
    let response = Client::new().send(server.url("/")).await.unwrap();
    let error = response.json::<serde_json::Value>().unwrap_err();
    assert!(error.is_decode());
    assert!(error.to_string().contains("HTML"), "{error}");
}

#[tokio::test]
async fn case_19_an_empty_body_is_an_answer() {
    let server = Server::start(|nth, _| {
        Play::Send(match nth {
            0 => answer("200 OK", "content-type: application/json\r\n", ""),
            _ => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        })
    })
    .await;
    let client = Client::new();
    for status in [200, 204] {
        let response = client.send(server.url("/")).await.unwrap();
        assert_eq!(response.status(), status);
        assert!(response.bytes().is_empty());
    }
}
