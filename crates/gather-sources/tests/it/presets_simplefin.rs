//! The preset of SimpleFIN: what is asked, both versions of the answer, and errors beside good accounts.

use gather_records::Record;
use gather_sources::{Config, ReadErrorKind, Reading, Source};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{answer, ask, config, lines, read, source};

const PLAIN: &str = "[source.simplefin]";

const V2: &str = r#"{
  "errlist": [],
  "connections": [
    {"conn_id": "CON-1", "name": "Harbour Bank - Robin", "org_id": "ORG-1", "sfin_url": "https://bridge.example/simplefin"},
    {"conn_id": "CON-2", "name": "Kestrel Cards", "org_id": "ORG-2", "sfin_url": "https://bridge.example/simplefin"}
  ],
  "accounts": [
    {"id": "1", "name": "Checking", "conn_id": "CON-1", "currency": "EUR", "balance": "1250.50", "available-balance": "1200.00", "balance-date": 1795132800,
     "transactions": [
       {"id": "T1", "posted": 1795046400, "amount": "-3.80", "description": "QUAY COFFEE", "payee": "Quay Coffee", "transacted_at": 1794960000},
       {"id": "T2", "posted": 0, "amount": "-28.40", "description": "TRATTORIA MOLO", "pending": true, "transacted_at": 1795132800},
       {"id": "T3", "posted": 0, "amount": "-1", "memo": "card check"}
     ]},
    {"id": "1", "name": "Card", "conn_id": "CON-2", "currency": "JPY", "balance": "-5000", "balance-date": 0,
     "transactions": [{"id": "T1", "posted": 1795046400, "amount": "5000", "description": "FERRY"}]}
  ]
}"#;

