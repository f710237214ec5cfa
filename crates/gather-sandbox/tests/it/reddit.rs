//! Reddit: tokens that end, listings with a cursor, and the block page.

use std::{collections::HashSet, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use gather_sandbox::{Api, Builder, Fault, Sandbox};
use serde_json::{Value, json};

use crate::client::{Reply, get, list, send, start, text};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn ask_token(sandbox: &Sandbox, pair: &str, form: &str) -> Reply {
    let basic = format!("Basic {}", BASE64_STANDARD.encode(pair));
    send(
        sandbox,
        Api::Reddit,
        "POST",
        "/api/v1/access_token",
        &[FORM, ("authorization", &basic)],
        form,
    )
    .await
}

async fn token(sandbox: &Sandbox) -> String {
    let reply = ask_token(sandbox, "id:secret", "grant_type=client_credentials").await;
    assert_eq!(reply.status, 200);
    format!("Bearer {}", text(&reply.json()["access_token"]))
}

async fn ask(sandbox: &Sandbox, target: &str, token: &str) -> Reply {
    let headers = [("authorization", token)];
    send(sandbox, Api::Reddit, "GET", target, &headers, "").await
}

async fn with(builder: Builder) -> (Sandbox, String) {
    let sandbox = start(builder).await;
    let token = token(&sandbox).await;
    (sandbox, token)
}

#[tokio::test]
async fn a_token_is_given_for_the_right_pair_and_form() {
    let sandbox = start(
        Sandbox::builder()
            .key(Api::Reddit, "id:secret")
            .token_life(Duration::from_secs(3_600)),
    )
    .await;
    let given = ask_token(&sandbox, "id:secret", "grant_type=client_credentials").await;
    assert_eq!(
        (
            &given.json()["token_type"],
            &given.json()["expires_in"],
            given.header("cache-control").contains("no-store")
        ),
        (&json!("bearer"), &json!(3_600), true)
    );
    let wrong = ask_token(&sandbox, "id:other", "grant_type=client_credentials").await;
    assert_eq!(
        (wrong.status, wrong.json()),
        (401, json!({ "message": "Unauthorized", "error": 401 }))
    );
    let formless = ask_token(&sandbox, "id:secret", "").await;
    assert_eq!(
        (formless.status, &formless.json()["error"]),
        (400, &json!("unsupported_grant_type"))
    );
    let seen = sandbox.log((Api::Reddit, "/api/v1/access_token"));
    assert_eq!(seen.total(), 3);
}

#[tokio::test]
async fn a_listing_goes_on_by_cursor_and_repeats_what_is_stuck_to_its_top() {
    let (sandbox, token) = with(Sandbox::builder()).await;
    let mut after = String::new();
    let (mut names, mut stuck, mut pages) = (Vec::new(), 0, 0);
    loop {
        let target = format!("/r/handtools/hot?limit=50&raw_json=1&after={after}");
        let reply = ask(&sandbox, &target, &token).await;
        assert_eq!(reply.status, 200);
        assert!(reply.header("cache-control").contains("no-store"));
        assert!(reply.header("etag").is_empty());
        let body = reply.json();
        for child in list(&body["data"]["children"]) {
            stuck += usize::from(child["data"]["stickied"] == true);
            assert!(child["data"]["created_utc"].is_f64());
            names.push(text(&child["data"]["name"]).to_owned());
        }
        pages += 1;
        match &body["data"]["after"] {
            Value::Null => break,
            next => after = text(next).to_owned(),
        }
    }
    let different: HashSet<&String> = names.iter().collect();
    assert_eq!(
        (pages, names.len(), different.len(), stuck),
        (3, 134, 130, 6)
    );
}

#[tokio::test]
async fn case_09_what_is_left_is_a_float_and_the_reset_a_wait() {
    let (sandbox, token) = with(Sandbox::builder()).await;
    let reply = ask(&sandbox, "/r/handtools/new", &token).await;
    assert_eq!(
        (
            reply.header("x-ratelimit-used"),
            reply.header("x-ratelimit-remaining")
        ),
        ("1", "599.0")
    );
    let wait: u64 = reply.header("x-ratelimit-reset").parse().expect("seconds");
    assert!(wait <= 600, "seconds to wait and no instant: {wait}");
    let (sandbox, token) = with(Sandbox::builder().allowance(Api::Reddit, 1)).await;
    assert_eq!(ask(&sandbox, "/r/handtools", &token).await.status, 200);
    let refused = ask(&sandbox, "/r/handtools", &token).await;
    assert_eq!(
        (refused.status, refused.json()),
        (429, json!({ "message": "Too Many Requests", "error": 429 }))
    );
}

#[tokio::test]
async fn case_16_a_token_ends_by_use_by_time_or_when_it_is_revoked() {
    let refused = |reply: &Reply| {
        assert_eq!(
            (reply.status, reply.header("www-authenticate")),
            (401, "Bearer realm=\"reddit\", error=\"invalid_token\"")
        );
    };
    let (sandbox, first) = with(Sandbox::builder().token_uses(2)).await;
    for _ in 0..2 {
        assert_eq!(ask(&sandbox, "/r/handtools", &first).await.status, 200);
    }
    refused(&ask(&sandbox, "/r/handtools", &first).await);
    let second = token(&sandbox).await;
    assert_ne!(first, second);
    assert_eq!(ask(&sandbox, "/r/handtools", &second).await.status, 200);
    sandbox.revoke_tokens();
    refused(&ask(&sandbox, "/r/handtools", &second).await);
    refused(&ask(&sandbox, "/r/handtools", "Bearer invented").await);
    let (sandbox, ended) = with(Sandbox::builder().token_life(Duration::ZERO)).await;
    refused(&ask(&sandbox, "/r/handtools", &ended).await);
}

#[tokio::test]
async fn who_has_no_token_meets_a_page_in_html_and_may_have_the_feed() {
    let sandbox = start(Sandbox::builder()).await;
    for target in ["/r/handtools.json", "/r/handtools/hot.json", "/r/none"] {
        let blocked = get(&sandbox, Api::Reddit, target).await;
        assert_eq!(blocked.status, 403);
        assert!(blocked.header("content-type").starts_with("text/html"));
        assert!(blocked.text().starts_with("<!doctype html>"));
    }
    let feed = get(&sandbox, Api::Reddit, "/r/handtools/.rss").await;
    assert!(
        feed.header("content-type")
            .starts_with("application/atom+xml")
    );
    assert_eq!(feed.text().matches("<entry>").count(), 25);
    sandbox
        .set_fault((Api::Reddit, "/r/handtools/.rss"), Fault::status(403))
        .await
        .unwrap();
    let blocked = get(&sandbox, Api::Reddit, "/r/handtools/.rss").await;
    assert_eq!(blocked.status, 403);
    assert!(blocked.text().contains("whoa there, pardner"));
}

#[tokio::test]
async fn subs_can_be_closed_banned_or_unknown() {
    let (sandbox, token) = with(Sandbox::builder()).await;
    for (sub, status, reason) in [("private", 403, "private"), ("banned", 404, "banned")] {
        let reply = ask(&sandbox, &format!("/r/{sub}/new"), &token).await;
        assert_eq!(
            (reply.status, &reply.json()["reason"]),
            (status, &json!(reason))
        );
    }
    let unknown = ask(&sandbox, "/r/nosuchsub/new", &token).await;
    assert_eq!(
        (unknown.status, unknown.header("location")),
        (302, "/subreddits/search?q=nosuchsub")
    );
    let page = ask(&sandbox, unknown.header("location"), &token).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn texts_are_escaped_unless_asked_otherwise() {
    let (sandbox, token) = with(Sandbox::builder()).await;
    for (query, wanted) in [("", "Bench &amp; vise"), ("?raw_json=1", "Bench & vise")] {
        let body = ask(&sandbox, &format!("/r/lighthouses/new{query}"), &token)
            .await
            .json();
        let titles = list(&body["data"]["children"]);
        assert!(
            titles
                .iter()
                .any(|child| text(&child["data"]["title"]).starts_with(wanted))
        );
    }
}
