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
