//! A page for people: its title, and the feeds it names.
//!
//! `<link rel=alternate>` in the head is how a page names its feeds; links of the text are taken where their address
//! looks like one. Every address is made absolute against `<base>`, and only web addresses are kept.
//!
//! Source: WHATWG HTML section 4.6.7.1 (alternate), "RSS autodiscovery" (rssboard.org).

use std::cell::RefCell;

use html5ever::{
    TokenizerResult,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind,
    },
};
use url::Url;

use super::FeedLink;

/// How much of a page is looked at, in bytes.
const LOOKED_AT: usize = 2 << 20;
const MAX_LINKS: usize = 50;
const MAX_TITLE: usize = 200;

/// What a page says about itself.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) title: Option<String>,
    /// Those that are meant as feeds first.
    pub(super) feeds: Vec<FeedLink>,
}

/// Looks through a page that was found at `address`.
pub(super) fn look(text: &str, address: &Url) -> Page {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&text[..end]));
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    let seen = tokenizer.sink.0.into_inner();
    let base = seen
        .base
        .and_then(|base| address.join(&base).ok())
        .unwrap_or_else(|| address.clone());
    let mut feeds: Vec<FeedLink> = Vec::new();
    for link in seen.links {
        let Ok(mut url) = base.join(link.href.trim()) else {
            continue;
        };
        url.set_fragment(None);
        let follows = matches!(url.scheme(), "http" | "https")
            && (link.declared || is_like_a_feed(&url))
            && feeds.iter().all(|known| known.url != url);
        if follows && feeds.len() < MAX_LINKS {
            feeds.push(FeedLink {
                format: link.format.unwrap_or_else(|| format_of(&url)).to_owned(),
                url,
                title: link.title.and_then(|title| super::tidy(&title, MAX_TITLE)),
                declared: link.declared,
            });
        }
    }
    // What the page names itself goes first, its comments last; otherwise as on the page.
    feeds.sort_by_key(|link| (is_of_comments(link), !link.declared));
    Page {
        title: super::tidy(&seen.title, MAX_TITLE),
        feeds,
    }
}

fn is_of_comments(link: &FeedLink) -> bool {
    let title = link.title.as_deref().unwrap_or_default();
    title.to_lowercase().contains("comment") || link.url.path().contains("/comments/")
}

/// Whether an address looks like that of a feed.
fn is_like_a_feed(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let by_name = matches!(
        last,
        "feed"
            | "rss"
            | "atom"
            | "feeds"
            | "feed.xml"
            | "rss.xml"
            | "atom.xml"
            | "index.xml"
            | "feed.json"
    );
    by_name
        || [".rss", ".atom", ".rdf"]
            .iter()
            .any(|end| last.ends_with(end))
        || url.query_pairs().any(|(name, _)| name == "feed")
}

fn format_of(url: &Url) -> &'static str {
    let path = url.path().to_ascii_lowercase();
    if path.ends_with(".json") {
        "JSON Feed"
    } else if path.contains("atom") {
        "Atom"
    } else {
        "RSS"
    }
}

#[derive(Default)]
struct Seen {
    title: String,
    in_title: bool,
    base: Option<String>,
    links: Vec<Link>,
}

struct Link {
    href: String,
    title: Option<String>,
    format: Option<&'static str>,
    declared: bool,
}