fn amounts(reading: &Reading) -> Vec<String> {
    reading
        .records
        .iter()
        .map(|record| match record {
            Record::Account(account) => format!("{} {}", account.id, account.balance),
            Record::Transaction(t) => format!(
                "{} {} {}",
                t.account.as_deref().unwrap_or("-"),
                t.id,
                t.amount
            ),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn with_key(key: &str) -> Result<Source, (String, String)> {
    let mut resolved = config(PLAIN).resolve(&|_| Ok(SecretString::from(key)));
    match resolved.unready.pop() {
        Some(unready) => Err((unready.reason, unready.hint)),
        None => Ok(resolved.sources.remove(0)),
    }
}

#[test]
fn one_request_asks_for_all_accounts_with_the_credentials_of_the_access_url() {
    let source = with_key("https://robin:w%2Frd@bridge.example:8443/simplefin").unwrap();
    let asks = source.first_asks_on(jiff::civil::date(2026, 11, 20));
    assert_eq!(asks.len(), 1);
    // 44 days before, at midnight.
    assert_eq!(
        asks[0].url().as_str(),
        "https://bridge.example:8443/simplefin/accounts?pending=1&start-date=1791331200&version=2"
    );
    assert_eq!(asks[0].bare_url(), asks[0].url());
    let authorization = asks[0]
        .headers()
        .iter()
        .find(|(name, _)| name == "authorization")
        .unwrap();
    assert_eq!(authorization.1.expose_secret(), "Basic cm9iaW46dy9yZA==");
    let manners = source.manners();
    assert_eq!(manners.len(), 1);
    assert_eq!(manners[0].host, "https://bridge.example:8443");
    assert_eq!(manners[0].quotas[0].requests, 24);
    assert_eq!(source.declaration().urls().count(), 0);
    // A request that was kept as a text is made again with the same credentials.
    let again = source.ask_again(&asks[0].plan()).unwrap();
    assert_eq!(again.url(), asks[0].url());
    assert!(
        again
            .headers()
            .iter()
            .any(|(name, _)| name == "authorization")
    );
    let shown = format!("{source:?} {:?} {}", asks[0], asks[0].plan());
    for part in ["w/rd", "w%2Frd", "cm9iaW46", "robin:"] {
        assert!(!shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(
        asks[0]
            .redact("no: https://robin:w%2Frd@bridge.example:8443/simplefin w/rd cm9iaW46dy9yZA=="),
        "no: *** *** ***"
    );
}

#[test]
fn the_window_can_be_set_and_left_out() {
    let day = jiff::civil::date(2026, 11, 20);
    let query = |more: &str| {
        let asks = source(&format!("{PLAIN}\n{more}")).first_asks_on(day);
        asks[0].url().query().unwrap_or_default().to_owned()
    };
    assert_eq!(
        query("query.start-date = { days_ago = 0, as = \"seconds\" }"),
        "pending=1&start-date=1795132800&version=2"
    );
    assert_eq!(
        query("query = { start-date = { days_ago = 30 }, pending = false }"),
        "start-date=2026-10-21&version=2"
    );
    assert_eq!(query("query.start-date = false"), "pending=1&version=2");
    // Who has no day to count from asks without it.
    assert_eq!(
        source(PLAIN).first_asks()[0].url().query(),
        Some("pending=1&version=2")
    );
    for (more, expected) in [
        (
            "query.x = { days_ago = -1 }",
            "expected a whole number of days from 0 to 3653",
        ),
        (
            "query.x = { days_ago = 1, as = \"hours\" }",
            "expected `\"date\"` or `\"seconds\"`",
        ),
        ("query.x = { days_ago = 1, in = 1 }", "unknown key `in`"),
        ("headers.x = { days_ago = 1 }", "not into a header"),
        (
            "url = \"https://bank.example/\"",
            "no address of `simplefin` begins with `{key}`",
        ),
        (
            "auth = \"bearer\"",
            "`{key}` is the address that the key holds",
        ),
        ("url = \"{key}accounts\"", "and a path follows it"),
        (
            "key = { env = \"X\", optional = true }",
            "cannot be optional",
        ),
    ] {
        let errors = Config::parse(&format!("{PLAIN}\n{more}"), "gather.toml").unwrap_err();
        assert!(errors.to_string().contains(expected), "{more}: {errors}");
    }
}

#[test]
fn a_key_that_is_no_access_url_is_told_without_showing_it() {
    for (key, why) in [
        (
            "aHR0cHM6Ly9icmlkZ2UuZXhhbXBsZS9jbGFpbS9odW50ZXIy",
            "holds a setup token, which has to be claimed first",
        ),
        (
            "https://bridge.example/hunter2",
            "names no user and password",
        ),
        (
            "http://robin:hunter2@bridge.example/",
            "would send its password in the clear",
        ),
        ("hunter2", "is no address"),
    ] {
        let (reason, hint) = with_key(key).unwrap_err();
        assert!(reason.contains(why), "{reason}");
        assert!(
            !format!("{reason} {hint}").contains("hunter2"),
            "{reason} {hint}"
        );
        assert!(!reason.contains("aHR0"), "{reason}");
    }
}

#[test]
fn version_2_names_accounts_by_their_connection() {
    let reading = read(&source(PLAIN), V2).unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"
    {"kind":"account","id":"CON-1/1","name":"Checking","balance":{"amount":"1250.50","currency":"EUR"},"as_of":"2026-11-20T00:00:00Z"}
    {"kind":"account","id":"CON-2/1","name":"Card","balance":{"amount":"-5000","currency":"JPY"},"as_of":null}
    {"kind":"transaction","id":"T1","account":"CON-1/1","amount":{"amount":"-3.80","currency":"EUR"},"date":"2026-11-19","description":"QUAY COFFEE","category":null,"pending":false,"payee":"Quay Coffee","value_date":"2026-11-18"}
    {"kind":"transaction","id":"T2","account":"CON-1/1","amount":{"amount":"-28.40","currency":"EUR"},"date":"2026-11-20","description":"TRATTORIA MOLO","category":null,"pending":true,"value_date":"2026-11-20"}
    {"kind":"transaction","id":"T3","account":"CON-1/1","amount":{"amount":"-1","currency":"EUR"},"date":null,"description":"card check","category":null,"pending":true}
    {"kind":"transaction","id":"T1","account":"CON-2/1","amount":{"amount":"5000","currency":"JPY"},"date":"2026-11-19","description":"FERRY","category":null,"pending":false}
    "#);
    assert!(
        !reading.is_partial() && reading.warnings.is_empty(),
        "{reading:?}"
    );
}

#[test]
fn version_1_is_read_too_and_two_accounts_of_one_id_are_not_mixed_up() {
    let source = source(PLAIN);
    let reading = read(
        &source,
        r#"{"errors": [], "accounts": [
            {"org": {"domain": "harbour.example", "sfin-url": "https://bridge.example"}, "id": "A", "name": "Checking", "currency": "EUR",
             "balance": "1.00", "balance-date": 1795132800, "transactions": [{"id": "1", "posted": 1795046400, "amount": "1.00", "description": "x"}]},
            {"org": {"name": "Kestrel"}, "id": "B", "name": "Savings", "currency": "EUR", "balance": "2.00", "balance-date": 1795132800}]}"#,
    )
    .unwrap();
    assert_eq!(
        amounts(&reading),
        ["A 1.00 EUR", "B 2.00 EUR", "A 1 1.00 EUR"]
    );
    let reading = read(
        &source,
        r#"{"errors": [], "accounts": [
            {"id": "A", "name": "Checking", "currency": "EUR", "balance": "1.00", "balance-date": 1},
            {"id": "B", "name": "Savings", "currency": "EUR", "balance": "2.00", "balance-date": 1},
            {"id": "B", "name": "Card", "currency": "EUR", "balance": "3.00", "balance-date": 1,
             "transactions": [{"id": "1", "posted": 1, "amount": "1.00", "description": "x"}]}]}"#,
    );
    // Two of three are most of them only from four rows on.
    let reading = reading.unwrap();
    assert_eq!(amounts(&reading), ["A 1.00 EUR"]);
    assert_eq!(reading.rejected.len(), 2);
    assert!(
        reading.rejected[0]
            .reason
            .contains("two accounts have the id B"),
        "{:?}",
        reading.rejected
    );
}

#[test]
fn case_71_errors_beside_good_accounts_reach_theirs_by_id_and_the_accounts_are_kept() {
    let body = V2.replace(
        "\"errlist\": []",
        r#""errors": ["deprecated"], "errlist": [
          {"code": "act.failed", "msg": "No answer <b>yet</b>", "conn_id": "CON-2", "account_id": "1"},
          {"code": "con.auth", "message": "Log in again", "conn_id": "CON-1"},
          {"code": "act.brandnew", "msg": "Something else", "account_id": "9"},
          {"code": "gen.", "msg": "Slow today"}],
          "x-api-message": ["Only the last day is shown"]"#,
    );
    let reading = read(&source(PLAIN), &body).unwrap();
    assert_eq!(reading.records.len(), 6);
    assert!(reading.is_partial());
    assert_eq!(
        reading.provider_error.as_deref(),
        Some(
            "the provider reported an error beside the data: Card (1): No answer yet; \
             Harbour Bank - Robin: Log in again; 9: Something else; Slow today"
        )
    );
    assert_eq!(
        reading.warnings,
        ["the provider says: Only the last day is shown"]
    );
}

