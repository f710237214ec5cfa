//! The ids of the top stories, then the first ten items at once: two hops, not eleven.
//!
//! `cargo run -p gather --example follow`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, HostLimits};
use gather_sandbox::{Api, Latency, Sandbox};
use serde::Deserialize;

const HOP: Duration = Duration::from_millis(200);

#[derive(Deserialize)]
struct Item {
    title: Option<String>,
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder()
        .latency(Api::HackerNews, Latency::fixed(HOP))
        .start()
        .await?;
    let base = sandbox.url(Api::HackerNews);

    let client = Client::builder()
        .each_host(HostLimits::in_flight(10))
        .build()?;
    let mut fan_out = client.as_completed([format!("{base}/topstories.json")]);

    let mut items = 0;
    while let Some(done) = fan_out.next().await {
        let response = done.result?.error_for_status()?;
        if done.index == 0 {
            let ids: Vec<u64> = response.json()?;
            for id in ids.into_iter().take(10) {
                // It joins the same fan-out: the same limits, deadline and report.
                fan_out.push_after(done.index, format!("{base}/item/{id}.json"));
            }
        } else {
            // An item that was withdrawn is `null`.
            let item: Option<Item> = response.json()?;
            items += 1;
            println!(
                "{}",
                item.and_then(|item| item.title)
                    .as_deref()
                    .unwrap_or("(withdrawn)")
            );
        }
    }

    let report = fan_out.report();
    print!("{}", report.waterfall(100));
    println!(
        "{} requests in {:.2?}; one by one: {:.2?}",
        report.requests, report.wall, report.one_by_one
    );
    assert_eq!(items, 10);
    assert_eq!(sandbox.log(Api::HackerNews).total(), 11, "eleven requests");
    assert_eq!(
        report.chain.len(),
        2,
        "in two hops: the list, and the slowest item"
    );
    assert!(report.wall >= 2 * HOP, "a hop cannot be skipped");
    assert_eq!(
        sandbox
            .log((Api::HackerNews, "/v0/item/*"))
            .peak_in_flight(),
        10,
        "the server had all ten items at once"
    );
    Ok(())
}
