//! `gather runs ID --har` against the HAR 1.2 format, as its specification has it: what each object must have and may
//! have, of which kind each value is, and what the times add up to.
//!
//! Source: the HAR 1.2 specification by Jan Odvarko.

use gather_sandbox::Api;
use jiff::Timestamp;
use serde_json::Value;

use crate::world::World;

/// What a value has to be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// ISO 8601 with a zone.
    Instant,
    /// Milliseconds, not below 0.
    Millis,
    /// Milliseconds, or -1 where it does not apply.
    MillisOrNone,
    /// A whole number from this on.
    Whole(i64),
    Object(&'static Shape),
    Empty,
    List(&'static Shape),
}

/// The fields that an object must have, and those that it may have.
struct Shape {
    must: &'static [(&'static str, Kind)],
    may: &'static [(&'static str, Kind)],
}

const NAMED: Shape = Shape {
    must: &[("name", Kind::Text), ("value", Kind::Text)],
    may: &[],
};

const PROGRAM: Shape = Shape {
    must: &[("name", Kind::Text), ("version", Kind::Text)],
    may: &[],
};

const PAGE: Shape = Shape {
    must: &[
        ("startedDateTime", Kind::Instant),
        ("id", Kind::Text),
        ("title", Kind::Text),
        ("pageTimings", Kind::Object(&PAGE_TIMINGS)),
    ],
    may: &[],
};

const PAGE_TIMINGS: Shape = Shape {
    must: &[],
    may: &[
        ("onContentLoad", Kind::MillisOrNone),
        ("onLoad", Kind::MillisOrNone),
    ],
};

const REQUEST: Shape = Shape {
    must: &[
        ("method", Kind::Text),
        ("url", Kind::Text),
        ("httpVersion", Kind::Text),
        ("cookies", Kind::List(&NAMED)),
        ("headers", Kind::List(&NAMED)),
        ("queryString", Kind::List(&NAMED)),
        ("headersSize", Kind::Whole(-1)),
        ("bodySize", Kind::Whole(-1)),
    ],
    may: &[],
};

const CONTENT: Shape = Shape {
    must: &[("size", Kind::Whole(-1)), ("mimeType", Kind::Text)],
    may: &[],
};

const RESPONSE: Shape = Shape {
    must: &[
        ("status", Kind::Whole(0)),
        ("statusText", Kind::Text),
        ("httpVersion", Kind::Text),
        ("cookies", Kind::List(&NAMED)),
        ("headers", Kind::List(&NAMED)),
        ("content", Kind::Object(&CONTENT)),
        ("redirectURL", Kind::Text),
        ("headersSize", Kind::Whole(-1)),
        ("bodySize", Kind::Whole(-1)),
    ],
    may: &[],
};

const TIMINGS: Shape = Shape {
    must: &[
        ("send", Kind::Millis),
        ("wait", Kind::Millis),
        ("receive", Kind::Millis),
    ],
    may: &[
        ("blocked", Kind::MillisOrNone),
        ("dns", Kind::MillisOrNone),
        ("connect", Kind::MillisOrNone),
        ("ssl", Kind::MillisOrNone),
    ],
};

const ENTRY: Shape = Shape {
    must: &[
        ("startedDateTime", Kind::Instant),
        ("time", Kind::Millis),
        ("request", Kind::Object(&REQUEST)),
        ("response", Kind::Object(&RESPONSE)),
        ("cache", Kind::Empty),
        ("timings", Kind::Object(&TIMINGS)),
    ],
    may: &[
        ("pageref", Kind::Text),
        ("serverIPAddress", Kind::Text),
        ("connection", Kind::Text),
    ],
};

const LOG: Shape = Shape {
    must: &[
        ("version", Kind::Text),
        ("creator", Kind::Object(&PROGRAM)),
        ("entries", Kind::List(&ENTRY)),
    ],
    may: &[
        ("browser", Kind::Object(&PROGRAM)),
        ("pages", Kind::List(&PAGE)),
    ],
};

