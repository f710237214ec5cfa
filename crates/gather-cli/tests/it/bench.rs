//! `gather bench`: what it asks for beforehand, what it spends, and what it tells; seen from the server's side too.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
};

use gather_sandbox::{Api, Fault, Latency, Seen};
use serde_json::Value;

use crate::world::{Ended, Home, World};

/// A list and the six things on it: seven requests a run, of one host with such a quota.
const A_RUN: usize = 7;

fn listed(quota: &str) -> World {
    let latency = Latency::fixed(std::time::Duration::from_millis(25));
    let world = World::new(|sandbox| sandbox.latency(Api::Any, latency));
    let base = world.sandbox.origin(Api::Any);
    world.home.write(
        "gather.toml",
        format!(
            "[source.list]\nurl = \"{base}/list/page?total=6&size=6\"\nquota = \"{quota}\"\n\
             follow = {{ each = \".items[].id\", url = \"{base}/json/{{}}\" }}\n\
             [source.list.article]\nid = \".id\"\ntitle = '\"number \\(.id)\"'\n"
        ),
    );
    std::fs::create_dir(world.home.path("tmp")).unwrap();
    world
}

/// The program with a folder for what is thrown away.
fn bench(home: &Home, args: &[&str]) -> Ended {
    let args: Vec<&str> = [&["bench"], args].concat();
    let mut command = home.command(&args);
    Home::ended(command.env("TMPDIR", home.path("tmp")))
}

/// What was said, as one line.
fn said(ended: &Ended) -> String {
    let words: Vec<&str> = ended.err.split_whitespace().collect();
    words.join(" ")
}

fn asked(world: &World) -> usize {
    world.sandbox.log(Api::Any).requests().len()
}

/// How many places of the only quota are taken.
fn taken(world: &World) -> u64 {
    let plan = world.gather(&["plan", "--format", "json"]).json();
    plan["hosts"][0]["quotas"][0]["taken"].as_u64().unwrap()
}

