//! What an answer is, and the declaration that is proposed for it: whatever is proposed reads the answer.

use gather_records::{Record, RecordKind};
use gather_sources::{
    Config,
    sniff::{Sniffed, Specimen, What, sniff},
};
use proptest::prelude::*;
use url::Url;

fn at(address: &str, body: impl AsRef<[u8]>) -> Sniffed {
    let url: Url = address.parse().unwrap();
    sniff(&Specimen {
        url: &url,
        final_url: &url,
        content_type: None,
        links: &[],
        body: body.as_ref(),
        currency: None,
    })
}

fn look(body: impl AsRef<[u8]>) -> Sniffed {
    at("https://www.harbour.example/v1/list", body)
}

/// The proposal as text, which must be a configuration of one source.
fn declaration(found: &Sniffed) -> String {
    let proposal = found
        .proposal
        .as_ref()
        .unwrap_or_else(|| panic!("{found:?}"));
    let text = proposal.text("mine");
    let config = Config::parse(&text, "x").unwrap_or_else(|errors| panic!("{errors}: {text}"));
    assert_eq!(config.declarations().count(), 1, "{text}");
    text
}

fn words(found: &Sniffed) -> &str {
    match &found.what {
        What::Other(words) => words,
        what => panic!("{what}"),
    }
}

const RSS: &str = "<?xml version='1.0'?>\n<rss version='2.0'><channel><title>The\u{7} Blog</title>\
     <item><title>One</title><link>/1</link><guid>1</guid></item></channel></rss>";

#[test]
fn feeds_of_every_kind_are_told_with_their_title() {
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title type='html'>A &amp;amp; B</title>\
         <entry><id>1</id><title>One</title></entry></feed>";
    let json = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "content_text": "x"}]}"#;
    let rdf = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>\
         <channel rdf:about='x'><title>R</title></channel><item rdf:about='y'><title>One</title><link>https://a.example/y</link></item></rdf:RDF>";
    for (body, said) in [
        (RSS, "a feed (RSS 2.0) “The Blog” with 1 item"),
        (atom, "a feed (Atom 1.0) “A &amp; B” with 1 item"),
        (json, "a feed (JSON Feed) “J” with 1 item"),
        (rdf, "a feed (RSS 1.0) “R” with 1 item"),
    ] {
        let found = look(body);
        assert_eq!(found.what.to_string(), said);
        let text = declaration(&found);
        assert!(
            text.contains("feed = \"https://www.harbour.example/v1/list\""),
            "{text}"
        );
        assert_eq!(found.reading.records.len(), 1);
    }
}

#[test]
fn what_a_server_says_cannot_get_out_of_the_comment() {
    let title = "x\n[source.evil]\nfeed = 'https://evil.example/'\r\u{85}\u{2028}[y]";
    let found = look(RSS.replace("The\u{7} Blog", title));
    let text = declaration(&found);
    assert!(text.starts_with("# x [source.evil] feed"), "{text}");
    assert_eq!(Config::parse(&text, "x").unwrap().declarations().count(), 1);
}

#[test]
fn a_page_is_told_with_the_feeds_it_names() {
    let found = look(
        "<!DOCTYPE html><html><head><title>News</title><link rel=alternate type=application/rss+xml href=/rss title=All></head>",
    );
    assert_eq!(
        found.what.to_string(),
        "a web page “News” that names 1 feed"
    );
    let What::Page { feeds, .. } = &found.what else {
        panic!("{found:?}")
    };
    assert_eq!(feeds[0].url.as_str(), "https://www.harbour.example/rss");
    assert!(feeds[0].declared && found.proposal.is_none());
    let none = look("<html><title>Log in</title><form>");
    assert_eq!(
        none.what.to_string(),
        "a web page “Log in” that names no feed"
    );
    assert_eq!(none.notes.len(), 1);
}

#[test]
fn a_preset_is_proposed_where_it_asks_the_same_address() {
    let found = at(
        "https://hacker-news.firebaseio.com/v0/topstories.json",
        format!(
            "[{}]",
            (1..=500)
                .map(|n| n.to_string())
                .collect::<Vec<_>>()
                .join(",")
        ),
    );
    assert_eq!(
        found.what.to_string(),
        "an answer that the preset `hackernews` reads, with 20 items"
    );
    let proposal = found.proposal.as_ref().unwrap();
    assert_eq!(proposal.text("hackernews"), "[source.hackernews]\n");
    assert_eq!(
        proposal.text("hn"),
        "[source.hn]\npreset = \"hackernews\"\n"
    );
}

