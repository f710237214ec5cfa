//! Feeds are what feed readers expect, and can be asked for conditionally.

use gather_sandbox::{Api, Sandbox};

use crate::client::{get, send, start};

#[tokio::test]
async fn feeds_are_well_formed_and_revalidated() {
    let sandbox = start(Sandbox::builder()).await;
    let feeds = [
        (
            "/rss.xml",
            "application/rss+xml; charset=utf-8",
            "<item>",
            "</rss>",
        ),
        (
            "/atom.xml",
            "application/atom+xml; charset=utf-8",
            "<entry>",
            "</feed>",
        ),
        (
            "/feed.json",
            "application/feed+json",
            "\"content_html\"",
            "}",
        ),
    ];
    for (path, content_type, item, end) in feeds {
        let reply = get(&sandbox, Api::Feeds, path).await;
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, content_type)
        );
        assert_eq!(reply.text().matches(item).count(), 30, "{path}");
        assert!(reply.text().trim_end().ends_with(end), "{path}");
        let etag = reply.header("etag").to_owned();
        let again = send(
            &sandbox,
            Api::Feeds,
            "GET",
            path,
            &[("if-none-match", &etag)],
            "",
        )
        .await;
        assert_eq!(
            (again.status, again.header("etag"), again.body.len()),
            (304, etag.as_str(), 0)
        );
    }
    let rss = get(&sandbox, Api::Feeds, "/rss.xml").await;
    let dates = rss
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("<pubDate>")?.strip_suffix("</pubDate>"));
    let dates: Vec<_> = dates
        .map(|date| jiff::fmt::rfc2822::parse(date).expect("RFC 2822"))
        .collect();
    assert!(dates.len() == 30 && dates.is_sorted_by(|a, b| a >= b));
    assert!(rss.text().contains("isPermaLink=\"false\""));
    assert_eq!(get(&sandbox, Api::Feeds, "/none.xml").await.status, 404);
}
