//! RSS of every version and Atom of both, in one walk.
//!
//! The dialects are read by one table of elements: a feed of one often holds elements of another, and where two say
//! the same the better one is kept. What an element's text is (plain, HTML, inline markup, base64) is decided by its
//! own `type` and `mode`, else by the dialect.
//!
//! Source: RSS 0.90 to 2.0, RSS 1.0 with its modules, RFC 4287, the Atom 0.3 draft, Media RSS 1.5, RFC 5005 section 3.

use base64::Engine as _;
use url::Url;

use super::{
    cursor::{Cursor, Step, Stop, Tag},
    entry::{Body, Entry, person},
    names::Ns,
};
use crate::{
    ReadError, ReadErrorKind,
    text::{self, start_of},
};

/// Longer texts are cut.
const MAX_TEXT: usize = 256 * 1024;

/// More relations of one link, and links of the feed itself, than this say nothing.
const MAX_RELATIONS: usize = 8;
const MAX_LINKS: usize = 64;

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

/// What was found in a document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) entries: Vec<Entry>,
    /// Authors of every item that names none itself.
    pub(super) authors: Vec<String>,
    /// Where the feed itself points to: relation and address.
    pub(super) links: Vec<(String, Url)>,
    /// Of two items with one id only the one that was updated last counts.
    pub(super) is_atom: bool,
    /// What is ill-formed, with its place in bytes, and how often something is.
    pub(super) fault: Option<(usize, &'static str, usize)>,
    /// The last item has no end: the document was cut off in it.
    pub(super) cut_item: bool,
}

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

/// Reads a document that starts with `<`.
pub(super) fn read(text: &str, base: Option<&Url>) -> Result<Document, ReadError> {
    let mut cursor = Cursor::new(text, base);
    let root = loop {
        match cursor.next(0) {
            Some(Step::Open(tag)) => break Some(tag),
            Some(_) => {}
            None => break None,
        }
    };
    let mut reader = XmlReader {
        cursor,
        document: Document::default(),
    };
    match root {
        Some(root) => reader.root(root)?,
        None if reader.cursor.stop().is_none() => {
            return Err(ReadError::new(
                ReadErrorKind::NotTheFormat,
                "not a feed: it has no elements",
            ));
        }
        None => {}
    }
    reader.finish()
}

struct XmlReader<'t> {
    cursor: Cursor<'t>,
    document: Document,
}

impl<'t> XmlReader<'t> {
    fn root(&mut self, root: Tag<'t>) -> Result<(), ReadError> {
        match root.local.to_ascii_lowercase().as_str() {
            "rss" | "rdf" => {}
            "feed" => self.document.is_atom = true,
            "entry" => {
                self.document.is_atom = true;
                self.item(&root);
                return Ok(());
            }
            other => {
                return Err(ReadError::new(
                    ReadErrorKind::NotTheFormat,
                    format!(
                        "not a feed: its outermost element is `{}`",
                        crate::mapping::value::clip(other)
                    ),
                ));
            }
        }
        while let Some(step) = self.cursor.next(1) {
            if let Step::Open(tag) = step {
                self.of_feed(&tag);
            }
        }
        Ok(())
    }

    /// An element of the feed and not of an item.
    fn of_feed(&mut self, tag: &Tag<'t>) {
        match (tag.ns, tag.local) {
            (Ns::Core, "item" | "entry") => self.item(tag),
            // Its children come next.
            (Ns::Core, "channel") => {}
            (Ns::Core, "link") => {
                if let Some(url) = tag.attribute("href").and_then(|href| self.web(&href)) {
                    let room = MAX_LINKS.saturating_sub(self.document.links.len());
                    let links = relations(tag).into_iter().take(room);
                    let links = links.map(|relation| (relation, url.clone()));
                    self.document.links.extend(links);
                }
                self.skip();
            }
            (Ns::Core, "author") if self.document.is_atom => {
                let name = self.person();
                self.document.authors.extend(name);
            }
            _ => self.skip(),
        }
    }

