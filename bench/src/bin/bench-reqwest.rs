//! Bare reqwest: its own retries, redirects and proxies off, a task for each request, a semaphore for those in flight.

use std::process::ExitCode;

use gather_bench::ask_each;
use reqwest::{Client, redirect::Policy, retry};

fn main() -> ExitCode {
    gather_bench::run(async |job, urls| {
        let client = Client::builder()
            .redirect(Policy::none())
            .retry(retry::never())
            .no_proxy()
            .build()?;
        ask_each(job, urls, move |url| {
            let client = client.clone();
            async move {
                let response = client.get(url).send().await?;
                Ok((response.status(), response.bytes().await?))
            }
        })
        .await
    })
}
