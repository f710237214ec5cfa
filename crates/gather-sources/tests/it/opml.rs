//! Lists of feeds: read from other programs, written for them, and hostile ones refused.

use gather_sources::{
    ReadErrorKind,
    opml::{self, OpmlFeed},
    write,
};
use proptest::prelude::*;
use url::Url;

const LIST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>My feeds</title></head><body>
  <outline text="Top" type="rss" xmlUrl="https://top.example/rss?a=1&amp;b=2" htmlUrl="https://top.example/"/>
  <outline text="Tech">
    <outline text="Rust" title="Rust">
      <outline title="The Blog" text="ignored" XMLURL="https://blog.example/feed.xml"/>
      <outline text="R&D" type="rss" xmlUrl="feed://rd.example/x"></outline>
    </outline>
  </outline>
  <outline text="Nobody" type="link" url="https://page.example/"/>
  <outline text="Local" type="rss" xmlUrl="file:///etc/passwd"/>
  <outline xmlUrl="https://me:pw@private.example/rss" text="Private"/>
</body></opml>"#;

#[test]
fn feeds_are_found_in_folders_of_any_depth() {
    let list = opml::read(LIST.as_bytes()).unwrap();
    assert_eq!(list.title.as_deref(), Some("My feeds"));
    let told: Vec<_> = list
        .feeds
        .iter()
        .map(|feed| {
            let title = feed.title.as_deref().unwrap_or_default();
            format!("{} | {title} | {}", feed.folders.join("/"), feed.url)
        })
        .collect();
    assert_eq!(
        told,
        [
            " | Top | https://top.example/rss?a=1&b=2",
            "Tech/Rust | The Blog | https://blog.example/feed.xml",
            "Tech/Rust | R&D | http://rd.example/x",
        ]
    );
    assert_eq!(
        list.feeds[0].home.as_ref().unwrap().as_str(),
        "https://top.example/"
    );
    assert_eq!(list.refused.len(), 2, "{:?}", list.refused);
    assert!(list.refused[0].contains("`Local`") && list.refused[0].contains("`file`"));
    assert!(!list.refused[1].contains("pw"), "{:?}", list.refused);
}

#[test]
fn the_encoding_is_that_of_the_file() {
    let text = LIST
        .replace("UTF-8", "windows-1251")
        .replace("My feeds", "Мои");
    let bytes = encoding_of(&text);
    let list = opml::read(&bytes).unwrap();
    assert_eq!(list.title.as_deref(), Some("Мои"));
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(LIST.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(opml::read(&utf16).unwrap().feeds.len(), 3);
}

/// Cyrillic letters in windows-1251, the rest is ASCII.
fn encoding_of(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| match u32::from(c) {
            ascii @ 0..=0x7F => u8::try_from(ascii).unwrap(),
            letter => u8::try_from(letter - 0x410 + 0xC0).unwrap(),
        })
        .collect()
}

#[test]
fn what_is_no_opml_or_broken_is_told_with_its_place() {
    for (text, kind) in [
        ("", ReadErrorKind::NotTheFormat),
        ("{}", ReadErrorKind::NotTheFormat),
        ("<rss/>", ReadErrorKind::NotTheFormat),
    ] {
        assert_eq!(opml::read(text.as_bytes()).unwrap_err().kind(), kind);
    }
    let cut = &LIST[..LIST.find("</body>").unwrap()];
    let error = opml::read(cut.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Malformed);
    assert_eq!(error.position().unwrap().0, cut.matches('\n').count() + 1);
    let error = opml::read(b"<opml>\n <body>\n  <outline text=<>\n").unwrap_err();
    assert!(error.position().is_some(), "{error}");
}

#[test]
fn case_65_a_hostile_list_is_refused_fast() {
    let laughs = "<!DOCTYPE opml [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><opml><body><outline text='&b;' xmlUrl='https://a.example/'/></body></opml>";
    let outside = "<!DOCTYPE opml [<!entity x SYSTEM 'file:///etc/passwd'>]><opml><body><outline text='&x;' xmlUrl='https://a.example/'/></body></opml>";
    let deep = format!("<opml>{}", "<outline text='x'>".repeat(100_000));
    for text in [laughs, outside, &deep] {
        let error = opml::read(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ReadErrorKind::Malformed, "{error}");
    }
    let many = format!(
        "<opml><body>{}</body></opml>",
        "<outline xmlUrl='https://a.example/'/>".repeat(60_000)
    );
    assert!(
        opml::read(many.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("50000")
    );
}

#[test]
fn a_list_that_was_written_is_the_list_that_is_read() {
    let feed = |name: &str, folders: &[&str]| OpmlFeed {
        title: Some(name.to_owned()),
        url: Url::parse(&format!("https://a.example/?n={}", name.len())).unwrap(),
        home: None,
        folders: folders.iter().map(|one| (*one).to_owned()).collect(),
    };
    let feeds = [
        feed("a", &[]),
        feed("bb", &["x"]),
        feed("ccc", &["x", "y"]),
        feed("dddd", &["z"]),
        feed("eeeee", &[]),
    ];
    let text = write::opml("T & <t>", &feeds);
    insta::assert_snapshot!(text);
    let list = opml::read(text.as_bytes()).unwrap();
    assert_eq!(list.feeds, feeds);
    assert!(list.refused.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_title_survives_or_becomes_what_xml_can_hold(title in "\\PC{1,40}", folder in "\\PC{1,20}") {
        let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let feed = OpmlFeed {
            title: Some(title.clone()),
            url: Url::parse("https://a.example/").unwrap(),
            home: None,
            folders: vec![folder.clone()],
        };
        let text = write::opml("t", std::slice::from_ref(&feed));
        let list = opml::read(text.as_bytes()).unwrap();
        prop_assert_eq!(list.feeds[0].title.clone().unwrap_or_default(), tidy(&title));
        prop_assert_eq!(list.feeds[0].folders.concat(), tidy(&folder));
    }

    #[test]
    fn bytes_of_any_kind_are_no_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = opml::read(&body);
        let _ = opml::read(&[b"<opml><body><outline ".as_slice(), &body].concat());
    }
}
