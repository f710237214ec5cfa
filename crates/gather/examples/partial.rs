//! A working, a slow and a broken server: data, a timeout and an HTTP status, each for itself.
//!
//! `cargo run -p gather --example partial`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, Retry, StatusCode, Timeouts};
use gather_sandbox::{Api, Fault, Sandbox};

#[derive(Debug, PartialEq)]
enum Outcome {
    Data(usize),
    TimedOut,
    Status(StatusCode),
    Other(String),
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder()
        .fault(Api::Guardian, Fault::Hang)
        .fault(Api::Rates, Fault::status(500))
        .start()
        .await?;
    let requests = [
        format!("{}/accounts", sandbox.url(Api::Bank)),
        format!("{}/search?api-key=test", sandbox.url(Api::Guardian)),
        format!("{}/latest?base=USD", sandbox.url(Api::Rates)),
    ];

    let mut timeouts = Timeouts::default();
    timeouts.first_byte = Duration::from_millis(300);
    let client = Client::builder()
        .timeouts(timeouts)
        .retry(Retry::never())
        .build()?;

    let mut outcomes = Vec::new();
    for result in client.gather(requests).await {
        // An answer with an error status is an answer, until one asks for the other view.
        let outcome = match result.and_then(gather::Response::error_for_status) {
            Ok(response) => Outcome::Data(response.json::<Vec<serde_json::Value>>()?.len()),
            Err(error) if error.is_timeout() => Outcome::TimedOut,
            Err(error) => match error.status() {
                Some(status) => Outcome::Status(status),
                None => Outcome::Other(error.to_string()),
            },
        };
        println!("{outcome:?}");
        outcomes.push(outcome);
    }

    assert_eq!(
        outcomes,
        [
            Outcome::Data(2),
            Outcome::TimedOut,
            Outcome::Status(StatusCode::INTERNAL_SERVER_ERROR),
        ]
    );
    Ok(())
}
