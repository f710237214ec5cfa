//! Money at a glance, accounts, budgets, and what waits for a decision.

use gather_records::{Record, Transaction, Viewer};
use gather_store::Snapshot;
use http::StatusCode;

use super::{Household, account, budget, form, hides, money, moved, rate, says, text};
use crate::pages::{
    answer::{Failed, Said},
    money::fill,
    view::AccountPage,
};

fn overview(household: &Household, address: &str) -> String {
    household.page(|moment| fill::overview(&household.ann(address), moment))
}

fn budgets(household: &Household, address: &str) -> String {
    household.page(|moment| fill::budgets(&household.ann(address), moment))
}

#[test]
fn sums_are_in_the_currency_that_is_asked_for_by_rates_that_are_named() {
    let household = Household::filled();
    says(
        &overview(&household, "/money"),
        &[
            "Net worth 2,582.37 EUR",
            "1 USD = 0.933532 EUR · ecb, 19 Nov, carried 1 day",
            "not converted: 120.00 CHF (no rate is known)",
            "Accounts in EUR over time",
        ],
    );
    let page = overview(&household, "/money?currency=USD");
    says(&page, &["1 EUR = 1.0712 USD", "Reading"]);
    assert!(page.contains("<option value=\"USD\" selected>"));
    // What is chosen goes along.
    assert!(page.contains("/money/budgets?currency=USD"), "{page}");
    says(
        &overview(&household, "/money?currency=each"),
        &["Net worth, by currency", "120.00 CHF", "107.12 USD"],
    );
    let page = overview(&household, "/money?currency=EURO");
    assert!(page.contains("`EURO` is no currency"), "{page}");
    says(&page, &["2,582.37 EUR"]);
}

#[test]
fn a_rate_that_is_missing_is_unknown_and_never_one() {
    let household = Household::new();
    household.bring("bank", 1, &[account("a", "Francs", "100 CHF")]);
    let page = overview(&household, "/money");
    says(
        &page,
        &["100.00 CHF", "not added up in EUR: no rate is known"],
    );
    assert!(!text(&page).contains("100.00 EUR"));
}

#[test]
fn a_month_of_the_past_shows_its_own_spending() {
    let household = Household::filled();
    let page = overview(&household, "/money?month=2026-10");
    says(&page, &["October", "without a category", "95.50", "100 %"]);
    for (address, said) in [
        (
            "/money?month=2027-01",
            "`2027-01` is no month that has begun",
        ),
        (
            "/money?month=x",
            "`x` is not a month; a month is written like 2026-11",
        ),
        ("/money?month=-009999", "is not a month"),
    ] {
        let page = overview(&household, address);
        assert!(page.contains(said), "{address}");
        says(&page, &["this month", "900.00"]);
    }
}

#[test]
fn without_money_the_page_says_how_it_begins() {
    says(
        &overview(&Household::new(), "/money"),
        &["No money here yet.", "gather import november.ofx --yes"],
    );
}

#[test]
fn budgets_say_what_is_left_what_is_pending_and_whose_figure_it_is() {
    let household = Household::new();
    let pending = Record::Transaction(Transaction {
        date: Some("2026-11-19".parse().unwrap()),
        category: Some("Food".to_owned()),
        pending: true,
        ..Transaction::new("p", money("-12.99 EUR"))
    });
    household.bring(
        "bank",
        1,
        &[
            moved("1", "-245 EUR", "2026-11-03", "Market", "Food"),
            moved("2", "-30 EUR", "2026-10-03", "Market", "Food"),
            pending,
            budget("Food", "300 EUR", None),
            budget("Travel", "200 EUR", Some("212 EUR")),
        ],
    );
    let page = budgets(&household, "/money/budgets");
    says(
        &page,
        &[
            "November day 20 of 30",
            "212.00 200.00 12.00 over",
            "as bank says",
            "Food 245.00 300.00 55.00 left",
            "12.99 EUR pending, not counted",
            "October",
        ],
    );
    // A budget that belongs to everybody counts what belongs to everybody: nothing here.
    says(&page, &["Groceries 0.00 400.00 400.00 left"]);
    let page = budgets(&household, "/money/budgets?month=2026-10");
    says(
        &page,
        &[
            "October",
            "Food 30.00 300.00 270.00 left",
            "as bank says now, not of that month",
            "November ›",
        ],
    );
    says(
        &budgets(&Household::of(""), "/money/budgets"),
        &["No budget yet."],
    );
}