    fn item(&mut self, tag: &Tag<'t>) {
        let depth = self.cursor.depth();
        self.cursor.begin_item();
        let mut entry = Entry::default();
        if let Some(about) = tag
            .attribute("rdf:about")
            .or_else(|| tag.attribute("about"))
        {
            if let Some(url) = self.web(&about) {
                entry.link.offer(0, url);
            }
            entry.id.offer(1, about.into_owned());
        }
        while let Some(step) = self.cursor.next(depth) {
            if let Step::Open(tag) = step {
                self.of_item(&tag, &mut entry);
            }
        }
        if self.cursor.is_cut() {
            self.document.cut_item = true;
        } else {
            self.document.entries.push(entry);
        }
    }

    fn of_item(&mut self, tag: &Tag<'t>, entry: &mut Entry) {
        match (tag.ns, tag.local) {
            // Their children are those of the item too.
            (Ns::Media, "group" | "content") => {}
            (Ns::Core, "title") => entry.title.offer_body(3, self.body(tag)),
            (Ns::Dc | Ns::DcTerms, "title") => entry.title.offer_body(2, self.body(tag)),
            (Ns::Media | Ns::Itunes, "title") => entry.title.offer_body(1, self.body(tag)),
            (Ns::Core, "link") => self.link(tag, entry),
            (Ns::Core, "id") => entry.id.offer(3, self.line()),
            (Ns::Core, "guid") => self.guid(tag, entry),
            (Ns::Core, "description" | "summary") => self.summary(tag, 3, entry),
            (Ns::Dc, "description") | (Ns::DcTerms, "abstract" | "description") => {
                self.summary(tag, 2, entry)
            }
            (Ns::Media, "description") | (Ns::Itunes, "summary" | "subtitle") => {
                self.summary(tag, 1, entry)
            }
            (Ns::Core, "content") => self.content(tag, 3, entry),
            (Ns::Content, "encoded") => self.content(tag, 4, entry),
            (Ns::Xhtml, "body" | "div") => self.content(tag, 2, entry),
            (Ns::Core, "pubDate" | "pubdate" | "published" | "issued") => {
                entry.dates.push((4, self.line()));
            }
            (Ns::Dc, "date") | (Ns::DcTerms, "issued") => entry.dates.push((3, self.line())),
            (Ns::Core | Ns::DcTerms, "created") | (Ns::DcTerms, "date") => {
                entry.dates.push((2, self.line()));
            }
            (Ns::Core, "updated" | "modified") | (Ns::DcTerms, "modified") => {
                let written = self.line();
                entry.updated.get_or_insert(written);
            }
            (Ns::Dc | Ns::DcTerms, "creator" | "author") => entry.authors.push((3, self.line())),
            (Ns::Core, "author") => {
                let name = self.person();
                entry.authors.extend(name.map(|name| (2, name)));
            }
            (Ns::Itunes, "author") => entry.authors.push((1, self.line())),
            (Ns::Core, "source") => self.source(entry),
            (Ns::Core, "category") => {
                let named = tag.attribute("label").or_else(|| tag.attribute("term"));
                let words = self.line();
                let name = named.map_or(words, |name| name.into_owned());
                if !name.trim().is_empty() {
                    entry.section.offer(2, text::decoded(&name).into_owned());
                }
            }
            (Ns::Dc | Ns::DcTerms, "subject") => {
                let name = self.line();
                if !name.trim().is_empty() {
                    entry.section.offer(1, text::decoded(&name).into_owned());
                }
            }
            _ => self.skip(),
        }
    }

    fn link(&mut self, tag: &Tag<'t>, entry: &mut Entry) {
        let href = tag.attribute("href");
        let base = self.cursor.base().cloned();
        let words = self.line();
        let (text, rank) = match &href {
            Some(href) => {
                let relations = relations(tag);
                if !relations.is_empty() && !relations.iter().any(|one| one == "alternate") {
                    return;
                }
                let is_page = tag
                    .attribute("type")
                    .is_none_or(|kind| kind.contains("html"));
                (&**href, if is_page { 3 } else { 2 })
            }
            None => (words.as_str(), 3),
        };
        if let Some(url) = web(text, base.as_ref()) {
            entry.link.offer(rank, url);
        }
    }

