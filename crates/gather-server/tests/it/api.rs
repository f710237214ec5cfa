//! The API, as a program meets it: keys, scopes, shapes, and nobody else's data.

use std::time::Duration;

use futures_util::StreamExt as _;
use gather_sandbox::{Api, Fault, Latency, Sandbox};
use gather_store::{NewApiKey, Scope};
use http::{Method, StatusCode, header};
use http_body_util::{BodyExt as _, BodyStream};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::world::{Answer, Setting, World, until};

/// A program with a key of a user.
struct Program<'w> {
    world: &'w World,
    key: String,
}

impl<'w> Program<'w> {
    fn of(world: &'w World, user: &str, scopes: &[Scope]) -> Self {
        let key = format!("gather_{user}_{}", scopes.len());
        let user = world.store.user(user).unwrap().unwrap();
        let new = NewApiKey {
            user: user.id,
            name: "a program",
            digest: &Sha256::digest(key.as_bytes()).into(),
            scopes,
            at: gather::Clock::system().wall().try_into().unwrap(),
            expires_at: None,
        };
        world.store.add_api_key(&new).unwrap();
        Self { world, key }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut browser = self.world.browser();
        let request = browser
            .request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.map_or_else(String::new, |body| body.to_string()))
            .unwrap();
        browser.send(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    /// Waits until nothing is under way: a run is over for the store a moment before the schedule lets go of it, and who asks
    /// for one in between joins it.
    async fn is_idle(&self) {
        until("nothing is under way", || async {
            self.json("/api/v1/runs?limit=1").await["under_way"] == json!([])
        })
        .await;
    }

    async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        answer.json()
    }
}

/// Two of a household: a bank each, one feed for both.
async fn household(sandbox: &Sandbox) -> World {
    let origin = |api| sandbox.origin(api);
    let bank = |name: &str, owner: &str| {
        format!(
            "[source.{name}]\npreset = \"json-bank\"\nbase = \"{}\"\ncurrency = \"EUR\"\nowner = \"{owner}\"\n",
            origin(Api::Bank)
        )
    };
    let config = format!(
        "[settings]\ncurrency = \"EUR\"\n[source.harbour]\nfeed = \"{}/rss.xml\"\n[source.frankfurter]\nbase = \"{}\"\n{}{}",
        origin(Api::Feeds),
        origin(Api::Rates),
        bank("anas", "ana"),
        bank("bens", "ben"),
    );
    let world = World::with(Setting {
        config,
        ..Setting::default()
    })
    .await;
    until("the first run is over", || async {
        let runs = world
            .store
            .runs(&gather_records::Viewer::Operator, 1)
            .unwrap();
        runs.first().is_some_and(|run| run.ended_at.is_some())
    })
    .await;
    world
}

async fn sandbox() -> Sandbox {
    let now = gather::Clock::system().wall().try_into().unwrap();
    Sandbox::builder().now(now).start().await.unwrap()
}

