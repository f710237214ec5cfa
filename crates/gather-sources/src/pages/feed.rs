//! The next page that a feed links to itself: `next_url` of JSON Feed, a `link` of the relation in RSS and Atom.
//!
//! Only a link of the feed as a whole counts, not one of an entry.
//!
//! Source: RFC 5005 section 3 (paged feeds), JSON Feed 1.1.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use crate::{jq::json, mapping::value, provider};

/// The address as it is written.
pub(super) fn next(body: &[u8], rel: &str) -> Option<String> {
    let start = body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .trim_ascii_start();
    if start.starts_with(b"{") {
        if rel != "next" {
            return None;
        }
        let feed = json::parse(body).ok()?;
        return value::text(provider::field(&feed, "next_url")?).map(Cow::into_owned);
    }
    let text = match encoding_rs::Encoding::for_bom(body) {
        Some((encoding, length)) => encoding.decode_without_bom_handling(&body[length..]).0,
        // Names and addresses are ASCII in every other encoding of feeds.
        None => String::from_utf8_lossy(body),
    };
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    // Within the root, or within a channel in it.
    let (mut depth, mut entry) = (0_usize, None);
    loop {
        let event = reader.read_event();
        match &event {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                let name = tag.local_name();
                let name = name.as_ref();
                if entry.is_none() && depth <= 2 && name == "link" {
                    if let Some(target) = target(tag, rel) {
                        return Some(target);
                    }
                }
                if matches!(event, Ok(Event::Start(_))) {
                    if entry.is_none() && matches!(name, "item" | "entry") {
                        entry = Some(depth);
                    }
                    depth += 1;
                }
            }
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                if entry == Some(depth) {
                    entry = None;
                }
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// The target of a `link` of this relation.
fn target(tag: &BytesStart<'_>, rel: &str) -> Option<String> {
    let (mut is_it, mut href) = (false, None);
    for attribute in tag.attributes().with_checks(false).flatten() {
        match attribute.key.as_ref() {
            "rel" => {
                is_it = attribute
                    .value
                    .split_ascii_whitespace()
                    .any(|one| one.eq_ignore_ascii_case(rel));
            }
            "href" => {
                href = Some(
                    quick_xml::escape::unescape(&attribute.value)
                        .ok()?
                        .into_owned(),
                )
            }
            _ => {}
        }
    }
    href.filter(|_| is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_names_its_next_page() {
        for (feed, expected) in [
            (
                "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='self' href='/a'/><link rel=\"next\" href=\"/a?p=2&amp;x\"/></feed>",
                Some("/a?p=2&x"),
            ),
            (
                "<rss><channel><title>t</title><atom:link href='https://f.example/2' rel='next'/></channel></rss>",
                Some("https://f.example/2"),
            ),
            (
                "<rss><channel><item><link rel='next' href='/no'/></item><item/><link>x</link></channel></rss>",
                None,
            ),
            (
                "<feed><entry><link rel='next' href='/no'/></entry><link rel='next' href='/yes'/></feed>",
                Some("/yes"),
            ),
            (
                "{\"version\":\"https://jsonfeed.org/version/1.1\",\"next_url\":\"/2\"}",
                Some("/2"),
            ),
            ("{\"next_url\":null}", None),
            ("words", None),
        ] {
            assert_eq!(next(feed.as_bytes(), "next").as_deref(), expected, "{feed}");
        }
    }
}
