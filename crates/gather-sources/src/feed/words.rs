//! The text of an element: plain, HTML, or markup that is part of the document.
//!
//! Markup that stands where text is due is taken as HTML and not lost, whether the format allows it there or not; it
//! comes out as HTML too, with its CDATA sections and empty elements written as HTML reads them.
//!
//! Not here: which element says what (`xml`).

use base64::Engine as _;
use url::Url;

use super::{
    cursor::{Cursor, Step, Tag},
    entry::{Body, person},
    names::Ns,
};
use crate::text::{self, start_of};

/// Longer texts are cut.
const MAX_TEXT: usize = 256 * 1024;

/// HTML elements that have no end.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// What an item of RSS holds and HTML does not: where one of these opens, the element before it has ended.
const RSS_ONLY: &[&str] = &[
    "guid",
    "pubDate",
    "description",
    "author",
    "category",
    "enclosure",
    "comments",
];

/// How the text of an element is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Plain,
    Html,
    /// Markup as part of the document.
    Inline,
    Base64 {
        html: bool,
    },
    /// No text at all.
    Nothing,
}

/// Reads the texts of a document in its order.
#[derive(Debug)]
pub(super) struct Words<'t> {
    pub(super) cursor: Cursor<'t>,
    /// In Atom a text without a type is plain, elsewhere it is HTML.
    pub(super) is_atom: bool,
}

impl<'t> Words<'t> {
    /// A name, or the text of an element that holds no parts.
    pub(super) fn person(&mut self) -> Option<String> {
        let depth = self.cursor.depth();
        let (mut words, mut name, mut address) = (String::new(), String::new(), String::new());
        while let Some(step) = self.cursor.next(depth) {
            match step {
                Step::Open(tag) if tag.local == "name" => name = self.line(),
                Step::Open(tag) if tag.local == "email" => address = self.line(),
                Step::Open(_) => self.skip(),
                step => self.add(&step, &mut words),
            }
        }
        let words = person(&words).to_owned();
        [name, words, address]
            .into_iter()
            .find(|text| !text.trim().is_empty())
    }

    /// The text and what its links are relative to; `None` when there is nothing to read.
    pub(super) fn based(&mut self, tag: &Tag<'t>) -> Option<(Body, Option<Url>)> {
        let mut base = self.cursor.base().cloned();
        let body = self.body_within(tag, &mut base)?;
        let (Body::Plain(text) | Body::Html(text)) = &body;
        (!text.trim().is_empty()).then_some((body, base))
    }

    pub(super) fn body(&mut self, tag: &Tag<'t>) -> Option<Body> {
        self.body_within(tag, &mut None)
    }

    /// The text of the element just opened. A base that its outermost markup sets becomes the base.
    fn body_within(&mut self, tag: &Tag<'t>, base: &mut Option<Url>) -> Option<Body> {
        let shape = shape(tag, self.is_atom);
        let (text, marked) = self.collect(shape == Shape::Html, base);
        match shape {
            Shape::Nothing => None,
            Shape::Html => Some(Body::Html(text)),
            Shape::Plain | Shape::Inline if marked => Some(Body::Html(text)),
            Shape::Plain | Shape::Inline => Some(Body::Plain(text)),
            Shape::Base64 { html } => {
                let packed: String = text.split_ascii_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD
                    .decode(packed)
                    .ok()?;
                // A picture is no text.
                let text = String::from_utf8(bytes).ok()?;
                Some(if html {
                    Body::Html(text)
                } else {
                    Body::Plain(text)
                })
            }
        }
    }

    /// The text of the element just opened, trimmed; markup in it is left out.
    pub(super) fn line(&mut self) -> String {
        let (text, marked) = self.collect(false, &mut None);
        let text = if marked {
            text::from_html(&text, MAX_TEXT).unwrap_or_default()
        } else {
            text
        };
        text.trim().to_owned()
    }