#[test]
fn a_preset_that_has_to_be_told_something_is_told_what_the_address_says() {
    let releases = r#"[{"id": 1, "tag_name": "v1", "name": "One", "html_url": "https://github.com/a/b/releases/1", "tarball_url": "x",
        "prerelease": false, "draft": false, "published_at": "2026-11-20T08:00:00Z"}]"#;
    let found = at("https://api.github.com/repos/a/b/releases", releases);
    assert_eq!(
        found.what.to_string(),
        "an answer that the preset `github-releases` reads, with 1 item"
    );
    let proposal = found.proposal.as_ref().unwrap();
    assert_eq!(
        proposal.text(proposal.name()),
        "[source.a-b]\npreset = \"github-releases\"\nparams = { repo = \"a/b\" }\n"
    );
    let weather = r#"{"weather": [{"description": "mist", "id": 701}], "main": {"temp": 3.5}, "dt": 1763625600, "id": 5, "name": "Oslo", "cod": 200}"#;
    let found = at(
        "https://api.openweathermap.org/data/2.5/weather?lat=59.9&lon=10.7&units=metric&appid=s3cret",
        weather,
    );
    let text = declaration(&found);
    assert!(
        text.contains("lat = \"59.9\"") && text.contains("lon = \"10.7\""),
        "{text}"
    );
    assert!(
        !text.contains("s3cret") && !text.contains("query"),
        "{text}"
    );
    let subreddit = at("https://www.reddit.com/r/rust/.rss", RSS);
    assert!(declaration(&subreddit).contains("params = { sub = \"rust\" }"));
}

