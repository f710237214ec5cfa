//! `parse` and `select`: bytes in, lines of JSON out.

use std::ops::ControlFlow;

use gather_sources::{ParsedFormat, Selector, parse, select};
use url::Url;

#[test]
fn an_answer_that_a_preset_reads_becomes_records() {
    let guardian = br#"{"response":{"status":"ok","results":[{"id":"a/b","webTitle":"T","webUrl":"https://g.example/a/b"}]}}"#;
    let parsed = parse(guardian, None, None).unwrap();
    assert_eq!(parsed.format, ParsedFormat::Preset("guardian".to_owned()));
    assert!(
        parsed.lines[0].starts_with(r#"{"kind":"article","id":"a/b","title":"T""#),
        "{:?}",
        parsed.lines
    );
    for (body, preset) in [
        (
            r#"{"status":"ok","totalResults":0,"articles":[]}"#,
            "newsapi",
        ),
        (
            r#"{"id":1,"type":"story","time":1763625600,"title":"x"}"#,
            "hackernews",
        ),
        (
            r#"{"amount":1.0,"base":"EUR","date":"2026-11-19","rates":{"USD":1.07}}"#,
            "frankfurter",
        ),
    ] {
        let parsed = parse(body.as_bytes(), None, None).unwrap();
        assert_eq!(parsed.format, ParsedFormat::Preset(preset.to_owned()));
    }
}

#[test]
fn other_json_is_shown_row_by_row_untouched() {
    let parsed = parse(b"[{\"a\": 0.10}, 12345678901234567890, \"x\"]", None, None).unwrap();
    assert_eq!(parsed.format, ParsedFormat::Json);
    assert_eq!(
        parsed.lines,
        ["{\"a\":0.10}", "12345678901234567890", "\"x\""]
    );
    let parsed = parse(b"{\"a\":1}\n{\"a\":2}\n", None, None).unwrap();
    assert_eq!(parsed.lines, ["{\"a\":1}", "{\"a\":2}"]);
    assert!(parse(b" \n", None, None).unwrap().lines.is_empty());
}

#[test]
fn feeds_are_told_by_content() {
    let base = Url::parse("https://f.example/feed").unwrap();
    let rss = b"<rss version=\"2.0\"><channel><title>t</title><link>x</link><description>d</description><item><guid isPermaLink=\"false\">1</guid><link>/1</link></item></channel></rss>";
    let parsed = parse(rss, Some("text/plain"), Some(&base)).unwrap();
    assert_eq!(parsed.format, ParsedFormat::Feed);
    assert!(
        parsed.lines[0].contains("https://f.example/1"),
        "{:?}",
        parsed.lines
    );
    let json = br#"{"version":"https://jsonfeed.org/version/1","title":"t","items":[{"id":"1"},{"title":"no id"},{"id":"3"}]}"#;
    let parsed = parse(json, None, None).unwrap();
    assert_eq!(
        (parsed.format, parsed.lines.len()),
        (ParsedFormat::JsonFeed, 2)
    );
    assert_eq!(parsed.warnings, ["row 1 was rejected: `id` is missing"]);
}

#[test]
fn broken_input_has_its_place() {
    let error = parse(b"{\"a\": 1}\n{\"a\": }", None, None).unwrap_err();
    assert!(error.to_string().contains("line 2, column 7"), "{error}");
    assert!(parse(b"<!doctype html>", None, None).is_err());
}

#[test]
fn a_broken_feed_has_its_place() {
    let deep = format!("<rss>\n<channel>\n{}", "<a>".repeat(300));
    for (text, place, words) in [
        (
            "\n <!DOCTYPE rss [<!ENTITY e 'x'>]><rss><channel/></rss>",
            (2, 2),
            "entities of its own, which are not read at line 2, column 2",
        ),
        (&deep, (3, 254 * 3 + 1), "deeper than 256"),
        (
            "\n<rss><channel><item>\n<title>ä",
            (3, 9),
            "before the first item does at line 3, column 9",
        ),
        ("\n\n  <!-- feed -->", (3, 3), "it has no elements"),
    ] {
        let error = parse(text.as_bytes(), None, None).unwrap_err();
        assert_eq!(error.position(), Some(place), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn the_same_input_twice_gives_the_same_lines() {
    let body = br#"{"b":1,"a":{"z":1,"y":[1.0,2]}}"#;
    assert_eq!(
        parse(body, None, None).unwrap().lines,
        parse(body, None, None).unwrap().lines
    );
    assert_eq!(
        parse(body, None, None).unwrap().lines,
        [r#"{"b":1,"a":{"z":1,"y":[1.0,2]}}"#]
    );
}

#[test]
fn select_runs_over_every_document() {
    assert_eq!(
        select(".a, .b", b"{\"a\":1,\"b\":0.10}\n{\"a\":2}").unwrap(),
        ["1", "0.10", "2", "null"]
    );
    assert_eq!(
        select("def twice: . * 2; map(twice)", b"[1,2]").unwrap(),
        ["[2,4]"]
    );
}

#[test]
fn select_says_where_it_fails() {
    let error = select(".a |\n nope", b"1").unwrap_err();
    assert_eq!(
        (error.in_expression, error.line, error.column),
        (true, 2, 2)
    );
    assert_eq!(
        error.to_string(),
        "expression, line 2, column 2: there is no function `nope`; a field is written `.nope`, a text `\"nope\"`"
    );
    let error = select(".", b"{\"a\":1}\n[1,\n oops]").unwrap_err();
    assert_eq!(
        (error.in_expression, error.line, error.column),
        (false, 3, 2)
    );
    let error = select(".a", b"[1]").unwrap_err();
    assert!(
        error.in_expression && error.message.contains("index"),
        "{error}"
    );
}

#[test]
fn an_endless_selection_can_be_cut_off() {
    let mut seen = 0;
    Selector::compile("repeat(1)")
        .unwrap()
        .run(b"1", &mut |_| {
            seen += 1;
            if seen == 1000 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(seen, 1000);
}
