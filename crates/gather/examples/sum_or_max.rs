//! Ten requests in turn take the sum of their times; at once they take the longest of them.
//!
//! A tenth of a second each stands for half a second.
//!
//! `cargo run -p gather --example sum_or_max`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use gather::{Client, HostLimits};
use gather_sandbox::{Api, Latency, Sandbox};

const EACH: Duration = Duration::from_millis(100);
const REQUESTS: u32 = 10;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(EACH))
        .start()
        .await?;
    let base = sandbox.url(Api::Any);
    let urls = (0..REQUESTS).map(|n| format!("{base}/json/{n}"));
    let client = Client::builder()
        .each_host(HostLimits::in_flight(10))
        .build()?;

    let start = Instant::now();
    for url in urls.clone() {
        client.send(url).await?.error_for_status()?;
    }
    let in_turn = start.elapsed();
    let peak_in_turn = sandbox.log(Api::Any).peak_in_flight();

    sandbox.reset_logs();
    let report = client.gather(urls).await.report;
    let peak_at_once = sandbox.log(Api::Any).peak_in_flight();

    println!("           predicted    measured   most in flight");
    println!(
        "in turn    {:>9.2?}   {in_turn:>9.2?}   {peak_in_turn:>14}",
        EACH * REQUESTS
    );
    println!(
        "at once    {EACH:>9.2?}   {:>9.2?}   {peak_at_once:>14}",
        report.wall
    );
    println!(
        "the report predicts {:.2?} for one by one: {:.1} times as long",
        report.one_by_one,
        report.speed_up()
    );

    assert_eq!(report.failed, 0);
    assert!(in_turn >= EACH * REQUESTS, "the sum");
    assert!(report.wall >= EACH, "the longest");
    assert!(
        report.one_by_one >= EACH * REQUESTS,
        "the report knows the sum without asking again"
    );
    assert_eq!(
        (peak_in_turn, peak_at_once),
        (1, 10),
        "as the server saw it"
    );
    Ok(())
}
