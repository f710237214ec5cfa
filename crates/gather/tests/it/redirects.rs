use std::time::Duration;

use gather::{Client, Request};
use gather_sandbox::{Api, Sandbox};

use crate::server::{Play, Server, answer};

fn to(status: &str, location: &str) -> Play {
    Play::Send(answer(
        status,
        &format!("location: {location}\r\n"),
        "moved",
    ))
}

#[tokio::test]
async fn redirects_are_followed_and_counted() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let base = sandbox.url(Api::Any);
    let response = Client::new()
        .send(format!("{base}/redirect/3"))
        .await
        .unwrap();
    assert_eq!((response.status().as_u16(), response.attempts()), (200, 4));
    assert!(response.url().path().ends_with("/0"), "{}", response.url());
}

#[tokio::test]
async fn case_28_loops_long_chains_and_unsafe_schemes_are_cut() {
    let server = Server::start(|nth, head| {
        let path = head.split(' ').nth(1).unwrap();
        match path {
            "/loop" => to("302 Found", "/pool"),
            "/pool" => to("302 Found", "/loop"),
            "/file" => to("301 Moved", "file:///etc/passwd"),
            "/bad" => to("301 Moved", "http://["),
            _ => to("302 Found", &format!("/{nth}")),
        }
    })
    .await;
    let client = Client::new();
    for path in ["/loop", "/file", "/bad", "/long"] {
        let before = server.heads().len();
        let error = client.send(server.url(path)).await.unwrap_err();
        assert!(error.is_redirect(), "{path}: {error:?}");
        assert!(server.heads().len() - before <= 11, "{path}");
    }
    let plain = Client::builder().redirects(0).build().unwrap();
    assert_eq!(plain.send(server.url("/loop")).await.unwrap().status(), 302);
}

#[tokio::test]
async fn case_28_keys_are_not_sent_to_another_host() {
    let other = Server::start(|_, _| Play::Send(answer("200 OK", "", "fine"))).await;
    let target = other.url("/there");
    let first = Server::start(move |nth, _| match nth {
        0 => to("307 Temporary", "/here"),
        _ => to("307 Temporary", &target),
    })
    .await;
    let request = Request::get(first.url("/"))
        .bearer("hunter2")
        .secret_header("x-api-key", "hunter3")
        .header("x-plain", "kept");
    let response = Client::new().send(request).await.unwrap();
    assert_eq!(response.text(), "fine");
    let heads = first.heads();
    assert_eq!(heads.len(), 2);
    for head in &heads {
        assert!(
            head.contains("hunter2") && head.contains("hunter3"),
            "{head}"
        );
    }
    let head = other.heads().pop().unwrap();
    assert!(head.contains("x-plain: kept"), "{head}");
    assert!(!head.contains("hunter"), "{head}");
}

#[tokio::test]
async fn a_303_turns_a_post_into_a_get_and_a_307_does_not() {
    let server = Server::start(|_, head| match head.split(' ').nth(1).unwrap() {
        "/see" => to("303 See Other", "/done"),
        "/again" => to("307 Temporary", "/done"),
        _ => Play::Send(answer("200 OK", "", "fine")),
    })
    .await;
    let client = Client::new();
    for path in ["/see", "/again"] {
        // Without a body: the server here reads heads only.
        client.send(Request::post(server.url(path))).await.unwrap();
    }
    let lines: Vec<_> = server
        .heads()
        .iter()
        .map(|head| head.split(" HTTP").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        lines,
        ["POST /see", "GET /done", "POST /again", "POST /done"]
    );
}

#[tokio::test]
async fn a_redirect_to_a_host_that_hangs_is_bounded_like_any_request() {
    let hangs = Server::start(|_, _| Play::Hang).await;
    let target = hangs.url("/");
    let server = Server::start(move |_, _| to("302 Found", &target)).await;
    let answers = Client::new()
        .gather([server.url("/")])
        .deadline(Duration::from_millis(200))
        .await;
    assert!(answers.results[0].as_ref().unwrap_err().is_timeout());
}
