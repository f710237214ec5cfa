//! Traces for a collector of OpenTelemetry; only in a build with the feature `otel`, which `cargo xtask test` makes too.
#![cfg(all(unix, feature = "otel"))]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
};

use crate::{serve::Served, world::World};

#[test]
fn a_collector_is_sent_the_runs() {
    let world = World::new(|sandbox| sandbox);
    let collector = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    let mut served = Served::start_with(
        &world.home,
        &["serve", "--listen", "127.0.0.1:0"],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );
    served.line("ended");
    // What is waiting is sent at the end, if not before.
    let stopped = std::thread::spawn(move || served.stop());
    let (mut stream, _) = collector.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    let mut body = vec![0; length.unwrap()];
    reader.read_exact(&mut body).unwrap();
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .unwrap();
    drop((stream, reader, collector));
    let sent = String::from_utf8_lossy(&body);
    assert!(sent.contains("gather") && sent.contains("run"), "{sent}");
    assert!(!sent.contains("k-123"), "no secret is in it");
    let (code, said) = stopped.join().unwrap();
    assert_eq!(code, 0, "{said}");
}
