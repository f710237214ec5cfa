//! Reddit, with an approved app and without.

use gather_records::Record;
use gather_sources::{Answer, ReadError, ReadErrorKind, Reading, Source};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{answer, ask, lines, source};

const REDDIT: &str = "[source.reddit]\nparams.sub = \"handtools\"\n";
const RSS: &str = "[source.reddit-rss]\nparams.sub = \"handtools\"\n";

/// A link, with these fields otherwise.
fn post(id: &str, fields: Value) -> Value {
    let mut data = json!({
        "id": id, "name": format!("t3_{id}"), "title": "Bench &amp; vise, part &lt;2&gt;", "author": "oakplane",
        "subreddit": "handtools", "permalink": format!("/r/handtools/comments/{id}/bench/"),
        "url": "https://blog.example/bench?a=1&amp;b=2", "domain": "blog.example", "is_self": false, "selftext": "",
        "selftext_html": null, "score": 12, "ups": 12, "num_comments": 4, "created_utc": 1_763_625_600.0,
        "created": 1_763_654_400.0, "edited": false, "over_18": false, "stickied": false, "thumbnail": "default",
        "removed_by_category": null,
    });
    if let (Some(data), Value::Object(fields)) = (data.as_object_mut(), fields) {
        data.extend(fields);
    }
    json!({ "kind": "t3", "data": data })
}

fn listing(after: Option<&str>, posts: &[Value]) -> String {
    let data = json!({
        "after": after, "dist": posts.len(), "modhash": "", "before": null, "children": posts,
    });
    json!({ "kind": "Listing", "data": data }).to_string()
}

#[test]
fn a_listing_is_asked_for_with_a_token_and_read() {
    let source = source(REDDIT);
    let first = ask(&source, "main");
    assert_eq!(
        first.url().as_str(),
        "https://oauth.reddit.com/r/handtools/hot?limit=100"
    );
    assert!(first.wants_token());
    let token = source.token_ask().unwrap();
    assert_eq!(
        token.url().as_str(),
        "https://www.reddit.com/api/v1/access_token"
    );
    let own = json!({
        "is_self": true, "selftext": "What do **you** use?",
        "selftext_html": "&lt;p&gt;What do &lt;b&gt;you&lt;/b&gt; use, &amp;amp; why?&lt;/p&gt;",
        "url": "https://www.reddit.com/r/handtools/comments/b2/bench/",
    });
    let body = listing(
        None,
        &[
            post("a1", json!({})),
            post("b2", own),
            post(
                "c3",
                json!({ "author": "[deleted]", "edited": 1_763_629_200.0 }),
            ),
            post("d4", json!({ "removed_by_category": "moderator" })),
        ],
    );
    let reading = answer(&source, &first, 200, &body).unwrap();
    assert_eq!(
        (
            reading.skipped,
            reading.rejected.len(),
            &reading.warnings[..]
        ),
        (1, 0, &[][..])
    );
    insta::assert_snapshot!(lines(&reading.records), @r#"
    {"kind":"article","id":"t3_a1","title":"Bench & vise, part <2>","url":"https://blog.example/bench?a=1&b=2","published_at":"2025-11-20T08:00:00Z","author":"oakplane","summary":null,"section":"r/handtools","score":12,"comments":4}
    {"kind":"article","id":"t3_b2","title":"Bench & vise, part <2>","url":"https://www.reddit.com/r/handtools/comments/b2/bench/","published_at":"2025-11-20T08:00:00Z","author":"oakplane","summary":"What do **you** use?","section":"r/handtools","score":12,"comments":4,"content":"<p>What do <b>you</b> use, &amp; why?</p>"}
    {"kind":"article","id":"t3_c3","title":"Bench & vise, part <2>","url":"https://blog.example/bench?a=1&b=2","published_at":"2025-11-20T08:00:00Z","author":null,"summary":null,"section":"r/handtools","score":12,"comments":4}
    "#);
}

#[test]
fn pages_go_by_the_name_of_the_last_post_and_repeat_what_is_stuck() {
    let source = source(&format!("{REDDIT}pages = {{ max = 5 }}\n"));
    let stuck = post("s0", json!({ "stickied": true }));
    let first = ask(&source, "main");
    let body = listing(Some("t3_a1"), &[stuck.clone(), post("a1", json!({}))]);
    let reading = answer(&source, &first, 200, &body).unwrap();
    assert_eq!(
        reading.follow[0].url().as_str(),
        "https://oauth.reddit.com/r/handtools/hot?limit=100&after=t3_a1"
    );
    assert!(reading.follow[0].wants_token());
    let body = listing(None, &[stuck, post("b2", json!({}))]);
    let last = answer(&source, &reading.follow[0], 200, &body).unwrap();
    assert!(last.follow.is_empty() && last.warnings.is_empty());
    let id = |record: &Record| match record {
        Record::Article(article) => article.id.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        last.records.iter().map(id).collect::<Vec<_>>(),
        ["t3_s0", "t3_b2"],
        "the store has the first already"
    );
}

#[test]
fn case_16_a_token_that_has_ended_can_be_told_from_a_wrong_app() {
    let source = source(REDDIT);
    let body = br#"{"message":"Unauthorized","error":401}"#;
    let url = ask(&source, "main").url().clone();
    let refused = Answer {
        status: 401,
        content_type: Some("application/json"),
        links: &[],
        final_url: &url,
        body,
    };
    let header = Some("Bearer realm=\"reddit\", error=\"invalid_token\"");
    assert!(source.token_refused(&refused, header));
    let error = source.read_token(401, body).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Key);
    let given = source
        .read_token(
            200,
            br#"{"access_token":"abc-1","token_type":"bearer","expires_in":3600,"scope":"*"}"#,
        )
        .unwrap();
    assert_eq!(given.value.expose_secret(), "abc-1");
    assert_eq!(given.lives.map(|life| life.as_secs()), Some(3_600));
}

