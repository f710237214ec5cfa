//! A walk over XML that goes on where a strict parser stops.
//!
//! Nothing is built: the elements that are open, their bases and namespaces are all that is remembered. What is
//! ill-formed is passed over with the least damage (a stray `<` is text, an element that is not closed ends with the
//! one around it, a CDATA section without end ends with its element) and the first such place is kept. An item never
//! holds an item, so a broken one cannot swallow the next.
//!
//! Entities of the document's own are never expanded, external ones never fetched; elements nest 256 deep at most,
//! and reading again behind a fault is bounded by the size of the document.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{Event, attributes::Attributes},
};
use url::Url;

use super::names::{self, Ns};
use crate::text;

/// Deeper nesting than this is refused.
const MAX_DEPTH: usize = 256;
/// More namespaces than this are not looked up.
const MAX_SPACES: usize = 256;
/// Longer bases than this, in bytes, are not taken: every link would grow by them.
const MAX_BASE: usize = 2_048;

/// An element's start.
#[derive(Debug, Clone)]
pub(super) struct Tag<'t> {
    /// Name and attributes as they are written.
    pub(super) raw: &'t str,
    /// The name with its prefix.
    pub(super) name: &'t str,
    /// The name without it.
    pub(super) local: &'t str,
    pub(super) ns: Ns,
    /// Where its `<` stands, in bytes from the start.
    pub(super) at: usize,
    empty: bool,
    spaces: Vec<(&'t str, Ns)>,
    base: Option<Cow<'t, str>>,
}

impl<'t> Tag<'t> {
    /// The value of an attribute, entities decoded.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'t, str>> {
        attributes(self.raw, self.name.len())
            .find(|(key, _)| *key == name)
            .map(|(_, value)| text::decoded(value))
    }

    pub(super) fn has_attributes(&self) -> bool {
        self.raw.len() > self.name.len()
    }
}

