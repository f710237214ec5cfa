//! Requests of a fan-out that have no task yet, in one line for each host.
//!
//! A host never has more than so many requests in flight, so a task for each of ten thousand would only take memory
//! while it waits. A line has as many tasks as its host has slots; the rest of it waits here, in order of arrival. A
//! task that pauses before a retry, or that was sent to another host, gives its place in the line to the next.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::mpsc::UnboundedSender;

use crate::{hash::HashMap, host::Host, request::Request};

/// A request that waits for its task.
pub(crate) struct Waiting {
    pub(crate) index: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) request: Request,
}

/// A task's place in its line.
pub(crate) struct Spot {
    line: LineId,
    given_up: Option<UnboundedSender<LineId>>,
}

impl Spot {
    pub(crate) fn new(line: LineId, given_up: UnboundedSender<LineId>) -> Self {
        Self {
            line,
            given_up: Some(given_up),
        }
    }

    /// Lets the next in line have a task. Once is enough.
    pub(crate) fn give_up(&mut self) {
        if let Some(given_up) = self.given_up.take() {
            // A fan-out that is gone has no line.
            let _ = given_up.send(self.line);
        }
    }

    /// The line whose place is still held.
    pub(crate) fn held(&self) -> Option<LineId> {
        self.given_up.as_ref().map(|_| self.line)
    }
}

/// Which line a request stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineId(usize);

#[derive(Default)]
pub(crate) struct Lines {
    lines: Vec<Line>,
    ids: HashMap<Option<Host>, LineId>,
    /// The lines whose first request may have a task now, by the index of that request.
    ready: BTreeMap<usize, LineId>,
    waiting: usize,
}

struct Line {
    width: usize,
    tasks: usize,
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
                tasks: 0,
                queue: VecDeque::new(),
            });
            LineId(self.lines.len() - 1)
        });
        let line = &mut self.lines[id.0];
        if line.queue.is_empty() && line.tasks < line.width {
            self.ready.insert(waiting.index, id);
        }
        line.queue.push_back(waiting);
        self.waiting += 1;
    }

    /// The next request that is to have a task. Whoever came first goes first.
    pub(crate) fn pop(&mut self) -> Option<(LineId, Waiting)> {
        let (_, id) = self.ready.pop_first()?;
        let line = &mut self.lines[id.0];
        let next = line.queue.pop_front()?;
        line.tasks += 1;
        self.waiting -= 1;
        self.make_ready(id);
        Some((id, next))
    }

    /// A task of a line has ended, or needs its place no more.
    pub(crate) fn leave(&mut self, id: LineId) {
        let line = &mut self.lines[id.0];
        line.tasks -= 1;
        self.make_ready(id);
    }

    /// How many requests have no task yet.
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    fn make_ready(&mut self, id: LineId) {
        let line = &self.lines[id.0];
        if let Some(first) = line.queue.front()
            && line.tasks < line.width
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
