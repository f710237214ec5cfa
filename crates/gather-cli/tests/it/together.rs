//! Several processes on one database at the same moment.

use std::process::{Child, Stdio};

use gather_sandbox::Api;

use crate::world::World;

fn start(world: &World) -> Child {
    world
        .home
        .plain_command()
        .args(["run", "--format", "json", "--deadline", "60s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn case_46_runs_started_in_the_same_instant_neither_fail_nor_double_nor_spend_a_quota_twice() {
    let world = World::new(|sandbox| sandbox);
    // Nineteen requests each, thirty places together.
    let list = format!(
        "[source.list]\nurl = \"{base}/list/page?total=18&size=18\"\nquota = \"30/24h\"\n\
         follow = {{ each = \".items[].id\", url = \"{base}/json/{{}}\" }}\n\
         [source.list.article]\nid = \".id\"\ntitle = '\"number \\(.id)\"'\n",
        base = world.sandbox.origin(Api::Any)
    );
    let config = std::fs::read_to_string(world.home.path("gather.toml")).unwrap();
    world.home.write("gather.toml", format!("{config}\n{list}"));

    let runs: Vec<Child> = (0..3).map(|_| start(&world)).collect();
    for child in runs {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !said.contains("locked") && !said.contains("panicked"),
            "{said}"
        );
        assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
        let run: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        for outcome in run["outcomes"].as_array().unwrap() {
            let limited = outcome["source"] == "list" && outcome["state"] != "failed";
            let well = matches!(outcome["state"].as_str(), Some("complete" | "unchanged"));
            assert!(limited || well, "{outcome}");
        }
    }
    assert_eq!(
        world.sandbox.log(Api::Any).total(),
        30,
        "no quota is spent twice"
    );

    let alone = World::new(|sandbox| sandbox);
    assert_eq!(alone.gather(&["run"]).code, 0);
    let ids = |world: &World| {
        let stories = world.home.stories();
        let articles = stories
            .iter()
            .flat_map(|story| story["provenances"].as_array().unwrap())
            .filter(|article| article["source"] != "list")
            .map(|article| {
                format!(
                    "{} {} {}",
                    article["source"], article["id"], article["title"]
                )
            });
        let mut ids: Vec<String> = articles.collect();
        ids.sort();
        ids
    };
    assert!(ids(&alone).len() > 50);
    assert_eq!(ids(&world), ids(&alone), "no row is there twice");
    let money = world.gather(&["money", "--format", "json"]).json();
    assert_eq!(
        money["transactions"].as_array().unwrap().len(),
        alone.gather(&["money", "--format", "json"]).json()["transactions"]
            .as_array()
            .unwrap()
            .len()
    );
    assert_eq!(
        world.gather(&["run", "hackernews"]).code,
        0,
        "and it goes on"
    );
}
