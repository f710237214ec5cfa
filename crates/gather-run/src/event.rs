//! What happens in a run, told as it happens: progress, log and live page are made from these and nothing else.

use std::time::Duration;

use gather::EventKind;
use gather_store::{Counts, Outcome};

/// Something happened to a source of a run.
#[derive(Debug, Clone)]
pub struct RunEvent {
    /// The source's place in [`Plan::names`](crate::Plan::names).
    pub source: usize,
    /// When, counted from the start of the run.
    pub at: Duration,
    /// What.
    pub kind: RunEventKind,
}

/// What happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum RunEventKind {
    /// Something happened to one of its requests.
    Request {
        /// Which one; the same number for all events of a request.
        request: usize,
        /// What.
        event: EventKind,
    },
    /// An answer was read.
    Mapped {
        /// How many records were in it.
        records: usize,
    },
    /// The records of an answer are in the store.
    Kept(Counts),
    /// The source is done.
    Ended(Box<Outcome>),
}
