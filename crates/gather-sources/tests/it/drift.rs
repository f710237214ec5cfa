//! Providers that change their answers: what is told, and what the store needs to find out the rest.

use gather_sources::{Answer, Filled, ReadErrorKind};

use crate::support::{PLAIN, answer, ask, lines, read, source};

#[test]
fn case_72_how_many_rows_had_each_field_is_counted() {
    let reading = read(
        &source(PLAIN),
        r#"{"items":[{"id":1,"title":"a","score":5},{"id":2,"title":"b","date":"2026-11-20"},{"id":3}]}"#,
    )
    .unwrap();
    let counts: Vec<String> = reading
        .filled
        .iter()
        .map(
            |Filled {
                 kind,
                 field,
                 filled,
                 rows,
                 ..
             }| format!("{kind}.{field} {filled}/{rows}"),
        )
        .collect();
    // `url`, `author` and so on are not looked for, so nothing is said of them.
    assert_eq!(
        counts,
        [
            "article.title 2/3",
            "article.published_at 1/3",
            "article.score 1/3"
        ]
    );
    assert!(!reading.feed);
    assert!(
        read(&source(PLAIN), r#"{"items":[]}"#)
            .unwrap()
            .filled
            .is_empty()
    );
}

#[test]
fn case_72_the_fields_of_money_are_counted_where_they_can_be_absent() {
    let bank = source(
        r#"
[source.bank]
url = "https://b.example/"
currency = "EUR"
[source.bank.account]
each = ".accounts[]"
id = ".id"
name = ".name"
balance = ".balance"
as_of = ".at"
[source.bank.transaction]
each = ".moves[]"
id = ".id"
amount = ".amount"
date = ".date"
pending = ".pending"
"#,
    );
    let reading = read(
        &bank,
        r#"{"accounts":[{"id":1,"name":"n","balance":"1.00"}],"moves":[{"id":1,"amount":"2.00","date":"2026-11-20"},{"id":2,"amount":"3.00"}]}"#,
    )
    .unwrap();
    let counts: Vec<String> = reading
        .filled
        .iter()
        .map(|count| {
            format!(
                "{}.{} {}/{}",
                count.kind, count.field, count.filled, count.rows
            )
        })
        .collect();
    assert_eq!(counts, ["account.as_of 0/1", "transaction.date 1/2"]);
}

#[test]
fn a_feed_says_that_it_is_one_and_counts_its_fields() {
    let source = source("[source.f]\nfeed = \"https://f.example/\"\n");
    let reading = read(
        &source,
        "<rss version='2.0'><channel><title>t</title><link>https://f.example</link><description>d</description>\
         <item><guid>1</guid><title>a</title></item><item><guid>2</guid></item></channel></rss>",
    )
    .unwrap();
    assert!(reading.feed);
    let title = reading
        .filled
        .iter()
        .find(|count| count.field == "title")
        .unwrap();
    assert_eq!((title.filled, title.rows), (1, 2));
}

#[test]
fn case_70_rows_of_which_too_many_are_rejected_are_not_believed() {
    let body = |good: usize, bad: usize| {
        let rows: Vec<String> = (0..good)
            .map(|id| format!("{{\"id\":{id}}}"))
            .chain((0..bad).map(|_| "{\"ident\":1}".to_owned()))
            .collect();
        format!("{{\"items\":[{}]}}", rows.join(","))
    };
    let source = source(PLAIN);
    let few = read(&source, &body(6, 3)).unwrap();
    assert_eq!((few.records.len(), few.rejected.len()), (6, 3));
    let many = read(&source, &body(3, 6)).unwrap_err();
    assert_eq!(many.kind(), ReadErrorKind::ShapeChanged);
    assert_eq!(
        many.to_string(),
        "the shape has changed: 6 of 9 rows are no article; row 3: `id` is missing"
    );
}

#[test]
fn case_58_an_id_is_the_same_text_as_a_number_and_as_a_text() {
    let source = source(PLAIN);
    let id = |body: &str| lines(&read(&source, body).unwrap().records);
    assert_eq!(
        id(r#"{"items":[{"id":1,"title":"t"}]}"#),
        id(r#"{"items":[{"id":"1","title":"t"}]}"#)
    );
    assert_ne!(
        id(r#"{"items":[{"id":9007199254740993}]}"#),
        id(r#"{"items":[{"id":9007199254740992}]}"#)
    );
}

#[test]
fn case_71_errors_inside_a_success_of_every_common_shape() {
    let source = source(PLAIN);
    for (body, words, code) in [
        (
            r#"{"json":{"errors":[["RATELIMIT","you are doing that too much","ratelimit"]]}}"#,
            "you are doing that too much",
            Some("RATELIMIT"),
        ),
        (
            r#"{"json":{"errors":[]},"errors":{"q":"is too long"}}"#,
            "{\"q\":\"is too long\"}",
            None,
        ),
        (
            r#"{"cod":404,"message":"city not found"}"#,
            "city not found",
            Some("404"),
        ),
        (
            r#"{"cod":"401","message":"Invalid API key"}"#,
            "Invalid API key",
            Some("401"),
        ),
        (r#"{"ok":false,"error":"not_authed"}"#, "not_authed", None),
        (
            r#"{"success":false,"message":"no such thing"}"#,
            "no such thing",
            None,
        ),
        (
            r#"{"status":"error","code":"x","message":"y"}"#,
            "y",
            Some("x"),
        ),
        (r#"{"message":"Limit exceeded"}"#, "Limit exceeded", None),
    ] {
        let error = read(&source, body).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Provider, "{body}: {error}");
        assert_eq!(
            error.to_string(),
            format!("reported an error: {words}"),
            "{body}"
        );
        assert_eq!(error.code(), code, "{body}");
    }
    // What only looks like one is none.
    for body in [
        r#"{"cod":"200","message":0,"errors":[],"error":null,"ok":true,"items":[{"id":1}]}"#,
        r#"{"status":"ok","success":true,"json":{"errors":[]},"items":[{"id":1}]}"#,
    ] {
        let reading = read(&source, body).unwrap();
        assert_eq!((reading.records.len(), reading.provider_error), (1, None));
    }
}

#[test]
fn problem_details_are_told_in_their_own_words() {
    let source = source(PLAIN);
    let asked = ask(&source, "main");
    let told = |status: u16, content_type: &str, body: &str| {
        source
            .read(
                &asked,
                &Answer {
                    status,
                    content_type: Some(content_type),
                    links: &[],
                    final_url: asked.url(),
                    body: body.as_bytes(),
                },
            )
            .unwrap_err()
    };
    let error = told(
        403,
        "application/problem+json; charset=utf-8",
        r#"{"type":"https://e.example/credit","title":"You do not have enough credit.","detail":"Your balance is 30.","status":400,"instance":7}"#,
    );
    assert_eq!(
        error.to_string(),
        "answered 403: You do not have enough credit: Your balance is 30."
    );
    assert_eq!(
        (error.status(), error.code()),
        (Some(403), Some("https://e.example/credit"))
    );
    let error = told(
        200,
        "application/problem+json",
        r#"{"type":"about:blank","title":7,"detail":"late"}"#,
    );
    assert_eq!(error.to_string(), "reported an error: late");
    let error = told(
        503,
        "application/problem+xml",
        "<problem xmlns='urn:ietf:rfc:7807'><title>Down</title><detail>for repair</detail></problem>",
    );
    assert_eq!(error.to_string(), "answered 503: Down: for repair");
    let error = told(
        403,
        "application/xml",
        "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access &lt;denied&gt;</Message></Error>",
    );
    assert_eq!(
        (error.to_string().as_str(), error.code()),
        ("answered 403: Access <denied>", Some("AccessDenied"))
    );
    let error = told(400, "text/xml", "<error>bad key</error>");
    assert_eq!(error.to_string(), "answered 400: bad key");
    for body in ["", "[]", "{}", "null", "<a>"] {
        let error = told(500, "application/problem+json", body);
        assert!(error.to_string().starts_with("answered 500"), "{error}");
    }
}

#[test]
fn case_19_a_later_page_that_is_empty_is_no_drift() {
    let text = PLAIN.replace(
        "[source.plain]\n",
        "[source.plain]\npages = { page = \"page\" }\n",
    );
    let source = source(&text);
    let first = read(&source, r#"{"items":[{"id":1}]}"#).unwrap();
    let padding = "x".repeat(4_000);
    let body = format!("{{\"items\":[],\"facets\":[1,2],\"notes\":\"{padding}\"}}");
    let last = answer(&source, &first.follow[0], 200, &body).unwrap();
    assert!(last.records.is_empty() && last.follow.is_empty() && last.warnings.is_empty());
    // As a first page the same body says that the list is elsewhere now.
    assert!(read(&source, &body).is_err());
}
