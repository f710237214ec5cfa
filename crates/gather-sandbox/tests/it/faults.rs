//! Each fault, as a client meets it.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use gather_sandbox::{Api, Fault, FaultRule, Latency, Sandbox};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::client::{LONG, exchange, get, parse, request, start};

async fn with(fault: impl Into<FaultRule>) -> Sandbox {
    start(Sandbox::builder().fault(Api::Any, fault)).await
}

/// Asks, reads until `end` has come, and makes sure that nothing more does while the connection stays open.
async fn stuck_after(sandbox: &Sandbox, end: &[u8]) -> (Vec<u8>, TcpStream) {
    let mut stream = TcpStream::connect(sandbox.addr(Api::Any))
        .await
        .expect("it listens");
    let ask = request("GET", "/json/1", &[], "");
    stream.write_all(ask.as_bytes()).await.expect("it reads");
    let mut bytes = Vec::new();
    let arrival = timeout(LONG, async {
        while !bytes.ends_with(end) {
            bytes.push(stream.read_u8().await.expect("it goes on"));
        }
        while sandbox.log(Api::Any).total() == 0 {
            tokio::task::yield_now().await;
        }
    });
    arrival.await.expect("the beginning comes");
    let more = timeout(Duration::from_millis(100), stream.read_u8()).await;
    assert!(more.is_err(), "the connection stays open and silent");
    (bytes, stream)
}

