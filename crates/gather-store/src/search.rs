//! From what a person types into a search box to an expression of SQLite's full-text index.
//!
//! Every word must occur as the beginning of a word; case and accents do not matter (the index's tokenizer sees to
//! that). Each word is quoted, so nothing typed is an operator and no text is an error.

/// What a search text asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Words {
    /// Blank: no restriction.
    All,
    /// Only signs, none of which is in the index: nothing matches.
    Nothing,
    /// An FTS5 expression.
    Match(String),
}

/// Quotes each word, as a prefix.
pub(crate) fn words(text: &str) -> Words {
    let mut words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .peekable();
    if words.peek().is_none() {
        return Words::All;
    }
    let quoted: Vec<String> = words
        // A word of signs only would be an empty phrase, which matches nothing: `rust & tokio` means both words.
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect();
    if quoted.is_empty() {
        Words::Nothing
    } else {
        Words::Match(quoted.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_a_prefix_and_no_sign_is_an_operator() {
        assert_eq!(words(" \u{0}\n"), Words::All);
        assert_eq!(words("?! &"), Words::Nothing);
        assert_eq!(
            words("night sail\"ing* & OR -x"),
            Words::Match(r#""night"* "sail""ing*"* "OR"* "-x"*"#.to_owned())
        );
    }
}
