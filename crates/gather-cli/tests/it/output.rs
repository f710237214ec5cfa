//! What is printed is data that programs can read, and nothing in it acts on a terminal or a spreadsheet.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use gather_sandbox::Api;

use crate::world::{Home, World};

/// A source whose titles are as bad as titles can be.
fn hostile() -> World {
    let world = World::new(|sandbox| sandbox);
    let text = format!(
        r#"[source.evil]
url = "{}/v1/latest?base=USD"
[source.evil.article]
each = ".rates | to_entries[]"
id = ".key"
title = '"=cmd|x\u001b[2J\u001b]0;pwned\u0007 \u202egnp.exe \u009b31m" + .key'
"#,
        world.sandbox.origin(Api::Rates)
    );
    world.home.write("gather.toml", text);
    let ended = world.gather(&["run", "--color", "always"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    harmless(&ended.out);
    world
}

fn harmless(text: &str) {
    assert!(text.contains("exe"), "{text}");
    for active in ["\u{1b}[2J", "\u{1b}]0;", "\u{7}", "\u{202e}", "\u{9b}"] {
        assert!(!text.contains(active), "{active:?} in {text:?}");
    }
}

#[test]
fn hostile_titles_are_shown_and_do_not_act() {
    let world = hostile();
    let news = world.gather(&["news", "--color", "always", "--links"]);
    harmless(&news.out);
    assert!(news.out.contains("\\u{202e}gnp.exe"), "{}", news.out);
    let csv = world.gather(&["news", "--format", "csv"]);
    harmless(&csv.out);
    assert!(
        csv.out.lines().nth(1).unwrap().starts_with("'=cmd|"),
        "{}",
        csv.out
    );
    for format in ["json", "ndjson"] {
        let json = world.gather(&["news", "--format", format]);
        harmless(&json.out);
        let first = json
            .out
            .lines()
            .find(|line| line.contains("headline"))
            .unwrap();
        assert!(first.contains("\\u202e"), "the value is kept: {first}");
    }
}

#[test]
fn amounts_stay_numbers_in_csv() {
    let world = World::new(|sandbox| sandbox);
    assert_eq!(world.gather(&["run", "bank", "-q"]).code, 0);
    let csv = world.gather(&["money", "--format", "csv", "--limit", "100"]);
    let mut lines = csv.out.lines();
    assert_eq!(
        lines.next(),
        Some(
            "date,amount,currency,payee,description,category,account,pending,transfer,note,source,id,number"
        )
    );
    let amounts: Vec<f64> = lines
        .map(|line| line.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    assert_eq!(amounts.len(), 47);
    assert!(amounts.contains(&-45.0) && amounts.contains(&3000.0));
}

#[test]
fn every_format_of_every_command_can_be_read_by_a_program() {
    let world = World::new(|sandbox| sandbox);
    for args in [
        &["run"][..],
        &["news"],
        &["money"],
        &["sources"],
        &["check"],
    ] {
        let json = world.gather(&[args, &["--format", "json"]].concat());
        assert_eq!(json.code, 0, "{json:?}");
        assert!(json.json().is_object() || json.json().is_array());
        let ndjson = world.gather(&[args, &["--format", "ndjson"]].concat());
        for line in ndjson.out.lines() {
            assert!(
                serde_json::from_str::<serde_json::Value>(line)
                    .unwrap()
                    .is_object(),
                "{line}"
            );
        }
        let csv = world.gather(&[args, &["--format", "csv"]].concat());
        let mut lines = csv.out.lines();
        assert!(lines.next().unwrap().contains(','), "{csv:?}");
        assert_eq!(lines.count(), ndjson.out.lines().count(), "{args:?}");
    }
    let money = world.gather(&["money", "--format", "json"]).json();
    assert_eq!(money["accounts"][0]["balance"]["amount"], "2500.00");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let world = World::new(|sandbox| sandbox);
    assert_eq!(world.gather(&["run", "-q"]).code, 0);
    for args in [
        &["news", "--limit", "1000", "--links"][..],
        &["news", "--limit", "1000", "--format", "ndjson"],
        &["money", "--limit", "1000", "--format", "json"],
        &["--help"],
    ] {
        let mut child = world
            .home
            .plain_command()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Gone before the first byte, or after a line: neither is the fault of the program.
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        if args.len() > 3 {
            BufReader::with_capacity(16, out)
                .read_line(&mut line)
                .unwrap();
        } else {
            drop(out);
        }
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), err.as_str()),
            (Some(0), ""),
            "{args:?}"
        );
    }
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    let world = World::new(|sandbox| sandbox);
    assert!(
        !world.gather(&["run"]).out.contains('\u{1b}'),
        "not into a pipe"
    );
    let news = |args: &[&str], variable: Option<(&str, &str)>| {
        let mut command = world.home.command(&[&["news"], args].concat());
        command.envs(variable);
        Home::ended(&mut command).out.contains('\u{1b}')
    };
    assert!(news(&["--color", "always"], None));
    assert!(news(&[], Some(("CLICOLOR_FORCE", "1"))));
    assert!(!news(&["--color", "never"], Some(("CLICOLOR_FORCE", "1"))));
    assert!(!news(&[], Some(("NO_COLOR", "1"))));
}
