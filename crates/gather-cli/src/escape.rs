//! Text from outside, made harmless before a terminal or a spreadsheet shows it.
//!
//! A title may carry escape sequences that clear the screen, bidirectional overrides that show text in another order
//! than it has, or a formula that a spreadsheet would run. What is dangerous is shown as what it is (`\u{1b}`), never
//! dropped, so that nobody wonders where it went.
//!
//! Sources: ECMA-48 (control functions), Unicode TR 36 section 2.10 (bidirectional overrides), OWASP on CSV injection.

use std::{borrow::Cow, fmt::Write as _};

/// Whether a character acts on the terminal, or on the order of the text around it.
fn is_active(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            // Bidirectional embeddings, overrides and isolates.
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators, deprecated format characters, the byte order mark.
            | '\u{2028}'
            | '\u{2029}'
            | '\u{206a}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            // Invisible letters.
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A text on one line, with every active character visible. Line breaks and tabs become one space.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_active) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => {
                if !clean.ends_with(' ') {
                    clean.push(' ');
                }
            }
            c if is_active(c) => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// A text of several lines, with every active character but line breaks visible.
pub(crate) fn lines(text: &str) -> String {
    text.lines()
        .map(|text| format!("{}\n", line(text)))
        .collect()
}

/// JSON text with every active character inside its strings escaped as JSON does it: the same value, harmless to show.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    // Below space JSON strings have no raw characters; outside of strings line breaks and tabs are layout.
    let is_raw = |c: char| c > '\u{1f}' && is_active(c);
    if !text.contains(is_raw) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_raw(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(clean, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        } else {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

/// XML text with every active character as a reference: the same document, harmless to show.
pub(crate) fn xml(text: &str) -> Cow<'_, str> {
    // Below space only layout is left in XML.
    let is_raw = |c: char| c > '\u{1f}' && is_active(c);
    if !text.contains(is_raw) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_raw(c) {
            write!(clean, "&#x{:x};", u32::from(c)).expect("writing to a string cannot fail");
        } else {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

/// A text for a cell of a table in CSV: as [`line`], and never a formula.
pub(crate) fn cell(text: &str) -> String {
    let clean = line(text);
    // Spreadsheets skip white space before a formula, some of them also wide signs.
    let starts_formula = clean
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r']);
    if starts_formula {
        format!("'{clean}")
    } else {
        clean.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_and_does_not_act() {
        assert_eq!(line("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(line("\u{9b}31m \u{7f}"), "\\u{9b}31m \\u{7f}");
        assert_eq!(line("evil\u{202e}gpj.exe"), "evil\\u{202e}gpj.exe");
        assert_eq!(line("two\r\nlines\tand"), "two lines and");
    }

    #[test]
    fn ordinary_text_of_any_script_is_untouched() {
        for text in [
            "",
            "Ferry — night",
            "שלום",
            "日本語",
            "👩\u{200d}🚀",
            "می\u{200c}خواهم",
        ] {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn json_keeps_its_value() {
        let text = "{\"a\":\"x\u{9b}y\u{202e}z\u{e0001}\"}\n";
        let clean = json(text);
        assert!(clean.is_ascii(), "{clean}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&clean), value(text));
    }

    #[test]
    fn xml_keeps_its_value() {
        assert_eq!(
            xml("<a>x\u{9b}y\u{202e}</a>\n"),
            "<a>x&#x9b;y&#x202e;</a>\n"
        );
        assert!(matches!(xml("<a>\t日本</a>"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(cell(" @x"), "' @x");
        assert_eq!(cell("\tx"), "' x");
        assert_eq!(cell("-1+2"), "'-1+2");
        assert_eq!(cell("a=b"), "a=b");
    }
}
