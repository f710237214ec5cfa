//! The pages as a browser without scripts meets them: forms that come back, addresses that are wrong, what is another's.

use gather_records::{Article, Money, Record, Transaction};
use gather_store::{Page, SourceRef, TransactionQuery};
use http::{StatusCode, header};

use crate::world::{Browser, Setting, World};

/// Sources that nobody asks in this time: they are there for their records.
const CONFIG: &str = "[source.bank]\npreset = \"json-bank\"\nbase = \"http://127.0.0.1:9/\"\ncurrency = \"EUR\"\n\
                      owner = \"ana\"\nevery = \"1h\"\n";

/// A house in which ana has a bank and both have news, under a base path.
async fn house(base: &str) -> World {
    let setting = Setting {
        config: format!("[server]\nbase_path = \"{base}\"\n\n{CONFIG}"),
        ..Setting::default()
    };
    let world = World::with(setting).await;
    let bank = SourceRef {
        name: "bank",
        owner: Some("ana"),
    };
    let news = SourceRef {
        name: "wharf",
        owner: None,
    };
    let at = "2026-01-05T12:00:00Z".parse().unwrap();
    let run = world.store.begin_run(at, &[bank, news]).unwrap();
    let amount = Money::new("-4.50".parse().unwrap(), "EUR".parse().unwrap());
    let moved = Record::Transaction(Transaction {
        date: Some("2026-01-04".parse().unwrap()),
        description: Some("Kelp Cafe".to_owned()),
        ..Transaction::new("1", amount)
    });
    let article = Record::Article(Article {
        title: Some("Ferry line adds night sailing".to_owned()),
        ..Article::new("1")
    });
    for (source, record) in [(bank, moved), (news, article)] {
        let records = [record];
        world
            .store
            .keep(Page::new(run, source, &records, at))
            .unwrap();
    }
    world
}

