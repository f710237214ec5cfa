//! Every dialect of feeds, with the elements of the others that they borrow.

use gather_sources::ReadErrorKind;

use crate::feeds::{articles, articles_of, feed, feed_from, rss};

#[test]
fn every_version_of_rss_is_read() {
    for version in [
        "",
        " version=\"0.91\"",
        " version=\"0.92\"",
        " version=\"0.93\"",
        " version=\"0.94\"",
        " version=\"2.0\"",
        " version=\"2\"",
        " version=\"2.0\" xmlns=\"http://backend.userland.com/rss2\"",
        " version=\"2.0\" xmlns=\"http://home.made.example/rss\"",
    ] {
        let found = articles(&format!(
            "<?xml version=\"1.0\"?><rss{version}><channel><title>c</title><item><title>A</title><link>https://f.example/1</link></item></channel></rss>"
        ));
        assert_eq!(found.len(), 1, "{version}");
        assert_eq!(found[0].title.as_deref(), Some("A"), "{version}");
        assert_eq!(
            found[0].url.as_ref().unwrap().as_str(),
            "https://f.example/1",
            "{version}"
        );
    }
}

#[test]
fn items_beside_the_channel_are_those_of_rdf() {
    for space in [
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
    ] {
        let found = articles(&format!(
            r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{space}" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel rdf:about="https://f.example/"><title>c</title><items><rdf:Seq><rdf:li resource="https://f.example/1"/></rdf:Seq></items></channel>
<image rdf:about="https://f.example/i.png"><title>picture</title><link>https://f.example/</link></image>
<item rdf:about="https://f.example/1?a"><title>One</title><link>https://f.example/1</link><dc:creator>Ana</dc:creator><dc:date>2025-11-20T09:00+01:00</dc:date><dc:subject>sea</dc:subject><content:encoded><![CDATA[<p>Full</p>]]></content:encoded></item>
<item rdf:about="https://f.example/2"><title>Two</title></item></rdf:RDF>"#
        ));
        assert_eq!(found.len(), 2, "{space}");
        assert_eq!(found[0].id, "https://f.example/1?a");
        assert_eq!(
            found[0].url.as_ref().unwrap().as_str(),
            "https://f.example/1"
        );
        assert_eq!(found[0].author.as_deref(), Some("Ana"));
        assert_eq!(found[0].section.as_deref(), Some("sea"));
        assert_eq!(
            found[0].published_at.unwrap().to_string(),
            "2025-11-20T08:00:00Z"
        );
        assert_eq!(found[0].content.as_ref().unwrap().html, "<p>Full</p>");
        assert_eq!(
            found[1].url.as_ref().unwrap().as_str(),
            "https://f.example/2"
        );
    }
}

#[test]
fn atom_before_its_standard_is_read() {
    let found = articles(
        r#"<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>c</title><tagline>t</tagline><author><name>Ina</name></author>
<entry><title mode="escaped" type="text/html">&lt;b&gt;Tide&lt;/b&gt; &amp;amp; moon</title><link rel="alternate" type="text/html" href="/1"/><id>tag:f.example,2025:1</id>
<issued>2025-11-20T08:00:00Z</issued><modified>2025-11-21T08:00:00Z</modified><created>2020-01-01</created>
<content type="application/xhtml+xml" mode="xml"><div xmlns="http://www.w3.org/1999/xhtml">High <i>water</i></div></content></entry>
<entry><title mode="base64" type="text/plain">TG93</title><id>2</id><content mode="base64" type="text/html">PHA+YmFzZTwvcD4=</content></entry></feed>"#,
    );
    assert_eq!(found[0].title.as_deref(), Some("Tide & moon"));
    assert_eq!(
        found[0].url.as_ref().unwrap().as_str(),
        "https://f.example/1"
    );
    assert_eq!(
        found[0].published_at.unwrap().to_string(),
        "2025-11-20T08:00:00Z"
    );
    assert_eq!(found[0].author.as_deref(), Some("Ina"));
    assert_eq!(found[0].summary.as_deref(), Some("High water"));
    assert!(
        found[0]
            .content
            .as_ref()
            .unwrap()
            .html
            .contains("High <i>water</i>")
    );
    assert_eq!(found[1].title.as_deref(), Some("Low"));
    assert_eq!(found[1].content.as_ref().unwrap().html, "<p>base</p>");
}

