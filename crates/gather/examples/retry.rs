//! At most three attempts, the pauses drawn at random from a range that doubles, and only where it can help.
//!
//! `cargo run -p gather --example retry`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, EventKind, Retry};
use gather_sandbox::{Api, Fault, Latency, Sandbox};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // The rates are down for two requests and well again at the third.
    let sandbox = Sandbox::builder()
        .latency(Api::Rates, Latency::fixed(Duration::from_millis(200)))
        .fault(Api::Rates, Fault::status(503).first(2))
        .start()
        .await?;
    let requests = [
        format!("{}/latest?base=USD", sandbox.url(Api::Rates)),
        format!("{}/feed.json", sandbox.url(Api::Feeds)),
        format!("{}/status/404", sandbox.url(Api::Any)),
    ];

    let mut retry = Retry::up_to(3);
    retry.base = Duration::from_millis(200);
    let client = Client::builder().retry(retry).build()?;
    let answers = client
        .gather(requests)
        .on_event(|event| {
            let at = event.at.as_secs_f64();
            match event.kind {
                EventKind::Retrying { pause, why } => {
                    println!(
                        "{at:.3} s  request {} again in {pause:.0?}: {why}",
                        event.request
                    );
                }
                EventKind::Done { status, .. } => {
                    println!("{at:.3} s  request {} done: {status}", event.request);
                }
                _ => {}
            }
        })
        .await;

    let mut seen = Vec::new();
    for result in &answers.results {
        let response = result.as_ref().map_err(ToString::to_string)?;
        seen.push((response.status().as_u16(), response.attempts()));
    }
    assert_eq!(
        seen,
        [(200, 3), (200, 1), (404, 1)],
        "a 404 is final, a 503 is not"
    );
    assert_eq!(
        sandbox.log(Api::Rates).total(),
        3,
        "as the server counts it"
    );

    // The others did not wait for it: the feed was complete before the last attempt began.
    let timeline = &answers.report.timeline;
    let feed = timeline
        .iter()
        .find(|attempt| attempt.request == 1)
        .ok_or("no feed")?;
    let last = timeline
        .iter()
        .rfind(|attempt| attempt.request == 0)
        .ok_or("no rates")?;
    assert!(feed.ended < last.started);
    Ok(())
}