fn refused(source: &Source, status: u16, body: &str) -> ReadError {
    answer(source, &ask(source, "main"), status, body).unwrap_err()
}

#[test]
fn errors_say_what_to_look_at() {
    let source = source(REDDIT);
    for (status, body, kind, word) in [
        (
            403,
            r#"{"reason":"private","message":"Forbidden","error":403}"#,
            ReadErrorKind::Request,
            "private",
        ),
        (
            404,
            r#"{"reason":"banned","message":"Not Found","error":404}"#,
            ReadErrorKind::Request,
            "banned",
        ),
        (
            404,
            r#"{"message":"Not Found","error":404}"#,
            ReadErrorKind::Request,
            "params.sub",
        ),
        (
            403,
            r#"{"message":"Forbidden","error":403}"#,
            ReadErrorKind::Key,
            "approves",
        ),
        (
            401,
            r#"{"message":"Unauthorized","error":401}"#,
            ReadErrorKind::Key,
            "REDDIT_SECRET",
        ),
        (
            429,
            r#"{"message":"Too Many Requests","error":429}"#,
            ReadErrorKind::Limited,
            "a minute",
        ),
        (429, r#"{"error":429}"#, ReadErrorKind::Limited, "a minute"),
    ] {
        let error = refused(&source, status, body);
        assert_eq!(error.kind(), kind, "{body}: {error}");
        assert!(error.hint().unwrap().contains(word), "{error:?}");
    }
}

#[test]
fn case_71_a_list_of_errors_inside_a_success_is_an_error() {
    let source = source(REDDIT);
    let body = r#"{"json":{"errors":[["RATELIMIT","you are doing that too much","ratelimit"]]}}"#;
    let error = refused(&source, 200, body);
    assert!(
        error.to_string().contains("you are doing that too much"),
        "{error}"
    );
}

const BLOCKED: &str = "<!doctype html>\n<html><head><title>Blocked</title></head><body><h1>whoa there, pardner!</h1></body></html>";

#[test]
fn the_block_page_is_named_and_no_second_try_would_help() {
    let error = refused(&source(RSS), 403, BLOCKED);
    assert_eq!(error.kind(), ReadErrorKind::Request);
    assert!(error.to_string().contains("block page"), "{error}");
    assert!(error.hint().unwrap().contains("preset `reddit`"));
    let error = refused(&source(REDDIT), 403, BLOCKED);
    assert_eq!(error.kind(), ReadErrorKind::Key);
    assert!(error.to_string().contains("block page"), "{error}");
    // An unknown subreddit leads to a page for people.
    let error = refused(&source(REDDIT), 200, BLOCKED);
    assert_eq!(error.kind(), ReadErrorKind::NotTheFormat);
}

#[test]
fn the_feed_is_read_as_any_other() {
    let source = source(RSS);
    assert_eq!(
        ask(&source, "main").url().as_str(),
        "https://www.reddit.com/r/handtools/.rss"
    );
    let reading: Reading = answer(
        &source,
        &ask(&source, "main"),
        200,
        r#"<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><category term="handtools" label="r/handtools"/>
        <updated>2025-11-20T08:00:00+00:00</updated><id>/r/handtools/.rss</id><title>handtools</title>
        <entry><author><name>/u/oakplane</name></author><category term="handtools" label="r/handtools"/>
        <content type="html">&lt;p&gt;Which one?&lt;/p&gt;</content><id>t3_a1</id>
        <link href="https://www.reddit.com/r/handtools/comments/a1/bench/"/><updated>2025-11-20T08:00:00+00:00</updated>
        <published>2025-11-20T08:00:00+00:00</published><title>Bench &amp; vise</title></entry></feed>"#,
    )
    .unwrap();
    assert!(reading.feed);
    let Record::Article(article) = &reading.records[0] else {
        panic!("{:?}", reading.records)
    };
    assert_eq!(
        (article.id.as_str(), article.title.as_deref()),
        ("t3_a1", Some("Bench & vise"))
    );
}
