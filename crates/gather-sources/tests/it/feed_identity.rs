//! What an item is known by, when it was published, and where its links lead.

use url::Url;

use crate::feeds::{articles, articles_of, feed, feed_from, rss};

fn ids(body: &str) -> Vec<String> {
    articles(body)
        .into_iter()
        .map(|article| article.id)
        .collect()
}

#[test]
fn case_67_an_item_without_id_has_a_stable_one() {
    let micro = "<item><description>Just a thought.</description><pubDate>Thu, 20 Nov 2025 08:00:00 GMT</pubDate></item>";
    let linked =
        "<item><title>linked</title><link>https://f.example/2?utm_source=rss</link></item>";
    let first = ids(&rss(&format!("{micro}{linked}")));
    // The next time there is a new item before them, the date is written in another way, the link tracks another way.
    let again = ids(&rss(
        "<item><description>New</description></item><item><pubDate>2025-11-20T09:00:00+01:00</pubDate><description>Just  a <b>thought</b>.</description></item><item><title>renamed</title><link>https://f.example/2?utm_source=mail</link></item>",
    ));
    assert_eq!(first, again[1..]);
    assert!(
        first[0].starts_with("sha256:") && first[0].len() == 39,
        "{first:?}"
    );
    assert_eq!(first[1], "f.example/2");
    let article = &articles(&rss(micro))[0];
    assert_eq!(article.headline(), "Just a thought.");
    // Nothing at all is no article.
    let reading = feed(&rss("<item><title>a</title></item><item></item>")).unwrap();
    assert_eq!((reading.records.len(), reading.rejected[0].row), (1, 1));
}

#[test]
fn case_59_ids_are_kept_as_they_are_and_marked_as_those_of_a_feed() {
    let reading = feed(&rss(
        "<item><guid>1</guid><title>a</title></item><item><guid isPermaLink=\"false\"> HTTP://F.example/%7Ex </guid><title>b</title></item><item><guid>1</guid><title>c</title></item>",
    ))
    .unwrap();
    assert!(reading.feed);
    let found = articles_of(reading);
    assert_eq!(found[0].id, "1");
    assert_eq!(found[1].id, "HTTP://F.example/%7Ex");
    assert_eq!(found[1].url, None);
    // A repeated guid is for the store to judge.
    assert_eq!(found.len(), 3);
}

#[test]
fn a_guid_is_the_link_only_where_there_is_none_and_it_may() {
    let found = articles(&rss(
        "<item><guid>https://f.example/g</guid></item><item><guid isPermaLink=\"true\">https://f.example/g2</guid><link>https://f.example/l</link></item><item><guid isPermaLink='False'>https://f.example/g3</guid></item><item><guid>tag:x</guid></item>",
    ));
    let urls: Vec<_> = found
        .iter()
        .map(|a| a.url.as_ref().map(Url::as_str))
        .collect();
    assert_eq!(
        urls,
        [
            Some("https://f.example/g"),
            Some("https://f.example/l"),
            None,
            None
        ]
    );
}

#[test]
fn the_same_id_twice_in_atom_is_the_one_updated_last() {
    let found = articles(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>c</title>
<entry><id>urn:A</id><title>old</title><updated>2025-11-20T08:00:00Z</updated></entry>
<entry><id>urn:a</id><title>other</title><updated>2025-11-20T08:00:00Z</updated></entry>
<entry><id>urn:A</id><title>new</title><updated>2025-11-20T10:00:00+01:00</updated></entry>
<entry><id>urn:A</id><title>older</title><updated>2025-11-19T08:00:00Z</updated></entry></feed>"#,
    );
    let titles: Vec<_> = found.iter().map(|a| a.title.as_deref().unwrap()).collect();
    assert_eq!(titles, ["new", "other"]);
}

