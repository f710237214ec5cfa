//! What a transaction is recognised by.

use gather_records::{Record, Transaction};
use gather_store::{Page, SourceRef};

use super::{bought, pending, told};
use crate::support::{Fixture, at, money};

#[test]
fn case_61_two_equal_coffees_stay_two_and_a_memo_or_a_booking_makes_no_third() {
    let fixture = Fixture::new();
    let coffees = [
        bought("f1", "-4.50 EUR", "2026-11-19", "KELP CAFE"),
        bought("f2", "-4.50 EUR", "2026-11-19", "KELP CAFE"),
    ];
    assert_eq!(fixture.sync(1, &coffees).new, 2);
    let kept = fixture.sync(2, &coffees);
    assert_eq!((kept.new, kept.changed, kept.unchanged), (0, 0, 2));

    let memo = bought("f1", "-4.50 EUR", "2026-11-19", "KELP CAFE HARBOUR");
    let kept = fixture.sync(3, &[memo, coffees[1].clone()]);
    assert_eq!((kept.new, kept.changed, kept.unchanged), (0, 1, 1));

    let waiting = pending(bought("p9", "-12.00 EUR", "2026-11-19", "TIDE GROCER"));
    fixture.sync(4, std::slice::from_ref(&waiting));
    let booked = bought("b9", "-12.00 EUR", "2026-11-21", "TIDE GROCER 0042");
    let kept = fixture.sync(5, std::slice::from_ref(&booked));
    assert_eq!((kept.new, kept.changed), (0, 1));
    assert_eq!(
        fixture.held(),
        ["2026-11-19 -4.50", "2026-11-19 -4.50", "2026-11-21 -12.00"]
    );
    // The bank may tell of the pending one once more; it is the booked one.
    let kept = fixture.sync(6, &[waiting, booked]);
    assert_eq!((kept.new, kept.changed, kept.unchanged), (0, 0, 2));
    assert_eq!(fixture.exported()[2].id, "b9");
    fixture.sums_agree();
}

#[test]
fn rows_without_ids_are_counted() {
    let fixture = Fixture::new();
    let coffee = told("-4.50 EUR", "2026-11-19", "Kelp Cafe");
    assert_eq!(fixture.sync(1, &[coffee.clone(), coffee.clone()]).new, 2);
    let kept = fixture.sync(2, &[coffee.clone(), coffee.clone(), coffee.clone()]);
    assert_eq!((kept.new, kept.unchanged), (1, 2), "a third one");
    let kept = fixture.sync(3, &[coffee]);
    assert_eq!(
        (kept.new, kept.unchanged),
        (0, 1),
        "an answer may tell of fewer"
    );
    assert_eq!(fixture.held().len(), 3);
    fixture.sums_agree();
}

#[test]
fn equal_rows_on_two_pages_of_a_run_stay_two_and_the_same_page_again_adds_none() {
    let fixture = Fixture::new();
    let keep = |run, request: &str, seconds| {
        let records = [Record::Transaction(told(
            "-4.50 EUR",
            "2026-11-19",
            "Kelp Cafe",
        ))];
        let source = SourceRef {
            name: "bank",
            owner: None,
        };
        let page = Page {
            request,
            declaration: "d",
            ..Page::new(run, source, &records, at(seconds))
        };
        fixture.store.keep(page).unwrap().new
    };
    assert_eq!(keep(fixture.run, "page 1", 1), 1);
    assert_eq!(keep(fixture.run, "page 2", 2), 1);
    assert_eq!(keep(fixture.run, "page 2", 3), 0);
    let next = fixture.store.begin_run(at(10), &[]).unwrap();
    assert_eq!(keep(next, "page 1", 11), 0);
    assert_eq!(keep(next, "page 2", 12), 0);
    assert_eq!(fixture.held().len(), 2);
}