#[test]
fn case_71_errors_of_version_1_are_told_and_the_accounts_are_kept() {
    let reading = read(
        &source(PLAIN),
        r#"{"errors": ["Connection to Kestrel may need attention", "", "Second"], "accounts": [
            {"id": "A", "name": "Checking", "currency": "EUR", "balance": "1.00", "balance-date": 1795132800}]}"#,
    )
    .unwrap();
    assert_eq!(amounts(&reading), ["A 1.00 EUR"]);
    assert_eq!(
        reading.provider_error.as_deref(),
        Some(
            "the provider reported an error beside the data: Connection to Kestrel may need attention; Second"
        )
    );
}

#[test]
fn errors_without_any_account_say_what_to_do() {
    let source = source(PLAIN);
    for (errlist, kind, hint) in [
        (
            r#"{"code": "con.auth", "msg": "Log in again"}"#,
            ReadErrorKind::Key,
            "log in to the bank again",
        ),
        (
            r#"{"code": "gen.auth", "msg": "No"}"#,
            ReadErrorKind::Key,
            "make a new setup token",
        ),
    ] {
        let body = format!(
            r#"{{"errlist": [{{"code": "gen.", "msg": "First"}}, {errlist}], "connections": [], "accounts": []}}"#
        );
        let error = read(&source, &body).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("First; "), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{error:?}");
    }
    for (status, body, kind) in [
        (402, "", ReadErrorKind::Key),
        (403, "Forbidden", ReadErrorKind::Key),
        (429, "", ReadErrorKind::Limited),
        (504, "<html><body>gateway", ReadErrorKind::Unavailable),
        (524, "error code: 524", ReadErrorKind::Unavailable),
    ] {
        let error = answer(&source, &ask(&source, "main"), status, body).unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {error}");
        assert!(error.hint().is_some(), "{status}");
    }
}

#[test]
fn a_currency_of_the_providers_own_is_refused_and_never_asked() {
    let rows: Vec<String> = (0..20)
        .map(|n| {
            format!(r#"{{"id": "P{n}", "posted": 1795046400, "amount": "10", "description": "x"}}"#)
        })
        .collect();
    let body = format!(
        r#"{{"errlist": [], "connections": [], "accounts": [
            {{"id": "A", "conn_id": "C", "name": "Checking", "currency": "EUR", "balance": "1.00", "balance-date": 1795132800,
              "transactions": [{{"id": "1", "posted": 1795046400, "amount": "1.00", "description": "x"}}]}},
            {{"id": "B", "conn_id": "C", "name": "Points", "currency": "https://points.example/currency", "balance": "900", "balance-date": 1795132800,
              "transactions": [{rows}]}},
            {{"id": "D", "conn_id": "C", "name": "Coins", "currency": "BTC", "balance": "0.5", "balance-date": 1795132800,
              "transactions": [{rows}]}}]}}"#,
        rows = rows.join(",")
    );
    let reading = read(&source(PLAIN), &body).unwrap();
    assert_eq!(amounts(&reading), ["C/A 1.00 EUR", "C/A 1 1.00 EUR"]);
    assert!(reading.follow.is_empty() && reading.is_partial());
    assert!(
        reading.rejected[0]
            .reason
            .contains("a currency of the provider's own, and its address is not asked"),
        "{:?}",
        reading.rejected[0]
    );
    assert!(
        reading.rejected[1]
            .reason
            .contains("`BTC` is not an ISO 4217"),
        "{:?}",
        reading.rejected[1]
    );
}

