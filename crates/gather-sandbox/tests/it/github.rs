//! GitHub as its clients meet it: pages by `Link`, free 304s, two kinds of limit, a repository that moved.

use gather_sandbox::{Api, Fault, Sandbox};
use serde_json::Value;

use crate::client::{Reply, list, send, start, text};

const AGENT: (&str, &str) = ("user-agent", "test/1");

async fn ask(sandbox: &Sandbox, target: &str, headers: &[(&str, &str)]) -> Reply {
    let headers = [&[AGENT], headers].concat();
    send(sandbox, Api::GitHub, "GET", target, &headers, "").await
}

fn number(reply: &Reply, name: &str) -> i64 {
    reply.header(name).parse().expect("a number")
}

/// The address with that `rel`, without its origin.
fn link(reply: &Reply, origin: &str, rel: &str) -> Option<String> {
    reply.header("link").split(", ").find_map(|part| {
        let (address, params) = part.split_once("; ")?;
        (params == format!("rel=\"{rel}\"")).then(|| {
            let address = address.trim_matches(['<', '>']);
            address
                .strip_prefix(origin)
                .expect("of this server")
                .to_owned()
        })
    })
}

#[tokio::test]
async fn releases_are_paged_by_links_that_are_used_as_they_are() {
    let sandbox = start(Sandbox::builder()).await;
    let origin = sandbox.origin(Api::GitHub);
    let host = origin.trim_start_matches("http://");
    let mut next = Some("/repos/acme/gizmo/releases?per_page=30".to_owned());
    let mut tags: Vec<String> = Vec::new();
    let mut pages = 0;
    while let Some(target) = next {
        let reply = send(
            &sandbox,
            Api::GitHub,
            "GET",
            &target,
            &[AGENT, ("accept", "application/vnd.github+json")],
            "",
        )
        .await;
        assert_eq!(reply.status, 200);
        let body = reply.json();
        tags.extend(
            list(&body)
                .iter()
                .map(|release| text(&release["tag_name"]).to_owned()),
        );
        pages += 1;
        // The tests' client calls every server `sandbox`.
        next = link(&reply, "http://sandbox", "next");
        assert!(next.is_none() || next.as_ref().unwrap().starts_with("/repositories/9001/"));
        assert_eq!(link(&reply, "http://sandbox", "prev").is_some(), pages > 1);
    }
    assert!(!host.is_empty() && pages == 3);
    let count = tags.len();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!((count, tags.len()), (64, 64), "the draft is not shown");
    let with_token = ask(
        &sandbox,
        "/repos/acme/gizmo/releases?per_page=100",
        &[("authorization", "Bearer t")],
    )
    .await;
    assert_eq!(list(&with_token.json()).len(), 65);
    assert_eq!(with_token.header("link"), "", "one page has no links");
    let empty = ask(&sandbox, "/repos/acme/empty/releases", &[]).await;
    assert_eq!((empty.status, empty.text()), (200, "[]"));
}

#[tokio::test]
async fn an_unchanged_answer_costs_nothing_for_who_has_a_token() {
    let sandbox = start(Sandbox::builder()).await;
    for (token, limit, cost) in [
        (None, 60, 1),
        (Some(("authorization", "Bearer t")), 5_000, 0),
    ] {
        let token: Vec<(&str, &str)> = token.into_iter().collect();
        let first = ask(&sandbox, "/repos/acme/gizmo/events", &token).await;
        assert_eq!(
            (
                number(&first, "x-ratelimit-limit"),
                number(&first, "x-ratelimit-remaining"),
                number(&first, "x-ratelimit-used")
            ),
            (limit, limit - 1, 1)
        );
        assert_eq!(first.header("x-poll-interval"), "60");
        let etag = first.header("etag");
        assert!(etag.starts_with("W/\""));
        for nth in 1..=3 {
            let conditional = [&token[..], &[("if-none-match", etag)]].concat();
            let again = ask(&sandbox, "/repos/acme/gizmo/events", &conditional).await;
            assert_eq!((again.status, again.body.len()), (304, 0));
            assert_eq!(
                number(&again, "x-ratelimit-remaining"),
                limit - 1 - nth * cost
            );
        }
        let since = [
            &token[..],
            &[("if-modified-since", first.header("last-modified"))],
        ]
        .concat();
        let again = ask(&sandbox, "/repos/acme/gizmo/events", &since).await;
        assert_eq!(again.status, 304);
        let other = ask(&sandbox, "/repos/acme/gizmo/releases", &token).await;
        let left = limit - 2 - 4 * cost;
        assert_eq!(number(&other, "x-ratelimit-remaining"), left);
        assert!(other.header("vary").contains("Authorization"));
        let free = ask(&sandbox, "/rate_limit", &token).await;
        assert_eq!(free.json()["rate"]["remaining"], left);
    }
}

