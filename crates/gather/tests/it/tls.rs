//! TLS, HTTP/2 and proxies, against the sandbox's own.

use std::time::Duration;

use gather::{Client, ClientBuilder, Host, HostLimits, Retry, Url};
use gather_sandbox::{Api, Certificate, Fault, Latency, Sandbox};

async fn sandbox() -> Sandbox {
    Sandbox::builder()
        .tls()
        .latency(
            (Api::Any, "/json/*"),
            Latency::fixed(Duration::from_millis(20)),
        )
        .fault((Api::Any, "/json/500"), Fault::Hang)
        .start()
        .await
        .unwrap()
}

fn trusting(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder()
        .root_certificate(sandbox.root_certificate())
        .retry(Retry::never())
}

#[tokio::test]
async fn a_hundred_gets_go_over_one_http2_connection_under_the_same_limits() {
    let sandbox = sandbox().await;
    let base = sandbox.https_url(Api::Any);
    let host = Host::of(&Url::parse(&base).unwrap()).unwrap();
    let client = trusting(&sandbox)
        .host(host, HostLimits::in_flight(20))
        .build()
        .unwrap();
    let answers = client
        .gather((0..100).map(|n| format!("{base}/json/{n}")))
        .await;
    assert!(
        answers
            .results
            .iter()
            .all(|result| result.as_ref().unwrap().status() == 200)
    );
    let log = sandbox.log(Api::Any);
    assert_eq!(log.total(), 100);
    assert!(
        log.requests()
            .iter()
            .all(|seen| seen.version == http::Version::HTTP_2)
    );
    assert_eq!(sandbox.connections(Api::Any), 1);
    assert_eq!(log.peak_in_flight(), 20);
    assert_eq!(answers.report.peak_in_flight, 20);
    let connected = answers
        .report
        .timeline
        .iter()
        .filter(|attempt| !attempt.reused);
    assert_eq!(connected.count(), 1);

    let hangs = client
        .gather([format!("{base}/json/500"), format!("{base}/json/501")])
        .deadline(Duration::from_millis(300))
        .await;
    assert!(hangs.results[0].as_ref().unwrap_err().is_timeout());
    assert!(
        hangs.results[1].is_ok(),
        "one stream's trouble is not the other's"
    );
    assert_eq!(sandbox.connections(Api::Any), 1);
    assert_eq!(client.in_flight(), 0);
}

#[tokio::test]
async fn without_http2_the_same_goes_over_http1_connections() {
    let sandbox = sandbox().await;
    let base = sandbox.https_url(Api::Any);
    let client = trusting(&sandbox).http2(false).build().unwrap();
    let answers = client
        .gather((0..12).map(|n| format!("{base}/json/{n}")))
        .await;
    assert!(answers.results.iter().all(Result::is_ok));
    let log = sandbox.log(Api::Any);
    assert!(
        log.requests()
            .iter()
            .all(|seen| seen.version == http::Version::HTTP_11)
    );
    assert_eq!(sandbox.connections(Api::Any), 6);
    let tls: Duration = answers
        .report
        .timeline
        .iter()
        .map(|attempt| attempt.connecting.tls)
        .sum();
    assert!(tls > Duration::ZERO);
}

#[tokio::test]
async fn case_26_a_bad_certificate_is_a_named_failure_that_says_what_is_wrong() {
    let sandbox = sandbox().await;
    let client = trusting(&sandbox).build().unwrap();
    for (certificate, word) in [
        (Certificate::Expired, "expired"),
        (Certificate::WrongName, "name"),
        (Certificate::SelfSigned, "issuer"),
    ] {
        let url = format!("{}/json/1", sandbox.tls_url(Api::Any, certificate));
        let error = client.send(url).await.unwrap_err();
        assert!(
            error.is_tls() && error.is_connect() && !error.is_transient(),
            "{error:?}"
        );
        let mut words = String::new();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            words.push_str(&inner.to_string().to_lowercase());
            cause = inner.source();
        }
        assert!(words.contains(word), "{certificate:?}: {words}");
    }
    let url = format!("{}/json/1", sandbox.tls_url(Api::Any, Certificate::Good));
    assert!(client.send(&url).await.is_ok());
    let stranger = Client::builder().retry(Retry::never()).build().unwrap();
    assert!(stranger.send(&url).await.unwrap_err().is_tls());
}

#[tokio::test]
async fn case_21_a_bomb_in_any_coding_stops_at_the_cap() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::builder().retry(Retry::never()).build().unwrap();
    for coding in ["gzip", "br", "zstd", "deflate", "gzip-gzip"] {
        let error = client
            .send(format!("{base}/bomb/{coding}/32"))
            .await
            .unwrap_err();
        assert!(error.is_too_large(), "{coding}: {error:?}");
        let good = client.send(format!("{base}/{coding}/20000")).await.unwrap();
        assert_eq!(good.bytes().len(), 20_000, "{coding}");
    }
    let raw = client.send(format!("{base}/raw/20000")).await.unwrap();
    assert_eq!(raw.bytes().len(), 20_000, "deflate without its wrapper");
}
