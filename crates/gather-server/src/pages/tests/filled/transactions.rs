//! Transactions: narrowed, paged, changed.

use gather_records::Viewer;
use gather_store::SetBy;
use http::StatusCode;

use super::{Household, form, hides, moved, says, text, transaction};
use crate::pages::{answer::Said, money::fill, show::Numbers};

fn filled(household: &Household, address: &str) -> String {
    household.page(|moment| fill::transactions(&household.ann(address), moment))
}

#[test]
fn the_newest_come_first_each_with_its_account_and_currency() {
    let page = filled(&Household::filled(), "/money/transactions");
    let text = text(&page);
    let place = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"));
    assert!(place("Bakery 12") < place("Books"));
    assert!(place("Books") < place("Stadtwerke"));
    says(
        &page,
        &[
            "19 Nov Bakery 12 Checking Groceries, change −4.50 EUR",
            "no category, change −95.50 EUR",
            "−20.00 USD",
        ],
    );
}

#[test]
fn what_narrows_is_in_the_address_and_can_be_taken_out_of_it_one_by_one() {
    let household = Household::filled();
    let page = filled(
        &household,
        "/money/transactions?category=Home&since=2026-11-01&least=100&pending=without&account=bank%2Fchecking",
    );
    says(
        &page,
        &["Rent", "from 1 Nov", "at least 100", "booked", "Clear"],
    );
    hides(&page, &["Bakery 12", "Salary"]);
    assert!(
        page.contains("/money/transactions?account=bank%2Fchecking&#38;since=2026-11-01&#38;least=100&#38;pending=without"),
        "{page}"
    );
    let page = filled(&household, "/money/transactions?category=-");
    says(&page, &["Stadtwerke", "without a category"]);
    hides(&page, &["Bakery 12"]);
    let page = filled(&household, "/money/transactions?q=bak");
    assert!(page.contains("<mark>Bak</mark>ery 12"), "{page}");
    says(
        &filled(&household, "/money/transactions?q=zeppelin"),
        &["No transaction is like that.", "Show all"],
    );
}

#[test]
fn what_cannot_be_read_is_said_and_leaves_nothing_out() {
    let household = Household::filled();
    let page = filled(
        &household,
        "/money/transactions?since=2026-13-40&least=much&pending=maybe&account=bank&after=x&currency=EURO&edit=x",
    );
    says(
        &page,
        &[
            "From: `2026-13-40` is not a day; a day is written like 2026-11-19",
            "At least: `much` is not an amount; an amount is written like 12.34",
            "Pending: `maybe` is not a choice",
            "Account: `bank` is not an account",
            "The place in the list could not be read",
            "`EURO` is no currency",
            "Bakery 12",
            "Stadtwerke",
        ],
    );
    assert!(page.contains("There is no such transaction to change."));
}

#[test]
fn amounts_are_read_as_the_reader_writes_them() {
    let household = Household::filled();
    let mut reader = household.ann("/money/transactions?least=95,50&most=1.000");
    reader.numbers = Numbers::of(Some("de"));
    let page = household.page(|moment| fill::transactions(&reader, moment));
    says(
        &page,
        &["Stadtwerke", "Rent", "at least 95,50", "−900,00 EUR"],
    );
    hides(&page, &["Bakery", "Salary"]);
}

#[test]
fn older_transactions_follow_without_a_gap() {
    let household = Household::new();
    let many: Vec<_> = (0..120)
        .map(|at| {
            let day = format!("2026-{:02}-{:02}", 1 + at / 28, 1 + at % 28);
            moved(
                &at.to_string(),
                "-1 EUR",
                &day,
                &format!("Payment {at}."),
                "Food",
            )
        })
        .collect();
    household.bring("bank", 1, &many);
    let mut address = "/money/transactions?category=Food".to_owned();
    let mut seen = String::new();
    loop {
        let page = filled(&household, &address);
        seen.push_str(&text(&page));
        let Some((before, _)) = page.split_once("\">Older transactions<") else {
            break;
        };
        let (_, href) = before.rsplit_once("href=\"").unwrap();
        address = href.replace("&#38;", "&");
    }
    for at in 0..120 {
        let payment = format!(" Payment {at}. ");
        assert_eq!(seen.matches(&payment).count(), 1, "{payment}");
    }
}

