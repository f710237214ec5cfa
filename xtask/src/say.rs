//! The one place where xtask talks to the person at the terminal.
//!
//! Everything goes to stderr, beside what cargo says, so that the order of both is kept.
#![expect(clippy::print_stderr, reason = "xtask's only voice")]

/// Says one line, or several.
pub(crate) fn line(text: &str) {
    eprintln!("{text}");
}

/// Opens the part of the output that belongs to one step.
pub(crate) fn heading(text: &str) {
    eprintln!("\n== {text}");
}