#[test]
fn the_signs_of_one_account_can_be_turned() {
    let source = source(&format!(
        "{PLAIN}\ntransaction.flip = [\"CON-2/1\"]\naccount.flip = [\"CON-2/1\", \"CON-7/1\"]\n"
    ));
    let reading = read(&source, V2).unwrap();
    assert_eq!(
        amounts(&reading),
        [
            "CON-1/1 1250.50 EUR",
            "CON-2/1 5000 JPY",
            "CON-1/1 T1 -3.80 EUR",
            "CON-1/1 T2 -28.40 EUR",
            "CON-1/1 T3 -1 EUR",
            "CON-2/1 T1 -5000 JPY"
        ]
    );
    assert_eq!(
        reading.warnings,
        ["`flip` names the account `CON-7/1`, which this answer does not have"]
    );
}

#[test]
fn a_flip_turns_back_what_negate_turns() {
    let source = source(
        r#"
[source.card]
url = "https://card.example/tx"
currency = "EUR"
[source.card.transaction]
id = ".id"
account = ".a"
amount = ".amount"
balance_after = ".left"
payee = ".who"
value_date = ".spent"
negate = true
flip = ["2"]
"#,
    );
    let reading = read(
        &source,
        r#"[{"id": 1, "a": 1, "amount": 4.50, "left": 10, "who": "Quay", "spent": "2026-11-19"}, {"id": 2, "a": 2, "amount": 4.50}]"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"
    {"kind":"transaction","id":"1","account":"1","amount":{"amount":"-4.50","currency":"EUR"},"date":null,"description":null,"category":null,"pending":false,"payee":"Quay","value_date":"2026-11-19","balance_after":{"amount":"-10","currency":"EUR"}}
    {"kind":"transaction","id":"2","account":"2","amount":{"amount":"4.50","currency":"EUR"},"date":null,"description":null,"category":null,"pending":false}
    "#);
}

#[test]
fn ids_that_are_no_identity_are_declared_and_a_missing_one_is_none() {
    let declared = |more: &str| {
        source(&format!(
            r#"
[source.bank]
url = "https://bank.example/tx"
currency = "EUR"
[source.bank.transaction]
id = ".id"
amount = ".amount"
{more}
"#
        ))
    };
    let body = r#"[{"id": "1", "amount": 4.50}, {"id": null, "amount": 4.50}, {"amount": 4.50}]"#;
    let weak = |more: &str| -> Vec<(String, bool)> {
        let reading = read(&declared(more), body).unwrap();
        assert!(reading.rejected.is_empty(), "{:?}", reading.rejected);
        let transactions = reading.records.into_iter().map(|record| match record {
            Record::Transaction(moved) => (moved.id, moved.id_is_weak),
            other => panic!("{other:?}"),
        });
        transactions.collect()
    };
    let none = (String::new(), true);
    let one = |is_weak| ("1".to_owned(), is_weak);
    assert_eq!(weak(""), [one(false), none.clone(), none.clone()]);
    assert_eq!(weak("weak_ids = true"), [one(true), none.clone(), none]);
}

#[test]
fn rows_that_cannot_be_read_are_rejected_and_nothing_is_invented() {
    let body = V2.replace("\"-3.80\"", "\"-3,80\"").replace(
        "\"posted\": 1795046400, \"amount\": \"5000\"",
        "\"posted\": \"soon\", \"amount\": \"5000\"",
    );
    let reading = read(&source(PLAIN), &body).unwrap();
    assert_eq!(reading.rejected.len(), 1);
    assert!(
        reading.rejected[0]
            .reason
            .contains("`-3,80` is not a decimal number")
    );
    let Some(Record::Transaction(undated)) = reading.records.last() else {
        panic!("{reading:?}");
    };
    assert_eq!((undated.id.as_str(), undated.date), ("T1", None));
}
