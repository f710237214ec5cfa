//! Feeds that are written say the same when they are read.

use gather_sources::{
    ParsedFormat, parse,
    write::{Channel, Item, json_feed, rss},
};
use proptest::prelude::*;
use serde_json::Value;

fn channel() -> Channel {
    Channel {
        title: "News & <more>".to_owned(),
        description: "All of it".to_owned(),
        home: None,
    }
}

fn item() -> Item {
    Item {
        id: "https://a.example/1?a=1&b=2".to_owned(),
        url: Some("https://a.example/1?a=1&b=2".to_owned()),
        title: Some("AT&T <b>bold</b> &amp; \"more\"".to_owned()),
        summary: Some("1 < 2 & 3 > 2".to_owned()),
        content: None,
        published_at: Some("2026-11-20T08:00:00Z".parse().unwrap()),
        authors: vec!["Ada & Bo".to_owned()],
        tags: vec!["R&D".to_owned()],
        sources: vec!["harbour".to_owned(), "guardian".to_owned()],
    }
}

fn read(text: &str, format: &ParsedFormat) -> Vec<Value> {
    let parsed =
        parse(text.as_bytes(), None, None).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(&parsed.format, format, "{text}");
    assert!(parsed.warnings.is_empty(), "{:?}: {text}", parsed.warnings);
    let lines = parsed.lines.iter();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_story_is_the_same_after_both_formats() {
    let items = [item()];
    let rss = rss(&channel(), &items);
    let json = json_feed(&channel(), &items);
    insta::assert_snapshot!("rss", rss);
    insta::assert_snapshot!("json_feed", json);
    for (text, format) in [(&rss, ParsedFormat::Feed), (&json, ParsedFormat::JsonFeed)] {
        let records = read(text, &format);
        let [record] = &records[..] else {
            panic!("{records:?}")
        };
        let item = item();
        assert_eq!(record["id"], item.id.as_str());
        assert_eq!(record["url"], item.url.as_deref().unwrap());
        assert_eq!(record["title"], item.title.as_deref().unwrap(), "{text}");
        assert_eq!(
            record["summary"],
            item.summary.as_deref().unwrap(),
            "{text}"
        );
        assert_eq!(record["published_at"], "2026-11-20T08:00:00Z");
        assert_eq!(record["author"], "Ada & Bo");
        assert_eq!(record["section"], "R&D");
    }
}

#[test]
fn the_full_text_goes_with_it() {
    let items = [Item {
        content: Some("<p>All &amp; <em>more</em></p>".to_owned()),
        ..item()
    }];
    for (text, format) in [
        (rss(&channel(), &items), ParsedFormat::Feed),
        (json_feed(&channel(), &items), ParsedFormat::JsonFeed),
    ] {
        let records = read(&text, &format);
        assert_eq!(
            records[0]["content"], "<p>All &amp; <em>more</em></p>",
            "{text}"
        );
    }
}

#[test]
fn a_story_with_nothing_but_an_id_and_an_empty_feed_are_valid_too() {
    let bare = [Item {
        id: "gather:harbour:7".to_owned(),
        ..Item::default()
    }];
    assert_eq!(
        read(&rss(&channel(), &bare), &ParsedFormat::Feed)[0]["id"],
        "gather:harbour:7"
    );
    let json = json_feed(&channel(), &bare);
    assert_eq!(
        read(&json, &ParsedFormat::JsonFeed)[0]["id"],
        "gather:harbour:7"
    );
    assert!(
        json.contains("\"content_text\": \"gather:harbour:7\""),
        "{json}"
    );
    assert!(read(&rss(&channel(), &[]), &ParsedFormat::Feed).is_empty());
    assert!(read(&json_feed(&channel(), &[]), &ParsedFormat::JsonFeed).is_empty());
}

#[test]
fn what_acts_in_a_page_or_a_terminal_stays_text() {
    let evil = "</title><script>alert(1)</script>]]>\u{1b}[2J\u{0}<!--";
    let items = [Item {
        title: Some(evil.to_owned()),
        summary: Some(evil.to_owned()),
        authors: vec![evil.to_owned()],
        tags: vec![evil.to_owned()],
        ..item()
    }];
    let text = rss(&channel(), &items);
    assert!(
        !text.contains("<script") && !text.contains(['\u{1b}', '\u{0}']),
        "{text}"
    );
    let record = &read(&text, &ParsedFormat::Feed)[0];
    let title = record["title"].as_str().unwrap();
    assert!(title.contains("<script>alert(1)</script>"), "{record}");
    let record = &read(&json_feed(&channel(), &items), &ParsedFormat::JsonFeed)[0];
    assert!(
        record["title"].as_str().unwrap().contains("<script>"),
        "{record}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_words_survive_both_formats(title in "[\\PC&<>\"';#]{1,60}", author in "\\PC{1,30}") {
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        // Who reads RSS takes the name of an author for HTML or for text, as it likes.
        prop_assume!(!tidy(&title).is_empty() && !tidy(&author).is_empty() && !author.contains(['<', '&']));
        let items = [Item { title: Some(title.clone()), authors: vec![author.clone()], ..item() }];
        let rss = rss(&channel(), &items);
        let record = &read(&rss, &ParsedFormat::Feed)[0];
        prop_assert_eq!(tidy(record["title"].as_str().unwrap_or_default()), tidy(&title), "{}", rss);
        prop_assert_eq!(tidy(record["author"].as_str().unwrap_or_default()), tidy(&author), "{}", rss);
    }
}
