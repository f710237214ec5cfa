//! The corpus and what is made to hurt, on every target; and the runner on a target that is broken on purpose.

mod corpus;
mod runner;
