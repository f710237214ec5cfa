//! `gather demo`: the show.

use crate::world::Home;

#[test]
fn the_demo_shows_both_reports_and_who_failed_and_exits_with_0() {
    let home = Home::new();
    let ended = home.gather(&["demo", "--once"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    for part in [
        "hackernews (",
        "Accounts",
        "2,500.00 USD",
        "10,000.00 USD",
        "Budgets",
        "over",
        "Spending by category",
        "Transactions",
    ] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    let line = ended
        .err
        .lines()
        .find(|line| line.contains("one by one"))
        .unwrap();
    assert!(line.contains(" from 6 of 7 sources in "), "{line}");
    assert!(ended.err.contains("✕ lantern failed: "), "{}", ended.err);
    assert!(ended.err.contains("look at it again:"), "{}", ended.err);

    // The commands it prints are those that work.
    let shown: Vec<&str> = ended
        .err
        .lines()
        .filter_map(|line| line.strip_prefix("  gather "))
        .collect();
    assert_eq!(shown.len(), 2, "{}", ended.err);
    for command in shown {
        let again = home.gather(&command.split(' ').collect::<Vec<_>>());
        assert_eq!(again.code, 0, "{command}: {again:?}");
        assert!(again.out.lines().count() > 10, "{command}: {again:?}");
    }
    let config = home.path(".local/share/gather/demo/gather-demo.toml");
    let check = home.gather(&["--config", config.to_str().unwrap(), "check"]);
    assert_eq!(
        check.code, 1,
        "its keys are nowhere but in the demo: {check:?}"
    );
    assert!(check.out.contains("7 sources"), "{check:?}");
}

#[test]
fn the_demo_can_be_run_again_and_into_another_database() {
    let home = Home::new();
    for _ in 0..2 {
        let ended = home.gather(&["demo", "--once"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(
            ended.err.contains("saved as run 1 in "),
            "starts afresh: {}",
            ended.err
        );
    }
    for run in ["saved as run 1 in mine.db", "saved as run 2 in mine.db"] {
        let ended = home.gather(&["demo", "--once", "--db", "mine.db"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(
            ended.err.contains(run),
            "a database of one's own is kept: {}",
            ended.err
        );
    }
}

#[test]
fn the_demo_leaves_the_own_database_alone() {
    let home = Home::new();
    assert_eq!(home.gather(&["demo", "--once", "-q"]).code, 0);
    assert!(!home.path(".local/share/gather/gather.db").exists());
    assert!(home.stories().is_empty());
}
