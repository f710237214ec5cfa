//! What changes when an API's data moves on.

use gather_sandbox::{Api, Sandbox};
use serde_json::{Value, json};

use crate::client::{get, list, start, text};

#[tokio::test]
async fn hacker_news_titles_and_scores_change_and_posts_come_back() {
    let sandbox = start(Sandbox::builder()).await;
    let top = async || {
        get(&sandbox, Api::HackerNews, "/v0/topstories.json")
            .await
            .json()
    };
    let before = top().await;
    let item = async |id: &Value| {
        get(&sandbox, Api::HackerNews, &format!("/v0/item/{id}.json"))
            .await
            .json()
    };
    let mut old = Vec::new();
    for id in &list(&before)[..20] {
        old.push(item(id).await);
    }
    sandbox.set_edition(Api::HackerNews, 1);
    let after = top().await;
    assert_eq!(list(&after)[..29], list(&before)[1..30]);
    assert_eq!(list(&after)[29], list(&before)[0]);
    let (mut renamed, mut risen) = (0, 0);
    for old in &old {
        let new = item(&old["id"]).await;
        assert_eq!(new["id"], old["id"]);
        renamed += usize::from(new["title"] != old["title"]);
        risen += usize::from(new["score"].as_u64() > old["score"].as_u64());
    }
    assert!(
        (3..=12).contains(&renamed) && risen >= 17,
        "{renamed} {risen}"
    );
    sandbox.set_edition(Api::HackerNews, 30);
    assert_eq!(top().await, before);
    sandbox.set_edition(Api::HackerNews, 0);
    assert_eq!(item(&old[0]["id"]).await, old[0]);
}

#[tokio::test]
async fn every_list_of_hacker_news_has_posts_that_are_gone() {
    let sandbox = start(Sandbox::builder()).await;
    for name in ["new", "best", "ask", "show", "job"] {
        let ids = get(
            &sandbox,
            Api::HackerNews,
            &format!("/v0/{name}stories.json"),
        )
        .await
        .json();
        let mut gone = [0; 3];
        for id in list(&ids) {
            let item = get(&sandbox, Api::HackerNews, &format!("/v0/item/{id}.json"))
                .await
                .json();
            gone[0] += usize::from(item.is_null());
            gone[1] += usize::from(item["dead"] == true);
            gone[2] += usize::from(item["deleted"] == true);
        }
        assert!(gone.iter().all(|count| *count > 0), "{name}: {gone:?}");
        let mut once: Vec<&Value> = list(&ids).iter().collect();
        once.sort_by_key(|id| id.as_u64());
        once.dedup();
        assert_eq!(once.len(), list(&ids).len(), "{name}");
    }
}

#[tokio::test]
async fn case_52_the_guardians_pages_shrink_while_they_are_read() {
    let sandbox = start(Sandbox::builder()).await;
    sandbox.turn_edition_every(Api::Guardian, 2);
    let mut pages = Vec::new();
    for page in 1..=4 {
        let target = format!("/search?api-key=k&page={page}");
        let reply = get(&sandbox, Api::Guardian, &target).await;
        pages.push(match reply.status {
            200 => reply.json()["response"]["pages"].clone(),
            status => json!(format!("{status}")),
        });
    }
    assert_eq!(pages, [json!(5), json!(5), json!(4), json!(4)]);
    let beyond = get(&sandbox, Api::Guardian, "/search?api-key=k&page=5").await;
    assert_eq!(beyond.status, 400);
    assert_eq!(
        text(&beyond.json()["response"]["message"]),
        "requested page is beyond the number of available pages"
    );
    sandbox.turn_edition_every(Api::Guardian, 0);
    sandbox.set_edition(Api::Guardian, 1_000);
    let least = get(&sandbox, Api::Guardian, "/search?api-key=k").await;
    assert_eq!(least.json()["response"]["total"], 10);
}

#[tokio::test]
async fn newsapi_finds_removed_articles_by_what_they_once_said() {
    let sandbox = start(Sandbox::builder()).await;
    let found = get(
        &sandbox,
        Api::NewsApi,
        "/v2/everything?q=the&apiKey=k&pageSize=100",
    )
    .await
    .json();
    let all = get(
        &sandbox,
        Api::NewsApi,
        "/v2/everything?q=e&apiKey=k&pageSize=100",
    )
    .await
    .json();
    let removed = |body: &Value| {
        list(&body["articles"])
            .iter()
            .filter(|article| article["title"] == "[Removed]")
            .count()
    };
    assert!(removed(&found) <= 2);
    assert_eq!(removed(&all), 2);
}
