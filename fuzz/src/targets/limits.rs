//! What a server says about its limits in the head of an answer, read by the library as it reads any answer.
//!
//! The input is lines of `name: value`, the first line the status; a transport answers with them.

use std::{
    sync::LazyLock,
    time::{Duration, UNIX_EPOCH},
};

use gather::{Bytes, Client, HeaderMap, ManualClock, Retry};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime without threads")
});

/// A pause is longer than this.
const SOON: Duration = Duration::from_millis(1);

/// More than this ahead nothing is believed.
const FAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);

pub(super) fn limits(input: &[u8]) -> Result<String, String> {
    let mut lines = input.split(|byte| *byte == b'\n');
    let status = lines
        .next()
        .and_then(|line| StatusCode::from_bytes(line.trim_ascii()).ok())
        .filter(|status| status.as_u16() >= 200)
        .unwrap_or(StatusCode::TOO_MANY_REQUESTS);
    let mut headers = HeaderMap::new();
    for line in lines.take(200) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let name = HeaderName::from_bytes(line[..colon].trim_ascii());
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let now = UNIX_EPOCH + Duration::from_secs(1_763_625_600);
    let clock = ManualClock::at(now);
    let client = Client::builder()
        .clock(clock.clock())
        .retry(Retry::never())
        .transport(move |_: Request<Bytes>| {
            let mut response = Response::new(Bytes::from_static(b"{}"));
            *response.status_mut() = status;
            *response.headers_mut() = headers.clone();
            async move { Ok(response) }
        })
        .build()
        .map_err(|error| format!("no client: {error}"))?;
    let mut said = String::new();
    // The second time it is told at once when to come back, if the first answer asked for a pause.
    for _ in 0..2 {
        let asked = client.gather(["https://limits.example/"]).deadline(SOON);
        let gathered = RUNTIME.block_on(async { asked.await });
        for result in &gathered.results {
            let line = match result {
                Ok(response) => response.status().to_string(),
                Err(error) => match error.retry_at().map(|at| at.duration_since(now)) {
                    Some(Ok(wait)) if wait > FAR => {
                        return Err(format!("to come back in {wait:?}: {error}"));
                    }
                    // One shape for each length of the number, so that the mutations find their way.
                    Some(Ok(wait)) => {
                        format!("{error}: {}", "x".repeat(wait.as_secs().to_string().len()))
                    }
                    Some(Err(_)) => return Err(format!("to come back in the past: {error}")),
                    None => error.to_string(),
                },
            };
            said.push_str(&line);
            said.push('\n');
        }
    }
    Ok(said)
}
