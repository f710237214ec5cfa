//! The dashboard of gather.

#[expect(
    dead_code,
    unused_imports,
    reason = "the handlers that fill the pages come next"
)]
mod pages;
