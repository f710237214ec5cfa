//! Texts that look like JSON and are made for scripts: named as such, never guessed at.

use super::JsonFault;

/// What the text is instead of JSON, if it is one of these.
pub(super) fn name(text: &[u8]) -> Option<JsonFault> {
    let start = text.trim_ascii_start();
    let message = if start.starts_with(b")]}'") {
        "the text begins with `)]}'`, a guard against scripts, and is not JSON".to_owned()
    } else {
        let callback = callback(start)?;
        format!(
            "the text is a script that calls `{callback}` (JSONP) and not JSON; ask without a callback"
        )
    };
    let (line, column) = super::position(text, text.len() - start.len());
    Some(JsonFault {
        line,
        column,
        message,
    })
}

/// The function of `name({…});`.
fn callback(text: &[u8]) -> Option<&str> {
    let text = text
        .strip_prefix(b"/**/")
        .map_or(text, <[u8]>::trim_ascii_start);
    let end = text.iter().position(|b| *b == b'(')?;
    let name = std::str::from_utf8(text.get(..end)?.trim_ascii_end()).ok()?;
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
    (!name.is_empty()
        && name.len() <= 100
        && name.chars().all(letter)
        && !name.starts_with(|c: char| c.is_ascii_digit()))
    .then_some(name)
}

/// A number of other languages at the start of a text.
pub(super) fn word(text: &[u8]) -> Option<&'static str> {
    ["NaN", "-Infinity", "Infinity", "undefined", "-NaN"]
        .into_iter()
        .find(|word| text.starts_with(word.as_bytes()))
}
