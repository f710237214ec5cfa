//! The store through its public door, over real files.
#![allow(
    clippy::unwrap_used,
    reason = "a helper that fails should fail its test where it stands"
)]

mod crash;
mod faults;
mod keep;
mod money;
mod random;
mod runs;
mod stories;
mod support;
mod viewers;
mod writers;