/// Signs in under a base path.
async fn enter(world: &World, base: &str, name: &str) -> Browser {
    let mut browser = world.browser();
    let fields = [("name", name), ("password", crate::world::PASSWORD)];
    let answer = browser.post(&format!("{base}/login"), &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    browser
}

fn number(world: &World) -> String {
    let viewer = gather_records::Viewer::User("ana".to_owned());
    let query = TransactionQuery::default();
    let page = world.store.transactions(&viewer, &query).unwrap();
    page.transactions[0].number.to_string()
}

#[tokio::test]
async fn every_page_answers_whatever_its_query_says() {
    let world = house("").await;
    let mut ana = enter(&world, "", "ana").await;
    for path in [
        "/",
        "/news",
        "/money",
        "/money/transactions",
        "/money/budgets",
        "/money/review",
        "/money/accounts/bank/",
        "/runs",
        "/runs/1",
        "/sources",
        "/sources/bank",
        "/settings",
    ] {
        let is_there = path != "/money/accounts/bank/";
        for query in [
            "",
            "?q=%FF%00&which=%22&source=%27&before=x&since=x&until=9999-99-99&least=x&most=1e999&pending=x&account=/&\
             category=%FF&after=x&edit=x&month=0000-00&currency=x&said=x",
            "?said=kept&currency=JPY&month=2026-01&q=%22%28*",
            "?before=-1&after=0.0.0&edit=-1&least=-1&since=-9999-01-01&month=-009999-01",
            "?before=8000000000000000.1&edit=99999999999999999999&month=2026-1",
        ] {
            let answer = ana.get(&format!("{path}{query}")).await;
            let wanted = if is_there {
                StatusCode::OK
            } else {
                StatusCode::NOT_FOUND
            };
            assert_eq!(answer.status, wanted, "{path}{query}");
            assert!(
                answer.text.contains("</html>") || !is_there,
                "{path}{query}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_anothers_are_told_alike() {
    let world = house("").await;
    let mut ben = enter(&world, "", "ben").await;
    let id = number(&world);
    for path in [
        "/runs/999".to_owned(),
        "/runs/x".to_owned(),
        "/sources/bank".to_owned(),
        "/sources/none".to_owned(),
        "/sources/%FF".to_owned(),
        "/money/accounts/bank/checking".to_owned(),
        "/money/accounts/%FF/%00".to_owned(),
    ] {
        let answer = ben.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.contains("There is no such"), "{path}");
        assert!(
            answer.text.contains("It may have been another user"),
            "{path}"
        );
    }
    for (path, fields) in [
        (format!("/money/transactions/{id}"), [("category", "Mine")]),
        ("/money/transactions/x".to_owned(), [("category", "Mine")]),
        ("/money/review/1".to_owned(), [("decision", "keep")]),
        ("/news/marks".to_owned(), [("read", "on:999")]),
        ("/sources/bank/fetch".to_owned(), [("back", "/")]),
    ] {
        let answer = ben.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, fields) in [
        ("/news/marks", [("back", "/")]),
        ("/news/read", [("back", "/")]),
        ("/money/review/1", [("decision", "guess")]),
    ] {
        let answer = ben.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn a_form_leads_back_to_where_it_was_sent_from_and_never_elsewhere() {
    let world = house("/gather").await;
    let mut ana = enter(&world, "/gather", "ana").await;
    let path = format!("/gather/money/transactions/{}", number(&world));
    for (back, location) in [
        (
            "/gather/money/transactions?q=kelp#t-1",
            "/gather/money/transactions?q=kelp&said=kept#t-1",
        ),
        ("//evil.example/", "/gather/?said=kept"),
        ("/\\evil.example", "/gather/?said=kept"),
        ("/gather/..//evil.example", "/gather/?said=kept"),
        ("https://evil.example/", "/gather/?said=kept"),
        ("/elsewhere", "/gather/?said=kept"),
        ("", "/gather/?said=kept"),
    ] {
        let fields = [("category", "Breakfast"), ("back", back)];
        let answer = ana.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{back}");
        assert_eq!(answer.header(header::LOCATION), location, "{back}");
    }
    let page = ana.get("/gather/money/transactions?q=kelp&said=kept").await;
    assert!(page.text.contains(">Kept.<"), "{}", page.text);
    assert!(page.text.contains("Breakfast"));
    // What leads on, and what comes back here, is under the base path; a notice is told once.
    assert!(page.text.contains("href=\"/gather/money/budgets\""));
    assert!(
        page.text
            .contains("name=\"back\" value=\"/gather/money/transactions?q=kelp\""),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn refresh_leads_back_at_once_and_says_that_it_fetches() {
    let world = house("").await;
    let mut ana = enter(&world, "", "ana").await;
    for path in ["/runs", "/sources/bank/fetch"] {
        let answer = ana.post(path, &[("back", "/sources")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        let location = answer.header(header::LOCATION);
        assert!(location.starts_with("/sources?said=fetch"), "{location}");
    }
    let mut ben = enter(&world, "", "ben").await;
    let answer = ben.post("/runs", &[("back", "/runs")]).await;
    assert_eq!(answer.header(header::LOCATION), "/runs?said=no-source");
    let page = ben.get("/runs?said=no-source").await;
    assert!(page.text.contains("There is no source to fetch."));
}

#[tokio::test]
async fn a_story_is_read_by_a_form_without_a_script() {
    let world = house("").await;
    let mut ben = enter(&world, "", "ben").await;
    let page = ben.get("/news?which=unread").await.text;
    let (_, rest) = page.split_once("name=\"read\" value=\"").unwrap();
    let value = rest.split('"').next().unwrap();
    let fields = [("read", value), ("back", "/news?which=unread")];
    let answer = ben.post("/news/marks", &fields).await;
    assert_eq!(
        answer.header(header::LOCATION),
        "/news?which=unread&said=marked"
    );
    let page = ben.get("/news?which=unread").await.text;
    assert!(page.contains("Everything is read."), "{page}");
}
