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
    let gathered = RUNTIME.block_on(async { client.gather(["https://limits.example/"]).await });
    let mut said = String::new();
    for result in &gathered.results {
        let result = match result {
            Ok(response) => Ok(response.status()),
            Err(error) => {
                if error.retry_at().is_some_and(|at| at > now + FAR) {
                    return Err(format!("to come back in more than a year: {error}"));
                }
                Err(error.to_string())
            }
        };
        said.push_str(&format!("{result:?}\n"));
    }
    Ok(said)
}
