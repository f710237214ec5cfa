//! What carries requests instead of the network: for tests of code that uses this crate.
//!
//! Everything else stays as it is: limits, timeouts, retries, redirects, decoding, events and reports.

use std::{fmt, future::Future, io, pin::Pin, sync::Arc};

use bytes::Bytes;

/// The answer to come.
pub type Answering = Pin<Box<dyn Future<Output = io::Result<http::Response<Bytes>>> + Send>>;

/// Carries requests instead of the network. See [`ClientBuilder::transport`](crate::ClientBuilder::transport).
///
/// Any function from a request to a future answer is one. The request's address is complete, with scheme and host. An
/// error of kind `ConnectionRefused` stands for a host that does not listen; any other for a connection that broke
/// after the request was sent.
///
/// ```
/// use gather::{Bytes, Client};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let client = Client::builder()
///     .transport(|request: http::Request<Bytes>| async move {
///         assert_eq!(request.uri(), "https://api.example/greeting");
///         Ok(http::Response::new(Bytes::from("hello")))
///     })
///     .build()?;
/// let response = client.send("https://api.example/greeting").await?;
/// assert_eq!(response.text(), "hello");
/// # Ok::<(), gather::Error>(())
/// # }).unwrap();
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Carries one request.
    fn send(&self, request: http::Request<Bytes>) -> Answering;
}

impl<F, Answer> Transport for F
where
    F: Fn(http::Request<Bytes>) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = io::Result<http::Response<Bytes>>> + Send + 'static,
{
    fn send(&self, request: http::Request<Bytes>) -> Answering {
        Box::pin(self(request))
    }
}

/// A transport that can be shared and printed.
#[derive(Clone)]
pub(crate) struct Carrier(pub(crate) Arc<dyn Transport>);

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}
