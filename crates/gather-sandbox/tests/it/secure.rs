//! TLS and HTTP/2: the same answers, faults and counts, over one connection; and certificates to refuse.

use std::{io::ErrorKind, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use gather_sandbox::{Api, Certificate, Fault, FaultRule, Latency, Sandbox};
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Empty};
use hyper::{
    body::Incoming,
    client::conn::http2::{self, SendRequest},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        CertificateError, ClientConfig, Error as TlsError, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::client::{LONG, get, parse, request, start};

async fn with(fault: impl Into<FaultRule>) -> Sandbox {
    start(Sandbox::builder().tls().fault(Api::Any, fault)).await
}

/// A handshake as a client does it that trusts the sandbox's authority and nobody else.
pub(crate) async fn handshake<S>(
    root: &[u8],
    name: &'static str,
    alpn: &[&str],
    stream: S,
) -> std::io::Result<TlsStream<S>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(root.to_vec()))
        .expect("the root is a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(name).expect("a name or an address");
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

async fn connect(
    sandbox: &Sandbox,
    certificate: Certificate,
    name: &'static str,
    alpn: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(sandbox.tls_addr(Api::Any, certificate)).await?;
    handshake(sandbox.root_certificate(), name, alpn, stream).await
}

/// One HTTP/2 connection. Its driver ends with the set.
struct Http2 {
    sender: SendRequest<Empty<Bytes>>,
    addr: SocketAddr,
    driver: JoinSet<hyper::Result<()>>,
}

impl Http2 {
    async fn open(sandbox: &Sandbox) -> Self {
        let stream = connect(sandbox, Certificate::Good, "127.0.0.1", &["h2", "http/1.1"])
            .await
            .expect("the certificate is good");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("it speaks HTTP/2");
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Self {
            sender,
            addr: sandbox.tls_addr(Api::Any, Certificate::Good),
            driver,
        }
    }

    fn ask(
        &self,
        path: &str,
    ) -> impl Future<Output = hyper::Result<Response<Incoming>>> + Send + 'static {
        let request = Request::get(format!("https://{}{path}", self.addr))
            .body(Empty::new())
            .expect("a request");
        let mut sender = self.sender.clone();
        async move {
            timeout(LONG, sender.send_request(request))
                .await
                .expect("an answer or an error")
        }
    }

    async fn status(&self, path: &str) -> u16 {
        let answer = self.ask(path).await.expect("an answer");
        answer.status().as_u16()
    }
}

async fn body(answer: Response<Incoming>) -> hyper::Result<Bytes> {
    let body = timeout(LONG, answer.into_body().collect())
        .await
        .expect("the body ends");
    Ok(body?.to_bytes())
}

#[tokio::test]
async fn a_hundred_requests_share_one_http2_connection() {
    let latency = Latency::fixed(Duration::from_millis(200));
    let sandbox = start(Sandbox::builder().tls().latency(Api::Any, latency)).await;
    let client = Http2::open(&sandbox).await;
    let mut tasks = JoinSet::new();
    for n in 0..100 {
        let answer = client.ask(&format!("/json/{n}"));
        tasks.spawn(async move { (n, body(answer.await.unwrap()).await.unwrap()) });
    }
    for (n, body) in tasks.join_all().await {
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["id"], n);
    }
    assert_eq!(sandbox.connections(Api::Any), 1);
    let log = sandbox.log(Api::Any);
    assert_eq!((log.total(), log.peak_in_flight()), (100, 100));
    let port = sandbox.tls_addr(Api::Any, Certificate::Good);
    for seen in log.requests() {
        assert_eq!((seen.version, seen.answered), (Version::HTTP_2, true));
        assert_eq!(seen.header("host"), Some(port.to_string().as_str()));
    }
}

#[tokio::test]
async fn without_h2_in_alpn_it_speaks_http1_and_says_so_in_the_log() {
    let sandbox = start(Sandbox::builder().tls()).await;
    for (name, alpn) in [("localhost", &["http/1.1"][..]), ("sandbox.example", &[])] {
        let mut stream = connect(&sandbox, Certificate::Good, name, alpn)
            .await
            .unwrap();
        let ask = request("GET", "/json/4", &[], "");
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(parse(&bytes).json()["id"], 4);
    }
    assert_eq!(get(&sandbox, Api::Any, "/json/5").await.json()["id"], 5);
    assert_eq!(sandbox.connections(Api::Any), 3);
    let log = sandbox.log(Api::Any);
    assert_eq!(log.total(), 3);
    assert!(
        log.requests()
            .iter()
            .all(|seen| seen.version == Version::HTTP_11)
    );
}