    /// The text of the element just opened, and whether it is markup. `html`: its plain text is HTML already.
    fn collect(&mut self, html: bool, base: &mut Option<Url>) -> (String, bool) {
        let depth = self.cursor.depth();
        let mut text = String::new();
        let mut marked = false;
        let mut inside: Vec<&str> = Vec::new();
        while let Some(step) = self.cursor.next(depth) {
            let level = self.cursor.depth() - depth;
            match step {
                Step::Open(tag) => {
                    if self.begins_sibling(&tag) {
                        self.cursor.reopen_outside(tag, depth);
                        break;
                    }
                    if !marked {
                        marked = true;
                        if !html {
                            text = quick_xml::escape::escape(text).into_owned();
                        }
                        if let Some(own) = self.cursor.base() {
                            *base = Some(own.clone());
                        }
                    }
                    let name = if tag.ns == Ns::Xhtml {
                        tag.local
                    } else {
                        tag.name
                    };
                    push(&mut text, &["<", name, &tag.raw[tag.name.len()..], ">"]);
                    inside.push(name);
                }
                Step::Close => {
                    while inside.len() > level {
                        let name = inside.pop().unwrap_or_default();
                        if !VOID.contains(&name) {
                            push(&mut text, &["</", name, ">"]);
                        }
                    }
                }
                Step::Text(words) if marked => push(&mut text, &[&words]),
                Step::Reference(name) if marked => push(&mut text, &["&", &name, ";"]),
                Step::Cdata(words) if marked && !html => {
                    push(&mut text, &[&quick_xml::escape::escape(&*words)]);
                }
                step => self.add(&step, &mut text),
            }
        }
        (text, marked)
    }

    /// Adds a step that is text to a text without markup.
    fn add(&mut self, step: &Step<'_>, text: &mut String) {
        match step {
            Step::Text(words) => {
                if let Some(at) = words.find('&') {
                    self.cursor
                        .fault_before(words.len() - at, "a `&` that begins no entity");
                }
                push(text, &[words]);
            }
            Step::Cdata(words) => push(text, &[words]),
            Step::Reference(name) => {
                let is_xml = name.starts_with('#')
                    || matches!(&**name, "amp" | "lt" | "gt" | "quot" | "apos");
                if !is_xml && !self.cursor.has_doctype() {
                    self.cursor
                        .fault_before(name.len() + 2, "an entity that XML does not know");
                }
                match text::named(name) {
                    Some(resolved) => push(text, &[&resolved]),
                    None => push(text, &["&", name, ";"]),
                }
            }
            Step::Open(_) | Step::Close => {}
        }
    }

    /// Whether a tag inside of a text of RSS is the item's next element: the text's own end is missing.
    fn begins_sibling(&self, tag: &Tag<'_>) -> bool {
        !self.is_atom
            && tag.ns == Ns::Core
            && tag.name == tag.local
            && (RSS_ONLY.contains(&tag.local) || tag.local == "link" && !tag.has_attributes())
    }

    pub(super) fn skip(&mut self) {
        let depth = self.cursor.depth();
        self.cursor.skip(depth);
    }

    pub(super) fn web(&self, text: &str) -> Option<Url> {
        web(text, self.cursor.base())
    }
}

/// An address that can be opened in a browser, made absolute.
pub(super) fn web(text: &str, base: Option<&Url>) -> Option<Url> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let url = match base {
        Some(base) => base.join(text).ok()?,
        None => Url::parse(text).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then_some(url)
}

fn shape(tag: &Tag<'_>, is_atom: bool) -> Shape {
    if tag.ns == Ns::Xhtml {
        return Shape::Inline;
    }
    if tag.ns == Ns::Content || !tag.has_attributes() {
        return if is_atom && tag.ns == Ns::Core {
            Shape::Plain
        } else {
            Shape::Html
        };
    }
    let kind = tag
        .attribute("type")
        .map(|kind| kind.trim().to_ascii_lowercase());
    let shape = match kind.as_deref() {
        None | Some("") => {
            if is_atom && tag.ns == Ns::Core {
                Shape::Plain
            } else {
                Shape::Html
            }
        }
        Some("text" | "plain" | "text/plain") => Shape::Plain,
        Some("html" | "text/html") => Shape::Html,
        Some("xhtml" | "application/xhtml+xml") => Shape::Inline,
        Some(kind) if kind.starts_with("text/") && !kind.ends_with("xml") => Shape::Plain,
        Some(kind) if kind.ends_with("/xml") || kind.ends_with("+xml") => Shape::Nothing,
        Some(kind) if kind.contains('/') => Shape::Base64 { html: true },
        Some(_) => Shape::Html,
    };
    match tag.attribute("mode").as_deref() {
        Some("base64") => Shape::Base64 {
            html: shape == Shape::Html,
        },
        Some("escaped") if shape == Shape::Inline => Shape::Html,
        _ => shape,
    }
}

/// Adds to a text that may grow only so far.
fn push(text: &mut String, parts: &[&str]) {
    for part in parts {
        let room = MAX_TEXT.saturating_sub(text.len());
        text.push_str(start_of(part, room));
    }
}
