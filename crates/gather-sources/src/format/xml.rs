//! XML as JSON.
//!
//! The shape, which declarations rely on:
//! - The document is an object with one member: the name of the root element, and the root element as its value.
//! - Names are as written, with their prefix (`media:title`). Declarations of name spaces (`xmlns`, `xmlns:…`) are left
//!   out, and so are comments, processing instructions and the document type.
//! - An element with neither attributes nor elements in it is its text, or `null` when that is empty.
//! - Any other element is an object: an attribute is a member `@name`, its text `#text` (absent when empty), an element
//!   in it a member of that name. Elements of one name are an array as soon as there are two; the order between
//!   different names is lost.
//! - Text is what stands between the tags, CDATA included, references decoded once, white space at both ends taken
//!   off. All values are texts: numbers keep their digits.
//!
//! Entities of the document's own are refused, whatever they stand for; a reference with one of HTML's names is
//! decoded, one with an unknown name stays as it is written.
//!
//! Source: XML 1.0; RFC 7303 section 3 (encodings).

use std::borrow::Cow;

use quick_xml::{
    Reader,
    escape::resolve_html5_entity,
    events::{BytesRef, BytesStart, Event},
};

use super::Document;
use crate::{
    ReadError, ReadErrorKind, feed,
    jq::{Map, Rc, Val, json},
};

/// Deeper nesting than this is refused.
const MAX_DEPTH: usize = 200;

/// An element that is not closed yet.
struct Open {
    name: String,
    fields: Map,
    text: String,
}

pub(crate) fn read(body: &[u8], content_type: Option<&str>) -> Result<Document, ReadError> {
    let decoded = feed::decode(body, content_type);
    let text = decoded.text;
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let (mut open, mut root, mut nodes) = (Vec::<Open>::new(), None, 0_usize);
    let max_nodes = json::nodes(text.len());
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let refuse = |message: String| Err(broken(&text, at, &message));
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if open.len() == MAX_DEPTH {
                    return refuse(format!("elements nested deeper than {MAX_DEPTH} levels"));
                }
                if open.is_empty() && root.is_some() {
                    return refuse("a second root element".to_owned());
                }
                match element(&tag) {
                    Ok(element) => {
                        nodes += 1 + element.fields.len();
                        open.push(element);
                    }
                    Err(message) => return refuse(message),
                }
                if nodes > max_nodes {
                    return refuse(format!("more than {max_nodes} elements and attributes"));
                }
            }
            Ok(Event::End(_)) => {
                let Some(closed) = open.pop() else {
                    return refuse("an end without a start".to_owned());
                };
                let (name, value) = closed.close();
                match open.last_mut() {
                    Some(parent) => parent.add(name, value),
                    None => root = Some((name, value)),
                }
            }
            Ok(Event::Text(piece)) => match open.last_mut() {
                Some(element) => element.text.push_str(&piece),
                None if piece
                    .trim_matches(['\u{FEFF}', ' ', '\t', '\r', '\n'])
                    .is_empty() => {}
                None => return refuse("text outside of the root element".to_owned()),
            },
            Ok(Event::CData(piece)) => match open.last_mut() {
                Some(element) => element.text.push_str(&piece),
                None => return refuse("text outside of the root element".to_owned()),
            },
            Ok(Event::GeneralRef(reference)) => match open.last_mut() {
                Some(element) => element.text.push_str(&resolve(&reference)),
                None => return refuse("text outside of the root element".to_owned()),
            },
            Ok(Event::DocType(kind)) if kind.to_ascii_lowercase().contains("<!entity") => {
                return refuse("it declares entities of its own, which are not read".to_owned());
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                return Err(broken(&text, at, &error.to_string()));
            }
        }
    }
    if let Some(element) = open.last() {
        let message = format!("it ends too early, within `{}`", clip(&element.name));
        return Err(broken(&text, text.len(), &message));
    }
    let Some((name, value)) = root else {
        return Err(broken(&text, text.len(), "there is no element in it"));
    };
    Ok(Document {
        value: object([(Val::from(name), value)]),
        warnings: decoded.warning.into_iter().collect(),
        ..Document::default()
    })
}

impl Open {
    /// Adds an element in it.
    fn add(&mut self, name: String, value: Val) {
        let name = Val::from(name);
        match self.fields.get_mut(&name) {
            // An element is never an array, so this one was made here.
            Some(Val::Arr(list)) => Rc::make_mut(list).push(value),
            Some(one) => *one = [std::mem::take(one), value].into_iter().collect(),
            None => {
                self.fields.insert(name, value);
            }
        }
    }

    fn close(mut self) -> (String, Val) {
        let text = self.text.trim_matches([' ', '\t', '\r', '\n']);
        let text = (!text.is_empty()).then(|| Val::from(text.to_owned()));
        if self.fields.is_empty() {
            return (self.name, text.unwrap_or_default());
        }
        if let Some(text) = text {
            self.fields.insert(Val::from("#text".to_owned()), text);
        }
        (self.name, Val::Obj(Rc::new(self.fields)))
    }
}

/// A start tag with its attributes.
fn element(tag: &BytesStart<'_>) -> Result<Open, String> {
    let mut fields = Map::default();
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let name = attribute.key.into_inner();
        if name == "xmlns" || name.starts_with("xmlns:") {
            continue;
        }
        let value = Val::from(attribute_text(&attribute.value));
        if fields
            .insert(Val::from(format!("@{name}")), value)
            .is_some()
        {
            return Err(format!("the attribute `{}` stands twice", clip(name)));
        }
    }
    Ok(Open {
        name: tag.name().into_inner().to_owned(),
        fields,
        text: String::new(),
    })
}

