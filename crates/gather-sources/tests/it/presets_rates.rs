//! The presets of exchange rates: Frankfurter's second version, the European Central Bank, Open Exchange Rates.

use gather_records::Record;
use gather_sources::{Answer, ReadError, ReadErrorKind, Reading, Source};
use secrecy::ExposeSecret as _;

use crate::support::{answer, ask, lines, read, source};

fn prices(reading: &Reading) -> Vec<String> {
    reading
        .records
        .iter()
        .map(|record| match record {
            Record::Rate(rate) => {
                format!("{} {} {} {}", rate.date, rate.base, rate.quote, rate.rate)
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn frankfurter_gives_ranges_too() {
    let source = source("[source.frankfurter]\nurl = \"{base}/v1/2026-11-14..\"");
    let reading = read(
        &source,
        r#"{"amount":1.0,"base":"EUR","start_date":"2026-11-13","end_date":"2026-11-16",
            "rates":{"2026-11-13":{"USD":1.0710},"2026-11-16":{"USD":1.0720,"GBP":0.8400}}}"#,
    )
    .unwrap();
    assert_eq!(
        prices(&reading),
        [
            "2026-11-13 EUR USD 1.0710",
            "2026-11-16 EUR USD 1.0720",
            "2026-11-16 EUR GBP 0.8400"
        ]
    );
}

#[test]
fn frankfurter_v2_is_a_list_whose_rows_may_have_different_days() {
    let source = source("[source.frankfurter-v2]");
    assert_eq!(
        ask(&source, "main").url().as_str(),
        "https://api.frankfurter.dev/v2/rates?base=EUR"
    );
    let rows = [
        r#"{"date":"2026-11-20","base":"EUR","quote":"EUR","rate":1.0}"#,
        r#"{"date":"2026-11-20","base":"EUR","quote":"USD","rate":1.07100}"#,
        r#"{"date":"2026-11-18","base":"EUR","quote":"CLP","rate":1012.25}"#,
        r#"{"date":"2026-11-20","base":"EUR","quote":"JEP","rate":0.84}"#,
    ];
    let expected = ["2026-11-20 EUR USD 1.07100", "2026-11-18 EUR CLP 1012.25"];
    let reading = read(&source, &format!("[{}]", rows.join(","))).unwrap();
    assert_eq!(prices(&reading), expected);
    // The base in itself, and a currency that is none of ISO 4217.
    assert_eq!((reading.skipped, reading.rejected.len()), (2, 0));
    let ndjson = crate::support::source("[source.frankfurter-v2]\nformat = \"ndjson\"");
    let accept = ask(&ndjson, "main").headers()[0].clone();
    assert!(accept.1.expose_secret().starts_with("application/x-ndjson"));
    assert_eq!(prices(&read(&ndjson, &rows.join("\n")).unwrap()), expected);
    for (status, kind) in [
        (404, ReadErrorKind::Request),
        (422, ReadErrorKind::Request),
        (503, ReadErrorKind::Unavailable),
    ] {
        let body = format!(r#"{{"status":{status},"message":"unknown parameter: bse"}}"#);
        let error = answer(&source, &ask(&source, "main"), status, &body).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains("unknown parameter: bse") && error.hint().is_some());
    }
}

fn envelope(cubes: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" \
         xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\">\n\t<gesmes:subject>Reference rates</gesmes:subject>\n\t\
         <gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n\t{cubes}\n</gesmes:Envelope>"
    )
}

fn ecb(source: &Source, body: &str) -> Result<Reading, ReadError> {
    let ask = ask(source, "main");
    source.read(
        &ask,
        &Answer {
            status: 200,
            content_type: Some("text/xml"),
            links: &[],
            final_url: ask.url(),
            body: body.as_bytes(),
        },
    )
}

#[test]
fn ecb_rates_keep_their_digits() {
    let daily = source("[source.ecb]");
    assert_eq!(
        ask(&daily, "main").url().as_str(),
        "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
    );
    let body = envelope(
        "<Cube>\n<Cube time='2026-11-19'>\n<Cube currency='USD' rate='1.0710'/>\n<Cube currency='JPY' rate='166.10'/>\n\
         <Cube currency='GBP' rate='0.83910'/>\n</Cube>\n</Cube>",
    );
    insta::assert_snapshot!(lines(&ecb(&daily, &body).unwrap().records), @r#"
    {"kind":"rate","base":"EUR","quote":"USD","date":"2026-11-19","rate":"1.0710"}
    {"kind":"rate","base":"EUR","quote":"JPY","date":"2026-11-19","rate":"166.10"}
    {"kind":"rate","base":"EUR","quote":"GBP","date":"2026-11-19","rate":"0.83910"}
    "#);
    let one = envelope(
        "<Cube><Cube time='2026-11-19'><Cube currency='USD' rate='1.0710'/></Cube></Cube>",
    );
    assert_eq!(
        prices(&ecb(&daily, &one).unwrap()),
        ["2026-11-19 EUR USD 1.0710"]
    );
}

#[test]
fn ecb_history_has_every_day() {
    let history = source("[source.ecb-history]");
    assert!(
        ask(&history, "main")
            .url()
            .path()
            .ends_with("eurofxref-hist-90d.xml")
    );
    let body = envelope(
        "<Cube><Cube time=\"2026-11-19\"><Cube currency=\"USD\" rate=\"1.0710\"/><Cube currency=\"GBP\" rate=\"0.8391\"/></Cube>\
         <Cube time=\"2026-11-18\"><Cube currency=\"USD\" rate=\"1.0700\"/></Cube>\
         <Cube><Cube currency=\"USD\" rate=\"9\"/></Cube></Cube>",
    );
    let reading = ecb(&history, &body).unwrap();
    assert_eq!(
        prices(&reading),
        [
            "2026-11-19 EUR USD 1.0710",
            "2026-11-19 EUR GBP 0.8391",
            "2026-11-18 EUR USD 1.0700"
        ]
    );
    // The day that does not say its date.
    assert_eq!(reading.rejected.len(), 1);
    assert_eq!(reading.rejected[0].reason, "`date` is missing");
}

#[test]
fn ecb_a_document_without_rates_or_dates_is_an_error_and_not_no_rates() {
    let source = source("[source.ecb]");
    for (body, what) in [
        (
            envelope("<Cube><Cube><Cube currency='USD' rate='1.0710'/></Cube></Cube>"),
            "`date` is missing",
        ),
        (
            envelope("<Cube><Cube time='soon'><Cube currency='USD' rate='1.0710'/></Cube></Cube>"),
            "`soon` is not a date",
        ),
        (
            envelope("<Cube><Cube time='2026-11-19'/></Cube>"),
            "a day without rates",
        ),
        (envelope("<Cube/>"), "there is no `Cube` with a day in it"),
        (envelope(""), "there is no `Cube` with a day in it"),
        ("<a/>".to_owned(), "there is no `Cube` with a day in it"),
        (
            envelope("<Cube><Cube time='2026-11-19'><Cube currency='USD' rate='0'/></Cube></Cube>"),
            "0 is not a price",
        ),
        (
            envelope("<Cube><Cube time='2026-11-19'>")[..330].to_owned(),
            "",
        ),
        ("<!doctype html><html><body>maintenance".to_owned(), "HTML"),
    ] {
        let error = ecb(&source, &body).unwrap_err();
        assert!(error.to_string().contains(what), "{body}: {error}");
        assert!(error.to_string().len() < 400, "{error}");
    }
}

#[test]
fn open_exchange_rates_are_asked_with_a_key_that_is_not_shown() {
    let source = source("[source.openexchangerates]");
    let asks = source.first_asks();
    assert_eq!(asks.len(), 1);
    assert_eq!(
        asks[0].url().as_str(),
        "https://openexchangerates.org/api/latest.json?app_id=secret-OPENEXCHANGERATES_APP_ID"
    );
    assert_eq!(asks[0].bare_url().query(), None);
    let reading = read(
        &source,
        r#"{"disclaimer":"…","license":"…","timestamp":1795132799,"base":"USD",
            "rates":{"AED":3.6725,"BTC":0.0000105,"EUR":0.933707,"GGP":0.78,"JPY":155.0980000,"USD":1}}"#,
    )
    .unwrap();
    assert_eq!(
        prices(&reading),
        [
            "2026-11-19 USD AED 3.6725",
            "2026-11-19 USD EUR 0.933707",
            "2026-11-19 USD JPY 155.0980000"
        ]
    );
    assert_eq!((reading.skipped, reading.rejected.len()), (3, 0));
}

#[test]
fn open_exchange_rates_errors_are_told_by_their_word() {
    let source = source("[source.openexchangerates]");
    for (status, word, kind) in [
        (401, "missing_app_id", ReadErrorKind::Key),
        (403, "missing_app_id", ReadErrorKind::Key),
        (401, "invalid_app_id", ReadErrorKind::Key),
        (403, "not_allowed", ReadErrorKind::Request),
        (429, "not_allowed", ReadErrorKind::Request),
        (403, "access_restricted", ReadErrorKind::Limited),
        (429, "access_restricted", ReadErrorKind::Limited),
        (400, "invalid_base", ReadErrorKind::Request),
        (404, "not_found", ReadErrorKind::Request),
        // An error inside of a success.
        (200, "invalid_app_id", ReadErrorKind::Key),
    ] {
        let body = format!(
            r#"{{"error":true,"status":{status},"message":"{word}","description":"Words about secret-OPENEXCHANGERATES_APP_ID."}}"#
        );
        let error = answer(&source, &ask(&source, "rates"), status, &body).unwrap_err();
        assert_eq!(
            (error.kind(), error.code()),
            (kind, Some(word)),
            "{status} {error}"
        );
        assert!(error.to_string().contains("Words about ***"), "{error}");
        assert!(error.hint().is_some(), "{word}");
    }
}

#[test]
fn open_exchange_rates_say_what_is_left_of_the_plan() {
    let source = source("[source.openexchangerates]\nstep.usage.skip = false");
    let usage = |left: i64, quota: i64| {
        let body = format!(
            r#"{{"status":200,"data":{{"app_id":"secret-OPENEXCHANGERATES_APP_ID","status":"active",
                "plan":{{"name":"Free","quota":"1000 requests / month","update_frequency":"3600s","features":{{"base":false,"symbols":true}}}},
                "usage":{{"requests":54,"requests_quota":{quota},"requests_remaining":{left},"days_elapsed":3,"days_remaining":28,"daily_average":18}}}}}}"#
        );
        answer(&source, &ask(&source, "usage"), 200, &body)
    };
    let reading = usage(946, 1000).unwrap();
    assert!(!reading.is_partial());
    assert_eq!(
        reading.warnings,
        ["the provider says: plan Free: 946 of 1000 requests left, for 28 days"]
    );
    assert_eq!(
        usage(-1, -1).unwrap().warnings,
        ["the provider says: plan Free: any number of any number requests left, for 28 days"]
    );
    let error = usage(0, 1000).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Limited);
    assert!(
        error
            .to_string()
            .contains("the plan Free is used up, for 28 days"),
        "{error}"
    );
}
