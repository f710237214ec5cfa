//! RSS of every version and Atom of both, in one walk.
//!
//! The dialects are read by one table of elements: a feed of one often holds elements of another, and where two say
//! the same the better one is kept.
//!
//! Not here: what kind of text an element holds (`words`).
//! Source: RSS 0.90 to 2.0, RSS 1.0 with its modules, RFC 4287, the Atom 0.3 draft, Media RSS 1.5, RFC 5005 section 3.

use url::Url;

use super::{
    cursor::{Cursor, Step, Stop, Tag},
    entry::Entry,
    names::Ns,
    words::{Words, web},
};
use crate::{ReadErrorKind, text};

/// More relations of one link, and links of the feed itself, than this say nothing.
const MAX_RELATIONS: usize = 8;
const MAX_LINKS: usize = 64;

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

/// Why nothing of a document is read.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) kind: ReadErrorKind,
    pub(super) message: String,
    /// Where, in bytes from the start.
    pub(super) at: usize,
}

/// Reads a document that starts with `<`.
pub(super) fn read(text: &str, base: Option<&Url>) -> Result<Document, Refusal> {
    let mut cursor = Cursor::new(text, base);
    let root = loop {
        match cursor.next(0) {
            Some(Step::Open(tag)) => break Some(tag),
            Some(_) => {}
            None => break None,
        }
    };
    let mut reader = XmlReader {
        words: Words {
            cursor,
            is_atom: false,
        },
        document: Document::default(),
    };
    match root {
        Some(root) => reader.root(root)?,
        None if reader.words.cursor.stop().is_none() => {
            return Err(Refusal {
                kind: ReadErrorKind::NotTheFormat,
                message: "not a feed: it has no elements".to_owned(),
                at: 0,
            });
        }
        None => {}
    }
    reader.finish()
}

struct XmlReader<'t> {
    words: Words<'t>,
    document: Document,
}

