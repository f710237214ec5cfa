//! Sources that answer what a test tells them, word for word: a feed and a bank.

use std::fmt::Write as _;

use gather_records::Viewer;
use gather_sandbox::{Api, Fault, Sandbox};
use serde_json::{Value, json};

use crate::world::{Setting, World};

/// A feed with these stories, the newest first, each with an id of its own.
pub(crate) fn feed(stories: &[(u32, &str)]) -> Fault {
    feed_of("https://wharf.example", stories)
}

/// The same of another site.
pub(crate) fn feed_of(site: &str, stories: &[(u32, &str)]) -> Fault {
    // Of yesterday, so that none is too old to be kept and none from the future.
    let now: jiff::Timestamp = gather::Clock::system().wall().try_into().unwrap();
    let day = now - jiff::SignedDuration::from_hours(24);
    let day = day.strftime("%a, %d %b %Y");
    let mut items = String::new();
    for (id, title) in stories {
        let title = title.replace('&', "&amp;").replace('<', "&lt;");
        write!(
            items,
            "<item><guid isPermaLink=\"false\">{id}</guid><title>{title}</title>\
             <link>{site}/{id}</link>\
             <pubDate>{day} {:02}:{:02}:00 GMT</pubDate></item>",
            id / 60,
            id % 60
        )
        .unwrap();
    }
    xml(&format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Wharf</title>{items}</channel></rss>"
    ))
}

/// A document in place of a feed.
pub(crate) fn xml(text: &str) -> Fault {
    let answer = Fault::status(200).header("content-type", "application/rss+xml; charset=utf-8");
    answer.body(text)
}

/// What a bank answers.
pub(crate) fn answer(value: &Value) -> Fault {
    Fault::status(200).body(value.to_string())
}

/// The two accounts of a bank; the first has so much.
pub(crate) fn accounts(balance: &str) -> Fault {
    answer(&json!([
        {"id": "1", "name": "Checking", "balance": balance},
        {"id": "2", "name": "Savings", "balance": "10000.00"},
    ]))
}

/// What ana's bank has booked, and one row that it has not.
pub(crate) const TRANSACTIONS: &str = r#"[
    {"id": "t1", "account": "1", "amount": "-4.50", "description": "Kelp Cafe", "date": "2026-01-04", "category": "Dining"},
    {"id": "t2", "account": "1", "amount": "-80.00", "description": "Bellwether Foods", "date": "2026-01-10", "category": "Groceries"},
    {"id": "t3", "account": "1", "amount": "-12.00", "description": "Night Ferry", "date": "2026-01-12", "category": "Travel"},
    {"id": "t4", "account": "2", "amount": "50.00", "description": "Interest", "date": "2026-01-20", "category": "Income"},
    {"id": "t5", "account": "1", "amount": "-35.20", "description": "Harbour Market", "date": "2026-02-02", "category": "Groceries"},
    {"id": "t6", "account": "2", "amount": "-12.00", "description": "Ferry pass", "date": "2026-02-03", "category": "Travel"},
    {"id": "t7", "account": "1", "amount": "-9.00", "description": "Kelp Cafe", "date": "2026-02-10", "pending": true}
]"#;

/// An address of an API, and what it answers.
pub(crate) type Told = ((Api, &'static str), Fault);

/// A house with a feed called wharf and ana's bank, whose first run is over.
pub(crate) async fn house(stories: &[(u32, &str)]) -> (Sandbox, World) {
    house_where(stories, Vec::new(), |_| String::new()).await
}

/// The same where something is answered differently from the first run on, and more is declared.
pub(crate) async fn house_where(
    stories: &[(u32, &str)],
    told: Vec<Told>,
    more: impl FnOnce(&Sandbox) -> String,
) -> (Sandbox, World) {
    let mut sandbox = Sandbox::builder();
    let as_ever = [
        ((Api::Feeds, "/rss.xml"), feed(stories)),
        ((Api::Bank, "/accounts"), accounts("2000.00")),
        (
            (Api::Bank, "/transactions"),
            Fault::status(200).body(TRANSACTIONS),
        ),
        ((Api::Bank, "/budgets"), Fault::status(200).body("[]")),
    ];
    for (target, fault) in as_ever {
        if !told.iter().any(|(other, _)| *other == target) {
            sandbox = sandbox.fault(target, fault);
        }
    }
    for (target, fault) in told {
        sandbox = sandbox.fault(target, fault);
    }
    let sandbox = sandbox.start().await.unwrap();
    let config = format!(
        "[settings]\ncurrency = \"EUR\"\n\n[source.wharf]\nfeed = \"{}/rss.xml\"\n\n\
         [source.bank]\npreset = \"json-bank\"\nbase = \"{}\"\ncurrency = \"EUR\"\nowner = \"ana\"\n\n{}",
        sandbox.origin(Api::Feeds),
        sandbox.origin(Api::Bank),
        more(&sandbox),
    );
    let world = World::with(Setting {
        config,
        ..Setting::default()
    })
    .await;
    world.runs_are_over(1).await;
    (sandbox, world)
}

/// Has everything fetched that ana sees, from another browser than the one that looks on, and waits until it is over.
pub(crate) async fn fetch(world: &World) {
    let so_far = world.store.runs(&Viewer::Operator, 1000).unwrap().len();
    let mut browser = world.signed_in("ana").await;
    let answer = browser.post("/runs", &[("back", "/")]).await;
    assert!(
        answer.header(http::header::LOCATION).contains("fetch"),
        "{answer:?}"
    );
    world.runs_are_over(so_far + 1).await;
}
