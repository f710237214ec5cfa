//! `gather parse` and `gather select`: bytes in, JSON lines out.

use serde_json::Value;

use crate::world::{Ended, Home};

const FEED: &str = r#"<?xml version="1.0"?>
<rss version="2.0"><channel><title>T</title><link>https://a.example/</link><description>d</description>
<item><title>One</title><link>/one</link><guid isPermaLink="false">1</guid></item>
<item><title>Two</title><link>https://a.example/two</link><guid isPermaLink="false">2</guid></item>
</channel></rss>"#;

fn given(args: &[&str], input: &str) -> Ended {
    let home = Home::new();
    Home::ended(home.command(args).write_stdin(input))
}

fn lines(ended: &Ended) -> Vec<Value> {
    ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_feed_on_standard_input_becomes_records() {
    for args in [
        &["parse", "--base-url", "https://a.example/"][..],
        &["parse", "-", "--base-url", "https://a.example/"],
    ] {
        let ended = given(args, FEED);
        assert_eq!(ended.code, 0, "{ended:?}");
        let lines = lines(&ended);
        assert_eq!(lines.len(), 2, "{ended:?}");
        assert!(
            lines[0].to_string().contains("https://a.example/one"),
            "{ended:?}"
        );
        assert!(
            ended.err.contains("standard input: a feed"),
            "{}",
            ended.err
        );
    }
}

#[test]
fn a_file_is_read_as_standard_input_is() {
    let home = Home::new();
    home.write("feed.xml", FEED);
    let ended = home.gather(&["parse", "feed.xml", "--format", "ndjson", "-q"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{ended:?}");
    assert_eq!(lines(&ended).len(), 2);
}

#[test]
fn a_broken_input_is_told_as_file_line_and_column() {
    let home = Home::new();
    home.write("a.json", "{\"a\": 1}\n  {\"a\": tru}\n");
    let ended = home.gather(&["parse", "a.json"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
    assert!(ended.err.starts_with("error: a.json:2:"), "{}", ended.err);
    assert!(
        !ended.err.contains(" at line "),
        "the place once: {}",
        ended.err
    );
}

#[test]
fn every_format_is_read_from_standard_input_and_gives_the_same_bytes_twice() {
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><id>1</id><title>A</title>\
         <link href='/a'/></entry></feed>";
    let rdf = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>\
         <item rdf:about='/a'><title>A</title><link>/a</link></item></rdf:RDF>";
    let json = r#"{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "title": "A", "url": "/a", "content_text": "x"}]}"#;
    let lines = "{\"title\": \"A\"}\n{\"title\": \"B\"}\n";
    let args = ["parse", "--base-url", "https://a.example/x/"];
    let csv = "id;title\n1;A\n2;B\n";
    let xml = "<list><a><title>A</title></a></list>";
    for input in [FEED, atom, rdf, json, lines, csv, xml, "[]", ""] {
        let ended = given(&args, input);
        assert_eq!(ended.code, 0, "{input}: {ended:?}");
        let again = given(&args, input);
        assert_eq!(
            (again.out.as_str(), again.err.as_str()),
            (ended.out.as_str(), ended.err.as_str())
        );
    }
    for feed in [atom, rdf, json] {
        let out = given(&args, feed).out;
        assert!(out.contains("https://a.example/a\""), "{feed}: {out}");
    }
}

#[test]
fn the_content_type_tells_the_encoding_and_warnings_are_words() {
    let home = Home::new();
    let cyrillic = b"<rss version='2.0'><channel><item><guid>1</guid><title>\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0</title></item></channel></rss>";
    let read = |kind: &str| {
        Home::ended(
            home.command(&["parse", "--content-type", kind])
                .write_stdin(cyrillic.as_slice()),
        )
    };
    let right = read("application/rss+xml; charset=windows-1251");
    assert_eq!(right.code, 0, "{right:?}");
    assert!(right.out.contains("Привет, мир"), "{right:?}");
    let skipped = r#"{"status": "ok", "totalResults": 2, "articles": [
        {"title": "A", "url": "https://a.example/1"}, {"title": "[Removed]", "url": "https://removed.com"}]}"#;
    let ended = given(&["parse"], skipped);
    assert_eq!((ended.code, ended.out.lines().count()), (0, 1), "{ended:?}");
    assert!(
        ended
            .err
            .contains("warning: 1 row was left out as declared"),
        "{}",
        ended.err
    );
}

#[test]
fn a_broken_input_exits_with_2_and_names_the_place() {
    for args in [&["parse"][..], &["select", ".a"]] {
        let ended = given(args, "{\"a\": 1}\n{\"a\": tru}\n");
        assert_eq!(ended.code, 2, "{args:?}: {ended:?}");
        assert!(
            ended.err.contains("standard input"),
            "{args:?}: {}",
            ended.err
        );
        assert!(
            ended.err.contains("line 2") || ended.err.contains(":2:"),
            "{args:?}: {}",
            ended.err
        );
    }
    let ended = given(&["parse"], "neither this nor that");
    assert_eq!(ended.code, 2, "{ended:?}");
}

#[test]
fn select_writes_one_line_a_value_and_keeps_numbers() {
    let ended = given(
        &["select", ".[] | .v"],
        "[{\"v\": 0.10}, {\"v\": \"x\\u001b\"}]",
    );
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (0, "0.10\n\"x\\u001b\"\n"),
        "{ended:?}"
    );
}

#[test]
fn a_wrong_expression_is_shown_with_its_place_before_any_input_is_read() {
    let home = Home::new();
    let ended = home.gather(&["select", ".a | frobnicate", "no-such-file"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
    assert!(
        ended.err.starts_with("error: expression:1:6: "),
        "{}",
        ended.err
    );
}

#[test]
fn an_endless_expression_ends_when_nobody_reads_any_more() {
    let home = Home::new();
    let mut child = home
        .plain_command()
        .args(["select", "repeat(1)"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"1").unwrap();
    let mut some = [0; 100];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut some).unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_broken_feed_is_told_with_file_line_and_column() {
    let home = Home::new();
    home.write("feed.xml", "<rss>\n<channel><item><title>Fog");
    let ended = home.gather(&["parse", "feed.xml"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended
            .err
            .starts_with("error: feed.xml:2:26: broken feed: it ends before the first item does\n"),
        "{}",
        ended.err
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let home = Home::new();
    for args in [&["parse", "none.xml"][..], &["select", ".", "none.xml"]] {
        let ended = home.gather(args);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(
            ended.err.contains("none.xml cannot be read"),
            "{}",
            ended.err
        );
    }
}
