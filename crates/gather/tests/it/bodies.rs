use gather::{Client, Request, Retry};
use gather_sandbox::{Api, Fault, Sandbox};

use crate::server::{Play, Server, answer};

#[tokio::test]
async fn case_20_a_body_over_the_cap_is_cut_and_the_cap_is_named() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::new();
    let over = Request::get(format!("{base}/bytes/200001")).body_limit(200_000);
    let error = client.send(over).await.unwrap_err();
    assert!(error.is_too_large(), "{error:?}");
    assert!(error.to_string().contains("200000 bytes"), "{error}");
    assert_eq!(error.attempts(), 1, "the same body would be as large again");
    let just = Request::get(format!("{base}/bytes/200000")).body_limit(200_000);
    assert_eq!(client.send(just).await.unwrap().bytes().len(), 200_000);
}

#[tokio::test]
async fn case_23_a_body_that_breaks_off_is_retried_and_never_taken_for_complete() {
    let sandbox = Sandbox::builder()
        .fault((Api::Any, "/bytes/9000"), Fault::Truncate.first(1))
        .fault((Api::Any, "/bytes/9001"), Fault::Truncate)
        .start()
        .await
        .unwrap();
    let base = sandbox.url(Api::Any);
    let client = Client::new();
    let response = client.send(format!("{base}/bytes/9000")).await.unwrap();
    assert_eq!((response.bytes().len(), response.attempts()), (9000, 2));
    let broken = Request::get(format!("{base}/bytes/9001")).retry(Retry::never());
    assert!(client.send(broken).await.unwrap_err().is_truncated());
}

#[tokio::test]
async fn case_23_truncated_chunks_are_a_failure() {
    let server = Server::start(|_, _| {
        Play::SendAndClose(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n9\r\nwor".to_vec(),
        )
    })
    .await;
    let request = Request::get(server.url("/")).retry(Retry::never());
    let error = Client::new().send(request).await.unwrap_err();
    assert!(error.is_truncated(), "{error:?}");
}

#[tokio::test]
async fn case_32_odd_but_legal_answers_are_read() {
    let server = Server::start(|_, head| match head.split(' ').nth(1).unwrap() {
        "/latin1" => {
            Play::Send(b"HTTP/1.1 200 OK\r\nx-name: caf\xe9\r\nx-two: 1\r\nx-two: 2\r\ncontent-length: 2\r\n\r\nok".to_vec())
        }
        "/http10" => Play::SendAndClose(b"HTTP/1.0 200 OK\r\n\r\nuntil the end".to_vec()),
        "/long" => {
            let long = format!("x-long: {}\r\n", "a".repeat(10_000));
            Play::Send(answer("200 OK", &long, "ok"))
        }
        "/flood" => {
            let flood = "x-flood: y\r\n".repeat(5_000);
            Play::SendAndClose(answer("200 OK", &flood, "ok"))
        }
        _ => Play::SendAndClose(b"this is not HTTP\r\n\r\n".to_vec()),
    })
    .await;
    let client = Client::builder().retry(Retry::never()).build().unwrap();
    let latin = client.send(server.url("/latin1")).await.unwrap();
    assert_eq!(latin.headers()["x-name"].as_bytes(), b"caf\xe9");
    assert_eq!(latin.headers().get_all("x-two").iter().count(), 2);
    assert_eq!(
        client.send(server.url("/http10")).await.unwrap().text(),
        "until the end"
    );
    assert_eq!(client.send(server.url("/long")).await.unwrap().text(), "ok");
    for path in ["/flood", "/garbage"] {
        let error = client.send(server.url(path)).await.unwrap_err();
        assert!(
            !error.is_timeout() && !error.is_connect(),
            "{path}: {error:?}"
        );
    }
}

#[tokio::test]
async fn text_is_read_by_its_charset() {
    let server = Server::start(|_, head| {
        let (charset, body): (&str, &[u8]) = match head.split(' ').nth(1).unwrap() {
            "/1251" => ("; charset=\"windows-1251\"", b"\xcf\xf0\xe8\xe2\xe5\xf2"),
            "/bom" => ("; charset=windows-1251", b"\xef\xbb\xbf\xd0\x9f"),
            _ => ("", "Привет".as_bytes()),
        };
        let mut bytes = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain{charset}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        Play::Send(bytes)
    })
    .await;
    let client = Client::new();
    assert_eq!(
        client.send(server.url("/1251")).await.unwrap().text(),
        "Привет"
    );
    assert_eq!(client.send(server.url("/bom")).await.unwrap().text(), "П");
    assert_eq!(
        client.send(server.url("/plain")).await.unwrap().text(),
        "Привет"
    );
}

#[tokio::test]
async fn case_30_a_key_with_odd_characters_arrives_whole_and_is_never_shown() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let key = "k&+= é%";
    let request = Request::get(format!("{}/echo", sandbox.url(Api::Any)))
        .query("q", "a b")
        .query("who", key)
        .basic("me", "p:w&")
        .secret(key);
    assert!(
        !request.shown_url().contains('%'),
        "{}",
        request.shown_url()
    );
    let response = Client::new().send(request).await.unwrap();
    assert!(
        !response.shown_url().contains("k%26"),
        "{}",
        response.shown_url()
    );
    let seen: serde_json::Value = response.json().unwrap();
    assert_eq!(
        seen["query"],
        serde_json::json!([["q", "a b"], ["who", key]])
    );
    assert_eq!(seen["headers"]["authorization"], "Basic bWU6cDp3Jg==");
    let wrong = response.json::<Vec<u8>>().unwrap_err();
    assert!(wrong.is_decode() && !format!("{wrong:?}").contains("k%26"));
}

#[tokio::test]
async fn a_connection_whose_answer_was_read_is_used_again() {
    let server = Server::start(|_, _| Play::Send(answer("200 OK", "", "fine"))).await;
    let client = Client::new();
    for _ in 0..10 {
        client.send(server.url("/")).await.unwrap();
    }
    assert_eq!((server.heads().len(), server.connections()), (10, 1));
}
