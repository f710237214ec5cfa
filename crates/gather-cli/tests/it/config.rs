//! Configuration files: found, missing, wrong.

use crate::world::{Home, World};

#[test]
fn every_mistake_is_shown_in_its_place() {
    let home = Home::new();
    home.write(
        "gather.toml",
        "[source.a]\nurl = \"https://a.example/x\"\nevry = \"30m\"\n\n[source.b]\npreset = \"hackernws\"\n",
    );
    for args in [&["run"][..], &["check"], &["sources"]] {
        let ended = home.gather(args);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (2, ""),
            "{args:?}: {ended:?}"
        );
    }
    insta::assert_snapshot!(home.gather(&["check"]).err);
    assert!(!home.path(".local").exists(), "nothing was started");
}

#[test]
fn a_named_configuration_must_be_there() {
    let home = Home::new();
    let flag = home.gather(&["run", "--config", "none.toml"]);
    assert_eq!(flag.code, 2);
    assert!(
        flag.err
            .contains("configuration `none.toml` cannot be read"),
        "{}",
        flag.err
    );
    assert!(flag.err.contains("`--config` names it"), "{}", flag.err);
    let variable = Home::ended(home.command(&["check"]).env("GATHER_CONFIG", "other.toml"));
    assert_eq!(variable.code, 2);
    assert!(
        variable.err.contains("`GATHER_CONFIG` names it"),
        "{}",
        variable.err
    );
}

#[test]
fn the_configuration_is_found_where_the_help_says() {
    let home = Home::new();
    let found = |name: &str| {
        home.gather(&["check", "--format", "json"]).json()["file"]
            .as_str()
            .unwrap()
            .ends_with(name)
    };
    std::fs::create_dir_all(home.path(".config/gather")).unwrap();
    home.write(".config/gather/gather.toml", "[source.hackernews]\n");
    assert!(found(".config/gather/gather.toml"));
    home.write("gather.toml", "[source.hackernews]\n");
    assert!(found("gather.toml") && !found(".config/gather/gather.toml"));
}

#[test]
fn a_good_file_with_all_keys_is_said_to_be_so() {
    let world = World::new(|sandbox| sandbox);
    let ended = world.gather(&["check"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(
        ended.out,
        "gather.toml: OK, 5 sources, every key is there\n"
    );
}

#[test]
fn a_configuration_without_sources_and_a_binary_file_cannot_run() {
    let home = Home::new();
    home.write("gather.toml", "");
    let ended = home.gather(&["run"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(
        ended.err.contains("no source is declared in `gather.toml`"),
        "{}",
        ended.err
    );
    home.write("gather.toml", b"[settings]\n\xff\xfe");
    let ended = home.gather(&["run"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("line 2: not UTF-8"), "{}", ended.err);
}

#[test]
fn a_database_that_is_none_is_named_before_anything_is_asked() {
    let world = World::new(|sandbox| sandbox);
    world.home.write(
        "notes.txt",
        "these are my notes, and no database at all\n".repeat(50),
    );
    for args in [&["run"][..], &["news"], &["money"], &["sources"]] {
        let args = [args, &["--db", "notes.txt"]].concat();
        let ended = world.gather(&args);
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(
            ended.err.contains("`notes.txt`: is not a SQLite database"),
            "{}",
            ended.err
        );
    }
    assert_eq!(
        world.sandbox.log(gather_sandbox::Api::HackerNews).total(),
        0
    );
    let text = std::fs::read_to_string(world.home.path("notes.txt")).unwrap();
    assert!(text.starts_with("these are my notes"));
}

#[test]
fn arguments_that_make_no_sense_exit_with_2() {
    let home = Home::new();
    for args in [
        &["frobnicate"][..],
        &["run", "--deadline", "soon"],
        &["news", "--since", "yesteryear"],
        &["news", "--limit", "0"],
        &["money", "--currency", "EURO"],
        &["run", "--format", "xml"],
        &["parse", "--format", "csv"],
        &["news", "--as", ""],
    ] {
        let ended = home.gather(args);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (2, ""),
            "{args:?}: {ended:?}"
        );
        assert!(ended.err.starts_with("error: "), "{args:?}: {}", ended.err);
    }
}