#[test]
fn a_lone_entry_is_a_feed_of_one() {
    let found = articles(
        r#"<entry xmlns="http://www.w3.org/2005/Atom"><id>urn:1</id><title>Only</title><updated>2025-11-20T08:00:00Z</updated><link href="https://f.example/only"/></entry>"#,
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, "urn:1");
    let entry = br#"<entry xmlns="http://www.w3.org/2005/Atom"><id>1</id><title>t</title></entry>"#;
    let parsed = gather_sources::parse(entry, None, None).unwrap();
    assert!(
        parsed.lines[0].contains(r#""kind":"article""#),
        "{:?}",
        parsed.lines
    );
    assert_eq!(
        found[0].published_at.unwrap().to_string(),
        "2025-11-20T08:00:00Z"
    );
}

#[test]
fn the_kind_of_a_text_decides_what_it_says() {
    let found = articles(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>c</title>
<entry><id>1</id><title>a &lt;b&gt; &amp;amp; c</title><content type="text">1 &lt; 2</content></entry>
<entry><id>2</id><title type="html">a &lt;b&gt;b&lt;/b&gt; &amp;amp; c</title><content type="html">&lt;p&gt;x&lt;/p&gt;</content></entry>
<entry><id>3</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b> &amp; c</div></title>
<content type="xhtml"><xhtml:div xmlns:xhtml="http://www.w3.org/1999/xhtml"><xhtml:p title="&quot;q&quot;">1 &lt; 2<xhtml:br/><![CDATA[<i>]]></xhtml:p></xhtml:div></content></entry>
<entry><id>4</id><title>d</title><content type="image/png">iVBORw0KGgo=</content></entry>
<entry><id>5</id><title>e</title><content type="image/svg+xml"><svg xmlns="http://www.w3.org/2000/svg"><title>no</title></svg></content></entry>
<entry><id>6</id><title>f</title><content type="video/mp4" src="clip.mp4"/></entry>
<entry><id>7</id><title>g</title><content type="no such kind">&lt;p&gt;x&lt;/p&gt;</content></entry></feed>"#,
    );
    let titles: Vec<_> = found.iter().map(|a| a.title.as_deref().unwrap()).collect();
    assert_eq!(
        titles,
        ["a <b> &amp; c", "a b & c", "a b & c", "d", "e", "f", "g"]
    );
    assert_eq!(found[0].summary.as_deref(), Some("1 < 2"));
    assert_eq!(found[1].content.as_ref().unwrap().html, "<p>x</p>");
    let inline = &found[2].content.as_ref().unwrap().html;
    assert_eq!(
        inline,
        "<div xmlns:xhtml=\"http://www.w3.org/1999/xhtml\"><p title=\"&quot;q&quot;\">1 &lt; 2<br>&lt;i&gt;</p></div>"
    );
    assert!(found[3].content.is_none() && found[3].summary.is_none());
    assert!(found[4].content.is_none());
    assert_eq!(
        found[5].url.as_ref().unwrap().as_str(),
        "https://f.example/a/clip.mp4"
    );
    assert_eq!(found[6].summary.as_deref(), Some("x"));
}

#[test]
fn what_says_it_best_is_kept_whatever_the_order() {
    let found = articles(&rss(
        r#"<item xmlns:media="http://search.yahoo.com/mrss" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<media:group><media:title>media</media:title><media:description>of the film</media:description></media:group><itunes:title>podcast</itunes:title><dc:title>core</dc:title><title>item</title>
<content:encoded>&lt;p&gt;all of it&lt;/p&gt;</content:encoded><description>a part</description><itunes:summary>s</itunes:summary>
<atom:link rel="self" href="https://f.example/self"/><atom:link href="https://f.example/alternate"/><guid>https://f.example/guid</guid>
<atom:updated>2025-11-22T08:00:00Z</atom:updated><dc:date>2025-11-21</dc:date><pubDate>Thu, 20 Nov 2025 08:00:00 GMT</pubDate>
<itunes:author>p</itunes:author><author>jo@f.example (Jo)</author><dc:creator>Ana</dc:creator><dc:creator>Bo</dc:creator>
<category domain="x">first</category><category>second</category></item>"#,
    ));
    let item = &found[0];
    assert_eq!(item.title.as_deref(), Some("item"));
    assert_eq!(item.summary.as_deref(), Some("a part"));
    assert_eq!(item.content.as_ref().unwrap().html, "<p>all of it</p>");
    assert_eq!(
        item.url.as_ref().unwrap().as_str(),
        "https://f.example/alternate"
    );
    assert_eq!(
        item.published_at.unwrap().to_string(),
        "2025-11-20T08:00:00Z"
    );
    assert_eq!(item.author.as_deref(), Some("Ana, Bo"));
    assert_eq!(item.section.as_deref(), Some("first"));
    let film = articles(&rss(
        r#"<item xmlns:media="http://search.yahoo.com/mrss/"><guid isPermaLink="false">1</guid><media:group><media:title>film</media:title><media:description>told</media:description></media:group></item>"#,
    ));
    assert_eq!(
        (film[0].title.as_deref(), film[0].summary.as_deref()),
        (Some("film"), Some("told"))
    );
    assert_eq!(film[0].url, None);
    let body = articles(&rss(
        "<item><guid>1</guid><body xmlns='http://www.w3.org/1999/xhtml'><p>all</p></body><description>d</description></item><item><guid>2</guid><fullitem>&lt;p&gt;old&lt;/p&gt;</fullitem></item>",
    ));
    assert_eq!(body[0].content.as_ref().unwrap().html, "<p>all</p>");
    assert_eq!(body[1].content.as_ref().unwrap().html, "<p>old</p>");
}

#[test]
fn a_prefix_without_its_namespace_is_read_by_its_usual_meaning() {
    let reading = feed(&rss(
        "<item><title>own</title><media:title>media</media:title><dc:creator>Ana</dc:creator><content:encoded>&lt;p&gt;x&lt;/p&gt;</content:encoded><foo:title>no</foo:title><guid>1</guid></item>",
    ))
    .unwrap();
    assert!(
        reading.warnings[0].contains("a prefix that is not declared"),
        "{:?}",
        reading.warnings
    );
    let found = articles_of(reading);
    assert_eq!(found[0].title.as_deref(), Some("own"));
    assert_eq!(found[0].author.as_deref(), Some("Ana"));
    assert_eq!(found[0].content.as_ref().unwrap().html, "<p>x</p>");
    // And any prefix by its namespace.
    let found = articles(
        r#"<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:title>c</a:title><a:entry><a:id>1</a:id><a:title>t</a:title><title>other</title></a:entry></a:feed>"#,
    );
    assert_eq!(found[0].title.as_deref(), Some("t"));
}

#[test]
fn authors_are_the_items_then_the_sources_then_the_feeds() {
    let found = articles(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>c</title><author><name>Feed</name></author>
<entry><id>1</id><title>a</title><author><name>Own</name><email>own@f.example</email></author><source><id>s</id><title>not this</title><author><name>Source</name></author></source></entry>
<entry><id>2</id><title>b</title><source><id>s</id><author><email>s@f.example</email></author></source></entry>
<entry><id>3</id><title>c</title></entry></feed>"#,
    );
    let authors: Vec<_> = found.iter().map(|a| a.author.as_deref().unwrap()).collect();
    assert_eq!(authors, ["Own", "s@f.example", "Feed"]);
    assert_eq!(found[0].title.as_deref(), Some("a"));
    assert_eq!(found[0].id, "1");
}

#[test]
fn json_feed_keeps_what_it_may_leave_out() {
    let reading = feed_from(
        "https://f.example/a/feed.json",
        Some("application/json"),
        br#"{"version":"https://jsonfeed.org/version/1","title":"T","author":{"name":"Old"},"feed_url":"https://f.example/a/feed.json","next_url":"feed.json?p=2","_x":{"a":1},"items":[
 {"id":9007199254740993,"title":"1 < 2 &amp; <b>","content_html":"<p>h</p>","content_text":"t","external_url":"https://e.example/x","date_published":"nonsense","date_modified":"2025-11-20T08:00:00Z","tags":[],"_y":1},
 {"id":"a","url":"b","summary":"s","content_text":"a < b","authors":[]},
 {"id":" "},{"id":null},{"id":["x"]},{"id":true}]}"#,
    )
    .unwrap();
    assert_eq!(reading.rejected.len(), 4);
    let found = articles_of(reading);
    assert_eq!(found[0].id, "9007199254740993");
    assert_eq!(found[0].title.as_deref(), Some("1 < 2 &amp; <b>"));
    assert_eq!(
        found[0].url.as_ref().unwrap().as_str(),
        "https://e.example/x"
    );
    assert_eq!(
        found[0].published_at.unwrap().to_string(),
        "2025-11-20T08:00:00Z"
    );
    assert_eq!(found[0].author.as_deref(), Some("Old"));
    assert_eq!(found[0].content.as_ref().unwrap().html, "<p>h</p>");
    assert_eq!(
        found[1].url.as_ref().unwrap().as_str(),
        "https://f.example/a/b"
    );
    assert_eq!(found[1].summary.as_deref(), Some("s"));
    assert_eq!(found[1].content.as_ref().unwrap().html, "a &lt; b");
    let broken =
        feed(r#"{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1"},"#).unwrap_err();
    assert_eq!(broken.kind(), ReadErrorKind::Malformed);
}
