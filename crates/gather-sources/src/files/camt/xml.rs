//! The XML of CAMT as a tree: names without their prefix, attributes as elements `@name`.
//!
//! It has to be well-formed: half a statement is none. Entities of the document's own are refused.

use quick_xml::{Reader, events::Event};

use super::super::{
    characters::LineOf,
    error::Fault,
    tree::{MAX_DEPTH, Tree},
};

/// The elements of a text.
pub(super) fn read(text: &str) -> Result<Tree<'_>, Fault> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    // An element and where what is in it begins.
    let mut open: Vec<(usize, usize)> = Vec::new();
    loop {
        let at = place(reader.buffer_position());
        let broken = |message: &str| {
            let message = crate::mapping::value::clip_to(message, 160);
            Fault::new(format!("broken XML: {message}"))
                .at(LineOf::default().byte(text, at))
                .with_hint("download it again")
        };
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                let after = place(reader.buffer_position());
                if open.len() == MAX_DEPTH {
                    return Err(broken(&format!(
                        "elements nested deeper than {MAX_DEPTH} levels"
                    )));
                }
                if open.is_empty() && tree.roots().next().is_some() {
                    return Err(broken("a second root element"));
                }
                let source = text.get(at..after).unwrap_or_default();
                let start = source.find('<').unwrap_or(0);
                let name = local(source.get(start + 1..).unwrap_or_default());
                let index = tree.open(name, at + start)?;
                for (key, value) in attributes(source) {
                    let attribute = tree.open(key, at + start)?;
                    tree.set_text(attribute, value);
                }
                drop(tag);
                open.push((index, after));
            }
            Ok(Event::End(_)) => {
                let Some((index, begun)) = open.pop() else {
                    return Err(broken("an end without a start"));
                };
                // Text counts only where nothing else is; an attribute is no element.
                tree.close(index);
                if tree.has_only_attributes(index) {
                    tree.set_text(index, text.get(begun..at).unwrap_or_default());
                }
            }
            Ok(Event::DocType(kind)) if kind.to_ascii_lowercase().contains("<!entity") => {
                return Err(broken(
                    "it declares entities of its own, which are not read",
                ));
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => return Err(broken(&error.to_string())),
        }
    }
    match open.last() {
        Some((index, _)) => Err(Fault::new(format!(
            "it was cut off: it ends within `{}`",
            crate::mapping::value::clip(tree.name(*index))
        ))
        .with_hint("download it again")),
        None => Ok(tree),
    }
}

fn place(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// The name at the start, without its prefix.
fn local(tag: &str) -> &str {
    let end = tag
        .find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
        .unwrap_or(tag.len());
    let name = &tag[..end];
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Those of a start tag; the schema has few and short ones.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once('=') {
        let key = before.split_whitespace().next_back().unwrap_or_default();
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            break;
        };
        let Some((value, behind)) = after[1..].split_once(quote) else {
            break;
        };
        if !key.starts_with("xmlns") && !key.contains(':') && found.len() < 20 {
            found.push((key, value));
        }
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_text_are_told_apart() {
        let text = "<?xml version='1.0'?>\n<n:D xmlns:n='u'><Amt Ccy = \"EUR\" x='>'>1&amp;2</Amt><E/><F> <G>3</G> </F></n:D>";
        let tree = read(text).unwrap();
        let root = tree.roots().next().unwrap();
        assert_eq!(root.name(), "D");
        let amount = root.child("Amt").unwrap();
        assert_eq!(
            (amount.text().as_ref(), amount.value("Ccy").as_deref()),
            ("1&2", Some("EUR"))
        );
        assert_eq!(root.value_at(&["F", "G"]).as_deref(), Some("3"));
        assert_eq!(root.value("E"), None);
        assert_eq!(root.children().count(), 3);
    }

    #[test]
    fn a_wide_space_in_a_tag_ends_no_name() {
        assert!(read("<D\u{a0}k='1'>3</D>").is_err());
        assert!(read("<D\u{a0}k='1'/>").is_ok());
        assert!(read("<D a='1'\u{3000}k = '2'/>").is_ok());
    }

    #[test]
    fn what_is_broken_is_refused_with_its_line() {
        for (text, message) in [
            ("<a>\n<b></a>", "line 2: broken XML"),
            ("<a>\n", "cut off"),
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>", "entities"),
            ("<a/><b/>", "second root"),
        ] {
            let error = read(text).unwrap_err().in_file("x").to_string();
            assert!(error.contains(message), "{error}");
        }
        assert!(read(&"<a>".repeat(100_000)).is_err());
    }
}
