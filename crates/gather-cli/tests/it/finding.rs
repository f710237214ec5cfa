//! `gather try`, `gather add` and `gather check --online`: what is at an address, and how it comes into the file.

use std::io::{Read, Write};

use gather_sandbox::{Api, Fault};

use crate::world::{Ended, Home, World};

/// A server that answers every path with a body of its own, or sends on to it when the kind is `301` or `302`, for as
/// long as the test lasts.
fn site(pages: Vec<(&'static str, &'static str, String)>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut some = [0; 4096];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                match socket.read(&mut some) {
                    Ok(0) | Err(_) => break,
                    Ok(read) => request.extend_from_slice(&some[..read]),
                }
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            let path = text
                .split(' ')
                .nth(1)
                .unwrap_or("/")
                .split('?')
                .next()
                .unwrap_or("/")
                .to_owned();
            let (status, kind, body) = match pages.iter().find(|(known, ..)| *known == path) {
                Some((_, status @ ("301" | "302"), place)) => {
                    (*status, "text/plain", place.as_str())
                }
                Some((_, kind, body)) => ("200", *kind, body.as_str()),
                None => ("404", "text/plain", "nothing here"),
            };
            let _ = write!(
                socket,
                "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\nlocation: {}\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n{body}",
                if status.starts_with('3') { body } else { "" },
                body.len()
            );
        }
    });
    origin
}

const FEED: &str = "<rss version='2.0'><channel><title>The Blog</title><link>/</link><description>d</description>\
     <item><title>One</title><link>/one</link><guid isPermaLink='false'>1</guid></item></channel></rss>";

fn blog() -> String {
    let page = "<!doctype html><title>A blog</title><link rel=alternate type='application/rss+xml' title='All' href='/feed.xml'>\
         <a href='/comments/feed'>comments</a>";
    site(vec![
        ("/", "text/html", page.to_owned()),
        ("/feed.xml", "application/rss+xml", FEED.to_owned()),
        ("/old", "301", "/feed.xml".to_owned()),
        ("/elsewhere", "302", "/feed.xml".to_owned()),
        ("/bare", "text/html", "<html><title>Nothing</title>".to_owned()),
        (
            "/news.json",
            "application/json",
            r#"{"stories": [{"id": 1, "title": "=cmd\u001b[2J", "url": "/1"}, {"id": 2, "title": "Two", "url": "/2"}]}"#
                .to_owned(),
        ),
        (
            "/money.json",
            "application/json",
            r#"[{"id": "a", "amount": "-4.50", "date": "2026-11-19", "description": "Coffee"}]"#.to_owned(),
        ),
    ])
}

/// With the port, which is another each time, taken out.
fn shown(text: &str, origin: &str) -> String {
    text.replace(origin, "http://ORIGIN")
}

fn config(home: &Home) -> String {
    std::fs::read_to_string(home.path(".config/gather/gather.toml")).unwrap_or_default()
}

#[test]
fn a_page_leads_to_its_feed_and_only_the_declaration_is_data() {
    let origin = blog();
    let home = Home::new();
    let ended = home.gather(&["try", &origin]);
    assert_eq!(ended.code, 0, "{ended:?}");
    insta::with_settings!({filters => vec![(r"/\S*/\.config", "HOME/.config")]}, {
        insta::assert_snapshot!("try_out", shown(&ended.out, &origin));
        insta::assert_snapshot!("try_err", shown(&ended.err, &origin));
    });
    assert_eq!(config(&home), "", "nothing is written unasked");
    assert!(!home.path(".local").exists(), "a look makes no database");
    let quiet = home.gather(&["try", &origin, "-q"]);
    assert_eq!((quiet.out, quiet.err.as_str()), (ended.out, ""));
}

