//! What another reader of feeds understands, this one understands alike.

use feed_rs::model::Feed;
use proptest::prelude::*;

use crate::feeds::articles;

fn other(body: &str) -> Feed {
    feed_rs::parser::Builder::new()
        .base_uri(Some("https://f.example/a/feed.xml"))
        .sanitize_content(false)
        .build()
        .parse(body.as_bytes())
        .unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Id, title, address and second of publishing of every item, by either reader.
fn compare(body: &str) -> Result<(), TestCaseError> {
    let ours: Vec<_> = articles(body)
        .into_iter()
        .map(|a| {
            (
                a.id,
                a.title,
                a.url.map(String::from),
                a.published_at.map(|at| at.as_second()),
            )
        })
        .collect();
    let theirs: Vec<_> = other(body)
        .entries
        .into_iter()
        .map(|e| {
            (
                e.id.trim().to_owned(),
                e.title.map(|title| {
                    title
                        .content
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ")
                }),
                e.links.first().map(|link| link.href.clone()),
                e.published.or(e.updated).map(|at| at.timestamp()),
            )
        })
        .collect();
    prop_assert_eq!(ours, theirs, "{}", body);
    Ok(())
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

prop_compose! {
    fn item()(
        id in "[a-zA-Z0-9:/._-]{1,20}",
        title in "[a-zA-Zéß€😀 .,!?'\"-]{0,20}[a-z]",
        path in "[a-z0-9/-]{1,20}",
        seconds in 0_i64..4_000_000_000,
    ) -> (String, String, String, i64) {
        (id, title, format!("https://f.example/n{path}"), seconds)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn well_formed_rss_means_the_same_to_both(items in proptest::collection::vec(item(), 0..8), cdata in any::<bool>()) {
        let mut body = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>c</title><link>https://f.example/</link><description>d</description>".to_owned();
        for (id, title, link, seconds) in &items {
            let at = jiff::Timestamp::from_second(*seconds).unwrap();
            let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_string(&at).unwrap();
            let title = if cdata { format!("<![CDATA[{title}]]>") } else { escaped(title) };
            body.push_str(&format!(
                "<item><title>{title}</title><link>{link}</link><guid isPermaLink=\"false\">{id}</guid><pubDate>{date}</pubDate></item>"
            ));
        }
        body.push_str("</channel></rss>");
        compare(&body)?;
    }

    #[test]
    fn well_formed_atom_means_the_same_to_both(items in proptest::collection::btree_map("[a-z0-9]{1,9}", item(), 0..8)) {
        let mut body = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>c</title><updated>2025-11-20T08:00:00Z</updated>".to_owned();
        for (id, (_, title, link, seconds)) in &items {
            let at = jiff::Timestamp::from_second(*seconds).unwrap();
            body.push_str(&format!(
                "<entry><id>{id}</id><title>{}</title><link rel=\"alternate\" href=\"{link}\"/><updated>{at}</updated></entry>",
                escaped(title)
            ));
        }
        body.push_str("</feed>");
        compare(&body)?;
    }
}
