//! The head of an OFX file: where the tags begin, and which encoding is claimed.
//!
//! OFX 1.x begins with lines `KEY:VALUE`, which may all be on one line, in a comment, in any order or absent; OFX 2.x
//! with an XML declaration. Only the encoding matters, and only where the bytes are no UTF-8.

use encoding_rs::{Encoding, WINDOWS_1252};

/// How far the head can reach.
const HEAD: usize = 16 * 1024;

/// The encoding that the file claims.
pub(super) fn encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_ascii_uppercase();
    let head = head.split("<OFX>").next().unwrap_or_default();
    // Since an XML declaration wins over a copied header of OFX 1.x.
    if let Some(declaration) = head.split("<?XML").nth(1)
        && let Some(label) = declaration
            .split("?>")
            .next()
            .and_then(|it| it.split("ENCODING").nth(1))
            .and_then(|it| it.split(['"', '\'']).nth(1))
    {
        return Encoding::for_label(label.trim().as_bytes());
    }
    let value = |key: &str| {
        let rest = head.split(key).nth(1)?.trim_start().strip_prefix(':')?;
        let rest = rest.trim_start_matches([' ', '\t']);
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
            .unwrap_or(rest.len());
        // On one line the next key follows at once.
        let value = &rest[..end];
        let cut = ["CHARSET", "COMPRESSION"]
            .iter()
            .filter_map(|key| value.find(key))
            .min();
        Some(value[..cut.unwrap_or(end)].to_owned())
    };
    [value("CHARSET"), value("ENCODING")]
        .into_iter()
        .flatten()
        .find_map(|label| by_label(&label))
}

/// What `CHARSET:1252`, `CHARSET:8859-1` and `ENCODING:ISO-8859-1` stand for.
fn by_label(label: &str) -> Option<&'static Encoding> {
    match label {
        "" | "NONE" | "USASCII" | "UNICODE" => None,
        "1252" | "CP1252" => Some(WINDOWS_1252),
        _ => [
            label.to_owned(),
            format!("ISO-{label}"),
            format!("WINDOWS-{label}"),
        ]
        .iter()
        .find_map(|label| Encoding::for_label(label.as_bytes())),
    }
}

/// Where the first tag of OFX begins.
pub(super) fn body(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_root = |at: usize| {
        bytes.get(at..at + 5).is_some_and(|tag| {
            tag[..4].eq_ignore_ascii_case(b"<OFX") && matches!(tag[4], b'>' | b' ')
        })
    };
    (0..bytes.len()).find(|at| bytes[*at] == b'<' && is_root(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claimed(head: &str) -> &'static str {
        encoding(head.as_bytes()).map_or("none", Encoding::name)
    }

    #[test]
    fn the_encoding_is_found_in_every_kind_of_head() {
        for (head, name) in [
            (
                "OFXHEADER:100\nENCODING:USASCII\nCHARSET:1252\n",
                "windows-1252",
            ),
            (
                "OFXHEADER:100\nENCODING:USASCII\nCHARSET:8859-1\n",
                "windows-1252",
            ),
            ("OFXHEADER:100\nENCODING:USASCII\nCHARSET:NONE\n", "none"),
            ("OFXHEADER:100\nENCODING:ISO-8859-1\n", "windows-1252"),
            ("OFXHEADER:100\nENCODING: WINDOWS-1250\n", "windows-1250"),
            ("OFXHEADER:100 ENCODING:UTF-8 CHARSET:NONE", "UTF-8"),
            (
                "OFXHEADER:100ENCODING:USASCIICHARSET:1252COMPRESSION:NONE",
                "windows-1252",
            ),
            (
                "<?xml version='1.0' encoding='ISO-8859-2'?><?OFX OFXHEADER='200'?>",
                "ISO-8859-2",
            ),
            ("<!-- OFXHEADER:100\rCHARSET:1251\r -->\r", "windows-1251"),
            ("", "none"),
        ] {
            assert_eq!(claimed(head), name, "{head}");
        }
    }
}
