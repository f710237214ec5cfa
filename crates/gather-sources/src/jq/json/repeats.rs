//! Names that stand more than once in one object.
//!
//! Source: RFC 8259 section 4: what that means is not defined; here the last one counts, and a person is told.

use std::collections::HashSet;

use super::Val;

/// How many members all objects in a value have together.
pub(super) fn members(value: &Val) -> usize {
    match value {
        Val::Arr(items) => items.iter().map(members).sum(),
        Val::Obj(fields) => fields.len() + fields.values().map(members).sum::<usize>(),
        _ => 0,
    }
}

/// The first repeated name of a text that is known to be sound. Its values are not looked at: a number may be larger
/// than anything that could hold it.
pub(super) fn first(text: &[u8]) -> Option<String> {
    let mut open: Vec<HashSet<String>> = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => open.push(HashSet::new()),
            b'}' | b']' => {
                open.pop();
            }
            b'"' => {
                let end = at + closing_quote(&text[at..])? + 1;
                let name = &text[at - 1..end];
                at = end;
                if text[end..].trim_ascii_start().starts_with(b":") {
                    let name: String = serde_json::from_slice(name).ok()?;
                    let names = open.last_mut()?;
                    if names.contains(&name) {
                        return Some(name);
                    }
                    names.insert(name);
                }
            }
            _ => {}
        }
    }
    None
}

/// Where the text in quotes ends.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    text.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    })
}
