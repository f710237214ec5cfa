//! OpenWeather, the worked example of any JSON API.

use gather_sources::{Config, ParsedFormat, ReadErrorKind};

use crate::support::{answer, ask, lines, read, source};

const PLACE: &str = "[source.openweather]\nparams.lat = \"52.37\"\nparams.lon = \"4.9\"\n";

fn observation(cod: &str) -> String {
    format!(
        r#"{{"coord":{{"lon":4.9,"lat":52.37}},"weather":[{{"id":701,"main":"Mist","description":"mist","icon":"50n"}}],"base":"stations",
        "main":{{"temp":6.25,"feels_like":3.9,"temp_min":5.7,"temp_max":7.0,"pressure":1019,"humidity":93}},"visibility":2900,
        "wind":{{"speed":3.1,"deg":220}},"clouds":{{"all":90}},"dt":1763625600,"sys":{{"country":"NL","sunrise":1763622600,"sunset":1763653200}},
        "timezone":3600,"id":99001,"name":"Testdam","cod":{cod}}}"#
    )
}

#[test]
fn an_observation_is_an_article() {
    let source = source(PLACE);
    assert_eq!(
        ask(&source, "main").redacted_url(),
        "https://api.openweathermap.org/data/2.5/weather?lat=52.37&lon=4.9&units=metric&appid=***"
    );
    let reading = read(&source, &observation("200")).unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"{"kind":"article","id":"99001-1763625600","title":"Testdam: 6.25 °C, mist","url":null,"published_at":"2025-11-20T08:00:00Z","author":null,"summary":"Feels like 3.9, humidity 93 %, pressure 1019 hPa, wind 3.1 m/s, clouds 90 %","section":"weather","score":null,"comments":null}"#);
    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    let again = read(&source, &observation("\"200\"")).unwrap();
    assert_eq!(again.records, reading.records, "`cod` may be a text");
}

#[test]
fn units_are_named_as_they_were_asked_for() {
    for (units, wanted) in [("imperial", "°F"), ("standard", " K")] {
        let source = source(&format!("{PLACE}params.units = \"{units}\"\n"));
        assert!(
            ask(&source, "main")
                .url()
                .as_str()
                .contains(&format!("units={units}"))
        );
        let reading = read(&source, &observation("200")).unwrap();
        assert!(lines(&reading.records).contains(wanted));
    }
}

#[test]
fn case_71_an_error_is_one_with_any_kind_of_code_and_any_status() {
    let source = source(PLACE);
    let first = ask(&source, "main");
    for (status, body, kind, word) in [
        (
            401,
            r#"{"cod":401,"message":"Invalid API key."}"#,
            ReadErrorKind::Key,
            "OPENWEATHER_KEY",
        ),
        (
            404,
            r#"{"cod":"404","message":"city not found"}"#,
            ReadErrorKind::Request,
            "params.lat",
        ),
        (
            400,
            r#"{"code":400,"message":"wrong latitude"}"#,
            ReadErrorKind::Request,
            "params.lat",
        ),
        (
            429,
            r#"{"cod":429,"message":"Your account is temporary blocked"}"#,
            ReadErrorKind::Limited,
            "60 requests",
        ),
        (
            200,
            r#"{"cod":"404","message":"city not found"}"#,
            ReadErrorKind::Request,
            "params.lat",
        ),
        (
            200,
            r#"{"code":401,"message":"Invalid API key."}"#,
            ReadErrorKind::Key,
            "OPENWEATHER_KEY",
        ),
    ] {
        let error = answer(&source, &first, status, body).unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}: {error}");
        assert!(error.hint().unwrap().contains(word), "{error:?}");
    }
    let error = answer(&source, &first, 503, "").unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Unavailable);
}

#[test]
fn the_place_has_to_be_named() {
    let error = Config::parse("[source.openweather]\n", "gather.toml").unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("`lat`") && error.contains("`lon`"),
        "{error}"
    );
}

#[test]
fn presets_that_have_to_be_told_something_are_recognised_all_the_same() {
    let weather = observation("200");
    let release = r#"[{"id":1,"tag_name":"v1","name":"One","body":null,"draft":false,"prerelease":false,"tarball_url":null,"html_url":"https://github.com/acme/gizmo/releases/tag/v1"}]"#;
    let event = r#"[{"id":"1","type":"WatchEvent","actor":{"login":"oak"},"repo":{"name":"acme/gizmo"},"payload":{"action":"started"}}]"#;
    let listing = r#"{"kind":"Listing","data":{"after":null,"children":[{"kind":"t3","data":{"name":"t3_a","title":"A","subreddit":"b","is_self":false,"url":"https://x.example/","removed_by_category":null}}]}}"#;
    for (name, body, wanted) in [
        ("openweather", weather.as_str(), "Testdam: 6.25 °C, mist"),
        ("github-releases", release, "acme/gizmo One"),
        ("github-events", event, "acme/gizmo: star"),
        ("reddit", listing, "\"id\":\"t3_a\""),
    ] {
        let parsed = gather_sources::parse(body.as_bytes(), None, None).unwrap();
        assert_eq!(parsed.format, ParsedFormat::Preset(name.to_owned()));
        assert!(parsed.lines[0].contains(wanted), "{:?}", parsed.lines);
    }
}
