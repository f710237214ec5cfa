//! Texts of a file as they are kept: one line, no control characters, nothing where nothing is said.

use crate::text;

/// Longer texts are cut, in characters.
const MAX: usize = 1_000;
/// Longer ids are none.
const MAX_ID: usize = 500;

/// A text for people.
pub(super) fn line(text: &str) -> Option<String> {
    let text = text.trim();
    // Most texts are clean already.
    let is_clean = text.len() <= MAX
        && text.bytes().all(|byte| (b' '..0x7F).contains(&byte))
        && !text.contains("  ");
    if is_clean {
        return (!text.is_empty()).then(|| text.to_owned());
    }
    text::from_plain(text, MAX)
}

/// Several texts as one, each once.
pub(super) fn joined<'t>(texts: impl IntoIterator<Item = &'t str>) -> Option<String> {
    let mut all: Vec<&str> = Vec::new();
    for text in texts {
        let text = text.trim();
        if !text.is_empty() && !all.contains(&text) && all.len() < 50 {
            all.push(text);
        }
    }
    line(&all.join(" "))
}

/// An id, its text untouched but for white space at its ends; empty where there is none.
pub(super) fn id(text: &str) -> String {
    let text = text.trim();
    let says_nothing = text.bytes().all(|byte| byte == b'0')
        || ["NONREF", "NOTPROVIDED", "NONE", "N/A", "NULL", "-"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word));
    if says_nothing || text.len() > MAX_ID || text.chars().any(char::is_control) {
        return String::new();
    }
    text.to_owned()
}
