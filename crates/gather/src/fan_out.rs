//! Fan-out: many requests at once under the client's limits, and one report over them all.
//!
//! All three forms are the same machine: [`AsCompleted`] hands results out as they come; [`Gather`] waits for all of
//! them; [`TryGather`] stops at the first failure. Each request runs in a task of its own, so that answers are read
//! while the caller is busy; dropping the fan-out aborts the tasks, and every permit and place goes back.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime},
};

use futures_core::Stream;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

use crate::{
    engine::Shared,
    error::Error,
    event::{Event, EventKind, Listener},
    limit::Waits,
    lines::{LineId, SharedLines, Spot, Waiting},
    report::{Course, Report},
    request::Request,
    response::Response,
    timeouts::{Limit, TimeoutKind},
    trace::Trace,
};

/// A request that is over.
struct Finished {
    index: usize,
    result: Result<Response, Error>,
    course: Course,
}

/// What workers tell the fan-out.
enum Message {
    Finished(Box<Finished>),
    /// A place in a line came free while its request goes on.
    Freed,
}

/// Results in order of completion: a stream, and a fan-out that requests can be added to while it runs.
///
/// Made by [`Client::as_completed`](crate::Client::as_completed). Nothing is sent before it is first polled.
///
/// # Cancel safety
/// [`next`](Self::next) is cancel safe. Dropping the fan-out stops its work at once; what was sent by then may have
/// been acted on by the server.
pub struct AsCompleted {
    shared: Arc<Shared>,
    workers: JoinSet<()>,
    lines: SharedLines,
    messages: (UnboundedSender<Message>, UnboundedReceiver<Message>),
    /// Requests whose results were not handed out yet.
    open: usize,
    /// What was added and not yet told to the listener, which is set after the first requests.
    untold: Vec<usize>,
    courses: Vec<Course>,
    limit: usize,
    start: Instant,
    started_at: SystemTime,
    last_end: Instant,
    deadline: Option<Duration>,
    listener: Option<Listener>,
}

/// One finished request of a fan-out.
#[derive(Debug)]
pub struct Completed {
    /// Its place in the order asked, from 0.
    pub index: usize,
    /// What came of it.
    pub result: Result<Response, Error>,
    /// What it waited for before its attempts could start, all of them together.
    pub waits: Waits,
}

impl AsCompleted {
    pub(crate) fn new(shared: Arc<Shared>, requests: impl Iterator<Item = Request>) -> Self {
        let start = shared.clock.now();
        let started_at = shared.clock.wall();
        let mut this = Self {
            shared,
            workers: JoinSet::new(),
            lines: SharedLines::default(),
            messages: unbounded_channel(),
            open: 0,
            untold: Vec::new(),
            courses: Vec::new(),
            limit: usize::MAX,
            start,
            started_at,
            last_end: start,
            deadline: None,
            listener: None,
        };
        for request in requests {
            this.push(request);
        }
        this
    }

