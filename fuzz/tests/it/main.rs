//! The corpus and what is made to hurt, on every target; and the runner on a target that is broken on purpose.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod corpus;
mod runner;
