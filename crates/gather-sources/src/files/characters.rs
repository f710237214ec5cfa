//! Which characters the bytes of a bank's file are, and on which line a byte stands.
//!
//! Headers lie: what is declared only counts for bytes that are no UTF-8. One broken byte never costs the file.
//!
//! Not here: feeds and answers (`feed::encoding`), where the letters of any script are guessed from.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, ISO_8859_2, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
};

use super::{Finding, Profile, Proof};

/// The text of a file and how it was found.
pub(super) struct Characters<'b> {
    pub(super) text: Cow<'b, str>,
    pub(super) encoding: &'static Encoding,
    /// Nothing in it depends on the encoding.
    pub(super) is_ascii: bool,
    why: &'static str,
}

/// A byte-order mark, then what the caller says, then UTF-8 where the bytes are valid, then `declared`, then what the
/// letters look like, and Western European in the end.
pub(super) fn decode<'b>(
    bytes: &'b [u8],
    profile: &Profile,
    declared: Option<&'static Encoding>,
) -> Characters<'b> {
    let (encoding, bytes, why) = if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        (encoding, &bytes[length..], "the file begins with its mark")
    } else if let Some(encoding) = profile
        .encoding
        .as_deref()
        .and_then(|label| Encoding::for_label(label.as_bytes()))
    {
        (encoding, bytes, "the profile says so")
    } else if let Some(encoding) = wide(bytes) {
        (encoding, bytes, "every other byte is zero")
    } else if std::str::from_utf8(bytes).is_ok() {
        (UTF_8, bytes, "all bytes are valid as that")
    } else if let Some(encoding) = declared.filter(|it| *it != UTF_8 && it.is_ascii_compatible()) {
        (
            encoding,
            bytes,
            "the file says so and its bytes are no UTF-8",
        )
    } else {
        (guess(bytes), bytes, "the letters look like it")
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Characters {
        is_ascii: text.is_ascii(),
        text,
        encoding,
        why,
    }
}

impl Characters<'_> {
    /// What was concluded, with the first lines that depend on it.
    pub(super) fn finding(&self) -> Finding {
        let proof = if self.is_ascii {
            Vec::new()
        } else {
            lines(&self.text)
                .filter(|(_, line)| !line.is_ascii())
                .take(3)
                .map(|(number, line)| Proof::new(number, line))
                .collect()
        };
        let conclusion = if self.is_ascii {
            "ASCII: only letters that are the same in every encoding".to_owned()
        } else {
            format!("{}: {}", self.encoding.name(), self.why)
        };
        Finding {
            about: "encoding".to_owned(),
            conclusion,
            proof,
        }
    }

    /// What to put into a profile.
    pub(super) fn label(&self) -> Option<String> {
        (!self.is_ascii).then(|| self.encoding.name().to_ascii_lowercase())
    }
}

/// UTF-16 without a mark: every other byte at the start is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(64) & !1];
    if head.len() < 8 {
        return None;
    }
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).all(|byte| *byte == 0);
    let letters = |odd: usize| head.iter().skip(odd).step_by(2).all(|byte| *byte != 0);
    match () {
        () if zeros(1) && letters(0) => Some(UTF_16LE),
        () if zeros(0) && letters(1) => Some(UTF_16BE),
        () => None,
    }
}

/// Central European or Cyrillic where the letters are plainly that; else Western European.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let known = [WINDOWS_1250, ISO_8859_2, WINDOWS_1251];
    if known.contains(&guess) {
        guess
    } else {
        WINDOWS_1252
    }
}

/// Each line with its number, from 1, without its end, whichever way lines end.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = Some(text);
    (1..).map_while(move |number| {
        let all = rest.take()?;
        let Some(end) = memchr(all) else {
            return Some((number, all));
        };
        let behind = &all[end..];
        let length = if behind.starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&behind[length..]);
        Some((number, &all[..end]))
    })
}

fn memchr(text: &str) -> Option<usize> {
    text.bytes().position(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Tells on which line a byte stands; quick as long as it is asked from the start to the end.
#[derive(Debug, Default)]
pub(super) struct LineOf {
    at: usize,
    ends: usize,
}

impl LineOf {
    pub(super) fn byte(&mut self, text: &str, at: usize) -> usize {
        let at = at.min(text.len());
        if at < self.at {
            *self = Self::default();
        }
        let bytes = text.as_bytes();
        self.ends += (self.at..at)
            .filter(|it| match bytes[*it] {
                b'\n' => true,
                b'\r' => bytes.get(it + 1) != Some(&b'\n'),
                _ => false,
            })
            .count();
        self.at = at;
        self.ends + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], declared: Option<&'static Encoding>) -> (String, &'static str) {
        let read = decode(bytes, &Profile::default(), declared);
        (read.text.into_owned(), read.encoding.name())
    }

    #[test]
    fn what_is_declared_counts_only_for_bytes_that_are_no_utf_8() {
        let words = "Café".as_bytes();
        assert_eq!(
            read(words, Some(WINDOWS_1252)),
            ("Café".to_owned(), "UTF-8")
        );
        assert_eq!(
            read(b"Caf\xe9", Some(UTF_8)),
            ("Café".to_owned(), "windows-1252")
        );
        assert_eq!(
            read(b"\xb9\xea\xb3", Some(WINDOWS_1250)),
            ("ąęł".to_owned(), "windows-1250")
        );
        assert_eq!(
            read(b"\xEF\xBB\xBFx", Some(WINDOWS_1250)),
            ("x".to_owned(), "UTF-8")
        );
    }

    #[test]
    fn utf_16_is_known_with_and_without_its_mark() {
        let words = "Datum;Betrag\n1;2\n";
        let bytes: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&bytes, None), (words.to_owned(), "UTF-16LE"));
        let marked: Vec<u8> = [0xFE, 0xFF]
            .into_iter()
            .chain(words.encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        assert_eq!(read(&marked, None), (words.to_owned(), "UTF-16BE"));
    }

    #[test]
    fn lines_end_in_any_way() {
        let text = "a\r\nb\rc\nd";
        let all: Vec<_> = lines(text).collect();
        assert_eq!(all, [(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
        let mut of = LineOf::default();
        let told = [0, 3, 5, 7, 99, 0].map(|at| of.byte(text, at));
        assert_eq!(told, [1, 2, 3, 4, 4, 1]);
    }
}
