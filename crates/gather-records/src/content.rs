//! The full text of an article: HTML as it came, made harmless on its way out.
//!
//! It is kept raw because sanitising costs several times what reading a feed costs, most texts are never opened, and
//! a better sanitiser of a later version then helps old articles too. What is printed or serialised is always
//! sanitised; only who reads the field [`html`](Content::html) sees what the publisher wrote.
//!
//! Not here: plain titles and summaries, which hold no HTML in the first place.

use std::{collections::HashSet, sync::LazyLock};

use ammonia::{Builder, UrlRelative};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

/// Where a link or a picture may lead.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// More open elements than this at once are no text for people, and building their tree costs the square of the depth.
const MAX_DEPTH: usize = 512;

/// Elements that never hold others, or that publishers leave open and the next one closes.
const OPEN_ENDED: &[&str] = &["br", "dd", "dt", "embed", "hr", "img", "li", "meta", "p"];

/// The same, but not inside of `svg` and `math`.
const OPEN_ENDED_IN_HTML: &[&str] = &[
    "area", "base", "col", "input", "link", "option", "param", "source", "td", "th", "tr", "track",
    "wbr",
];

/// Writing a text out looks from each `&` for the next `<` or `>`, so far ahead all in all, in bytes.
const MAX_LOOKED_AT: usize = 2_000_000_000;

/// What every text is cleaned with, but for its base.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| cleaner(UrlRelative::Deny));

fn cleaner(relative: UrlRelative<'static>) -> Builder<'static> {
    let mut builder = Builder::default();
    builder
        .url_schemes(HashSet::from(SCHEMES))
        .link_rel(Some("noopener noreferrer"))
        .url_relative(relative);
    builder
}

/// The full text of an article as HTML.
///
/// It serialises as one text, [`sanitised`](Self::sanitised). Read back, that text is the [`html`](Self::html), and
/// the base is gone since no relative link is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The HTML as it came, perhaps cut at its end. Never show it as it is.
    pub html: String,
    /// What its relative links are relative to; `None`: not known, and such links are dropped.
    pub base: Option<Url>,
}

impl Content {
    /// HTML that may be shown: no scripts, styles, frames, forms or event handlers, no links but to the web and to
    /// mail addresses, and every link absolute. Elements that were left open are closed.
    ///
    /// Text that nests deeper than 512 levels, or that is little but ampersands over hundreds of kilobytes, comes out
    /// as its own source, escaped. Works in memory; takes time that grows with the text.
    #[must_use]
    pub fn sanitised(&self) -> String {
        if nests_too_deep(&self.html) || escapes_too_much(&self.html) {
            return ammonia::clean_text(&self.html);
        }
        match &self.base {
            Some(base) => cleaner(UrlRelative::RewriteWithBase(base.clone()))
                .clean(&self.html)
                .to_string(),
            None => CLEANER.clean(&self.html).to_string(),
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.sanitised())
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            html: String::deserialize(deserializer)?,
            base: None,
        })
    }
}

/// Counts open elements without building a tree, and rather too many than too few.
fn nests_too_deep(html: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut foreign = false;
    for (at, _) in html.match_indices('<') {
        let rest = &html[at + 1..];
        let closes = rest.starts_with('/');
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = &rest[..length];
        let is_one_of = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(name));
        if closes {
            // Only the element itself: what was opened inside of it may live on.
            if let Some(at) = open.iter().rposition(|one| one.eq_ignore_ascii_case(name)) {
                open.remove(at);
            }
        } else if name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !is_one_of(OPEN_ENDED)
            && (foreign || !is_one_of(OPEN_ENDED_IN_HTML))
        {
            foreign |= is_one_of(&["svg", "math"]);
            open.push(name);
            if open.len() > MAX_DEPTH {
                return true;
            }
        }
    }
    false
}

