//! The sandbox's own door, on every port: what it saw, for programs outside this process.
//!
//! `GET /_sandbox/log?path=&window_ms=` counts, `POST /_sandbox/reset` forgets. Neither is counted
//! itself, nor delayed, nor spoilt.

use std::time::Duration;

use http::{Method, StatusCode, Version};
use serde_json::json;

use crate::{
    Target,
    answer::{Answer, Query},
    server::Shared,
};

pub(crate) fn answer(shared: &Shared, path: &str, query: Option<&str>, method: &Method) -> Answer {
    let query = Query::new(query);
    match (method.as_str(), path) {
        ("GET", "log") => {
            let window = match query
                .filled("window_ms")
                .map_or(Ok(1000), str::parse::<u32>)
            {
                Ok(ms) => ms,
                Err(_) => return wrong("`window_ms` is not a number of milliseconds"),
            };
            let target = query
                .filled("path")
                .map_or(Target::from(shared.api), |path| (shared.api, path).into());
            let log = shared.book.read(&target);
            let body = json!({
                "api": shared.api.name(),
                "path": target.path(),
                "total": log.total(),
                "answered": log.requests().iter().filter(|seen| seen.answered).count(),
                "in_flight": log.in_flight(),
                "http2": log.requests().iter().filter(|seen| seen.version == Version::HTTP_2).count(),
                "peak_in_flight": log.peak_in_flight(),
                "peak_in_flight_answered": log.peak_in_flight_answered(),
                "connections": shared.connections(),
                "window_ms": window,
                "max_starts_in_window": log.max_starts_in_window(Duration::from_millis(window.into())),
            });
            Answer::json(body.to_string())
        }
        ("POST", "reset") => {
            shared.book.reset();
            Answer::new(StatusCode::NO_CONTENT, "", "")
        }
        _ => wrong("expected GET /_sandbox/log or POST /_sandbox/reset"),
    }
}

fn wrong(message: &str) -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, &json!({ "message": message }))
}
