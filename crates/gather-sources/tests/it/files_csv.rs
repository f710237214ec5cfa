//! CSV as banks write it: every quirk that is known has a file and a test of its name.

use crate::files_support::{asked, concluded, ids, read, read_with, rejected, rows};

const EUR: &str = "currency = 'EUR'";

#[test]
fn amounts_that_no_row_decides_are_asked_for() {
    assert_eq!(
        asked("csv/undecidable_thousands.csv", EUR),
        ["decimals.amount"]
    );
    let error = read_with("csv/undecidable_thousands.csv", EUR).unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("line 2: `1.000`") && told.contains("line 4: `14.000`"),
        "{told}"
    );
    for (mark, amount) in [(",", "-3000"), (".", "-3.000")] {
        let profile = format!("{EUR}\ndecimals.amount = '{mark}'");
        let import = read_with("csv/undecidable_thousands.csv", &profile).unwrap();
        assert!(rows(&import)[1].contains(amount), "{:?}", rows(&import));
    }
}

#[test]
fn the_decimal_mark_is_decided_by_column() {
    let import = read_with("csv/decimals_by_column.csv", EUR).unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-18 -1000 EUR |  | a", "2026-11-19 -3.5 EUR |  | b"]
    );
    assert_eq!(
        concluded(&import, "decimal mark of `Amount`"),
        "comma by lines 3"
    );
    assert_eq!(
        concluded(&import, "decimal mark of `Balance`"),
        "dot by lines 2,3"
    );
    let after = import.statements[0].transactions[1].balance_after.unwrap();
    assert_eq!(after.to_string(), "8996.50 EUR");
    assert!(concluded(&import, "sign").starts_with("as written"));
}

#[test]
fn a_space_and_a_euro_sign_do_not_move_the_decimals() {
    let import = read("csv/euro_sign_and_space.csv").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-18 -110.7 EUR |  | a", "2026-11-19 12 EUR |  | b"]
    );
    let import = read("csv/grouped_euro.csv").unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-18 4711.98 EUR |  | a",
            "2026-11-19 -1000 EUR |  | b"
        ]
    );
}

#[test]
fn every_notation_of_an_amount_is_read() {
    let import = read("csv/notations.csv").unwrap();
    let told: Vec<String> = import.statements[0]
        .transactions
        .iter()
        .map(|row| format!("{} {}", row.description.as_deref().unwrap(), row.amount))
        .collect();
    assert_eq!(
        told,
        [
            "trailing -12.50 EUR",
            "double -12.50 EUR",
            "parens -12.50 EUR",
            "apostrophe 1234.50 CHF",
            "space -1234.50 EUR",
            "five 0.12345 EUR",
            "unicode -7.00 EUR",
        ]
    );
}

#[test]
fn delimiters_and_quotes_are_found() {
    let import = read_with("csv/semicolons_and_quotes.csv", EUR).unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-18 -4.50 EUR |  | Fish; chips \"to go\""]
    );
    assert!(concluded(&import, "delimiter").starts_with("`;`"));
}

#[test]
fn preamble_footer_and_ragged_rows_are_told_apart() {
    let import = read_with("csv/preamble_footer_ragged.csv", EUR).unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-18 -4.50 EUR | Hafen | Kaffee",
            "2026-11-19 2500.00 EUR | Turm | Lohn"
        ]
    );
    assert_eq!(
        rejected(&import),
        [
            "7: there is no amount in `Betrag`",
            "8: it has 6 columns, where the others have 5",
        ]
    );
    assert!(concluded(&import, "above the table").ends_with("by lines 1,2"));
    assert!(concluded(&import, "below the table").ends_with("by lines 10"));
}

#[test]
fn a_byte_order_mark_is_no_letter_of_the_first_name() {
    let import = read_with("csv/bom.csv", EUR).unwrap();
    assert_eq!(rows(&import), ["2026-11-18 -4.50 EUR |  | a"]);
}

#[test]
fn debit_and_credit_may_be_two_columns() {
    let import = read_with("csv/debit_and_credit.csv", EUR).unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-18 -4.50 EUR |  | Coffee",
            "2026-11-19 2500.00 EUR |  | Salary"
        ]
    );
    assert_eq!(
        rejected(&import),
        [
            "4: it has an amount in `Paid out` and in `Paid in`",
            "5: there is no amount in `Paid out` or `Paid in`",
        ]
    );
}

#[test]
fn a_column_may_say_what_is_in_and_out() {
    let import = read_with("csv/indicator.csv", EUR).unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-18 -4.50 EUR |  | Kaffee",
            "2026-11-19 2500.00 EUR |  | Lohn"
        ]
    );
    // Letters that nobody knows are asked for.
    let profile = "currency = 'EUR'\ncolumns.indicator = 'Kind'";
    assert_eq!(
        asked("csv/unknown_indicator.csv", profile),
        ["indicators.\"U\"", "indicators.\"E\""]
    );
    let profile = format!("{profile}\nindicators.U = true\nindicators.E = false");
    let import = read_with("csv/unknown_indicator.csv", &profile).unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-18 -4.50 EUR |  | a", "2026-11-19 2.50 EUR |  | b"]
    );
}