fn attributes(raw: &str, name_length: usize) -> impl Iterator<Item = (&str, &str)> {
    let mut list = Attributes::html(raw, name_length);
    list.with_checks(false);
    list.filter_map(|attribute| {
        let attribute = attribute.ok()?;
        match attribute.value {
            Cow::Borrowed(value) => Some((attribute.key.0, value)),
            Cow::Owned(_) => None,
        }
    })
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Step<'t> {
    Open(Tag<'t>),
    Close,
    Text(Cow<'t, str>),
    /// `&name;`, without its marks.
    Reference(Cow<'t, str>),
    Cdata(Cow<'t, str>),
}

/// Something ill-formed: where, in bytes from the start, and what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

/// Why the walk ended before the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    TooDeep,
    OwnEntities,
    TooBroken,
}

#[derive(Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    /// Where the reader's text begins in the document's.
    offset: usize,
    open: Vec<&'t str>,
    bases: Vec<(usize, Url)>,
    spaces: Vec<(usize, &'t str, Ns)>,
    /// How deep the item is that is being read.
    item: Option<usize>,
    /// A tag that was met too early.
    waiting: Option<Tag<'t>>,
    /// The element at the top has no content.
    empty: bool,
    /// How many bytes may still be read for a second time.
    budget: usize,
    first_fault: Option<Fault>,
    faults: usize,
    has_doctype: bool,
    /// And where, in bytes from the start.
    stop: Option<(Stop, usize)>,
    cut: bool,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, base: Option<&Url>) -> Self {
        Self {
            text,
            reader: reader(text),
            offset: 0,
            open: Vec::new(),
            bases: base.map(|base| (0, base.clone())).into_iter().collect(),
            spaces: Vec::new(),
            item: None,
            waiting: None,
            empty: false,
            budget: text.len().saturating_mul(8).saturating_add(1 << 16),
            first_fault: None,
            faults: 0,
            has_doctype: false,
            stop: None,
            cut: false,
        }
    }

    /// What links are relative to here.
    pub(super) fn base(&self) -> Option<&Url> {
        self.bases.last().map(|(_, base)| base)
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The element just opened is an item.
    pub(super) fn begin_item(&mut self) {
        self.item = Some(self.open.len());
    }

    /// The first ill-formed place, and how many there are.
    pub(super) fn faults(&self) -> Option<(Fault, usize)> {
        self.first_fault.map(|first| (first, self.faults))
    }

    /// Why the walk ended before the document, and where in bytes from the start.
    pub(super) fn stop(&self) -> Option<(Stop, usize)> {
        self.stop
    }

    /// Where the document ends, in bytes.
    pub(super) fn end(&self) -> usize {
        self.text.len()
    }

    /// Whether the walk ended in the middle of an element.
    pub(super) fn is_cut(&self) -> bool {
        self.cut || self.stop.is_some()
    }

    /// Whether names of entities beyond XML's own may be declared somewhere.
    pub(super) fn has_doctype(&self) -> bool {
        self.has_doctype
    }

    pub(super) fn fault(&mut self, what: &'static str) {
        self.fault_before(0, what);
    }

    /// The same so many bytes before what comes next.
    pub(super) fn fault_before(&mut self, bytes: usize, what: &'static str) {
        let at = self.position().saturating_sub(bytes);
        self.fault_at(at, what);
    }

    fn fault_at(&mut self, at: usize, what: &'static str) {
        self.faults += 1;
        self.first_fault.get_or_insert(Fault { at, what });
    }

    /// Takes back the opening of the innermost element, and closes all down to `depth` before it opens again.
    pub(super) fn reopen_outside(&mut self, tag: Tag<'t>, depth: usize) {
        self.fault("an element that is not closed");
        self.empty = false;
        self.close_to(depth.saturating_sub(1));
        self.waiting = Some(tag);
    }

    /// Passes over what is left of the element at `depth`.
    pub(super) fn skip(&mut self, depth: usize) {
        while self.next(depth).is_some() {}
    }

    /// The next step inside of the element that was the `depth`th to open; `None` when it has ended.
    pub(super) fn next(&mut self, depth: usize) -> Option<Step<'t>> {
        loop {
            if self.open.len() < depth || self.stop.is_some() {
                return None;
            }
            if let Some(tag) = self.waiting.take() {
                return self.enter(tag);
            }
            if std::mem::take(&mut self.empty) {
                self.close_to(self.open.len() - 1);
                if self.open.len() < depth {
                    return None;
                }
                return Some(Step::Close);
            }
            let at = self.position();
            let event = self.reader.read_event();
            let end = self.position();
            match event {
                Ok(Event::Start(start)) => {
                    let raw = self
                        .text
                        .get((end - 1).saturating_sub(start.len())..end - 1);
                    if let Some(step) = self.start(raw.unwrap_or_default(), end, false) {
                        return Some(step);
                    }
                }
                Ok(Event::Empty(start)) => {
                    let raw = self
                        .text
                        .get((end - 2).saturating_sub(start.len())..end - 2);
                    if let Some(step) = self.start(raw.unwrap_or_default(), end, true) {
                        return Some(step);
                    }
                }
                Ok(Event::End(name)) => {
                    let name = name.name();
                    let name = name.as_ref().trim_end();
                    match self.open.iter().rposition(|open| *open == name) {
                        Some(level) => {
                            if level + 1 < self.open.len() {
                                self.fault_at(at, "an element that is not closed");
                            }
                            self.close_to(level);
                            if self.open.len() >= depth {
                                return Some(Step::Close);
                            }
                        }
                        None => self.fault_at(at, "the end of an element that is not open"),
                    }
                }
                Ok(Event::Text(text)) => return Some(Step::Text(text.into_inner())),
                Ok(Event::GeneralRef(name)) => return Some(Step::Reference(name.into_inner())),
                Ok(Event::CData(content)) => {
                    let content = content.into_inner();
                    return Some(Step::Cdata(self.sound_cdata(content, end)));
                }
                Ok(Event::DocType(doctype)) => {
                    self.has_doctype = true;
                    if declares_entities(&doctype) {
                        self.stop = Some((Stop::OwnEntities, at));
                    }
                }
                Ok(Event::Eof) => {
                    if !self.open.is_empty() {
                        self.fault_at(
                            self.text.len(),
                            "the end of the document in the middle of it",
                        );
                        self.cut = true;
                        self.open.clear();
                    }
                    return None;
                }
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
                Err(_) => {
                    if let Some(step) = self.recover(at) {
                        return Some(step);
                    }
                }
            }
        }
    }

    fn position(&self) -> usize {
        let read = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        self.offset.saturating_add(read).min(self.text.len())
    }

    /// Goes on reading at this place, which was read before; `false` when that was done too often.
    fn restart(&mut self, at: usize) -> bool {
        let again = self.position().saturating_sub(at);
        if again > self.budget {
            self.stop = Some((Stop::TooBroken, at));
            return false;
        }
        self.budget -= again;
        self.offset = at;
        self.reader = reader(&self.text[at..]);
        true
    }

    /// An opening tag, if it is one.
    fn start(&mut self, raw: &'t str, end: usize, empty: bool) -> Option<Step<'t>> {
        let at = end - raw.len() - 2 - usize::from(empty);
        let is_name = raw.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'));
        if !is_name {
            self.fault_at(at, "a `<` that begins no element");
            return self
                .restart(at + 1)
                .then_some(Step::Text(Cow::Borrowed("<")));
        }
        let (raw, empty) = match raw.find('<') {
            None => (raw, empty),
            Some(inner) => {
                // A quote that is not closed took more than its tag, or the `>` is missing.
                self.fault_at(at, "a tag that is not closed");
                let length = raw[..inner].find('>').unwrap_or(inner);
                let behind = at + 1 + length + usize::from(raw[length..].starts_with('>'));
                if !self.restart(behind) {
                    return None;
                }
                let raw = &raw[..length];
                (raw.trim_end_matches('/'), raw.ends_with('/'))
            }
        };
        let tag = self.tag(raw, at, empty);
        let is_item = tag.ns == Ns::Core && matches!(tag.local, "item" | "entry");
        if let Some(item) = self.item.filter(|_| is_item) {
            self.fault_at(at, "an item that is not closed");
            self.close_to(item - 1);
            self.waiting = Some(tag);
            return None;
        }
        self.enter(tag)
    }

    fn tag(&mut self, raw: &'t str, at: usize, empty: bool) -> Tag<'t> {
        let length = raw
            .find(|c: char| c.is_ascii_whitespace() || c == '/')
            .unwrap_or(raw.len());
        let name = &raw[..length];
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let mut tag = Tag {
            raw,
            name,
            local,
            ns: Ns::Other,
            at,
            empty,
            spaces: Vec::new(),
            base: None,
        };
        if raw.len() > length && raw[length..].contains("xml") {
            for (key, value) in attributes(raw, length) {
                if tag.spaces.len() == MAX_SPACES {
                    break;
                }
                if key == "xml:base" {
                    tag.base = Some(text::decoded(value));
                } else if key == "xmlns" {
                    // At the top an address that nobody knows is a home-made one of the dialect itself.
                    let ns = match names::by_address(value) {
                        Ns::Other if self.open.len() < 2 => Ns::Core,
                        ns => ns,
                    };
                    tag.spaces.push(("", ns));
                } else if let Some(prefix) = key.strip_prefix("xmlns:") {
                    tag.spaces.push((prefix, names::by_address(value)));
                }
            }
        }
        let declared = tag
            .spaces
            .iter()
            .rev()
            .copied()
            .chain(
                self.spaces
                    .iter()
                    .rev()
                    .map(|(_, prefix, ns)| (*prefix, *ns)),
            )
            .find(|(known, _)| *known == prefix)
            .map(|(_, ns)| ns);
        tag.ns = match declared {
            Some(ns) => ns,
            None if prefix.is_empty() => Ns::Core,
            None => {
                self.fault("a prefix that is not declared");
                names::by_prefix(prefix)
            }
        };
        tag
    }

    fn enter(&mut self, tag: Tag<'t>) -> Option<Step<'t>> {
        if self.open.len() == MAX_DEPTH {
            self.stop = Some((Stop::TooDeep, tag.at));
            return None;
        }
        self.open.push(tag.name);
        let depth = self.open.len();
        let room = MAX_SPACES.saturating_sub(self.spaces.len());
        let declared = tag.spaces.iter().take(room);
        self.spaces
            .extend(declared.map(|(prefix, ns)| (depth, *prefix, *ns)));
        if let Some(text) = &tag.base {
            let base = match self.base() {
                Some(base) => base.join(text.trim()).ok(),
                None => Url::parse(text.trim()).ok(),
            };
            let base = base.filter(|base| base.as_str().len() <= MAX_BASE);
            self.bases.extend(base.map(|base| (depth, base)));
        }
        self.empty = tag.empty;
        Some(Step::Open(tag))
    }

    fn close_to(&mut self, depth: usize) {
        self.open.truncate(depth);
        while self.bases.last().is_some_and(|(level, _)| *level > depth) {
            self.bases.pop();
        }
        while self.spaces.last().is_some_and(|(level, ..)| *level > depth) {
            self.spaces.pop();
        }
        if self.item.is_some_and(|item| item > depth) {
            self.item = None;
        }
    }

    /// The content of a CDATA section, unless it lost its end and took the next items with it.
    fn sound_cdata(&mut self, content: Cow<'t, str>, end: usize) -> Cow<'t, str> {
        let Some(own_end) = content
            .find("<![CDATA[")
            .and_then(|second| self.end_tag(&content[..second]))
        else {
            return content;
        };
        let start = end.saturating_sub(3 + content.len());
        self.fault_at(start, "a CDATA section that is not closed");
        if !self.restart(start + own_end) {
            return content;
        }
        match content {
            Cow::Borrowed(content) => Cow::Borrowed(&content[..own_end]),
            Cow::Owned(content) => Cow::Owned(content[..own_end].to_owned()),
        }
    }

    /// Where the innermost open element ends in this text.
    fn end_tag(&self, text: &str) -> Option<usize> {
        let name = self.open.last()?;
        let mut from = 0;
        while let Some(found) = text[from..].find("</") {
            let at = from + found;
            if let Some(rest) = text[at + 2..].strip_prefix(name)
                && rest.trim_start().starts_with('>')
            {
                return Some(at);
            }
            from = at + 2;
        }
        None
    }

    /// Goes on behind something that the reader could not make sense of.
    fn recover(&mut self, at: usize) -> Option<Step<'t>> {
        let Some(found) = self.text[at..].find('<') else {
            self.fault_at(at, "something that is no XML");
            self.restart(self.text.len());
            return None;
        };
        let at = at + found;
        let rest = &self.text[at..];
        if let Some(content) = rest.strip_prefix("<![CDATA[") {
            self.fault_at(at, "a CDATA section that is not closed");
            let length = self.end_tag(content).unwrap_or(content.len());
            self.restart(at + 9 + length);
            return Some(Step::Cdata(Cow::Borrowed(&content[..length])));
        }
        if let Some(name) = rest.strip_prefix("</")
            && let Some(level) = self.open.iter().rposition(|open| *open == name.trim())
        {
            // The document lost its last character.
            self.fault_at(at, "a tag that is not closed");
            self.restart(self.text.len());
            self.close_to(level);
            return None;
        }
        let (length, what) = if rest.starts_with("<!--") {
            (4, "a comment that is not closed")
        } else {
            (1, "a tag that is not closed")
        };
        self.fault_at(at, what);
        self.restart(at + length);
        None
    }
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

/// Whether a document type declares entities that could stand for anything. Parameter entities are never used here,
/// and a name that HTML has means what HTML says.
fn declares_entities(doctype: &str) -> bool {
    let doctype = doctype.to_ascii_lowercase();
    doctype.split("<!entity").skip(1).any(|declaration| {
        let name = declaration.split_whitespace().next().unwrap_or_default();
        name != "%" && !is_html_entity(declaration, name)
    })
}

fn is_html_entity(declaration: &str, name: &str) -> bool {
    // Only a plain value: one that names a file or another entity is not what HTML says.
    let value = declaration
        .trim_start()
        .strip_prefix(name)
        .unwrap_or_default();
    let plain = value.trim_start().starts_with(['"', '\'']);
    plain && quick_xml::escape::resolve_html5_entity(name).is_some()
}