#[tokio::test]
async fn every_api_has_its_https_base() {
    let sandbox = start(Sandbox::builder().tls()).await;
    for api in Api::ALL {
        let (plain, secure) = (sandbox.url(api), sandbox.https_url(api));
        let ending = |url: &str| {
            url.splitn(4, '/')
                .nth(3)
                .map_or(String::new(), str::to_owned)
        };
        assert!(secure.starts_with("https://127.0.0.1:"), "{secure}");
        assert_eq!(ending(&plain), ending(&secure));
        let mut ports: Vec<u16> = Certificate::ALL
            .iter()
            .map(|certificate| sandbox.tls_addr(api, *certificate).port())
            .collect();
        ports.push(sandbox.addr(api).port());
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 5);
    }
}

#[tokio::test]
async fn each_bad_certificate_is_refused_for_its_own_reason() {
    let sandbox = start(Sandbox::builder().tls()).await;
    let refusal = async |certificate| {
        let error = connect(&sandbox, certificate, "localhost", &[])
            .await
            .unwrap_err();
        let error = error.into_inner().expect("an error of TLS");
        match error.downcast_ref::<TlsError>() {
            Some(TlsError::InvalidCertificate(reason)) => reason.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(
        refusal(Certificate::Expired).await,
        CertificateError::Expired | CertificateError::ExpiredContext { .. }
    ));
    assert!(matches!(
        refusal(Certificate::WrongName).await,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ));
    assert_eq!(
        refusal(Certificate::SelfSigned).await,
        CertificateError::UnknownIssuer
    );
    connect(&sandbox, Certificate::WrongName, "wrong.example", &[])
        .await
        .expect("good for its own name");
    assert_eq!(sandbox.log(Api::Any).total(), 0);
    assert_eq!(sandbox.connections(Api::Any), 4);
}

#[tokio::test]
async fn over_http2_a_fault_strikes_its_own_request_alone() {
    let sandbox = start(
        Sandbox::builder()
            .tls()
            .fault((Api::Any, "/json/1"), Fault::Reset)
            .fault((Api::Any, "/bytes/1000"), Fault::Truncate)
            .fault((Api::Any, "/bytes/1"), Fault::Hang)
            .fault((Api::Any, "/bytes/2"), Fault::HangAfterHeaders)
            .fault(
                (Api::Any, "/json/2"),
                Fault::Drip {
                    bytes: 5,
                    every: Duration::from_millis(2),
                },
            )
            .fault((Api::Any, "/json/3"), Fault::status(503).retry_after("2")),
    )
    .await;
    let client = Http2::open(&sandbox).await;
    assert!(client.ask("/json/1").await.is_err());
    let cut = client.ask("/bytes/1000").await.unwrap();
    assert_eq!(cut.headers()["content-length"], "1000");
    let mut came = 0;
    let mut rest = cut.into_body();
    let ended = loop {
        match timeout(LONG, rest.frame()).await.unwrap() {
            Some(Ok(frame)) => came += frame.into_data().unwrap().len(),
            other => break other,
        }
    };
    assert!(matches!(ended, Some(Err(_))), "{ended:?}");
    assert_eq!(came, 500);
    let hanging = timeout(Duration::from_millis(100), client.ask("/bytes/1")).await;
    assert!(hanging.is_err());
    let mut headers_only = client.ask("/bytes/2").await.unwrap().into_body();
    let silent = timeout(Duration::from_millis(100), headers_only.frame()).await;
    assert!(silent.is_err());
    let dripped = body(client.ask("/json/2").await.unwrap()).await.unwrap();
    assert!(dripped.starts_with(b"{\"id\":2,"));
    let refused = client.ask("/json/3").await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (503, &http::HeaderValue::from_static("2"))
    );
    assert_eq!(client.status("/json/4").await, 200);
    drop(headers_only);
    // The server notices that both were given up, though their connection lives.
    let settled = timeout(LONG, async {
        while sandbox.log(Api::Any).in_flight() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    settled.await.unwrap();
    assert_eq!(sandbox.connections(Api::Any), 1);
    let log = sandbox.log(Api::Any);
    let answered = log.requests().iter().filter(|seen| seen.answered);
    assert_eq!(
        answered.map(|seen| &*seen.target).collect::<Vec<_>>(),
        ["/json/2", "/json/3", "/json/4"]
    );
}

#[tokio::test]
async fn over_http2_close_takes_the_connection_and_all_its_requests() {
    let sandbox = start(
        Sandbox::builder()
            .tls()
            .fault((Api::Any, "/json/1"), Fault::Close.first(1))
            .fault((Api::Any, "/bytes/1"), Fault::Hang),
    )
    .await;
    let mut client = Http2::open(&sandbox).await;
    let mut other = JoinSet::new();
    other.spawn(client.ask("/bytes/1"));
    while sandbox.log(Api::Any).total() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(client.ask("/json/1").await.is_err());
    assert!(other.join_next().await.unwrap().unwrap().is_err());
    timeout(LONG, client.driver.join_next())
        .await
        .expect("the connection is gone");
    assert_eq!(sandbox.log(Api::Any).in_flight(), 0);
    assert_eq!(Http2::open(&sandbox).await.status("/json/1").await, 200);
}

#[tokio::test]
async fn reset_under_tls_says_no_goodbye() {
    let sandbox = with(Fault::Reset).await;
    let mut stream = connect(&sandbox, Certificate::Good, "localhost", &["http/1.1"])
        .await
        .unwrap();
    let ask = request("GET", "/json/1", &[], "");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let ended = timeout(LONG, stream.read_to_end(&mut bytes)).await.unwrap();
    assert_eq!(
        (bytes.len(), ended.unwrap_err().kind()),
        (0, ErrorKind::ConnectionReset)
    );
}

#[tokio::test]
async fn slow_headers_and_truncate_are_played_under_tls() {
    let every = Duration::from_millis(2);
    let sandbox = with(Fault::SlowHeaders { bytes: 20, every }).await;
    for alpn in [&["http/1.1"][..], &["h2"]] {
        let begun = std::time::Instant::now();
        if alpn == ["h2"] {
            assert_eq!(Http2::open(&sandbox).await.status("/json/1").await, 200);
        } else {
            let mut stream = connect(&sandbox, Certificate::Good, "localhost", alpn)
                .await
                .unwrap();
            let ask = request("GET", "/json/1", &[], "");
            stream.write_all(ask.as_bytes()).await.unwrap();
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await.unwrap();
            assert_eq!(parse(&bytes).status, 200);
        }
        assert!(begun.elapsed() >= every * 3, "{alpn:?}");
    }
    sandbox.set_fault(Api::Any, Fault::Truncate).await.unwrap();
    let mut stream = connect(&sandbox, Certificate::Good, "localhost", &[])
        .await
        .unwrap();
    let ask = request("GET", "/bytes/1000", &[], "");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // With or without a goodbye: `Content-Length` tells that it was cut.
    let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.unwrap();
    assert_eq!(parse(&bytes).body.len(), 500);
}

#[tokio::test]
async fn refuse_closes_the_tls_ports_too() {
    let sandbox = start(Sandbox::builder().tls()).await;
    let mut client = Http2::open(&sandbox).await;
    assert_eq!(client.status("/json/1").await, 200);
    sandbox.set_fault(Api::Any, Fault::Refuse).await.unwrap();
    timeout(LONG, client.driver.join_next())
        .await
        .expect("the connection is gone");
    for certificate in Certificate::ALL {
        let error = TcpStream::connect(sandbox.tls_addr(Api::Any, certificate))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
    sandbox.clear_fault(Api::Any).await.unwrap();
    assert_eq!(Http2::open(&sandbox).await.status("/json/1").await, 200);
}

#[tokio::test]
async fn stop_ends_http2_requests_in_flight() {
    let sandbox = with(Fault::Hang).await;
    let client = Http2::open(&sandbox).await;
    let mut hanging = JoinSet::new();
    hanging.spawn(client.ask("/json/1"));
    while sandbox.log(Api::Any).total() == 0 {
        tokio::task::yield_now().await;
    }
    sandbox.stop().await;
    assert!(hanging.join_next().await.unwrap().unwrap().is_err());
}
