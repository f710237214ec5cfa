//! Two layers of timeout: one for each request, one for the whole. What came is kept, what did not is named.
//!
//! Half a second for a request and eight tenths for the whole stand for 5 s and 10 s.
//!
//! `cargo run -p gather --example timeouts`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, HostLimits, TimeoutKind, Timeouts};
use gather_sandbox::{Api, Fault, Sandbox};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // The feed answers at once, the bank never does.
    let sandbox = Sandbox::builder()
        .fault(Api::Bank, Fault::Hang)
        .start()
        .await?;
    let (feeds, bank) = (sandbox.url(Api::Feeds), sandbox.url(Api::Bank));

    let mut timeouts = Timeouts::default();
    timeouts.total = Duration::from_millis(500);
    let client = Client::builder()
        .timeouts(timeouts)
        .each_host(HostLimits::in_flight(1))
        .build()?;

    let answers = client
        .gather([
            format!("{feeds}/feed.json"),
            format!("{bank}/accounts"),
            format!("{bank}/transactions"),
            format!("{bank}/budgets"),
        ])
        .deadline(Duration::from_millis(800))
        .await;

    let mut missed = Vec::new();
    for result in &answers.results {
        match result {
            Ok(response) => println!(
                "kept:   {} bytes ({})",
                response.bytes().len(),
                response.shown_url()
            ),
            Err(error) => {
                println!("missed: {error}; attempts: {}", error.attempts());
                missed.push(error.timeout().ok_or("only timeouts are expected")?.0);
            }
        }
    }

    // The bank takes one request at a time: the first has its own 500 ms, the second what is left of the whole,
    // and the third is never sent.
    let count = |kind| missed.iter().filter(|&&missed| missed == kind).count();
    assert!(answers.results[0].is_ok(), "what came is kept");
    assert_eq!(
        (count(TimeoutKind::Total), count(TimeoutKind::Deadline)),
        (1, 2)
    );
    assert_eq!(
        sandbox.log(Api::Bank).total(),
        2,
        "no request is sent that has no time left"
    );
    Ok(())
}
