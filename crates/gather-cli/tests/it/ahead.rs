//! `gather plan` and `gather why`: what is ahead and why, without asking anybody.

use gather_sandbox::{Api, Fault};

use crate::world::World;

#[test]
fn a_plan_counts_what_is_ahead_of_each_host_and_asks_nobody() {
    let world = World::new(|sandbox| sandbox);
    let ended = world.gather(&["plan"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.out.starts_with("source "), "{}", ended.out);
    assert!(
        ended.out.contains("1 or more"),
        "nothing was learnt yet: {}",
        ended.out
    );
    assert!(ended.out.contains("500 in 24 h  ● fits: "), "{}", ended.out);
    for api in [
        Api::HackerNews,
        Api::Guardian,
        Api::Feeds,
        Api::Bank,
        Api::Rates,
    ] {
        assert_eq!(world.sandbox.log(api).total(), 0, "{api:?}");
    }
    assert_eq!(world.gather(&["run", "-q"]).code, 0);
    let plan = world.gather(&["plan", "--format", "json"]).json();
    let source = |name: &str| {
        let all = plan["sources"].as_array().unwrap();
        all.iter()
            .find(|one| one["source"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (
            &source("hackernews")["requests"],
            &source("hackernews")["learnt"]
        ),
        (&21.into(), &true.into())
    );
    assert_eq!(source("bank")["requests"], 3);
    let rows = world.gather(&["plan", "--format", "csv"]);
    assert_eq!(rows.out.lines().count(), 6, "{}", rows.out);
}

#[test]
fn a_plan_that_does_not_fit_its_quota_says_so_with_advice() {
    let world = World::new(|sandbox| sandbox);
    let text = format!(
        "[source.crowd]\nfeed = \"{}/rss.xml\"\nevery = \"1m\"\nquota = \"100/24h\"\n",
        world.sandbox.origin(Api::Feeds)
    );
    world.home.write("gather.toml", text);
    let ended = world.gather(&["plan"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.out.contains("◐ too many: up to 1440 wanted"),
        "{}",
        ended.out
    );
    assert!(ended.err.contains("`every`"), "{}", ended.err);
}

#[test]
fn why_tells_runs_reasons_limits_and_what_still_stands() {
    let world =
        World::new(|sandbox| sandbox.fault(Api::Guardian, Fault::status(429).retry_after("7200")));
    assert_eq!(world.gather(&["run", "-q"]).code, 1);
    let limited = world.gather(&["why", "guardian"]);
    assert_eq!((limited.code, limited.err.as_str()), (0, ""), "{limited:?}");
    for said in [
        "guardian is due at ",
        "never yet",
        "○ limited",
        "429",
        "500 in 24 h",
    ] {
        assert!(limited.out.contains(said), "{said}: {}", limited.out);
    }
    assert!(!limited.out.contains("k-123"), "{}", limited.out);
    let good = world.gather(&["why", "harbour"]);
    assert!(
        good.out.contains("30 articles held") && good.out.contains("stands until "),
        "{}",
        good.out
    );
    let json = world.gather(&["why", "harbour", "--format", "json"]).json();
    assert_eq!(
        (&json["source"], &json["held"]["articles"]),
        (&"harbour".into(), &30.into())
    );
    let csv = world.gather(&["why", "harbour", "--format", "csv"]);
    assert!(
        csv.out.lines().nth(1).unwrap().starts_with("1,complete,"),
        "{}",
        csv.out
    );
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    let world = World::new(|sandbox| sandbox);
    let text = world
        .declarations()
        .replace("file = \"key\"", "env = \"NO_SUCH_KEY\"");
    world.home.write("gather.toml", text);
    let ended = world.gather(&["why", "guardian"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.out.contains("does not run") && ended.out.contains("NO_SUCH_KEY"),
        "{}",
        ended.out
    );
    let wrong = world.gather(&["why", "guardin"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{wrong:?}");
    assert!(
        wrong.err.contains("there is no source `guardin`"),
        "{}",
        wrong.err
    );
}

#[test]
fn somebody_sees_only_their_own_plan() {
    let world = World::new(|sandbox| sandbox);
    let text = world
        .declarations()
        .replace("[source.bank]", "[source.bank]\nowner = \"ada\"");
    world.home.write("gather.toml", text);
    let plan = |user: &str| world.gather(&["plan", "--as", user]).out;
    assert!(plan("ada").contains("bank") && !plan("bob").contains("bank"));
    assert_eq!(world.gather(&["why", "bank", "--as", "bob"]).code, 2);
    assert_eq!(world.gather(&["why", "bank", "--as", "ada"]).code, 0);
}
