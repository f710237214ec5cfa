//! Text from outside as plain text: HTML taken off, entities decoded once, no control characters, cut to a length.
//!
//! Only names that are HTML elements count as tags, since titles speak of `Vec<T>` and `a < b`. What an entity
//! decodes to is text, never a tag: `&lt;b&gt;` stays `<b>`.
//!
//! Source: the HTML standard for element names and for numeric references 128 to 159 (windows-1252).

use std::borrow::Cow;

/// Elements whose content is not for reading.
const HIDDEN: &[&str] = &[
    "script", "style", "iframe", "object", "noscript", "template", "svg", "head", "applet",
];

/// Elements that end a word or a line.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Elements inside a line.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "audio", "b", "bdi", "bdo", "big", "blink", "button", "cite", "code",
    "data", "del", "dfn", "em", "embed", "font", "frame", "frameset", "i", "img", "input", "ins",
    "kbd", "label", "link", "mark", "meta", "nobr", "path", "picture", "q", "s", "samp", "small",
    "source", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "video", "wbr",
];

/// Plain text of at most `max` characters out of HTML; `None` when nothing is left to read.
pub(crate) fn from_html(html: &str, max: usize) -> Option<String> {
    let mut out = Line::new(max);
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if out.full {
            break;
        }
        if rest.starts_with('&') {
            match entity(rest) {
                Some((text, length)) => {
                    out.push_str(&text);
                    rest = &rest[length..];
                }
                None => {
                    out.push('&');
                    rest = &rest[1..];
                }
            }
        } else if let Some(after) = comment(rest) {
            rest = after;
        } else if let Some((name, closing, after)) = tag(rest) {
            if BLOCKS.contains(&name.as_str()) {
                out.push(' ');
            }
            rest = after;
            if !closing && HIDDEN.contains(&name.as_str()) {
                rest = past_end_of(&name, rest).unwrap_or(match name.as_str() {
                    // What a browser would not show either; of the others only the tag is lost.
                    "script" | "style" => "",
                    _ => rest,
                });
            }
        } else {
            out.push('<');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out.finish()
}

/// Plain text of at most `max` characters out of text that is no HTML.
pub(crate) fn from_plain(text: &str, max: usize) -> Option<String> {
    let mut out = Line::new(max);
    out.push_str(text);
    out.finish()
}

/// As much of a text as fits into so many bytes.
pub(crate) fn start_of(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// One line in the making: white space becomes one space, control characters are left out.
struct Line {
    text: String,
    length: usize,
    max: usize,
    gap: bool,
    full: bool,
}

impl Line {
    fn new(max: usize) -> Self {
        Self {
            text: String::new(),
            length: 0,
            max,
            gap: false,
            full: false,
        }
    }

    fn push_str(&mut self, text: &str) {
        for c in text.chars() {
            if self.full {
                return;
            }
            self.push(c);
        }
    }

    fn push(&mut self, c: char) {
        if c.is_whitespace() {
            self.gap = !self.text.is_empty();
            return;
        }
        if c.is_control() {
            return;
        }
        let needed = 1 + usize::from(self.gap);
        if self.length + needed > self.max {
            self.full = true;
            return;
        }
        if std::mem::take(&mut self.gap) {
            self.text.push(' ');
        }
        self.text.push(c);
        self.length += needed;
    }

    fn finish(mut self) -> Option<String> {
        if self.full {
            self.text.push('…');
        }
        (!self.text.is_empty()).then_some(self.text)
    }
}

/// Text with its entities decoded, once; what is none stays as it is.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match entity(rest) {
            Some((text, length)) => {
                out.push_str(&text);
                length
            }
            None => {
                out.push('&');
                1
            }
        };
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text of the entity at the start, and how many bytes it takes.
fn entity(rest: &str) -> Option<(Cow<'static, str>, usize)> {
    // The longest name of HTML has 31 letters.
    let end = rest.bytes().take(40).position(|b| b == b';')?;
    Some((named(rest.get(1..end)?)?, end + 1))
}

/// What stands between `&` and `;`, resolved.
pub(crate) fn named(name: &str) -> Option<Cow<'static, str>> {
    Some(match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            Cow::Owned(numbered(code).to_string())
        }
        None => Cow::Borrowed(quick_xml::escape::resolve_html5_entity(name)?),
    })
}