#[test]
fn what_is_added_is_fetched_by_the_next_run() {
    let origin = blog();
    let home = Home::new();
    let ended = home.gather(&[
        "try",
        &format!("{origin}/feed.xml"),
        "--name",
        "blog",
        "--add",
    ]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.err.contains("made `") && ended.err.contains(".config/gather/gather.toml`"),
        "{}",
        ended.err
    );
    let run = home.gather(&["run", "blog", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(home.stories()[0]["headline"], "One");

    let json = home.gather(&["add", "api", &format!("{origin}/news.json")]);
    assert_eq!(json.code, 0, "{json:?}");
    assert!(json.out.starts_with("added `api` to `"), "{}", json.out);
    assert_eq!(home.gather(&["run", "api"]).code, 0);
    assert_eq!(home.stories().len(), 3);

    let preset = home.gather(&["add", "guardian"]);
    assert_eq!(preset.code, 0, "{preset:?}");
    assert!(preset.err.contains("set `GUARDIAN_KEY`"), "{}", preset.err);
    assert!(
        config(&home).ends_with("\n[source.guardian]\n"),
        "{}",
        config(&home)
    );
}

#[test]
fn the_file_that_is_read_is_the_one_that_is_written_with_all_that_stands_in_it() {
    let origin = blog();
    let home = Home::new();
    let before = "# my sources\n[settings]\nin_flight = 3 # few\n\n[source.hackernews]\n";
    home.write("gather.toml", before);
    let ended = home.gather(&["add", "blog", &origin]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let after = std::fs::read_to_string(home.path("gather.toml")).unwrap();
    assert_eq!(
        after,
        format!("{before}\n# The Blog\n[source.blog]\nfeed = \"{origin}/feed.xml\"\n")
    );
    let other = home.gather(&["add", "blog", &origin, "--config", "other.toml"]);
    assert_eq!(other.code, 0, "{other:?}");
    assert!(home.path("other.toml").exists());
}

#[test]
fn a_taken_name_a_followed_address_and_a_wrong_file_are_refused() {
    let origin = blog();
    let home = Home::new();
    let feed = format!("{origin}/feed.xml");
    assert_eq!(home.gather(&["add", "blog", &feed]).code, 0);
    let before = config(&home);
    let looked = home.gather(&["try", &feed]);
    assert_eq!(looked.code, 0, "{looked:?}");
    assert!(
        looked
            .err
            .contains("hint: `blog` follows this address already"),
        "{}",
        looked.err
    );
    for (args, said) in [
        (
            &["add", "blog", &origin][..],
            "there is a source `blog` already",
        ),
        (&["add", "guardian", &feed], "is the name of a preset"),
        (
            &["add", "again", &feed],
            "`blog` follows this address already",
        ),
        (&["add", "nosuch"], "there is no preset `nosuch`"),
        (&["add", "json-bank"], "`base` is not set"),
        (&["try", "ftp://a.example/"], "expected a web address"),
        (&["try", &feed, "--format", "csv"], "writes no CSV"),
    ] {
        let ended = home.gather(args);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (2, ""),
            "{args:?}: {ended:?}"
        );
        assert!(
            ended
                .err
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains(said),
            "{args:?}: {}",
            ended.err
        );
        assert_eq!(config(&home), before, "{args:?}");
    }
    home.write("wrong.toml", "[source.a]\nevry = 1\n");
    let ended = home.gather(&["add", "b", &feed, "--config", "wrong.toml"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("`evry`"), "{}", ended.err);
}

#[test]
fn what_cannot_be_followed_exits_with_1_and_says_why() {
    let origin = blog();
    let home = Home::new();
    for (path, said) in [
        ("/bare", "a web page “Nothing” that names no feed"),
        ("/none", "answered 404 Not Found"),
        ("/money.json", "`--currency CODE`"),
    ] {
        let ended = home.gather(&["try", &format!("{origin}{path}"), "--add"]);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
        let words = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(said), "{}", ended.err);
    }
    assert_eq!(config(&home), "");
    let money = home.gather(&["try", &format!("{origin}/money.json"), "--currency", "EUR"]);
    assert_eq!(money.code, 0, "{money:?}");
    assert!(money.out.contains("currency = \"EUR\""), "{}", money.out);
    assert!(money.err.contains("-4.50 EUR"), "{}", money.err);
}

#[test]
fn a_move_for_good_is_declared_and_a_detour_is_not() {
    let origin = blog();
    let declared = |path: &str| {
        let ended = Home::new().gather(&["try", &format!("{origin}{path}")]);
        assert_eq!(ended.code, 0, "{ended:?}");
        shown(&ended.out, &origin)
    };
    assert!(declared("/old").contains("feed = \"http://ORIGIN/feed.xml\""));
    assert!(declared("/elsewhere").contains("feed = \"http://ORIGIN/elsewhere\""));
}

#[test]
fn a_page_cannot_send_gather_into_the_network_of_its_user() {
    let inside = blog();
    let page = format!(
        "<!doctype html><title>Trap</title><link rel=alternate type=application/rss+xml href='{inside}/feed.xml'>"
    );
    let origin = site(vec![("/", "text/html", page)]);
    let ended = Home::new().gather(&["try", &origin, "--add"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
    assert!(
        ended.err.contains("a web page “Trap” that names 1 feed"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("✕ ") && !ended.err.contains("The Blog"),
        "{}",
        ended.err
    );
}

#[test]
fn nothing_listens_is_told_and_exits_with_1() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let ended = Home::new().gather(&["try", &address]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.starts_with("✕ ") && ended.err.contains("hint"),
        "{}",
        ended.err
    );
}

#[test]
fn a_key_in_the_address_is_neither_shown_nor_written() {
    let world = World::new(|sandbox| sandbox);
    let address = format!(
        "{}/search?api-key=k-123&section=technology",
        world.sandbox.origin(Api::Guardian)
    );
    let home = Home::new();
    let ended = home.gather(&["try", &address, "--add"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.err.contains("the preset `guardian` reads"),
        "{}",
        ended.err
    );
    let json = home.gather(&["try", &address, "--format", "json"]);
    for text in [&ended.out, &ended.err, &json.out, &json.err, &config(&home)] {
        assert!(!text.contains("k-123"), "{text}");
    }
    assert!(ended.err.contains("GUARDIAN_KEY"), "{}", ended.err);
    let run = Home::ended(home.command(&["run", "-q"]).env("GUARDIAN_KEY", "k-123"));
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn the_finding_is_data_for_programs() {
    let origin = blog();
    let found = Home::new().gather(&["try", &format!("{origin}/news.json"), "--format", "json"]);
    assert_eq!(found.code, 0, "{found:?}");
    let found = found.json();
    assert_eq!(
        found["asked"][0]["found"],
        "JSON with 2 rows at `.stories[]`"
    );
    assert_eq!(found["sample"].as_array().unwrap().len(), 2);
    assert!(
        found["declaration"]
            .as_str()
            .unwrap()
            .contains("each = \".stories[]\"")
    );
    assert!(found["added_to"].is_null() && found["failed"].is_null());
}

#[test]
fn what_a_server_sends_does_not_act_on_the_terminal() {
    let origin = blog();
    let ended: Ended =
        Home::new().gather(&["try", &format!("{origin}/news.json"), "--color", "always"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("=cmd"), "{}", ended.err);
    assert!(!ended.err.contains("\u{1b}[2J"), "{}", ended.err);
}

#[test]
fn every_source_is_asked_once_and_nothing_is_stored() {
    let world = World::new(|sandbox| sandbox);
    let ended = world.gather(&["check", "--online"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.err.starts_with(
            "one request to each of 5 sources, counted against its quota; nothing is stored"
        ),
        "{}",
        ended.err
    );
    for source in ["hackernews", "guardian", "harbour", "bank", "frankfurter"] {
        assert!(ended.out.contains(&format!("● {source}")), "{}", ended.out);
    }
    assert!(ended.out.contains("20 requests to follow"), "{}", ended.out);
    assert!(
        ended.out.contains("the first of 3 requests"),
        "{}",
        ended.out
    );
    for api in [
        Api::HackerNews,
        Api::Guardian,
        Api::Feeds,
        Api::Bank,
        Api::Rates,
    ] {
        assert_eq!(world.sandbox.log(api).total(), 1, "{api:?}");
    }
    assert!(world.home.stories().is_empty());
}

#[test]
fn a_source_that_answers_otherwise_is_named_with_the_reason() {
    let world = World::new(|sandbox| {
        sandbox
            .fault(Api::Guardian, Fault::Html)
            .fault(Api::Feeds, Fault::status(404))
    });
    let text = world.declarations().replace(
        "[source.hackernews]",
        "[source.hackernews]\nkey = { env = \"NO_SUCH\" }\nauth = \"bearer\"",
    );
    world.home.write("gather.toml", text);
    let ended = world.gather(&["check", "--online"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.out.contains("✕ guardian") && ended.out.contains("not JSON"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("✕ harbour") && ended.out.contains("404"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("● bank"), "{}", ended.out);
    assert!(
        ended.err.contains("NO_SUCH") && ended.err.contains("hint"),
        "{}",
        ended.err
    );
    assert_eq!(world.sandbox.log(Api::HackerNews).total(), 0);
    let rows = world.gather(&["check", "--online", "--format", "json"]);
    assert_eq!(rows.code, 1, "{rows:?}");
    let rows = rows.json();
    let state = |name: &str| {
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["source"] == name)
            .unwrap();
        row["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state("hackernews"), "missing");
    assert_eq!(state("guardian"), "failed");
    assert_eq!(state("frankfurter"), "good");
}
