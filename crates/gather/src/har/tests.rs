//! The format's own rules, checked on what is written.

use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::{connect::Connecting, report::Course};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn started_at() -> SystemTime {
    httpdate::parse_http_date("Fri, 20 Nov 2026 12:00:00 GMT").unwrap()
}

/// A fresh TLS connection, a connection used again for a POST, a refused connection, and an attempt cut in the body.
fn report() -> Report {
    let mut first = Attempt::by_hand(0, 20, 520);
    first.url = "https://api.example/v1/news?q=a+b&apiKey=***".into();
    first.queued = ms(5);
    first.connecting = Connecting {
        resolve: ms(10),
        connect: ms(30),
        tls: ms(50),
    };
    first.sent = Some(ms(115));
    first.first_byte = Some(ms(400));
    first.version = Some(Version::HTTP_11);
    first.received = 4096;

    let mut second = Attempt::by_hand(1, 30, 130);
    second.method = Method::POST;
    second.reused = true;
    second.sent = Some(Duration::from_micros(30_250));
    second.first_byte = Some(ms(120));
    second.status = Some(503);

    let mut third = Attempt::by_hand(2, 40, 45);
    third.status = None;
    third.received = 0;
    third.error = Some("the connection was refused".into());

    let mut fourth = Attempt::by_hand(1, 600, 700);
    fourth.number = 2;
    fourth.queued = ms(590);
    fourth.sent = Some(ms(610));
    fourth.first_byte = Some(ms(650));
    fourth.error = Some("the body broke off".into());

    let courses = [vec![first], vec![second, fourth], vec![third]].map(|attempts| Course {
        attempts,
        ..Course::default()
    });
    Report::new(&courses, started_at(), ms(700))
}

fn written(report: &Report) -> Value {
    serde_json::to_value(report.har()).unwrap()
}

/// The members of an object of the format: name, type, whether it must be there.
type Shape = &'static [(&'static str, Kind, bool)];

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Date,
    Integer,
    Number,
    /// A number that is -1 or not negative.
    Time,
    Object(Shape),
    List(Shape),
}

const NAME_VALUE: Shape = &[
    ("name", Kind::Text, true),
    ("value", Kind::Text, true),
    ("comment", Kind::Text, false),
];
const COOKIE: Shape = NAME_VALUE;
const REQUEST: Shape = &[
    ("method", Kind::Text, true),
    ("url", Kind::Text, true),
    ("httpVersion", Kind::Text, true),
    ("cookies", Kind::List(COOKIE), true),
    ("headers", Kind::List(NAME_VALUE), true),
    ("queryString", Kind::List(NAME_VALUE), true),
    ("headersSize", Kind::Integer, true),
    ("bodySize", Kind::Integer, true),
    ("comment", Kind::Text, false),
];
const RESPONSE: Shape = &[
    ("status", Kind::Integer, true),
    ("statusText", Kind::Text, true),
    ("httpVersion", Kind::Text, true),
    ("cookies", Kind::List(COOKIE), true),
    ("headers", Kind::List(NAME_VALUE), true),
    (
        "content",
        Kind::Object(&[
            ("size", Kind::Integer, true),
            ("compression", Kind::Integer, false),
            ("mimeType", Kind::Text, true),
            ("text", Kind::Text, false),
        ]),
        true,
    ),
    ("redirectURL", Kind::Text, true),
    ("headersSize", Kind::Integer, true),
    ("bodySize", Kind::Integer, true),
    ("comment", Kind::Text, false),
];
const TIMINGS: Shape = &[
    ("blocked", Kind::Time, false),
    ("dns", Kind::Time, false),
    ("connect", Kind::Time, false),
    ("send", Kind::Number, true),
    ("wait", Kind::Number, true),
    ("receive", Kind::Number, true),
    ("ssl", Kind::Time, false),
    ("comment", Kind::Text, false),
];
const ENTRY: Shape = &[
    ("pageref", Kind::Text, false),
    ("startedDateTime", Kind::Date, true),
    ("time", Kind::Number, true),
    ("request", Kind::Object(REQUEST), true),
    ("response", Kind::Object(RESPONSE), true),
    ("cache", Kind::Object(&[]), true),
    ("timings", Kind::Object(TIMINGS), true),
    ("serverIPAddress", Kind::Text, false),
    ("connection", Kind::Text, false),
    ("comment", Kind::Text, false),
];
const PAGE_SHAPE: Shape = &[
    ("startedDateTime", Kind::Date, true),
    ("id", Kind::Text, true),
    ("title", Kind::Text, true),
    (
        "pageTimings",
        Kind::Object(&[
            ("onContentLoad", Kind::Time, false),
            ("onLoad", Kind::Time, false),
        ]),
        true,
    ),
];
const LOG: Shape = &[
    ("version", Kind::Text, true),
    (
        "creator",
        Kind::Object(&[("name", Kind::Text, true), ("version", Kind::Text, true)]),
        true,
    ),
    ("browser", Kind::Object(&[]), false),
    ("pages", Kind::List(PAGE_SHAPE), false),
    ("entries", Kind::List(ENTRY), true),
    ("comment", Kind::Text, false),
];

