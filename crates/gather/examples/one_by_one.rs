//! Three addresses in turn, then the same three at once, without async: the sum, the slowest, and the ratio.
//!
//! `cargo run -p gather --example one_by_one`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use gather::blocking::Client;
use gather_sandbox::{Api, Latency, Sandbox};

const TIMES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(300),
    Duration::from_millis(500),
];

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    // The server is async and needs a runtime; the client brings its own.
    let runtime = tokio::runtime::Runtime::new()?;
    let sandbox = runtime.block_on(
        Sandbox::builder()
            .latency((Api::Any, "/json/1"), Latency::fixed(TIMES[0]))
            .latency((Api::Any, "/json/2"), Latency::fixed(TIMES[1]))
            .latency((Api::Any, "/json/3"), Latency::fixed(TIMES[2]))
            .start(),
    )?;
    let base = sandbox.url(Api::Any);
    let urls = [1, 2, 3].map(|n| format!("{base}/json/{n}"));
    let client = Client::new();

    let start = Instant::now();
    for url in &urls {
        let response = client.send(url)?.error_for_status()?;
        println!("{} after {:.0?}", response.url().path(), start.elapsed());
    }
    let in_turn = start.elapsed();
    let peak_in_turn = sandbox.log(Api::Any).peak_in_flight();

    sandbox.reset_logs();
    let answers = client.gather(&urls).run();
    let at_once = answers.report.wall;
    let peak_at_once = sandbox.log(Api::Any).peak_in_flight();

    let ratio = in_turn.as_secs_f64() / at_once.as_secs_f64();
    println!("in turn {in_turn:.2?}, at once {at_once:.2?}: {ratio:.1} times as fast");

    assert!(answers.results.iter().all(Result::is_ok));
    assert!(
        in_turn >= TIMES.iter().sum::<Duration>(),
        "in turn it is the sum"
    );
    assert!(at_once >= TIMES[2], "at once it is the slowest");
    assert_eq!((peak_in_turn, peak_at_once), (1, 3), "as the server saw it");
    Ok(())
}
