//! Text from outside that would be a script: it is shown as the text that it is, and runs nowhere.
//!
//! It comes by the roads that real text comes by: titles, summaries, links and sections of feeds, the messages of errors,
//! names, memos and categories of a bank, and what users write themselves.

use gather_sandbox::{Api, Fault, Sandbox};
use serde_json::json;

use super::{
    Chromium, Look,
    told::{answer, fetch, xml},
};
use crate::world::{PASSWORD, Setting, World};

/// Each would set `window.owned`, in whichever place a page might forget to escape.
const HOSTILE: [&str; 6] = [
    "<script>window.owned=1</script>",
    "<img src=x onerror=window.owned=1>",
    "\"><svg onload=window.owned=1>",
    "' autofocus onfocus=window.owned=1 x='",
    "</title></script><script>window.owned=1</script>",
    "{{constructor.constructor('window.owned=1')()}}",
];

fn attack(place: &str) -> String {
    format!("{place} {}", HOSTILE.join(" "))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// A feed whose every word is hostile; `n` tells its story from others.
fn feed(n: u32) -> Fault {
    let links = [
        "javascript:window.owned=1",
        "data:text/html,<script>window.owned=1</script>",
        "https://wharf.example/\"onclick=\"window.owned=1",
        " JaVaScRiPt:window.owned=1",
    ];
    let items: String = links
        .iter()
        .enumerate()
        .map(|(at, link)| {
            format!(
                "<item><guid isPermaLink=\"false\">{n}-{at}</guid><title>{}</title><link>{}</link>\
                 <author>{}</author><category>{}</category><description>{}</description></item>",
                escaped(&attack(&format!("Title {n}-{at}"))),
                escaped(link),
                escaped(&attack("Author")),
                escaped(&attack("Section")),
                escaped(&format!("{} Summary.", HOSTILE.join(" ")))
            )
        })
        .collect();
    xml(&format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>{}</title>{items}</channel></rss>",
        escaped(&attack("Feed"))
    ))
}

async fn house() -> (Sandbox, World) {
    let account = attack("1");
    let sandbox = Sandbox::builder()
        .fault((Api::Feeds, "/rss.xml"), feed(1))
        .fault(
            (Api::NewsApi, "/v2/top-headlines"),
            Fault::status(400).body(
                json!({"status": "error", "code": attack("code"), "message": attack("Message")})
                    .to_string(),
            ),
        )
        .fault(
            (Api::Bank, "/accounts"),
            answer(&json!([
                {"id": account, "name": attack("Account"), "balance": "100.00"},
                {"id": "2", "name": attack("Savings"), "balance": "50.00"},
            ])),
        )
        .fault(
            (Api::Bank, "/transactions"),
            answer(&json!([
                {"id": attack("t1"), "account": account, "amount": "-4.50", "description": attack("Memo"),
                 "date": "2026-01-04", "category": attack("Category")},
                {"id": "t2", "account": account, "amount": "-5.50", "description": attack("Memo"),
                 "date": "2026-01-04", "category": attack("Category"), "pending": true},
            ])),
        )
        .fault(
            (Api::Bank, "/budgets"),
            answer(&json!([{"id": "b", "category": attack("Category"), "limit": "3.00"}])),
        )
        .start()
        .await
        .unwrap();
    let config = format!(
        "[settings]\ncurrency = \"EUR\"\n\n[source.wharf]\nfeed = \"{}/rss.xml\"\n\n\
         [source.newsapi]\nbase = \"{}\"\nkey = {{ env = \"KEY\" }}\n\n\
         [source.bank]\npreset = \"json-bank\"\nbase = \"{}\"\ncurrency = \"EUR\"\nowner = \"ana\"\n",
        sandbox.origin(Api::Feeds),
        sandbox.origin(Api::NewsApi),
        sandbox.origin(Api::Bank),
    );
    let world = World::with(Setting {
        config,
        ..Setting::default()
    })
    .await;
    world.runs_are_over(1).await;
    (sandbox, world)
}

