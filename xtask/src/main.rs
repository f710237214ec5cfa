//! What a developer of gather runs.
fn main() {}
