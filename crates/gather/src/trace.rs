//! The marks one request leaves on its way: kept for the report, and told to whoever listens.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{Method, Version};

use crate::{
    clock::Clock,
    connect::Connecting,
    error::Error,
    event::{Event, EventKind, Listener},
    limit::{WaitCause, Waits},
    lines::Spot,
    report::{Attempt, Course},
};

pub(crate) struct Trace {
    clock: Clock,
    start: Instant,
    request: usize,
    listener: Option<Listener>,
    queued: Duration,
    /// How long it stood in line before it had a worker.
    in_line: Duration,
    spot: Option<Spot>,
    method: Method,
    pub(crate) course: Course,
}

impl Trace {
    pub(crate) fn new(
        clock: Clock,
        start: Instant,
        request: usize,
        parent: Option<usize>,
        listener: Option<Listener>,
    ) -> Self {
        Self {
            clock,
            start,
            request,
            listener,
            queued: Duration::ZERO,
            in_line: Duration::ZERO,
            spot: None,
            method: Method::GET,
            course: Course {
                parent,
                ..Course::default()
            },
        }
    }

    /// How many requests were put on the wire, or were about to be.
    pub(crate) fn attempts(&self) -> u32 {
        u32::try_from(self.course.attempts.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn listens(&self) -> bool {
        self.listener.is_some()
    }

    pub(crate) fn tell(&self, kind: impl FnOnce() -> EventKind) {
        if let Some(listener) = &self.listener {
            listener(Event {
                request: self.request,
                at: self.now(),
                kind: kind(),
            });
        }
    }

    /// The method of the attempts from now on; a redirect may change it.
    pub(crate) fn asks(&mut self, method: &Method) {
        self.method.clone_from(method);
    }

    /// It was added at `queued`, and had to wait for its host's others before it got a worker.
    pub(crate) fn stood_in_line(&mut self, queued: Duration, spot: Spot) {
        self.spot = Some(spot);
        self.course.queued = queued;
        self.in_line = self.now().saturating_sub(queued);
    }

    /// It is over: its place in the line is free, and this is what it did.
    pub(crate) fn finish(self) -> Course {
        self.course
    }

    /// The slot of its host is free for others for a while, or for good.
    pub(crate) fn leave_line(&mut self) {
        if let Some(spot) = &mut self.spot {
            spot.give_up();
        }
    }

    pub(crate) fn queue(&mut self) {
        self.queued = self.now();
    }

    pub(crate) fn waiting(&self, cause: WaitCause) {
        self.tell(|| EventKind::Waiting(cause));
    }

    pub(crate) fn started(&mut self, url: &Arc<str>, mut waits: Waits) {
        let started = self.now();
        let in_line = std::mem::take(&mut self.in_line);
        waits.host += in_line;
        let number = self.attempts().saturating_add(1);
        // Most requests have one attempt, and room for four would be a kilobyte each.
        self.course.attempts.reserve_exact(1);
        self.course.attempts.push(Attempt {
            request: self.request,
            number,
            method: self.method.clone(),
            url: Arc::clone(url),
            queued: self.queued.saturating_sub(in_line),
            waits,
            started,
            reused: false,
            connecting: Connecting::default(),
            sent: None,
            first_byte: None,
            ended: started,
            status: None,
            version: None,
            received: 0,
            error: None,
        });
        self.tell(|| EventKind::Started { attempt: number });
    }

    /// It was joined with an equal request, which took so long.
    pub(crate) fn joined(&mut self, took: Duration) {
        self.course.joined = took;
    }

    /// The attempt that was started is none: nothing was put on the wire.
    pub(crate) fn forget(&mut self) {
        self.course.attempts.pop();
    }

    pub(crate) fn connecting(&mut self, steps: Connecting, reused: bool) {
        if let Some(attempt) = self.course.attempts.last_mut() {
            attempt.connecting = steps;
            attempt.reused = reused;
        }
    }

    pub(crate) fn sent(&mut self) {
        let now = self.now();
        if let Some(attempt) = self.course.attempts.last_mut() {
            attempt.sent = Some(now);
        }
    }

    pub(crate) fn first_byte(&mut self, status: u16, version: Version) {
        let now = self.now();
        if let Some(attempt) = self.course.attempts.last_mut() {
            attempt.first_byte = Some(now);
            attempt.status = Some(status);
            attempt.version = Some(version);
        }
        self.tell(|| EventKind::FirstByte { status });
    }

    pub(crate) fn received(&mut self, bytes: u64) {
        if let Some(attempt) = self.course.attempts.last_mut() {
            attempt.received += bytes;
        }
    }

    pub(crate) fn ended(&mut self, error: Option<&Error>) {
        let now = self.now();
        if let Some(attempt) = self.course.attempts.last_mut() {
            attempt.ended = now;
            attempt.error = error.map(|error| error.to_string().into());
        }
    }

    fn now(&self) -> Duration {
        self.clock.now().saturating_duration_since(self.start)
    }
}
