//! News answers have the shapes of the real services, their errors too.

use std::collections::{BTreeMap, HashSet};

use gather_sandbox::{Api, Sandbox};
use serde_json::{Value, json};

use crate::client::{get, list, send, start, text};

#[tokio::test]
async fn newsapi_gives_headlines_in_pages_and_keeps_removed_ones() {
    let sandbox = start(Sandbox::builder()).await;
    let key = [("x-api-key", "k")];
    let first = send(
        &sandbox,
        Api::NewsApi,
        "GET",
        "/v2/top-headlines?country=us",
        &key,
        "",
    )
    .await;
    assert_eq!((first.status, first.header("expires")), (200, "-1"));
    let first = first.json();
    assert_eq!(
        (&first["status"], &first["totalResults"]),
        (&json!("ok"), &json!(40))
    );
    assert_eq!(list(&first["articles"]).len(), 20);
    let all = get(
        &sandbox,
        Api::NewsApi,
        "/v2/top-headlines?country=us&pageSize=100&apiKey=k",
    )
    .await
    .json();
    let articles = list(&all["articles"]);
    assert_eq!(articles[..20], list(&first["articles"])[..]);
    let removed: Vec<&Value> = articles
        .iter()
        .filter(|article| article["title"] == "[Removed]")
        .collect();
    assert_eq!(removed.len(), 2);
    assert_eq!(removed[0]["publishedAt"], "1970-01-01T00:00:00Z");
    for article in articles {
        for field in [
            "source",
            "author",
            "title",
            "description",
            "url",
            "urlToImage",
            "publishedAt",
            "content",
        ] {
            assert!(article.get(field).is_some(), "{field} of {article}");
        }
        text(&article["publishedAt"])
            .parse::<jiff::Timestamp>()
            .expect("RFC 3339");
    }
    assert!(articles.iter().any(|article| {
        article["content"]
            .as_str()
            .is_some_and(|text| text.ends_with(" chars]"))
    }));
    let page_2 = send(
        &sandbox,
        Api::NewsApi,
        "GET",
        "/v2/top-headlines?country=us&page=2",
        &[("authorization", "Bearer k")],
        "",
    );
    assert_eq!(list(&page_2.await.json()["articles"])[..], articles[20..]);
}

#[tokio::test]
async fn newsapi_refuses_in_its_own_words() {
    let sandbox = start(Sandbox::builder().key(Api::NewsApi, "right")).await;
    let cases = [
        ("/v2/top-headlines?country=us", 401, "apiKeyMissing"),
        (
            "/v2/top-headlines?country=us&apiKey=wrong",
            401,
            "apiKeyInvalid",
        ),
        ("/v2/top-headlines?apiKey=right", 400, "parametersMissing"),
        (
            "/v2/everything?language=en&apiKey=right",
            400,
            "parametersMissing",
        ),
        (
            "/v2/top-headlines?country=us&sources=a&apiKey=right",
            400,
            "parameterInvalid",
        ),
        (
            "/v2/everything?q=the&pageSize=101&apiKey=right",
            400,
            "parameterInvalid",
        ),
        (
            "/v2/everything?q=the&page=2&apiKey=right",
            426,
            "maximumResultsReached",
        ),
        ("/v2/nothing?apiKey=right", 404, "endpointNotFound"),
    ];
    for (target, status, code) in cases {
        let reply = get(&sandbox, Api::NewsApi, target).await;
        assert_eq!(reply.status, status, "{target}");
        assert_eq!(
            (&reply.json()["status"], &reply.json()["code"]),
            (&json!("error"), &json!(code)),
            "{target}"
        );
        assert!(!text(&reply.json()["message"]).is_empty());
    }
    let page_2 = get(
        &sandbox,
        Api::NewsApi,
        "/v2/everything?domains=harbour.example&pageSize=20&page=2&apiKey=right",
    )
    .await;
    assert_eq!(page_2.status, 200, "the first hundred are within reach");
    let sources = get(
        &sandbox,
        Api::NewsApi,
        "/v2/top-headlines/sources?apiKey=right",
    )
    .await
    .json();
    assert!(
        list(&sources["sources"])
            .iter()
            .any(|source| source["id"] == "harbour-gazette")
    );
}

#[tokio::test]
async fn everything_finds_what_was_asked_for() {
    let sandbox = start(Sandbox::builder()).await;
    let ask = async |q: &str| {
        let q: String = q.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let target = format!("/v2/everything?apiKey=k&q={q}");
        get(&sandbox, Api::NewsApi, &target).await.json()
    };
    let all = get(
        &sandbox,
        Api::NewsApi,
        "/v2/top-headlines?country=us&apiKey=k",
    )
    .await
    .json();
    let wanted = &all["articles"][5];
    let (title, _outlet) = text(&wanted["title"])
        .rsplit_once(" - ")
        .expect("title and outlet");
    let found = ask(&title.to_uppercase()).await;
    assert_eq!(
        (&found["totalResults"], &found["articles"][0]),
        (&json!(1), wanted)
    );
    let none = ask("zzzzzz").await;
    assert_eq!(
        (&none["totalResults"], list(&none["articles"]).len()),
        (&json!(0), 0)
    );
}

