//! The `Link` header.
//!
//! Commas and semicolons stand inside of `<…>` and of quotes too, so it is read character by character. A link with an
//! `anchor` is about something else and does not count; of several `rel` in one link the first does, and of several
//! links of one relation the first too.
//!
//! Source: RFC 8288 section 3 and appendix B.

/// The target of the first link with this relation, as it is written.
pub(super) fn find(headers: &[&str], rel: &str) -> Option<String> {
    headers
        .iter()
        .flat_map(|header| links(header))
        .find(|link| link.is_about_this && link.has(rel))
        .map(|link| link.target)
}

struct Link {
    target: String,
    rel: String,
    is_about_this: bool,
}

impl Link {
    fn has(&self, rel: &str) -> bool {
        self.rel
            .split_ascii_whitespace()
            .any(|one| one.eq_ignore_ascii_case(rel))
    }
}

fn links(header: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = header;
    while let Some(at) = rest.find('<') {
        let Some((target, after)) = rest[at + 1..].split_once('>') else {
            break;
        };
        let (link, after) = parameters(target, after);
        links.push(link);
        rest = after;
    }
    links
}

/// The parameters of one link, up to the comma behind them.
fn parameters<'h>(target: &str, mut rest: &'h str) -> (Link, &'h str) {
    let mut rel = None;
    let mut is_about_this = true;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() || rest.starts_with(',') {
            break;
        }
        let end = rest.find(['=', ';', ',']).unwrap_or(rest.len());
        let name = rest[..end].trim().to_ascii_lowercase();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.strip_prefix('"') {
                Some(quoted) => unquote(quoted),
                None => {
                    let end = after.find([';', ',']).unwrap_or(after.len());
                    (after[..end].trim().to_owned(), &after[end..])
                }
            };
        }
        match name.as_str() {
            "rel" if rel.is_none() => rel = Some(value),
            "anchor" => is_about_this = false,
            _ => {}
        }
    }
    let link = Link {
        target: target.trim().to_owned(),
        rel: rel.unwrap_or_default(),
        is_about_this,
    };
    (link, rest)
}

/// A quoted text up to its closing quote, and what is behind.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_53_commas_quotes_and_several_headers() {
        let headers = [
            "<https://h/x?a=1,2;b>; rel=\"prev next\"; title=\"a, b\"",
            "</y>; rel=last",
        ];
        assert_eq!(
            find(&headers, "next").as_deref(),
            Some("https://h/x?a=1,2;b")
        );
        assert_eq!(
            find(&headers, "NEXT").as_deref(),
            Some("https://h/x?a=1,2;b")
        );
        assert_eq!(find(&headers, "last").as_deref(), Some("/y"));
        assert_eq!(find(&headers, "first"), None);
    }

    #[test]
    fn case_53_what_does_not_count() {
        for (header, expected) in [
            ("<a>; rel=prev; rel=next, <b>; rel=next", Some("b")),
            ("<a>; rel=next; anchor=\"/other\", <b>; REL=Next", Some("b")),
            ("<a>; title=\"x; rel=next\", <b>; rel = \"next\"", Some("b")),
            ("<a>; title=\"\\\"; rel=next\\\"\"; rel=x", None),
            ("<a>, <b>;rel=next;title", Some("b")),
            ("<a; rel=next", None),
            ("a; rel=next", None),
            ("<>; rel=next", Some("")),
            ("<a>; rel=\"next", Some("a")),
            ("", None),
        ] {
            assert_eq!(find(&[header], "next").as_deref(), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read(parts in proptest::collection::vec(prop_oneof![
            Just("<"), Just(">"), Just(";"), Just(","), Just("\""), Just("\\"), Just("rel"), Just("="), Just("next"), Just(" "), Just("é"), Just("anchor"),
        ], 0..40)) {
            let header = parts.concat();
            let _ = find(&[&header, &header], "next");
        }
    }
}