impl<'t> XmlReader<'t> {
    fn root(&mut self, root: Tag<'t>) -> Result<(), Refusal> {
        match root.local.to_ascii_lowercase().as_str() {
            "rss" | "rdf" => {}
            "feed" => self.words.is_atom = true,
            "entry" => {
                self.words.is_atom = true;
                self.item(&root);
                return Ok(());
            }
            other => {
                return Err(Refusal {
                    kind: ReadErrorKind::NotTheFormat,
                    message: format!(
                        "not a feed: its outermost element is `{}`",
                        crate::mapping::value::clip(other)
                    ),
                    at: root.at,
                });
            }
        }
        while let Some(step) = self.words.cursor.next(1) {
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
                if let Some(url) = tag.attribute("href").and_then(|href| self.words.web(&href)) {
                    let room = MAX_LINKS.saturating_sub(self.document.links.len());
                    let links = relations(tag).into_iter().take(room);
                    let links = links.map(|relation| (relation, url.clone()));
                    self.document.links.extend(links);
                }
                self.words.skip();
            }
            (Ns::Core, "author") if self.words.is_atom => {
                let name = self.words.person();
                self.document.authors.extend(name);
            }
            _ => self.words.skip(),
        }
    }

    fn item(&mut self, tag: &Tag<'t>) {
        let depth = self.words.cursor.depth();
        self.words.cursor.begin_item();
        let mut entry = Entry::default();
        if let Some(about) = tag
            .attribute("rdf:about")
            .or_else(|| tag.attribute("about"))
        {
            if let Some(url) = self.words.web(&about) {
                entry.link.offer(0, url);
            }
            entry.id.offer(1, about.into_owned());
        }
        while let Some(step) = self.words.cursor.next(depth) {
            if let Step::Open(tag) = step {
                self.of_item(&tag, &mut entry);
            }
        }
        if self.words.cursor.is_cut() {
            self.document.cut_item = true;
        } else {
            self.document.entries.push(entry);
        }
    }

    fn of_item(&mut self, tag: &Tag<'t>, entry: &mut Entry) {
        match (tag.ns, tag.local) {
            // Their children are those of the item too.
            (Ns::Media, "group" | "content") => {}
            (Ns::Core, "title") => entry.title.offer_body(3, self.words.body(tag)),
            (Ns::Dc | Ns::DcTerms, "title") => entry.title.offer_body(2, self.words.body(tag)),
            (Ns::Media | Ns::Itunes, "title") => entry.title.offer_body(1, self.words.body(tag)),
            (Ns::Core, "link") => self.link(tag, entry),
            (Ns::Core, "id") => entry.id.offer(3, self.words.line()),
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
            (Ns::Xhtml, "body" | "div") | (Ns::Core, "body" | "fullitem") => {
                self.content(tag, 2, entry)
            }
            (Ns::Core, "pubDate" | "pubdate" | "published" | "issued") => {
                entry.dates.push((4, self.words.line()));
            }
            (Ns::Dc, "date") | (Ns::DcTerms, "issued") => entry.dates.push((3, self.words.line())),
            (Ns::Core | Ns::DcTerms, "created") | (Ns::DcTerms, "date") => {
                entry.dates.push((2, self.words.line()));
            }
            (Ns::Core, "updated" | "modified") | (Ns::DcTerms, "modified") => {
                let written = self.words.line();
                entry.updated.get_or_insert(written);
            }
            (Ns::Dc | Ns::DcTerms, "creator" | "author") => {
                entry.authors.push((3, self.words.line()))
            }
            (Ns::Core, "author") => {
                let name = self.words.person();
                entry.authors.extend(name.map(|name| (2, name)));
            }
            (Ns::Itunes, "author") => entry.authors.push((1, self.words.line())),
            (Ns::Core, "source") => self.source(entry),
            (Ns::Core, "category") => {
                let named = tag.attribute("label").or_else(|| tag.attribute("term"));
                let words = self.words.line();
                let name = named.map_or(words, |name| name.into_owned());
                if !name.trim().is_empty() {
                    entry.section.offer(2, text::decoded(&name).into_owned());
                }
            }
            (Ns::Dc | Ns::DcTerms, "subject") | (Ns::Media, "category") => {
                let name = self.words.line();
                if !name.trim().is_empty() {
                    entry.section.offer(1, text::decoded(&name).into_owned());
                }
            }
            _ => self.words.skip(),
        }
    }

    fn link(&mut self, tag: &Tag<'t>, entry: &mut Entry) {
        let href = tag.attribute("href");
        let base = self.words.cursor.base().cloned();
        let words = self.words.line();
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
        let id = self.words.line();
        if permanent && let Some(url) = web(&id, None) {
            entry.link.offer(1, url);
        }
        entry.id.offer(3, id);
    }

    fn summary(&mut self, tag: &Tag<'t>, rank: u8, entry: &mut Entry) {
        if let Some(text) = self.words.based(tag) {
            entry.summary.offer(rank, text);
        }
    }

    fn content(&mut self, tag: &Tag<'t>, rank: u8, entry: &mut Entry) {
        // Content elsewhere is a page to open, where nothing better is said.
        if let Some(url) = tag.attribute("src").and_then(|src| self.words.web(&src)) {
            entry.link.offer(0, url);
            return self.words.skip();
        }
        if let Some(text) = self.words.based(tag) {
            entry.content.offer(rank, text);
        }
    }

    /// Authors of the feed that an item was taken from; what else it says of that feed is not the item's.
    fn source(&mut self, entry: &mut Entry) {
        let depth = self.words.cursor.depth();
        while let Some(step) = self.words.cursor.next(depth) {
            let Step::Open(tag) = step else { continue };
            if (tag.ns, tag.local) == (Ns::Core, "author") {
                let name = self.words.person();
                entry.authors.extend(name.map(|name| (1, name)));
            } else {
                self.words.skip();
            }
        }
    }

    fn finish(self) -> Result<Document, Refusal> {
        let mut document = self.document;
        document.is_atom = self.words.is_atom;
        let (stop, end) = match self.words.cursor.stop() {
            Some((stop, at)) => (Some(stop), at),
            None => (None, self.words.cursor.end()),
        };
        let broken = |message: &str| {
            Err(Refusal {
                kind: ReadErrorKind::Malformed,
                message: message.to_owned(),
                at: end,
            })
        };
        document.fault = self
            .words
            .cursor
            .faults()
            .map(|(first, count)| (first.at, first.what, count));
        match stop {
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
        if self.words.cursor.is_cut() && document.entries.is_empty() {
            return broken("broken feed: it ends before the first item does");
        }
        Ok(document)
    }
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
