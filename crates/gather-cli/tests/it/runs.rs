//! Whole runs: what is kept, what is said, how they end.

use std::time::Duration;

use gather_sandbox::{Api, Fault, Latency};
use serde_json::Value;

use crate::world::{Home, World, states};

fn total(run: &Value, field: &str) -> u64 {
    let outcomes = run["outcomes"].as_array().unwrap();
    outcomes
        .iter()
        .map(|outcome| outcome[field].as_u64().unwrap())
        .sum()
}

#[test]
fn a_complete_run_exits_with_0_and_shows_feed_money_and_the_line() {
    // Long enough that one by one takes longer on any machine.
    let latency = Latency::fixed(Duration::from_millis(100));
    let world = World::new(|sandbox| {
        Api::ALL
            .into_iter()
            .fold(sandbox, |sandbox, api| sandbox.latency(api, latency))
    });
    let ended = world.gather(&["run"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.out.contains("Accounts") && ended.out.contains("Budgets"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("hackernews (") && ended.out.contains(" points"),
        "{}",
        ended.out
    );
    let line = ended
        .err
        .lines()
        .find(|line| line.contains("one by one"))
        .unwrap();
    assert!(
        line.contains("articles, ") && line.contains("from 5 sources in "),
        "{line}"
    );
    assert!(!ended.err.contains("hint"), "{}", ended.err);
}

#[test]
fn a_second_run_of_the_same_answers_adds_and_changes_nothing() {
    let world = World::new(|sandbox| sandbox);
    let first = world.gather(&["run", "--format", "json"]).json();
    let before = world.home.stories();
    let ended = world.gather(&["run", "--format", "json"]);
    let second = ended.json();
    assert!(total(&first, "new") > 100, "{first}");
    assert_eq!((total(&second, "new"), total(&second, "changed")), (0, 0));
    // What an answer that still stands had brought is not counted again.
    let asked: Vec<String> = states(&second)
        .into_iter()
        .filter(|(_, state)| state == "complete")
        .map(|(source, _)| source)
        .collect();
    assert!(asked.len() >= 3, "{second}");
    let brought: u64 = first["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|outcome| {
            asked
                .iter()
                .any(|source| outcome["source"] == source.as_str())
        })
        .map(|outcome| outcome["new"].as_u64().unwrap())
        .sum();
    assert_eq!(total(&second, "unchanged"), brought);
    assert!(
        ended.err.contains(", nothing new, from 5 sources"),
        "{}",
        ended.err
    );
    assert_eq!(world.home.stories(), before);
}

#[test]
fn one_bad_source_costs_nothing_but_itself_and_is_named() {
    let faults = [
        ("refuse", Fault::Refuse),
        ("hang", Fault::Hang),
        ("garbage", Fault::Garbage),
        ("truncate", Fault::Truncate),
        ("reset", Fault::Reset),
        ("html", Fault::Html),
        ("error", Fault::status(404)),
    ];
    for (what, fault) in faults {
        let world = World::new(|sandbox| sandbox.fault(Api::Guardian, fault));
        let ended = world.gather(&["run", "--format", "json", "--deadline", "5s"]);
        assert_eq!(ended.code, 1, "{what}: {ended:?}");
        let run = ended.json();
        for (source, state) in states(&run) {
            let expected = if source == "guardian" {
                "failed"
            } else {
                "complete"
            };
            assert_eq!(state, expected, "{what}: {source}: {run}");
        }
        assert!(
            ended.err.contains("✕ guardian failed: "),
            "{what}: {}",
            ended.err
        );
        assert!(
            ended.err.contains("from 4 of 5 sources"),
            "{what}: {}",
            ended.err
        );
        assert_eq!(run["status"], "partial", "{what}");
    }
}

#[test]
fn when_nobody_answers_the_run_says_so_for_each_source_and_exits_with_1() {
    let world = World::new(|sandbox| sandbox);
    let refused = [
        Api::HackerNews,
        Api::Guardian,
        Api::Feeds,
        Api::Bank,
        Api::Rates,
    ];
    for api in refused {
        world
            .runtime
            .block_on(world.sandbox.set_fault(api, Fault::Refuse))
            .unwrap();
    }
    let ended = world.gather(&["run", "--deadline", "2s"]);
    assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{ended:?}");
    assert!(
        ended.err.contains("nothing from any of 5 sources in "),
        "{}",
        ended.err
    );
    for source in ["hackernews", "guardian", "harbour", "bank", "frankfurter"] {
        assert!(
            ended.err.contains(&format!("✕ {source} failed: ")),
            "{}",
            ended.err
        );
    }
}

#[test]
fn only_the_named_sources_are_asked() {
    let world = World::new(|sandbox| sandbox);
    let ended = world.gather(&["run", "harbour"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.err.contains("articles from 1 source in "),
        "{}",
        ended.err
    );
    assert!(!ended.out.contains("Accounts"), "{}", ended.out);
    for api in [Api::HackerNews, Api::Guardian, Api::Bank, Api::Rates] {
        assert_eq!(world.sandbox.log(api).total(), 0);
    }
    let wrong = world.gather(&["run", "harbor"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.err.contains("no source `harbor`") && wrong.err.contains("`harbour`"),
        "{}",
        wrong.err
    );
}

#[test]
fn a_missing_key_is_named_and_the_others_go_on() {
    let world = World::new(|sandbox| sandbox);
    let text = world
        .declarations()
        .replace("file = \"key\"", "env = \"NO_SUCH_KEY\"");
    world.home.write("gather.toml", text);
    let ended = world.gather(&["run"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.contains("✕ guardian failed: ") && ended.err.contains("NO_SUCH_KEY"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("from 4 of 5 sources"), "{}", ended.err);
    assert_eq!(
        world.sandbox.log(Api::Guardian).total(),
        0,
        "nothing is asked without its key"
    );

    let sources = world.gather(&["sources"]);
    assert!(
        sources.out.contains("✕ key missing") && sources.out.contains("set `NO_SUCH_KEY`"),
        "{sources:?}"
    );
    let check = world.gather(&["check"]);
    assert_eq!(check.code, 1);
    assert!(
        check.err.contains("guardian") && check.err.contains("NO_SUCH_KEY"),
        "{check:?}"
    );
}

#[test]
fn a_limit_of_the_server_is_told_with_its_end() {
    let world =
        World::new(|sandbox| sandbox.fault(Api::Guardian, Fault::status(429).retry_after("7200")));
    let ended = world.gather(&["run", "guardian"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.contains("○ guardian limited until "),
        "{}",
        ended.err
    );
}

#[test]
fn a_key_is_shown_nowhere() {
    let world = World::new(|sandbox| sandbox.fault(Api::Guardian, Fault::Truncate));
    for args in [
        &["run"][..],
        &["run", "--format", "json"],
        &["sources", "--format", "json"],
    ] {
        let ended = world.gather(args);
        assert!(
            !ended.out.contains("k-123") && !ended.err.contains("k-123"),
            "{ended:?}"
        );
    }
}

#[test]
fn sources_of_somebody_else_are_neither_fetched_nor_seen() {
    let world = World::new(|sandbox| sandbox);
    let text = world
        .declarations()
        .replace("[source.bank]", "[source.bank]\nowner = \"ada\"");
    world.home.write("gather.toml", text);
    assert_eq!(world.gather(&["run"]).code, 0);
    let accounts = |user: &str| {
        let money = world
            .gather(&["money", "--format", "json", "--as", user])
            .json();
        money["accounts"].as_array().unwrap().len()
    };
    assert_eq!((accounts("ada"), accounts("bob")), (2, 0));
    world.sandbox.reset_logs();
    let ended = world.gather(&["run", "--as", "bob"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("from 4 sources"), "{}", ended.err);
    assert_eq!(world.sandbox.log(Api::Bank).total(), 0);
    assert_eq!(world.gather(&["run", "bank", "--as", "bob"]).code, 2);
}

#[test]
fn refresh_fetches_first_and_shows_what_is_stored_then() {
    let world = World::new(|sandbox| sandbox);
    let ended = world.gather(&[
        "news",
        "--refresh",
        "--source",
        "harbour",
        "--format",
        "ndjson",
    ]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.out.lines().count(), 30);
    assert!(ended.err.contains("from 1 source in "), "{}", ended.err);
    let money = world.gather(&["money", "--refresh"]);
    assert!(money.out.contains("Checking"), "{money:?}");
}

#[test]
fn quiet_leaves_data_and_errors() {
    let world = World::new(|sandbox| sandbox.fault(Api::Guardian, Fault::status(404)));
    let ended = world.gather(&["run", "-q"]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    assert!(ended.err.starts_with("✕ guardian failed"), "{}", ended.err);
    assert!(ended.out.contains("Accounts"));
}

#[test]
fn the_sources_are_asked_at_once() {
    let slow = Latency::fixed(Duration::from_millis(400));
    let world = World::new(|sandbox| {
        sandbox
            .latency(Api::Guardian, slow)
            .latency(Api::Feeds, slow)
            .latency(Api::Bank, slow)
            .latency(Api::Rates, slow)
    });
    let run = world.gather(&["run", "--format", "json"]).json();
    let millis = |field: &str| run[field].as_f64().unwrap();
    assert!(millis("one_by_one_ms") > 2.0 * millis("wall_ms"), "{run}");
    assert!(millis("longest_chain_ms") <= millis("wall_ms"), "{run}");
}

#[test]
fn without_any_configuration_the_built_in_sources_are_asked() {
    let home = Home::new();
    let ended = home.gather(&["run", "--deadline", "1s"]);
    // With a network it may succeed; without one it ends in time and says why.
    assert!(matches!(ended.code, 0 | 1), "{ended:?}");
    assert!(
        ended
            .err
            .starts_with("no configuration at `./gather.toml` or `"),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains(".config/gather/gather.toml`"),
        "{}",
        ended.err
    );
    if ended.code == 1 {
        assert!(ended.err.contains("hackernews "), "{}", ended.err);
        let signs = ["✕ ", "◐ ", "○ "].map(|sign| ended.err.matches(sign).count());
        assert_eq!(
            signs.iter().sum::<usize>(),
            1,
            "one sentence a source: {}",
            ended.err
        );
    }
    assert!(home.path(".local/share/gather/gather.db").exists());
}
