//! The API that is no product.

use gather_sandbox::{Api, Sandbox};
use serde_json::json;

use crate::client::{get, send, start};

#[tokio::test]
async fn bytes_and_json_are_made_to_measure() {
    let sandbox = start(Sandbox::builder()).await;
    for n in [0, 1, 1000, 2_000_000] {
        let reply = get(&sandbox, Api::Any, &format!("/bytes/{n}")).await;
        assert_eq!(
            (
                reply.status,
                reply.body.len(),
                reply.header("content-length")
            ),
            (200, n, n.to_string().as_str())
        );
        assert!(
            reply
                .body
                .iter()
                .enumerate()
                .all(|(at, byte)| usize::from(*byte) == at % 251)
        );
    }
    assert_eq!(
        get(&sandbox, Api::Any, "/bytes/99999999999").await.status,
        400
    );
    assert_eq!(
        get(&sandbox, Api::Any, "/json/12").await.json(),
        json!({ "id": 12, "name": "item 12", "even": true })
    );
}

#[tokio::test]
async fn echo_tells_what_came() {
    let sandbox = start(Sandbox::builder()).await;
    let headers = [("x-one", "1"), ("x-two", "2"), ("x-two", "3")];
    let reply = send(
        &sandbox,
        Api::Any,
        "PUT",
        "/echo?a=1&a=%C3%A9",
        &headers,
        "body text",
    )
    .await
    .json();
    assert_eq!(
        (&reply["method"], &reply["path"], &reply["body"]),
        (&json!("PUT"), &json!("/echo"), &json!("body text"))
    );
    assert_eq!(reply["query"], json!([["a", "1"], ["a", "é"]]));
    assert_eq!(
        (&reply["headers"]["x-one"], &reply["headers"]["x-two"]),
        (&json!("1"), &json!(["2", "3"]))
    );
}

#[tokio::test]
async fn status_answers_as_asked_with_headers_from_the_query() {
    let sandbox = start(Sandbox::builder()).await;
    let reply = get(
        &sandbox,
        Api::Any,
        "/status/429?retry-after=7&x-ratelimit-remaining=0",
    )
    .await;
    assert_eq!(
        (
            reply.status,
            reply.header("retry-after"),
            reply.header("x-ratelimit-remaining")
        ),
        (429, "7", "0")
    );
    assert_eq!(get(&sandbox, Api::Any, "/status/204").await.body.len(), 0);
    for wrong in [
        "/status/99",
        "/status/100",
        "/status/abc",
        "/status/200?bad%20name=1",
    ] {
        assert_eq!(get(&sandbox, Api::Any, wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn redirects_count_down_and_lead_where_asked() {
    let sandbox = start(Sandbox::builder()).await;
    let mut path = "/redirect/3".to_owned();
    let mut hops = 0;
    while let reply = get(&sandbox, Api::Any, &path).await
        && reply.status == 302
    {
        path = reply.header("location").to_owned();
        hops += 1;
    }
    assert_eq!((hops, path.as_str()), (3, "/redirect/0"));
    let away = get(
        &sandbox,
        Api::Any,
        "/redirect-to?url=http%3A%2F%2Fother.example%2Fx&status=308",
    )
    .await;
    assert_eq!(
        (away.status, away.header("location")),
        (308, "http://other.example/x")
    );
    assert_eq!(
        get(&sandbox, Api::Any, "/redirect-to?url=/x&status=200")
            .await
            .status,
        400
    );
    assert_eq!(get(&sandbox, Api::Any, "/redirect-to").await.status, 400);
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let sandbox = start(Sandbox::builder()).await;
    let reply = send(&sandbox, Api::Any, "HEAD", "/bytes/1000", &[], "").await;
    assert_eq!(
        (
            reply.status,
            reply.header("content-length"),
            reply.body.len()
        ),
        (200, "1000", 0)
    );
    let log = sandbox.log(Api::Any);
    assert!(log.requests()[0].answered && log.in_flight() == 0);
}
