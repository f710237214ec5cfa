//! The sandbox as a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use gather_sandbox::Api;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::client::{exchange, parse, request};
use crate::secure::handshake;

const PROGRAM: &str = env!("CARGO_BIN_EXE_gather-sandbox");

#[tokio::test]
async fn it_says_where_it_listens_and_ends_with_its_input() {
    let mut child = Command::new(PROGRAM)
        .args([
            "--seed",
            "9",
            "--latency",
            "bank=1",
            "--fault=bank/accounts=503:4@first1",
            "--key",
            "bank=t",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let urls: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(urls.as_object().unwrap().len(), Api::ALL.len());
    assert!(urls["hackernews"].as_str().unwrap().ends_with("/v0"));
    let addr: SocketAddr = urls["bank"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let ask = request("GET", "/accounts", &[("authorization", "Bearer t")], "");
    let first = parse(&exchange(addr, &ask).await.0);
    assert_eq!((first.status, first.header("retry-after")), (503, "4"));
    assert_eq!(parse(&exchange(addr, &ask).await.0).status, 200);
    let log = parse(
        &exchange(addr, &request("GET", "/_sandbox/log", &[], ""))
            .await
            .0,
    )
    .json();
    assert_eq!(log["total"], 2);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[tokio::test]
async fn with_tls_it_also_prints_the_https_bases_and_what_to_trust() {
    let mut child = Command::new(PROGRAM)
        .arg("--tls")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["https"].as_object().unwrap().len(), Api::ALL.len());
    assert!(said["bank"].as_str().unwrap().starts_with("http://"));
    let base = said["https"]["bank"].as_str().unwrap();
    let addr: SocketAddr = base.trim_start_matches("https://").parse().unwrap();
    let root = BASE64_STANDARD
        .decode(said["root_certificate"].as_str().unwrap())
        .unwrap();
    let stream = TcpStream::connect(addr).await.unwrap();
    let mut stream = handshake(&root, "127.0.0.1", &[], stream).await.unwrap();
    let ask = request("GET", "/accounts", &[], "");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(parse(&bytes).status, 200);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn wrong_flags_end_with_2_and_say_what_was_expected() {
    let cases = [
        (vec!["--sed", "9"], "`--sed` is not an option"),
        (vec!["--seed"], "`--seed` needs a value"),
        (vec!["--seed", "x"], "not a whole number"),
        (vec!["--tls=yes"], "`--tls` takes no value"),
        (vec!["--now", "today"], "--now"),
        (vec!["--latency", "soon"], "expected milliseconds"),
        (vec!["--fault", "hang"], "TARGET=VALUE"),
        (vec!["--fault", "guardain=hang"], "expected one of newsapi"),
        (vec!["--fault", "bank=sulk"], "expected `refuse`"),
        (vec!["--fault", "bank/accounts=refuse"], "whole API"),
        (vec!["--caching", "bank=fast"], "says nothing about caching"),
        (
            vec!["--allowance", "github=many"],
            "not a number of requests",
        ),
    ];
    for (args, expected) in cases {
        let output = Command::new(PROGRAM)
            .args(&args)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(words.contains(expected), "{args:?}: {words}");
    }
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--latency"));
}
