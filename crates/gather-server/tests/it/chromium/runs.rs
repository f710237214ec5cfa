//! Runs and sources in a browser: what is drawn, where one goes from there, fetching now, and why.

use gather_sandbox::{Api, Fault};

use super::{
    Chromium, Look,
    pages::household,
    told::{fetch, house},
};

#[tokio::test]
#[ignore = "needs chromium"]
async fn runs_are_listed_and_each_leads_to_the_one_before_and_after() {
    let (_sandbox, world) = house(&[(1, "Ferry line adds night sailing")]).await;
    fetch(&world).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/runs").await;
    let numbers =
        "return [...document.querySelectorAll('.runs tbody th')].map((it) => it.textContent)";
    assert_eq!(
        chromium.script(numbers).await,
        serde_json::json!(["2", "1"])
    );
    chromium.press(".runs tbody th a").await;
    chromium.arrives("/runs/2").await;
    assert!(!chromium.see("[rel=next]").await, "it is the newest");
    chromium.press("[rel=prev]").await;
    chromium.arrives("/runs/1").await;
    assert!(chromium.see(".waterfall svg").await);
    assert!(chromium.text(".waterfall").await.contains("rss.xml"));
    assert_eq!(chromium.count(".outcomes tbody tr:not(.under)").await, 2);
    assert!(!chromium.see("[rel=prev]").await, "it is the oldest");
    chromium.press("[rel=next]").await;
    chromium.arrives("/runs/2").await;
    chromium.is_accessible().await;
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_new_run_appears_in_the_list_while_it_is_looked_at() {
    let (_sandbox, world) = house(&[(1, "Ferry line adds night sailing")]).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/runs").await;
    chromium.stay().await;
    fetch(&world).await;
    chromium
        .until("there are two", || async {
            chromium.count(".runs tbody tr").await == 2
        })
        .await;
    assert!(chromium.has_stayed().await);
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_source_is_fetched_now_from_the_list_and_says_why_it_failed() {
    let (sandbox, world) = house(&[(1, "Ferry line adds night sailing")]).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/sources").await;
    assert!(chromium.text(".head-words").await.contains("2 well"));
    let news = (Api::Feeds, "/rss.xml");
    sandbox.set_fault(news, Fault::Html).await.unwrap();
    let asked = sandbox.log(news).total();
    chromium
        .press("form[action='/sources/wharf/fetch'] button")
        .await;
    chromium.reads(".banner", "fetched").await;
    chromium.reads(".head-words, .sources", "failed").await;
    assert_eq!(sandbox.log(news).total(), asked + 1);
    assert_eq!(
        sandbox.log((Api::Bank, "/accounts")).total(),
        1,
        "only the one was asked"
    );
    chromium
        .press("tr:has(form[action='/sources/wharf/fetch']) .acts a")
        .await;
    chromium.arrives("/sources/wharf").await;
    let page = chromium.text("main").await;
    assert!(page.contains("looks like an HTML page"), "{page}");
    assert_eq!(
        chromium.count(".outcomes tbody tr:not(.under)").await,
        2,
        "both runs of it"
    );
    chromium.is_accessible().await;
    // Mended, and fetched from here.
    let again = super::told::feed(&[(1, "Ferry line adds night sailing")]);
    sandbox.set_fault(news, again).await.unwrap();
    chromium.press(".mark-all button").await;
    chromium
        .until("there are three", || async {
            chromium.count(".outcomes tbody tr:not(.under)").await == 3
        })
        .await;
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn what_lacks_its_key_says_which_one() {
    let (_sandbox, world) = household().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/sources/openweather").await;
    let page = chromium.text("main").await;
    assert!(page.contains("NO_SUCH_KEY"), "{page}");
    assert!(!page.contains("k-123"), "no key is told");
}
