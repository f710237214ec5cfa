//! What an answer that cannot be used is called.

use gather_sources::ReadErrorKind;

use crate::support::{PLAIN, answer, ask, read, source};

#[test]
fn a_status_has_its_kind() {
    let source = source(PLAIN);
    let ask = ask(&source, "main");
    for (status, kind) in [
        (400, ReadErrorKind::Request),
        (401, ReadErrorKind::Key),
        (403, ReadErrorKind::Key),
        (404, ReadErrorKind::Request),
        (410, ReadErrorKind::Request),
        (429, ReadErrorKind::Limited),
        (500, ReadErrorKind::Unavailable),
        (503, ReadErrorKind::Unavailable),
        (511, ReadErrorKind::NotTheFormat),
    ] {
        let error = answer(&source, &ask, status, "").unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!(error.to_string(), format!("answered {status}"));
    }
    let error = answer(&source, &ask, 500, "upstream gave up\nmore").unwrap_err();
    assert_eq!(error.to_string(), "answered 500: upstream gave up");
}

#[test]
fn broken_json_has_line_and_column() {
    let error = read(
        &source(PLAIN),
        "{\"items\": [\n  {\"id\": 1},\n  {\"id\": }\n]}",
    )
    .unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Malformed);
    assert_eq!(
        error.to_string(),
        "broken JSON: expected value at line 3, column 10"
    );
}

#[test]
fn a_body_that_was_cut_off_is_broken() {
    let error = read(&source(PLAIN), r#"{"items": [{"id": 1}, {"id""#).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Malformed);
    assert!(error.to_string().contains("ends too early"), "{error}");
}

#[test]
fn an_endless_expression_is_stopped() {
    let source = source(&PLAIN.replace("\".title\"", "\"[repeat(1)] | length\""));
    let error = read(&source, r#"{"items": [{"id": 1}]}"#).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Expression);
    assert!(error.to_string().contains("too long"), "{error}");
}

#[test]
fn most_rows_rejected_means_the_shape_has_changed() {
    let source = source(PLAIN);
    let good = r#"{"id":1,"title":"t"}"#;
    let bad = r#"{"uid":1,"title":"t"}"#;
    let body = |rows: &[&str]| format!(r#"{{"items":[{}]}}"#, rows.join(","));
    let reading = read(&source, &body(&[good, bad, good, bad])).unwrap();
    assert_eq!((reading.records.len(), reading.rejected.len()), (2, 2));
    let error = read(&source, &body(&[good, bad, bad, bad])).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::ShapeChanged);
    assert_eq!(
        error.to_string(),
        "the shape has changed: 3 of 4 rows are no article; row 1: `id` is missing"
    );
    assert!(read(&source, &body(&[bad])).is_err());
}
