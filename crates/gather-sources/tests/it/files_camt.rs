//! CAMT.052 and 053 as banks write them: every quirk that is known has a file and a test of its name.

use crate::files_support::{concluded, ids, read, read_with, rejected, rows};

#[test]
fn all_versions_are_read_alike() {
    for path in [
        "version_02.xml",
        "version_08.xml",
        "version_13_prefixed.xml",
    ] {
        let import = read(&format!("camt/{path}")).unwrap();
        let row = "2026-11-20 -30.00 EUR | Harbour Cafe | Catering";
        assert_eq!(rows(&import), [row], "{path}");
        assert_eq!(ids(&import), ["R-1"], "{path}");
        assert!(import.warnings.is_empty(), "{path}: {:?}", import.warnings);
        let statement = &import.statements[0];
        assert_eq!(
            statement.account.id.as_deref(),
            Some("DE00500100000000000077")
        );
        assert_eq!(statement.account.name.as_deref(), Some("Household"));
        let (balance, day) = statement.balance.unwrap();
        assert_eq!(
            format!("{balance} {}", day.unwrap()),
            "70.00 EUR 2026-11-20"
        );
        let day = statement.transactions[0].value_date.unwrap();
        assert_eq!(day.to_string(), "2026-11-21");
    }
}

#[test]
fn a_report_has_what_is_pending_and_an_interim_balance() {
    let import = read("camt/report_052.xml").unwrap();
    assert!(import.statements[0].transactions[0].pending);
    assert_eq!(
        import.statements[0].balance.unwrap().0.to_string(),
        "70.00 EUR"
    );
}

#[test]
fn the_encoding_is_what_the_bytes_are() {
    for path in ["camt/encoding_ignored.xml", "camt/declared_latin_1.xml"] {
        let import = read(path).unwrap();
        assert_eq!(
            rows(&import),
            ["2026-11-20 -30.00 EUR | Harbour Cafe | Größe"],
            "{path}"
        );
    }
}

#[test]
fn a_batch_is_its_transactions_and_not_its_total() {
    let import = read("camt/batch.xml").unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-20 -10.00 EUR | Tea House | Tea",
            "2026-11-20 -20.00 EUR | Soup House | Soup"
        ]
    );
    assert_eq!(ids(&import), ["R-1", "R-2"]);
    let import = read("camt/batch_without_amounts.xml").unwrap();
    assert_eq!(
        rows(&import),
        ["2026-11-20 -30.00 EUR |  | Batch of payments"]
    );
    assert!(
        import.warnings[0].starts_with("1 entries hold"),
        "{:?}",
        import.warnings
    );
}

#[test]
fn a_reversal_has_the_direction_that_the_balances_prove() {
    for (path, why) in [
        (
            "camt/reversal_by_the_standard.xml",
            "as the standard says: the balances fit",
        ),
        (
            "camt/reversal_of_the_original.xml",
            "turned round: only so the balances fit",
        ),
    ] {
        let import = read(path).unwrap();
        assert!(
            rows(&import)[0].contains(" 30.00 EUR"),
            "{path}: {:?}",
            rows(&import)
        );
        assert!(
            concluded(&import, "sign of reversals").starts_with(why),
            "{path}"
        );
        assert!(import.warnings.is_empty(), "{path}: {:?}", import.warnings);
    }
    let import = read("camt/reversal_without_balances.xml").unwrap();
    assert!(rows(&import)[0].contains(" -30.00 EUR"));
    assert!(concluded(&import, "sign of reversals").contains("nothing in the file proves it"));
    let import = read_with(
        "camt/reversal_without_balances.xml",
        "negate_reversals = true",
    )
    .unwrap();
    assert!(rows(&import)[0].contains(" 30.00 EUR"));
}

#[test]
fn what_is_said_of_an_entry_is_not_said_of_each_of_its_transactions() {
    let import = read("camt/description_of_entry.xml").unwrap();
    assert_eq!(
        rows(&import),
        [
            "2026-11-20 -5.00 EUR |  | Account fee",
            "2026-11-20 -10.00 EUR | Tea House | ",
            "2026-11-20 -20.00 EUR | Soup House | ",
        ]
    );
}

#[test]
fn case_61_references_that_repeat_or_count_are_weak() {
    let import = read("camt/reference_repeats.xml").unwrap();
    assert_eq!(ids(&import), ["(REF-1)", "(REF-1)", "REF-2"]);
    let import = read("camt/positional_references.xml").unwrap();
    assert_eq!(ids(&import), ["(20261120-1)", "(20261120-2)"]);
}

#[test]
fn zeros_that_pad_an_amount_are_none_of_its_digits() {
    let import = read("camt/zero_padded.xml").unwrap();
    assert!(rows(&import)[0].starts_with("2026-11-20 -12.50 EUR"));
    assert!(import.warnings.is_empty(), "{:?}", import.warnings);
}

#[test]
fn a_statement_without_entries_is_one() {
    let import = read("camt/no_entries.xml").unwrap();
    assert!(rows(&import).is_empty() && import.rejected.is_empty());
    assert_eq!(
        import.statements[0].balance.unwrap().0.to_string(),
        "100.00 EUR"
    );
}

#[test]
fn entries_without_amount_direction_or_day_are_rejected() {
    let import = read("camt/bad_entries.xml").unwrap();
    assert_eq!(ids(&import), ["ok"]);
    assert_eq!(
        rejected(&import),
        [
            "6: `x` is not an amount",
            "7: `CdtDbtInd` has to be `CRDT` or `DBIT`, not ``",
            "8: there is no date: neither `BookgDt` nor `ValDt` has a day",
            "9: `-1.00`: the direction is not to be in an amount",
        ]
    );
}

#[test]
fn a_notification_is_no_statement() {
    let error = read("camt/notification_054.xml").unwrap_err();
    assert!(error.message.contains("camt.054"), "{error}");
}
