//! MT940 as banks write it.

use crate::files_support::{ids, read, read_with, rejected, rows};

#[test]
fn german_details_are_name_and_purpose() {
    let import = read("mt940/german.sta").unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-20 -4.50 EUR | Hafen Café GmbH | Kaffee für alle",
            "2026-11-20 2500 EUR | Turm AG | Lohn",
        ]
    );
    assert_eq!(ids(&import), ["BANK-1", "BANK-2"]);
    let statement = &import.statements[0];
    assert_eq!(statement.account.id.as_deref(), Some("50010000/77"));
    let (balance, day) = statement.balance.unwrap();
    assert_eq!(
        format!("{balance} {}", day.unwrap()),
        "2595.50 EUR 2026-11-20"
    );
    assert!(import.warnings.is_empty(), "{:?}", import.warnings);
}

#[test]
fn dutch_details_are_name_and_purpose() {
    let import = read("mt940/dutch.mt940").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-20 -12.5 EUR | J de Vries | Huur 11/2026"]
    );
    assert_eq!(ids(&import), ["()"]);
}

#[test]
fn a_booking_day_has_the_year_nearest_to_its_value_date() {
    let import = read("mt940/year_ends.sta").unwrap();
    let days: Vec<String> = import.statements[0]
        .transactions
        .iter()
        .map(|row| format!("{} {}", row.date.unwrap(), row.value_date.unwrap()))
        .collect();
    assert_eq!(days, ["2026-12-31 2027-01-01", "2027-01-02 2026-12-31"]);
}

#[test]
fn what_undoes_a_debit_is_money_in() {
    let import = read("mt940/reversals.sta").unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-20 5.00 EUR |  | Direct debit returned",
            "2026-11-20 -3.00 EUR |  | Credit taken back",
        ]
    );
    assert!(import.warnings.is_empty(), "{:?}", import.warnings);
}

#[test]
fn balances_that_do_not_fit_are_told() {
    let import = read("mt940/balance_does_not_fit.sta").unwrap();
    assert!(import.warnings[0].contains("lead to 5.00, but it ends with 9.00"));
}

#[test]
fn lines_that_are_no_transactions_are_rejected() {
    let import = read("mt940/bad_rows.sta").unwrap();
    assert_eq!(rows(&import).len(), 1);
    let lines: Vec<usize> = import.rejected.iter().map(|row| row.line).collect();
    assert_eq!(lines, [4, 5, 6, 7], "{:?}", rejected(&import));
}

#[test]
fn case_61_two_equal_teas_stay_two_in_a_file_of_two_statements() {
    let import = read("mt940/two_statements.sta").unwrap();
    assert_eq!(rows(&import).len(), 2);
    assert_eq!(ids(&import), ["()", "()"]);
    let accounts: Vec<_> = import
        .statements
        .iter()
        .map(|it| it.account.id.as_deref())
        .collect();
    assert_eq!(accounts, [Some("77"), Some("88")]);
    assert_eq!(
        import.statements[1].balance.unwrap().0.to_string(),
        "-1.00 USD"
    );
    let import = read_with("mt940/two_statements.sta", "negate = true").unwrap();
    assert!(rows(&import)[0].contains(" 1.00 EUR"));
}