const HAR: Shape = Shape {
    must: &[("log", Kind::Object(&LOG))],
    may: &[],
};

fn check(place: &str, value: &Value, kind: Kind) {
    let number = || value.as_f64().unwrap_or_else(|| panic!("{place}: {value}"));
    match kind {
        Kind::Text => assert!(value.is_string(), "{place}: {value}"),
        Kind::Instant => {
            let text = value.as_str().unwrap();
            assert!(text.parse::<Timestamp>().is_ok(), "{place}: {value}");
        }
        Kind::Millis => assert!(number() >= 0.0, "{place}: {value}"),
        Kind::MillisOrNone => {
            let number = number();
            assert!(number >= 0.0 || number == -1.0, "{place}: {value}");
        }
        Kind::Whole(least) => {
            assert!(
                value.as_i64().is_some_and(|n| n >= least),
                "{place}: {value}"
            );
        }
        Kind::Empty => assert_eq!(value, &serde_json::json!({}), "{place}"),
        Kind::List(shape) => {
            for (at, value) in value.as_array().unwrap().iter().enumerate() {
                check(&format!("{place}/{at}"), value, Kind::Object(shape));
            }
        }
        Kind::Object(shape) => {
            let object = value.as_object().unwrap();
            for (name, kind) in shape.must {
                let value = object.get(*name);
                let value = value.unwrap_or_else(|| panic!("{place} has no {name}"));
                check(&format!("{place}/{name}"), value, *kind);
            }
            for (name, value) in object {
                // Anything may be commented on, and what a program adds of its own begins with an underscore.
                if name == "comment" || name.starts_with('_') {
                    continue;
                }
                let known = shape.must.iter().chain(shape.may);
                let (_, kind) = known
                    .into_iter()
                    .find(|(known, _)| known == name)
                    .unwrap_or_else(|| panic!("{place} has an unknown {name}"));
                check(&format!("{place}/{name}"), value, *kind);
            }
        }
    }
}

#[test]
fn the_har_of_a_run_keeps_to_the_format_and_its_sums_add_up() {
    let world = World::new(|sandbox| sandbox);
    let lost = world.declarations() + "\n[source.lost]\nfeed = \"http://127.0.0.1:1/\"\n";
    world.home.write("gather.toml", lost);
    assert_eq!(world.gather(&["run", "-q"]).code, 1);
    let ended = world.gather(&["runs", "last", "--har", "-"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let har = ended.json();
    check("", &har, Kind::Object(&HAR));
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert_eq!(log["creator"]["name"], "gather");
    let entries = log["entries"].as_array().unwrap();
    let mut last = Timestamp::MIN;
    for entry in entries {
        let timings = entry["timings"].as_object().unwrap();
        // TLS is a part of connecting, and -1 is no time at all.
        let parts = timings.iter().filter(|(name, _)| *name != "ssl");
        let sum: f64 = parts.map(|(_, part)| part.as_f64().unwrap().max(0.0)).sum();
        assert!(
            (sum - entry["time"].as_f64().unwrap()).abs() < 0.001,
            "{entry}"
        );
        assert_eq!(entry["pageref"], log["pages"][0]["id"]);
        let started = entry["startedDateTime"].as_str().unwrap().parse().unwrap();
        assert!(
            started >= last,
            "entries are in the order in which they began"
        );
        last = started;
    }
    let urls = |host: &str| {
        let all = entries
            .iter()
            .map(|entry| entry["request"]["url"].as_str().unwrap());
        all.filter(|url| url.starts_with(host)).count()
    };
    assert_eq!(urls(world.sandbox.origin(Api::HackerNews).as_ref()), 21);
    // A key in an address is hidden, and one that nobody answered has its reason.
    assert!(!ended.out.contains("k-123") && ended.out.contains("api-key=***"));
    let refused = entries.iter().find(|entry| {
        let url = entry["request"]["url"].as_str().unwrap();
        url.starts_with("http://127.0.0.1:1/")
    });
    assert!(refused.unwrap()["response"]["_error"].is_string());
}
