//! The same client for programs without async: each call waits for its result.
//!
//! A small runtime of its own moves the bytes on one thread; it ends with the last clone of the client. Limits,
//! timeouts, retries and reports are those of the async client, because they are the async client.
//!
//! ```no_run
//! let client = gather::blocking::Client::new();
//! let answers = client.gather(["https://a.example/", "https://b.example/"]).run();
//! for result in answers {
//!     match result {
//!         Ok(response) => println!("{} {} bytes", response.status(), response.bytes().len()),
//!         Err(error) => println!("{error}"),
//!     }
//! }
//! ```

use std::{fmt, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::runtime::Runtime;
use url::Url;

use crate::{
    client::ClientBuilder,
    download,
    error::{Error, Kind},
    event::Event,
    fan_out::{self, Completed, Gathered},
    report::Report,
    request::Request,
    response::Response,
};

/// Asks servers, many at once, and waits for the answers. See [`gather::Client`](crate::Client).
///
/// Cheap to clone; clones share connections, limits and the thread.
///
/// # Panics
/// All methods that wait panic when they are called from async code: use [`gather::Client`](crate::Client) there.
#[derive(Clone)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Background>,
}

/// The runtime, which may be dropped anywhere, async code included.
struct Background(Option<Runtime>);

impl Background {
    fn wait<F: Future>(&self, future: F) -> F::Output {
        let runtime = self.0.as_ref();
        runtime
            .expect("it is only taken when it is dropped")
            .block_on(future)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// A client with all defaults: see [`ClientBuilder`].
    ///
    /// # Panics
    /// When the operating system gives no thread.
    #[must_use]
    pub fn new() -> Self {
        Self::from_builder(crate::Client::builder())
            .expect("the defaults are valid settings, and there is a thread to be had")
    }

    /// A client with these settings.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`], and when the operating system gives no thread.
    pub fn from_builder(builder: ClientBuilder) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("gather")
            .enable_all()
            .build()
            .map_err(|e| {
                Error::caused_by(Kind::Client("no thread can be started".to_owned()), e)
            })?;
        Ok(Self {
            client: builder.build()?,
            runtime: Arc::new(Background(Some(runtime))),
        })
    }

    /// Asks one request. See [`gather::Client::send`](crate::Client::send).
    ///
    /// # Errors
    /// Any [`Error`] but one about a deadline of a fan-out. An answer with an error status is an answer.
    pub fn send(&self, request: impl Into<Request>) -> Result<Response, Error> {
        self.runtime.wait(self.client.send(request))
    }

    /// Asks one request and hands its body out piece by piece: an iterator. See
    /// [`gather::Client::download`](crate::Client::download).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn download(&self, request: impl Into<Request>) -> Result<Download, Error> {
        Ok(Download {
            download: self.runtime.wait(self.client.download(request))?,
            runtime: Arc::clone(&self.runtime),
        })
    }

    /// All requests at once, all results in the order asked: end with [`run`](Gather::run).
    pub fn gather<I>(&self, requests: I) -> Gather
    where
        I: IntoIterator,
        I::Item: Into<Request>,
    {
        Gather {
            fan_out: self.client.gather(requests),
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// All requests at once, all answers or the first failure: end with [`run`](TryGather::run).
    pub fn try_gather<I>(&self, requests: I) -> TryGather
    where
        I: IntoIterator,
        I::Item: Into<Request>,
    {
        TryGather {
            fan_out: self.client.try_gather(requests),
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// All requests at once, results as they come: an iterator.
    pub fn as_completed<I>(&self, requests: I) -> AsCompleted
    where
        I: IntoIterator,
        I::Item: Into<Request>,
    {
        AsCompleted {
            fan_out: self.client.as_completed(requests),
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// How many requests are on the wire now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.client.in_flight()
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

/// An answer whose body arrives while it is iterated over. See [`gather::Download`](crate::Download).
#[must_use = "the body arrives only while it is read"]
pub struct Download {
    download: download::Download,
    runtime: Arc<Background>,
}

impl Download {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.download.status()
    }

    /// The headers as they came.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.download.headers()
    }

    /// The address that answered, after redirects. It may hold keys.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.download.url()
    }

    /// How many requests were put on the wire for it.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.download.attempts()
    }
}

impl Iterator for Download {
    type Item = Result<Bytes, Error>;

    /// The next decoded bytes, never empty; `None` at the end of a complete body, or after an error.
    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.wait(self.download.chunk()).transpose()
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.download.fmt(f)
    }
}

/// The options of a fan-out, the same for all three.
macro_rules! options {
    ($fan_out:ident) => {
        impl $fan_out {
            /// See [`gather::AsCompleted::deadline`](crate::AsCompleted::deadline).
            pub fn deadline(mut self, deadline: Duration) -> Self {
                self.fan_out = self.fan_out.deadline(deadline);
                self
            }

            /// See [`gather::AsCompleted::limit`](crate::AsCompleted::limit).
            pub fn limit(mut self, limit: usize) -> Self {
                self.fan_out = self.fan_out.limit(limit);
                self
            }

            /// See [`gather::AsCompleted::on_event`](crate::AsCompleted::on_event).
            pub fn on_event(mut self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
                self.fan_out = self.fan_out.on_event(listener);
                self
            }
        }

        impl fmt::Debug for $fan_out {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.fan_out.fmt(f)
            }
        }
    };
}

/// All results in the order asked. Nothing is sent before [`run`](Self::run).
#[must_use = "a fan-out does nothing unless it is run"]
pub struct Gather {
    fan_out: fan_out::Gather,
    runtime: Arc<Background>,
}

impl Gather {
    /// Asks, and waits for all results.
    pub fn run(self) -> Gathered {
        self.runtime.wait(self.fan_out.into_future())
    }
}

/// All answers, or the first failure. Nothing is sent before [`run`](Self::run).
#[must_use = "a fan-out does nothing unless it is run"]
pub struct TryGather {
    fan_out: fan_out::TryGather,
    runtime: Arc<Background>,
}

impl TryGather {
    /// Asks, and waits for all answers or for the first failure, which cancels the rest.
    ///
    /// # Errors
    /// The first failure in time; an error status counts as one.
    pub fn run(self) -> Result<Vec<Response>, Error> {
        self.runtime.wait(self.fan_out.into_future())
    }
}

/// Results in order of completion. Nothing is sent before the first one is asked for; the others go on arriving
/// while the caller is busy with one. Dropping it stops its work.
#[must_use = "a fan-out does nothing unless it is iterated over"]
pub struct AsCompleted {
    fan_out: fan_out::AsCompleted,
    runtime: Arc<Background>,
}

impl AsCompleted {
    /// Adds a request and gives its index.
    pub fn push(&mut self, request: impl Into<Request>) -> usize {
        self.fan_out.push(request)
    }

    /// Adds a request that the answer to request `parent` led to, and gives its index.
    ///
    /// # Panics
    /// If there is no request `parent`.
    pub fn push_after(&mut self, parent: usize, request: impl Into<Request>) -> usize {
        self.fan_out.push_after(parent, request)
    }

    /// What has happened so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.fan_out.report()
    }
}

impl Iterator for AsCompleted {
    type Item = Completed;

    /// The next finished request; `None` when all are. After a further [`push`](Self::push) there is a next one again.
    fn next(&mut self) -> Option<Completed> {
        self.runtime.wait(self.fan_out.next())
    }
}

options!(Gather);
options!(TryGather);
options!(AsCompleted);