#[derive(Default)]
struct Sink(RefCell<Seen>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut seen = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return seen.start(&tag),
            Token::TagToken(_) => seen.in_title = false,
            Token::CharacterTokens(words) if seen.in_title && seen.title.len() < MAX_TITLE * 8 => {
                seen.title.push_str(&words);
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Seen {
    fn start(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let attribute = |name: &str| {
            tag.attrs
                .iter()
                .find(|one| &*one.name.local == name)
                .map(|one| one.value.to_string())
        };
        match &*tag.name {
            "title" => {
                self.in_title = self.title.is_empty();
                return TokenSinkResult::RawData(RawKind::Rcdata);
            }
            "textarea" => return TokenSinkResult::RawData(RawKind::Rcdata),
            "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => {
                return TokenSinkResult::RawData(RawKind::Rawtext);
            }
            "base" if self.base.is_none() => self.base = attribute("href"),
            "link" => {
                let format = attribute("type").as_deref().and_then(feed_type);
                let rel = attribute("rel").unwrap_or_default().to_ascii_lowercase();
                let is_alternate = rel
                    .split_ascii_whitespace()
                    .any(|one| one == "alternate" || one == "feed");
                if let (Some(format), true, Some(href)) = (format, is_alternate, attribute("href"))
                {
                    self.push(href, attribute("title"), Some(format), true);
                }
            }
            "a" => {
                if let Some(href) = attribute("href") {
                    let format = attribute("type").as_deref().and_then(feed_type);
                    self.push(href, attribute("title"), format, format.is_some());
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn push(
        &mut self,
        href: String,
        title: Option<String>,
        format: Option<&'static str>,
        declared: bool,
    ) {
        // Most links of a page lead to no feed; those are sorted out when the base is known.
        if self.links.len() < MAX_LINKS * 200 {
            self.links.push(Link {
                href,
                title,
                format,
                declared,
            });
        }
    }
}

/// The feed that a media type means.
fn feed_type(media_type: &str) -> Option<&'static str> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/rss+xml" | "application/rdf+xml" | "application/x.rss+xml" => Some("RSS"),
        "application/atom+xml" => Some("Atom"),
        "application/feed+json" => Some("JSON Feed"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feeds(html: &str) -> Vec<String> {
        let address = Url::parse("https://a.example/blog/").unwrap();
        let page = look(html, &address);
        page.feeds
            .iter()
            .map(|link| format!("{} {}", link.format, link.url))
            .collect()
    }

    #[test]
    fn the_feeds_of_the_head_come_first_and_comments_last() {
        let html = r#"<!doctype html><title>The &amp; blog</title>
            <a href="/rss.xml">RSS</a><a href="/about">About</a>
            <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments.xml">
            <LINK REL='alternate home' TYPE='application/atom+xml; charset=utf-8' href='../atom?a=1&amp;b=2#x'>
            <link rel=alternate type=application/feed+json href=//b.example/f.json>
            <link rel="stylesheet" type="text/css" href="x.css"><link rel=alternate hreflang=de href=/de>"#;
        assert_eq!(
            feeds(html),
            [
                "Atom https://a.example/atom?a=1&b=2",
                "JSON Feed https://b.example/f.json",
                "RSS https://a.example/rss.xml",
                "RSS https://a.example/comments.xml",
            ]
        );
        let address = Url::parse("https://a.example/").unwrap();
        assert_eq!(look(html, &address).title.as_deref(), Some("The & blog"));
    }

    #[test]
    fn scripts_comments_and_hostile_addresses_name_no_feed() {
        let html = r#"<script>'<link rel=alternate type="application/rss+xml" href="/script.xml">'</script>
            <!-- <link rel=alternate type="application/rss+xml" href="/comment.xml"> -->
            <a href="javascript:feed">x</a><a href="file:///etc/feed">x</a><a href="data:text/xml,/rss.xml">x</a>
            <link rel=alternate type="application/rss+xml" href="feed:https://c.example/x">
            <title>"#;
        assert!(feeds(html).is_empty(), "{:?}", feeds(html));
        assert!(feeds(&"<a href=\"".repeat(10_000)).is_empty());
    }

    #[test]
    fn links_are_relative_to_the_base_of_the_page() {
        let html = r#"<base href="https://cdn.example/x/"><a href="feed/">f</a><a href="?feed=rss2">g</a>"#;
        assert_eq!(
            feeds(html),
            [
                "RSS https://cdn.example/x/feed/",
                "RSS https://cdn.example/x/?feed=rss2"
            ]
        );
    }
}
