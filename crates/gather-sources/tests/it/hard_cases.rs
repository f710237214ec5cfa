//! Hard cases, by their numbers.

use gather_sources::{Answer, ReadErrorKind, Selector, Source};
use proptest::prelude::*;

use crate::support::{PLAIN, answer, ask, lines, read, source};

#[test]
fn case_18_a_page_for_people_is_named_as_such() {
    let source = source(PLAIN);
    for body in [
        "<!DOCTYPE html><html><body>Sign in to the hotel network</body></html>",
        "\n\n<!-- portal --> <HTML><head></head></HTML>",
        "\u{FEFF}<html lang=en>",
    ] {
        let error = read(&source, body).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::NotTheFormat);
        assert_eq!(
            error.to_string(),
            "not JSON: looks like an HTML login or block page"
        );
    }
    let block = answer(
        &source,
        &ask(&source, "main"),
        403,
        "<html><body>whoa there</body></html>",
    )
    .unwrap_err();
    assert_eq!(block.kind(), ReadErrorKind::NotTheFormat);
    assert!(
        block.to_string().contains("403") && block.to_string().contains("HTML"),
        "{block}"
    );
    let portal = answer(&source, &ask(&source, "main"), 511, "<html>login</html>").unwrap_err();
    assert_eq!(portal.kind(), ReadErrorKind::NotTheFormat);
}

#[test]
fn case_19_an_empty_body_is_an_empty_list() {
    let source = source(PLAIN);
    for (status, body) in [
        (200, ""),
        (200, " \r\n"),
        (204, ""),
        (200, "null"),
        (200, "{\"items\":[]}"),
        (200, "\u{FEFF}"),
    ] {
        let reading = answer(&source, &ask(&source, "main"), status, body).unwrap();
        assert!(
            reading.records.is_empty() && reading.rejected.is_empty(),
            "{status} {body:?}"
        );
    }
}

#[test]
fn case_65_a_bomb_of_brackets_is_an_error() {
    let source = source(PLAIN);
    for bomb in ["[", "{\"a\":", "[{\"a\":"] {
        let error = read(&source, &bomb.repeat(100_000)).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Malformed);
        assert!(error.to_string().contains("too deep"), "{error}");
    }
    let in_item = format!(
        r#"{{"items":[{{"id":1,"title":{}}}]}}"#,
        "[".repeat(100_000)
    );
    assert!(read(&source, &in_item).is_err());
}

#[test]
fn case_70_a_field_of_another_type_costs_the_field_and_not_the_row() {
    let source = source(PLAIN);
    let reading = read(
        &source,
        r#"{"items":[
        {"id":9007199254740993,"title":"a","score":5,"date":"2026-11-20"},
        {"id":"b","title":null,"score":"5","new":{"x":1}},
        {"id":1234567890123456789012,"title":7,"score":null,"date":"once upon a time"},
        {"id":4,"title":["x"],"score":1e400},
        {"id":5}]}"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"
    {"kind":"article","id":"9007199254740993","title":"a","url":null,"published_at":"2026-11-20T00:00:00Z","author":null,"summary":null,"section":null,"score":5,"comments":null}
    {"kind":"article","id":"b","title":null,"url":null,"published_at":null,"author":null,"summary":null,"section":null,"score":5,"comments":null}
    {"kind":"article","id":"1234567890123456789012","title":"7","url":null,"published_at":null,"author":null,"summary":null,"section":null,"score":null,"comments":null}
    {"kind":"article","id":"4","title":null,"url":null,"published_at":null,"author":null,"summary":null,"section":null,"score":null,"comments":null}
    {"kind":"article","id":"5","title":null,"url":null,"published_at":null,"author":null,"summary":null,"section":null,"score":null,"comments":null}
    "#);
    insta::assert_debug_snapshot!(reading.warnings, @r#"
    [
        "`published_at` of 1 article left empty: `once upon a time` is not a date",
        "`score` of 1 article left empty: `1e400` is not a whole number",
        "`title` of 1 article left empty: an array is not a text",
    ]
    "#);
}

