//! `gather news` and `gather money`: what is stored, as a person reads it.

use gather_sandbox::Api;

use crate::world::{Home, World};

fn stored() -> World {
    let world = World::new(|sandbox| sandbox);
    let ended = world.gather(&["run", "-q"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    world
}

#[test]
fn the_money_report_shows_the_ledger_of_the_bank() {
    let world = stored();
    let ended = world.gather(&["money"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    // Days move with the calendar, and with them the width of their column.
    insta::with_settings!({filters => vec![
        (r"\b\d{1,2} [A-Z][a-z]{2}( \d{4})?\b", "DAY"),
        (r" {2,}", "  "),
    ]}, {
        insta::assert_snapshot!(ended.out);
    });
}

#[test]
fn the_report_is_as_wide_as_it_is_told_and_never_wider() {
    let world = stored();
    for columns in [60, 80, 120] {
        let columns_text = columns.to_string();
        let ended = Home::ended(world.home.command(&["money"]).env("COLUMNS", &columns_text));
        let widest = ended
            .out
            .lines()
            .map(|line| line.chars().count())
            .max()
            .unwrap();
        assert_eq!(widest, columns, "{}", ended.out);
        assert!(columns < 80 || ended.out.contains('░'), "{}", ended.out);
    }
}

#[test]
fn a_total_in_another_currency_names_rate_day_and_origin() {
    let world = stored();
    let json = world
        .gather(&["money", "--currency", "EUR", "--format", "json"])
        .json();
    assert_eq!(json["total"]["amount"]["currency"], "EUR");
    let ended = world.gather(&["money", "--currency", "EUR"]);
    assert!(ended.out.contains(" EUR · frankfurter, "), "{}", ended.out);
    assert!(ended.out.contains("1 USD = 0."), "{}", ended.out);
}

#[test]
fn without_a_rate_nothing_is_added_up() {
    let world = World::new(|sandbox| sandbox);
    let text = world.declarations();
    let (without_rates, _) = text.split_once("[source.frankfurter]").unwrap();
    let second = format!(
        "{without_rates}[source.other]\npreset = \"json-bank\"\nbase = \"{}\"\ncurrency = \"CHF\"\n",
        world.sandbox.origin(Api::Bank)
    );
    world.home.write("gather.toml", second);
    assert_eq!(world.gather(&["run", "-q"]).code, 0);
    let apart = world.gather(&["money"]).out;
    assert!(
        apart.contains("12,500.00 USD") && apart.contains("12,500.00 CHF"),
        "{apart}"
    );
    assert!(apart.contains("`--currency EUR`"), "{apart}");
    let wanted = world.gather(&["money", "--currency", "EUR"]).out;
    assert!(
        wanted.contains("12,500.00 USD") && wanted.contains("12,500.00 CHF"),
        "{wanted}"
    );
    assert!(wanted.contains("not added up in EUR"), "{wanted}");
    let partly = world.gather(&["money", "--currency", "USD"]).out;
    assert!(partly.contains("12,500.00 USD"), "{partly}");
    assert!(
        partly.contains("not converted: 12,500.00 CHF (no rate is known)"),
        "{partly}"
    );
    assert!(!partly.contains("25,000.00"), "{partly}");
}

#[test]
fn news_can_be_narrowed() {
    let world = stored();
    let count = |args: &[&str]| {
        let args = [&["news", "--format", "ndjson", "--limit", "1000"], args].concat();
        world.gather(&args).out.lines().count()
    };
    let all = count(&[]);
    let harbour = count(&["--source", "harbour"]);
    assert_eq!(harbour, 30);
    assert!(all > harbour);
    assert!(count(&["--since", "1h"]) < all);
    assert_eq!(count(&["--since", "30y"]), all);
    let title = world.home.stories()[0]["headline"]
        .as_str()
        .unwrap()
        .to_owned();
    let word = title.split(' ').max_by_key(|word| word.len()).unwrap();
    let found = count(&["--search", word]);
    assert!((1..all).contains(&found), "{word}: {found}");
    let limited = world.gather(&["news", "--limit", "3"]);
    assert_eq!(
        limited
            .out
            .lines()
            .filter(|line| !line.starts_with(' '))
            .count(),
        3,
        "{}",
        limited.out
    );
    let links = world.gather(&["news", "--limit", "3", "--links"]);
    assert_eq!(links.out.matches("  https://").count(), 3, "{}", links.out);
}

#[test]
fn a_story_of_two_sources_is_shown_once_with_both() {
    let world = stored();
    let stories = world.home.stories();
    let both = stories
        .iter()
        .filter(|story| story["provenances"].as_array().unwrap().len() > 1)
        .count();
    assert!(both > 0, "the simulated sources share stories");
    let news = world.gather(&["news", "--limit", "1000"]).out;
    let shown = news
        .lines()
        .filter(|line| line.starts_with("  ") && line.contains(", hackernews ("))
        .count()
        + news
            .lines()
            .filter(|line| {
                line.starts_with("  ") && line.contains("points") && line.contains("), ")
            })
            .count();
    assert!(shown > 0, "{news}");
}

#[test]
fn what_is_empty_says_what_to_do() {
    let home = Home::new();
    for args in [&["news"][..], &["money"]] {
        let ended = home.gather(args);
        assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{ended:?}");
        assert!(
            ended.err.contains("there is no database `") && ended.err.contains("`gather run`"),
            "{}",
            ended.err
        );
    }
    assert!(!home.path(".local").exists(), "reading makes no database");
    let world = stored();
    let ended = world.gather(&["news", "--search", "nosuchwordanywhere"]);
    assert!(ended.err.contains("no story matches"), "{ended:?}");
    let ended = world.gather(&["money", "--search", "nosuchwordanywhere"]);
    assert!(ended.err.contains("no transaction matches"), "{ended:?}");
}

#[test]
fn sources_tell_how_they_stand() {
    let world = World::new(|sandbox| sandbox);
    let before = world.gather(&["sources"]);
    assert_eq!(
        before.out.matches("not asked yet").count(),
        5,
        "{}",
        before.out
    );
    world.gather(&["run", "-q"]);
    let after = world.gather(&["sources"]).out;
    assert!(
        after.contains("2 accounts, 47 transactions, 5 budgets"),
        "{after}"
    );
    assert_eq!(after.matches("● complete").count(), 5, "{after}");
    assert_eq!(after.matches("just now").count(), 5, "{after}");
}
