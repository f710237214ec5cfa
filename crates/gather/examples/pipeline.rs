//! Fetch, keep the active ones, save them: each step begins with the first item, not when the step before is over.
//!
//! `cargo run -p gather --example pipeline`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, fs, path::Path, time::Duration};

use gather::Client;
use gather_sandbox::{Api, Latency, Sandbox};
use serde_json::Value;

/// Saves the items that are still there, one JSON line each, and gives their count.
async fn save_active(
    client: &Client,
    urls: Vec<String>,
    path: &Path,
) -> Result<usize, Box<dyn Error>> {
    let mut fan_out = client.as_completed(urls);
    let mut lines = Vec::new();
    while let Some(done) = fan_out.next().await {
        let item: Value = done.result?.error_for_status()?.json()?;
        let active = !item.is_null() && item["dead"] != true && item["deleted"] != true;
        if active {
            lines.push(format!("{item}\n"));
        }
    }
    let count = lines.len();
    let path = path.to_owned();
    // Files have no asynchronous writes: a thread made for waiting does it, and this task stays free.
    tokio::task::spawn_blocking(move || fs::write(path, lines.concat())).await??;
    Ok(count)
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder()
        .latency(Api::HackerNews, Latency::fixed(Duration::from_millis(20)))
        .start()
        .await?;
    let base = sandbox.url(Api::HackerNews);
    let client = Client::new();

    let list = client
        .send(format!("{base}/topstories.json"))
        .await?
        .error_for_status()?;
    let ids: Vec<u64> = list.json()?;
    let urls: Vec<String> = ids
        .iter()
        .take(50)
        .map(|id| format!("{base}/item/{id}.json"))
        .collect();
    let asked = urls.len();

    let path = std::env::temp_dir().join(format!("gather-pipeline-{}.jsonl", std::process::id()));
    let saved = save_active(&client, urls, &path).await?;
    let written = fs::read_to_string(&path)?;
    fs::remove_file(&path)?;
    println!(
        "{saved} of {asked} items are active; the file has {} bytes",
        written.len()
    );

    assert_eq!(written.lines().count(), saved, "a line for each");
    assert!(
        0 < saved && saved < asked,
        "some were withdrawn, and are not in the file"
    );
    for line in written.lines() {
        serde_json::from_str::<Value>(line)?;
    }
    Ok(())
}
