//! Which characters the bytes of a feed, or of another text that may name its encoding, are.
//!
//! Header and XML declaration are claims and not facts: a byte-order mark or the pattern of UTF-16 comes first, then
//! UTF-8 where the bytes are valid as such, since hardly anything else is by chance. Only then the claims count, and
//! a claim of Western European, which servers add by themselves, gives way when the letters are plainly of another
//! script.
//!
//! Source: RFC 7303 section 3, the Encoding standard (labels), RFC 3629 (why valid UTF-8 is UTF-8).

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, GB18030, GBK, ISO_2022_JP, ISO_8859_2, ISO_8859_4, ISO_8859_10, ISO_8859_13,
    ISO_8859_14, ISO_8859_15, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254,
    WINDOWS_1257, WINDOWS_1258,
};

use crate::format;

/// How many bytes at the start are looked at for a declaration or for the zeros of UTF-16.
const HEAD: usize = 256;

/// The same for what a page says in its head.
const PAGE_HEAD: usize = 1_024;

/// The text of a feed, and how its encoding was found.
pub(crate) struct Decoded<'b> {
    pub(crate) text: Cow<'b, str>,
    /// What was claimed is not what it is, in words for a person.
    pub(crate) warning: Option<String>,
}

/// The text, whatever header and declaration claim.
pub(crate) fn decode<'b>(body: &'b [u8], content_type: Option<&str>) -> Decoded<'b> {
    let claims = Claims::new(body, content_type);
    if let Some((encoding, length)) = Encoding::for_bom(body) {
        return claims.judge(
            encoding,
            encoding.decode_without_bom_handling(&body[length..]).0,
        );
    }
    if let Some(encoding) = wide(body) {
        return claims.judge(encoding, encoding.decode_without_bom_handling(body).0);
    }
    if let Ok(text) = std::str::from_utf8(body) {
        // Seven bits only, but not ASCII.
        if claims.all().any(|claim| claim == ISO_2022_JP) && body.contains(&0x1B) {
            return claims.judge(ISO_2022_JP, ISO_2022_JP.decode_without_bom_handling(body).0);
        }
        if text.is_ascii() {
            return Decoded {
                text: Cow::Borrowed(text),
                warning: None,
            };
        }
        return claims.judge(UTF_8, Cow::Borrowed(text));
    }
    if mostly_utf8(body) {
        return Decoded {
            text: String::from_utf8_lossy(body),
            warning: Some("some bytes are no UTF-8 and were replaced".to_owned()),
        };
    }
    let claimed = claims
        .all()
        .filter(|claim| !is_western(claim))
        .find_map(|claim| {
            Some((
                claim,
                claim.decode_without_bom_handling_and_without_replacement(body)?,
            ))
        });
    if let Some((encoding, text)) = claimed {
        return claims.judge(encoding, text);
    }
    let encoding = guess(body);
    claims.judge(encoding, encoding.decode_without_bom_handling(body).0)
}

/// What the header and the XML declaration say.
struct Claims {
    header: Option<&'static Encoding>,
    declared: Option<&'static Encoding>,
}

impl Claims {
    fn new(body: &[u8], content_type: Option<&str>) -> Self {
        let charset = |part: &str| {
            let (name, value) = part.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        };
        let header = content_type.and_then(|value| value.split(';').skip(1).find_map(charset));
        // Without the zeros that UTF-16 puts between the letters.
        let head: String = body
            .iter()
            .take(HEAD)
            .filter(|byte| byte.is_ascii() && **byte != 0)
            .map(|byte| char::from(*byte))
            .collect();
        let declared = head
            .trim_start()
            .strip_prefix("<?xml")
            .and_then(|rest| rest.split("?>").next())
            .and_then(|declaration| declaration.split("encoding").nth(1))
            .and_then(|rest| rest.split(['"', '\'']).nth(1));
        let declared = declared.map(str::to_owned).or_else(|| of_page(body));
        let known = |label: &str| Encoding::for_label(label.trim().as_bytes());
        Self {
            header: header.as_deref().and_then(known),
            declared: declared.as_deref().and_then(known),
        }
    }

    fn all(&self) -> impl Iterator<Item = &'static Encoding> {
        self.header.into_iter().chain(self.declared)
    }

    /// Beside the text, whether the claim that counts by the RFC was wrong.
    fn judge<'b>(&self, used: &'static Encoding, text: Cow<'b, str>) -> Decoded<'b> {
        let (claim, place) = match (self.header, self.declared) {
            (Some(header), _) => (header, "the Content-Type header"),
            (None, Some(declared)) => (declared, "its own declaration"),
            (None, None) => (UTF_8, "the default"),
        };
        // One is written as the other, and GB18030 holds GBK.
        let same = claim == used
            || [UTF_16LE, UTF_16BE].contains(&claim) && [UTF_16LE, UTF_16BE].contains(&used)
            || [GBK, GB18030].contains(&claim) && [GBK, GB18030].contains(&used);
        let warning = (!same).then(|| {
            format!(
                "the encoding is {} by {place}, but the bytes are {}",
                claim.name(),
                used.name()
            )
        });
        Decoded { text, warning }
    }
}

