//! How something is refused: a page for a browser, a problem (RFC 9457) for a program.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{
    app::App,
    pages::{Failed, failure_outside},
};

/// A problem as JSON.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

/// Refuses in one sentence, in the form that fits who asked for a path.
pub(crate) fn refusal(
    app: &App,
    headers: &HeaderMap,
    path: &str,
    status: StatusCode,
    sentence: &str,
) -> Response {
    let request = headers.get("x-request-id");
    let request_id = request.and_then(|value| value.to_str().ok());
    let accepts = headers.get(header::ACCEPT);
    let wants_page = accepts
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("text/html"));
    let is_api = path.starts_with("/api/") || path.starts_with("/dashboard");
    if wants_page && !is_api {
        let failed = Failed {
            status,
            sentence: sentence.to_owned(),
            advice: None,
            action: ("Back to the beginning".to_owned(), "/".to_owned()),
            cause: None,
        };
        return failure_outside(app, headers, &failed);
    }
    let problem = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Refused"),
        status: status.as_u16(),
        detail: sentence,
        request_id,
    };
    // Text and numbers can always be written.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    answer
}
