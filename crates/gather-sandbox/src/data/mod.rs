//! Invented data, a function of the seed and of `now` alone.
//!
//! Names of places, firms and people are made up, and every link ends in `.example`. Nothing here
//! knows how an API writes its answers; that is in `routes`.

pub(crate) mod code;
pub(crate) mod fx;
pub(crate) mod ledger;
pub(crate) mod news;
pub(crate) mod posts;
pub(crate) mod threads;
mod words;
