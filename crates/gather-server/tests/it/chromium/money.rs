//! Money looked at and put right: lists that are narrowed, categories that are changed, sums in another currency.

use gather_records::Viewer;
use gather_sandbox::{Api, Fault, Sandbox};
use gather_store::{TransactionLine, TransactionQuery};
use jiff::ToSpan as _;
use serde_json::json;

use super::{
    Chromium, Look,
    told::{TRANSACTIONS, Told, answer, fetch, house, house_where},
};
use crate::world::World;

/// A browser in which ana looks at a page.
async fn open(path: &str, look: Look) -> (Sandbox, World, Chromium) {
    let (sandbox, world) = house(&[(1, "Lido to open in May")]).await;
    let chromium = Chromium::open(&world, look).await;
    chromium.sign_in("ana").await;
    chromium.goto(path).await;
    (sandbox, world, chromium)
}

/// What is stored for ana.
fn held(world: &World) -> Vec<TransactionLine> {
    let ana = Viewer::User("ana".to_owned());
    let page = world
        .store
        .transactions(&ana, &TransactionQuery::default())
        .unwrap();
    page.transactions
}

/// The number by which a transaction is changed, by the bank's id of it.
fn number(world: &World, id: &str) -> String {
    let held = held(world);
    let line = held.iter().find(|line| line.id == id);
    line.unwrap_or_else(|| panic!("no {id}")).number.to_string()
}

/// The rows that are shown, by the bank's ids of them, each compared with what is stored.
async fn shown(world: &World, chromium: &Chromium) -> Vec<String> {
    let held = held(world);
    let rows = chromium
        .script(
            "return [...document.querySelectorAll('.transactions tbody tr[id]')]
                .map((row) => [row.id, row.querySelector('.what').textContent, row.querySelector('.amount').textContent])",
        )
        .await;
    let rows = rows.as_array().unwrap().clone();
    rows.iter()
        .map(|row| {
            let text = |at: usize| row[at].as_str().unwrap();
            let line = held
                .iter()
                .find(|line| text(0) == format!("t-{}", line.number))
                .unwrap_or_else(|| panic!("{row} is not stored"));
            assert!(
                text(1).starts_with(line.description.as_deref().unwrap()),
                "{row}"
            );
            let amount = line.amount.amount.abs().to_string();
            assert!(text(2).contains(&amount), "{row}: {amount}");
            line.id.clone()
        })
        .collect()
}

