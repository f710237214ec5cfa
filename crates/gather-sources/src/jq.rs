//! jq expressions: compiled once, run with a bound on time and on the number of outputs.
//!
//! An answer must mean the same whenever and wherever it is read, so `env`, `now`, `input`, `debug`, local time and
//! `halt` (which would end the process) do not exist here. `range`, `repeat`, `recurse`, `while` and `until` look at
//! the clock as they go, and expressions of declarations may not define functions, so nothing else can loop. Not
//! bounded: the memory of a single value that an expression builds on purpose.
//!
//! Source: the jq manual 1.7 for the language; jaq for its implementation.

mod check;
mod engine;
pub(crate) mod json;
mod prelude;

pub(crate) use check::check;
pub(crate) use engine::{Fault, Meter, Program, compile};
pub(crate) use jaq_json::{Map, Num, Rc, Val};
