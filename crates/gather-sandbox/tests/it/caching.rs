//! Validators, freshness, redirects and scripted answers, set by rule for any route.

use gather_sandbox::{Api, Caching, Fault, Sandbox, Tag};

use crate::client::{get, send, start};

const MODIFIED: &str = "Fri, 20 Nov 2026 08:00:00 GMT";

#[tokio::test]
async fn any_route_can_be_given_any_validator() {
    let sandbox = start(Sandbox::builder()).await;
    let routes = [
        (Api::Guardian, "/search?api-key=k"),
        (Api::HackerNews, "/v0/topstories.json"),
        (Api::Feeds, "/rss.xml"),
        (Api::Bank, "/accounts"),
        (Api::Any, "/json/1"),
    ];
    for (api, target) in routes {
        for tag in [Tag::Strong, Tag::Weak, Tag::Unquoted, Tag::Commas] {
            let rule = Caching::none()
                .etag(tag.clone())
                .last_modified(MODIFIED)
                .header("cache-control", "max-age=60")
                .header("expires", "-1");
            sandbox.set_caching(api, rule).unwrap();
            let fresh = get(&sandbox, api, target).await;
            assert_eq!(
                (
                    fresh.status,
                    fresh.header("last-modified"),
                    fresh.header("cache-control"),
                    fresh.header("expires")
                ),
                (200, MODIFIED, "max-age=60", "-1"),
                "{api} {tag:?}"
            );
            let etag = fresh.header("etag");
            let asked = send(&sandbox, api, "GET", target, &[("if-none-match", etag)], "").await;
            assert_eq!(
                (asked.status, asked.header("etag"), asked.body.len()),
                (304, etag, 0),
                "{api} {tag:?}"
            );
            let since = [("if-modified-since", MODIFIED)];
            let asked = send(&sandbox, api, "GET", target, &since, "").await;
            assert_eq!(asked.status, 304, "{api}");
            let other = [("if-none-match", "\"other\"")];
            let asked = send(&sandbox, api, "GET", target, &other, "").await;
            assert_eq!((asked.status, asked.body), (200, fresh.body), "{api}");
        }
    }
}

#[tokio::test]
async fn case_36_a_server_may_ignore_what_it_is_asked() {
    let rule = Caching::none().etag(Tag::Strong).ignores_conditions();
    let sandbox = start(Sandbox::builder().caching((Api::Feeds, "/atom.xml"), rule)).await;
    let first = get(&sandbox, Api::Feeds, "/atom.xml").await;
    let tag = [("if-none-match", first.header("etag"))];
    let again = send(&sandbox, Api::Feeds, "GET", "/atom.xml", &tag, "").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(
        sandbox.log(Api::Feeds).requests()[1].header("if-none-match"),
        Some(first.header("etag"))
    );
    sandbox.clear_caching((Api::Feeds, "/atom.xml"));
    let own = get(&sandbox, Api::Feeds, "/atom.xml").await;
    let tag = [("if-none-match", own.header("etag"))];
    let again = send(&sandbox, Api::Feeds, "GET", "/atom.xml", &tag, "").await;
    assert_eq!(again.status, 304, "what the route says by itself is back");
}

#[tokio::test]
async fn case_37_a_304_may_bring_a_new_tag() {
    let rule = Caching::none()
        .etag(Tag::Text("\"a\"".to_owned()))
        .header("cache-control", "max-age=1")
        .not_modified_header("etag", "\"b\"")
        .not_modified_header("cache-control", "max-age=900");
    let sandbox = start(Sandbox::builder().caching(Api::Any, rule)).await;
    let first = get(&sandbox, Api::Any, "/json/1").await;
    assert_eq!(first.header("cache-control"), "max-age=1");
    for tag in ["\"a\"", "\"b\""] {
        let tag = [("if-none-match", tag)];
        let again = send(&sandbox, Api::Any, "GET", "/json/1", &tag, "").await;
        assert_eq!(
            (
                again.status,
                again.header("etag"),
                again.header("cache-control")
            ),
            (304, "\"b\"", "max-age=900")
        );
    }
}

#[tokio::test]
async fn the_rule_of_a_route_goes_before_that_of_its_api_and_errors_carry_none() {
    let sandbox = start(
        Sandbox::builder()
            .caching(Api::Any, Caching::none().etag(Tag::Strong))
            .caching((Api::Any, "/json/*"), Caching::none().etag(Tag::Weak)),
    )
    .await;
    let tag = async |path: &str| {
        let reply = get(&sandbox, Api::Any, path).await;
        reply.header("etag").to_owned()
    };
    assert!(tag("/bytes/3").await.starts_with('"'));
    assert!(tag("/json/3").await.starts_with("W/"));
    assert_eq!(tag("/status/404").await, "");
    let post = send(&sandbox, Api::Any, "POST", "/json/3", &[], "").await;
    assert_eq!(post.header("etag"), "");
    let wrong = Caching::none().header("bad name", "x");
    assert!(sandbox.set_caching(Api::Any, wrong).is_err());
}

#[tokio::test]
async fn a_route_moves_or_is_gone_by_rule() {
    let sandbox = start(Sandbox::builder()).await;
    for code in [301, 302, 303, 307, 308] {
        sandbox
            .set_fault(
                (Api::Feeds, "/rss.xml"),
                Fault::redirect(code, "/atom.xml").first(1),
            )
            .await
            .unwrap();
        let moved = get(&sandbox, Api::Feeds, "/rss.xml").await;
        assert_eq!(
            (moved.status, moved.header("location")),
            (code, "/atom.xml")
        );
        assert_eq!(get(&sandbox, Api::Feeds, "/rss.xml").await.status, 200);
    }
    sandbox
        .set_fault((Api::Feeds, "/rss.xml"), Fault::status(410))
        .await
        .unwrap();
    assert_eq!(get(&sandbox, Api::Feeds, "/rss.xml").await.status, 410);
}

#[tokio::test]
async fn an_answer_can_be_written_by_the_test() {
    let script = Fault::status(200)
        .header("content-type", "application/rss+xml")
        .body("<rss/>");
    let sandbox = start(
        Sandbox::builder()
            .fault((Api::Feeds, "/rss.xml"), script)
            .fault(Api::HackerNews, Fault::status(200).body("[1,2]"))
            .caching(Api::Feeds, Caching::none().etag(Tag::Strong)),
    )
    .await;
    let feed = get(&sandbox, Api::Feeds, "/rss.xml").await;
    assert_eq!(
        (feed.status, feed.header("content-type"), feed.text()),
        (200, "application/rss+xml", "<rss/>")
    );
    let tag = [("if-none-match", feed.header("etag"))];
    let again = send(&sandbox, Api::Feeds, "GET", "/rss.xml", &tag, "").await;
    assert_eq!(again.status, 304);
    let list = get(&sandbox, Api::HackerNews, "/v0/topstories.json").await;
    assert_eq!(list.json(), serde_json::json!([1, 2]));
    assert!(list.header("content-type").starts_with("application/json"));
}
