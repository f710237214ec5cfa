//! Signs, openings, and the proof of balances.

use gather_records::{Account, Record, Transaction, Viewer};
use gather_store::{
    AccountRef, BalanceFrom, BalanceProof, ErrorKind, ImportAccount, MoneyQuery, OpeningFrom, Signs,
};
use jiff::Timestamp;

use super::bought;
use crate::support::{Fixture, at, money, shared, user};

const GIRO: AccountRef<'static> = AccountRef {
    source: gather_store::SourceRef {
        name: "bank",
        owner: None,
    },
    id: "giro",
};

fn stated(fixture: &Fixture, seconds: i64, balance: &str, instant: &str) {
    let account = Account {
        id: "giro".to_owned(),
        name: "Current account".to_owned(),
        balance: money(balance),
        as_of: Some(instant.parse::<Timestamp>().unwrap()),
    };
    fixture.keep("bank", seconds, &[Record::Account(account)]);
}

fn proof(fixture: &Fixture) -> BalanceProof {
    fixture
        .store
        .balance_proof(&Viewer::Operator)
        .unwrap()
        .remove(0)
}

fn drift(fixture: &Fixture) -> (Option<String>, Option<String>) {
    let proof = proof(fixture);
    (
        proof.drift.map(|drift| drift.to_string()),
        proof.first_day.map(|day| day.to_string()),
    )
}

fn none_since(amount: &str) -> (Option<String>, Option<String>) {
    (Some(amount.to_owned()), None)
}

#[test]
fn a_missing_row_shows_as_a_drift_with_its_first_day() {
    let fixture = Fixture::new();
    stated(&fixture, 1, "100.00 EUR", "2026-11-10T12:00:00Z");
    assert_eq!(drift(&fixture), none_since("0.00 EUR"));
    fixture.sync(2, &[bought("1", "-10.00 EUR", "2026-11-11", "a")]);
    stated(&fixture, 3, "90.00 EUR", "2026-11-11T12:00:00Z");
    assert_eq!(drift(&fixture), none_since("0.00 EUR"));
    stated(&fixture, 4, "80.00 EUR", "2026-11-13T12:00:00Z");
    stated(&fixture, 5, "80.00 EUR", "2026-11-14T12:00:00Z");
    assert_eq!(
        drift(&fixture),
        (Some("-10.00 EUR".to_owned()), Some("2026-11-13".to_owned()))
    );
    fixture.sync(6, &[bought("2", "-10.00 EUR", "2026-11-12", "b")]);
    assert_eq!(drift(&fixture), none_since("0.00 EUR"));
    let proof = proof(&fixture);
    assert_eq!(proof.provider, Some(money("80.00 EUR")));
    assert_eq!(proof.booked, money("80.00 EUR"));
    assert_eq!(proof.opening_from, Some(OpeningFrom::FirstStatement));
    assert_eq!((proof.opening, proof.statements), (money("100.00 EUR"), 4));
    assert_eq!(proof.name.as_deref(), Some("Current account"));
}

#[test]
fn pending_rows_and_rows_of_later_days_prove_nothing() {
    let fixture = Fixture::new();
    stated(&fixture, 1, "100.00 EUR", "2026-11-10T12:00:00Z");
    fixture.sync(
        2,
        &[
            super::pending(bought("1", "-10.00 EUR", "2026-11-11", "a")),
            bought("2", "-5.00 EUR", "2026-11-19", "later"),
        ],
    );
    stated(&fixture, 3, "100.00 EUR", "2026-11-12T12:00:00Z");
    assert_eq!(drift(&fixture), none_since("0.00 EUR"));
}

#[test]
fn an_opening_balance_is_what_the_sum_begins_with() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[
            bought("0", "-7.00 EUR", "2026-10-31", "before"),
            bought("1", "-10.00 EUR", "2026-11-01", "a"),
            bought("2", "25.50 EUR", "2026-11-02", "b"),
        ],
    );
    let proofs = proof(&fixture);
    assert_eq!(
        (proofs.drift, proofs.opening_from),
        (None, None),
        "nothing says where it began"
    );
    let set = |opening: Option<(&str, &str)>| {
        let opening = opening.map(|(amount, day)| (money(amount), day.parse().unwrap()));
        fixture
            .store
            .opening_balance(&Viewer::Operator, GIRO, opening)
            .unwrap();
    };
    set(Some(("100.00 EUR", "2026-11-01")));
    assert_eq!(proof(&fixture).booked, money("115.50 EUR"));
    assert_eq!(proof(&fixture).opening_from, Some(OpeningFrom::User));
    stated(&fixture, 2, "115.00 EUR", "2026-11-05T00:00:00Z");
    assert_eq!(
        drift(&fixture),
        (Some("-0.50 EUR".to_owned()), Some("2026-11-05".to_owned()))
    );
    set(None);
    assert_eq!(drift(&fixture), none_since("0.00 EUR"));
}

