//! What a user changes survives every answer.

use gather_records::{Transaction, Viewer};
use gather_store::{Edit, ErrorKind, MoneyQuery, Part, SetBy};

use super::{bought, pending};
use crate::support::{Fixture, at, money, user};

fn part(amount: &str, category: &str) -> Part {
    Part {
        amount: amount.parse().unwrap(),
        category: (!category.is_empty()).then(|| category.to_owned()),
        note: None,
    }
}

fn spent(fixture: &Fixture) -> Vec<(String, String)> {
    let query = MoneyQuery::new("2026-11-20".parse().unwrap());
    let money = fixture.store.money(&Viewer::Operator, &query).unwrap();
    money
        .spending
        .into_iter()
        .map(|line| (line.category.unwrap_or_default(), line.total.to_string()))
        .collect()
}

fn pair(category: &str, total: &str) -> (String, String) {
    (category.to_owned(), total.to_owned())
}

#[test]
fn fields_that_a_user_has_set_survive_every_sync_and_file() {
    let fixture = Fixture::new();
    let row = |category: &str, payee: &str| Transaction {
        category: Some(category.to_owned()),
        payee: Some(payee.to_owned()),
        ..bought("1", "-4.50 EUR", "2026-11-19", "KELP CAFE 0042")
    };
    fixture.sync(1, &[row("Shopping", "KELP")]);
    let number = fixture.number_of("1");
    let store = &fixture.store;
    store
        .edit(
            &Viewer::Operator,
            &[number],
            &[Edit::Category(Some(" Coffee "))],
            at(2),
        )
        .unwrap();
    store
        .edit(
            &Viewer::Operator,
            &[number],
            &[Edit::Payee(Some("The kelp place"))],
            at(2),
        )
        .unwrap();
    store
        .edit(
            &Viewer::Operator,
            &[number],
            &[Edit::Note(Some("with Ann"))],
            at(2),
        )
        .unwrap();
    fixture.sync(3, &[row("Other", "KELP GMBH")]);
    fixture.import(4, &[row("Another", "K")]);
    let line = fixture.lines().remove(0);
    assert_eq!(line.category.as_deref(), Some("Coffee"));
    assert_eq!(line.category_by, SetBy::User);
    assert_eq!(line.payee.as_deref(), Some("The kelp place"));
    assert_eq!(line.note.as_deref(), Some("with Ann"));
    assert_eq!(spent(&fixture), [pair("Coffee", "-4.50 EUR")]);

    store
        .edit(
            &Viewer::Operator,
            &[number],
            &[Edit::Category(Some(""))],
            at(5),
        )
        .unwrap();
    assert_eq!(
        spent(&fixture),
        [pair("", "-4.50 EUR")],
        "none, and by the user's word"
    );
    store
        .edit(&Viewer::Operator, &[number], &[Edit::Category(None)], at(6))
        .unwrap();
    store
        .edit(&Viewer::Operator, &[number], &[Edit::Payee(None)], at(6))
        .unwrap();
    let line = fixture.lines().remove(0);
    assert_eq!(
        (line.category.as_deref(), line.payee.as_deref()),
        (Some("Other"), Some("KELP GMBH"))
    );
    assert_eq!(
        (line.category_by, line.payee_by),
        (SetBy::Source, SetBy::Source)
    );
    fixture.sums_agree();
}

#[test]
fn what_a_user_wrote_is_found_by_search() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[
            bought("1", "-4.50 EUR", "2026-11-19", "KELP"),
            bought("2", "-1 EUR", "2026-11-19", "TIDE"),
        ],
    );
    fixture
        .store
        .edit(
            &Viewer::Operator,
            &[fixture.number_of("2")],
            &[Edit::Note(Some("birthday"))],
            at(2),
        )
        .unwrap();
    let query = MoneyQuery {
        search: Some("birth".to_owned()),
        ..MoneyQuery::new("2026-11-20".parse().unwrap())
    };
    let found = fixture
        .store
        .money(&Viewer::Operator, &query)
        .unwrap()
        .transactions;
    assert_eq!(
        found
            .iter()
            .map(|line| line.id.as_str())
            .collect::<Vec<_>>(),
        ["2"]
    );
}

