//! Every route, tried without what it wants: an origin, a session, an id of one's own.
//!
//! The API's routes are taken from its own document; those of the pages are listed here, and what pages send is compared
//! with the list, so that a form that is new is tried too.

use gather_records::{Article, Money, Record, Transaction, Viewer};
use gather_store::{Page, SourceRef, TransactionQuery};
use http::{Method, StatusCode, header};
use serde_json::json;

use crate::world::{Answer, Browser, Setting, World};

/// What pages send; a number or a name in it is `1`.
const FORMS: [&str; 15] = [
    "/login",
    "/logout",
    "/setup/1",
    "/news/marks",
    "/news/read",
    "/money/transactions/1",
    "/money/review/1",
    "/runs",
    "/sources/1/fetch",
    "/settings",
    "/settings/password",
    "/settings/keys",
    "/settings/keys/revoke",
    "/settings/sessions/end",
    "/settings/sessions/end-others",
];

const CONFIG: &str = "[source.bank]\npreset = \"json-bank\"\nbase = \"http://127.0.0.1:9/\"\ncurrency = \"EUR\"\n\
                      owner = \"ana\"\nevery = \"1h\"\n";

/// A house in which something of ana's waits for a decision.
async fn house() -> World {
    let world = World::with(Setting {
        config: CONFIG.to_owned(),
        ..Setting::default()
    })
    .await;
    let bank = SourceRef {
        name: "bank",
        owner: Some("ana"),
    };
    let at = "2026-01-05T12:00:00Z".parse().unwrap();
    let run = world.store.begin_run(at, &[bank]).unwrap();
    for amount in ["-4.50", "-5.75"] {
        let amount = Money::new(amount.parse().unwrap(), "EUR".parse().unwrap());
        let moved = Record::Transaction(Transaction {
            date: Some("2026-01-04".parse().unwrap()),
            description: Some("Kelp Cafe".to_owned()),
            ..Transaction::new("1", amount)
        });
        let article = Record::Article(Article {
            title: Some("Ferry line adds night sailing".to_owned()),
            ..Article::new("1")
        });
        let records = [moved, article];
        world
            .store
            .keep(Page::new(run, bank, &records, at))
            .unwrap();
    }
    world
}

/// What the API's document says that one can do: each method with its path, numbers and names in it `1`.
async fn operations(browser: &mut Browser) -> Vec<(Method, String)> {
    let document = browser.get("/api/v1/openapi.json").await.json();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path: Vec<&str> = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect();
        for method in methods.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            operations.push((method, path.join("/")));
        }
    }
    assert!(operations.len() > 30, "{operations:?}");
    operations
}

async fn send(
    browser: &mut Browser,
    method: &Method,
    path: &str,
    origin: Option<&str>,
    body: &str,
) -> Answer {
    let mut request = browser
        .request(method.clone(), path)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    let request = request.body(body.to_owned()).unwrap();
    browser.send(request).await
}