#[tokio::test]
async fn case_06_the_primary_limit_is_a_403_with_an_instant() {
    let sandbox = start(Sandbox::builder().allowance(Api::GitHub, 2)).await;
    for left in [1, 0] {
        let reply = ask(&sandbox, "/repos/acme/gizmo/releases", &[]).await;
        assert_eq!(
            (reply.status, number(&reply, "x-ratelimit-remaining")),
            (200, left)
        );
    }
    let refused = ask(&sandbox, "/repos/acme/gizmo/releases", &[]).await;
    assert_eq!(
        (refused.status, refused.header("x-ratelimit-remaining")),
        (403, "0")
    );
    assert!(text(&refused.json()["message"]).starts_with("API rate limit exceeded"));
    let date = jiff::fmt::rfc2822::parse(refused.header("date")).expect("a date");
    let wait = number(&refused, "x-ratelimit-reset") - date.timestamp().as_second();
    assert!((1..=3_600).contains(&wait), "{wait} s from its own date");
    let other = ask(
        &sandbox,
        "/repos/acme/gizmo/releases",
        &[("authorization", "Bearer t")],
    )
    .await;
    assert_eq!(other.status, 200, "each client has its own");
}

#[tokio::test]
async fn case_07_the_secondary_limit_is_a_403_without_a_word_in_the_headers() {
    let sandbox = start(Sandbox::builder().fault(Api::GitHub, Fault::status(403).first(1))).await;
    let refused = ask(&sandbox, "/repos/acme/gizmo/releases", &[]).await;
    assert_eq!(refused.status, 403);
    assert!(text(&refused.json()["message"]).contains("secondary rate limit"));
    assert!(
        refused
            .headers
            .keys()
            .all(|name| !name.starts_with("x-ratelimit") && name != "retry-after")
    );
    let after = ask(&sandbox, "/repos/acme/gizmo/releases", &[]).await;
    assert_eq!(after.status, 200);
}

#[tokio::test]
async fn it_refuses_in_its_own_words() {
    let sandbox = start(Sandbox::builder().key(Api::GitHub, "right")).await;
    let moved = ask(&sandbox, "/repos/acme/widget/releases?per_page=5", &[]).await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, "http://sandbox/repositories/9001/releases?per_page=5")
    );
    for target in [
        "/repos/acme/none/releases",
        "/repos/acme/gizmo/releases/",
        "/repos/acme/gizmo",
    ] {
        let none = ask(&sandbox, target, &[]).await;
        assert_eq!((none.status, &none.json()["status"]), (404, &"404".into()));
    }
    let wrong = ask(
        &sandbox,
        "/repos/acme/gizmo/releases",
        &[("authorization", "Bearer wrong")],
    )
    .await;
    assert_eq!(
        (wrong.status, &wrong.json()["message"]),
        (401, &"Bad credentials".into())
    );
    let version = ask(
        &sandbox,
        "/repos/acme/gizmo/releases",
        &[("x-github-api-version", "1999-01-01")],
    )
    .await;
    assert_eq!(version.status, 400);
    let nameless = send(
        &sandbox,
        Api::GitHub,
        "GET",
        "/repos/acme/gizmo/releases",
        &[],
        "",
    )
    .await;
    assert_eq!(nameless.status, 403);
    assert!(nameless.text().contains("User-Agent"));
}

#[tokio::test]
async fn events_are_of_many_kinds_newest_first() {
    let sandbox = start(Sandbox::builder()).await;
    let events = ask(&sandbox, "/repos/acme/gizmo/events?per_page=100", &[]).await;
    let events = events.json();
    let events = list(&events);
    let mut kinds: Vec<&str> = events.iter().map(|event| text(&event["type"])).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!((events.len(), kinds.len()), (90, 10));
    assert!(events.iter().all(|event| event["id"].is_string()));
    let times: Vec<&Value> = events.iter().map(|event| &event["created_at"]).collect();
    assert!(times.is_sorted_by(|a, b| text(a) >= text(b)));
}
