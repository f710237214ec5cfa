//! How numbers, times and texts become words on a page, for one reader.
//!
//! Words are English; digits are grouped and pointed as the reader's browser asks for, times are in the reader's zone.
//! Amounts carry a true minus and at least the minor digits of their currency.
//!
//! Not here: the same for the terminal (`gather-cli`), numbers in the API, which are exact text.

mod hits;
mod numbers;
mod times;

pub(crate) use hits::hits;
pub(crate) use numbers::{Numbers, align};
pub(crate) use times::{Times, seconds};

/// A message as the beginning of a sentence.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// One of something in words: `1 story`, `3 stories`, `3 accounts`.
pub(crate) fn plural(count: u64, word: &str) -> String {
    if count == 1 {
        return format!("1 {word}");
    }
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{count} {stem}ies"),
        _ => format!("{count} {word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn a_count_has_its_plural() {
        assert_eq!(plural(1, "story"), "1 story");
        assert_eq!(plural(0, "story"), "0 stories");
        assert_eq!(plural(2, "day"), "2 days");
        assert_eq!(plural(1000, "account"), "1000 accounts");
    }
}