#[tokio::test]
async fn every_unsafe_route_without_this_servers_origin_is_refused() {
    let world = house().await;
    let mut ana = world.signed_in("ana").await;
    let operations = operations(&mut ana).await;
    let mut tried = 0;
    for origin in [None, Some("null"), Some("https://evil.example")] {
        for path in FORMS {
            let answer = ana.post_from(origin, path, &[]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?} {path}");
        }
        for (method, path) in &operations {
            if *method == Method::GET {
                continue;
            }
            tried += 1;
            let answer = send(&mut ana, method, path, origin, "{}").await;
            let refused = answer.status == StatusCode::FORBIDDEN;
            assert!(refused, "{origin:?} {method} {path}: {answer:?}");
        }
    }
    assert!(tried >= 3 * 10, "{tried}");
    assert_eq!(ana.get("/settings").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_route_of_the_api_without_a_session_says_so_and_does_nothing() {
    let world = house().await;
    let operations = operations(&mut world.signed_in("ana").await).await;
    let ana = world.store.user("ana").unwrap().unwrap();
    let mut nobody = world.browser();
    let origin = nobody.origin.clone();
    for (method, path) in &operations {
        let answer = send(&mut nobody, method, path, Some(&origin), "{}").await;
        let is_asked_who = answer.status == StatusCode::UNAUTHORIZED;
        assert!(is_asked_who, "{method} {path}: {answer:?}");
        assert!(!answer.text.contains("Kelp"), "{path}");
    }
    for path in FORMS {
        if path == "/login" || path.starts_with("/setup") {
            continue;
        }
        let answer = nobody.post(path, &[("name", "x"), ("theme", "dark")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.header(header::LOCATION), "/login", "{path}");
    }
    let after = world.store.user("ana").unwrap().unwrap();
    assert_eq!(after.settings, ana.settings);
    assert_eq!(world.store.api_keys(ana.id).unwrap(), []);
    let viewer = Viewer::User("ana".to_owned());
    assert_eq!(world.store.reviews(&viewer).unwrap().len(), 1);
}

/// The addresses that the forms of a page are sent to.
fn actions(page: &str) -> Vec<String> {
    page.split("<form ")
        .skip(1)
        .filter_map(|form| {
            let tag = form.split('>').next()?;
            let (_, rest) = tag.split_once("action=\"")?;
            tag.contains("method=\"post\"")
                .then(|| rest.split('"').next().unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn whatever_a_page_sends_is_among_the_routes_that_are_tried() {
    let world = house().await;
    let mut ana = world.signed_in("ana").await;
    let fields = [("name", "kitchen"), ("news", "on")];
    assert_eq!(
        ana.post("/settings/keys", &fields).await.status,
        StatusCode::OK
    );
    world.signed_in("ana").await;
    let number = number(&world);
    let mut found = actions(&world.browser().get("/login").await.text);
    for path in [
        "/",
        "/news",
        "/money",
        "/money/budgets",
        "/money/review",
        "/runs",
        "/runs/1",
        "/sources",
        "/sources/bank",
        "/settings",
        &format!("/money/transactions?edit={number}"),
    ] {
        let page = ana.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        found.extend(actions(&page.text));
    }
    let mut plain: Vec<String> = found
        .iter()
        .map(|action| {
            let parts = action.split('/');
            let parts: Vec<&str> = parts
                .map(|part| match part.parse::<u64>() {
                    Ok(_) => "1",
                    Err(_) if part == "bank" => "1",
                    Err(_) => part,
                })
                .collect();
            parts.join("/")
        })
        .collect();
    plain.sort_unstable();
    plain.dedup();
    for action in &plain {
        assert!(FORMS.contains(&action.as_str()), "{action} is not tried");
    }
    // All but the link of the setup, which is shown to nobody here.
    assert_eq!(plain.len(), FORMS.len() - 1, "{plain:?}");
}

/// The number of ana's transaction.
fn number(world: &World) -> String {
    let ana = Viewer::User("ana".to_owned());
    let query = TransactionQuery::default();
    let page = world.store.transactions(&ana, &query).unwrap();
    page.transactions[0].number.to_string()
}

#[tokio::test]
async fn with_another_users_ids_nothing_is_shown_and_nothing_changes() {
    let world = house().await;
    let mut ana = world.signed_in("ana").await;
    let fields = [("name", "kitchen"), ("news", "on")];
    ana.post("/settings/keys", &fields).await;
    let of = world.store.user("ana").unwrap().unwrap().id;
    let key = world.store.api_keys(of).unwrap()[0].id.get();
    let sessions = ana.get("/api/v1/me/sessions").await.json();
    let session = sessions["items"][0]["id"].as_i64().unwrap();
    let viewer = Viewer::User("ana".to_owned());
    let review = world.store.reviews(&viewer).unwrap()[0].id;
    let transaction = number(&world);

    let mut ben = world.signed_in("ben").await;
    let (key, session) = (key.to_string(), session.to_string());
    for (path, id) in [
        ("/settings/keys/revoke", &key),
        ("/settings/sessions/end", &session),
    ] {
        let answer = ben.post(path, &[("id", id)]).await;
        let to = answer.header(header::LOCATION);
        assert_eq!(to, "/settings?said=no-such", "{path}");
    }
    for (path, fields) in [
        (
            format!("/money/transactions/{transaction}"),
            [("category", "Mine")],
        ),
        (format!("/money/review/{review}"), [("decision", "replace")]),
        ("/sources/bank/fetch".to_owned(), [("back", "/")]),
    ] {
        let answer = ben.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let origin = ben.origin.clone();
    for (method, path, body) in [
        (Method::DELETE, format!("/api/v1/me/keys/{key}"), json!({})),
        (
            Method::DELETE,
            format!("/api/v1/me/sessions/{session}"),
            json!({}),
        ),
        (
            Method::GET,
            format!("/api/v1/transactions/{transaction}"),
            json!({}),
        ),
        (
            Method::PATCH,
            format!("/api/v1/transactions/{transaction}"),
            json!({"category": "Mine"}),
        ),
        (
            Method::POST,
            format!("/api/v1/reviews/{review}"),
            json!({"decision": "replace"}),
        ),
        (
            Method::POST,
            "/api/v1/sources/bank/fetch".to_owned(),
            json!({}),
        ),
        (Method::GET, "/api/v1/sources/bank".to_owned(), json!({})),
    ] {
        let answer = send(&mut ben, &method, &path, Some(&origin), &body.to_string()).await;
        let is_missing = answer.status == StatusCode::NOT_FOUND;
        assert!(is_missing, "{method} {path}: {answer:?}");
        assert!(!answer.text.contains("Kelp"), "{path}");
    }
    for path in [
        "/sources/bank".to_owned(),
        "/money/accounts/bank/".to_owned(),
    ] {
        assert_eq!(ben.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let list = format!("/money/transactions?edit={transaction}&account=bank%2F");
    assert!(!ben.get(&list).await.text.contains("Kelp"));

    // All of it is as it was.
    assert_eq!(ana.get("/settings").await.status, StatusCode::OK);
    assert_eq!(world.store.api_keys(of).unwrap().len(), 1);
    assert_eq!(world.store.reviews(&viewer).unwrap().len(), 1);
    let query = TransactionQuery::default();
    let held = world.store.transactions(&viewer, &query).unwrap();
    assert_eq!(held.transactions[0].category, None);
}
