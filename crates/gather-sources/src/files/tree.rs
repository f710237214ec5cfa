//! The elements of an OFX or CAMT file in one list, in the order of the file.
//!
//! An element knows where the elements in it end, so that children are found without links and 100,000 transactions
//! cost one list and no text: values stay where they are in the file until somebody asks for them.
//!
//! Not here: how tags become elements (`tags`, `camt::xml`).

use std::borrow::Cow;

use super::error::Fault;
use crate::text;

/// More elements than this are not a statement; they take some 400 MB.
const MAX_ELEMENTS: usize = 10_000_000;
/// Deeper nesting than this is refused.
pub(super) const MAX_DEPTH: usize = 100;

/// One element.
#[derive(Debug, Clone, Copy)]
struct Element<'t> {
    name: &'t str,
    /// What stands in it as written, references and CDATA included.
    raw: &'t str,
    /// The place of its start tag in the text.
    at: u32,
    /// The index behind the last element in it.
    end: u32,
}

/// All elements of a file.
#[derive(Debug, Default)]
pub(super) struct Tree<'t> {
    elements: Vec<Element<'t>>,
}

/// An element and what is in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a, 't> {
    tree: &'a Tree<'t>,
    index: usize,
}

impl<'t> Tree<'t> {
    /// Adds an element; until it is closed it has nothing in it.
    pub(super) fn open(&mut self, name: &'t str, at: usize) -> Result<usize, Fault> {
        let index = self.elements.len();
        if index == MAX_ELEMENTS {
            return Err(Fault::new(format!(
                "it has more than {MAX_ELEMENTS} elements"
            )));
        }
        self.elements.push(Element {
            name,
            raw: "",
            at: small(at),
            end: small(index + 1),
        });
        Ok(index)
    }

    pub(super) fn set_text(&mut self, index: usize, raw: &'t str) {
        self.elements[index].raw = raw;
    }

    /// Everything that was added since is in this element.
    pub(super) fn close(&mut self, index: usize) {
        self.elements[index].end = small(self.elements.len());
    }

    pub(super) fn name(&self, index: usize) -> &'t str {
        self.elements[index].name
    }

    /// Whether no element but leaves that were put in front are in it.
    pub(super) fn has_only_attributes(&self, index: usize) -> bool {
        let element = &self.elements[index];
        let attributes = self.elements[index + 1..]
            .iter()
            .take_while(|it| it.at == element.at)
            .count();
        index + 1 + attributes == element.end as usize
    }

    /// The elements that are in no other.
    pub(super) fn roots(&self) -> impl Iterator<Item = Node<'_, 't>> {
        self.between(0, self.elements.len())
    }

    /// All elements of a name, in the order of the file.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = Node<'_, 't>> {
        (0..self.elements.len())
            .map(|index| Node { tree: self, index })
            .filter(move |node| node.is(name))
    }

    fn between(&self, from: usize, to: usize) -> impl Iterator<Item = Node<'_, 't>> {
        let mut next = from;
        std::iter::from_fn(move || {
            let index = next;
            (index < to).then(|| {
                next = self.elements[index].end as usize;
                Node { tree: self, index }
            })
        })
    }
}

impl<'a, 't> Node<'a, 't> {
    fn element(self) -> &'a Element<'t> {
        &self.tree.elements[self.index]
    }

    pub(super) fn name(self) -> &'t str {
        self.element().name
    }

    pub(super) fn is(self, name: &str) -> bool {
        self.element().name.eq_ignore_ascii_case(name)
    }

    /// Where its tag stands in the text.
    pub(super) fn at(self) -> usize {
        self.element().at as usize
    }

    /// What is directly in it.
    pub(super) fn children(self) -> impl Iterator<Item = Node<'a, 't>> {
        self.tree
            .between(self.index + 1, self.element().end as usize)
    }

    /// Everything in it, however deep.
    pub(super) fn within(self, name: &'static str) -> impl Iterator<Item = Node<'a, 't>> {
        let tree = self.tree;
        (self.index + 1..self.element().end as usize)
            .map(move |index| Node { tree, index })
            .filter(move |node| node.is(name))
    }

    /// The first one of that name directly in it.
    pub(super) fn child(self, name: &str) -> Option<Node<'a, 't>> {
        self.children().find(|node| node.is(name))
    }

    /// The first element on a path of names.
    pub(super) fn path(self, names: &[&str]) -> Option<Node<'a, 't>> {
        names.iter().try_fold(self, |node, name| node.child(name))
    }

    /// Its text: references decoded once, white space at the ends taken off.
    pub(super) fn text(self) -> Cow<'t, str> {
        let raw = self.element().raw.trim();
        if !raw.contains("<!") {
            return text::decoded(raw);
        }
        let (mut out, mut rest) = (String::with_capacity(raw.len()), raw);
        while let Some(at) = rest.find("<!") {
            out.push_str(&text::decoded(&rest[..at]));
            rest = &rest[at..];
            if let Some(inside) = rest.strip_prefix("<![CDATA[") {
                let end = inside.find("]]>").unwrap_or(inside.len());
                out.push_str(&inside[..end]);
                rest = inside.get(end + 3..).unwrap_or("");
            } else if let Some(inside) = rest.strip_prefix("<!--") {
                let end = inside.find("-->").unwrap_or(inside.len());
                rest = inside.get(end + 3..).unwrap_or("");
            } else {
                out.push_str("<!");
                rest = &rest[2..];
            }
        }
        out.push_str(&text::decoded(rest));
        Cow::Owned(out.trim().to_owned())
    }

    /// The text of the first one of that name in it; `None` where it is absent or blank.
    pub(super) fn value(self, name: &str) -> Option<Cow<'t, str>> {
        self.child(name)
            .map(Node::text)
            .filter(|text| !text.is_empty())
    }

    /// The text at the end of a path.
    pub(super) fn value_at(self, names: &[&str]) -> Option<Cow<'t, str>> {
        self.path(names)
            .map(Node::text)
            .filter(|text| !text.is_empty())
    }
}

/// Files are smaller than 4 GiB, which `files::read` sees to.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