#[tokio::test]
async fn the_dashboard_is_one_answer_of_one_moment() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    let program = Program::of(&world, "ana", &[Scope::Money]);
    let day = program.json("/api/v1/dashboard").await;
    assert_eq!(day["currency"], "EUR");
    assert_eq!(day["balance"], "12500.00");
    assert_eq!(day["unconverted"], json!([]));
    let rows = day["transactions"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    for row in rows {
        for field in [
            "id",
            "date",
            "amount",
            "currency",
            "category",
            "description",
            "account",
        ] {
            assert!(row.get(field).is_some(), "{field}: {row}");
        }
        assert!(row["amount"].is_string(), "{row}");
    }
    let spending = day["spending_by_category"].as_array().unwrap();
    assert_eq!(spending.len(), 5);
    let totals: Vec<f64> = spending
        .iter()
        .map(|it| it["total"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(totals.iter().all(|total| *total < 0.0), "{totals:?}");
    assert!(totals.is_sorted(), "the largest first: {totals:?}");
    assert_eq!(day["rates"]["base"], "EUR");
    assert_eq!(day["rates"]["source"], "frankfurter");
    assert!(day["exchange_rates"]["USD"].is_string(), "{day}");
    assert_eq!(day["sources"]["harbour"]["state"], "complete");
    assert!(day["sources"]["harbour"]["age_s"].is_number(), "{day}");
    assert!(day["sources"].get("bens").is_none(), "{day}");

    let month = program
        .json("/api/v1/dashboard?period=month&currency=USD")
        .await;
    assert_eq!(month["currency"], "USD");
    assert_ne!(month["balance"], day["balance"]);
    // The same for a session, where DESIGN has it too.
    let mut browser = world.signed_in("ana").await;
    let page = browser.get("/dashboard/").await;
    assert_eq!(page.json()["balance"], day["balance"]);
    assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn what_was_written_is_in_the_next_answer() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    let program = Program::of(&world, "ana", &[Scope::Money, Scope::Edit]);
    let first = program.json("/api/v1/dashboard").await;
    let id = first["transactions"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/transactions/{id}");
    let changed = program
        .ask(
            Method::PATCH,
            &path,
            Some(json!({"category": "Boats", "note": "a new oar"})),
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    assert_eq!(changed.json()["category_by"], "user");
    let again = program.json("/api/v1/dashboard").await;
    assert_eq!(again["transactions"][0]["category"], "Boats");
    // And taken back.
    let back = program
        .ask(Method::PATCH, &path, Some(json!({"category": null})))
        .await;
    assert_ne!(back.json()["category"], "Boats");
    assert_eq!(back.json()["note"], "a new oar");
}

#[tokio::test]
async fn one_never_sees_the_others_money_by_any_route() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    let ana = Program::of(&world, "ana", &Scope::ALL);
    let ben = Program::of(&world, "ben", &Scope::ALL);
    let bens = ben.json("/api/v1/transactions?limit=1").await["items"][0].clone();
    let id = bens["id"].as_str().unwrap();
    for path in [
        "/api/v1/dashboard",
        "/api/v1/accounts",
        "/api/v1/transactions?limit=1000",
        "/api/v1/budgets",
        "/api/v1/spending",
        "/api/v1/spending/months",
        "/api/v1/proofs",
        "/api/v1/reviews",
        "/api/v1/sources",
        "/api/v1/runs",
        "/api/v1/stories?limit=1000",
    ] {
        let (anas, bens) = (ana.get(path).await.text, ben.get(path).await.text);
        assert!(!anas.contains("bens"), "{path}: {anas}");
        assert!(!bens.contains("anas"), "{path}: {bens}");
    }
    let of = format!("/api/v1/transactions/{id}");
    assert_eq!(ben.get(&of).await.status, StatusCode::OK);
    assert_eq!(ana.get(&of).await.status, StatusCode::NOT_FOUND);
    let change = Some(json!({"category": "mine"}));
    assert_eq!(
        ana.ask(Method::PATCH, &of, change).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        ana.get("/api/v1/sources/bens").await.status,
        StatusCode::NOT_FOUND
    );
    let fetch = "/api/v1/sources/bens/fetch";
    assert_eq!(
        ana.ask(Method::POST, fetch, None).await.status,
        StatusCode::NOT_FOUND
    );
    let named = Some(json!({"sources": ["bens"]}));
    assert_eq!(
        ana.ask(Method::POST, "/api/v1/runs", named).await.status,
        StatusCode::NOT_FOUND
    );
    let account = ben.json("/api/v1/accounts").await["accounts"][0]["id"].clone();
    let balances = format!(
        "/api/v1/balances?source=bens&account={}",
        account.as_str().unwrap()
    );
    assert_eq!(ana.json(&balances).await["items"], json!([]));
    assert_ne!(ben.json(&balances).await["items"], json!([]));
    let accounts = format!(
        "/api/v1/transactions?source=bens&account={}",
        account.as_str().unwrap()
    );
    assert_eq!(ana.json(&accounts).await["items"], json!([]));
}

#[tokio::test]
async fn a_key_may_do_what_its_scopes_say_and_no_more() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    for (scope, allowed) in [
        (Scope::News, &["/api/v1/stories", "/api/v1/stories/1"][..]),
        (
            Scope::Money,
            &[
                "/api/v1/dashboard",
                "/api/v1/transactions",
                "/api/v1/accounts",
            ],
        ),
        (
            Scope::Sources,
            &["/api/v1/sources", "/api/v1/runs", "/api/v1/sources/harbour"],
        ),
    ] {
        let world_of = Program::of(&world, "ana", &[scope]);
        for path in [
            "/api/v1/stories",
            "/api/v1/stories/1",
            "/api/v1/dashboard",
            "/api/v1/transactions",
            "/api/v1/accounts",
            "/api/v1/budgets",
            "/api/v1/sources",
            "/api/v1/runs",
            "/api/v1/sources/harbour",
            "/dashboard/",
        ] {
            let answer = world_of.get(path).await;
            let may = allowed.contains(&path)
                || scope == Scope::Money && matches!(path, "/api/v1/budgets" | "/dashboard/");
            let expected = if may {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(answer.status, expected, "{scope} {path}: {answer:?}");
        }
        for (method, path, body) in [
            (Method::POST, "/api/v1/runs", json!({})),
            (
                Method::POST,
                "/api/v1/stories/marks",
                json!({"ids": [1], "read": true}),
            ),
            (Method::POST, "/api/v1/stories/read", json!({})),
            (Method::PATCH, "/api/v1/me", json!({"theme": "dark"})),
            (
                Method::PATCH,
                "/api/v1/transactions/1",
                json!({"note": "x"}),
            ),
            (Method::GET, "/api/v1/me/keys", json!({})),
            (
                Method::POST,
                "/api/v1/me/keys",
                json!({"name": "x", "scopes": ["money"]}),
            ),
            (Method::DELETE, "/api/v1/me/sessions/1", json!({})),
        ] {
            let answer = world_of.ask(method, path, Some(body)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{scope} {path}");
            assert_eq!(
                answer.header(header::CONTENT_TYPE),
                "application/problem+json"
            );
        }
        let ana = world.store.user("ana").unwrap().unwrap();
        for key in world.store.api_keys(ana.id).unwrap() {
            world.store.revoke_api_key(ana.id, key.id).unwrap();
        }
        assert_eq!(
            world_of.get("/api/v1/me").await.status,
            StatusCode::UNAUTHORIZED,
            "revoked"
        );
    }
}

#[tokio::test]
async fn keys_are_made_and_revoked_by_a_session_and_shown_once() {
    let world = World::new().await;
    let mut browser = world.signed_in("ana").await;
    let (origin, body) = (
        browser.origin.clone(),
        json!({"name": "phone", "scopes": ["news"], "days": 30}),
    );
    let request = browser
        .request(Method::POST, "/api/v1/me/keys")
        .header(header::ORIGIN, &origin)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string())
        .unwrap();
    let made = browser.send(request).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let key = made.json()["key"].as_str().unwrap().to_owned();
    let listed = browser.get("/api/v1/me/keys").await;
    assert!(!listed.text.contains(&key), "{listed:?}");
    assert_eq!(listed.json()["items"][0]["name"], "phone");
    let program = Program { world: &world, key };
    assert_eq!(program.json("/api/v1/me").await["scopes"], json!(["news"]));
    let id = listed.json()["items"][0]["id"].to_string();
    let of_ben = world.signed_in("ben").await;
    for (mut browser, status) in [
        (of_ben, StatusCode::NOT_FOUND),
        (browser, StatusCode::NO_CONTENT),
    ] {
        let request = browser
            .request(Method::DELETE, &format!("/api/v1/me/keys/{id}"))
            .header(header::ORIGIN, &origin)
            .body(String::new())
            .unwrap();
        assert_eq!(browser.send(request).await.status, status);
    }
    assert_eq!(
        program.get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn pages_of_rows_join_without_a_gap() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    let program = Program::of(&world, "ana", &[Scope::Money, Scope::News]);
    for route in ["transactions", "stories"] {
        let whole = program.json(&format!("/api/v1/{route}?limit=1000")).await;
        let whole = whole["items"].as_array().unwrap().clone();
        assert!(whole.len() > 20, "{route}");
        let (mut joined, mut path) = (Vec::new(), format!("/api/v1/{route}?limit=7"));
        loop {
            let page = program.json(&path).await;
            joined.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => path = format!("/api/v1/{route}?limit=7&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(joined, whole, "{route}");
    }
}

#[tokio::test]
async fn a_story_in_full_is_harmless_html_and_only_for_whom_it_is() {
    let items = "<item><title>Private</title><link>https://example.org/private</link>\
        <description><![CDATA[<p onclick=\"steal()\">All of it<script>steal()</script></p>]]></description></item>";
    let feed = format!("<rss version=\"2.0\"><channel><title>anas</title>{items}</channel></rss>");
    let now = gather::Clock::system().wall().try_into().unwrap();
    let answer = Fault::status(200).header("content-type", "application/rss+xml");
    let sandbox = Sandbox::builder()
        .now(now)
        .fault((Api::Feeds, "/rss.xml"), answer.body(&feed))
        .start()
        .await
        .unwrap();
    let config = format!(
        "[source.hers]\nfeed = \"{}/rss.xml\"\nowner = \"ana\"\n",
        sandbox.origin(Api::Feeds)
    );
    let world = World::with(Setting {
        config,
        ..Setting::default()
    })
    .await;
    let ana = Program::of(&world, "ana", &[Scope::News]);
    until("the story is here", || async {
        ana.json("/api/v1/stories").await["items"] != json!([])
    })
    .await;
    let id = ana.json("/api/v1/stories").await["items"][0]["id"].clone();
    let path = format!("/api/v1/stories/{id}");
    let story = ana.json(&path).await;
    assert_eq!(story["headline"], "Private");
    assert_eq!(story["content"], "<p>All of it</p>");
    let ben = Program::of(&world, "ben", &[Scope::News]);
    for path in [&path, "/api/v1/stories/999", "/api/v1/stories/x"] {
        assert_eq!(ben.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_slip_of_the_pen_is_a_problem_that_names_it() {
    let world = World::new().await;
    let program = Program::of(&world, "ana", &Scope::ALL);
    for (path, named) in [
        ("/api/v1/transactions?categroy=x", "categroy"),
        ("/api/v1/transactions?since=yesterday", "`since`"),
        ("/api/v1/transactions?least=a", "`least`"),
        ("/api/v1/transactions?limit=0", "`limit`"),
        ("/api/v1/transactions?limit=-1", "limit"),
        ("/api/v1/transactions?cursor=zz", "`cursor`"),
        ("/api/v1/transactions?source=a", "go together"),
        ("/api/v1/dashboard?period=year", "period"),
        ("/api/v1/dashboard?currency=EURO", "`currency`"),
        ("/api/v1/stories?only=new", "only"),
        ("/api/v1/rates/history?base=EUR&quote=", "`quote`"),
        ("/api/v1/balances", "source"),
    ] {
        let answer = program.get(path).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}: {answer:?}"
        );
        assert_eq!(
            answer.header(header::CONTENT_TYPE),
            "application/problem+json"
        );
        let problem = answer.json();
        assert_eq!(problem["status"], 422);
        assert!(
            problem["detail"].as_str().unwrap().contains(named),
            "{path}: {problem}"
        );
    }
    for (path, body) in [
        ("/api/v1/runs", json!({"source": ["x"]})),
        ("/api/v1/stories/marks", json!({"ids": "x"})),
        ("/api/v1/stories/marks", json!({"ids": [1]})),
        ("/api/v1/runs?wait=forever", json!({})),
        ("/api/v1/runs?wait=3600s", json!({})),
    ] {
        let answer = program.ask(Method::POST, path, Some(body)).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn the_document_is_there_for_whoever_wants_to_write_a_program() {
    let world = World::new().await;
    let document = world.browser().get("/api/v1/openapi.json").await;
    assert_eq!(document.status, StatusCode::OK);
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert!(document.json()["paths"].as_object().unwrap().len() > 20);
}

#[tokio::test]
async fn four_sources_of_100_ms_take_about_as_long_as_one_and_the_answer_has_them_all() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    let program = Program::of(&world, "ana", &Scope::ALL);
    let fetched = program
        .ask(Method::POST, "/api/v1/runs?wait=20s", None)
        .await;
    assert_eq!(fetched.status, StatusCode::OK, "{fetched:?}");
    let fetched = fetched.json();
    assert_eq!(fetched["done"], true);
    assert_eq!(fetched["running"], json!([]));
    let mut names: Vec<&str> = fetched["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["source"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["anas", "frankfurter", "harbour"], "not ben's");
}

#[tokio::test]
async fn who_does_not_wait_is_told_what_is_still_running_and_a_second_one_joins() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    let program = Program::of(&world, "ana", &Scope::ALL);
    program.is_idle().await;
    sandbox.set_fault(Api::Bank, Fault::Hang).await.unwrap();
    sandbox.reset_logs();
    let begun = program
        .ask(Method::POST, "/api/v1/sources/anas/fetch", None)
        .await;
    assert_eq!(begun.status, StatusCode::ACCEPTED, "{begun:?}");
    assert_eq!(begun.json()["running"], json!(["anas"]));
    let under_way = program.json("/api/v1/runs?limit=1").await["under_way"].clone();
    assert_eq!(under_way[0]["sources"][0]["source"], "anas");
    let joined = program
        .ask(
            Method::POST,
            "/api/v1/runs?wait=100ms",
            Some(json!({"sources": ["anas"]})),
        )
        .await;
    assert_eq!(joined.json()["runs"], begun.json()["runs"]);
    let asked = sandbox.log(Api::Bank).total();
    assert!(asked <= 3, "each of its three endpoints once: {asked}");
    // While it hangs, everything else answers.
    assert_eq!(
        program.get("/api/v1/dashboard").await.status,
        StatusCode::OK
    );
    let sources = program.json("/api/v1/sources").await;
    let bank = sources["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["name"] == "anas")
        .unwrap();
    assert_eq!(bank["running"], true);
}

/// Reads a stream of events until something is in it.
async fn heard(
    world: &World,
    key: &str,
    last: Option<&str>,
    until: &str,
    then: impl AsyncFnOnce(),
) -> String {
    let browser = world.browser();
    let mut request = browser
        .request(Method::GET, "/api/v1/events")
        .header(header::AUTHORIZATION, format!("Bearer {key}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let answer = browser.start(request.body(String::new()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut stream = BodyStream::new(answer.into_body());
    let mut text = String::new();
    let mut then = Some(then);
    let reading = async {
        while let Some(frame) = stream.next().await {
            let data = frame.unwrap().into_data().unwrap_or_default();
            text.push_str(std::str::from_utf8(&data).unwrap());
            if let Some(then) = then.take() {
                then().await;
            }
            if text.contains(until) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .unwrap_or_else(|_| panic!("no {until} in {text}"));
    text
}

#[tokio::test]
async fn events_arrive_are_taken_up_again_and_tell_nobody_of_anothers_sources() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    let ana = Program::of(&world, "ana", &Scope::ALL);
    let ben = Program::of(&world, "ben", &Scope::ALL);
    ana.is_idle().await;
    let run = async || {
        ben.ask(Method::POST, "/api/v1/sources/bens/fetch?wait=10s", None)
            .await;
        ana.ask(Method::POST, "/api/v1/runs?wait=10s", None).await;
    };
    let text = heard(&world, &ana.key, None, "event: run-ended", run).await;
    assert!(text.contains("event: run-started"), "{text}");
    assert!(text.contains("\"harbour\""), "{text}");
    assert!(!text.contains("bens"), "{text}");
    let ids: Vec<u64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .map(|id| id.parse().unwrap())
        .collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    // From the first of them on, the others are told once more.
    let first = ids[0].to_string();
    let again = heard(
        &world,
        &ana.key,
        Some(&first),
        "event: run-ended",
        async || {},
    )
    .await;
    for id in &ids[1..] {
        assert!(again.contains(&format!("id: {id}\n")), "{id}: {again}");
    }
    let strange = heard(
        &world,
        &ana.key,
        Some("nonsense"),
        "event: reset",
        async || {},
    )
    .await;
    assert!(strange.contains("event: reset"));
}

#[tokio::test]
async fn an_answer_never_waits_for_the_network() {
    let sandbox = sandbox().await;
    let world = household(&sandbox).await;
    let program = Program::of(&world, "ana", &Scope::ALL);
    program.is_idle().await;
    for api in [Api::Bank, Api::Feeds, Api::Rates] {
        sandbox.set_fault(api, Fault::Hang).await.unwrap();
        sandbox
            .set_latency(api, Latency::fixed(Duration::from_secs(60)))
            .unwrap();
    }
    let begun = program.ask(Method::POST, "/api/v1/runs", None).await;
    assert_eq!(begun.status, StatusCode::ACCEPTED);
    let mut browser = world.signed_in("ana").await;
    for path in [
        "/",
        "/news",
        "/money",
        "/runs",
        "/sources",
        "/api/v1/dashboard",
    ] {
        let asked = tokio::time::timeout(Duration::from_secs(5), browser.get(path)).await;
        let answer = asked.unwrap_or_else(|_| panic!("{path} waits"));
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    assert!(browser.get("/").await.text.contains("being asked"));
    let body = world
        .browser()
        .start(
            world
                .browser()
                .request(Method::GET, "/healthz")
                .body(String::new())
                .unwrap(),
        )
        .await;
    assert_eq!(
        body.into_body().collect().await.unwrap().to_bytes(),
        "well\n"
    );
}
