//! What is drawn of a run, as a reader of the file gets it.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test with what went wrong"
)]

mod bench;
mod drawings;
mod timelines;