#[tokio::test]
async fn guardian_pages_through_its_contents() {
    let sandbox = start(Sandbox::builder()).await;
    let mut ids = HashSet::new();
    for page in 1..=5 {
        let reply = get(
            &sandbox,
            Api::Guardian,
            &format!("/search?api-key=test&page={page}"),
        )
        .await
        .json();
        let response = &reply["response"];
        assert_eq!(response["startIndex"], (page - 1) * 10 + 1);
        let figures = [
            &response["total"],
            &response["pages"],
            &response["pageSize"],
            &response["currentPage"],
        ];
        assert_eq!(figures, [&json!(50), &json!(5), &json!(10), &json!(page)]);
        for content in list(&response["results"]) {
            assert!(ids.insert(text(&content["id"]).to_owned()));
            assert_eq!(
                text(&content["webUrl"]),
                format!("https://www.guardian.example/{}", text(&content["id"]))
            );
            assert!(content.get("fields").is_none());
        }
    }
    assert_eq!(ids.len(), 50);
    let fields = get(
        &sandbox,
        Api::Guardian,
        "/search?api-key=test&page-size=200&show-fields=trailText,wordcount",
    )
    .await;
    let results = &fields.json()["response"]["results"];
    assert_eq!(list(results).len(), 50);
    assert!(
        text(&results[0]["fields"]["wordcount"])
            .parse::<u32>()
            .is_ok(),
        "numbers in fields are strings"
    );
    assert_eq!(
        results[0]["fields"].as_object().map(serde_json::Map::len),
        Some(2)
    );
}

#[tokio::test]
async fn guardian_and_its_gateway_refuse_in_two_shapes() {
    let sandbox = start(Sandbox::builder().key(Api::Guardian, "right")).await;
    for target in ["/search", "/search?api-key=wrong"] {
        let reply = get(&sandbox, Api::Guardian, target).await;
        assert_eq!(reply.status, 401);
        assert!(reply.json()["message"].is_string() && reply.json().get("response").is_none());
    }
    let cases = [
        (
            "/search?api-key=right&page=6",
            400,
            "requested page is beyond the number of available pages",
        ),
        (
            "/search?api-key=right&page-size=201",
            400,
            "page-size must be an integer between 0 and 200",
        ),
        (
            "/elsewhere?api-key=right",
            404,
            "The requested resource could not be found.",
        ),
    ];
    for (target, status, message) in cases {
        let reply = get(&sandbox, Api::Guardian, target).await;
        assert_eq!(reply.status, status, "{target}");
        assert_eq!(
            reply.json(),
            json!({ "response": { "status": "error", "message": message } })
        );
    }
}

#[tokio::test]
async fn hacker_news_lists_lead_to_items_of_every_kind() {
    let sandbox = start(Sandbox::builder()).await;
    let top = get(&sandbox, Api::HackerNews, "/v0/topstories.json")
        .await
        .json();
    assert_eq!(list(&top).len(), 500);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for id in list(&top).iter().take(20) {
        let item = get(&sandbox, Api::HackerNews, &format!("/v0/item/{id}.json")).await;
        assert_eq!(item.status, 200);
        let item = item.json();
        let kind = match &item {
            Value::Null => "null",
            item if item["deleted"] == true => "deleted",
            item if item["dead"] == true => "dead",
            item if item["type"] == "job" => "job",
            item if item.get("url").is_none() => "text",
            _ => "link",
        };
        *seen.entry(kind).or_default() += 1;
        if kind != "null" {
            assert_eq!(item["id"], *id);
        }
        if kind == "link" {
            assert!(item["score"].is_u64() && item["time"].is_u64() && item["by"].is_string());
            let kid = get(
                &sandbox,
                Api::HackerNews,
                &format!("/v0/item/{}.json", item["kids"][0]),
            )
            .await
            .json();
            assert_eq!((&kid["type"], &kid["parent"]), (&json!("comment"), id));
        }
    }
    assert_eq!(
        seen,
        BTreeMap::from([
            ("dead", 1),
            ("deleted", 1),
            ("job", 1),
            ("link", 15),
            ("null", 1),
            ("text", 1)
        ])
    );
    for (name, at_most) in [
        ("new", 500),
        ("best", 200),
        ("ask", 200),
        ("show", 200),
        ("job", 200),
    ] {
        let ids = get(
            &sandbox,
            Api::HackerNews,
            &format!("/v0/{name}stories.json"),
        )
        .await
        .json();
        assert!((1..=at_most).contains(&list(&ids).len()), "{name}");
    }
    let newest = get(&sandbox, Api::HackerNews, "/v0/maxitem.json")
        .await
        .json()
        .as_u64()
        .expect("an id");
    assert!(
        list(&top)
            .iter()
            .all(|id| id.as_u64().is_some_and(|id| id <= newest))
    );
    assert_eq!(
        get(&sandbox, Api::HackerNews, "/v0/item/1.json")
            .await
            .text(),
        "null"
    );
    let refused = get(&sandbox, Api::HackerNews, "/v0/nothing.json").await;
    assert_eq!(
        (refused.status, refused.json()),
        (401, json!({ "error": "Permission denied" }))
    );
    let pretty = get(
        &sandbox,
        Api::HackerNews,
        "/v0/topstories.json?print=pretty",
    )
    .await;
    assert!(pretty.text().contains("\n  ") && pretty.json() == top);
}
