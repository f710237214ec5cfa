//! OFX as banks write it: every quirk that is known has a file and a test of its name.

use gather_sources::files::FileFormat;

use crate::files_support::{concluded, fixture, ids, read, read_with, rejected, rows};

const TWO: [&str; 2] = [
    "2026-11-19 -4.50 EUR | Harbour Cafe | Flat white",
    "2026-11-20 2500.00 EUR | Lighthouse Ltd | Salary",
];

/// The same two transactions, whatever is strange around them.
fn has_the_two(path: &str) {
    let import = read(path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(rows(&import), TWO, "{path}");
    assert_eq!(ids(&import), ["F-1", "F-2"], "{path}");
    let statement = &import.statements[0];
    assert_eq!(statement.account.id.as_deref(), Some("1001"), "{path}");
    let (balance, day) = statement.balance.unwrap();
    assert_eq!(balance.to_string(), "1000.00 EUR", "{path}");
    assert_eq!(day.unwrap().to_string(), "2026-11-20", "{path}");
    assert!(
        import.rejected.is_empty() && import.warnings.is_empty(),
        "{import:?}"
    );
    assert_eq!(import.format, FileFormat::Ofx);
}

/// A test of each file that holds the same two transactions.
macro_rules! the_two_are_read {
    ($($test:ident $path:literal)*) => {
        $(
            #[test]
            fn $test() {
                has_the_two(concat!("ofx/", $path));
            }
        )*
    };
}

the_two_are_read! {
    a_plain_file_is_read "plain.ofx"
    blank_lines_before_the_header_are_skipped "blank_lines_before_header.ofx"
    white_space_after_colons_of_the_header_is_skipped "spaces_after_colons.ofx"
    a_whole_file_on_one_line_is_read "one_line.ofx"
    lines_may_end_in_carriage_returns_only "cr_only.ofx"
    no_blank_line_is_needed_before_the_first_tag "no_blank_line_before_ofx.ofx"
    a_header_may_be_in_a_comment "header_in_comment.ofx"
    a_charset_may_be_absent "no_charset.ofx"
    compression_and_newfileuid_may_be_absent "no_compression_no_newfileuid.ofx"
    a_header_may_be_absent "no_header.ofx"
    empty_leaves_are_no_aggregates "empty_leaves.ofx"
    version_2_with_single_quotes_and_without_newfileuid_is_read "version_2.ofx"
    version_2_on_one_line_is_read "version_2_one_line.ofx"
}

#[test]
fn the_encoding_is_what_the_bytes_are_and_only_then_what_is_declared() {
    for (path, name) in [
        ("utf8_said_1252.ofx", "UTF-8"),
        ("utf8_in_version_1.ofx", "UTF-8"),
        ("charset_8859_1.ofx", "windows-1252"),
        ("charset_none.ofx", "windows-1252"),
        ("version_2_latin_1.ofx", "windows-1252"),
    ] {
        let import = read(&format!("ofx/{path}")).unwrap();
        let row = "2026-11-19 -4.50 EUR | Café Hafen | Größe L";
        assert_eq!(rows(&import), [row], "{path}");
        let told = concluded(&import, "encoding");
        assert!(told.starts_with(name), "{path}: {told}");
    }
    let import = read("ofx/encoding_windows_1252.ofx").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -4.50 EUR | Café Hafen | “Größe” L"]
    );
}

#[test]
fn one_broken_byte_does_not_cost_the_file() {
    let import = read("ofx/one_broken_byte.ofx").unwrap();
    assert_eq!(rows(&import).len(), 1);
    assert!(rows(&import)[0].starts_with("2026-11-19 -4.50 EUR | Harbour Cafe | Flat"));
}

#[test]
fn dots_in_tag_names_are_letters_of_the_name() {
    let import = read("ofx/dots_in_tag_names.ofx").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -4.50 EUR | Harbour Cafe | Harbour Cafe"]
    );
}

