//! Bare hyper-util: its pooled client, a task for each request, a semaphore for those in flight.

use std::process::ExitCode;

use bytes::Bytes;
use gather_bench::ask_each;
use http::Uri;
use http_body_util::{BodyExt, Empty};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

fn main() -> ExitCode {
    gather_bench::run(async |job, urls| {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .retry_canceled_requests(false)
            .build::<_, Empty<Bytes>>(connector);
        ask_each(job, urls, move |url| {
            let client = client.clone();
            async move {
                let response = client.get(url.parse::<Uri>()?).await?;
                let status = response.status();
                Ok((status, response.into_body().collect().await?.to_bytes()))
            }
        })
        .await
    })
}
