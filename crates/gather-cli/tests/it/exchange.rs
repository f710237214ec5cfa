//! `gather import` and `gather export`: lists of feeds in and out, news for other programs.

use serde_json::Value;

use crate::world::{Ended, Home, World};

const LIST: &str = r#"<?xml version="1.0"?>
<opml version="2.0"><head><title>Feeds</title></head><body>
<outline text="Harbour" xmlUrl="https://www.harbour.example/rss.xml?utm_source=opml"/>
<outline text="Tech">
  <outline text="The Blog" xmlUrl="https://blog.example/feed"/>
  <outline text="The Blog" xmlUrl="https://other.example/feed"/>
  <outline text="Again" xmlUrl="http://blog.example/feed/"/>
  <outline text="Guardian" xmlUrl="https://www.theguardian.example/rss"/>
</outline>
<outline text="Files" xmlUrl="file:///etc/passwd"/>
</body></opml>"#;

fn followed() -> Home {
    let home = Home::new();
    home.write(
        "gather.toml",
        "# mine\n[source.harbour]\nfeed = \"https://harbour.example/rss.xml\"\n",
    );
    home.write("list.opml", LIST);
    home
}

fn config(home: &Home) -> String {
    std::fs::read_to_string(home.path("gather.toml")).unwrap()
}

#[test]
fn an_import_says_first_what_it_would_do() {
    let home = followed();
    let before = config(&home);
    let dry = home.gather(&["import", "list.opml"]);
    assert_eq!(dry.code, 0, "{dry:?}");
    insta::with_settings!({filters => vec![(r"`/\S*/gather\.toml`", "`HOME/gather.toml`")]}, {
        insta::assert_snapshot!("import_out", dry.out);
        insta::assert_snapshot!("import_err", dry.err.split_whitespace().collect::<Vec<_>>().join(" "));
    });
    assert_eq!(config(&home), before);

    let done = home.gather(&["import", "list.opml", "--yes"]);
    assert_eq!((done.code, &done.out), (0, &dry.out), "{done:?}");
    let after = config(&home);
    assert!(after.starts_with(&before), "{after}");
    assert!(
        after.contains(
            "# The Blog (Tech)\n[source.the-blog]\nfeed = \"https://blog.example/feed\"\n"
        ),
        "{after}"
    );
    assert!(
        after.contains("[source.the-blog-2]") && after.contains("[source.guardian-2]"),
        "{after}"
    );
    assert_eq!(home.gather(&["check"]).code, 0);

    let again = home.gather(&["import", "list.opml", "--yes"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.err.contains("nothing is new"), "{}", again.err);
    assert_eq!(config(&home), after, "the same list twice adds nothing");
}

#[test]
fn an_import_is_data_for_programs() {
    let home = followed();
    let rows = home
        .gather(&["import", "list.opml", "--format", "json"])
        .json();
    let states: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        ["followed", "new", "new", "followed", "new", "refused"]
    );
    assert_eq!(rows[3]["source"], "the-blog", "twice in the list is once");
    assert_eq!(rows[1]["folder"], "Tech");
}

#[test]
fn what_is_no_list_or_hostile_is_refused_with_its_place() {
    let home = followed();
    let before = config(&home);
    home.write("bomb.opml", "<!DOCTYPE opml [<!ENTITY a 'x'>]>\n<opml><body><outline text='&a;' xmlUrl='https://a.example/'/></body></opml>");
    home.write("cut.opml", &LIST[..200]);
    home.write("feed.xml", "<rss/>");
    for (file, said) in [
        (
            "bomb.opml",
            "bomb.opml:1:1: broken OPML: it declares entities",
        ),
        ("cut.opml", "cut.opml:5:3: broken OPML: "),
        (
            "feed.xml",
            "some of these files are lists of feeds, others of banks",
        ),
        ("none.opml", "none.opml cannot be read"),
    ] {
        // One bad list, and nothing of the good one is taken.
        let ended = home.gather(&["import", "list.opml", file, "--yes"]);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{ended:?}");
        assert!(ended.err.contains(said), "{file}: {}", ended.err);
        assert_eq!(config(&home), before);
    }
}

#[test]
fn a_list_from_standard_input_makes_the_file() {
    let home = Home::new();
    let ended = Home::ended(home.command(&["import", "-", "--yes"]).write_stdin(LIST));
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("made `"), "{}", ended.err);
    assert_eq!(home.gather(&["check"]).code, 0);
}