/// Checks that the page that is shown has run nothing, and has nothing in it that would.
async fn is_unharmed(chromium: &Chromium) {
    let script = "return [
        window.owned === undefined,
        [...document.querySelectorAll('script')].filter((it) => !it.src.startsWith(location.origin)).length,
        [...document.querySelectorAll('*')].filter((it) =>
            [...it.attributes].some(({ name, value }) => name.startsWith('on') || /^\\s*(javascript|data):/i.test(value))
        ).map((it) => it.outerHTML.slice(0, 200)),
        document.querySelectorAll('img, iframe, object, embed').length,
    ]";
    let path = chromium.path().await;
    assert_eq!(
        chromium.script(script).await,
        json!([true, 0, [], 0]),
        "{path}"
    );
    assert!(chromium.client.get_alert_text().await.is_err(), "{path}");
    assert_eq!(chromium.complaints().await, Vec::<String>::new(), "{path}");
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_stored_script_is_shown_as_text_on_every_page_and_never_runs() {
    let (_sandbox, world) = house().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    let hostile = HOSTILE[0];
    // What a reader writes: a category, a payee, a note, a name of a key, and what a browser says that it is called.
    chromium.goto("/money/transactions").await;
    chromium.press("[data-edit]").await;
    chromium.shows("[data-editor] input[name=category]").await;
    for field in ["category", "payee", "note"] {
        let css = format!("[data-editor] input[name={field}]");
        chromium.write(&css, &attack(field)).await;
    }
    chromium.press("[data-editor] button.main").await;
    chromium.reads(".transactions", "payee <script>").await;
    is_unharmed(&chromium).await;
    let mut other = world.browser();
    let fields = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("name", "ana"), ("password", PASSWORD)])
        .finish();
    let request = other
        .request(http::Method::POST, "/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", &other.origin)
        .header("user-agent", hostile)
        .body(fields);
    other.send(request.unwrap()).await;
    chromium.goto("/settings").await;
    chromium.fill("name", &HOSTILE[..2].join(" ")).await;
    chromium.press(".new-key button").await;
    chromium.shows(".made code").await;
    is_unharmed(&chromium).await;

    chromium.goto("/money").await;
    let account = chromium
        .find(".accounts th a")
        .await
        .attr("href")
        .await
        .unwrap()
        .unwrap();
    let query = url::form_urlencoded::byte_serialize(attack("x").as_bytes()).collect::<String>();
    for (path, there) in [
        ("/", "Title 1-0 <script>"),
        ("/", "Account <script>"),
        ("/", "Memo <script>"),
        ("/news", "Section <script>"),
        ("/news?q=script", "Title 1-1 <script>"),
        (&format!("/news?q={query}&source={query}"), "<script>"),
        ("/money", "category <script>"),
        ("/money/transactions", "note <script>"),
        ("/money/transactions?edit=1", "payee <script>"),
        (
            &format!(
                "/money/transactions?q={query}&since={query}&category={query}&account={query}"
            ),
            "<script>",
        ),
        (&account, "Account <script>"),
        ("/money/budgets?month=2026-01", "Category <script>"),
        ("/money/review", ""),
        ("/runs", "newsapi"),
        ("/runs/1", "Message <script>"),
        (&format!("/runs/{query}"), ""),
        ("/sources", "Message <script>"),
        ("/sources/newsapi", "Message <script>"),
        (&format!("/sources/{query}"), ""),
        ("/settings", hostile),
        (&format!("/settings?said={query}"), hostile),
    ] {
        chromium.goto(path).await;
        let text = chromium.script("return document.body.textContent").await;
        assert!(
            text.as_str().unwrap().contains(there),
            "{there} at {path}: {text}"
        );
        // A page that is not there is refused, which the console is told.
        if there.is_empty() && path.contains("script") {
            let complaints = chromium.complaints().await;
            assert!(
                complaints.iter().all(|it| it.contains("404")),
                "{complaints:?}"
            );
        }
        is_unharmed(&chromium).await;
    }
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_script_that_arrives_by_a_live_update_never_runs() {
    let (sandbox, world) = house().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/").await;
    chromium.stay().await;
    let news = (Api::Feeds, "/rss.xml");
    sandbox.set_fault(news, feed(2)).await.unwrap();
    let accounts = answer(&json!([{"id": "2", "name": attack("Treasure"), "balance": "60.00"}]));
    sandbox
        .set_fault((Api::Bank, "/accounts"), accounts)
        .await
        .unwrap();
    fetch(&world).await;
    chromium.reads(".ledger", "Treasure <script>").await;
    chromium.reads("[data-fresh]", "3 new").await;
    is_unharmed(&chromium).await;
    chromium.press("[data-fresh]").await;
    chromium.reads(".stories", "Title 2-0 <script>").await;
    assert!(chromium.has_stayed().await);
    is_unharmed(&chromium).await;
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_link_of_a_feed_that_is_a_script_is_no_link() {
    let (_sandbox, world) = house().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/news").await;
    let script = "return [...document.querySelectorAll('.headline a')].map((it) => new URL(it.href).protocol)";
    assert_eq!(chromium.script(script).await, json!(["https:"]));
    assert_eq!(chromium.count("[data-story]").await, 4);
    // The others are no links, and pressing them does nothing.
    assert_eq!(chromium.count(".headline > span").await, 3);
    let press = "for (const it of document.querySelectorAll('.headline > span')) it.dispatchEvent(new MouseEvent('click'))";
    chromium.script(press).await;
    is_unharmed(&chromium).await;
}
