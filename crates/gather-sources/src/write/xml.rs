//! XML out: elements and attributes with texts that XML can hold.
//!
//! Source: XML 1.0 section 2.2 (characters).

use std::borrow::Cow;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

/// Writes a document into memory, which cannot fail.
pub(super) struct Xml(Writer<Vec<u8>>);

const MEMORY: &str = "writing into memory cannot fail";

impl Xml {
    pub(super) fn new() -> Self {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
        let declaration = BytesDecl::new("1.0", Some("utf-8"), None);
        writer.write_event(Event::Decl(declaration)).expect(MEMORY);
        Self(writer)
    }

    /// `<name …>`.
    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let start = element(name, attributes);
        self.0.write_event(Event::Start(start)).expect(MEMORY);
    }

    /// `<name …/>`.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let start = element(name, attributes);
        self.0.write_event(Event::Empty(start)).expect(MEMORY);
    }

    /// `</name>`.
    pub(super) fn close(&mut self, name: &str) {
        self.0
            .write_event(Event::End(BytesEnd::new(name)))
            .expect(MEMORY);
    }

    /// `<name …>text</name>`.
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        let text = allowed(text);
        self.0
            .write_event(Event::Text(BytesText::new(&text)))
            .expect(MEMORY);
        self.close(name);
    }

    /// The document, ending with a line break.
    pub(super) fn end(self) -> String {
        let mut text = String::from_utf8(self.0.into_inner()).expect("only text was written");
        text.push('\n');
        text
    }
}

fn element<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (key, value) in attributes {
        start.push_attribute((*key, allowed(value).as_ref()));
    }
    start
}

/// A text with `U+FFFD` for every character that XML 1.0 cannot hold.
fn allowed(text: &str) -> Cow<'_, str> {
    let is_illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(is_illegal) {
        Cow::Owned(text.replace(is_illegal, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        let mut xml = Xml::new();
        xml.text("a", &[("b", "\"<\u{0}>\"")], "x\u{1b}[2J & </a>");
        let text = xml.end();
        assert!(text.contains("x\u{fffd}[2J &amp; &lt;/a&gt;"), "{text}");
        assert!(!text.contains(['\u{0}', '\u{1b}']), "{text}");
        let mut reader = quick_xml::Reader::from_str(&text);
        loop {
            match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(error) => panic!("{error}: {text}"),
            }
        }
    }
}
