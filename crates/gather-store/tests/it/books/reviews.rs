//! What cannot be believed without asking, and that a decision is remembered.

use gather_records::Viewer;
use gather_store::{Decision, ErrorKind, ReviewReason};

use super::{bought, counts, pending, told};
use crate::support::{Fixture, at, user};

fn open(fixture: &Fixture) -> Vec<gather_store::Review> {
    fixture.store.reviews(&Viewer::Operator).unwrap()
}

fn decide(fixture: &Fixture, decision: Decision) {
    let id = open(fixture)[0].id;
    fixture
        .store
        .decide(&Viewer::Operator, id, decision, at(100))
        .unwrap();
}

#[test]
fn an_id_with_another_amount_sign_or_time_overwrites_nothing() {
    for (amount, day, reason) in [
        ("4.50 EUR", "2026-11-19", ReviewReason::SignChanged),
        ("-4.60 EUR", "2026-11-19", ReviewReason::AmountChanged),
        ("-4.50 USD", "2026-11-19", ReviewReason::AmountChanged),
        ("-4.50 EUR", "2026-10-02", ReviewReason::DateChanged),
    ] {
        let fixture = Fixture::new();
        fixture.sync(1, &[bought("1", "-4.50 EUR", "2026-11-19", "Kelp Cafe")]);
        let bytes = fixture.bytes();
        let news = [bought("1", amount, day, "Kelp Cafe")];
        for second in 2..4 {
            let kept = fixture.sync(second, &news);
            assert_eq!((kept.new, kept.changed, kept.review), (0, 0, 1));
        }
        assert_eq!(fixture.bytes(), bytes);
        let reviews = open(&fixture);
        assert_eq!(reviews.len(), 1, "asked once");
        assert_eq!(reviews[0].reason, reason);
        assert_eq!(reviews[0].incoming.amount.to_string(), amount);
        assert_eq!(reviews[0].held.amount.to_string(), "-4.50 EUR");
        fixture.sums_agree();
    }
}

#[test]
fn decisions_are_carried_out_and_remembered() {
    let held = [bought("1", "-4.50 EUR", "2026-11-19", "Kelp Cafe")];
    let news = [bought("1", "-6.00 EUR", "2026-11-19", "Kelp Cafe")];
    for (decision, after) in [
        (Decision::Keep, &["2026-11-19 -4.50"][..]),
        (Decision::Replace, &["2026-11-19 -6.00"]),
        (
            Decision::Separate,
            &["2026-11-19 -4.50", "2026-11-19 -6.00"],
        ),
    ] {
        let fixture = Fixture::new();
        fixture.sync(1, &held);
        fixture.sync(2, &news);
        decide(&fixture, decision);
        assert_eq!(fixture.held(), after, "{decision:?}");
        assert!(open(&fixture).is_empty());
        for second in 3..5 {
            let kept = fixture.sync(second, &news);
            assert_eq!(
                (kept.new, kept.changed, kept.review, kept.unchanged),
                (0, 0, 0, 1)
            );
        }
        assert_eq!(fixture.held(), after, "{decision:?} is remembered");
        fixture.sums_agree();
    }
}

#[test]
fn what_is_separate_is_told_apart_under_one_id_from_then_on() {
    let fixture = Fixture::new();
    fixture.sync(1, &[bought("1", "-4.50 EUR", "2026-09-19", "Kelp Cafe")]);
    let other = bought("1", "-6.00 EUR", "2026-11-19", "Tide Grocer");
    fixture.sync(2, std::slice::from_ref(&other));
    decide(&fixture, Decision::Separate);
    let memo = gather_records::Transaction {
        description: Some("TIDE GROCER 7".to_owned()),
        ..other
    };
    assert_eq!(fixture.sync(3, &[memo]).changed, 1);
    let texts: Vec<_> = fixture
        .exported()
        .into_iter()
        .filter_map(|row| row.description)
        .collect();
    assert_eq!(texts, ["Kelp Cafe", "TIDE GROCER 7"]);
}

#[test]
fn a_tip_on_one_of_several_pending_rows_is_asked_about() {
    let fixture = Fixture::new();
    let waits = |id: &str| pending(bought(id, "-40.00 EUR", "2026-11-17", "Lagoon Grill"));
    fixture.sync(1, &[waits("p1"), waits("p2")]);
    let booked = [bought("b", "-44.00 EUR", "2026-11-18", "Lagoon Grill")];
    assert_eq!(fixture.sync(2, &booked).review, 1);
    assert_eq!(open(&fixture)[0].reason, ReviewReason::Tip);
    decide(&fixture, Decision::Replace);
    assert_eq!(
        fixture.held(),
        ["2026-11-17 -40.00 pending", "2026-11-18 -44.00"]
    );
    assert_eq!(fixture.sync(3, &booked).unchanged, 1);
}

#[test]
fn a_row_of_a_file_that_says_something_else_on_a_day_is_asked_about() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[bought("1", "-50.00 EUR", "2026-11-19", "CARD 4421 TIDE")],
    );
    let csv = [told("-50.00 EUR", "2026-11-19", "Grocery shopping")];
    let report = fixture.import(2, &csv);
    assert_eq!(counts(&report), (0, 0, 0, 1));
    assert_eq!(open(&fixture)[0].reason, ReviewReason::MaybeHeld);
    assert_eq!(open(&fixture)[0].import, report.id);
    let bytes = fixture.bytes();
    decide(&fixture, Decision::Separate);
    assert_eq!(fixture.held().len(), 2);
    assert_eq!(counts(&fixture.import(3, &csv)), (0, 0, 1, 0));
    // The decision was about a row of the import, so what it brought goes with the import.
    fixture
        .store
        .undo_import(&Viewer::Operator, report.id.unwrap(), at(200))
        .unwrap();
    assert_eq!(fixture.bytes(), bytes);
    assert_eq!(
        counts(&fixture.import(4, &csv)),
        (1, 0, 0, 0),
        "it is not asked again"
    );
}

#[test]
fn reviews_of_an_import_go_with_it() {
    let fixture = Fixture::new();
    fixture.import(1, &[bought("1", "-4.50 EUR", "2026-11-19", "Kelp Cafe")]);
    let report = fixture.import(2, &[bought("1", "-9.00 EUR", "2026-11-19", "Kelp Cafe")]);
    assert_eq!(open(&fixture).len(), 1);
    fixture
        .store
        .undo_import(&Viewer::Operator, report.id.unwrap(), at(3))
        .unwrap();
    assert!(open(&fixture).is_empty());
}

#[test]
fn nobody_sees_or_decides_what_belongs_to_another() {
    let fixture = Fixture::new();
    let keep = |amount: &str, seconds| {
        let rows = [gather_records::Record::Transaction(bought(
            "1",
            amount,
            "2026-11-19",
            "x",
        ))];
        fixture.keep_as(Some("ann"), "bank", seconds, &rows)
    };
    keep("-1 EUR", 1);
    keep("-2 EUR", 2);
    assert!(fixture.store.reviews(&user("bob")).unwrap().is_empty());
    let id = fixture.store.reviews(&user("ann")).unwrap()[0].id;
    let error = fixture
        .store
        .decide(&user("bob"), id, Decision::Keep, at(3))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownReview);
    fixture
        .store
        .decide(&user("ann"), id, Decision::Keep, at(3))
        .unwrap();
    let error = fixture
        .store
        .decide(&user("ann"), id, Decision::Keep, at(3))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownReview, "once");
}
