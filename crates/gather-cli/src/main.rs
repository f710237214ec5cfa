//! The `gather` binary.
fn main() {}