#[test]
fn the_form_stands_under_its_row_wherever_the_row_is() {
    let household = Household::filled();
    let rent = transaction(&household, "Rent").number;
    for address in [
        format!("/money/transactions?edit={rent}"),
        // The filter leaves it out; whoever changes it sees it all the same.
        format!("/money/transactions?q=bakery&edit={rent}"),
    ] {
        let page = filled(&household, &address);
        assert!(
            page.contains(&format!("data-editor=\"{rent}\"")),
            "{address}"
        );
        assert!(page.contains(&format!("id=\"t-{rent}\"")), "{address}");
        assert!(page.contains(&format!("action=\"/money/transactions/{rent}\"")));
        says(
            &page,
            &[
                "The bank wrote Rent",
                "Monday, 2 November 2026",
                "Checking (bank)",
            ],
        );
    }
    let page = filled(
        &household,
        &format!("/money/transactions?q=bakery&edit={rent}"),
    );
    assert!(page.contains(&format!(
        "name=\"back\" value=\"/money/transactions?q=bakery#t-{rent}\""
    )));
}

#[test]
fn only_what_was_changed_becomes_the_readers_own_word() {
    let household = Household::filled();
    let held = transaction(&household, "Bakery 12");
    let set = |fields: &[(&str, &str)]| {
        let reader = household.ann("/money/transactions");
        fill::edit(&reader, &household.store, held.number, &form(fields))
    };
    let now = || transaction(&household, "Bakery 12");
    set(&[("category", "Groceries"), ("payee", ""), ("note", "")]).unwrap();
    assert_eq!(now(), held, "an untouched form changes nothing");

    assert_eq!(
        set(&[
            ("category", "Breakfast"),
            ("payee", "Bäckerei"),
            ("note", "with ben")
        ]),
        Ok(Said::Kept)
    );
    let line = now();
    assert_eq!(line.category.as_deref(), Some("Breakfast"));
    assert_eq!(
        (line.category_by, line.payee_by),
        (SetBy::User, SetBy::User)
    );
    let page = filled(&household, "/money/transactions");
    says(&page, &["Bäckerei", "with ben", "Breakfast, change you"]);

    // Emptied, it is what the bank says again.
    set(&[("category", ""), ("payee", ""), ("note", "")]).unwrap();
    assert_eq!(now(), held);
    // What the bank says and the reader empties is none.
    set(&[("category", "")]).unwrap();
    assert_eq!((now().category, now().category_by), (None, SetBy::User));
}

#[test]
fn a_transaction_of_another_user_is_neither_shown_nor_changed() {
    let household = Household::filled();
    let held = transaction(&household, "Bakery 12");
    let ben = household.reader("ben", &format!("/money/transactions?edit={}", held.number));
    let page = household.page(|moment| fill::transactions(&ben, moment));
    hides(&page, &["Bakery", "data-editor"]);
    let fields = form(&[("category", "Mine")]);
    let failed = fill::edit(&ben, &household.store, held.number, &fields).unwrap_err();
    assert_eq!(failed.status, StatusCode::NOT_FOUND);
    let viewer = Viewer::User("ann".to_owned());
    let now = household.store.transaction(&viewer, held.number).unwrap();
    assert_eq!(now, held);
}

#[test]
fn a_text_that_is_too_long_is_refused_whole() {
    let household = Household::filled();
    let held = transaction(&household, "Bakery 12");
    let reader = household.ann("/money/transactions");
    let long = "x".repeat(201);
    let fields = form(&[("note", "kept?"), ("category", &long)]);
    let failed = fill::edit(&reader, &household.store, held.number, &fields).unwrap_err();
    assert_eq!(
        failed.sentence,
        "The category is longer than 200 characters."
    );
    assert_eq!(transaction(&household, "Bakery 12"), held);
}

#[test]
fn a_memo_of_a_bank_is_text_and_never_markup() {
    let household = Household::new();
    let row = moved(
        "1",
        "-1 EUR",
        "2026-11-19",
        "<img src=x onerror=alert(1)>",
        "<b>Food</b>",
    );
    household.bring("bank", 1, &[row]);
    let id = transaction(&household, "<img src=x onerror=alert(1)>").number;
    let page = filled(&household, &format!("/money/transactions?edit={id}"));
    hides(&page, &["<img", "<b>Food"]);
    says(&page, &["<img src=x onerror=alert(1)>", "<b>Food</b>"]);
}