#[test]
fn days_before_months_are_not_taken_for_months_before_days() {
    let import = read_with("csv/two_digit_years.csv", EUR).unwrap();
    assert!(rows(&import)[0].starts_with("2026-04-03"));
    assert_eq!(
        concluded(&import, "date order"),
        "day, month, year by lines 3"
    );
    assert_eq!(asked("csv/ambiguous_dates.csv", EUR), ["date_order"]);
    let profile = "currency = 'EUR'\ndate_order = 'mdy'";
    let import = read_with("csv/ambiguous_dates.csv", profile).unwrap();
    assert!(rows(&import)[0].starts_with("2026-03-04"));
}

#[test]
fn a_date_that_cannot_be_read_is_a_rejected_row_and_never_today() {
    let import = read_with("csv/bad_dates.csv", EUR).unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-18 -4.50 EUR |  | a",
            "1983-05-05 -5.00 EUR |  | old",
            "2026-11-20 -6.00 EUR |  | z",
        ]
    );
    assert_eq!(
        rejected(&import),
        [
            "3: there is no date in `Date`",
            "4: `soon` is not a date",
            "5: `2026-02-30` is not a date",
            "6: `1970-00-01` is not a date",
        ]
    );
}

#[test]
fn encodings_are_found_by_the_bytes() {
    for (path, words) in [
        ("csv/cp1252.csv", "Café"),
        ("csv/cp1250.csv", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("csv/utf16.csv", "Café"),
        ("csv/iso_8859_1.csv", "Größe"),
    ] {
        let import = read_with(path, EUR).unwrap();
        let row = &import.statements[0].transactions[0];
        assert_eq!(row.description.as_deref(), Some(words), "{path}");
        assert!(
            concluded(&import, "encoding").contains("by lines 2"),
            "{path}"
        );
    }
    let profile = "currency = 'EUR'\nencoding = 'windows-1251'";
    let import = read_with("csv/cp1252.csv", profile).unwrap();
    assert_eq!(
        import.statements[0].transactions[0].description.as_deref(),
        Some("Cafй")
    );
}

#[test]
fn case_61_ids_that_are_ids_are_kept_and_positions_are_weak() {
    let import = read_with("csv/tabs_and_ids.csv", EUR).unwrap();
    assert_eq!(ids(&import), ["TX-9f1", "TX-77a"]);
    assert!(import.statements[0].transactions[1].pending);
    assert_eq!(
        rejected(&import),
        ["4: it was never booked: its state is `Reverted`"]
    );
    let import = read_with("csv/positional_ids.csv", EUR).unwrap();
    assert_eq!(ids(&import), ["(1)", "(2)"]);
}

#[test]
fn case_61_two_equal_coffees_stay_two() {
    let import = read_with("csv/two_coffees.csv", EUR).unwrap();
    assert_eq!(rows(&import).len(), 2);
    assert_eq!(ids(&import), ["()", "()"]);
}

#[test]
fn an_account_a_row_is_a_statement_an_account() {
    let import = read("csv/several_accounts.csv").unwrap();
    let told: Vec<String> = import
        .statements
        .iter()
        .map(|it| {
            let account = &it.account;
            let (id, currency) = (account.id.as_deref().unwrap(), account.currency.unwrap());
            format!("{id} {currency} {}", it.transactions.len())
        })
        .collect();
    assert_eq!(told, ["A-1 EUR 2", "B-2 USD 1"]);
    let error = read_with("csv/several_accounts.csv", "account = 'A-1'").unwrap_err();
    assert!(error.message.contains("`A-1` and `B-2`"), "{error}");
}

#[test]
fn a_table_without_rows_is_a_statement_without_transactions() {
    let import = read("csv/empty.csv").unwrap();
    assert!(rows(&import).is_empty() && import.rejected.is_empty());
}

#[test]
fn a_card_that_is_turned_round_is_proved_by_its_balance() {
    let import = read_with("csv/inverted_card.csv", EUR).unwrap();
    assert!(
        rows(&import)[0].contains(" -4.50 EUR"),
        "{:?}",
        rows(&import)
    );
    assert!(concluded(&import, "sign").starts_with("turned round"));
    assert_eq!(import.profile.as_ref().unwrap().negate, Some(true));
    assert_eq!(
        import.statements[0].balance.unwrap().0.to_string(),
        "0.00 EUR"
    );
}

#[test]
fn case_62_a_saved_profile_reads_every_file_as_before() {
    for path in [
        "csv/decimals_by_column.csv",
        "csv/preamble_footer_ragged.csv",
        "csv/debit_and_credit.csv",
        "csv/indicator.csv",
        "csv/two_digit_years.csv",
        "csv/cp1250.csv",
        "csv/utf16.csv",
        "csv/inverted_card.csv",
        "csv/several_accounts.csv",
        "qif/whole_file_order.qif",
        "qif/cp1252.qif",
    ] {
        let first = read_with(path, EUR).unwrap();
        let learnt = first.profile.as_ref().unwrap().to_toml();
        let again = read_with(path, &learnt).unwrap_or_else(|error| panic!("{error}\n{learnt}"));
        assert_eq!(again.statements, first.statements, "{path}\n{learnt}");
        assert_eq!(again.rejected, first.rejected, "{path}\n{learnt}");
        assert_eq!(again.profile, first.profile, "{path}\n{learnt}");
    }
}

#[test]
fn a_profile_of_another_bank_does_not_fit() {
    let error = read_with("csv/indicator.csv", "columns.date = 'Fecha'").unwrap_err();
    assert!(error.message.contains("`Fecha`"), "{error}");
}