#[test]
fn the_balance_after_it_tells_equal_rows_apart() {
    let fixture = Fixture::new();
    let after = |balance: &str| Transaction {
        balance_after: Some(money(balance)),
        ..told("-4.50 EUR", "2026-11-19", "Kelp Cafe")
    };
    fixture.sync(1, &[after("95.50 EUR")]);
    let kept = fixture.sync(2, &[after("91.00 EUR"), after("95.50 EUR")]);
    assert_eq!((kept.new, kept.unchanged), (1, 1));
}

#[test]
fn an_id_that_a_batch_gives_to_several_transactions_is_none() {
    let fixture = Fixture::new();
    let rows = [
        bought("1", "-4.50 EUR", "2026-11-19", "Kelp Cafe"),
        bought("1", "-9.00 EUR", "2026-11-18", "Tide Grocer"),
        bought("2", "-1.00 EUR", "2026-11-18", "Quay Kiosk"),
    ];
    assert_eq!(fixture.sync(1, &rows).new, 3);
    assert_eq!(fixture.sync(2, &rows).unchanged, 3);
    fixture.sums_agree();
}

#[test]
fn a_positional_id_finds_a_row_whose_text_has_changed() {
    let fixture = Fixture::new();
    let positional = |text: &str| Transaction {
        id: "2026-11-19-1".to_owned(),
        ..told("-4.50 EUR", "2026-11-19", text)
    };
    fixture.sync(1, &[positional("Kelp Cafe")]);
    let kept = fixture.sync(2, &[positional("KELP CAFE//HARBOUR")]);
    assert_eq!((kept.new, kept.changed), (0, 1));
    assert_eq!(
        fixture
            .sync(3, &[positional("KELP CAFE//HARBOUR")])
            .unchanged,
        1
    );
}

#[test]
fn a_tip_between_pending_and_posted_ends_as_one_row() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[pending(bought(
            "p",
            "-40.00 EUR",
            "2026-11-17",
            "Lagoon Grill 12",
        ))],
    );
    let kept = fixture.sync(
        2,
        &[bought("b", "-46.00 EUR", "2026-11-19", "LAGOON GRILL 12")],
    );
    assert_eq!((kept.new, kept.changed, kept.review), (0, 1, 0));
    assert_eq!(fixture.held(), ["2026-11-19 -46.00"]);

    // The same id keeps it without any limit.
    fixture.sync(
        3,
        &[pending(bought("q", "-1.00 EUR", "2026-11-17", "Fuel"))],
    );
    let kept = fixture.sync(4, &[bought("q", "-61.20 EUR", "2026-11-18", "Fuel")]);
    assert_eq!((kept.new, kept.changed), (0, 1));
    fixture.sums_agree();
}

#[test]
fn more_than_a_tip_or_another_payee_or_too_late_is_another_transaction() {
    for (amount, day, text) in [
        ("-52.01 EUR", "2026-11-19", "Lagoon Grill"),
        ("-39.00 EUR", "2026-11-19", "Lagoon Grill"),
        ("-46.00 EUR", "2026-11-19", "Kelp Cafe"),
        ("-46.00 EUR", "2026-11-26", "Lagoon Grill"),
        ("46.00 EUR", "2026-11-19", "Lagoon Grill"),
        ("-46.00 USD", "2026-11-19", "Lagoon Grill"),
    ] {
        let fixture = Fixture::new();
        fixture.sync(
            1,
            &[pending(bought(
                "p",
                "-40.00 EUR",
                "2026-11-17",
                "Lagoon Grill",
            ))],
        );
        let kept = fixture.sync(2, &[bought("b", amount, day, text)]);
        assert_eq!(
            (kept.new, kept.changed, kept.review),
            (1, 0, 0),
            "{amount} {day} {text}"
        );
    }
}

