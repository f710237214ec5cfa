//! Money between own accounts.

use gather_records::{Record, Transaction, Viewer};
use gather_store::{Edit, ErrorKind, MoneyQuery, TransferWith};

use super::bought;
use crate::support::{Fixture, at, rate};

fn of(account: &str, id: &str, amount: &str, day: &str) -> Transaction {
    Transaction {
        account: Some(account.to_owned()),
        ..bought(id, amount, day, "Transfer")
    }
}

fn transfers(fixture: &Fixture) -> Vec<String> {
    let mut ids: Vec<String> = fixture
        .lines()
        .into_iter()
        .filter(|line| line.transfer)
        .map(|line| {
            let with = line
                .transfer_with
                .map_or_else(|| "-".to_owned(), |with| with.id);
            format!("{} {with}", line.id)
        })
        .collect();
    ids.sort();
    ids
}

fn spent(fixture: &Fixture) -> String {
    let query = MoneyQuery::new("2026-11-20".parse().unwrap());
    let money = fixture.store.money(&Viewer::Operator, &query).unwrap();
    money
        .spending
        .iter()
        .map(|line| format!("{} ", line.total))
        .collect()
}

#[test]
fn two_sides_between_own_accounts_are_a_transfer_and_no_spending() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[
            of("giro", "1", "-500.00 EUR", "2026-11-10"),
            of("giro", "2", "-9.00 EUR", "2026-11-10"),
        ],
    );
    assert_eq!(spent(&fixture), "-509.00 EUR ");
    fixture.sync(2, &[of("savings", "3", "500 EUR", "2026-11-14")]);
    assert_eq!(transfers(&fixture), ["1 3", "3 1"]);
    assert_eq!(spent(&fixture), "-9.00 EUR ");
    fixture.sums_agree();
}

#[test]
fn too_far_apart_the_same_account_another_owner_or_several_is_none() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[
            of("giro", "1", "-1.00 EUR", "2026-11-10"),
            of("savings", "2", "1.00 EUR", "2026-11-15"),
            of("giro", "3", "-2.00 EUR", "2026-11-10"),
            of("giro", "4", "2.00 EUR", "2026-11-10"),
            of("giro", "5", "-3.00 EUR", "2026-11-10"),
            of("savings", "6", "3.00 EUR", "2026-11-10"),
            of("third", "7", "3.00 EUR", "2026-11-11"),
            of("giro", "8", "-4.00 EUR", "2026-11-10"),
            of("giro", "9", "-5.00 EUR", "2026-11-10"),
            of("savings", "10", "5.00 USD", "2026-11-10"),
        ],
    );
    let rows = [Record::Transaction(of(
        "other",
        "11",
        "4.00 EUR",
        "2026-11-10",
    ))];
    fixture.keep_as(Some("ann"), "ann's bank", 2, &rows);
    assert_eq!(transfers(&fixture), Vec::<String>::new());
}

#[test]
fn a_known_rate_explains_a_transfer_between_currencies() {
    let fixture = Fixture::new();
    fixture.keep("ecb", 1, &[rate("EUR", "USD", "2026-11-09", "1.25")]);
    fixture.sync(
        2,
        &[
            of("giro", "1", "-100.00 EUR", "2026-11-10"),
            of("dollars", "2", "123.00 USD", "2026-11-11"),
            of("giro", "3", "-200.00 EUR", "2026-11-10"),
            of("dollars", "4", "242.00 USD", "2026-11-11"),
            of("giro", "5", "-300.00 EUR", "2026-11-18"),
            of("dollars", "6", "375.00 USD", "2026-11-18"),
        ],
    );
    // 2 % less is what a bank takes, 3.2 % is not explained, and a rate of nine days ago is none.
    assert_eq!(transfers(&fixture), ["1 2", "2 1"]);
}

#[test]
fn declarations_stand_against_what_is_found() {
    let fixture = Fixture::new();
    fixture.sync(
        1,
        &[
            of("giro", "1", "-500.00 EUR", "2026-11-10"),
            of("savings", "2", "500.00 EUR", "2026-11-10"),
            of("savings", "3", "499.00 EUR", "2026-11-12"),
        ],
    );
    let store = &fixture.store;
    let number = |id: &str| fixture.number_of(id);
    let declare = |id: &str, with| {
        store.edit(
            &Viewer::Operator,
            &[number(id)],
            &[Edit::Transfer(with)],
            at(5),
        )
    };
    assert_eq!(transfers(&fixture), ["1 2", "2 1"]);

    declare("1", TransferWith::Nothing).unwrap();
    assert_eq!(transfers(&fixture), Vec::<String>::new());
    assert_eq!(spent(&fixture), "-500.00 EUR ");
    fixture.sync(6, &[of("giro", "1", "-500.00 EUR", "2026-11-11")]);
    assert_eq!(
        transfers(&fixture),
        Vec::<String>::new(),
        "a sync does not find it again"
    );
    fixture.sums_agree();

    declare("1", TransferWith::Transaction(number("3"))).unwrap();
    assert_eq!(transfers(&fixture), ["1 3", "3 1"], "whatever the amounts");
    declare("1", TransferWith::Outside).unwrap();
    assert_eq!(transfers(&fixture), ["1 -"]);
    assert_eq!(spent(&fixture), "");
    declare("1", TransferWith::Found).unwrap();
    assert_eq!(transfers(&fixture), ["1 2", "2 1"]);
    fixture.sums_agree();

    let refused = declare("2", TransferWith::Transaction(number("3"))).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidTransfer);
    assert_eq!(transfers(&fixture), ["1 2", "2 1"], "nothing is half done");
}

#[test]
fn a_transfer_ends_when_one_side_becomes_another_amount_or_goes() {
    let fixture = Fixture::new();
    fixture.sync(1, &[of("giro", "1", "-500.00 EUR", "2026-11-10")]);
    let bytes = fixture.bytes();
    let report = fixture.import(2, &[of("savings", "2", "500.00 EUR", "2026-11-10")]);
    assert_eq!(transfers(&fixture), ["1 2", "2 1"]);
    fixture
        .store
        .undo_import(&Viewer::Operator, report.id.unwrap(), at(3))
        .unwrap();
    assert_eq!(fixture.bytes(), bytes);
    assert_eq!(spent(&fixture), "-500.00 EUR ");
    fixture.sums_agree();

    // An import that takes a side away gives it back when it is undone.
    fixture.import(4, &[of("savings", "2", "500.00 EUR", "2026-11-10")]);
    let bytes = fixture.bytes();
    let report = fixture.import(5, &[of("savings", "2", "500.00 EUR", "2026-11-20")]);
    assert_eq!(transfers(&fixture), Vec::<String>::new());
    fixture
        .store
        .undo_import(&Viewer::Operator, report.id.unwrap(), at(6))
        .unwrap();
    assert_eq!(transfers(&fixture), ["1 2", "2 1"]);
    assert_eq!(fixture.bytes(), bytes);
    fixture.sums_agree();
}

#[test]
fn the_other_side_is_shown_to_those_who_may_see_it() {
    let fixture = Fixture::new();
    let keep = |source, row| fixture.keep_as(Some("ann"), source, 1, &[Record::Transaction(row)]);
    keep("a", of("giro", "1", "-5.00 EUR", "2026-11-10"));
    keep("b", of("giro", "2", "5.00 EUR", "2026-11-10"));
    assert_eq!(
        transfers(&fixture),
        ["1 2", "2 1"],
        "two sources of one owner"
    );
}