#[tokio::test]
async fn refuse_closes_the_port_and_its_connections_until_it_is_cleared() {
    let sandbox = start(Sandbox::builder()).await;
    let mut pooled = TcpStream::connect(sandbox.addr(Api::Any)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(get(&sandbox, Api::Any, "/json/1").await.status, 200);
        sandbox.set_fault(Api::Any, Fault::Refuse).await.unwrap();
        let (_, result) = exchange(sandbox.addr(Api::Any), "").await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert_eq!(
            get(&sandbox, Api::Bank, "/accounts").await.status,
            200,
            "the other hosts go on"
        );
        sandbox.clear_fault(Api::Any).await.unwrap();
    }
    let mut byte = [0];
    let ended = timeout(LONG, pooled.read(&mut byte)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    assert_eq!(get(&sandbox, Api::Any, "/json/1").await.status, 200);
}

#[tokio::test]
async fn refuse_from_the_start_ends_when_another_fault_is_set() {
    let sandbox = with(Fault::Refuse).await;
    let (_, result) = exchange(sandbox.addr(Api::Any), "").await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    sandbox
        .set_fault(Api::Any, Fault::status(503))
        .await
        .unwrap();
    assert_eq!(get(&sandbox, Api::Any, "/json/1").await.status, 503);
}

#[tokio::test]
async fn refuse_is_for_a_whole_api_and_lasts() {
    let rules = [
        Sandbox::builder().fault((Api::Any, "/json/1"), Fault::Refuse),
        Sandbox::builder().fault(Api::Any, Fault::Refuse.first(2)),
        Sandbox::builder().fault(Api::Any, Fault::status(99)),
        Sandbox::builder().fault(Api::Any, Fault::status(503).header("bad name", "x")),
        Sandbox::builder().fault((Api::Any, "json"), Fault::Hang),
        Sandbox::builder().latency((Api::Any, "/json?x=1"), Latency::NONE),
    ];
    for rule in rules {
        assert_eq!(
            rule.start().await.unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
}

#[tokio::test]
async fn hang_reads_and_never_answers() {
    let sandbox = with(Fault::Hang).await;
    let (_, stream) = stuck_after(&sandbox, b"").await;
    let log = sandbox.log(Api::Any);
    assert_eq!((log.total(), log.in_flight()), (1, 1));
    drop(stream);
    // The server notices that the client has gone.
    let gone = timeout(LONG, async {
        while sandbox.log(Api::Any).in_flight() > 0 {
            tokio::task::yield_now().await;
        }
    });
    gone.await.unwrap();
    assert!(!sandbox.log(Api::Any).requests()[0].answered);
}

#[tokio::test]
async fn hang_after_headers_promises_a_body_that_never_comes() {
    let sandbox = with(Fault::HangAfterHeaders).await;
    let (bytes, _stream) = stuck_after(&sandbox, b"\r\n\r\n").await;
    let reply = parse(&bytes);
    assert_eq!((reply.status, reply.body.len()), (200, 0));
    assert!(reply.header("content-length").parse::<u32>().unwrap() > 0);
}

#[tokio::test]
async fn drip_and_slow_headers_bring_everything_in_pieces() {
    let every = Duration::from_millis(5);
    let whole = get(&start(Sandbox::builder()).await, Api::Any, "/json/1").await;
    for fault in [
        Fault::Drip { bytes: 4, every },
        Fault::SlowHeaders { bytes: 10, every },
    ] {
        let sandbox = with(fault.clone()).await;
        let begun = Instant::now();
        let reply = get(&sandbox, Api::Any, "/json/1").await;
        assert_eq!((reply.status, &reply.body), (200, &whole.body), "{fault:?}");
        assert!(
            begun.elapsed() >= every * 7,
            "{fault:?} took {:?}",
            begun.elapsed()
        );
        assert!(sandbox.log(Api::Any).requests()[0].answered);
    }
}

#[tokio::test]
async fn drip_sends_its_headers_at_once() {
    let sandbox = with(Fault::Drip {
        bytes: 1,
        every: Duration::from_secs(3600),
    })
    .await;
    let (bytes, _stream) = stuck_after(&sandbox, b"{").await;
    assert_eq!(parse(&bytes).status, 200);
}

#[tokio::test]
async fn slow_headers_do_not_even_finish_the_status_line() {
    let sandbox = with(Fault::SlowHeaders {
        bytes: 2,
        every: Duration::from_secs(3600),
    })
    .await;
    assert_eq!(stuck_after(&sandbox, b"T").await.0, b"HT");
}

#[tokio::test]
async fn truncate_sends_half_of_what_it_promised() {
    let sandbox = with(Fault::Truncate).await;
    for n in [1, 1000, 100_000] {
        let (bytes, _) = exchange(
            sandbox.addr(Api::Any),
            &request("GET", &format!("/bytes/{n}"), &[], ""),
        )
        .await;
        let reply = parse(&bytes);
        assert_eq!(
            (reply.header("content-length"), reply.body.len()),
            (n.to_string().as_str(), n / 2)
        );
    }
    assert!(
        sandbox
            .log(Api::Any)
            .requests()
            .iter()
            .all(|seen| !seen.answered)
    );
}

#[tokio::test]
async fn reset_and_close_end_the_connection_in_two_ways() {
    let ask = request("GET", "/json/1", &[], "");
    let (bytes, result) = exchange(with(Fault::Reset).await.addr(Api::Any), &ask).await;
    assert_eq!(
        (bytes.len(), result.unwrap_err().kind()),
        (0, ErrorKind::ConnectionReset)
    );
    let (bytes, result) = exchange(with(Fault::Close).await.addr(Api::Any), &ask).await;
    assert!(bytes.is_empty() && result.is_ok());
}

#[tokio::test]
async fn garbage_html_and_empty_pretend_to_be_well() {
    let garbage = get(&with(Fault::Garbage).await, Api::Any, "/json/1").await;
    assert_eq!(
        (garbage.status, garbage.header("content-type")),
        (200, "application/json")
    );
    assert!(serde_json::from_slice::<serde_json::Value>(&garbage.body).is_err());
    let portal = get(&with(Fault::Html).await, Api::Any, "/json/1").await;
    assert_eq!(
        (portal.status, portal.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(portal.text().contains("Please log in"));
    let empty = get(&with(Fault::Empty).await, Api::Any, "/json/1").await;
    assert_eq!((empty.status, empty.header("content-length")), (200, "0"));
}

#[tokio::test]
async fn a_status_comes_with_retry_after_in_the_shape_of_its_api() {
    let fault = Fault::status(429)
        .retry_after("7")
        .header("date", "Fri, 20 Nov 2026 09:10:00 GMT");
    let sandbox = start(
        Sandbox::builder()
            .fault(Api::NewsApi, fault.clone())
            .fault(Api::Guardian, fault),
    )
    .await;
    let news = get(&sandbox, Api::NewsApi, "/v2/everything").await;
    assert_eq!((news.status, news.header("retry-after")), (429, "7"));
    assert_eq!(news.header("date"), "Fri, 20 Nov 2026 09:10:00 GMT");
    assert_eq!(news.json()["code"], "rateLimited");
    assert!(get(&sandbox, Api::Guardian, "/search").await.json()["message"].is_string());
}

#[tokio::test]
async fn first_and_every_strike_by_count_and_per_route() {
    let sandbox = start(
        Sandbox::builder()
            .fault(
                (Api::Any, "/json/*"),
                Fault::status(503).retry_after("0").first(2),
            )
            .fault((Api::Any, "/bytes/1"), Fault::status(500).every(3)),
    )
    .await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let json = get(&sandbox, Api::Any, "/json/1").await.status;
        statuses.push((json, get(&sandbox, Api::Any, "/bytes/1").await.status));
    }
    assert_eq!(
        statuses,
        [
            (503, 200),
            (503, 200),
            (200, 500),
            (200, 200),
            (200, 200),
            (200, 500)
        ]
    );
    sandbox
        .set_fault((Api::Any, "/json/*"), Fault::status(502).first(1))
        .await
        .unwrap();
    assert_eq!(get(&sandbox, Api::Any, "/json/1").await.status, 502);
    assert_eq!(get(&sandbox, Api::Any, "/json/1").await.status, 200);
}

#[tokio::test]
async fn latency_is_per_route_and_can_change() {
    let slow = Duration::from_millis(120);
    let sandbox =
        start(Sandbox::builder().latency((Api::Any, "/json/*"), Latency::fixed(slow))).await;
    let begun = Instant::now();
    get(&sandbox, Api::Any, "/json/1").await;
    assert!(begun.elapsed() >= slow);
    sandbox
        .set_latency((Api::Any, "/json/*"), Latency::NONE)
        .unwrap();
    sandbox
        .set_latency(
            (Api::Any, "/bytes/*"),
            Latency::fixed(Duration::from_secs(3600)),
        )
        .unwrap();
    assert_eq!(get(&sandbox, Api::Any, "/json/1").await.status, 200);
    let waiting = timeout(
        Duration::from_millis(150),
        get(&sandbox, Api::Any, "/bytes/1"),
    )
    .await;
    assert!(waiting.is_err());
}

#[tokio::test]
async fn stop_closes_everything() {
    let sandbox = with(Fault::Hang).await;
    let addr = sandbox.addr(Api::Any);
    let (_, mut stream) = stuck_after(&sandbox, b"").await;
    sandbox.stop().await;
    let mut byte = [0];
    let ended = timeout(LONG, stream.read(&mut byte)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    assert_eq!(
        exchange(addr, "").await.1.unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
}
