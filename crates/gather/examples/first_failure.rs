//! All or nothing: the first failure cancels the other requests at once and comes out as the error.
//!
//! `cargo run -p gather --example first_failure`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, StatusCode};
use gather_sandbox::{Api, Latency, Sandbox};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder()
        .latency(
            (Api::Any, "/json/*"),
            Latency::fixed(Duration::from_secs(20)),
        )
        .latency(
            (Api::Any, "/status/404"),
            Latency::fixed(Duration::from_millis(200)),
        )
        .start()
        .await?;
    let base = sandbox.url(Api::Any);

    let client = Client::new();
    let outcome = client
        .try_gather(["/json/1", "/status/404", "/json/2"].map(|path| format!("{base}{path}")))
        .await;

    let Err(error) = outcome else {
        return Err("a 404 is a failure here, yet all answers came back".into());
    };
    println!("stopped: {error}");
    assert_eq!(
        error.status(),
        Some(StatusCode::NOT_FOUND),
        "the 404 comes out"
    );

    // The server notices that its two other clients are gone, and their places come free, long before it would have
    // answered.
    while sandbox.log(Api::Any).in_flight() + client.in_flight() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let log = sandbox.log(Api::Any);
    let answered = log.requests().iter().filter(|seen| seen.answered).count();
    println!(
        "the server got {} requests and answered {answered}",
        log.total()
    );
    assert_eq!(answered, 1, "the two others were cancelled");
    Ok(())
}
