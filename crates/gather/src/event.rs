//! What happens to a request, told as it happens.

use std::{sync::Arc, time::Duration};

use crate::limit::WaitCause;

/// Something happened to a request of a fan-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Which request: its place in the order asked.
    pub request: usize,
    /// When, counted from the start of the fan-out.
    pub at: Duration,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// It was taken into the fan-out.
    Queued,
    /// It has to wait before it may start.
    Waiting(WaitCause),
    /// An attempt starts: this many are on the wire or were.
    Started {
        /// 1 for the first attempt.
        attempt: u32,
    },
    /// The head of an answer has come.
    FirstByte {
        /// Its status.
        status: u16,
    },
    /// The server sent it elsewhere.
    Redirected,
    /// The attempt failed, and there will be another.
    Retrying {
        /// The pause before it, at least.
        pause: Duration,
        /// What was wrong.
        why: String,
    },
    /// The server sent something that is not believed; told once for each host.
    Disregarded {
        /// What, in words for a person.
        what: String,
    },
    /// It is over, with an answer.
    Done {
        /// The status of the answer.
        status: u16,
        /// The length of the decoded body.
        bytes: u64,
    },
    /// It is over, without an answer.
    Failed {
        /// What was wrong.
        why: String,
    },
}

/// Who is told. Called from the tasks that do the work: it should return quickly.
pub(crate) type Listener = Arc<dyn Fn(Event) + Send + Sync>;