#[test]
fn raw_ampersands_are_text() {
    let import = read("ofx/raw_ampersands.ofx").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -4.50 EUR | Fish & Chips <3 | A&B;&"]
    );
}

#[test]
fn html_entities_are_decoded_once() {
    let import = read("ofx/html_entities.ofx").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -4.50 EUR | Fish & Chips | été <b> x"]
    );
}

#[test]
fn several_statements_of_one_file_are_several_accounts() {
    let import = read("ofx/several_statements.ofx").unwrap();
    let told: Vec<String> = import
        .statements
        .iter()
        .map(|it| {
            let account = &it.account;
            let (id, kind) = (
                account.id.as_deref().unwrap(),
                account.kind.as_deref().unwrap(),
            );
            let of_rows = it.transactions[0].account.as_deref().unwrap();
            format!("{id} {kind} {of_rows} {}", it.balance.unwrap().0)
        })
        .collect();
    assert_eq!(
        told,
        [
            "1001 checking 1001 1000.00 EUR",
            "1002 savings 1002 5.00 EUR"
        ]
    );
}

#[test]
fn one_number_of_two_kinds_of_account_is_told() {
    let import = read("ofx/two_kinds_one_number.ofx").unwrap();
    assert!(import.warnings[0].contains("checking") && import.warnings[0].contains("savings"));
}

#[test]
fn statements_of_credit_cards_are_read() {
    let import = read("ofx/credit_card.qfx").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -4.50 USD | Harbour Cafe | Harbour Cafe"]
    );
    let statement = &import.statements[0];
    assert_eq!(statement.account.kind.as_deref(), Some("credit card"));
    assert_eq!(statement.balance.unwrap().0.to_string(), "-4.50 USD");
}

#[test]
fn statements_of_brokers_are_read_as_far_as_cash_moves() {
    let import = read("ofx/investment.ofx").unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-12 100.00 USD | Deposit | Deposit",
            "2026-11-05 -20.50 USD | Northwind Oats | buystock Northwind Oats Buy",
            "2026-11-10 1.25 USD | Northwind Oats | income Northwind Oats",
        ]
    );
    assert_eq!(ids(&import), ["K1", "B1", "D1"]);
    assert_eq!(
        import.statements[0].balance.unwrap().0.to_string(),
        "79.50 USD"
    );
    assert!(
        import.warnings[0].contains("1 movement"),
        "{:?}",
        import.warnings
    );
}

#[test]
fn a_missing_accttype_costs_nothing_else() {
    let import = read("ofx/no_accttype.ofx").unwrap();
    assert_eq!(rows(&import), TWO[..1]);
    assert_eq!(import.statements[0].account.kind, None);
}

#[test]
fn case_61_a_fitid_that_repeats_with_other_content_is_weak() {
    let import = read("ofx/fitid_repeats.ofx").unwrap();
    assert_eq!(ids(&import), ["(SAME)", "(SAME)", "OWN", "OWN", "()"]);
    assert!(
        import.warnings[0].starts_with("2 transactions"),
        "{:?}",
        import.warnings
    );
}

#[test]
fn case_61_a_fitid_is_one_of_its_account() {
    let import = read("ofx/fitid_shared_by_accounts.ofx").unwrap();
    assert_eq!(ids(&import), ["F-1", "F-1"]);
    assert!(import.warnings.is_empty());
}

#[test]
fn commas_are_decimal_and_then_dots_group() {
    let import = read("ofx/comma_decimals.ofx").unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-19 -1234.50 EUR | Harbour Cafe | Harbour Cafe",
            "2026-11-20 1000 EUR | Refund | Refund",
        ]
    );
    let told = concluded(&import, "decimal mark of `TRNAMT`");
    assert_eq!(told, "comma by lines 30");
    assert_eq!(
        import.statements[0].balance.unwrap().0.to_string(),
        "99.00 EUR"
    );
}

