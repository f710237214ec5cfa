//! Those who send too much, too slowly, or nothing.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::world::{Setting, World};

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let world = World::new().await;
    let many: String = (0..200).map(|n| format!("X-{n}: a\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "a".repeat(100_000));
    let endless = format!("X: {}", "a".repeat(200_000));
    for headers in [many, long, endless] {
        let request = format!("GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n");
        let answer = world.raw(request.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 431 ") || answer.is_empty(),
            "{answer}"
        );
    }
    assert_eq!(world.browser().get("/healthz").await.text, "well\n");
}

#[tokio::test]
async fn a_flood_of_body_is_refused() {
    let world = World::new().await;
    let mut browser = world.browser();
    let long = "a".repeat(100_000);
    let answer = browser.post("/login", &[("name", &long)]).await;
    assert_eq!(answer.status, http::StatusCode::PAYLOAD_TOO_LARGE);
    // One that does not say how long it will be.
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n",
        world.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut sent = 0;
    let piece = format!("2000\r\n{}\r\n", "a".repeat(0x2000));
    while sent < 1_000_000 && stream.write_all(piece.as_bytes()).await.is_ok() {
        sent += 0x2000;
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.starts_with("HTTP/1.1 413 ") || answer.is_empty(),
        "{answer}"
    );
}

#[tokio::test]
async fn slow_headers_do_not_hold_a_connection_for_ever() {
    let world = World::new().await;
    let begun = Instant::now();
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream
        .write_all(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let ended =
        tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await;
    assert!(
        ended.is_ok(),
        "it is still open after {:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn more_connections_than_may_be_keep_nobody_out_who_was_in() {
    let world = World::new().await;
    let mut browser = world.signed_in("ana").await;
    let mut idle = Vec::new();
    for _ in 0..900 {
        idle.push(TcpStream::connect(world.address).await.unwrap());
    }
    assert_eq!(browser.get("/healthz").await.text, "well\n");
    assert_eq!(world.browser().get("/healthz").await.text, "well\n");
}

#[tokio::test]
async fn what_is_no_http_is_no_matter() {
    let world = World::new().await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0\0\0\0\0",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense that is no frame at all",
    ] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{bytes:?}");
    }
    assert_eq!(world.browser().get("/healthz").await.text, "well\n");
}

#[tokio::test]
async fn it_stops_within_seconds_though_somebody_holds_on() {
    let mut world = World::with(Setting::default()).await;
    let _idle = TcpStream::connect(world.address).await.unwrap();
    let mut halfway = TcpStream::connect(world.address).await.unwrap();
    halfway
        .write_all(b"GET /login HTTP/1.1\r\nHost: ")
        .await
        .unwrap();
    let begun = Instant::now();
    world.stop().await;
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    assert!(TcpStream::connect(world.address).await.is_err());
}
