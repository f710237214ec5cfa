//! Being stopped in mid-run: politely, impatiently, and without notice.
#![cfg(unix)]

use std::{
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use gather_sandbox::{Api, Fault};

use crate::world::World;

/// Starts a run in which the guardian never answers, and waits until the others have been kept.
fn under_way() -> (World, Child) {
    let world = World::new(|sandbox| sandbox.fault(Api::Guardian, Fault::Hang));
    let child = world
        .home
        .plain_command()
        .args(["run", "--deadline", "60s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(|| {
        world
            .gather(&["sources", "--format", "json"])
            .json()
            .as_array()
            .unwrap()
            .iter()
            .filter(|source| source["state"]["last"]["state"] == "complete")
            .count()
            == 4
    });
    (world, child)
}

fn wait_for(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

fn end(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

/// What was kept stays, and the next run brings only what is missing.
fn nothing_is_lost_or_doubled(world: &World) {
    let before = world.home.stories().len();
    assert!(before > 0, "what was done before is kept");
    world
        .runtime
        .block_on(world.sandbox.clear_fault(Api::Guardian))
        .unwrap();
    let run = world.gather(&["run", "--format", "json"]);
    assert_eq!(run.code, 0, "{run:?}");
    for outcome in run.json()["outcomes"].as_array().unwrap() {
        if outcome["source"] != "guardian" {
            assert_eq!(
                (outcome["new"].as_u64(), outcome["changed"].as_u64()),
                (Some(0), Some(0)),
                "{outcome}"
            );
        }
    }
    let money = world
        .gather(&["money", "--format", "json", "--limit", "1000"])
        .json();
    assert_eq!(money["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(money["transactions"].as_array().unwrap().len(), 47);
}

#[test]
fn ctrl_c_and_sigterm_exit_with_130_and_keep_what_was_done() {
    for signal in ["-INT", "-TERM"] {
        let (world, child) = under_way();
        send(signal, &child);
        let output = end(child);
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}: {err}");
        assert!(
            err.contains("interrupted after ") && err.contains("4 of 5 sources done"),
            "{err}"
        );
        assert!(
            err.contains(" kept") && err.contains("fetches the rest"),
            "{err}"
        );
        nothing_is_lost_or_doubled(&world);
    }
}

#[test]
fn kill_9_in_mid_run_leaves_a_database_that_goes_on() {
    let (world, child) = under_way();
    send("-KILL", &child);
    assert_eq!(end(child).status.code(), None);
    nothing_is_lost_or_doubled(&world);
}

#[test]
fn two_signals_end_at_once() {
    let (world, child) = under_way();
    send("-INT", &child);
    send("-INT", &child);
    assert_eq!(end(child).status.code(), Some(130));
    nothing_is_lost_or_doubled(&world);
}