fn numbered(code: u32) -> char {
    match u8::try_from(code) {
        // Numbers that were meant in windows-1252; the standard reads them so.
        Ok(byte @ 0x80..=0x9F) => {
            let bytes = [byte];
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
            text.chars().next().unwrap_or('\u{FFFD}')
        }
        _ => char::from_u32(code).unwrap_or('\u{FFFD}'),
    }
}

/// What comes after the comment or document type at the start.
fn comment(rest: &str) -> Option<&str> {
    if let Some(inside) = rest.strip_prefix("<!--") {
        return Some(inside.find("-->").map_or("", |end| &inside[end + 3..]));
    }
    let start = rest.get(.."<!doctype".len())?;
    start
        .eq_ignore_ascii_case("<!doctype")
        .then(|| after_tag(rest))
}

/// Name of the HTML tag at the start, whether it closes, and what comes after it.
fn tag(rest: &str) -> Option<(String, bool, &str)> {
    let inside = rest.strip_prefix('<')?;
    let (inside, closing) = match inside.strip_prefix('/') {
        Some(inside) => (inside, true),
        None => (inside, false),
    };
    let length = inside.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = inside[..length].to_ascii_lowercase();
    let known = [HIDDEN, BLOCKS, INLINE]
        .iter()
        .any(|list| list.contains(&name.as_str()));
    let after_name = inside[length..].chars().next();
    if !known
        || !matches!(after_name, Some('>' | '/') | None)
            && !after_name.is_some_and(char::is_whitespace)
    {
        return None;
    }
    Some((name, closing, after_tag(&inside[length..])))
}

/// What comes after the `>` that is outside of quotes; nothing when the tag never ends.
fn after_tag(rest: &str) -> &str {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (byte, quote) {
            (b'>', None) => return &rest[at + 1..],
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    // A quote that never closes: take the first `>` after all.
    rest.find('>').map_or("", |at| &rest[at + 1..])
}

fn past_end_of<'a>(name: &str, rest: &'a str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(at) = rest[from..].find("</") {
        let end = from + at + 2;
        let same = rest
            .get(end..end + name.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(name));
        if same {
            return Some(after_tag(&rest[end + name.len()..]));
        }
        from = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(html: &str) -> String {
        from_html(html, 1000).unwrap_or_default()
    }

    #[test]
    fn case_69_entities_are_decoded_once() {
        assert_eq!(
            text("AT&amp;amp;T &lt;b&gt;x&lt;/b&gt;"),
            "AT&amp;T <b>x</b>"
        );
        assert_eq!(text("AT&amp;T <b>x</b>"), "AT&T x");
        assert_eq!(
            text("a &nbsp; b &#39;c&#x27; &#146; &bogus; & &"),
            "a b 'c' ’ &bogus; & &"
        );
    }

    #[test]
    fn case_69_control_codes_are_left_out() {
        assert_eq!(text("a\x1b[2Jb\n c&#27;[0m\u{9b}d"), "a[2Jb c[0md");
    }

    #[test]
    fn case_69_a_megabyte_is_cut() {
        let cut = from_html(&"é".repeat(1_000_000), 10).unwrap();
        assert_eq!(cut, format!("{}…", "é".repeat(10)));
        assert_eq!(from_html("0123456789", 10).unwrap(), "0123456789");
    }

    #[test]
    fn tags_go_and_code_stays() {
        assert_eq!(
            text("We have a <i>lot</i> of timers.<p>Any tips?"),
            "We have a lot of timers. Any tips?"
        );
        assert_eq!(
            text("Vec<Box<T>> where a < b and c<d"),
            "Vec<Box<T>> where a < b and c<d"
        );
        assert_eq!(text("x<script>alert('</p>')</script>y<style>p{}"), "xy");
        assert_eq!(
            text("<a title=\"a>b\" href='x'>link</a><!-- <p> -->!"),
            "link!"
        );
        assert_eq!(text("<p> </p>"), "");
        assert_eq!(text("<!DOCTYPE html><iframe src=x> seen"), "seen");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(html in "(<|>|&|;|/|!|-|\"|'|#|x|p|script|amp|é| |\\PC){0,60}") {
            if let Some(text) = from_html(&html, 20) {
                prop_assert!(text.chars().count() <= 21);
                prop_assert!(!text.chars().any(char::is_control));
            }
        }
    }
}