/// An attribute's value: references decoded once, line breaks are spaces.
fn attribute_text(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\r', '\n']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest
            .strip_prefix('&')
            .and_then(|after| after.split_once(';'))
            .filter(|(name, _)| !name.is_empty() && name.len() <= 40 && !name.contains('&'));
        match reference {
            Some((name, after)) => {
                text.push_str(&resolve(&BytesRef::new(name)));
                rest = after;
            }
            None => {
                text.push(if rest.starts_with('&') { '&' } else { ' ' });
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

/// What a reference stands for; itself where nobody knows.
fn resolve(reference: &BytesRef<'_>) -> Cow<'static, str> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Cow::Owned(character.to_string());
    }
    let name: &str = reference;
    match resolve_html5_entity(name) {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(format!("&{name};")),
    }
}

fn object(fields: impl IntoIterator<Item = (Val, Val)>) -> Val {
    Val::Obj(Rc::new(fields.into_iter().collect()))
}

fn broken(text: &str, at: usize, message: &str) -> ReadError {
    let (line, column) = json::position(text.as_bytes(), at);
    ReadError::new(
        ReadErrorKind::Malformed,
        format!(
            "broken XML: {} at line {line}, column {column}",
            crate::mapping::value::clip_to(message, 160)
        ),
    )
    .at(line, column)
}

fn clip(text: &str) -> String {
    crate::mapping::value::clip(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(xml: &str) -> String {
        json::to_line(&read(xml.as_bytes(), None).unwrap().value)
    }

    fn fault(xml: &str) -> String {
        read(xml.as_bytes(), None).unwrap_err().to_string()
    }

    #[test]
    fn the_shape_is_the_documented_one() {
        assert_eq!(
            line(
                "<?xml version='1.0'?><!-- c --><a:r xmlns:a='u' n='1'> x <b/><b>2</b> y <c k='&lt;&#233;\n'>t</c></a:r>"
            ),
            r##"{"a:r":{"@n":"1","b":[null,"2"],"c":{"@k":"<é ","#text":"t"},"#text":"x  y"}}"##
        );
        assert_eq!(line("<a/>"), r#"{"a":null}"#);
        assert_eq!(line("<a> 0010.50 </a>"), r#"{"a":"0010.50"}"#);
        assert_eq!(
            line("<a><![CDATA[<b>&amp;]]>&amp;&eacute;&what;</a>"),
            r#"{"a":"<b>&amp;&é&what;"}"#
        );
        assert_eq!(line("<a xmlns='u'>x</a>"), r#"{"a":"x"}"#);
        assert_eq!(
            line("<a><b>1</b><b>2</b><b>3</b></a>"),
            r#"{"a":{"b":["1","2","3"]}}"#
        );
    }

    #[test]
    fn what_is_ill_formed_has_its_place() {
        assert_eq!(
            fault("<a>\n <b>"),
            "broken XML: it ends too early, within `b` at line 2, column 5"
        );
        for (bad, words) in [
            ("<a></b>", "line 1"),
            ("<a/><b/>", "second root"),
            ("<a/>x", "outside"),
            ("words", "outside"),
            ("", "no element"),
            ("<a x='1' x='2'/>", "twice"),
        ] {
            assert!(fault(bad).contains(words), "{bad}: {}", fault(bad));
        }
    }

    #[test]
    fn case_65_bombs_are_refused() {
        assert!(fault(&"<a>".repeat(100_000)).contains("deeper"));
        let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
        assert!(fault(laughs).contains("entities"), "{}", fault(laughs));
        let outside = "<!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><l>&x;</l>";
        assert!(fault(outside).contains("entities"));
        assert!(fault(&format!("<a>{}</a>", "<b/>".repeat(1_000_001))).contains("more than"));
    }

    #[test]
    fn the_encoding_is_what_the_bytes_prove() {
        let cyrillic =
            b"<?xml version='1.0' encoding='windows-1251'?><a>\xcf\xf0\xe8\xe2\xe5\xf2</a>";
        let document = read(cyrillic, Some("text/xml; charset=utf-8")).unwrap();
        assert_eq!(json::to_line(&document.value), "{\"a\":\"Привет\"}");
        let mut utf16 = vec![0xFE, 0xFF];
        utf16.extend("<x:a>é</x:a>".encode_utf16().flat_map(u16::to_be_bytes));
        assert_eq!(
            json::to_line(&read(&utf16, None).unwrap().value),
            "{\"x:a\":\"é\"}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes, None);
        }

        #[test]
        fn any_tags_are_read_or_refused(parts in proptest::collection::vec(prop_oneof![
            Just("<a>"), Just("</a>"), Just("<b x='1'>"), Just("</b>"), Just("<c/>"), Just("&amp;"), Just("&#0;"), Just("&#x110000;"),
            Just("<![CDATA["), Just("]]>"), Just("<!--"), Just("-->"), Just("<!DOCTYPE a ["), Just("]>"), Just("<?x"), Just("?>"), Just("é"), Just("<"), Just("&"),
        ], 0..30)) {
            let text = parts.concat();
            if let Ok(document) = read(text.as_bytes(), None) {
                prop_assert!(json::to_line(&document.value).len() <= 16 * (text.len() + 4));
            }
        }
    }
}
