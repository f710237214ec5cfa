//! The presets that hold money: a plain JSON bank, and exchange rates.

use gather_records::Record;

use crate::support::{answer, ask, lines, read, source};

const BANK: &str = r#"
[source.bank]
preset = "json-bank"
base = "http://127.0.0.1:9/bank/"
currency = "EUR"
key = { env = "BANK_KEY" }
"#;

#[test]
fn a_json_bank_has_three_endpoints() {
    let source = source(BANK);
    let urls: Vec<String> = source
        .first_asks()
        .iter()
        .map(|ask| ask.url().to_string())
        .collect();
    assert_eq!(
        urls,
        [
            "http://127.0.0.1:9/bank/accounts",
            "http://127.0.0.1:9/bank/transactions",
            "http://127.0.0.1:9/bank/budgets"
        ]
    );
    let accounts = answer(
        &source,
        &ask(&source, "accounts"),
        200,
        r#"[{"id":1,"name":"Checking","balance":2500.00},{"id":"s","name":"Savings","balance":"10000.00"}]"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&accounts.records), @r#"
    {"kind":"account","id":"1","name":"Checking","balance":{"amount":"2500.00","currency":"EUR"},"as_of":null}
    {"kind":"account","id":"s","name":"Savings","balance":{"amount":"10000.00","currency":"EUR"},"as_of":null}
    "#);
    let transactions = answer(
        &source,
        &ask(&source, "transactions"),
        200,
        r#"[{"id":"t1","account_id":1,"amount":-45.00,"category":"Groceries","date":"2026-11-19","description":"Bakery"},
            {"id":"t2","amount":3000.00,"category":"Income","date":"2026-11-18","currency":"USD","pending":true}]"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&transactions.records), @r#"
    {"kind":"transaction","id":"t1","account":"1","amount":{"amount":"-45.00","currency":"EUR"},"date":"2026-11-19","description":"Bakery","category":"Groceries","pending":false}
    {"kind":"transaction","id":"t2","account":null,"amount":{"amount":"3000.00","currency":"USD"},"date":"2026-11-18","description":null,"category":"Income","pending":true}
    "#);
    let budgets = answer(
        &source,
        &ask(&source, "budgets"),
        200,
        r#"{"budgets":[{"category":"Groceries","limit":400,"spent":245}]}"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&budgets.records), @r#"{"kind":"budget","id":"Groceries","category":"Groceries","limit":{"amount":"400","currency":"EUR"},"spent":{"amount":"245","currency":"EUR"}}"#);
}

#[test]
fn an_endpoint_the_bank_does_not_have_is_no_failure() {
    let source = source(BANK);
    let reading = answer(
        &source,
        &ask(&source, "budgets"),
        404,
        r#"{"message":"not found"}"#,
    )
    .unwrap();
    assert_eq!(reading.warnings, ["`budgets` is not offered (404)"]);
    assert!(answer(&source, &ask(&source, "budgets"), 500, "").is_err());
}

#[test]
fn an_endpoint_can_be_left_out_or_moved() {
    let source = source(&format!(
        "{BANK}\n[source.bank.step.budgets]\nskip = true\n[source.bank.step.transactions]\nurl = \"{{base}}/tx\"\n"
    ));
    let urls: Vec<&str> = source.declaration().urls().map(url::Url::path).collect();
    assert_eq!(urls, ["/bank/accounts", "/bank/tx"]);
}

#[test]
fn amounts_can_be_turned_and_scaled() {
    let source = source(
        r#"
[source.card]
url = "https://card.example/tx"
currency = "EUR"
[source.card.transaction]
id = ".id"
amount = ".cents"
date = ".day"
negate = true
scale = 2
"#,
    );
    let reading = read(&source, r#"[{"id":1,"cents":4500,"day":"2026-11-19"},{"id":2,"cents":"-1299","day":1763625600},{"id":3,"cents":0}]"#).unwrap();
    let amounts: Vec<String> = reading
        .records
        .iter()
        .map(|record| match record {
            Record::Transaction(t) => format!("{} {:?}", t.amount, t.date),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        amounts,
        [
            "-45.00 EUR Some(2026-11-19)",
            "12.99 EUR Some(2025-11-20)",
            "0.00 EUR None"
        ]
    );
}

#[test]
fn a_transaction_with_an_unreadable_date_or_amount_is_rejected() {
    let source = source(BANK);
    let reading = answer(
        &source,
        &ask(&source, "transactions"),
        200,
        r#"[{"id":1,"amount":1.10,"date":"2026-11-19"},{"id":2,"amount":1.20,"date":"2026-11-18"},
            {"id":3,"amount":1,"date":"31/12/2026"},{"id":4,"amount":"12,50","date":"2026-11-19"},
            {"id":5,"amount":2,"date":"2026-11-19"},{"id":6,"amount":3,"date":"2026-11-19"}]"#,
    )
    .unwrap();
    assert_eq!(reading.records.len(), 4);
    let reasons: Vec<(usize, &str)> = reading
        .rejected
        .iter()
        .map(|r| (r.row, r.reason.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [
            (2, "`date`: `31/12/2026` is not a date"),
            (
                3,
                "`amount`: `12,50` is not a decimal number such as `-12.34`"
            )
        ]
    );
    assert!(reading.is_partial());
}

#[test]
fn an_amount_that_was_computed_is_refused() {
    let source = source(
        "[source.b]\nurl = \"https://b.example/\"\ncurrency = \"EUR\"\n[source.b.transaction]\nid = \".id\"\namount = \".amount * 1.1\"\n",
    );
    let error = read(&source, r#"[{"id":1,"amount":0.10}]"#).unwrap_err();
    assert!(error.to_string().contains("floating point"), "{error}");
}

#[test]
fn frankfurter_rates_keep_their_digits() {
    let source = source("[source.frankfurter]");
    assert_eq!(
        ask(&source, "main").url().as_str(),
        "https://api.frankfurter.dev/v1/latest?base=EUR"
    );
    let reading = read(
        &source,
        r#"{"amount":1.0,"base":"EUR","date":"2026-11-19","rates":{"USD":1.0710,"GBP":0.8391,"JPY":166.1}}"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"
    {"kind":"rate","base":"EUR","quote":"USD","date":"2026-11-19","rate":"1.0710"}
    {"kind":"rate","base":"EUR","quote":"GBP","date":"2026-11-19","rate":"0.8391"}
    {"kind":"rate","base":"EUR","quote":"JPY","date":"2026-11-19","rate":"166.1"}
    "#);
    let error = answer(
        &source,
        &ask(&source, "main"),
        404,
        r#"{"message":"not found"}"#,
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "answered 404: not found");
}
