//! Requests of a fan-out that wait for a worker, in one line for each host.
//!
//! A host never has more than so many requests in flight, so a task for each of ten thousand would only take memory
//! while it waits. A line has as many workers as its host has slots; the rest of it waits here, in order of arrival. A
//! worker whose request is over takes the next one that may go, and ends when there is none. One that pauses before a
//! retry, or was sent to another host, gives its place in the line to the next.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use crate::{hash::HashMap, host::Host, request::Request};

/// A request that waits for a worker.
pub(crate) struct Waiting {
    pub(crate) index: usize,
    pub(crate) parent: Option<usize>,
    /// When it was added, from the start of the fan-out.
    pub(crate) queued: Duration,
    pub(crate) request: Request,
}

/// The lines of one fan-out, as its workers share them.
#[derive(Clone, Default)]
pub(crate) struct SharedLines(Arc<Mutex<Lines>>);

impl SharedLines {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0
            .lock()
            .expect("no code panics while it holds this lock")
    }
}

/// A request's place in its line. Given up when it is dropped, at the latest.
pub(crate) struct Spot {
    lines: SharedLines,
    line: Option<LineId>,
    /// Called when it is given up before the request is over: somebody else may have a worker now.
    freed: Box<dyn Fn() + Send + Sync>,
}

impl Spot {
    pub(crate) fn new(
        lines: SharedLines,
        line: LineId,
        freed: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self {
            lines,
            line: Some(line),
            freed: Box::new(freed),
        }
    }

    /// Lets the next in line have a worker, while this request goes on.
    pub(crate) fn give_up(&mut self) {
        if let Some(line) = self.line.take() {
            self.lines.lock().leave(line);
            (self.freed)();
        }
    }
}

impl Drop for Spot {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            self.lines.lock().leave(line);
        }
    }
}

/// Which line a request stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineId(usize);

#[derive(Default)]
pub(crate) struct Lines {
    lines: Vec<Line>,
    ids: HashMap<Option<Host>, LineId>,
    /// The lines whose first request may have a worker now, by the index of that request.
    ready: BTreeMap<usize, LineId>,
    waiting: usize,
}

struct Line {
    width: usize,
    workers: usize,
    queue: VecDeque<Waiting>,
}

impl Lines {
    /// Puts a request at the end of its host's line; `slots` is how many requests that host may have in flight.
    pub(crate) fn push(&mut self, waiting: Waiting, slots: impl FnOnce(&Host) -> usize) {
        let host = waiting.request.url.as_ref().ok().and_then(Host::of);
        let id = *self.ids.entry(host).or_insert_with_key(|host| {
            // One without a host fails at once.
            let slots = host.as_ref().map_or(1, slots);
            self.lines.push(Line {
                width: slots.max(1),
                workers: 0,
                queue: VecDeque::new(),
            });
            LineId(self.lines.len() - 1)
        });
        let line = &mut self.lines[id.0];
        if line.queue.is_empty() && line.workers < line.width {
            self.ready.insert(waiting.index, id);
        }
        line.queue.push_back(waiting);
        self.waiting += 1;
    }

    /// The next request that is to have a worker. Whoever came first goes first.
    pub(crate) fn pop(&mut self) -> Option<(LineId, Waiting)> {
        let (_, id) = self.ready.pop_first()?;
        let line = &mut self.lines[id.0];
        let next = line.queue.pop_front()?;
        line.workers += 1;
        self.waiting -= 1;
        self.make_ready(id);
        Some((id, next))
    }

    /// A request of a line is over, or needs its place no more.
    pub(crate) fn leave(&mut self, id: LineId) {
        let line = &mut self.lines[id.0];
        line.workers -= 1;
        self.make_ready(id);
    }

    /// How many requests have no worker yet.
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    fn make_ready(&mut self, id: LineId) {
        let line = &self.lines[id.0];
        if let Some(first) = line.queue.front()
            && line.workers < line.width
        {
            self.ready.insert(first.index, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(lines: &mut Lines, index: usize, host: &str) {
        let waiting = Waiting {
            index,
            parent: None,
            queued: Duration::ZERO,
            request: Request::get(format!("http://{host}/{index}")),
        };
        lines.push(waiting, |_| 1);
    }

    fn popped(lines: &mut Lines) -> Vec<usize> {
        std::iter::from_fn(|| lines.pop().map(|(_, waiting)| waiting.index)).collect()
    }

    #[test]
    fn a_full_line_holds_up_nobody_else() {
        let mut lines = Lines::default();
        for index in 0..5 {
            push(&mut lines, index, "a");
        }
        push(&mut lines, 5, "b");
        // One each for hosts of one slot.
        assert_eq!(popped(&mut lines), [0, 5]);
        assert_eq!(lines.len(), 4);
        lines.leave(LineId(0));
        lines.leave(LineId(1));
        push(&mut lines, 6, "b");
        assert_eq!(popped(&mut lines), [1, 6]);
    }

    #[test]
    fn requests_without_a_host_have_a_line_too() {
        let mut lines = Lines::default();
        push(&mut lines, 0, "[");
        assert_eq!(popped(&mut lines), [0]);
        lines.leave(LineId(0));
        assert_eq!(lines.len(), 0);
    }
}
