//! Finding a secret in a text, however each of its bytes is spelled there.
//!
//! Servers repeat what they were sent: percent-encoded once or several times (an address within an address), as a form
//! does it, in JSON or in HTML, and words for people are cut in the middle of it. All of these are the secret.
//!
//! Not here: what is done about it (`secret`).

use std::ops::Range;

/// So many bytes of a secret at the place where a text was cut count as the secret.
const SHORTEST_CUT: usize = 4;

/// What is put where a text was cut.
const CUT: &str = "…";

/// Where secrets stand in a text: ranges of bytes, in order, none overlapping; each at the bounds of characters.
pub(super) fn find(text: &str, secrets: &[&[u8]]) -> Vec<Range<usize>> {
    let mut begins = [false; 256];
    for byte in secrets.iter().filter_map(|secret| secret.first()) {
        begins[usize::from(*byte)] = true;
    }
    for escape in b"%+\\&" {
        begins[usize::from(*escape)] = true;
    }
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let end = if begins[usize::from(bytes[at])] && text.is_char_boundary(at) {
            let ends = secrets.iter().filter_map(|secret| end(text, at, secret));
            // The longest: one secret may begin with another.
            ends.filter(|end| text.is_char_boundary(*end)).max()
        } else {
            None
        };
        match end {
            Some(end) if end > at => {
                found.push(at..end);
                at = end;
            }
            _ => at += 1,
        }
    }
    found
}

/// Where a secret that begins at a place ends.
fn end(text: &str, at: usize, secret: &[u8]) -> Option<usize> {
    // A percent sign can be read in several ways, so there may be several places that the next byte is looked for at.
    let (mut places, mut next) = (vec![at], Vec::new());
    for (done, byte) in secret.iter().enumerate() {
        for place in &places {
            for length in lengths(&text.as_bytes()[*place..], *byte) {
                if !next.contains(&(place + length)) {
                    next.push(place + length);
                }
            }
        }
        if next.is_empty() {
            let cut = |place: &&usize| done >= SHORTEST_CUT && is_cut(&text[**place..]);
            return places.iter().filter(cut).max().copied();
        }
        std::mem::swap(&mut places, &mut next);
        next.clear();
    }
    places.into_iter().max()
}

/// Whether a text ends here because somebody cut it; half an escape may be left.
fn is_cut(rest: &str) -> bool {
    let half = |c: char| c == '%' || c.is_ascii_hexdigit();
    rest.starts_with(CUT) || rest.starts_with('%') && rest.trim_start_matches(half).starts_with(CUT)
}

/// In how many bytes at the start of a text this one can be spelled.
fn lengths(text: &[u8], byte: u8) -> Vec<usize> {
    let mut lengths = Vec::new();
    if text.first() == Some(&byte) {
        lengths.push(1);
    }
    match text.first() {
        Some(b'%') => {
            percent(text, byte, &mut lengths);
            // A space that was written as a plus, which was encoded then.
            if byte == b' ' {
                percent(text, b'+', &mut lengths);
            }
        }
        Some(b'+') if byte == b' ' => lengths.push(1),
        Some(b'\\') => lengths.extend(json(text, byte)),
        Some(b'&') => lengths.extend(html(text, byte)),
        _ => {}
    }
    lengths
}

/// `%2B`, `%252B`, `%25252B` and so on.
fn percent(text: &[u8], byte: u8, lengths: &mut Vec<usize>) {
    let mut at = 1;
    while let Some(digits) = text.get(at..at + 2) {
        if hex(digits) == Some(u32::from(byte)) {
            lengths.push(at + 2);
        }
        if digits != b"25" {
            break;
        }
        at += 2;
    }
}

/// `\/`, `\"`, `\u002b`.
fn json(text: &[u8], byte: u8) -> Option<usize> {
    match text.get(1)? {
        b'u' => (hex(text.get(2..6)?) == Some(u32::from(byte)) && byte.is_ascii()).then_some(6),
        escaped => (*escaped == byte && b"/\"\\'".contains(&byte)).then_some(2),
    }
}

/// `&amp;`, `&#43;`, `&#x2B;`.
fn html(text: &[u8], byte: u8) -> Option<usize> {
    let end = text.iter().take(10).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&text[1..end]).ok()?;
    let spelled = match name {
        "amp" => u32::from(b'&'),
        "lt" => u32::from(b'<'),
        "gt" => u32::from(b'>'),
        "quot" => u32::from(b'"'),
        "apos" => u32::from(b'\''),
        _ => match name.strip_prefix('#')? {
            number if number.starts_with(['x', 'X']) => hex(&number.as_bytes()[1..])?,
            number => number.parse().ok()?,
        },
    };
    (spelled == u32::from(byte) && byte.is_ascii()).then_some(end + 1)
}

fn hex(digits: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    let plain = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(text, 16).ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str, secrets: &[&str]) -> String {
        let secrets: Vec<_> = secrets.iter().map(|secret| secret.as_bytes()).collect();
        let mut shown = text.to_owned();
        for range in find(text, &secrets).into_iter().rev() {
            shown.replace_range(range, "*");
        }
        shown
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let secret = "a+/é &%=k";
        for spelled in [
            "a+/é &%=k",
            "a%2B%2F%C3%A9+%26%25%3Dk",
            "a%2b%2f%c3%a9%20%26%25%3dk",
            "%61%2B%2F%C3%A9%20%26%25%3D%6B",
            "a%252B%252F%25C3%25A9%2B%2526%2525%253Dk",
            "a%25252B%25252F%2525C3%2525A9%252B%252526%252525%25253Dk",
            "a+\\/é \\u0026%\\u003dk",
            "a&#43;&#x2F;é &amp;%&#61;k",
        ] {
            assert_eq!(
                hidden(&format!("<{spelled}>"), &[secret]),
                "<*>",
                "{spelled}"
            );
        }
    }

    #[test]
    fn a_percent_sign_of_the_secret_itself_is_read_in_every_way() {
        for spelled in ["x%41y%25z", "x%2541y%2525z", "x%252541y%252525z"] {
            assert_eq!(hidden(spelled, &["x%41y%25z"]), "*", "{spelled}");
        }
    }

    #[test]
    fn what_was_cut_in_the_middle_of_a_secret_is_found_too() {
        let secret = "k-123456&=b";
        for text in [
            "say k-123456…",
            "say k-123456%…",
            "say k-123456%2…",
            "say k-123456%252…",
            "say k-1234…",
        ] {
            let shown = hidden(text, &[secret]);
            assert!(shown.starts_with("say *"), "{text}: {shown}");
        }
        for text in ["say k-1…", "say k-1234", "say k-123456 …"] {
            assert_eq!(hidden(text, &[secret]), text);
        }
    }

    #[test]
    fn the_longest_secret_is_taken_and_others_are_found_behind_it() {
        assert_eq!(hidden("abcdef abc", &["abc", "abcdef"]), "* *");
        assert_eq!(hidden("abcabc", &["abc"]), "**");
        assert_eq!(hidden("nothing", &["", "x"]), "nothing");
    }

    #[test]
    fn many_percent_signs_take_no_longer_than_many_other_bytes() {
        let (secret, text) = ("%".repeat(60), "%25".repeat(2000));
        assert!(!hidden(&text, &[&secret]).is_empty());
    }
}