    /// The whole fan-out must be over within this time from its creation; what is not, fails with
    /// [`Error::is_timeout`]. No default: without it each request has only its own timeouts.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// At most `limit` requests of this fan-out are under way at once, the pause before a retry counted; at least 1.
    /// The client's own limits hold besides. Default: no limit.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit.max(1);
        self
    }

    /// Tells `listener` what happens, as it happens. It is called from the tasks that do the work and should return
    /// quickly. Without a listener events cost nothing.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Adds a request and gives its index.
    pub fn push(&mut self, request: impl Into<Request>) -> usize {
        self.add(None, request.into())
    }

    /// Adds a request that the answer to request `parent` led to, and gives its index. The report's longest chain
    /// runs along these.
    ///
    /// # Panics
    /// If there is no request `parent`.
    pub fn push_after(&mut self, parent: usize, request: impl Into<Request>) -> usize {
        assert!(
            parent < self.courses.len(),
            "request {parent} was never added"
        );
        self.add(Some(parent), request.into())
    }

    fn add(&mut self, parent: Option<usize>, request: Request) -> usize {
        let index = self.courses.len();
        let now = self.shared.clock.now();
        let queued = now.saturating_duration_since(self.start);
        self.courses.push(Course {
            parent,
            queued,
            ..Course::default()
        });
        self.untold.push(index);
        let waiting = Waiting {
            index,
            parent,
            queued,
            request,
        };
        let limiter = &self.shared.limiter;
        self.open += 1;
        self.lines.lock().push(waiting, |host| limiter.width(host));
        index
    }

    /// The next finished request; `None` when all are. After a further [`push`](Self::push) there is a next one again.
    pub async fn next(&mut self) -> Option<Completed> {
        std::future::poll_fn(|cx| self.poll_completed(cx)).await
    }

    /// What has happened so far.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::new(&self.courses, self.started_at, self.last_end - self.start)
    }

    fn poll_completed(&mut self, cx: &mut Context<'_>) -> Poll<Option<Completed>> {
        for request in std::mem::take(&mut self.untold) {
            if let Some(listener) = &self.listener {
                listener(Event {
                    request,
                    at: self.courses[request].queued,
                    kind: EventKind::Queued,
                });
            }
        }
        loop {
            while self.workers.len() < self.limit {
                let Some((line, waiting)) = self.lines.lock().pop() else {
                    break;
                };
                self.hire(line, waiting);
            }
            match self.messages.1.poll_recv(cx) {
                Poll::Ready(Some(Message::Finished(finished))) => {
                    return Poll::Ready(Some(self.completed(*finished)));
                }
                Poll::Ready(Some(Message::Freed)) => continue,
                // The sender is ours, so there is always one.
                Poll::Ready(None) | Poll::Pending => {}
            }
            if self.open == 0 {
                return Poll::Ready(None);
            }
            match self.workers.poll_join_next(cx) {
                Poll::Pending => return Poll::Pending,
                // One worker less: there may be room for another.
                Poll::Ready(Some(Ok(()))) => {}
                Poll::Ready(Some(Err(died))) => match died.try_into_panic() {
                    // A listener panicked: that is the caller's, and belongs to the caller.
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The runtime is being shut down and will not poll us again.
                    Err(_) => return Poll::Ready(None),
                },
                // Nobody works any more, and the last results are on their way through the channel.
                Poll::Ready(None) => return Poll::Pending,
            }
        }
    }

    fn completed(&mut self, finished: Finished) -> Completed {
        let Finished {
            index,
            result,
            course,
        } = finished;
        let mut waits = Waits::default();
        for attempt in &course.attempts {
            waits += attempt.waits;
        }
        self.open -= 1;
        self.courses[index] = course;
        self.last_end = self.shared.clock.now();
        Completed {
            index,
            result,
            waits,
        }
    }

    /// A worker for this request, and for whichever may go when it is over.
    fn hire(&mut self, line: LineId, waiting: Waiting) {
        let shared = Arc::clone(&self.shared);
        let lines = self.lines.clone();
        let messages = self.messages.0.clone();
        let listener = self.listener.clone();
        let start = self.start;
        let deadline = self
            .deadline
            .map(|after| Limit::new(start, after, TimeoutKind::Deadline));
        // Boxed, since a task is copied several times on its way into the runtime.
        self.workers.spawn(Box::pin(async move {
            let mut next = Some((line, waiting));
            while let Some((line, waiting)) = next {
                let Waiting {
                    index,
                    parent,
                    queued,
                    request,
                } = waiting;
                let clock = shared.clock.clone();
                let mut trace = Trace::new(clock, start, index, parent, listener.clone());
                trace.asks(&request.method);
                let freed = messages.clone();
                let spot = Spot::new(lines.clone(), line, move || {
                    // A fan-out that is gone has no line.
                    let _ = freed.send(Message::Freed);
                });
                trace.stood_in_line(queued, spot);
                let result = shared.run(request, deadline, &mut trace).await;
                let course = trace.finish();
                // First, so that nobody is hired for what this worker is about to take.
                next = lines.lock().pop();
                let finished = Finished {
                    index,
                    result,
                    course,
                };
                let _ = messages.send(Message::Finished(Box::new(finished)));
            }
        }));
    }
}