#[test]
fn feeds_that_were_exported_can_be_imported_elsewhere() {
    let home = followed();
    let out = home.gather(&["export", "opml"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(
        out.out
            .contains("xmlUrl=\"https://harbour.example/rss.xml\""),
        "{}",
        out.out
    );
    let other = Home::new();
    other.write("feeds.opml", &out.out);
    assert_eq!(other.gather(&["import", "feeds.opml", "--yes"]).code, 0);
    let back = other.gather(&["export", "opml"]);
    assert_eq!(back.out, out.out);
    let refused = home.gather(&["export", "opml", "--format", "json"]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

fn lines(ended: &Ended) -> Vec<Value> {
    ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_format_of_the_news_can_be_read_back() {
    let world = World::new(|sandbox| sandbox);
    assert_eq!(world.gather(&["run", "harbour", "guardian", "-q"]).code, 0);
    let all = lines(&world.gather(&["export", "news"]));
    assert!(all.len() > 60, "{}", all.len());
    for format in ["rss", "jsonfeed"] {
        let ended = world.gather(&["export", "news", "--format", format]);
        assert_eq!(ended.code, 0, "{ended:?}");
        let read = Home::ended(
            world
                .home
                .command(&["parse", "-q"])
                .write_stdin(ended.out.as_str()),
        );
        assert_eq!(
            (read.code, read.err.as_str()),
            (0, ""),
            "{format}: {read:?}"
        );
        let read = lines(&read);
        assert_eq!(read.len(), all.len(), "{format}");
        for (record, story) in read.iter().zip(&all) {
            assert_eq!(record["title"], story["headline"], "{format}");
            assert_eq!(record["url"], story["url"], "{format}");
        }
        let again = world.gather(&["export", "news", "--format", format]);
        assert_eq!(again.out, ended.out, "the same bytes each time");
        let few = world.gather(&[
            "news", "--format", format, "--source", "harbour", "--limit", "3",
        ]);
        assert_eq!(few.code, 0, "{few:?}");
        assert!(few.out.len() < ended.out.len());
    }
    let csv = world.gather(&["export", "news", "--format", "csv", "--source", "harbour"]);
    assert_eq!(
        csv.out.lines().next(),
        Some("headline,url,published_at,first_seen,sources,points,comments,summary")
    );
    let table = world.gather(&["export", "news", "--format", "table"]);
    assert_eq!((table.code, table.out.as_str()), (2, ""), "{table:?}");
}

#[test]
fn a_source_that_is_neither_declared_nor_stored_is_an_error() {
    let world = World::new(|sandbox| sandbox);
    let declared = world.declarations();
    assert_eq!(world.gather(&["run", "harbour", "-q"]).code, 0);
    for command in [&["news"][..], &["export", "news"]] {
        let ask = |name: &str| world.gather(&[command, &["--source", name]].concat());
        // Declared, and nothing of it is stored.
        assert_eq!(ask("guardian").code, 0, "{command:?}");
        let wrong = ask("harbor");
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{wrong:?}");
        for words in ["there is no source `harbor`", "`harbour`", "`guardian`"] {
            assert!(wrong.err.contains(words), "{words} in {}", wrong.err);
        }
        let one_of_two =
            world.gather(&[command, &["--source", "harbour", "--source", "harbor"]].concat());
        assert_eq!(one_of_two.code, 2, "{one_of_two:?}");
        // Not declared any more, nor readable, and still stored.
        for text in ["", "[source"] {
            world.home.write("gather.toml", text);
            let stored = ask("harbour");
            assert_eq!(stored.code, 0, "{stored:?}");
            assert!(stored.out.len() > 100, "{stored:?}");
            assert_eq!(ask("guardian").code, 2);
        }
        world.home.write("gather.toml", &declared);
    }
}

#[test]
fn several_sources_a_search_and_an_age_narrow_the_news() {
    let world = World::new(|sandbox| sandbox);
    assert_eq!(
        world
            .gather(&["run", "harbour", "guardian", "hackernews", "-q"])
            .code,
        0
    );
    let count = |args: &[&str]| {
        let ended = world.gather(&[&["export", "news"], args].concat());
        assert_eq!(ended.code, 0, "{ended:?}");
        lines(&ended)
    };
    let (harbour, guardian) = (
        count(&["--source", "harbour"]),
        count(&["--source", "guardian"]),
    );
    let both = count(&["--source", "harbour", "--source", "guardian"]);
    assert!(
        both.len() > harbour.len().max(guardian.len())
            && both.len() <= harbour.len() + guardian.len()
    );
    let title = harbour[0]["headline"].as_str().unwrap();
    let words: Vec<&str> = title.split_whitespace().take(3).collect();
    let found = count(&["--search", &words.join(" ")]);
    assert!(
        found.iter().any(|story| story["headline"] == title),
        "{found:?}"
    );
    assert!(found.len() < both.len());
    assert!(count(&["--since", "2999-01-01"]).is_empty());
}

#[test]
fn only_news_is_written_as_a_feed() {
    let home = Home::new();
    for args in [
        &["run"][..],
        &["money"],
        &["sources"],
        &["check"],
        &["export", "opml"],
    ] {
        let ended = home.gather(&[args, &["--format", "rss"]].concat());
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (2, ""),
            "{args:?}: {ended:?}"
        );
        assert!(
            ended.err.contains("only news can be written as a feed"),
            "{}",
            ended.err
        );
    }
    assert!(!home.path(".local").exists());
}
