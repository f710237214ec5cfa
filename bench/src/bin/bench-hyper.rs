//! Bare hyper connections: as many workers as may be in flight, each with one connection that it keeps as long as the
//! host stays the same. About as little as HTTP/1.1 with tokio can cost.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use gather_bench::{Fault, Plain, in_order};
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

fn main() -> ExitCode {
    gather_bench::run(async |job, urls| {
        let (urls, next): (Arc<[String]>, _) = (urls.into(), Arc::new(AtomicUsize::new(0)));
        let mut workers = JoinSet::new();
        for _ in 0..job.in_flight.min(job.requests) {
            workers.spawn(work(Arc::clone(&urls), Arc::clone(&next)));
        }
        let mut answers = Vec::with_capacity(job.requests);
        while let Some(done) = workers.join_next().await {
            answers.extend(done??);
        }
        Ok(in_order(answers))
    })
}

/// Asks the next URL that nobody has taken, until there is none.
async fn work(urls: Arc<[String]>, next: Arc<AtomicUsize>) -> Result<Vec<(usize, Plain)>, Fault> {
    let mut answers = Vec::new();
    let mut moving = JoinSet::new();
    let mut open: Option<(String, SendRequest<Empty<Bytes>>)> = None;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(url) = urls.get(index) else {
            return Ok(answers);
        };
        let uri: Uri = url.parse()?;
        let (Some(host), Some(path)) = (uri.authority(), uri.path_and_query()) else {
            return Err(format!("`{url}` has no host or no path").into());
        };
        let mut sender = match open.take() {
            Some((known, sender)) if known == host.as_str() => sender,
            _ => {
                let stream = TcpStream::connect(host.as_str()).await?;
                stream.set_nodelay(true)?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await?;
                moving.spawn(connection);
                sender
            }
        };
        sender.ready().await?;
        let request = Request::get(path.as_str())
            .header(header::HOST, host.as_str())
            .body(Empty::new())?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        answers.push((index, (status, body)));
        open = Some((host.as_str().to_owned(), sender));
    }
}