#[test]
fn parentheses_currency_signs_and_several_separators_are_read() {
    let amounts: Vec<String> = rows(&read("ofx/decorated_amounts.ofx").unwrap())
        .iter()
        .map(|row| row.split(' ').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(amounts, ["-4.50", "12.00", "-1234567.89", "-12.0000", "7"]);
}

#[test]
fn an_amount_that_cannot_be_read_is_a_rejected_row_and_never_zero() {
    let import = read("ofx/bad_amounts.ofx").unwrap();
    assert_eq!(rows(&import), ["2026-11-19 -5.00 EUR | d | d"]);
    assert_eq!(
        rejected(&import),
        [
            "27: `TRNAMT`: `abc` is not an amount",
            "34: there is no amount: `TRNAMT` is absent or empty",
            "41: `TRNAMT`: `1.2.3` is not an amount with a decimal dot",
        ]
    );
}

#[test]
fn the_sign_is_that_of_the_file_unless_the_profile_turns_it_round() {
    let amounts = |profile: &str| -> Vec<String> {
        let import = read_with("ofx/charges_positive.ofx", profile).unwrap();
        let rows = import.statements[0].transactions.iter();
        rows.map(|row| row.amount.amount.to_string()).collect()
    };
    assert_eq!(amounts(""), ["4.50", "-100.00"]);
    assert_eq!(amounts("negate = true"), ["-4.50", "100.00"]);
}

#[test]
fn a_date_is_its_first_eight_digits_whatever_zone_follows() {
    let import = read("ofx/dates.ofx").unwrap();
    let days: Vec<String> = import.statements[0]
        .transactions
        .iter()
        .map(|row| row.date.unwrap().to_string())
        .collect();
    assert_eq!(days, ["2026-11-20"; 6]);
    assert_eq!(
        rejected(&import),
        [
            "69: `DTPOSTED`: `00000000` does not begin with a day such as `20261120`",
            "76: `DTPOSTED`: `20261199` does not begin with a day such as `20261120`",
            "83: `DTPOSTED`: `2026-11-20` does not begin with a day such as `20261120`",
            "90: there is no date: `DTPOSTED` is absent or empty",
        ]
    );
}

#[test]
fn version_2_that_is_no_xml_is_read_all_the_same() {
    let import = read("ofx/version_2_broken_xml.ofx").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -4.50 EUR | Fish & Chips | Fish & Chips", TWO[1]]
    );
    let import = read("ofx/version_2_cdata.ofx").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-19 -4.50 EUR | Harbour Cafe | Flat & <white>"]
    );
}

#[test]
fn a_status_other_than_zero_is_an_error_in_the_banks_words() {
    let error = read("ofx/status_not_zero.ofx").unwrap_err();
    let told = error.to_string();
    assert!(
        told.starts_with("ofx/status_not_zero.ofx, line 11: ")
            && told.contains("15500")
            && told.contains("Signon invalid"),
        "{told}"
    );
}

#[test]
fn what_is_pending_is_marked_and_has_no_id() {
    let import = read("ofx/pending.ofx").unwrap();
    let row = &import.statements[0].transactions[1];
    assert!(row.pending && row.id_is_weak);
    assert_eq!(row.date.unwrap().to_string(), "2026-11-20");
}

#[test]
fn a_currency_that_the_file_does_not_say_is_asked_for() {
    let text = String::from_utf8(fixture("ofx/plain.ofx")).unwrap();
    let without = text.replace("<CURDEF>EUR\n", "");
    let read = |profile| gather_sources::files::read(without.as_bytes(), "a.ofx", profile);
    let error = read(None).unwrap_err();
    assert_eq!(error.questions[0].key, "currency");
    let profile = gather_sources::files::Profile::parse("currency = 'CHF'").unwrap();
    assert!(rows(&read(Some(&profile)).unwrap())[0].contains("CHF"));
}