fn nothing_is_left_behind(home: &Home) {
    let left: Vec<_> = std::fs::read_dir(home.path("tmp")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Whether any two of these were in flight at the same instant.
fn overlaps(seen: &[Seen]) -> bool {
    let mut over = None;
    seen.iter().any(|one| {
        let ended = one.ended.expect("it was answered");
        let overlaps = over.is_some_and(|over| one.started < over);
        over = over.max(Some(ended));
        overlaps
    })
}

#[test]
fn both_ways_are_asked_as_they_are_called_and_what_was_announced_is_what_is_spent() {
    let world = listed("100/24h");
    // So that it is known what a run asks.
    assert_eq!(world.gather(&["run", "-q"]).code, 0);
    assert_eq!(asked(&world), A_RUN);
    let stories = world.home.stories();
    let ended = bench(&world.home, &["--yes", "--rounds", "2"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.err.starts_with(
            "5 runs (one to warm up, 2 rounds of both ways) ask 1 source for 35 requests:\n"
        ),
        "{ended:?}"
    );
    assert!(
        said(&ended).contains(" 35 requests, 93 left of 100 in 24 h"),
        "{ended:?}"
    );
    assert!(ended.err.contains("spent 35 requests\n"), "{ended:?}");

    let log = world.sandbox.log(Api::Any);
    let runs: Vec<&[Seen]> = log.requests().chunks(A_RUN).collect();
    assert_eq!(runs.len(), 1 + 5);
    // The run before, and one to warm up; then one by one goes first, and in the second round last.
    let at_once: Vec<bool> = runs.iter().map(|run| overlaps(run)).collect();
    assert_eq!(at_once, [true, true, false, true, true, false]);
    assert_eq!(taken(&world), 42);

    // Nothing of it has come into the user's database.
    assert_eq!(world.home.stories(), stories);
    let runs = world.gather(&["runs", "--format", "json"]).json();
    assert_eq!(runs.as_array().unwrap().len(), 1);
    nothing_is_left_behind(&world.home);
}

#[test]
fn nothing_is_asked_without_a_yes() {
    let world = listed("100/24h");
    for args in [&[][..], &["--format", "json"], &["list"], &["-q"]] {
        let ended = bench(&world.home, args);
        assert_eq!((ended.code, &*ended.out), (2, ""), "{ended:?}");
        assert!(said(&ended).contains("7 requests or more"), "{ended:?}");
        assert!(ended.err.contains("`--yes`"), "{ended:?}");
    }
    assert_eq!(asked(&world), 0);
}

#[test]
fn what_does_not_fit_into_a_quota_is_refused_with_what_would_fit() {
    for (quota, says) in [
        // After one run 30 are left, which is four runs: one round and one to warm up.
        ("37/24h", "one round fits: `--rounds 1`"),
        ("50/24h", "2 rounds fit: `--rounds 2`"),
        ("20/24h", "not even one round fits now"),
    ] {
        let world = listed(quota);
        assert_eq!(world.gather(&["run", "-q"]).code, 0);
        let ended = bench(&world.home, &["--yes", "--rounds", "5"]);
        assert_eq!((ended.code, &*ended.out), (2, ""), "{ended:?}");
        assert!(
            ended.err.contains("more of a quota than is left"),
            "{ended:?}"
        );
        assert!(ended.err.contains(says), "{ended:?}");
        assert_eq!(asked(&world), A_RUN, "{quota}");
    }
    let world = listed("37/24h");
    assert_eq!(world.gather(&["run", "-q"]).code, 0);
    let ended = bench(&world.home, &["--yes", "--rounds", "1"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(taken(&world), 28);
}

#[test]
fn what_the_first_run_shows_leaves_out_the_rounds_that_do_not_fit() {
    let world = listed("24/24h");
    // No run is known: the first request is, and seven of it would fit.
    let ended = bench(&world.home, &["--yes", "--format", "json"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(said(&ended).contains("7 requests or more"), "{ended:?}");
    assert!(
        ended
            .err
            .contains("a run makes 7 requests, more than was known: 1 of 3 rounds fit"),
        "{ended:?}"
    );
    assert_eq!(asked(&world), 3 * A_RUN);
    let json = ended.json();
    assert_eq!(json["rounds"], 1, "{json}");
    assert_eq!(json["requests_spent"].as_object().unwrap().len(), 1);
}

#[test]
fn the_sandbox_is_measured_without_a_question_and_with_fewer_sources_too() {
    let home = Home::new();
    let args = [
        "bench",
        "--sandbox",
        "--sources",
        "4",
        "--latency",
        "40ms,60ms",
        "--rounds",
        "2",
        "--format",
        "json",
    ];
    let ended = home.gather(&args);
    assert_eq!(ended.code, 0, "{ended:?}");
    let json = ended.json();
    assert_eq!(
        json["sources"],
        serde_json::json!(["s01", "s02", "s03", "s04"])
    );
    assert_eq!(
        (&json["rounds"], &json["requests_a_run"]),
        (&2.into(), &4.into())
    );
    let runs = json["runs"].as_array().unwrap();
    let ways: Vec<_> = runs
        .iter()
        .map(|run| run["way"].as_str().unwrap())
        .collect();
    assert_eq!(
        ways,
        ["one_by_one", "all_at_once", "one_by_one", "all_at_once"]
    );
    for run in runs {
        let peak = run["peak_in_flight"].as_u64().unwrap();
        assert_eq!(peak == 1, run["way"] == "one_by_one", "{run}");
        assert_eq!(
            (&run["answered"], &run["good_sources"]),
            (&4.into(), &4.into())
        );
        // Twice 40 ms and twice 60 ms, however slow the machine.
        assert!(run["sum_ms"].as_f64().unwrap() >= 200.0, "{run}");
        assert!(run["longest_chain_ms"].as_f64().unwrap() >= 60.0, "{run}");
    }
    let slow = &json["one_by_one"];
    assert!(slow["wall_ms"]["least"].as_f64() <= slow["wall_ms"]["median"].as_f64());
    assert!(slow["wall_ms"]["median"].as_f64() <= slow["wall_ms"]["most"].as_f64());
    let points = json["by_sources"].as_array().unwrap();
    let sizes: Vec<_> = points
        .iter()
        .map(|point| point["sources"].as_u64().unwrap())
        .collect();
    assert_eq!(sizes, [1, 2, 4]);
    assert!(
        points.iter().all(|point| point["measured"] == true),
        "{json}"
    );
    assert_eq!(json["failing"], serde_json::json!([]));
    // No database of the user was made.
    assert!(!home.path(".local").exists());
}

#[test]
fn with_fewer_of_the_own_sources_it_is_worked_out_and_said_so() {
    let world = World::new(|sandbox| sandbox);
    std::fs::create_dir(world.home.path("tmp")).unwrap();
    let ended = bench(&world.home, &["--yes", "--rounds", "1", "--format", "json"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let json = ended.json();
    let measured: Vec<_> = json["by_sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| {
            (
                point["sources"].as_u64().unwrap(),
                point["measured"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(measured, [(1, false), (2, false), (4, false), (5, true)]);
    let spent: u64 = json["requests_spent"]
        .as_object()
        .unwrap()
        .values()
        .map(|requests| requests.as_u64().unwrap())
        .sum();
    let seen: usize = Api::ALL
        .iter()
        .map(|api| world.sandbox.log(*api).requests().len())
        .sum();
    assert_eq!(spent, seen as u64);
    let text = bench(&world.home, &["bank", "harbour", "--yes", "--rounds", "1"]);
    assert_eq!(text.code, 0, "{text:?}");
    assert!(text.out.contains("\n     1*  "), "{text:?}");
    assert!(
        text.out
            .contains("* worked out from the middle run at once, not measured\n")
    );
}

#[test]
fn a_table_fits_the_width_and_says_what_was_predicted() {
    let home = Home::new();
    for columns in [40, 80, 120] {
        let mut command =
            home.command(&["bench", "--sandbox", "--latency", "5ms", "--rounds", "1"]);
        let ended = Home::ended(command.env("COLUMNS", columns.to_string()));
        assert_eq!(ended.code, 0, "{ended:?}");
        let lines: Vec<&str> = ended.out.lines().collect();
        let widest = lines.iter().map(|line| line.chars().count()).max();
        assert!(columns < 80 || widest.unwrap() <= columns, "{}", ended.out);
        for begins in [
            "one by one ",
            "all at once ",
            "speed-up ",
            "in flight over time",
            "sources ",
        ] {
            assert!(
                lines.iter().any(|line| line.starts_with(begins)),
                "{begins}: {}",
                ended.out
            );
        }
        assert!(lines[0].contains("predicted"), "{}", ended.out);
        assert!(ended.err.contains(" as fast as one by one: "), "{ended:?}");
    }
    let csv = home.gather(&[
        "bench",
        "--sandbox",
        "--sources",
        "2",
        "--rounds",
        "2",
        "--latency",
        "0s",
        "--format",
        "csv",
    ]);
    assert_eq!(csv.out.lines().count(), 1 + 4, "{csv:?}");
    assert!(csv.out.starts_with("round,way,wall_ms,"), "{csv:?}");
}

#[test]
fn a_source_that_fails_in_some_runs_is_named_with_how_often() {
    let world = World::new(|sandbox| sandbox.fault(Api::Guardian, Fault::status(403).first(2)));
    std::fs::create_dir(world.home.path("tmp")).unwrap();
    let ended = bench(&world.home, &["guardian", "bank", "--yes", "--rounds", "2"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.contains("✕ guardian failed in 2 of 5 runs: "),
        "{ended:?}"
    );
    assert!(ended.out.contains("speed-up"), "{ended:?}");
    assert!(!ended.err.contains("bank failed"), "{ended:?}");
}

#[test]
fn where_all_fail_no_figure_is_made_up() {
    let home = Home::new();
    home.write(
        "gather.toml",
        "[source.lost]\nfeed = \"http://127.0.0.1:1/\"\n",
    );
    let args = ["bench", "--yes", "--html", "bench.html"];
    let ended = home.gather(&args);
    assert_eq!((ended.code, &*ended.out), (1, ""), "{ended:?}");
    assert!(
        ended.err.contains("✕ lost failed in 1 of 1 run: "),
        "{ended:?}"
    );
    assert!(ended.err.contains("nothing was measured\n"), "{ended:?}");
    assert!(!ended.err.contains("as fast"), "{ended:?}");
    assert!(!home.path("bench.html").exists());
    let json = home.gather(&["bench", "--yes", "--format", "json"]).json();
    for figure in [
        "one_by_one",
        "all_at_once",
        "speed_up",
        "predicted_speed_up",
    ] {
        assert_eq!(json[figure], Value::Null, "{json}");
    }
    assert_eq!(json["failing"][0]["source"], "lost");
}

#[test]
fn without_a_source_or_a_key_there_is_nothing_to_measure() {
    let home = Home::new();
    home.write("gather.toml", "");
    let ended = home.gather(&["bench", "--yes"]);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("no source is declared"), "{ended:?}");
    home.write(
        "gather.toml",
        "[source.guardian]\nkey = { env = \"NOT_SET\" }\n",
    );
    let ended = home.gather(&["bench", "--yes"]);
    assert_eq!((ended.code, &*ended.out), (1, ""), "{ended:?}");
    assert!(ended.err.contains("✕ guardian: "), "{ended:?}");
    assert!(ended.err.contains("nothing was measured"), "{ended:?}");
    assert_eq!(home.gather(&["bench", "nobody", "--yes"]).code, 2);
    for args in [
        &["--sources", "4"][..],
        &["--latency", "5ms"],
        &["guardian", "--sandbox"],
        &["--rounds", "0"],
        &["--sandbox", "--sources", "65"],
        &["--sandbox", "--latency", "soon"],
    ] {
        let args: Vec<&str> = [&["bench"], args].concat();
        assert_eq!(home.gather(&args).code, 2, "{args:?}");
    }
}

#[test]
fn a_page_stands_alone_and_is_never_written_over_unless_told_to() {
    let home = Home::new();
    let quick = [
        "bench",
        "--sandbox",
        "--sources",
        "3",
        "--latency",
        "5ms",
        "--rounds",
        "1",
        "--html",
    ];
    let with = |more: &[&str]| home.gather(&[&quick[..], more].concat());
    let ended = with(&["bench.html"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.err.contains("wrote `bench.html`\n"), "{ended:?}");
    let page = std::fs::read_to_string(home.path("bench.html")).unwrap();
    assert!(page.starts_with("<!doctype html>"));
    for outside in ["<script", "src=", "<link", "@import", "url(http"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // A waterfall each way, with a row a request.
    assert!(page.contains("<h2>One by one: ") && page.contains("<h2>All at once: "));
    assert_eq!(page.matches("class=\"wf-row\"").count(), 6);
    let refused = with(&["bench.html"]);
    assert_eq!((refused.code, &*refused.out), (2, ""), "{refused:?}");
    assert!(
        refused.err.contains("`bench.html` is there already"),
        "{refused:?}"
    );
    assert!(
        !refused.err.contains("round"),
        "said before anything is measured: {refused:?}"
    );
    assert_eq!(with(&["bench.html", "--force"]).code, 0);
    let nowhere = with(&["no/such/bench.html"]);
    assert_eq!(nowhere.code, 2, "{nowhere:?}");
    let out = with(&["-"]);
    assert!(
        out.out.starts_with("<!doctype html>") && out.out.ends_with("</html>"),
        "{out:?}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_tells_what_was_measured_and_leaves_nothing_behind() {
    let home = Home::new();
    std::fs::create_dir(home.path("tmp")).unwrap();
    let mut child = home
        .plain_command()
        .args([
            "bench",
            "--sandbox",
            "--sources",
            "2",
            "--latency",
            "5ms",
            "--rounds",
            "1000",
        ])
        .env("TMPDIR", home.path("tmp"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("round 1 of 1000: one by one ") {
        line.clear();
        assert_ne!(
            said.read_line(&mut line).unwrap(),
            0,
            "it ended before its first round"
        );
    }
    let signal = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest}");
    assert!(
        rest.contains("interrupted after ") && rest.contains(" of 1000 rounds\n"),
        "{rest}"
    );
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("\nspeed-up "), "{out}");
    nothing_is_left_behind(&home);
}
