//! What holds across the APIs: shared stories, and the same bytes for the same seed.

use std::collections::{BTreeMap, HashSet};

use gather_sandbox::{Api, Sandbox};

use crate::client::{get, list, start, text};

#[tokio::test]
async fn some_stories_come_through_several_apis_under_several_addresses() {
    let sandbox = start(Sandbox::builder()).await;
    let mut links: Vec<(&str, String)> = Vec::new();
    let news = get(
        &sandbox,
        Api::NewsApi,
        "/v2/top-headlines?country=us&apiKey=k",
    )
    .await
    .json();
    links.extend(
        list(&news["articles"])
            .iter()
            .map(|article| ("newsapi", text(&article["url"]).to_owned())),
    );
    let guardian = get(&sandbox, Api::Guardian, "/search?api-key=k")
        .await
        .json();
    let results = &guardian["response"]["results"];
    links.extend(
        list(results)
            .iter()
            .map(|content| ("guardian", text(&content["webUrl"]).to_owned())),
    );
    let top = get(&sandbox, Api::HackerNews, "/v0/topstories.json")
        .await
        .json();
    for id in list(&top).iter().take(20) {
        let item = get(&sandbox, Api::HackerNews, &format!("/v0/item/{id}.json"))
            .await
            .json();
        // A job may have an empty link.
        let url = item["url"].as_str().filter(|url| !url.is_empty());
        links.extend(url.map(|url| ("hackernews", url.to_owned())));
    }
    for path in ["/rss.xml", "/atom.xml"] {
        let feed = get(&sandbox, Api::Feeds, path).await;
        let found = feed.text().split(['<', '"', '>']).filter(|part| {
            part.starts_with("https://www.harbour.example/") && part.contains(['?', '#'])
        });
        links.extend(found.map(|url| (path, url.to_owned())));
    }
    // What is left of an address when scheme, `www.`, query, fragment and final slash are gone.
    let mut carriers: BTreeMap<String, HashSet<&str>> = BTreeMap::new();
    for (carrier, url) in &links {
        let rest = url
            .split_once("://")
            .expect("a URL")
            .1
            .trim_start_matches("www.");
        let rest = rest
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .trim_end_matches('/');
        carriers.entry(rest.to_owned()).or_default().insert(carrier);
    }
    let shared: Vec<usize> = carriers
        .values()
        .map(HashSet::len)
        .filter(|n| *n > 1)
        .collect();
    assert_eq!(shared.len(), 6, "{carriers:#?}");
    assert_eq!(shared.iter().max(), Some(&4));
    assert!(links.iter().all(|(_, url)| url.contains(".example")));
}

const EVERY_PATH: [(Api, &str); 12] = [
    (
        Api::NewsApi,
        "/v2/top-headlines?country=us&apiKey=k&pageSize=100",
    ),
    (Api::NewsApi, "/v2/everything?q=the&apiKey=k"),
    (
        Api::Guardian,
        "/search?api-key=k&page-size=200&show-fields=all",
    ),
    (Api::HackerNews, "/v0/topstories.json"),
    (Api::HackerNews, "/v0/newstories.json"),
    (Api::Feeds, "/rss.xml"),
    (Api::Feeds, "/atom.xml"),
    (Api::Feeds, "/feed.json"),
    (Api::Bank, "/transactions"),
    (Api::Bank, "/budgets"),
    (Api::Rates, "/v1/latest"),
    (Api::Rates, "/v1/2026-10-01..2026-11-01?base=USD"),
];

async fn everything(seed: u64, now: &str) -> Vec<Vec<u8>> {
    let sandbox = start(
        Sandbox::builder()
            .seed(seed)
            .now(now.parse().expect("an instant")),
    )
    .await;
    let mut bodies = Vec::new();
    for (api, target) in EVERY_PATH {
        let reply = get(&sandbox, api, target).await;
        assert_eq!(reply.status, 200, "{target}");
        bodies.push(reply.body);
    }
    bodies
}

#[tokio::test]
async fn the_same_seed_and_hour_give_the_same_bytes() {
    let now = "2026-11-20T09:00:00Z";
    let bodies = everything(7, now).await;
    assert!(bodies == everything(7, "2026-11-20T09:59:59Z").await);
    for (body, (other, (_, target))) in bodies
        .iter()
        .zip(everything(8, now).await.iter().zip(EVERY_PATH))
    {
        assert!(body != other, "{target} is the same for another seed");
    }
    assert!(bodies != everything(7, "2026-11-21T09:00:00Z").await);
}
