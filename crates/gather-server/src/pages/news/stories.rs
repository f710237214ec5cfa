//! A story in two lines, with the words that were searched for in their place.

use gather_store::{Provenance as Told, Story as Held};
use jiff::Timestamp;
use url::Url;

use super::super::{
    address::Fields,
    part::{Link, Piece, Words},
    reader::Reader,
    show::{hits, plural},
    view::{Provenance, Story},
};

/// About how many characters of a summary are shown around what was found.
const EXCERPT: usize = 180;
/// How many of them stand before it.
const BEFORE: usize = 60;

/// Where a story stands in time: neither a date in the future nor a late source moves it up.
pub(super) fn stands_at(story: &Held) -> Timestamp {
    let seen = story.first_seen;
    story
        .published_at
        .map_or(seen, |published| published.min(seen))
}

/// A story as a page shows it.
pub(in crate::pages) fn story(reader: &Reader, told: &Held, search: &str) -> Story {
    let href = told.url.as_deref().and_then(readable);
    let marks = told.marks.unwrap_or_default();
    let headline = hits(&told.headline, search);
    let found = |words: &Words| words.pieces.iter().any(|piece| piece.hit);
    let excerpt = if search.is_empty() || found(&headline) {
        None
    } else {
        let summary = told.summary.as_deref().map(|text| hits(text, search));
        summary.filter(found).map(|words| around(&words))
    };
    Story {
        id: told.id.to_string(),
        name: told.headline.clone(),
        headline,
        host: href.as_ref().and_then(|url| {
            let host = url.host_str()?;
            Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
        }),
        href: href.map(String::from),
        read: marks.read,
        starred: marks.starred,
        provenances: told
            .provenances
            .iter()
            .map(|told| provenance(reader, told))
            .collect(),
        section: told
            .provenances
            .iter()
            .find_map(|told| told.section.clone())
            .filter(|section| !section.trim().is_empty()),
        when: reader.times.age(stands_at(told)),
        excerpt,
    }
}

/// An address that may be a link: whatever a feed says, no script is one.
fn readable(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

fn provenance(reader: &Reader, told: &Told) -> Provenance {
    let count = |count: Option<i64>, word: &str| {
        let count = u64::try_from(count?).ok()?;
        Some(plural(count, word))
    };
    let detail: Vec<String> = [count(told.score, "point"), count(told.comments, "comment")]
        .into_iter()
        .flatten()
        .collect();
    let of_source = Fields::default().with(&[("source", &told.source)]);
    Provenance {
        source: Link {
            text: told.source.clone(),
            href: of_source.after(&reader.to("/news")),
        },
        detail: (!detail.is_empty()).then(|| detail.join(" · ")),
    }
}

/// The part of a text around its first hit, cut between words.
fn around(words: &Words) -> Words {
    let mut before = 0;
    for piece in &words.pieces {
        if piece.hit {
            break;
        }
        before += piece.text.chars().count();
    }
    let from = before.saturating_sub(BEFORE);
    let to = from + EXCERPT;
    let (mut at, mut pieces) = (0, Vec::new());
    for piece in &words.pieces {
        let text: String = piece
            .text
            .chars()
            .enumerate()
            .filter(|(nth, _)| (from..to).contains(&(at + nth)))
            .map(|(_, c)| c)
            .collect();
        at += piece.text.chars().count();
        if !text.is_empty() {
            pieces.push(Piece {
                text,
                hit: piece.hit,
            });
        }
    }
    if from > 0
        && let Some(first) = pieces.first_mut().filter(|piece| !piece.hit)
    {
        let cut = first.text.find(' ').unwrap_or(0);
        first.text = format!("…{}", &first.text[cut..]);
    }
    if at > to
        && let Some(last) = pieces.last_mut().filter(|piece| !piece.hit)
    {
        let cut = last.text.rfind(' ').unwrap_or(last.text.len());
        last.text.truncate(cut);
        last.text.push_str(" …");
    }
    Words { pieces }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_a_link() {
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "/news",
            "not an address",
        ] {
            assert_eq!(readable(address), None, "{address}");
        }
        assert!(readable("https://a.example/x").is_some());
    }

    #[test]
    fn an_excerpt_is_cut_between_words_around_what_was_found() {
        let long = format!(
            "{}the night ferry lands here {}",
            "word ".repeat(40),
            "more ".repeat(60)
        );
        let words = around(&hits(&long, "ferry"));
        let text: String = words
            .pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect();
        assert!(
            text.starts_with("… word ") && text.ends_with("more …"),
            "{text}"
        );
        assert!(text.contains("the night ferry lands here"), "{text}");
        assert!(text.chars().count() < 200, "{text}");
        let short = around(&hits("A ferry.", "ferry"));
        assert_eq!(short, hits("A ferry.", "ferry"));
    }
}
