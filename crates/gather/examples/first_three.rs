//! Three addresses at once: the whole takes as long as the slowest, not the sum.
//!
//! `cargo run -p gather --example first_three`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, Timeouts};
use gather_sandbox::{Api, Latency, Sandbox};

const SLOWEST: Duration = Duration::from_secs(1);

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // A server on loopback that takes its time.
    let after = |ms| Latency::fixed(Duration::from_millis(ms));
    let sandbox = Sandbox::builder()
        .latency((Api::Any, "/json/1"), after(300))
        .latency((Api::Any, "/bytes/2000"), after(500))
        .latency((Api::Any, "/json/2"), Latency::fixed(SLOWEST))
        .start()
        .await?;
    let base = sandbox.url(Api::Any);

    let mut timeouts = Timeouts::default();
    timeouts.total = Duration::from_secs(10);
    let client = Client::builder().timeouts(timeouts).build()?;

    let answers = client
        .gather(["/json/1", "/bytes/2000", "/json/2"].map(|path| format!("{base}{path}")))
        .await;

    let mut sizes = Vec::new();
    for result in &answers.results {
        match result {
            Ok(response) => {
                println!(
                    "{:>5} bytes  {}",
                    response.bytes().len(),
                    response.url().path()
                );
                sizes.push(response.bytes().len());
            }
            Err(error) => println!("failed: {error}"),
        }
    }
    let report = &answers.report;
    println!(
        "{} answers in {:.2?}; one by one: {:.2?}",
        sizes.len(),
        report.wall,
        report.one_by_one
    );

    assert_eq!(sizes.len(), 3, "all three answered");
    assert_eq!(sizes[1], 2000, "in the order asked");
    assert!(
        report.wall >= SLOWEST,
        "nothing is faster than its slowest part"
    );
    assert_eq!(
        sandbox.log(Api::Any).peak_in_flight(),
        3,
        "the server had all three at once"
    );
    Ok(())
}
