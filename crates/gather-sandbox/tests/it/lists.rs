//! Paged lists of every kind, well-behaved and not.

use gather_sandbox::{Api, Sandbox};
use serde_json::Value;

use crate::client::{exchange, get, list, request, start};

fn ids(items: &Value) -> Vec<u64> {
    list(items)
        .iter()
        .map(|item| item["id"].as_u64().expect("an id"))
        .collect()
}

async fn items(sandbox: &Sandbox, target: &str) -> (Vec<u64>, Value) {
    let reply = get(sandbox, Api::Any, target).await;
    assert_eq!(reply.status, 200, "{target}");
    let body = reply.json();
    (ids(&body["items"]), body)
}

#[tokio::test]
async fn every_kind_of_page_leads_through_the_whole_list() {
    let sandbox = start(Sandbox::builder()).await;
    let all: Vec<u64> = (1..=45).collect();
    let mut found = Vec::new();
    for page in 1..=5 {
        let (page_ids, body) = items(&sandbox, &format!("/list/page?page={page}")).await;
        assert_eq!(body["pages"], 5);
        found.extend(page_ids);
    }
    assert_eq!(found, all);
    found.clear();
    for offset in (0..45).step_by(10) {
        found.extend(
            items(&sandbox, &format!("/list/offset?offset={offset}"))
                .await
                .0,
        );
    }
    assert_eq!(found, all);
    for style in ["text", "base64", "big"] {
        found.clear();
        let mut target = format!("/list/cursor?cursor={style}");
        loop {
            let (page_ids, body) = items(&sandbox, &target).await;
            found.extend(page_ids);
            let after = match &body["after"] {
                Value::Null => break,
                Value::String(text) => {
                    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
                }
                number => number.to_string(),
            };
            target = format!("/list/cursor?cursor={style}&after={after}");
        }
        assert_eq!(found, all, "{style}");
    }
    for absolute in ["0", "1"] {
        found.clear();
        let mut target = format!("/list/next?absolute={absolute}");
        loop {
            let (page_ids, body) = items(&sandbox, &target).await;
            found.extend(page_ids);
            let Some(next) = body["next_url"].as_str() else {
                break;
            };
            assert_eq!(next.starts_with("http://sandbox/"), absolute == "1");
            target = next.trim_start_matches("http://sandbox").to_owned();
        }
        assert_eq!(found, all);
    }
    let (_, feed) = items_of_feed(&sandbox).await;
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
}

async fn items_of_feed(sandbox: &Sandbox) -> (usize, Value) {
    let body = get(sandbox, Api::Any, "/list/feed").await.json();
    assert!(crate::client::text(&body["next_url"]).contains("page=2"));
    (list(&body["items"]).len(), body)
}

#[tokio::test]
async fn links_can_be_as_nasty_as_the_standard_allows() {
    let sandbox = start(Sandbox::builder()).await;
    let plain = get(&sandbox, Api::Any, "/list/link?page=2").await;
    assert!(
        plain
            .header("link")
            .contains("<http://sandbox/list/link?page=3>; rel=\"next\"")
    );
    let last = get(&sandbox, Api::Any, "/list/link?page=5").await;
    assert_eq!(last.header("link"), "");
    let ask = request("GET", "/list/link?hard=1", &[], "");
    let (bytes, _) = exchange(sandbox.addr(Api::Any), &ask).await;
    let head = String::from_utf8_lossy(&bytes).to_lowercase();
    assert_eq!(head.matches("\r\nlink: ").count(), 2, "{head}");
    assert!(head.contains("</list/link?hard=1&page=2>; rel=\"last next\"; rel=prev"));
}

#[tokio::test]
async fn case_50_lists_can_go_in_circles() {
    let sandbox = start(Sandbox::builder()).await;
    let next = async |target: &str| {
        let body = items(&sandbox, target).await.1;
        body["next_url"].as_str().unwrap().to_owned()
    };
    let same = next("/list/next?quirk=self").await;
    assert_eq!(next(&same).await, same);
    let first = next("/list/next?quirk=swing").await;
    let second = next(&first).await;
    assert_eq!(next(&second).await, first);
    let far = next("/list/next?quirk=endless&page=900").await;
    assert_eq!(items(&sandbox, &far).await.0.len(), 0);
}

#[tokio::test]
async fn case_51_a_server_can_give_its_first_page_for_ever() {
    let sandbox = start(Sandbox::builder()).await;
    let first = items(&sandbox, "/list/offset?quirk=same").await.0;
    let fourth = items(&sandbox, "/list/offset?quirk=same&offset=30").await.0;
    assert_eq!(first, fourth);
}

#[tokio::test]
async fn case_49_and_52_lists_can_shift_shrink_or_end_in_an_error() {
    let sandbox = start(Sandbox::builder()).await;
    let second = items(&sandbox, "/list/page?quirk=shift&page=2").await.0;
    assert_eq!(second[0], 10, "the last of page 1 again");
    for (page, pages) in [(1, 5), (2, 4), (3, 3)] {
        let body = items(&sandbox, &format!("/list/page?quirk=shrink&page={page}"))
            .await
            .1;
        assert_eq!(body["pages"], pages);
    }
    let beyond = get(&sandbox, Api::Any, "/list/page?quirk=beyond&page=6").await;
    assert_eq!(beyond.status, 400);
    for wrong in [
        "/list/page?page=0",
        "/list/cursor?after=nonsense",
        "/list/page?quirk=odd",
        "/list/page?size=0",
    ] {
        assert_eq!(get(&sandbox, Api::Any, wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(get(&sandbox, Api::Any, "/list/none").await.status, 404);
}
