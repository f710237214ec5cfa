//! Twenty items as they complete, each shown the moment it is there.
//!
//! `cargo run -p gather --example progress`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{collections::BTreeSet, error::Error, time::Duration};

use gather::{Client, HostLimits};
use gather_sandbox::{Api, Latency, Sandbox};

const ITEMS: usize = 20;

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let spread = Latency::uniform(Duration::from_millis(50), Duration::from_millis(500));
    let sandbox = Sandbox::builder().latency(Api::Any, spread).start().await?;
    let base = sandbox.url(Api::Any);

    let client = Client::builder()
        .each_host(HostLimits::in_flight(ITEMS))
        .build()?;
    let mut fan_out = client.as_completed((0..ITEMS).map(|n| format!("{base}/json/{n}")));

    let mut seen = Vec::new();
    let mut under_way = Vec::new();
    while let Some(done) = fan_out.next().await {
        let response = done.result?;
        seen.push(done.index);
        under_way.push(client.in_flight());
        println!(
            "completed {}/{ITEMS}: item {} after {:.0?}",
            seen.len(),
            done.index,
            response.elapsed()
        );
    }
    println!("all in {:.2?}", fan_out.report().wall);

    assert_eq!(
        seen.iter().collect::<BTreeSet<_>>().len(),
        ITEMS,
        "each item once"
    );
    assert!(
        !seen.is_sorted(),
        "in the order of completion, not in the order asked"
    );
    assert!(
        under_way[0] > 0,
        "the first was handed out while others were under way"
    );
    Ok(())
}
