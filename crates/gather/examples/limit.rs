//! A hundred items, ten at a time: the server never sees more than ten at once.
//!
//! `cargo run -p gather --example limit`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, Host, HostLimits, Url};
use gather_sandbox::{Api, Latency, Sandbox};

const AT_ONCE: usize = 10;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder()
        .latency(Api::Any, Latency::fixed(Duration::from_millis(50)))
        .start()
        .await?;
    let base = sandbox.url(Api::Any);

    // Without this a host gets six at once. The limit belongs to the client: it holds over all its fan-outs together.
    let host = Host::of(&Url::parse(&base)?).ok_or("the sandbox has no host")?;
    let client = Client::builder()
        .host(host, HostLimits::in_flight(AT_ONCE))
        .build()?;

    let answers = client
        .gather((0..100).map(|n| format!("{base}/json/{n}")))
        .await;

    let good = answers
        .results
        .iter()
        .filter(|result| result.is_ok())
        .count();
    let peak = sandbox.log(Api::Any).peak_in_flight();
    println!(
        "{good} answers in {:.2?}, at most {peak} in flight at the server",
        answers.report.wall
    );
    println!(
        "waiting for a place, all requests together: {:.2?}",
        answers.report.waits.host
    );

    assert_eq!(good, 100);
    assert!(peak <= AT_ONCE, "the server saw {peak} at once");
    assert_eq!(
        answers.report.peak_in_flight, AT_ONCE,
        "and the width that is allowed is used"
    );
    assert!(
        answers.report.wall >= Duration::from_millis(10 * 50),
        "ten rounds of ten"
    );
    Ok(())
}
