//! `--help` teaches.

use crate::world::Home;

#[test]
fn help_teaches_commands_files_variables_and_exit_codes() {
    let home = Home::new();
    let ended = home.gather(&["--help"]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    insta::assert_snapshot!(ended.out);
}

#[test]
fn every_command_has_help_of_its_own() {
    let home = Home::new();
    for command in [
        "run",
        "news",
        "runs",
        "bench",
        "money",
        "demo",
        "sources",
        "plan",
        "why",
        "check",
        "try",
        "add",
        "import",
        "imports",
        "export",
        "secrets",
        "secrets status",
        "secrets rotate",
        "sources claim",
        "money proof",
        "money review",
        "money categorise",
        "money payee",
        "money note",
        "money split",
        "money transfer",
        "money opening",
        "money flip",
        "money check",
        "parse",
        "select",
        "completions",
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let ended = home.gather(&words);
        assert_eq!(ended.code, 0, "{command}: {ended:?}");
        let fits = ended.out.lines().all(|line| line.chars().count() <= 80);
        assert!(fits, "{command}: {}", ended.out);
        assert!(
            ended.out.contains("Usage: gather"),
            "{command}: {}",
            ended.out
        );
    }
}

#[test]
fn completions_name_the_commands() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let ended = home.gather(&["completions", shell]);
        assert_eq!(ended.code, 0, "{shell}: {ended:?}");
        assert!(
            ended.out.contains("money") && ended.out.contains("deadline"),
            "{shell}"
        );
    }
}
