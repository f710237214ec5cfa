//! Where the words of a search stand in a text.
//!
//! As the store searches: each word is the beginning of a word, and neither case nor accents matter.

use icu_normalizer::DecomposingNormalizerBorrowed;

use crate::pages::part::{Piece, Words};

/// A text in pieces, those that were searched for told apart.
pub(crate) fn hits(text: &str, search: &str) -> Words {
    let wanted: Vec<Vec<char>> = search
        .split(|c: char| !c.is_alphanumeric())
        .map(|word| word.chars().flat_map(folded).collect())
        .filter(|word: &Vec<char>| !word.is_empty())
        .collect();
    if wanted.is_empty() {
        return Words::plain(text);
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |text: &str, hit: bool| match pieces.last_mut() {
        Some(last) if last.hit == hit => last.text.push_str(text),
        _ if text.is_empty() => {}
        _ => pieces.push(Piece {
            text: text.to_owned(),
            hit,
        }),
    };
    let mut rest = text;
    while !rest.is_empty() {
        // Between words, then a word.
        let start = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
        push(&rest[..start], false);
        rest = &rest[start..];
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && folded(c).next().is_some())
            .unwrap_or(rest.len());
        let word = &rest[..end];
        let hit = wanted
            .iter()
            .filter_map(|wanted| begins_with(word, wanted))
            .max()
            .unwrap_or(0);
        push(&word[..hit], true);
        push(&word[hit..], false);
        rest = &rest[end..];
    }
    Words { pieces }
}

/// How many bytes of a word are its beginning; `None` when it begins otherwise.
fn begins_with(word: &str, wanted: &[char]) -> Option<usize> {
    let mut left = wanted.iter();
    for (at, c) in word.char_indices() {
        if left.len() == 0 && folded(c).next().is_some() {
            return Some(at);
        }
        for one in folded(c) {
            // A letter that folds into several may be cut in its middle: then it is hit as a whole.
            match left.next() {
                Some(next) if *next != one => return None,
                _ => {}
            }
        }
    }
    (left.len() == 0).then_some(word.len())
}

/// A character without case and accents; nothing of one that is only an accent.
fn folded(c: char) -> impl Iterator<Item = char> {
    DecomposingNormalizerBorrowed::new_nfd()
        .normalize_iter(c.to_lowercase())
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
}

#[cfg(test)]
mod tests {
    use super::hits;

    fn shown(text: &str, search: &str) -> String {
        hits(text, search)
            .pieces
            .iter()
            .map(|piece| {
                if piece.hit {
                    format!("[{}]", piece.text)
                } else {
                    piece.text.clone()
                }
            })
            .collect()
    }

    #[test]
    fn words_are_found_by_their_beginning_in_any_case_and_accent() {
        assert_eq!(
            shown("Ferry line adds night sailing", "ferry SAIL"),
            "[Ferry] line adds night [sail]ing"
        );
        assert_eq!(
            shown("Île de Ré, the ile", "ile re"),
            "[Île] de [Ré], the [ile]"
        );
        assert_eq!(shown("cafe\u{301}s", "café"), "[cafe\u{301}]s");
        assert_eq!(shown("STRASSE straße", "strasse"), "[STRASSE] straße");
        assert_eq!(shown("unferry", "ferry"), "unferry");
        assert_eq!(shown("a-b c", "a-b"), "[a]-[b] c");
    }

    #[test]
    fn nothing_is_lost_and_nothing_is_an_error() {
        for text in ["", " ", "…", "x", "ﬃ ligature", "\u{301}alone", "日本語"] {
            for search in ["", "?!", "x", "日", "ffi", "\u{301}"] {
                let whole: String = hits(text, search)
                    .pieces
                    .iter()
                    .map(|piece| piece.text.as_str())
                    .collect();
                assert_eq!(whole, text, "{search}");
            }
        }
    }
}
