//! The pages in a real browser: Chromium, driven through its own driver.
//!
//! Each test has a browser and a server of its own. `cargo xtask test` makes Chromium and axe-core ready and says in
//! `GATHER_TEST_AXE` where the latter is; a plain `cargo test` ignores these tests.

mod bare;
mod browser;
mod door;
mod driver;
mod first;
mod hostile;
mod live;
mod money;
mod news;
mod pages;
mod runs;
mod settings;
mod told;

pub(crate) use browser::{Chromium, Look};