/// Whether `value` has that shape: all that must be there, nothing that the format does not know, right types.
fn check(at: &str, value: &Value, shape: Shape) {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("{at} is no object"));
    for (name, kind, required) in shape {
        let at = format!("{at}.{name}");
        let Some(value) = object.get(*name) else {
            assert!(!required, "{at} is missing");
            continue;
        };
        match kind {
            Kind::Text => assert!(value.is_string(), "{at}"),
            Kind::Date => {
                let text = value.as_str().unwrap_or_else(|| panic!("{at}"));
                assert!(
                    text.len() == 24 && text.parse::<Timestamp>().is_ok(),
                    "{at}: {text}"
                );
            }
            Kind::Integer => assert!(value.is_i64() || value.is_u64(), "{at}"),
            Kind::Number => assert!(value.as_f64().is_some_and(|n| n >= 0.0), "{at}"),
            Kind::Time => {
                let number = value.as_f64().unwrap_or_else(|| panic!("{at}"));
                assert!(number >= 0.0 || (number + 1.0).abs() < f64::EPSILON, "{at}");
            }
            Kind::Object(shape) => check(&at, value, shape),
            Kind::List(shape) => {
                let list = value
                    .as_array()
                    .unwrap_or_else(|| panic!("{at} is no list"));
                for (index, value) in list.iter().enumerate() {
                    check(&format!("{at}[{index}]"), value, shape);
                }
            }
        }
    }
    for name in object.keys() {
        assert!(
            name.starts_with('_') || shape.iter().any(|(known, ..)| known == name),
            "{at}.{name} is not in the format"
        );
    }
}

#[test]
fn what_is_written_keeps_the_formats_rules() {
    for report in [
        report(),
        Report::new(&[], SystemTime::UNIX_EPOCH, Duration::ZERO),
    ] {
        let har = written(&report);
        assert_eq!(har.as_object().unwrap().len(), 1);
        check("log", &har["log"], LOG);
        let pages = har["log"]["pages"].as_array().unwrap();
        let mut before = String::new();
        for entry in har["log"]["entries"].as_array().unwrap() {
            assert!(pages.iter().any(|page| page["id"] == entry["pageref"]));
            let started = entry["startedDateTime"].as_str().unwrap().to_owned();
            assert!(
                before <= started,
                "entries stand in the order of their starts"
            );
            before = started;
            let timings = entry["timings"].as_object().unwrap();
            let sum: f64 = timings
                .iter()
                .filter(|(name, _)| *name != "ssl")
                .map(|(_, time)| time.as_f64().unwrap())
                .filter(|time| *time > 0.0)
                .sum();
            assert!(
                (sum - entry["time"].as_f64().unwrap()).abs() < 1e-6,
                "{entry}"
            );
            assert!(timings["ssl"].as_f64() <= timings["connect"].as_f64());
        }
    }
}

#[test]
fn the_phases_of_a_fresh_connection_are_told_apart() {
    let entry = &written(&report())["log"]["entries"][2];
    assert_eq!(entry["startedDateTime"], "2026-11-20T12:00:00.005Z");
    assert_eq!(
        entry["timings"],
        json!({
            "blocked": 15.0, "dns": 10.0, "connect": 85.0, "send": 0, "wait": 285.0, "receive": 120.0, "ssl": 50.0,
        })
    );
    assert_eq!(entry["time"], 515.0);
    assert_eq!(
        entry["request"]["queryString"],
        json!([{"name": "q", "value": "a b"}, {"name": "apiKey", "value": "***"}])
    );
    assert_eq!(entry["request"]["httpVersion"], "HTTP/1.1");
    assert_eq!(entry["response"]["bodySize"], 4096);
    assert_eq!(entry["comment"], "request 0, attempt 1");
}

#[test]
fn a_connection_used_again_has_no_connect_phase() {
    let entry = &written(&report())["log"]["entries"][0];
    assert_eq!(entry["request"]["method"], "POST");
    assert_eq!(
        entry["timings"],
        json!({
            "blocked": 30.25, "dns": -1.0, "connect": -1.0, "send": 0, "wait": 89.75, "receive": 10.0, "ssl": -1.0,
        })
    );
    assert_eq!(
        (
            &entry["response"]["status"],
            &entry["response"]["statusText"]
        ),
        (&json!(503), &json!("Service Unavailable"))
    );
}

#[test]
fn an_attempt_without_an_answer_says_why() {
    let entry = &written(&report())["log"]["entries"][1];
    assert_eq!(entry["response"]["status"], 0);
    assert_eq!(entry["response"]["bodySize"], -1);
    assert_eq!(entry["response"]["_error"], "the connection was refused");
    assert_eq!(entry["timings"]["connect"], 5.0);
    let cut = &written(&report())["log"]["entries"][3];
    assert_eq!(
        (&cut["response"]["status"], &cut["response"]["_error"]),
        (&json!(200), &json!("the body broke off"))
    );
}

#[test]
fn no_clock_and_no_duration_is_too_far_off() {
    assert_eq!(
        date(SystemTime::UNIX_EPOCH - ms(500), ms(1)),
        "1969-12-31T23:59:59.501Z"
    );
    assert!(date(started_at(), Duration::MAX).starts_with("9999-12-30T"));
    let mut endless = Attempt::by_hand(0, 0, 0);
    endless.ended = Duration::MAX;
    endless.first_byte = Some(Duration::MAX);
    endless.connecting.resolve = Duration::MAX;
    let course = Course {
        attempts: vec![endless],
        ..Course::default()
    };
    let har = written(&Report::new(&[course], started_at(), Duration::MAX));
    check("log", &har["log"], LOG);
}