/// Waits until the rows are these.
async fn shows(world: &World, chromium: &Chromium, path: &str, ids: &[&str]) {
    chromium.arrives(path).await;
    assert_eq!(shown(world, chromium).await, ids, "{path}");
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn filters_narrow_the_list_stand_in_the_address_and_come_back_with_it() {
    let (_sandbox, world, chromium) = open("/money/transactions", Look::WIDE).await;
    let all = ["t7", "t6", "t5", "t4", "t3", "t2", "t1"];
    shows(&world, &chromium, "/money/transactions", &all).await;

    let text = "/money/transactions?q=ferry";
    chromium.write("#search", "ferry\n").await;
    shows(&world, &chromium, text, &["t6", "t3"]).await;
    assert_eq!(chromium.count(".what mark").await, 2, "hits are shown");

    // What is found is narrowed further.
    let account = "/money/transactions?q=ferry&account=bank%2F1";
    chromium.press("details summary").await;
    chromium.choose("account", "bank/1").await;
    chromium.press(".filters .buttons button").await;
    shows(&world, &chromium, account, &["t3"]).await;
    assert_eq!(chromium.value("account").await, "bank/1");
    chromium.is_accessible().await;

    chromium.client.back().await.unwrap();
    shows(&world, &chromium, text, &["t6", "t3"]).await;
    assert_eq!(chromium.value("q").await, "ferry");
    chromium.client.forward().await.unwrap();
    shows(&world, &chromium, account, &["t3"]).await;
    // Each thing that narrows can be taken away alone.
    chromium.press(".filter-chips li:first-child a").await;
    shows(
        &world,
        &chromium,
        "/money/transactions?account=bank%2F1",
        &["t7", "t5", "t3", "t2", "t1"],
    )
    .await;
    chromium.press(".filter-chips .act").await;
    shows(&world, &chromium, "/money/transactions", &all).await;

    chromium.press("details summary").await;
    chromium.choose("category", "Groceries").await;
    chromium.press(".filters .buttons button").await;
    let category = "/money/transactions?category=Groceries";
    shows(&world, &chromium, category, &["t5", "t2"]).await;
    chromium.goto("/money/transactions?category=-").await;
    assert_eq!(shown(&world, &chromium).await, ["t7"]);

    chromium.goto("/money/transactions").await;
    chromium.press("details summary").await;
    chromium.set("since", "2026-01-10").await;
    chromium.set("until", "2026-01-20").await;
    chromium.press(".filters .buttons button").await;
    let period = "/money/transactions?since=2026-01-10&until=2026-01-20";
    shows(&world, &chromium, period, &["t4", "t3", "t2"]).await;
    assert!(chromium.text(".filter-chips").await.contains("from 10 Jan"),);
    chromium
        .goto(&format!("{period}&q=nothing+of+this+kind"))
        .await;
    assert_eq!(chromium.count(".transactions").await, 0);
    chromium
        .reads(".empty", "No transaction is like that.")
        .await;
    chromium.is_accessible().await;
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

/// What was spent on a category in the month that the page is of; empty where nothing was.
async fn spent(chromium: &Chromium, category: &str) -> String {
    let script = format!(
        "return [...document.querySelectorAll('table.spending tbody tr')]
            .find((row) => row.querySelector('th').textContent === '{category}')?.querySelector('.n .fig').textContent ?? ''"
    );
    chromium.script(&script).await.as_str().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_category_is_changed_in_place_and_the_spending_moves() {
    let (_sandbox, world, chromium) = open("/money?month=2026-01", Look::WIDE).await;
    assert_eq!(spent(&chromium, "Groceries").await, "80.00");
    assert_eq!(spent(&chromium, "Travel").await, "12.00");
    let id = number(&world, "t3");
    let (row, editor) = (format!("#t-{id}"), format!("[data-editor=\"{id}\"]"));
    chromium.goto("/money/transactions").await;
    chromium.stay().await;

    // Opened and left, it is as it was, and the focus is where it came from.
    chromium.press(&format!("{row} [data-edit]")).await;
    chromium.shows(&editor).await;
    chromium.is_accessible().await;
    chromium.keys("Elsewhere\u{e00c}").await;
    chromium
        .until("the form is away", || async {
            !chromium.see(&editor).await
        })
        .await;
    let focus = chromium.script("return document.activeElement.dataset.edit");
    assert_eq!(focus.await, json!(id));
    assert!(chromium.text(&row).await.contains("Travel"));

    chromium.press(&format!("{row} [data-edit]")).await;
    chromium.shows(&editor).await;
    chromium.keys("Groceries\n").await;
    chromium
        .reads(&format!("{row} .category"), "Groceries")
        .await;
    chromium.reads(&format!("{row} .by-whom"), "you").await;
    chromium.reads("[data-say]", "Kept.").await;
    assert!(!chromium.see(&editor).await);
    assert!(chromium.has_stayed().await);
    let ids = ["t7", "t6", "t5", "t4", "t3", "t2", "t1"];
    shows(&world, &chromium, "/money/transactions", &ids).await;

    chromium.goto("/money?month=2026-01").await;
    assert_eq!(spent(&chromium, "Groceries").await, "92.00");
    assert_eq!(spent(&chromium, "Travel").await, "");
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_category_is_changed_by_a_form_where_no_script_runs() {
    let bare = Look::NARROW.without_scripts();
    let (_sandbox, world, chromium) = open("/money/transactions?category=Travel", bare).await;
    let id = number(&world, "t3");
    chromium.press(&format!("#t-{id} [data-edit]")).await;
    chromium
        .arrives(&format!(
            "/money/transactions?category=Travel&edit={id}#t-{id}"
        ))
        .await;
    chromium.fits().await;
    chromium
        .write("[data-editor] [name=\"category\"]", "Groceries")
        .await;
    chromium.press("[data-editor] button").await;
    chromium
        .arrives(&format!(
            "/money/transactions?category=Travel&said=kept#t-{id}"
        ))
        .await;
    chromium.reads(".banner", "Kept.").await;
    assert_eq!(shown(&world, &chromium).await, ["t6"]);
    chromium.goto("/money?month=2026-01").await;
    assert_eq!(spent(&chromium, "Groceries").await, "92.00");
    assert_eq!(spent(&chromium, "Travel").await, "");
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_row_that_came_again_differently_waits_until_it_is_decided() {
    let (sandbox, world, chromium) = open("/money/review", Look::NARROW).await;
    chromium.reads(".empty", "Nothing waits").await;
    let again = TRANSACTIONS.replace("-80.00", "-86.50");
    let fault = Fault::status(200).body(again);
    let bank = (Api::Bank, "/transactions");
    sandbox.set_fault(bank, fault).await.unwrap();
    fetch(&world).await;
    chromium.goto("/money/transactions").await;
    assert_eq!(chromium.text(".parts .count").await, "1");
    chromium.press(".parts a[href=\"/money/review\"]").await;
    chromium.shows(".case").await;
    let case = chromium.text(".case").await;
    for words in ["Bellwether Foods", "−80.00", "−86.50"] {
        assert!(case.contains(words), "{case}");
    }
    for look in [
        Look::NARROW,
        Look::NARROW.dark(),
        Look::WIDE,
        Look::WIDE.dark(),
    ] {
        chromium.look(look).await;
        chromium.is_accessible().await;
        chromium.fits().await;
    }
    chromium.press(".case [value=replace]").await;
    chromium.reads(".banner", "Decided.").await;
    assert_eq!(chromium.count(".case").await, 0);
    let id = number(&world, "t2");
    chromium.goto("/money/transactions").await;
    chromium.reads(&format!("#t-{id} .amount"), "−86.50").await;
}

/// Rates of yesterday and of three weeks ago, and accounts in two currencies more: one whose rate is too old, one without.
async fn abroad() -> (Sandbox, World, [String; 2]) {
    let now: jiff::Timestamp = gather::Clock::system().wall().try_into().unwrap();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let days = [today - 1.day(), today - 21.days()];
    let rates = json!({
        "base": "EUR", "start_date": days[1], "end_date": days[0],
        "rates": {(days[0].to_string()): {"USD": 1.25}, (days[1].to_string()): {"GBP": 0.8}},
    });
    let accounts = json!([
        {"id": "1", "name": "Checking", "balance": "2000.00"},
        {"id": "2", "name": "Savings", "balance": "10000.00"},
        {"id": "3", "name": "Mersey", "balance": "80.00", "currency": "GBP"},
        {"id": "4", "name": "Alpine", "balance": "120.00", "currency": "CHF"},
    ]);
    let told: Vec<Told> = vec![
        ((Api::Rates, "/v1/latest"), answer(&rates)),
        ((Api::Bank, "/accounts"), answer(&accounts)),
    ];
    let (sandbox, world) = house_where(&[(1, "Lido to open in May")], told, |sandbox| {
        format!(
            "[source.frankfurter]\nbase = \"{}\"\n",
            sandbox.origin(Api::Rates)
        )
    })
    .await;
    let words = days.map(|day| {
        let pattern = if day.year() == today.year() {
            "%-d %b"
        } else {
            "%-d %b %Y"
        };
        day.strftime(pattern).to_string()
    });
    (sandbox, world, words)
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn sums_are_in_the_currency_that_is_chosen_and_say_by_which_rate_of_which_day() {
    let (_sandbox, world, [yesterday, long_ago]) = abroad().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/money").await;
    // Nothing is taken for one to one: what has no rate, or an old one, is no part of the sum.
    assert_eq!(chromium.text(".worth-figure").await, "12,000.00 EUR");
    let left_out = [
        "not converted: 120.00 CHF (no rate is known)".to_owned(),
        format!("not converted: 80.00 GBP (no rate since {long_ago})"),
    ];
    let side = chromium.text(".side").await;
    for words in &left_out {
        assert!(side.contains(words), "{words}: {side}");
    }

    chromium.choose("currency", "USD").await;
    chromium.arrives("/money?currency=USD").await;
    assert_eq!(chromium.text(".worth-figure").await, "15,000.00 USD");
    let side = chromium.text(".side").await;
    let rate = format!("1 EUR = 1.25 USD · frankfurter, {yesterday}, carried 1 day");
    assert!(side.contains(&rate), "{rate}: {side}");
    for words in &left_out {
        assert!(side.contains(words), "{words}: {side}");
    }
    chromium.is_accessible().await;

    chromium.choose("currency", "each").await;
    chromium.arrives("/money?currency=each").await;
    let figures = chromium.text(".worth").await;
    for figure in ["12,000.00 EUR", "80.00 GBP", "120.00 CHF"] {
        assert!(figures.contains(figure), "{figures}");
    }
    // Into a currency without any rate nothing is added up, and that is said.
    chromium.goto("/money?currency=JPY").await;
    let side = chromium.text(".side").await;
    assert!(
        side.contains("not added up in JPY: no rate is known"),
        "{side}"
    );
    assert!(!chromium.text(".worth").await.contains("JPY"), "{side}");
    assert!(side.contains("12,000.00 EUR"), "{side}");
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn the_base_currency_of_the_settings_is_that_of_today() {
    let (_sandbox, world, [yesterday, long_ago]) = abroad().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/").await;
    assert_eq!(chromium.text(".worth-figure").await, "12,000.00 EUR");
    chromium.goto("/settings").await;
    chromium.choose("currency", "USD").await;
    chromium.press("main button.main").await;
    chromium.reads(".banner", "Saved.").await;
    chromium.goto("/").await;
    assert_eq!(chromium.text(".worth-figure").await, "15,000.00 USD");
    let ledger = chromium.text(".ledger").await;
    for words in [
        "not converted: 120.00 CHF (no rate is known)",
        &format!("not converted: 80.00 GBP (no rate since {long_ago})"),
        &format!("frankfurter, {yesterday}"),
    ] {
        assert!(ledger.contains(words), "{words}: {ledger}");
    }
    assert!(
        chromium.text(".rates").await.contains("1.25 USD"),
        "{ledger}"
    );
    assert!(
        !chromium.text(".rates").await.contains("GBP"),
        "a rate that is used no more does not stand beside one that is: {ledger}"
    );
    chromium.goto("/money").await;
    assert_eq!(chromium.text(".worth-figure").await, "15,000.00 USD");
    assert_eq!(chromium.value("currency").await, "USD");
}