/// Whether escaping would take the square of the text's length: html5ever's serialiser looks from each `&`, and from
/// each character that starts with the byte of a hard space, for the end of the text or the next `<` or `>`.
fn escapes_too_much(html: &str) -> bool {
    let looked_at = html
        .split(['<', '>'])
        .flat_map(|text| text.split("&lt;"))
        .flat_map(|text| text.split("&gt;"))
        .map(|text| {
            let stops = text.bytes().filter(|byte| matches!(byte, b'&' | 0xC2));
            stops.count().saturating_mul(text.len())
        })
        .fold(0, usize::saturating_add);
    looked_at > MAX_LOOKED_AT
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(html: &str) -> String {
        Content {
            html: html.to_owned(),
            base: Url::parse("https://a.example/x/post").ok(),
        }
        .sanitised()
    }

    #[test]
    fn hostile_html_is_made_harmless() {
        for (hostile, kept) in [
            ("a<script>alert(1)</script>b", "ab"),
            ("a<SCRIPT SRC=//e.example/x.js></SCRIPT>b", "ab"),
            ("a<style>p{background:url(//e)}</style>b", "ab"),
            ("a<iframe src=\"https://e.example\"></iframe>b", "ab"),
            ("<p onclick=\"x()\" style=\"top:0\">t</p>", "<p>t</p>"),
            (
                "<img src=\"x\" onerror=alert(1)>",
                "<img src=\"https://a.example/x/x\">",
            ),
            ("<img src=\"data:image/svg+xml;base64,AAAA\">", "<img>"),
            ("<svg><script>alert(1)</script></svg>t", "t"),
            ("<form action=\"/x\"><input name=q></form>t", "t"),
            ("<object data=x.swf></object><embed src=x>t", "t"),
            ("<meta http-equiv=refresh content=\"0;url=//e\">t", "t"),
            ("<base href=\"//e.example/\">t", "t"),
        ] {
            assert_eq!(shown(hostile), kept, "{hostile}");
        }
        for address in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " java\nscript:alert(1)",
            "&#106;avascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
        ] {
            let out = shown(&format!("<a href=\"{address}\">t</a>"));
            assert_eq!(out, "<a rel=\"noopener noreferrer\">t</a>", "{address}");
        }
    }

    #[test]
    fn case_68_links_inside_are_absolute() {
        let out = shown(
            "<a href=\"y\">1</a><a href=\"/z\">2</a><a href=\"//h.example/w\">3</a><a href=\"mailto:a@b.example\">4</a><img src=\"i.png\">",
        );
        for address in [
            "https://a.example/x/y",
            "https://a.example/z",
            "https://h.example/w",
            "mailto:a@b.example",
            "https://a.example/x/i.png",
        ] {
            assert!(
                out.contains(&format!("\"{address}\"")),
                "{address} in {out}"
            );
        }
        let homeless = Content {
            html: "<a href=\"y\">1</a>".to_owned(),
            base: None,
        };
        assert!(!homeless.sanitised().contains("href"));
    }

    #[test]
    fn case_65_nesting_without_end_is_shown_as_text() {
        let out = shown(&"<div>".repeat(100_000));
        assert!(out.starts_with("&lt;div&gt;"));
        for pair in ["<div></x>", "<b><div></b>", "<svg><link>"] {
            assert!(nests_too_deep(&pair.repeat(2_000)), "{pair}");
        }
        let plain = format!("{}<p>x<br>", "<p>para<li>".repeat(10_000));
        assert!(shown(&plain).contains("<p>para</p>"));
    }

    #[test]
    fn ampersands_without_end_are_shown_as_text() {
        for piece in ["&", "&amp;", "& ", "&#38;", "©"] {
            let out = shown(&format!("<b>x</b>{}", piece.repeat(400_000)));
            assert!(out.starts_with("&lt;b&gt;"), "{piece}");
        }
        // A long listing, and a book of paragraphs.
        for piece in ["a &lt; b &amp;&amp; b &gt; c\n", "<p>© A&B, 12 °C</p>"] {
            let out = shown(&format!("<b>x</b>{}", piece.repeat(10_000)));
            assert!(out.starts_with("<b>x</b>"), "{piece}");
        }
        assert_eq!(
            shown("&&amp;&©&nbsp;<i>&</i>"),
            "&amp;&amp;&amp;©&nbsp;<i>&amp;</i>"
        );
    }

    #[test]
    fn what_is_serialised_is_sanitised() {
        let content = Content {
            html: "<b>x</b><script>y</script>".to_owned(),
            base: None,
        };
        let text = serde_json::to_string(&content).unwrap();
        assert_eq!(text, r#""<b>x</b>""#);
        let back: Content = serde_json::from_str(&text).unwrap();
        assert_eq!(back.html, "<b>x</b>");
    }

    proptest! {
        #[test]
        fn any_html_is_made_harmless(
            html in "(<|>|/|\"|'|=|&|;|a|script|style|iframe|href|src|on|javascript:|data:|svg|math|table| |\\PC){0,60}",
        ) {
            let out = shown(&html).to_ascii_lowercase();
            for tag in ["<script", "<style", "<iframe", "<svg", "<form"] {
                prop_assert!(!out.contains(tag), "{}", out);
            }
            // What is text has its `<` escaped, so these are the tags.
            for tag in out.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                prop_assert!(!tag.contains("=\"javascript:") && !tag.contains("=\"data:"), "{}", out);
                prop_assert!(!tag.contains(" on"), "{}", out);
            }
        }
    }
}
