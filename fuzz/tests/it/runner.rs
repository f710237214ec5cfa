//! What must not happen is found, whatever it is, and the input is there afterwards.

use std::{
    path::Path,
    process::{Command, Output},
};

fn fuzz(arguments: &[&str], found: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gather-fuzz"));
    command.args(arguments);
    if let Some(found) = found {
        command.arg("--found").arg(found);
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_panic_an_endless_loop_a_deep_stack_much_memory_and_a_broken_promise_are_found() {
    let folder = tempfile::tempdir().unwrap();
    for (input, expected) in [
        ("panic", "it panicked"),
        ("hang", "it hangs"),
        ("deep", "overflowed its stack"),
        ("memory", "memory allocation of"),
        ("promise", "a promise is broken"),
    ] {
        let file = folder.path().join(input);
        std::fs::write(&file, input).unwrap();
        let arguments = [
            "replay",
            "broken",
            file.to_str().unwrap(),
            "--cpu-seconds",
            "1",
        ];
        let output = fuzz(&arguments, None);
        assert!(!output.status.success(), "{input}");
        assert!(
            said(&output).contains(expected),
            "{input}: {}",
            said(&output)
        );
    }
    let file = folder.path().join("fine");
    std::fs::write(&file, "x").unwrap();
    let output = fuzz(&["replay", "broken", file.to_str().unwrap()], None);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "fine\n");
}

#[test]
fn the_input_that_broke_a_target_is_left_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    // The word to find is in the corpus cut in two: only a mutation puts it together.
    let output = fuzz(&["run", "broken", "--seconds", "60"], Some(folder.path()));
    assert!(!output.status.success());
    let input = std::fs::read(folder.path().join("broken.at-work")).unwrap();
    let words = [&b"panic"[..], b"promise", b"hang", b"deep", b"memory"];
    assert!(words.contains(&&input[..]), "{input:?}: {}", said(&output));
}

#[test]
fn a_run_that_finds_nothing_says_what_it_did_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = fuzz(&["run", "urls", "--seconds", "1"], Some(folder.path()));
    assert!(output.status.success(), "{}", said(&output));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["target"], "urls");
    assert!(line["inputs"].as_u64().unwrap() > 10, "{line}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