fn of_account(
    household: &Household,
    name: &str,
    source: &str,
    account: &str,
) -> Result<AccountPage, Failed> {
    let reader = household.reader(name, &format!("/money/accounts/{source}/{account}"));
    household
        .store
        .snapshot(|moment: &Snapshot<'_>| fill::account(&reader, moment, source, account))
}

#[test]
fn an_account_has_its_line_over_time_above_its_transactions() {
    use askama::Template as _;
    let household = Household::filled();
    let page = of_account(&household, "ann", "bank", "checking").unwrap();
    let page = page.render().unwrap();
    says(
        &page,
        &[
            "Checking 2,482.37 EUR",
            "as bank says",
            "Bakery 12",
            "Salary",
        ],
    );
    assert!(page.contains("class=\"plot\""), "{page}");
    // Its own transactions only, and the list stays on its page.
    assert!(!page.contains("Books"), "{page}");
    assert!(page.contains("action=\"/money/accounts/bank/checking\""));
}

#[test]
fn an_account_of_another_user_is_not_there() {
    let household = Household::filled();
    for (name, source, account) in [
        ("ben", "bank", "checking"),
        ("ann", "bank", "nothing"),
        ("ann", "../x", ".."),
    ] {
        let failed = of_account(&household, name, source, account).unwrap_err();
        assert_eq!(
            failed.status,
            StatusCode::NOT_FOUND,
            "{name} {source} {account}"
        );
    }
}

#[test]
fn an_account_that_cannot_stand_in_a_path_leads_to_its_transactions() {
    let household = Household::new();
    household.bring(
        "bank",
        1,
        &[
            account("..", "Dots", "1 EUR"),
            account("a/b?c", "Signs", "2 EUR"),
        ],
    );
    let page = overview(&household, "/money");
    assert!(
        page.contains("/money/transactions?account=bank%2F.."),
        "{page}"
    );
    assert!(page.contains("/money/accounts/bank/a%2Fb%3Fc"), "{page}");
}

fn with_review() -> Household {
    let household = Household::new();
    household.bring(
        "bank",
        9,
        &[moved("1", "-4.5 EUR", "2026-11-19", "Kelp Cafe", "")],
    );
    household.bring(
        "bank",
        8,
        &[moved("1", "-9 EUR", "2026-11-19", "Kelp Cafe", "")],
    );
    household
}

#[test]
fn what_waits_is_shown_beside_what_is_held_until_it_is_decided() {
    let household = with_review();
    let review = |name: &str| {
        let reader = household.reader(name, "/money/review");
        household.page(|moment| fill::review(&reader, moment))
    };
    let page = review("ann");
    says(
        &page,
        &[
            "Review 1",
            "The booked transaction with this id has another amount",
            "held 19 Nov Kelp Cafe −4.50 EUR",
            "new 19 Nov Kelp Cafe −9.00 EUR",
        ],
    );
    let bens = review("ben");
    hides(&bens, &["Kelp"]);
    says(&bens, &["Nothing waits for a decision."]);

    let viewer = Viewer::User("ann".to_owned());
    let id = household.store.reviews(&viewer).unwrap()[0].id;
    let decide = |name: &str, decision: &str| {
        let reader = household.reader(name, "/money/review");
        fill::decide(
            &reader,
            &household.store,
            id,
            &form(&[("decision", decision)]),
        )
    };
    assert_eq!(
        decide("ben", "replace").unwrap_err().status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        decide("ann", "guess").unwrap_err().status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(decide("ann", "replace"), Ok(Said::Decided));
    assert_eq!(
        decide("ann", "keep").unwrap_err().status,
        StatusCode::NOT_FOUND
    );
    says(&review("ann"), &["Nothing waits for a decision."]);
    let line = super::transaction(&household, "Kelp Cafe");
    assert_eq!(line.amount, money("-9 EUR"));
}

#[test]
fn balances_that_do_not_agree_say_by_how_much_and_since_when() {
    let household = Household::new();
    let balance = |amount: &str, day: &str| {
        Record::Account(gather_records::Account {
            id: "checking".to_owned(),
            name: "Checking".to_owned(),
            balance: money(amount),
            as_of: Some(format!("{day}T20:00:00Z").parse().unwrap()),
        })
    };
    household.bring("bank", 5000, &[balance("100 EUR", "2026-11-01")]);
    household.bring(
        "bank",
        1,
        &[
            moved("1", "-10 EUR", "2026-11-10", "Market", ""),
            balance("89.60 EUR", "2026-11-19"),
            rate("EUR", "USD", "1.1"),
        ],
    );
    let page = overview(&household, "/money");
    says(&page, &["Checking", "0.40 apart since 19 Nov"]);
}