/// What the head of an HTML page says.
fn of_page(body: &[u8]) -> Option<String> {
    if !format::looks_like_html(body) {
        return None;
    }
    let head = String::from_utf8_lossy(&body[..body.len().min(PAGE_HEAD)]).to_ascii_lowercase();
    let rest = head.split_once("charset")?.1.trim_start();
    let label: String = rest
        .strip_prefix('=')?
        .trim_start_matches([' ', '"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_:.".contains(*c))
        .collect();
    Some(label)
}

/// UTF-16 without a mark: every other byte of the markup at the start is zero.
fn wide(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(16) & !1];
    if head.len() < 4 {
        return None;
    }
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let pairs = head.len() / 2;
    match (zeros(0), zeros(1)) {
        (high, 0) if high == pairs => Some(UTF_16BE),
        (0, low) if low == pairs => Some(UTF_16LE),
        _ => None,
    }
}

/// UTF-8 with a few broken bytes: a text cut in the middle of a letter, or two texts glued together.
fn mostly_utf8(body: &[u8]) -> bool {
    let (mut letters, mut faults) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        letters += chunk.valid().bytes().filter(|byte| *byte >= 0xC2).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    letters > faults.saturating_mul(4)
}

/// Labels that servers and programs put on anything.
fn is_western(encoding: &'static Encoding) -> bool {
    [UTF_8, WINDOWS_1252, ISO_8859_15].contains(&encoding)
}

/// What the letters look like, where that is plain; else Western European.
fn guess(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(body, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // The languages with Latin letters are told apart by few bytes, and wrongly in a short text.
    let latin = [
        WINDOWS_1250,
        WINDOWS_1254,
        WINDOWS_1257,
        WINDOWS_1258,
        ISO_8859_2,
        ISO_8859_4,
        ISO_8859_10,
        ISO_8859_13,
        ISO_8859_14,
        ISO_8859_15,
    ];
    if latin.contains(&guess) {
        WINDOWS_1252
    } else {
        guess
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREETING: &[u8] = b"\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea \xe4\xe5\xeb\xe0?";

    fn document(declared: &str, words: &[u8]) -> Vec<u8> {
        let mut body = format!("<?xml version=\"1.0\" encoding='{declared}'?>\n<a>").into_bytes();
        body.extend_from_slice(words);
        body.extend_from_slice(b"</a>");
        body
    }

    fn text(body: &[u8], content_type: Option<&str>) -> (String, Option<String>) {
        let decoded = decode(body, content_type);
        (decoded.text.into_owned(), decoded.warning)
    }

    #[test]
    fn case_63_an_encoding_is_what_the_bytes_prove() {
        let (words, warning) = text(
            &document("UTF-8", GREETING),
            Some("text/xml; charset=windows-1251"),
        );
        assert!(
            words.contains("Привет, как дела?") && warning.is_none(),
            "{warning:?}"
        );
        let (words, warning) = text(
            &document("windows-1251", GREETING),
            Some("text/xml; charset=utf-8"),
        );
        assert!(words.contains("Привет, как дела?"));
        assert!(warning.unwrap().contains("windows-1251"));
        let (words, warning) = text("<a>é</a>".as_bytes(), Some("text/xml; charset=iso-8859-1"));
        assert!(words.contains('é'));
        assert!(warning.unwrap().contains("the Content-Type header"));
        assert!(text(b"<a>caf\xe9</a>", None).0.contains("café"));
        assert_eq!(text(&document("ISO-8859-1", b"caf\xe9"), None).1, None);
    }

    #[test]
    fn case_63_letters_are_read_although_header_and_declaration_lie() {
        let (words, warning) = text(
            &document("UTF-8", GREETING),
            Some("text/xml; charset=ISO-8859-1"),
        );
        assert!(words.contains("Привет, как дела?"), "{words}");
        assert!(warning.unwrap().contains("windows-1251"));
    }

    #[test]
    fn case_63_utf_16_is_known_with_and_without_its_mark() {
        let words = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>żółw</a>";
        for (marked, big) in [(true, true), (true, false), (false, true), (false, false)] {
            let units = marked
                .then_some(0xFEFF)
                .into_iter()
                .chain(words.encode_utf16());
            let body: Vec<u8> = units
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect();
            let (read, warning) = text(&body, None);
            assert_eq!((read.as_str(), warning), (words, None), "{marked} {big}");
        }
    }

    #[test]
    fn case_63_what_a_page_says_of_itself_counts() {
        let page = |meta: &str| {
            let mut body = format!("<!DOCTYPE html><html><head>{meta}<title>").into_bytes();
            body.extend_from_slice(b"\x8ekola</title>");
            body
        };
        for meta in [
            "<meta charset=windows-1250>",
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=Windows-1250\">",
        ] {
            assert!(text(&page(meta), None).0.contains("Žkola"), "{meta}");
        }
        let (words, _) = text("<html><meta charset='iso-8859-1'>ä".as_bytes(), None);
        assert!(words.ends_with('ä'), "{words}");
    }

    #[test]
    fn one_broken_letter_costs_one_letter() {
        let mut body = "<a>Žluťoučký kůň".to_owned().into_bytes();
        body.extend_from_slice(b"\xc5</a>");
        let (words, warning) = text(&body, None);
        assert!(words.contains("Žluťoučký kůň\u{FFFD}</a>"), "{words}");
        assert!(warning.is_some());
    }
}
