//! Tries inputs nobody thought of on everything here that reads text from a server or a file.
//!
//! What is checked of each input, whatever is in it: no panic, no end of the stack (2 MiB, as on the threads that read
//! answers), bounded time on the processor, bounded memory, the same result twice, and what the target itself
//! promises about its result ([`targets`]). Inputs are mutations of a small corpus in the repository and of texts that
//! are made to hurt ([`inputs`]); those that lead to a result of a new shape are mutated further.
//!
//! It runs on the stable toolchain and in one process a target, which is not expected to survive a finding: the input
//! at work is in a file all the time. `cargo xtask fuzz` starts the processes and says how to replay what was found.
//!
//! The tools people know for this were looked at and not taken: libFuzzer, AFL and honggfuzz want a nightly compiler
//! or a C toolchain of their own, and what is left of bolero without them draws bytes at random, without corpus and
//! without bounds on time and memory.

mod arguments;
pub mod inputs;
mod mutate;
mod process;
pub mod targets;
mod worker;

pub use process::main;