#[test]
fn the_parts_of_a_split_count_instead_of_it() {
    let fixture = Fixture::new();
    fixture.sync(1, &[bought("1", "-60.00 EUR", "2026-11-19", "Market")]);
    let number = fixture.number_of("1");
    let parts = [
        part("-50.00", "Food"),
        part("-20.00", "Home"),
        part("10.00", ""),
    ];
    fixture
        .store
        .edit(&Viewer::Operator, &[number], &[Edit::Parts(&parts)], at(2))
        .unwrap();
    assert_eq!(
        spent(&fixture),
        [pair("Food", "-50.00 EUR"), pair("Home", "-20.00 EUR")]
    );
    assert_eq!(fixture.lines()[0].parts, parts);
    fixture.sync(3, &[bought("1", "-60.00 EUR", "2026-11-19", "Market hall")]);
    assert_eq!(fixture.lines()[0].parts, parts, "a sync leaves them alone");
    fixture.sums_agree();
    fixture
        .store
        .edit(&Viewer::Operator, &[number], &[Edit::Parts(&[])], at(4))
        .unwrap();
    assert_eq!(spent(&fixture), [pair("", "-60.00 EUR")]);
    fixture.sums_agree();
}

#[test]
fn parts_that_do_not_add_up_are_refused() {
    let fixture = Fixture::new();
    fixture.sync(1, &[bought("1", "-60.00 EUR", "2026-11-19", "Market")]);
    let bytes = fixture.bytes();
    let error = fixture
        .store
        .edit(
            &Viewer::Operator,
            &[fixture.number_of("1")],
            &[Edit::Parts(&[part("-59.99", "Food")])],
            at(2),
        )
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParts);
    assert!(
        error.to_string().contains("-59.99") && error.to_string().contains("-60.00 EUR"),
        "{error}"
    );
    assert_eq!(fixture.bytes(), bytes);
}

#[test]
fn a_split_follows_an_amount_that_changes() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[pending(bought("1", "-40.00 EUR", "2026-11-19", "Grill"))],
    );
    let number = fixture.number_of("1");
    fixture
        .store
        .edit(
            &Viewer::Operator,
            &[number],
            &[Edit::Category(Some("Eating"))],
            at(2),
        )
        .unwrap();
    let parts = [part("-30.00", "Food"), part("-10.00", "Drinks")];
    fixture
        .store
        .edit(&Viewer::Operator, &[number], &[Edit::Parts(&parts)], at(2))
        .unwrap();
    fixture.sync(3, &[bought("1", "-46.00 EUR", "2026-11-19", "Grill")]);
    assert_eq!(
        spent(&fixture),
        [
            pair("Food", "-30.00 EUR"),
            pair("Drinks", "-10.00 EUR"),
            pair("Eating", "-6.00 EUR")
        ]
    );
    fixture.sums_agree();
}

#[test]
fn nobody_changes_what_belongs_to_another() {
    let fixture = Fixture::new();
    let rows = [gather_records::Record::Transaction(bought(
        "1",
        "-1 EUR",
        "2026-11-19",
        "x",
    ))];
    fixture.keep_as(Some("ann"), "bank", 1, &rows);
    let number = fixture.number_of("1");
    let store = &fixture.store;
    let bob = user("bob");
    for error in [
        store
            .edit(&bob, &[number], &[Edit::Category(Some("c"))], at(2))
            .unwrap_err(),
        store
            .edit(&bob, &[number], &[Edit::Payee(Some("p"))], at(2))
            .unwrap_err(),
        store
            .edit(&bob, &[number], &[Edit::Note(Some("n"))], at(2))
            .unwrap_err(),
        store
            .edit(&bob, &[number], &[Edit::Parts(&[])], at(2))
            .unwrap_err(),
        store
            .edit(
                &bob,
                &[number],
                &[Edit::Transfer(gather_store::TransferWith::Nothing)],
                at(2),
            )
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::UnknownTransaction);
    }
    store
        .edit(&user("ann"), &[number], &[Edit::Category(Some("c"))], at(2))
        .unwrap();
    assert_eq!(money("-1 EUR"), fixture.lines()[0].amount);
}
