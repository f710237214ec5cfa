//! The least HTTP client that can see everything: one connection a request, bytes as they came.

use std::{collections::BTreeMap, io, net::SocketAddr, time::Duration};

use gather_sandbox::{Api, Builder, Sandbox};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Far longer than anything here takes; a test that reaches it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) async fn start(builder: Builder) -> Sandbox {
    builder.start().await.expect("loopback has free ports")
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

/// The head of a request that closes its connection, and perhaps a body.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text
}

/// Sends, and reads until the server closes. The bytes before an error are kept.
pub(crate) async fn exchange(addr: SocketAddr, request: &str) -> (Vec<u8>, io::Result<()>) {
    let mut stream = match TcpStream::connect(addr).await {
        Ok(stream) => stream,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut bytes = Vec::new();
    let read = async {
        stream.write_all(request.as_bytes()).await?;
        stream.read_to_end(&mut bytes).await.map(drop)
    };
    let result = timeout(LONG, read)
        .await
        .expect("the server closes the connection");
    (bytes, result)
}

pub(crate) fn parse(bytes: &[u8]) -> Reply {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("the head is complete");
    let head = std::str::from_utf8(&bytes[..end]).expect("the head is ASCII");
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .expect("a status line");
    let headers = lines
        .map(|line| line.split_once(':').expect("a header line"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Reply {
        status: status.parse().expect("a number"),
        headers,
        body: bytes[end + 4..].to_vec(),
    }
}

pub(crate) async fn send(
    sandbox: &Sandbox,
    api: Api,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    let (bytes, result) =
        exchange(sandbox.addr(api), &request(method, target, headers, body)).await;
    result.expect("the exchange ends well");
    parse(&bytes)
}

pub(crate) async fn get(sandbox: &Sandbox, api: Api, target: &str) -> Reply {
    send(sandbox, api, "GET", target, &[], "").await
}

pub(crate) fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("an array")
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}
