//! Feeds of each kind, well-formed and hostile.

use gather_records::{Article, Record};
use gather_sources::{Answer, ReadError, ReadErrorKind, Reading};
use proptest::prelude::*;
use url::Url;

use crate::support::{lines, read, source};

const FEED: &str = "[source.f]\nfeed = \"https://f.example/a/feed.xml\"\n";

pub(crate) fn feed(body: &str) -> Result<Reading, ReadError> {
    read(&source(FEED), body)
}

/// The same for bytes, a media type, and the address that was answered in the end.
pub(crate) fn feed_from(
    url: &str,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Reading, ReadError> {
    let source = source(FEED);
    source.read(
        &source.first_asks()[0],
        &Answer {
            status: 200,
            content_type,
            links: &[],
            final_url: &Url::parse(url).unwrap(),
            body,
        },
    )
}

/// The articles of a feed that must be readable.
pub(crate) fn articles(body: &str) -> Vec<Article> {
    articles_of(feed(body).unwrap())
}

pub(crate) fn articles_of(reading: Reading) -> Vec<Article> {
    let articles = reading.records.into_iter().map(|record| match record {
        Record::Article(article) => article,
        other => panic!("{other:?}"),
    });
    articles.collect()
}

/// An RSS channel with these items.
pub(crate) fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>t</title><link>https://f.example/</link><description>d</description>{items}</channel></rss>"
    )
}

#[test]
fn rss_is_read() {
    let reading = feed(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Harbour</title><link>https://f.example/</link><description>d</description>
<item><title>Ferry &amp; boat</title><link>/n/881</link><guid isPermaLink="false">h-881</guid><pubDate>Thu, 20 Nov 2025 08:00:00 GMT</pubDate>
<description>&lt;p&gt;A second boat runs from &lt;b&gt;June&lt;/b&gt;.&lt;/p&gt;</description><category>Transport</category><dc:creator>M. Ovie</dc:creator></item>
</channel></rss>"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"{"kind":"article","id":"h-881","title":"Ferry & boat","url":"https://f.example/n/881","published_at":"2025-11-20T08:00:00Z","author":"M. Ovie","summary":"A second boat runs from June.","section":"Transport","score":null,"comments":null,"content":"<p>A second boat runs from <b>June</b>.</p>"}"#);
}

#[test]
fn atom_is_read() {
    let reading = feed(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://base.example/x/"><title>T</title><id>urn:feed</id><updated>2025-11-20T08:00:00Z</updated>
<entry><id>urn:uuid:1</id><title type="html">AT&amp;amp;T &amp;lt;b&amp;gt;x&lt;/b&gt;</title><link rel="self" href="self.xml"/><link rel="alternate" href="y"/>
<updated>2025-11-20T08:00:00Z</updated><published>2025-11-19T08:00:00+01:00</published><author><name>Ina</name></author><summary>Short.</summary></entry></feed>"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"{"kind":"article","id":"urn:uuid:1","title":"AT&T <b>x","url":"https://base.example/x/y","published_at":"2025-11-19T07:00:00Z","author":"Ina","summary":"Short.","section":null,"score":null,"comments":null}"#);
}

#[test]
fn json_feed_is_read() {
    let reading = feed(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"Tide Notes","authors":[{"name":"Tide Office"}],"items":[
 {"id":17,"content_text":"Low water 04:12","date_published":"2026-11-20T04:12:00+01:00"},
 {"id":"https://tide.example/18","url":"/18","title":"Storm","content_html":"<p>Stay in.</p>","authors":[{"name":"Ina"},{"name":"Bo"}],"tags":["weather"]},
 {"title":"no id"}]}"#,
    )
    .unwrap();
    insta::assert_snapshot!(lines(&reading.records), @r#"
    {"kind":"article","id":"17","title":null,"url":null,"published_at":"2026-11-20T03:12:00Z","author":"Tide Office","summary":"Low water 04:12","section":null,"score":null,"comments":null}
    {"kind":"article","id":"https://tide.example/18","title":"Storm","url":"https://f.example/18","published_at":null,"author":"Ina, Bo","summary":"Stay in.","section":"weather","score":null,"comments":null,"content":"<p>Stay in.</p>"}
    "#);
    assert_eq!(reading.rejected.len(), 1);
}

#[test]
fn what_is_no_feed_is_named() {
    for (body, kind) in [
        ("<!doctype html><html></html>", ReadErrorKind::NotTheFormat),
        ("hello", ReadErrorKind::NotTheFormat),
        ("<svg></svg>", ReadErrorKind::NotTheFormat),
        ("<rss><channel>", ReadErrorKind::Malformed),
        ("{\"a\":", ReadErrorKind::Malformed),
        ("{\"a\":1}", ReadErrorKind::ShapeChanged),
    ] {
        assert_eq!(feed(body).unwrap_err().kind(), kind, "{body}");
    }
    assert!(feed("").unwrap().records.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_bytes_are_read_or_refused(
        parts in proptest::collection::vec(prop_oneof![
            Just("<rss version=\"2.0\">"), Just("<channel>"), Just("<item>"), Just("</item>"), Just("<title>"), Just("</title>"),
            Just("<feed xmlns=\"http://www.w3.org/2005/Atom\">"), Just("<entry>"), Just("</entry>"), Just("<![CDATA["), Just("]]>"),
            Just("&amp;"), Just("&nbsp;"), Just("&"), Just("<"), Just("\0"), Just("text"), Just("<!--"), Just("{"), Just("\"items\":["),
            Just("<pubDate>x</pubDate>"), Just("<content type=\"xhtml\"><div>"), Just("<?xml version=\"1.0\"?>"),
        ], 0..30),
        noise in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let source = source(FEED);
        let ask = source.first_asks().remove(0);
        let mut body = parts.concat().into_bytes();
        body.extend(noise);
        let url = Url::parse("https://f.example/").unwrap();
        let answer = Answer { status: 200, content_type: None, links: &[], final_url: &url, body: &body };
        if let Ok(reading) = source.read(&ask, &answer) {
            prop_assert!(reading.follow.is_empty());
        }
    }
}
