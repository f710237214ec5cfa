//! The tags of OFX as a tree, for SGML and for XML that nobody checked.
//!
//! Leaves may be closed or not, and text may hold raw ampersands and signs that look like tags. An element that is never
//! closed has nothing in it but its text: what follows stands beside it. So one reader serves OFX 1.x and 2.x, where a
//! strict one for XML would refuse what banks send and need a second one behind it.
//!
//! Entities of the file's own are refused, whatever they stand for.

use super::super::{
    error::Fault,
    tree::{MAX_DEPTH, Tree},
};

/// What stands at a `<`.
enum Mark<'t> {
    Start {
        name: &'t str,
        is_closed: bool,
    },
    End(&'t str),
    /// A comment, an instruction, a document type.
    Aside,
    /// Text that belongs to the element although it begins with `<`.
    Text,
}

/// The elements of `text` from the byte `from` on, and the names of those that the end of the text leaves open.
pub(super) fn read(text: &str, from: usize) -> Result<(Tree<'_>, Vec<&str>), Fault> {
    let mut tree = Tree::default();
    // Elements that may still be closed.
    let mut open: Vec<usize> = Vec::new();
    // The element whose text is being read, and where that begins.
    let mut leaf: Option<(usize, usize)> = None;
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let next = bytes[at..].iter().position(|byte| *byte == b'<');
        let start = next.map_or(text.len(), |offset| at + offset);
        let (mark, after) = if next.is_some() {
            mark(text, start)?
        } else {
            (Mark::Aside, text.len())
        };
        at = after;
        if next.is_some() && matches!(mark, Mark::Aside | Mark::Text) {
            continue;
        }
        // The text of the element before ends here.
        if let Some((index, begun)) = leaf.take() {
            let raw = &text[begun..start];
            if !raw.trim().is_empty() {
                tree.set_text(index, raw);
                tree.close(index);
                // A leaf: nothing can be in it, so only its own end tag closes it.
                if open.last() == Some(&index) {
                    open.pop();
                }
                if let Mark::End(name) = mark
                    && tree.name(index).eq_ignore_ascii_case(name)
                {
                    continue;
                }
            }
        }
        match mark {
            Mark::Start { name, is_closed } => {
                let index = tree.open(name, start)?;
                if is_closed {
                    continue;
                }
                if open.len() >= MAX_DEPTH {
                    return Err(Fault::new(format!(
                        "it has elements in each other, deeper than {MAX_DEPTH} levels"
                    )));
                }
                open.push(index);
                leaf = Some((index, at));
            }
            Mark::End(name) => {
                let place = open
                    .iter()
                    .rposition(|index| tree.name(*index).eq_ignore_ascii_case(name));
                if let Some(place) = place {
                    // What is open above was never closed, so it is empty.
                    open.truncate(place + 1);
                    if let Some(index) = open.pop() {
                        tree.close(index);
                    }
                }
            }
            Mark::Aside | Mark::Text => break,
        }
    }
    // The last elements of a file that was cut off.
    let unclosed = open.iter().map(|index| tree.name(*index)).collect();
    for index in open {
        tree.close(index);
    }
    Ok((tree, unclosed))
}

/// What begins at the `<` at `start`, and where it ends.
fn mark(text: &str, start: usize) -> Result<(Mark<'_>, usize), Fault> {
    let rest = &text[start..];
    if rest.starts_with("<![CDATA[") {
        let end = rest.find("]]>").map_or(text.len(), |end| start + end + 3);
        return Ok((Mark::Text, end));
    }
    if rest.starts_with("<!--") {
        let end = rest.find("-->").map_or(text.len(), |end| start + end + 3);
        return Ok((Mark::Text, end));
    }
    let is_type = rest
        .get(..9)
        .is_some_and(|it| it.eq_ignore_ascii_case("<!doctype"));
    if rest.starts_with("<?") || is_type {
        let end = rest.find('>').map_or(text.len(), |end| start + end + 1);
        if is_type && text[start..end].contains('[') {
            return Err(Fault::new(
                "it declares entities of its own, which are not read",
            ));
        }
        return Ok((Mark::Aside, end));
    }
    let (name_at, is_end) = match rest.as_bytes().get(1) {
        Some(b'/') => (2, true),
        _ => (1, false),
    };
    let is_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':');
    let length = rest.as_bytes()[name_at..]
        .iter()
        .take(64)
        .take_while(|byte| is_name(byte))
        .count();
    let name = &rest[name_at..name_at + length];
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    // Attributes are short, and a tag stays on its line.
    let inside = rest.as_bytes()[name_at + length..]
        .iter()
        .take(500)
        .position(|byte| matches!(byte, b'>' | b'<' | b'\n' | b'\r'));
    let end = inside.map(|offset| name_at + length + offset);
    let Some(end) = end.filter(|end| begins && rest.as_bytes()[*end] == b'>') else {
        return Ok((Mark::Text, start + 1));
    };
    let between = &rest[name_at + length..end];
    let is_tag = between.is_empty() || between.starts_with([' ', '\t', '/']);
    if !is_tag {
        return Ok((Mark::Text, start + 1));
    }
    let mark = if is_end {
        Mark::End(name)
    } else {
        Mark::Start {
            name,
            is_closed: between.ends_with('/'),
        }
    };
    Ok((mark, start + end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::super::tree::Node, *};

    fn told(node: Node<'_, '_>) -> String {
        let inside: Vec<String> = node.children().map(told).collect();
        let text = node.text();
        match inside.is_empty() {
            true => format!("{}={text}", node.name()),
            false => format!("{}({})", node.name(), inside.join(" ")),
        }
    }

    fn tree(text: &str) -> String {
        let (tree, _) = read(text, 0).unwrap();
        tree.roots().map(told).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn leaves_may_be_closed_or_not() {
        let expected = "S(A=1 B= C=x & y D(E=2) F=3)";
        for text in [
            "<S><A>1<B><C>x & y<D><E>2</D><F>3</S>",
            "<S>\r<A>1\r<B>\r<C>x & y\r<D>\r<E>2\r</D>\r<F>3\r</S>",
            "<S><A>1</A><B></B><C>x &amp; y</C><D><E>2</E></D><F>3</F></S>",
            "<?xml version='1.0'?><S><A >1</A><B/><C><![CDATA[x & y]]></C><D><E>2</E></D><!-- <G> --><F>3</F></S>",
            "<S><A>1<B></B><C>x & y<D><E>2</D></Z></A><F>3",
        ] {
            assert_eq!(tree(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_tag_is_text() {
        assert_eq!(
            tree("<S><N>a <b@c.d> <3 <- AT&T &eacute;&#233; </S>"),
            "S(N=a <b@c.d> <3 <- AT&T éé)"
        );
        assert_eq!(tree("<S><INTU.BID>7</S>"), "S(INTU.BID=7)");
    }

    #[test]
    fn hostile_nesting_and_entities_are_refused() {
        assert!(read(&"<a>".repeat(100_000), 0).is_err());
        assert!(read("<!DOCTYPE x [<!ENTITY a 'b'>]><S>", 0).is_err());
        assert!(read(&"<a>1".repeat(1_000), 0).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_tree(text in "(<|</|>|A|B|1|<!--|-->|<!\\[CDATA\\[|\\]\\]>|&|é|\\PC){0,60}") {
            if let Ok((tree, _)) = read(&text, 0) {
                let _ = tree.roots().map(told).count();
            }
        }
    }
}
