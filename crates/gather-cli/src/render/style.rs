//! The few styles there are. Meaning is never colour alone: a word or a sign carries it too.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
/// What is well, and what can be acted on.
const ACCENT: Style = AnsiColor::Green.on_default();
/// What is not quite as it should be.
const CAUTION: Style = AnsiColor::Yellow.on_default();
/// What needs a person.
const ALARM: Style = AnsiColor::Red.on_default();

fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

pub(crate) fn dim(text: impl Display) -> String {
    styled(DIM, text)
}

pub(crate) fn bold(text: impl Display) -> String {
    styled(BOLD, text)
}

pub(crate) fn accent(text: impl Display) -> String {
    styled(ACCENT, text)
}

pub(crate) fn caution(text: impl Display) -> String {
    styled(CAUTION, text)
}

pub(crate) fn alarm(text: impl Display) -> String {
    styled(ALARM, text)
}

/// A link that terminals can follow. The address must not contain anything active.
pub(crate) fn link(address: &str, text: impl Display) -> String {
    format!("\u{1b}]8;;{address}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
}