/// Runs a fan-out that hands nothing out before its end in a task of its own, where its tasks are: so that a caller on
/// another thread is woken once and not for every request. Dropped, it stops.
async fn beside<T: Send + 'static>(fan_out: impl Future<Output = T> + Send + 'static) -> T {
    let mut task = JoinSet::new();
    task.spawn(fan_out);
    match task.join_next().await {
        Some(Ok(output)) => output,
        Some(Err(died)) if died.is_panic() => std::panic::resume_unwind(died.into_panic()),
        // The runtime is being shut down and will not poll us again.
        Some(Err(_)) | None => std::future::pending().await,
    }
}

impl Stream for AsCompleted {
    type Item = Completed;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Completed>> {
        self.poll_completed(cx)
    }
}

impl fmt::Debug for AsCompleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted")
            .field("requests", &self.courses.len())
            .field("under_way", &self.workers.len())
            .field("waiting", &self.lines.lock().len())
            .finish_non_exhaustive()
    }
}

/// All results in the order asked: await it. Made by [`Client::gather`](crate::Client::gather).
///
/// # Cancel safety
/// Dropping it stops its work at once; what was sent by then may have been acted on by the server.
#[derive(Debug)]
#[must_use = "a fan-out does nothing unless it is awaited"]
pub struct Gather(pub(crate) AsCompleted);

/// What [`Gather`] gives.
#[derive(Debug)]
pub struct Gathered {
    /// A result for each request, in the order asked. One failure leaves the others alone.
    pub results: Vec<Result<Response, Error>>,
    /// What the fan-out did with its time.
    pub report: Report,
}

impl Gather {
    /// See [`AsCompleted::deadline`].
    pub fn deadline(self, deadline: Duration) -> Self {
        Self(self.0.deadline(deadline))
    }

    /// See [`AsCompleted::limit`].
    pub fn limit(self, limit: usize) -> Self {
        Self(self.0.limit(limit))
    }

    /// See [`AsCompleted::on_event`].
    pub fn on_event(self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(self.0.on_event(listener))
    }

    async fn run(mut self) -> Gathered {
        let mut slots: Vec<_> = self.0.courses.iter().map(|_| None).collect();
        while let Some(done) = self.0.next().await {
            slots[done.index] = Some(done.result);
        }
        let wall = self.0.last_end - self.0.start;
        Gathered {
            report: Report::last(self.0.courses, self.0.started_at, wall),
            results: slots
                .into_iter()
                .map(|slot| slot.expect("every request of a fan-out ends with a result"))
                .collect(),
        }
    }
}

impl IntoFuture for Gather {
    type Output = Gathered;
    type IntoFuture = Pin<Box<dyn Future<Output = Gathered> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(beside(self.run()))
    }
}

impl IntoIterator for Gathered {
    type Item = Result<Response, Error>;
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.results.into_iter()
    }
}

/// All answers or the first failure: await it. Made by [`Client::try_gather`](crate::Client::try_gather).
///
/// # Errors
/// The first failure in time; an error status counts as one ([`Error::status`]). The other requests are cancelled at
/// once.
///
/// # Cancel safety
/// Dropping it stops its work at once; what was sent by then may have been acted on by the server.
#[derive(Debug)]
#[must_use = "a fan-out does nothing unless it is awaited"]
pub struct TryGather(pub(crate) AsCompleted);

impl TryGather {
    /// See [`AsCompleted::deadline`].
    pub fn deadline(self, deadline: Duration) -> Self {
        Self(self.0.deadline(deadline))
    }

    /// See [`AsCompleted::limit`].
    pub fn limit(self, limit: usize) -> Self {
        Self(self.0.limit(limit))
    }

    /// See [`AsCompleted::on_event`].
    pub fn on_event(self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(self.0.on_event(listener))
    }

    async fn run(mut self) -> Result<Vec<Response>, Error> {
        let mut slots: Vec<_> = self.0.courses.iter().map(|_| None).collect();
        while let Some(done) = self.0.next().await {
            slots[done.index] = Some(done.result?.error_for_status()?);
        }
        Ok(slots
            .into_iter()
            .map(|slot| slot.expect("every request of a fan-out ends with a result"))
            .collect())
    }
}

impl IntoFuture for TryGather {
    type Output = Result<Vec<Response>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(beside(self.run()))
    }
}