    fn guid(&mut self, tag: &Tag<'t>, entry: &mut Entry) {
        let permanent = tag
            .attribute("isPermaLink")
            .is_none_or(|text| !text.trim().eq_ignore_ascii_case("false"));
        let id = self.line();
        if permanent && let Some(url) = web(&id, None) {
            entry.link.offer(1, url);
        }
        entry.id.offer(3, id);
    }

    fn summary(&mut self, tag: &Tag<'t>, rank: u8, entry: &mut Entry) {
        if let Some(text) = self.based(tag) {
            entry.summary.offer(rank, text);
        }
    }

    fn content(&mut self, tag: &Tag<'t>, rank: u8, entry: &mut Entry) {
        // Content elsewhere is a page to open, where nothing better is said.
        if let Some(url) = tag.attribute("src").and_then(|src| self.web(&src)) {
            entry.link.offer(0, url);
            return self.skip();
        }
        if let Some(text) = self.based(tag) {
            entry.content.offer(rank, text);
        }
    }

    /// Authors of the feed that an item was taken from; what else it says of that feed is not the item's.
    fn source(&mut self, entry: &mut Entry) {
        let depth = self.cursor.depth();
        while let Some(step) = self.cursor.next(depth) {
            let Step::Open(tag) = step else { continue };
            if (tag.ns, tag.local) == (Ns::Core, "author") {
                let name = self.person();
                entry.authors.extend(name.map(|name| (1, name)));
            } else {
                self.skip();
            }
        }
    }

    /// A name, or the text of an element that holds no parts.
    fn person(&mut self) -> Option<String> {
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
    fn based(&mut self, tag: &Tag<'t>) -> Option<(Body, Option<Url>)> {
        let mut base = self.cursor.base().cloned();
        let body = self.body_within(tag, &mut base)?;
        let (Body::Plain(text) | Body::Html(text)) = &body;
        (!text.trim().is_empty()).then_some((body, base))
    }

    fn body(&mut self, tag: &Tag<'t>) -> Option<Body> {
        self.body_within(tag, &mut None)
    }

    /// The text of the element just opened. A base that its outermost markup sets becomes the base.
    fn body_within(&mut self, tag: &Tag<'t>, base: &mut Option<Url>) -> Option<Body> {
        let shape = shape(tag, self.document.is_atom);
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
    fn line(&mut self) -> String {
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
        !self.document.is_atom
            && tag.ns == Ns::Core
            && tag.name == tag.local
            && (RSS_ONLY.contains(&tag.local) || tag.local == "link" && !tag.has_attributes())
    }

    fn skip(&mut self) {
        let depth = self.cursor.depth();
        self.cursor.skip(depth);
    }

    fn web(&self, text: &str) -> Option<Url> {
        web(text, self.cursor.base())
    }

    fn finish(self) -> Result<Document, ReadError> {
        let mut document = self.document;
        let broken = |message: &str| Err(ReadError::new(ReadErrorKind::Malformed, message));
        document.fault = self
            .cursor
            .faults()
            .map(|(first, count)| (first.at, first.what, count));
        match self.cursor.stop() {
            // Whoever declares entities wants them read; whatever stands for one would be wrong without them.
            Some(Stop::OwnEntities) => {
                return broken("broken feed: it declares entities of its own, which are not read");
            }
            Some(Stop::TooDeep) if document.entries.is_empty() => {
                return broken("broken feed: elements nested deeper than 256 levels");
            }
            Some(Stop::TooBroken) if document.entries.is_empty() => {
                return broken("broken feed: too little of it is XML");
            }
            Some(Stop::TooDeep | Stop::TooBroken) => document.cut_item = true,
            None => {}
        }
        if self.cursor.is_cut() && document.entries.is_empty() {
            return broken("broken feed: it ends before the first item does");
        }
        Ok(document)
    }
}

/// An address that can be opened in a browser, made absolute.
fn web(text: &str, base: Option<&Url>) -> Option<Url> {
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

/// The relations of a link in lower case; one that is an address by its last part.
fn relations(tag: &Tag<'_>) -> Vec<String> {
    tag.attribute("rel")
        .iter()
        .flat_map(|rel| rel.split_ascii_whitespace())
        .filter_map(|one| one.rsplit('/').next())
        .map(str::to_ascii_lowercase)
        .take(MAX_RELATIONS)
        .collect()
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
