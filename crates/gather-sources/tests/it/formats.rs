//! Answers of every format, mapped by the same expressions; broken ones refused in words; any bytes survived.

use gather_sources::{Answer, ParsedFormat, ReadError, ReadErrorKind, Reading, Source, parse};
use proptest::prelude::*;

use crate::support::{lines, source};

fn of(format: &str, more: &str) -> Source {
    source(&format!(
        r##"
[source.f]
url = "https://f.example/data"
format = "{format}"
{more}
[source.f.article]
each = "if type == \"array\" then .[] else .list.item | if type == \"array\" then .[] else . end end"
id = '.id // .["@id"]'
title = '.title // .["#text"]'
score = ".score"
"##
    ))
}

fn read(source: &Source, content_type: Option<&str>, body: &[u8]) -> Result<Reading, ReadError> {
    let ask = source.first_asks().remove(0);
    source.read(
        &ask,
        &Answer {
            status: 200,
            content_type,
            links: &[],
            final_url: ask.url(),
            body,
        },
    )
}

fn titles(reading: &Reading) -> Vec<String> {
    let line = lines(&reading.records);
    line.lines()
        .map(|line| {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            format!(
                "{}={}",
                record["id"].as_str().unwrap(),
                record["title"].as_str().unwrap_or("-")
            )
        })
        .collect()
}

#[test]
fn every_format_is_mapped_by_the_same_expressions() {
    let expected = ["007=a", "8=b, c"];
    for (format, more, body) in [
        (
            "json",
            "",
            r#"[{"id":"007","title":"a"},{"id":8,"title":"b, c"}]"#,
        ),
        (
            "ndjson",
            "",
            "{\"id\":\"007\",\"title\":\"a\"}\n{\"id\":8,\"title\":\"b, c\"}\n",
        ),
        ("csv", "", "id,title\n007,a\n8,\"b, c\"\n"),
        (
            "csv",
            "csv = { delimiter = \";\", quote = \"'\", header = [\"id\", \"title\"] }",
            "007;a\n8;'b, c'\n",
        ),
        (
            "xml",
            "",
            "<list><item><id>007</id><title>a</title></item><item id='8'>b, c</item></list>",
        ),
    ] {
        let source = of(format, more);
        let reading = read(&source, None, body.as_bytes()).unwrap();
        assert_eq!(titles(&reading), expected, "{format}");
        assert!(reading.warnings.is_empty() && reading.rejected.is_empty());
    }
    let one = read(&of("xml", ""), None, b"<list><item id='1'/></list>").unwrap();
    assert_eq!(titles(&one), ["1=-"]);
}

#[test]
fn lines_of_json_are_known_by_their_looks_and_by_their_label() {
    let source = of("json", "");
    let body = b"{\"id\": 0, \"url\": \"x\"}\n{\"id\": 1, \"url\": \"x\"}\n";
    for content_type in [None, Some("application/json"), Some("application/x-ndjson")] {
        let reading = read(&source, content_type, body).unwrap();
        assert_eq!(titles(&reading), ["0=-", "1=-"], "{content_type:?}");
    }
    let one = read(&source, Some("application/x-ndjson"), b"{\"id\":5}\n").unwrap();
    assert_eq!(titles(&one), ["5=-"]);
}

#[test]
fn a_line_that_was_cut_off_costs_that_line() {
    let source = of("json", "");
    let reading = read(
        &source,
        None,
        b"{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n{\"id\":",
    )
    .unwrap();
    assert_eq!(titles(&reading), ["1=-", "2=-", "3=-"]);
    assert_eq!(reading.rejected[0].row, 3);
    assert!(reading.is_partial());
}

#[test]
fn a_row_of_a_table_that_is_too_long_is_rejected() {
    let source = of("csv", "");
    let reading = read(&source, None, b"id,title\n1,a\n2,b,c\n3,d,\n\n4\n").unwrap();
    assert_eq!(titles(&reading), ["1=a", "3=d", "4=-"]);
    assert_eq!(
        reading.rejected[0].reason,
        "3 cells under 2 names; is `csv.delimiter` right?"
    );
}