#[test]
fn a_key_in_the_address_is_never_in_the_declaration() {
    let body = r#"{"response": {"status": "ok", "results": [{"id": "a/1", "webTitle": "One", "webUrl": "https://a.example/1"}]}}"#;
    let found = at(
        "https://content.guardianapis.com/search?q=ferry&api-key=s3cret",
        body,
    );
    let proposal = found.proposal.as_ref().unwrap();
    let text = proposal.text("guardian");
    assert_eq!(
        text,
        "[source.guardian]\n[source.guardian.query]\nq = \"ferry\"\n"
    );
    assert_eq!(proposal.variables("guardian"), ["GUARDIAN_KEY"]);
    let other = at(
        "https://user:s3cret@harbour.example/x?token=s3cret&q=s",
        r#"[{"id": 1, "title": "a"}]"#,
    );
    for shown in [declaration(&other), format!("{other:?}"), text] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn rows_of_json_lines_csv_and_xml_are_guessed_alike() {
    let json = r#"{"page": 1, "results": [
        {"uuid": "a", "headline": "One", "permalink": "/one", "publishedAt": "2026-11-20T08:00:00Z", "votes": 3},
        {"uuid": "b", "headline": "Two", "permalink": "/two", "publishedAt": "2026-11-20T09:00:00Z", "votes": null}]}"#;
    let lines =
        "{\"uuid\": \"a\", \"headline\": \"One\"}\n{\"uuid\": \"b\", \"headline\": \"Two\"}\n";
    let csv = "uuid;headline;publishedAt\na;One;2026-11-20\nb;Two;2026-11-20\n";
    let xml = "<list><story uuid='x'><id>1</id><headline>One</headline></story><story><id>2</id><headline>Two</headline></story></list>";
    for (body, said) in [
        (json, "JSON with 2 rows at `.results[]`"),
        (lines, "lines of JSON with 2 rows at `.[]`"),
        (csv, "CSV with 2 rows at `.[]`"),
        (xml, "XML with 2 rows at `.list.story[]`"),
    ] {
        let found = look(body);
        assert_eq!(found.what.to_string(), said, "{found:?}");
        declaration(&found);
        let titles: Vec<_> = found
            .reading
            .records
            .iter()
            .map(|record| match record {
                Record::Article(article) => article.title.as_deref().unwrap_or_default(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(titles, ["One", "Two"]);
        assert!(found.notes[0].contains("is a guess"), "{:?}", found.notes);
    }
    assert!(declaration(&look(csv)).contains("csv = { delimiter = \";\" }"));
    let Record::Article(first) = &look(json).reading.records[0] else {
        panic!()
    };
    assert_eq!(
        first.url.as_ref().unwrap().as_str(),
        "https://www.harbour.example/one"
    );
    assert_eq!(first.score, Some(3));
}

#[test]
fn money_without_a_currency_is_not_declared_until_somebody_says_it() {
    let url: Url = "https://bank.example/t".parse().unwrap();
    let body =
        br#"{"transactions": [{"id": 1, "amount": -450, "date": "2026-11-19", "memo": "Coffee"}]}"#;
    let specimen = Specimen {
        url: &url,
        final_url: &url,
        content_type: Some("application/json"),
        links: &[],
        body,
        currency: None,
    };
    let found = sniff(&specimen);
    assert!(found.proposal.is_none() && found.reading.records.is_empty());
    assert!(
        found.notes[0].contains("`--currency CODE`"),
        "{:?}",
        found.notes
    );
    let found = sniff(&Specimen {
        currency: Some("EUR".parse().unwrap()),
        ..specimen
    });
    assert!(declaration(&found).contains("currency = \"EUR\""));
    assert_eq!(found.reading.records[0].kind(), RecordKind::Transaction);
    assert!(
        found.notes.iter().any(|note| note.contains("scale = 2")),
        "{:?}",
        found.notes
    );
}

#[test]
fn a_next_page_that_the_answer_names_is_followed() {
    let rows = r#"[{"id": 1, "title": "One"}]"#;
    let url: Url = "https://a.example/list".parse().unwrap();
    let by_header = sniff(&Specimen {
        url: &url,
        final_url: &url,
        content_type: None,
        links: &["<https://a.example/list?page=2>; rel=\"next\""],
        body: rows.as_bytes(),
        currency: None,
    });
    assert!(declaration(&by_header).contains("pages = { link = \"next\" }"));
    let in_body = look(format!(
        r#"{{"rows": {rows}, "links": {{"self": "/a", "next": "https://www.harbour.example/v1/list?page=2"}}}}"#
    ));
    assert!(declaration(&in_body).contains("pages = { next = \".links.next\" }"));
    assert_eq!(in_body.reading.follow.len(), 1);
    let cursor = look(format!(r#"{{"rows": {rows}, "next_cursor": "abc="}}"#));
    assert!(!declaration(&cursor).contains("pages"));
    assert!(
        cursor
            .notes
            .iter()
            .any(|note| note.contains("`.next_cursor`")),
        "{:?}",
        cursor.notes
    );
}

#[test]
fn a_field_that_cannot_be_read_is_left_out_and_the_rest_is_declared() {
    // A date in its looks, not one in fact.
    let rows: Vec<String> = (0..8)
        .map(|n| format!(r#"{{"id": {n}, "title": "T{n}", "date": "2026-99-9{n}"}}"#))
        .collect();
    let found = look(format!("[{}]", rows.join(",")));
    let text = declaration(&found);
    assert!(!text.contains("published_at"), "{text}");
    assert_eq!(found.reading.records.len(), 8);
}

#[test]
fn what_cannot_be_followed_is_said_clearly() {
    assert_eq!(words(&look("")), "an empty answer");
    assert_eq!(words(&look(" \n ")), "an empty answer");
    assert!(words(&look("plain words\n")).starts_with("neither a feed nor data"));
    assert!(words(&look(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")).starts_with("neither"));
    assert!(words(&look("{\"a\": tru}")).contains("line 1, column"));
    assert!(words(&look("42")).starts_with("neither"));
    assert_eq!(
        words(&look("{\"a\": {}}")),
        "JSON without a list of records"
    );
    assert!(words(&look("[1, 2, 3]")).contains("list of 3 plain values at `.[]`"));
    assert!(words(&look("<opml version='2.0'><body/></opml>")).contains("OPML"));
    assert!(words(&look("<svg xmlns='http://www.w3.org/2000/svg'/>")).contains("XML"));
}

#[test]
fn case_65_hostile_bytes_are_looked_at_without_harm() {
    let laughs = "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><rss><channel><title>&b;</title></channel></rss>";
    for body in [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "<a>".repeat(100_000),
        "<rss>".repeat(100_000),
        "<div>".repeat(100_000),
        format!("<html>{}", "<link rel=alternate ".repeat(100_000)),
        laughs.to_owned(),
        laughs.replace("'ha'", "SYSTEM 'file:///etc/passwd'"),
        "a,b\n".repeat(200_000),
    ] {
        let found = look(&body);
        assert!(found.proposal.is_none(), "{:?}", found.what);
        let shown = format!("{} {:?}", found.what, found.notes);
        assert!(!shown.contains("root:"), "{shown}");
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let names = prop::sample::select(vec![
        "id", "title", "url", "date", "amount", "currency", "balance", "name", "next", "items",
        "a b", "x\"y", "data", "limit", "category", "\\(1)",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
        prop::sample::select(vec![
            "2026-11-20",
            "EUR",
            "https://a.example/",
            "12.50",
            "/x",
            ""
        ])
        .prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_proposed_is_a_configuration_and_reads_the_answer(body in any_json()) {
        let found = look(body.to_string());
        if let Some(proposal) = &found.proposal {
            let text = proposal.text("mine");
            prop_assert!(Config::parse(&text, "x").is_ok(), "{}", text);
            prop_assert!(!found.reading.records.is_empty() || !found.reading.follow.is_empty());
        } else {
            prop_assert!(found.reading.records.is_empty());
        }
    }

    #[test]
    fn bytes_of_any_kind_are_looked_at_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        look(&body);
        look([b"<rss><channel>".as_slice(), &body].concat());
        look([b"<html><a href=\"".as_slice(), &body].concat());
    }
}
