//! Fifty items at ten in each fifth of a second: in no such window do more than ten reach the server.
//!
//! With a window of one second, as most providers have, it takes five times as long.
//!
//! `cargo run -p gather --example quota`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, HostLimits, Quota};
use gather_sandbox::{Api, Latency, Sandbox};

const WINDOW: Duration = Duration::from_millis(200);

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // The latency changes from request to request: what left in order may arrive in a bunch.
    let sandbox = Sandbox::builder()
        .latency(Api::Any, "2..30".parse::<Latency>()?)
        .start()
        .await?;
    let base = sandbox.url(Api::Any);

    // This says what any host allows; `ClientBuilder::host` says it for one.
    let limits = HostLimits::in_flight(20).quota(Quota::new(10, WINDOW));
    let client = Client::builder().each_host(limits).build()?;

    let answers = client
        .gather((0..50).map(|n| format!("{base}/json/{n}")))
        .await;

    let good = answers
        .results
        .iter()
        .filter(|result| result.is_ok())
        .count();
    let most = sandbox.max_starts_in_window(Api::Any, WINDOW);
    println!("{good} answers in {:.2?}", answers.report.wall);
    println!("at most {most} starts at the server in any {WINDOW:?}, wherever the window begins");

    assert_eq!(good, 50);
    assert!(most <= 10, "{most} starts in one window");
    assert!(answers.report.wall >= 4 * WINDOW, "fifty need five windows");
    Ok(())
}
