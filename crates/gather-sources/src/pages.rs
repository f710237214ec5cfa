//! The pages of a step: which request comes after an answer, and when a list has ended.

mod trail;

pub(crate) use trail::{Trail, hex};