#[test]
fn an_account_without_a_stated_balance_is_worth_its_opening_and_what_was_booked() {
    let fixture = Fixture::new();
    let account = ImportAccount {
        id: "giro".to_owned(),
        name: None,
        kind: None,
        balance: None,
        balance_date: None,
    };
    fixture.import_with(
        1,
        &[bought("1", "-10.00 EUR", "2026-11-01", "a")],
        &[account],
    );
    let line = || {
        let query = MoneyQuery::new("2026-11-20".parse().unwrap());
        let overview = fixture.store.money(&Viewer::Operator, &query).unwrap();
        (
            overview.accounts[0].balance,
            overview.accounts[0].balance_from,
            overview.totals,
        )
    };
    assert_eq!(line(), (None, None, vec![]));
    let opening = Some((money("50.00 EUR"), "2026-11-01".parse().unwrap()));
    fixture
        .store
        .opening_balance(&Viewer::Operator, GIRO, opening)
        .unwrap();
    let forty = money("40.00 EUR");
    assert_eq!(
        line(),
        (Some(forty), Some(BalanceFrom::Transactions), vec![forty])
    );
}

#[test]
fn an_inverted_account_is_put_right_for_what_is_held_and_what_comes() {
    let fixture = Fixture::new();
    let charge = |id: &str, amount: &str, day: &str| Transaction {
        category: Some("Food".to_owned()),
        ..bought(id, amount, day, "Card")
    };
    stated(&fixture, 1, "-100.00 EUR", "2026-11-10T12:00:00Z");
    fixture.sync(2, &[charge("1", "20.00 EUR", "2026-11-11")]);
    stated(&fixture, 3, "-120.00 EUR", "2026-11-12T12:00:00Z");
    assert_eq!(
        drift(&fixture).0.as_deref(),
        Some("-40.00 EUR"),
        "the balance tells on it"
    );
    let signs = Signs {
        transactions: true,
        balance: false,
    };
    fixture
        .store
        .set_signs(&Viewer::Operator, GIRO, signs, at(4))
        .unwrap();
    assert_eq!(fixture.store.signs(&Viewer::Operator, GIRO).unwrap(), signs);
    assert_eq!(drift(&fixture), none_since("0.00 EUR"));
    fixture.sums_agree();
    let kept = fixture.sync(
        5,
        &[
            charge("1", "20.00 EUR", "2026-11-11"),
            charge("2", "5.00 EUR", "2026-11-12"),
        ],
    );
    assert_eq!((kept.new, kept.unchanged), (1, 1));
    assert_eq!(fixture.held(), ["2026-11-11 -20.00", "2026-11-12 -5.00"]);
    let query = MoneyQuery::new("2026-11-20".parse().unwrap());
    let spending = fixture
        .store
        .money(&Viewer::Operator, &query)
        .unwrap()
        .spending;
    assert_eq!(spending[0].total, money("-25.00 EUR"));
    fixture
        .store
        .set_signs(&Viewer::Operator, GIRO, Signs::default(), at(6))
        .unwrap();
    assert_eq!(fixture.held(), ["2026-11-11 20.00", "2026-11-12 5.00"]);
    fixture.sums_agree();

    let both = Signs {
        transactions: false,
        balance: true,
    };
    fixture
        .store
        .set_signs(&Viewer::Operator, GIRO, both, at(7))
        .unwrap();
    assert_eq!(proof(&fixture).provider, Some(money("120.00 EUR")));
    stated(&fixture, 8, "-120.00 EUR", "2026-11-12T12:00:00Z");
    assert_eq!(proof(&fixture).provider, Some(money("120.00 EUR")));
}

#[test]
fn an_account_that_nobody_knows_is_named() {
    let fixture = Fixture::new();
    fixture.sync(1, &[bought("1", "-1 EUR", "2026-11-19", "x")]);
    let unknown = AccountRef {
        source: shared("bank"),
        id: "gyro",
    };
    let error = fixture
        .store
        .set_signs(&Viewer::Operator, unknown, Signs::default(), at(1))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownAccount);
    assert!(
        error.to_string().contains("`bank`") && error.to_string().contains("`gyro`"),
        "{error}"
    );
    fixture.keep_as(
        Some("ann"),
        "own",
        2,
        &[Record::Transaction(bought(
            "1",
            "-1 EUR",
            "2026-11-19",
            "x",
        ))],
    );
    let own = AccountRef {
        source: gather_store::SourceRef {
            name: "own",
            owner: Some("ann"),
        },
        id: "giro",
    };
    let error = fixture
        .store
        .opening_balance(&user("bob"), own, None)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownAccount);
    assert_eq!(fixture.store.balance_proof(&user("bob")).unwrap().len(), 1);
}