#[test]
fn what_is_not_the_format_is_said_to_be_something_else() {
    for (format, body, kind, words) in [
        (
            "json",
            ")]}',\n[1]",
            ReadErrorKind::Malformed,
            "guard against scripts",
        ),
        (
            "json",
            "jsonp_7({\"a\":1});",
            ReadErrorKind::Malformed,
            "calls `jsonp_7`",
        ),
        (
            "json",
            "[1, NaN]",
            ReadErrorKind::Malformed,
            "`NaN` is not JSON at line 1, column 5",
        ),
        (
            "json",
            "{\"a\":1,}",
            ReadErrorKind::Malformed,
            "trailing comma",
        ),
        (
            "json",
            "<!doctype html>",
            ReadErrorKind::NotTheFormat,
            "not JSON: looks like an HTML",
        ),
        (
            "csv",
            "<html><body>",
            ReadErrorKind::NotTheFormat,
            "not CSV: looks like an HTML",
        ),
        (
            "xml",
            "<html lang=en>",
            ReadErrorKind::NotTheFormat,
            "not XML: looks like an HTML",
        ),
        (
            "ndjson",
            "<head>",
            ReadErrorKind::NotTheFormat,
            "not lines of JSON: looks like",
        ),
        ("xml", "<a><b></a>", ReadErrorKind::Malformed, "broken XML"),
        ("xml", "{\"a\":1}", ReadErrorKind::Malformed, "broken XML"),
        (
            "ndjson",
            "a\nb\nc\nd\n",
            ReadErrorKind::Malformed,
            "4 of 4 rows",
        ),
        (
            "csv",
            "a\n1,2\n3,4\n",
            ReadErrorKind::Malformed,
            "csv.delimiter",
        ),
    ] {
        let error = read(&of(format, ""), None, body.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), kind, "{body}: {error}");
        assert!(error.to_string().contains(words), "{body}: {error}");
    }
}

