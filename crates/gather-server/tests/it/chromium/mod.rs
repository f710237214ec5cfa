//! The pages in a real browser: Chromium, driven through its own driver.
//!
//! Each test has a browser and a server of its own. `cargo xtask test` makes Chromium and axe-core ready and says in
//! `GATHER_TEST_AXE` where the latter is; a plain `cargo test` ignores these tests.

#![allow(
    dead_code,
    reason = "the browser can do more than each page asks of it"
)]

mod browser;
mod door;
mod first;
mod live;
mod news;
mod pages;
mod told;

pub(crate) use browser::{Chromium, Look};
