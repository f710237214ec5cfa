//! Small things that no compiler says: unfinished work, paths of one machine, files grown too long.
//!
//! Looks at every text file git knows or would add. A generated file says `@generated` on its first
//! line and may be long.

use std::path::Path;

use crate::steps::Ended;
use crate::workspace::Workspace;

/// A hand-written file longer than this holds two subjects.
const MAX_LINES: usize = 700;

/// What is written by hand and has a length that matters.
const HAND_WRITTEN: &[&str] = &["rs", "toml", "css", "js", "html"];

/// Marks of unfinished work, spelled in halves so that this file is not its own first finding.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
];

/// Folders that are somebody's own.
const HOMES: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

/// Checks every file of the checkout.
pub(crate) fn run(workspace: &Workspace) -> Ended {
    let checkout = workspace.root.to_str().filter(|root| root.len() > 1);
    let mut found = Vec::new();
    for file in workspace.files()? {
        // Absent: removed, but not yet from git's index. Not UTF-8: not a text.
        let Ok(text) = std::fs::read_to_string(workspace.root.join(&file)) else {
            continue;
        };
        found.extend(findings(&file, &text, checkout));
    }
    if found.is_empty() {
        Ok(None)
    } else {
        Err(format!("\n  {}", found.join("\n  ")))
    }
}

fn findings(file: &Path, text: &str, checkout: Option<&str>) -> Vec<String> {
    let name = file.display();
    let mut found = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        for mark in UNFINISHED.iter().filter(|mark| has_word(content, mark)) {
            found.push(format!(
                "{name}:{line}: unfinished work (`{mark}`): finish it or write an issue"
            ));
        }
        for path in HOMES
            .iter()
            .copied()
            .chain(checkout)
            .filter(|path| has_path(content, path))
        {
            found.push(format!("{name}:{line}: a path of one machine (`{path}`)"));
        }
    }
    let lines = text.lines().count();
    let kind = file
        .extension()
        .and_then(|it| it.to_str())
        .unwrap_or_default();
    let generated = text
        .lines()
        .next()
        .is_some_and(|first| first.contains("@generated"));
    if lines > MAX_LINES && HAND_WRITTEN.contains(&kind) && !generated {
        found.push(format!(
            "{name}: {lines} lines, more than {MAX_LINES}: split it by subject"
        ));
    }
    if name.to_string().ends_with("/Cargo.toml") && !text.contains("[lints]\nworkspace = true") {
        found.push(format!(
            "{name}: does not take the lints of the workspace (`[lints]`, `workspace = true`)"
        ));
    }
    found
}

/// Whether `word` stands in `text` with no letter, digit or underscore on either side.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let joins =
            |neighbour: Option<char>| neighbour.is_some_and(|it| it.is_alphanumeric() || it == '_');
        !joins(text[..at].chars().next_back()) && !joins(text[at + word.len()..].chars().next())
    })
}

/// Whether an absolute path that begins with `path` stands in `text`; the tail of a longer path or of a URL is none.
fn has_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|it| it.is_alphanumeric() || "._-/})>*~$".contains(it))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{HOMES, MAX_LINES, UNFINISHED, findings};

    fn found(file: &str, text: &str) -> Vec<String> {
        findings(Path::new(file), text, Some("/srv/checkout"))
    }

    #[test]
    fn unfinished_work_is_found_with_its_line_but_not_inside_a_word() {
        let mark = UNFINISHED[0];
        assert_eq!(
            found("a.md", &format!("fine\nsee {mark}: later\n")).len(),
            1
        );
        assert!(found("a.md", &format!("fine\n{mark}\n"))[0].starts_with("a.md:2: "));
        assert!(found("a.md", &format!("{mark}S and a{mark}\n")).is_empty());
    }

    #[test]
    fn a_path_of_one_machine_is_found_but_not_a_url_or_a_tail() {
        assert_eq!(found("a.rs", "open(\"/srv/checkout/x\")\n").len(), 1);
        assert_eq!(found("a.rs", &format!("see {}me/x\n", HOMES[0])).len(), 1);
        assert!(
            found(
                "a.rs",
                &format!("https://a.example{}x and $prefix{}y\n", HOMES[1], HOMES[0])
            )
            .is_empty()
        );
    }

    #[test]
    fn a_long_file_is_found_unless_it_is_generated_or_no_code() {
        let long = "x\n".repeat(MAX_LINES + 1);
        assert_eq!(found("a.rs", &long).len(), 1);
        assert!(found("a.rs", &"x\n".repeat(MAX_LINES)).is_empty());
        assert!(found("a.rs", &format!("// @generated\n{long}")).is_empty());
        assert!(found("a.csv", &long).is_empty());
    }

    #[test]
    fn a_manifest_without_the_shared_lints_is_found() {
        assert_eq!(found("crates/a/Cargo.toml", "[package]\n").len(), 1);
        assert!(found("crates/a/Cargo.toml", "[lints]\nworkspace = true\n").is_empty());
        assert!(found("Cargo.toml", "[workspace]\n").is_empty());
    }
}