#[test]
fn another_format_than_declared_is_hinted_at() {
    let hint = |content_type, body: &[u8]| {
        let error = read(&of("json", ""), content_type, body).unwrap_err();
        error.hint().unwrap_or_default().to_owned()
    };
    assert!(hint(None, b"<list/>").contains("format = \"xml\""));
    assert!(hint(Some("text/csv"), b"id,title\n1,a\n").contains("format = \"csv\""));
    assert_eq!(hint(None, b"words"), "");
    // A root element may be called as one of HTML's is.
    assert_eq!(
        parse(b"<body><a>1</a></body>", Some("application/xml"), None)
            .unwrap()
            .lines,
        [r#"{"body":{"a":"1"}}"#]
    );
}

#[test]
fn a_name_that_is_repeated_is_told() {
    let reading = read(
        &of("json", ""),
        None,
        br#"[{"id":1,"title":"a","title":"b"}]"#,
    )
    .unwrap();
    assert_eq!(titles(&reading), ["1=b"]);
    assert_eq!(
        reading.warnings,
        ["`title` stands more than once in one object; the last one counts"]
    );
}

#[test]
fn an_empty_answer_is_an_empty_list_in_every_format() {
    for format in ["json", "ndjson", "csv", "xml"] {
        for body in ["", " \n", "\u{FEFF}\n"] {
            let reading = read(&of(format, ""), None, body.as_bytes()).unwrap();
            assert!(
                reading.records.is_empty() && reading.rejected.is_empty(),
                "{format}"
            );
        }
    }
    let header_only = read(&of("csv", ""), None, b"id,title\n").unwrap();
    assert!(header_only.records.is_empty());
}

#[test]
fn parse_tells_every_format_by_its_content() {
    for (body, content_type, format, expected) in [
        ("[{\"a\":1}]", None, ParsedFormat::Json, r#"{"a":1}"#),
        (
            "{\"a\":1}\n{\"a\":2}",
            None,
            ParsedFormat::Ndjson,
            r#"{"a":1}"#,
        ),
        (
            "{\"a\":1}",
            Some("application/x-ndjson"),
            ParsedFormat::Ndjson,
            r#"{"a":1}"#,
        ),
        (
            "a;b\n1;2,5\n",
            None,
            ParsedFormat::Csv,
            r#"{"a":"1","b":"2,5"}"#,
        ),
        (
            "\"a\",\"b\"\n\"1\",\"2\"\n",
            None,
            ParsedFormat::Csv,
            r#"{"a":"1","b":"2"}"#,
        ),
        (
            "1\t2\n3\t4\n",
            None,
            ParsedFormat::Csv,
            r#"{"1":"3","2":"4"}"#,
        ),
        (
            "a\n1\n",
            Some("text/csv; charset=utf-8"),
            ParsedFormat::Csv,
            r#"{"a":"1"}"#,
        ),
        (
            "<a><b>1</b><b/></a>",
            Some("text/plain"),
            ParsedFormat::Xml,
            r#"{"a":{"b":["1",null]}}"#,
        ),
    ] {
        let parsed = parse(body.as_bytes(), content_type, None).unwrap();
        assert_eq!(parsed.format, format, "{body}");
        assert_eq!(parsed.lines[0], expected);
        let again = parse(body.as_bytes(), content_type, None).unwrap();
        assert_eq!(
            (parsed.lines, parsed.warnings),
            (again.lines, again.warnings)
        );
    }
}

#[test]
fn parse_warns_and_goes_on() {
    let parsed = parse(b"{\"a\":1}\n{\"a\":2}\n{\"a\":\n", None, None).unwrap();
    assert_eq!(
        (parsed.format, parsed.lines.len()),
        (ParsedFormat::Ndjson, 2)
    );
    assert!(parsed.warnings[0].starts_with("row 2 was rejected: broken JSON"));
    let parsed = parse(br#"{"x":1,"x":2}"#, None, None).unwrap();
    assert_eq!(parsed.lines, [r#"{"x":2}"#]);
    assert_eq!(parsed.warnings.len(), 1);
    let parsed = parse(b"a,b\ncaf\xe9,1\n", None, None).unwrap();
    assert_eq!(parsed.lines, [r#"{"a":"café","b":"1"}"#]);
    assert_eq!(parsed.warnings.len(), 1);
    for broken in ["just words", "[1, 2", "{\"a\": 1} x", "<a><b>"] {
        assert!(parse(broken.as_bytes(), None, None).is_err(), "{broken}");
    }
}

#[test]
fn case_65_bombs_are_refused_in_every_format() {
    let laughs = format!(
        "<!DOCTYPE l [<!ENTITY a \"{}\">{}]><list>&f;</list>",
        "ha".repeat(100),
        ('b'..='f')
            .map(|c| format!(
                "<!ENTITY {c} \"{}\">",
                format!("&{};", char::from(c as u8 - 1)).repeat(50)
            ))
            .collect::<String>()
    );
    let bombs = [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "<a>".repeat(100_000),
        "<a b='".repeat(50_000),
        "\"".repeat(100_001),
        laughs,
    ];
    for format in ["json", "ndjson", "csv", "xml"] {
        let source = of(format, "");
        for bomb in &bombs {
            // Text between commas is a table, whatever it looks like.
            if let Ok(reading) = read(&source, None, bomb.as_bytes()) {
                assert!(format == "csv" && reading.records.is_empty(), "{format}");
            }
        }
    }
    for bomb in &bombs[..4] {
        assert!(parse(bomb.as_bytes(), None, None).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_read_or_refused_in_every_format(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        content_type in prop_oneof![Just(None), Just(Some("text/csv; charset=utf-16")), Just(Some("application/x-ndjson")), Just(Some("text/xml; charset=koi8-r"))],
    ) {
        thread_local! {
            static SOURCES: Vec<Source> = ["json", "ndjson", "csv", "xml"].map(|format| of(format, "")).into();
        }
        SOURCES.with(|sources| {
            for source in sources {
                if let Err(error) = read(source, content_type, &bytes) {
                    assert!(!error.to_string().is_empty());
                }
            }
        });
        let _ = parse(&bytes, content_type, None);
    }

    #[test]
    fn pieces_of_formats_are_read_or_refused(parts in proptest::collection::vec(prop_oneof![
        Just("{"), Just("}"), Just("["), Just("]"), Just("\"id\""), Just(":"), Just(","), Just("1e400"), Just("\n"), Just("\r\n"), Just(";"), Just("\""),
        Just("<list>"), Just("<item id='1'>"), Just("</item>"), Just("</list>"), Just("<![CDATA["), Just("&amp;"), Just("\u{FEFF}"), Just("null"), Just("é"), Just("\0"),
    ], 0..40)) {
        thread_local! {
            static SOURCES: Vec<Source> = ["json", "ndjson", "csv", "xml"].map(|format| of(format, "")).into();
        }
        let text = parts.concat();
        SOURCES.with(|sources| {
            for source in sources {
                if let Ok(reading) = read(source, None, text.as_bytes()) {
                    assert!(reading.records.len() + reading.rejected.len() <= text.len() + 1);
                }
            }
        });
        if let Ok(parsed) = parse(text.as_bytes(), None, None) {
            for line in parsed.lines {
                assert!(!line.contains('\n'));
            }
        }
    }
}
