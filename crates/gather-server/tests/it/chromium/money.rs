//! Money in a browser: narrowing a list, changing a category where it stands, another currency.

use fantoccini::Locator;
use gather_records::Viewer;
use gather_store::TransactionQuery;
use serde_json::json;

use super::{Chromium, Look, pages::household, told::house};
use crate::world::World;

/// What the rows of the list are, from the top.
async fn rows(chromium: &Chromium) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.transactions tbody .what')].map((it) => it.innerText.split(' · ')[0].trim())";
    serde_json::from_value(chromium.script(script).await).unwrap()
}

/// What is said to be in force.
async fn chips(chromium: &Chromium) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.filter-chips a:not(.act)')].map((it) => it.lastChild.previousSibling.textContent.trim())";
    serde_json::from_value(chromium.script(script).await).unwrap()
}

/// Fills a field in that no keys can be typed into in the same way everywhere.
async fn set(chromium: &Chromium, name: &str, value: &str) {
    let script =
        "document.querySelector(`.filters [name=\"${arguments[0]}\"]`).value = arguments[1]";
    let arguments = vec![json!(name), json!(value)];
    chromium.client.execute(script, arguments).await.unwrap();
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn filters_narrow_the_list_as_chips_that_can_be_taken_off() {
    let (_sandbox, world) = house(&[]).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/money/transactions").await;
    assert_eq!(
        rows(&chromium).await,
        ["Interest", "Night Ferry", "Bellwether Foods", "Kelp Cafe"]
    );
    chromium.press(".filters summary").await;
    set(&chromium, "since", "2026-01-05").await;
    chromium.fill("least", "-10").await;
    chromium.is_accessible().await;
    chromium.press(".filters .buttons button").await;
    chromium
        .until("it is narrowed", || async {
            chromium.count(".filter-chips").await == 1
        })
        .await;
    assert_eq!(rows(&chromium).await, ["Night Ferry", "Bellwether Foods"]);
    assert_eq!(chips(&chromium).await, ["from 5 Jan", "at least 10.00"]);
    chromium.is_accessible().await;
    // Words as well, and what was in force stays so.
    chromium.keys("/").await;
    chromium.keys("ferry\u{e007}").await;
    chromium
        .until("it is narrowed", || async {
            chromium.path().await.contains("q=ferry")
        })
        .await;
    assert_eq!(rows(&chromium).await, ["Night Ferry"]);
    assert_eq!(
        chips(&chromium).await,
        ["“ferry”", "from 5 Jan", "at least 10.00"]
    );
    // One chip off, then all.
    chromium
        .press(".filter-chips a[href*='q=ferry']:not([href*=since])")
        .await;
    chromium
        .until("a chip is off", || async {
            !chromium.path().await.contains("since")
        })
        .await;
    assert_eq!(chips(&chromium).await, ["“ferry”", "at least 10.00"]);
    chromium.press(".filter-chips a.act").await;
    chromium.arrives("/money/transactions").await;
    assert_eq!(rows(&chromium).await.len(), 4);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_date_that_is_none_is_said_and_narrows_nothing() {
    let (_sandbox, world) = house(&[]).await;
    let chromium = Chromium::open(&world, Look::NARROW).await;
    chromium.sign_in("ana").await;
    chromium
        .goto("/money/transactions?since=2026-13-40&least=much&q=ferry")
        .await;
    let page = chromium.text("main").await;
    assert!(page.contains("From: `2026-13-40` is not a day"), "{page}");
    assert!(page.contains("At least: `much` is not an amount"), "{page}");
    assert_eq!(chips(&chromium).await, ["“ferry”"]);
    assert_eq!(rows(&chromium).await, ["Night Ferry"]);
    assert!(
        chromium.see(".filters .fields").await,
        "the fields are open, to mend it"
    );
    chromium.is_accessible().await;
    chromium.fits().await;
}

/// The category of a transaction, as the server keeps it.
fn category(world: &World, id: &str) -> Option<String> {
    let viewer = Viewer::User("ana".to_owned());
    let page = world
        .store
        .transactions(&viewer, &TransactionQuery::default())
        .unwrap();
    let mut lines = page.transactions.iter();
    lines.find(|line| line.id == id).unwrap().category.clone()
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_category_is_changed_where_it_stands() {
    let (_sandbox, world) = house(&[]).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/money/transactions?q=kelp").await;
    chromium.stay().await;
    chromium.press("[data-edit]").await;
    chromium
        .shows("tr + tr[data-editor] input[name=category]")
        .await;
    chromium.is_accessible().await;
    // Escape leaves it as it is, and the focus goes back to where it was.
    chromium.keys("Nothing of the kind\u{e00c}").await;
    assert!(!chromium.see("[data-editor]").await);
    assert_eq!(
        chromium
            .script("return document.activeElement.matches('[data-edit]')")
            .await,
        true
    );
    assert_eq!(category(&world, "t1").as_deref(), Some("Dining"));
    // What stands there is selected: typing writes over it.
    chromium.keys("\u{e007}").await;
    chromium.shows("[data-editor] input[name=category]").await;
    chromium.keys("Breakfast\u{e007}").await;
    chromium.reads(".transactions .category", "Breakfast").await;
    chromium.reads("[data-say]", "Kept.").await;
    assert!(!chromium.see("[data-editor]").await);
    assert!(chromium.has_stayed().await);
    assert_eq!(
        chromium
            .script("return document.activeElement.matches('[data-edit]')")
            .await,
        true
    );
    assert_eq!(category(&world, "t1").as_deref(), Some("Breakfast"));
    chromium.is_accessible().await;
    // It is the reader's own word, which says so and can be taken back.
    chromium.client.refresh().await.unwrap();
    assert!(
        chromium
            .text(".transactions .category")
            .await
            .contains("Breakfast")
    );
    chromium.press("[data-edit]").await;
    chromium.shows("[data-editor] input[name=category]").await;
    chromium.keys("\u{e003}\u{e007}").await;
    chromium.reads(".transactions .category", "Dining").await;
    assert_eq!(category(&world, "t1").as_deref(), Some("Dining"));
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_category_is_changed_without_scripts() {
    let (_sandbox, world) = house(&[]).await;
    let chromium = Chromium::open(&world, Look::NARROW.without_scripts()).await;
    chromium.sign_in("ana").await;
    chromium.goto("/money/transactions?q=kelp").await;
    chromium.press("[data-edit]").await;
    chromium.shows("[data-editor] input[name=category]").await;
    chromium
        .write("[data-editor] input[name=category]", "Breakfast")
        .await;
    chromium.press("[data-editor] button.main").await;
    chromium.reads(".banner", "Kept.").await;
    assert!(
        chromium
            .text(".transactions .category")
            .await
            .contains("Breakfast")
    );
    assert_eq!(
        rows(&chromium).await,
        ["Kelp Cafe"],
        "the list is as narrow as before"
    );
    assert_eq!(category(&world, "t1").as_deref(), Some("Breakfast"));
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn sums_in_another_currency_say_their_rate_its_date_and_its_origin() {
    let (_sandbox, world) = household().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/money").await;
    let before = chromium.text(".worth-figure").await;
    assert!(before.starts_with("12,500.00"), "{before}");
    // Choosing is enough; the button that only a page without scripts needs is not there.
    assert!(!chromium.see("[data-spare]").await);
    let choice = chromium.find("#currency").await;
    choice.select_by_value("USD").await.unwrap();
    chromium.arrives("/money?currency=USD").await;
    let note = chromium
        .client
        .find(Locator::XPath("//p[starts-with(., '1 EUR = ')]"))
        .await
        .unwrap();
    let note = note.text().await.unwrap();
    let (rate, origin) = note.split_once(" USD · ").unwrap();
    let rate: f64 = rate.strip_prefix("1 EUR = ").unwrap().parse().unwrap();
    assert!(origin.starts_with("frankfurter, "), "{note}");
    assert!(
        origin["frankfurter, ".len()..].starts_with(|c: char| c.is_ascii_digit()),
        "{note}"
    );
    let after = chromium.text(".worth-figure").await;
    assert!(after.ends_with("USD"), "{after}");
    let sum: f64 = after
        .trim_end_matches("USD")
        .trim()
        .replace(',', "")
        .parse()
        .unwrap();
    assert!(
        (sum - 12_500.0 * rate).abs() < 12_500.0 * 0.000_05 + 0.01,
        "{sum} of {rate}"
    );
    chromium.is_accessible().await;
    // It goes along to the other pages of money, and each apart is one of the choices.
    chromium.press(".parts a[href*=budgets]").await;
    chromium.arrives("/money/budgets?currency=USD").await;
    chromium.goto("/money").await;
    let choice = chromium.find("#currency").await;
    choice.select_by_label("each apart").await.unwrap();
    chromium
        .until("it is chosen", || async {
            chromium.path().await.contains("currency=")
        })
        .await;
    assert!(chromium.text(".worth-figure").await.contains("12,500.00"));
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}