#[test]
fn case_66_a_date_is_utc_or_unknown() {
    let items: String = [
        "Thu, 31 Jun 26 24:00:00 EST",
        "2026-11-20 08:00",
        "Fri, 20 Nov 2026 13:30:00 +0530",
        "vie, 20 noviembre 2026 08:00:00 GMT",
        "2026-11-20T08:00:60Z",
        "0001-01-01T00:00:00Z",
        "1795161600000",
        "Sun, 01 Jan 2099 00:00:00 GMT",
    ]
    .iter()
    .enumerate()
    .map(|(n, date)| format!("<item><guid>{n}</guid><pubDate>{date}</pubDate></item>"))
    .collect();
    let reading = feed(&rss(&items)).unwrap();
    assert_eq!(
        reading.warnings,
        [
            "`published_at` of 2 articles left empty: `Thu, 31 Jun 26 24:00:00 EST` is not a date that can be believed"
        ]
    );
    let dates: Vec<_> = articles_of(reading)
        .into_iter()
        .map(|a| {
            a.published_at
                .map_or("unknown".to_owned(), |at| at.to_string())
        })
        .collect();
    assert_eq!(
        dates,
        [
            "unknown",
            "2026-11-20T08:00:00Z",
            "2026-11-20T08:00:00Z",
            "2026-11-20T08:00:00Z",
            "2026-11-20T08:00:59Z",
            "unknown",
            "2026-11-20T08:00:00Z",
            // Who orders articles has a clock and knows that this one is from the future.
            "2099-01-01T00:00:00Z",
        ]
    );
}

#[test]
fn case_68_links_are_relative_to_where_the_feed_was_found() {
    let reading = feed_from(
        "https://moved.example/new/feed",
        None,
        rss("<item><guid>1</guid><link>x</link><description>&lt;a href='y'&gt;y&lt;/a&gt;</description></item><item><guid>2</guid><link>//h.example/y</link></item><item><guid>3</guid><link>javascript:alert(1)</link></item><item><guid>4</guid><link>mailto:a@b.example</link></item><item><guid>5</guid><link>\n https://f.example/a b \n</link></item>").as_bytes(),
    )
    .unwrap();
    let found = articles_of(reading);
    let urls: Vec<_> = found
        .iter()
        .map(|a| a.url.as_ref().map(Url::as_str))
        .collect();
    assert_eq!(
        urls,
        [
            Some("https://moved.example/new/x"),
            Some("https://h.example/y"),
            None,
            None,
            Some("https://f.example/a%20b"),
        ]
    );
    let inside = found[0].content.as_ref().unwrap().sanitised();
    assert!(
        inside.contains("\"https://moved.example/new/y\""),
        "{inside}"
    );
}

#[test]
fn case_68_bases_nest_for_links_and_inside_of_html() {
    let found = articles(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/one/"><title>c</title><id>f</id>
<entry xml:base="two/"><id>1</id><title>a</title><link href="x"/><content type="html" xml:base="three/">&lt;img src="p.png"&gt;&lt;a href="../q"&gt;q&lt;/a&gt;&lt;a href="mailto:a@b.example"&gt;m&lt;/a&gt;</content></entry>
<entry><id>2</id><title>b</title><link href="y"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml" xml:base="//h.example/z/"><a href="w">w</a></div></content></entry>
<entry xml:base=""><id>3</id><title>c</title><link href="/r"/><summary type="html">&lt;a href="s"&gt;s&lt;/a&gt;</summary></entry></feed>"#,
    );
    let urls: Vec<_> = found
        .iter()
        .map(|a| a.url.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(
        urls,
        [
            "https://b.example/one/two/x",
            "https://b.example/one/y",
            "https://b.example/r"
        ]
    );
    let shown: Vec<_> = found
        .iter()
        .map(|a| a.content.as_ref().unwrap().sanitised())
        .collect();
    for (at, address) in [
        (0, "https://b.example/one/two/three/p.png"),
        (0, "https://b.example/one/two/q"),
        (0, "mailto:a@b.example"),
        (1, "https://h.example/z/w"),
        (2, "https://b.example/one/s"),
    ] {
        assert!(
            shown[at].contains(&format!("\"{address}\"")),
            "{address} in {}",
            shown[at]
        );
    }
}
