//! The text of a body that says in its own way how it is encoded.
//!
//! A byte-order mark proves it; otherwise valid UTF-8 is UTF-8, whatever header or declaration claim; then they are
//! believed, and windows-1252 is what is left.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// A body as text.
pub(super) struct Decoded<'b> {
    pub(super) text: Cow<'b, str>,
    pub(super) warning: Option<String>,
}

/// Decodes. `claims` are labels, the most trusted first.
pub(super) fn decode<'b>(body: &'b [u8], claims: &[Option<&str>]) -> Decoded<'b> {
    if let Some((encoding, length)) = Encoding::for_bom(body) {
        return Decoded {
            text: encoding.decode_without_bom_handling(&body[length..]).0,
            warning: None,
        };
    }
    if let Ok(text) = std::str::from_utf8(body) {
        return Decoded {
            text: Cow::Borrowed(text),
            warning: None,
        };
    }
    let claimed = claims
        .iter()
        .flatten()
        .filter_map(|label| Encoding::for_label(label.trim().as_bytes()))
        // UTF-8 it is not: that was tried.
        .find(|encoding| *encoding != UTF_8);
    let encoding = claimed.unwrap_or(WINDOWS_1252);
    let (text, broken) = encoding.decode_without_bom_handling(body);
    let name = encoding.name().to_ascii_lowercase();
    Decoded {
        text,
        warning: if broken {
            Some(format!(
                "some bytes have no meaning in {name}; they are shown as \u{FFFD}"
            ))
        } else {
            claimed
                .is_none()
                .then(|| format!("the text is not UTF-8; it is read as {name}"))
        },
    }
}

/// The `charset` of a media type.
pub(super) fn of_media_type(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    })
}
