//! QIF as programs write it: every quirk that is known has a file and a test of its name.

use crate::files_support::{asked, concluded, ids, read, read_with, rejected, rows};

const EUR: &str = "currency = 'EUR'";

#[test]
fn currency_and_account_are_not_in_the_file() {
    assert_eq!(asked("qif/whole_file_order.qif", ""), ["currency"]);
    let import = read_with("qif/whole_file_order.qif", EUR).unwrap();
    assert_eq!(import.statements[0].account.id, None);
    let mut statement = import.statements[0].clone();
    statement.belongs_to("77");
    assert_eq!(statement.transactions[1].account.as_deref(), Some("77"));
    let import = read_with(
        "qif/whole_file_order.qif",
        "currency = 'EUR'\naccount = '77'",
    )
    .unwrap();
    assert_eq!(import.statements, [statement]);
}

#[test]
fn case_61_ids_are_weak() {
    let import = read_with("qif/whole_file_order.qif", EUR).unwrap();
    assert_eq!(ids(&import), ["()", "()"]);
}

#[test]
fn the_order_of_dates_is_decided_by_the_whole_file() {
    let import = read_with("qif/whole_file_order.qif", EUR).unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-04-03 -4.50 EUR | Harbour Cafe | Flat white",
            "2026-04-25 1250.00 EUR | Lighthouse | Lighthouse",
        ]
    );
    assert_eq!(
        concluded(&import, "date order"),
        "day, month, year by lines 8"
    );
    assert_eq!(
        concluded(&import, "decimal mark of `T`"),
        "dot by lines 3,9"
    );
    assert_eq!(
        import.statements[0].transactions[0].category.as_deref(),
        Some("Food:Coffee")
    );
}

#[test]
fn an_order_that_stays_open_is_asked_for_with_both_readings() {
    let error = read("qif/ambiguous_order.qif").unwrap_err();
    let question = &error.questions[0];
    assert_eq!(
        (question.key.as_str(), question.proof[0].line),
        ("date_order", 2)
    );
    let choices: Vec<String> = question
        .choices
        .iter()
        .map(|choice| format!("{} {}", choice.value, choice.meaning))
        .collect();
    assert_eq!(choices, ["\"dmy\" 2026-04-03", "\"mdy\" 2026-03-04"]);
    let import = read_with(
        "qif/ambiguous_order.qif",
        "currency='EUR'\ndate_order='mdy'",
    )
    .unwrap();
    assert!(rows(&import)[0].starts_with("2026-03-04"));
}

#[test]
fn years_behind_an_apostrophe_are_those_of_this_century() {
    let import = read_with("qif/apostrophe_years.qif", EUR).unwrap();
    assert_eq!(
        rows(&import),
        [
            "2018-06-04 -4.50 EUR | a | a",
            "2009-12-31 -1.00 EUR | b | b"
        ]
    );
    let import = read_with("qif/dots_and_apostrophe.qif", EUR).unwrap();
    assert_eq!(rows(&import), ["2009-02-28 -4.50 EUR | a | a"]);
}

#[test]
fn months_may_have_names() {
    let import = read_with("qif/month_names.qif", EUR).unwrap();
    assert_eq!(
        rows(&import),
        [
            "2025-05-12 -4.50 EUR | a | a",
            "2025-06-03 -1.50 EUR | b | b"
        ]
    );
    assert_eq!(
        import.statements[0].account.kind.as_deref(),
        Some("credit card")
    );
}

#[test]
fn blank_lines_between_and_in_records_are_nothing() {
    let import = read_with("qif/blank_lines_between.qif", EUR).unwrap();
    assert_eq!(rows(&import).len(), 2);
    assert!(import.rejected.is_empty());
}

#[test]
fn a_date_in_the_memo_is_used_only_when_told_so() {
    let import = read_with("qif/date_in_memo.qif", EUR).unwrap();
    assert!(rows(&import).is_empty());
    let told = rejected(&import);
    assert!(told[0].starts_with("2: there is no date") && told[0].contains("columns.date = \"M\""));
    let import = read_with("qif/date_in_memo.qif", "currency='EUR'\ncolumns.date='M'").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-04-25 -4.50 EUR | Harbour Cafe | Harbour Cafe"]
    );
}

#[test]
fn the_last_record_needs_no_end() {
    assert_eq!(
        rows(&read_with("qif/no_end_mark.qif", EUR).unwrap()).len(),
        1
    );
}

#[test]
fn each_account_of_a_file_is_a_statement() {
    let import = read_with("qif/accounts.qif", EUR).unwrap();
    let names: Vec<_> = import
        .statements
        .iter()
        .map(|it| it.account.name.as_deref())
        .collect();
    assert_eq!(names, [Some("Checking"), Some("Savings")]);
    assert_eq!(
        rows(&import),
        [
            "2026-04-25 -4.50 EUR | a | a",
            "2026-04-25 4.50 EUR | a | a"
        ]
    );
    // The other account of a transfer is no category.
    assert_eq!(import.statements[0].transactions[0].category, None);
}

#[test]
fn the_whole_of_a_split_is_read_and_that_is_said() {
    let import = read_with("qif/splits.qif", EUR).unwrap();
    assert_eq!(rows(&import), ["2026-04-25 -10.00 EUR | Market | Market"]);
    assert!(import.warnings[0].contains("split"));
    let import = read_with("qif/securities.qif", EUR).unwrap();
    assert!(rows(&import).is_empty() && import.warnings[0].contains("securities"));
}

#[test]
fn rows_without_a_day_or_an_amount_are_rejected() {
    let import = read_with("qif/bad_rows.qif", EUR).unwrap();
    assert_eq!(rows(&import), ["2026-04-26 -2.00 EUR | d | d"]);
    assert_eq!(
        rejected(&import),
        [
            "2: `31/02/2026` is not a day of the calendar in the order day, month, year",
            "7: `x` is not an amount",
            "10: there is no amount: `T` is absent",
        ]
    );
}

#[test]
fn thousands_that_may_be_fractions_are_asked_for() {
    assert_eq!(asked("qif/thousands.qif", EUR), ["decimals.amount"]);
    let profile = "currency = 'EUR'\ndecimals.amount = ','";
    assert!(rows(&read_with("qif/thousands.qif", profile).unwrap())[0].contains(" 1000 EUR"));
}

#[test]
fn bytes_that_are_no_utf_8_are_western_european() {
    let import = read_with("qif/cp1252.qif", EUR).unwrap();
    assert_eq!(rows(&import), ["2026-04-25 -4.50 EUR | Café | Café"]);
}
