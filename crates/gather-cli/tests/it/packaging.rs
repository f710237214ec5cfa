//! What brings gather onto a machine: the unit of systemd and the Dockerfile, looked over by those who know.
//!
//! `cargo xtask test` makes hadolint ready and says in `GATHER_TEST_HADOLINT` where; a plain `cargo test` ignores these.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn well(command: &mut Command) {
    let ended = command.output().unwrap();
    let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
    assert!(ended.status.success(), "{command:?}: {said}");
    assert_eq!(said.trim(), "", "{command:?}");
}

#[test]
#[ignore = "needs packaging"]
fn the_unit_is_one_that_systemd_understands() {
    let unit = std::fs::read_to_string(root().join("packaging/gather.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gather.service");
    // It is installed elsewhere than it is built.
    let here = unit.replace("/usr/bin/gather", env!("CARGO_BIN_EXE_gather"));
    let here = here.replace("Documentation=man:gather(1)\n", "");
    std::fs::write(&file, here).unwrap();
    well(Command::new("systemd-analyze").arg("verify").arg(&file));
}

#[test]
#[ignore = "needs packaging"]
fn the_dockerfile_has_no_fault_that_its_linter_knows() {
    let home = std::env::var_os("GATHER_TEST_HADOLINT")
        .expect("GATHER_TEST_HADOLINT says where hadolint is: run `cargo xtask test`");
    well(Command::new(Path::new(&home).join("bin/hadolint")).arg(root().join("Dockerfile")));
}

/// What the files call is what the program has.
#[test]
fn unit_and_image_start_the_program_as_it_is_started() {
    let unit = std::fs::read_to_string(root().join("packaging/gather.service")).unwrap();
    let started = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/usr/bin/gather "))
        .unwrap();
    let words: Vec<&str> = started.split(' ').chain(["--help"]).collect();
    let ended = crate::world::Home::new().gather(&words);
    assert_eq!(ended.code, 0, "{ended:?}");
    let image = std::fs::read_to_string(root().join("Dockerfile")).unwrap();
    let words = |key: &str| -> Vec<String> {
        let line = image
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap();
        serde_json::from_str(line).unwrap()
    };
    let mut words: Vec<String> = [words("ENTRYPOINT "), words("CMD ")].concat();
    assert_eq!(words.remove(0), "gather");
    words.push("--help".to_owned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended = crate::world::Home::new().gather(&words);
    assert_eq!(ended.code, 0, "{ended:?}");
}
