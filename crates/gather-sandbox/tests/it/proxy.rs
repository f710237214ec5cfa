//! The proxy between a client and the sandbox.

use gather_sandbox::{Api, Certificate, Fault, Proxy, Sandbox};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    client::{LONG, Reply, exchange, parse, request, start},
    secure::handshake,
};

/// What a client sends a proxy for `http://sandbox.example:PORT{path}`.
async fn through(proxy: &Proxy, sandbox: &Sandbox, path: &str, headers: &[(&str, &str)]) -> Reply {
    let target = format!(
        "http://sandbox.example:{}{path}",
        sandbox.addr(Api::Any).port()
    );
    let (bytes, result) = exchange(proxy.addr(), &request("GET", &target, headers, "")).await;
    result.expect("the exchange ends well");
    parse(&bytes)
}

/// Asks for a tunnel and reads the head of the answer.
async fn tunnel(proxy: &Proxy, port: u16, headers: &str) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(proxy.addr()).await.expect("it listens");
    let ask = format!("CONNECT sandbox.example:{port} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    stream.write_all(ask.as_bytes()).await.expect("it reads");
    let mut head = Vec::new();
    let read = timeout(LONG, async {
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("it answers"));
        }
    });
    read.await.expect("an answer");
    (String::from_utf8(head).expect("ASCII"), stream)
}

#[tokio::test]
async fn a_request_is_forwarded_with_the_targets_name_and_without_the_proxys_headers() {
    let (sandbox, proxy) = (
        start(Sandbox::builder()).await,
        Proxy::start().await.unwrap(),
    );
    let headers = [("proxy-authorization", "Basic eDp5"), ("x-mine", "1")];
    let echo = through(&proxy, &sandbox, "/echo?a=1", &headers)
        .await
        .json();
    let host = format!("sandbox.example:{}", sandbox.addr(Api::Any).port());
    assert_eq!(
        (&echo["path"], &echo["headers"]["host"]),
        (&"/echo".into(), &host.into())
    );
    assert_eq!(echo["headers"]["x-mine"], "1");
    assert!(echo["headers"].get("proxy-authorization").is_none());
    assert_eq!((proxy.forwarded(), proxy.tunnels()), (1, 0));
    assert_eq!(sandbox.log(Api::Any).total(), 1);
}

#[tokio::test]
async fn a_tunnel_carries_tls_to_the_sandbox() {
    let sandbox = start(Sandbox::builder().tls()).await;
    let proxy = Proxy::start().await.unwrap();
    let port = sandbox.tls_addr(Api::Any, Certificate::Good).port();
    let (head, stream) = tunnel(&proxy, port, "").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let mut stream = handshake(sandbox.root_certificate(), "sandbox.example", &[], stream)
        .await
        .unwrap();
    let ask = request("GET", "/json/3", &[], "");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    timeout(LONG, stream.read_to_end(&mut bytes))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(parse(&bytes).json()["id"], 3);
    assert_eq!((proxy.forwarded(), proxy.tunnels()), (0, 1));
}

#[tokio::test]
async fn who_lacks_the_credentials_gets_407_and_reaches_nothing() {
    let sandbox = start(Sandbox::builder()).await;
    let proxy = Proxy::start_with_credentials("user", "pa ss:w")
        .await
        .unwrap();
    let port = sandbox.addr(Api::Any).port();
    for headers in [&[][..], &[("proxy-authorization", "Basic dXNlcjp4")]] {
        let reply = through(&proxy, &sandbox, "/json/1", headers).await;
        assert_eq!(
            (reply.status, reply.header("proxy-authenticate")),
            (407, "Basic realm=\"proxy\"")
        );
    }
    let (head, _) = tunnel(&proxy, port, "").await;
    assert!(head.starts_with("HTTP/1.1 407"), "{head}");
    assert_eq!(
        (proxy.refused(), proxy.forwarded(), proxy.tunnels()),
        (3, 0, 0)
    );
    assert_eq!(sandbox.connections(Api::Any), 0);
    let right = "Basic dXNlcjpwYSBzczp3";
    let headers = [("proxy-authorization", right)];
    let reply = through(&proxy, &sandbox, "/json/1", &headers).await;
    assert_eq!(reply.status, 200);
    let (head, _stream) = tunnel(&proxy, port, &format!("proxy-authorization: {right}\r\n")).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!((proxy.forwarded(), proxy.tunnels()), (1, 1));
}

#[tokio::test]
async fn a_target_that_is_not_there_or_not_well_is_told() {
    let sandbox = start(Sandbox::builder().fault(Api::Any, Fault::Refuse)).await;
    let proxy = Proxy::start().await.unwrap();
    let reply = through(&proxy, &sandbox, "/json/1", &[]).await;
    assert_eq!(reply.status, 502);
    assert!(reply.text().contains("no answer from 127.0.0.1"));
    let (head, _) = tunnel(&proxy, sandbox.addr(Api::Any).port(), "").await;
    assert!(head.starts_with("HTTP/1.1 502"), "{head}");
    let (bytes, _) = exchange(proxy.addr(), &request("GET", "/json/1", &[], "")).await;
    assert_eq!(parse(&bytes).status, 400);
    sandbox.set_fault(Api::Any, Fault::Truncate).await.unwrap();
    let cut = through(&proxy, &sandbox, "/bytes/1000", &[]).await;
    assert_eq!(
        (cut.header("content-length"), cut.body.len()),
        ("1000", 500)
    );
}

#[tokio::test]
async fn dropping_the_proxy_closes_its_port_and_its_tunnels() {
    let (sandbox, proxy) = (
        start(Sandbox::builder()).await,
        Proxy::start().await.unwrap(),
    );
    let addr = proxy.addr();
    let (_, mut stream) = tunnel(&proxy, sandbox.addr(Api::Any).port(), "").await;
    drop(proxy);
    let mut byte = [0];
    let ended = timeout(LONG, stream.read(&mut byte)).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
    assert!(TcpStream::connect(addr).await.is_err());
}