#[test]
fn a_posted_row_takes_the_newest_pending_one_of_its_amount_that_is_not_told_of_any_more() {
    let fixture = Fixture::new();
    let waits = |id: &str, day: &str| pending(bought(id, "-4.50 EUR", day, "Kelp Cafe"));
    fixture.sync(
        1,
        &[
            waits("p1", "2026-11-16"),
            waits("p2", "2026-11-18"),
            waits("p3", "2026-11-17"),
        ],
    );
    let booked = bought("b", "-4.50 EUR", "2026-11-19", "Kelp Cafe");
    fixture.sync(2, &[booked.clone(), waits("p2", "2026-11-18")]);
    assert_eq!(
        fixture.held(),
        [
            "2026-11-16 -4.50 pending",
            "2026-11-18 -4.50 pending",
            "2026-11-19 -4.50"
        ],
        "p2 is told of itself, so it was p3 that was booked"
    );
}

#[test]
fn a_booked_row_without_a_day_is_the_pending_one_each_time_it_is_told() {
    let fixture = Fixture::new();
    fixture.import(1, &[pending(told("-4.50 EUR", "2026-11-19", "Kelp Cafe"))]);
    let booked = [Transaction {
        date: None,
        ..told("-4.50 EUR", "2026-11-19", "Kelp Cafe")
    }];
    assert_eq!(fixture.import(2, &booked).counts.changed, 1);
    assert_eq!(fixture.import(3, &booked).counts.duplicate, 1);
    assert_eq!(fixture.held(), ["2026-11-19 -4.50"]);
}

#[test]
fn what_the_bank_stops_saying_is_not_erased() {
    let fixture = Fixture::new();
    let full = Transaction {
        category: Some("Food".to_owned()),
        payee: Some("Kelp".to_owned()),
        ..bought("1", "-4.50 EUR", "2026-11-19", "Kelp Cafe")
    };
    fixture.sync(1, &[full]);
    let kept = fixture.sync(
        2,
        &[Transaction {
            description: None,
            ..bought("1", "-4.5 EUR", "2026-11-19", "")
        }],
    );
    assert_eq!((kept.changed, kept.unchanged), (0, 1));
    let row = fixture.exported().remove(0);
    assert_eq!(row.category.as_deref(), Some("Food"));
    assert_eq!(row.payee.as_deref(), Some("Kelp"));
    assert_eq!(
        row.amount.to_string(),
        "-4.50 EUR",
        "the digits first seen stay"
    );
}

#[test]
fn a_bank_that_numbers_everything_anew_doubles_nothing() {
    let fixture = Fixture::new();
    let rows = |prefix: &str| -> Vec<Transaction> {
        (10..18)
            .map(|day| {
                let date = format!("2026-11-{day}");
                bought(&format!("{prefix}{day}"), "-4.50 EUR", &date, "Kelp Cafe")
            })
            .collect()
    };
    fixture.sync(1, &rows("a"));
    let kept = fixture.sync(2, &rows("b"));
    assert_eq!((kept.new, kept.unchanged), (0, 8));
    // From now on both numbers are known.
    assert_eq!(fixture.sync(3, &rows("a")).unchanged, 8);
    // One equal row under another id is a purchase of its own.
    let kept = fixture.sync(4, &[bought("c", "-4.50 EUR", "2026-11-10", "Kelp Cafe")]);
    assert_eq!(kept.new, 1);
}

#[test]
fn case_39_an_answer_that_must_not_be_kept_leaves_no_note_beside_its_rows() {
    let fixture = Fixture::new();
    let records = [Record::Transaction(bought(
        "1",
        "-4.50 EUR",
        "2026-11-19",
        "Kelp Cafe",
    ))];
    let source = SourceRef {
        name: "bank",
        owner: None,
    };
    let page = Page {
        declaration: "d",
        request: "GET /transactions",
        answer: None,
        ..Page::new(fixture.run, source, &records, at(1))
    };
    assert_eq!(fixture.store.keep(page).unwrap().new, 1);
    assert!(fixture.store.answers(source, "d").unwrap().is_empty());
    assert_eq!(fixture.number("SELECT count(*) FROM answers"), 0);
}