#[test]
fn case_70_a_field_that_most_rows_lost_means_the_shape_has_changed() {
    let rows: Vec<String> = (0..10)
        .map(|n| format!(r#"{{"id":{n},"date":{{"when":"2026-11-20"}}}}"#))
        .collect();
    let error = read(
        &source(PLAIN),
        &format!(r#"{{"items":[{}]}}"#, rows.join(",")),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the shape has changed: `published_at` cannot be read in 10 of 10 rows: an object is not a date"
    );
}

#[test]
fn case_71_an_error_inside_a_success_is_an_error() {
    let source = source(PLAIN);
    for (body, words) in [
        (
            r#"{"status":"error","message":"no such feed"}"#,
            "no such feed",
        ),
        (r#"{"errors":[{"message":"bad token"}]}"#, "bad token"),
        (r#"{"errors":["bad <b>token</b>"]}"#, "bad token"),
        (
            r#"{"cod":"404","message":"city not found"}"#,
            "city not found",
        ),
        (r#"{"error":{"code":7,"message":"gone"}}"#, "gone"),
        (r#"{"error":"gone"}"#, "gone"),
    ] {
        let error = read(&source, body).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Provider, "{body}");
        assert_eq!(error.to_string(), format!("reported an error: {words}"));
    }
    // A message without any wrapper: what was due is not there, and the words are shown.
    let error = read(&source, r#"{"message":"Not here any more"}"#).unwrap_err();
    assert!(error.to_string().contains("Not here any more"), "{error}");
}

#[test]
fn case_71_what_came_beside_an_error_is_kept() {
    let reading = read(
        &source(PLAIN),
        r#"{"errors":["one part is late"],"items":[{"id":1,"title":"t"}]}"#,
    )
    .unwrap();
    assert_eq!(reading.records.len(), 1);
    assert!(
        reading
            .provider_error
            .as_deref()
            .unwrap()
            .ends_with("one part is late")
    );
    assert!(reading.is_partial());
}

#[test]
fn case_72_a_selector_that_matches_nothing_in_a_full_body_is_loud() {
    let rows: Vec<String> = (0..1000)
        .map(|n| format!(r#"{{"id":{n},"title":"story {n}"}}"#))
        .collect();
    let body = format!(r#"{{"data":{{"entries":[{}]}}}}"#, rows.join(","));
    let soft = source(&PLAIN.replace(".items[]", ".items // [] | .[]"));
    let error = read(&soft, &body).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::ShapeChanged);
    assert_eq!(
        error.to_string(),
        format!(
            "the shape has changed: `.items // [] | .[]` matched 0 rows of a {} KB body",
            body.len() / 1024
        )
    );
    let hard = read(&source(PLAIN), &body).unwrap_err();
    assert_eq!(hard.kind(), ReadErrorKind::ShapeChanged);
    assert!(
        hard.to_string().contains("`.items[]` does not fit"),
        "{hard}"
    );
    assert!(read(&soft, r#"{"items":[]}"#).unwrap().records.is_empty());
}

#[test]
fn case_72_a_list_to_follow_that_is_gone_is_loud() {
    let error = read(&source("[source.hackernews]"), r#"{"ids":[1,2,3]}"#).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::ShapeChanged);
}

#[test]
fn sources_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Source>();
    shared::<Selector>();
}

/// Any JSON with the names that the sources here look for.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,20}".prop_map(Into::into),
        Just("2026-11-20".into()),
        Just("12.50".into()),
        Just("https://a.example/x".into()),
    ];
    let name = prop_oneof![
        Just("id"),
        Just("items"),
        Just("title"),
        Just("date"),
        Just("score"),
        Just("errors"),
        Just("status"),
        Just("message"),
        Just("response"),
        Just("results"),
        Just("rates"),
        Just("amount"),
        Just("cod"),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| {
                let fields = fields.into_iter().map(|(k, v)| (k.to_owned(), v));
                serde_json::Value::Object(fields.collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn any_answer_is_read_or_refused(body in json(), status in prop_oneof![Just(200_u16), Just(404), Just(500)]) {
        thread_local! {
            static SOURCES: Vec<Source> = vec![
                source(PLAIN),
                source("[source.guardian]"),
                source("[source.hackernews]"),
                source("[source.frankfurter]"),
                source("[source.bank]\npreset = \"json-bank\"\nbase = \"https://b.example\"\ncurrency = \"EUR\""),
                source("[source.f]\nfeed = \"https://f.example/\""),
            ];
        }
        let body = body.to_string();
        SOURCES.with(|sources| {
            for source in sources {
                for ask in source.first_asks() {
                    let answer = Answer {
                        status,
                        content_type: None,
                        links: &[],
                        final_url: ask.url(),
                        body: body.as_bytes(),
                    };
                    match source.read(&ask, &answer) {
                        Ok(reading) => assert!(reading.records.len() + reading.rejected.len() <= body.len()),
                        Err(error) => assert!(!error.to_string().is_empty()),
                    }
                }
            }
        });
    }
}
