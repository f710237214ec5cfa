//! Good, broken, also good: each result is inspected afterwards, and nothing was aborted.
//!
//! `cargo run -p gather --example collect`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::{Client, Retry};
use gather_sandbox::{Api, Fault, Sandbox};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // The second item always breaks off in the middle of its body.
    let sandbox = Sandbox::builder()
        .fault((Api::Any, "/json/2"), Fault::Truncate)
        .start()
        .await?;
    let base = sandbox.url(Api::Any);

    let mut retry = Retry::up_to(3);
    retry.base = Duration::from_millis(50);
    let client = Client::builder().retry(retry).build()?;
    let answers = client
        .gather((1..=3).map(|n| format!("{base}/json/{n}")))
        .await;

    for result in &answers.results {
        match result {
            Ok(response) => println!("good:   {}", response.text()),
            Err(error) => {
                println!("broken: {error}; attempts: {}", error.attempts());
                // An error states its own layer; the causes stand behind it.
                let mut cause = error.source();
                while let Some(inner) = cause {
                    println!("        because: {inner}");
                    cause = inner.source();
                }
            }
        }
    }

    let [Ok(_), Err(broken), Ok(_)] = &answers.results[..] else {
        return Err("only the second should fail".into());
    };
    assert!(broken.is_truncated() && broken.source().is_some());
    assert_eq!(broken.attempts(), 3);
    assert_eq!(
        sandbox.log((Api::Any, "/json/2")).total(),
        3,
        "the server saw each attempt"
    );
    assert_eq!(answers.report.failed, 1);
    Ok(())
}
