//! Which of our crates may use which: the arrows of ARCHITECTURE.md, checked in every manifest.
//!
//! A crate that is not in the table is an error too, so that a new one is given its place on purpose.
//! Tests may use the sandbox from anywhere, but by path only: a dev-dependency without a version
//! disappears on `cargo package`, one with a version would have to be published first.

use serde_json::Value;

use crate::steps::Ended;
use crate::workspace::Workspace;

const SANDBOX: &str = "gather-sandbox";

/// Each crate with those it may use.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "gather-cli",
        &[
            "gather",
            "gather-draw",
            "gather-records",
            "gather-run",
            "gather-sandbox",
            "gather-server",
            "gather-sources",
            "gather-store",
        ],
    ),
    (
        "gather-server",
        &[
            "gather",
            "gather-draw",
            "gather-records",
            "gather-run",
            "gather-sources",
            "gather-store",
        ],
    ),
    ("gather-draw", &["gather", "gather-run"]),
    (
        "gather-run",
        &["gather", "gather-records", "gather-sources", "gather-store"],
    ),
    ("gather-store", &["gather-records"]),
    ("gather-sources", &["gather-records"]),
    ("gather-records", &[]),
    ("gather", &[]),
    (
        "gather-bench",
        &["gather", "gather-records", "gather-sources", "gather-store"],
    ),
    (
        "gather-fuzz",
        &["gather", "gather-records", "gather-sources"],
    ),
    (SANDBOX, &[]),
    ("xtask", &[]),
];

/// Checks every manifest of the workspace.
pub(crate) fn run(workspace: &Workspace) -> Ended {
    let wrong = wrong(&workspace.metadata)?;
    if wrong.is_empty() {
        Ok(None)
    } else {
        Err(format!("\n  {}", wrong.join("\n  ")))
    }
}

/// What is wrong, a sentence each.
fn wrong(metadata: &Value) -> Result<Vec<String>, String> {
    let packages = metadata["packages"]
        .as_array()
        .ok_or("`cargo metadata` does not say `packages`")?;
    let ours: Vec<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"]
            .as_str()
            .ok_or("`cargo metadata` has a package without name")?;
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!(
                "{name} has no place in ARROWS (xtask/src/arrows.rs)"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            if !ours.contains(&used) {
                continue;
            }
            let in_tests = dependency["kind"] == "dev";
            if in_tests && used == SANDBOX && name != SANDBOX {
                if dependency["req"] != "*" {
                    wrong.push(format!(
                        "{name}: the dev-dependency on {SANDBOX} has a version; write `{SANDBOX} = {{ path = \"../{SANDBOX}\" }}`"
                    ));
                }
            } else if !allowed.contains(&used) {
                wrong.push(format!(
                    "{name} may not use {used}; it may use {}",
                    listed(allowed)
                ));
            }
        }
    }
    Ok(wrong)
}

fn listed(allowed: &[&str]) -> String {
    if allowed.is_empty() {
        "none of our crates".to_owned()
    } else {
        allowed.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::wrong;

    fn house(name: &str, dependencies: &Value) -> Value {
        json!({ "packages": [
            { "name": name, "dependencies": dependencies },
            { "name": "gather-sandbox", "dependencies": [] },
            { "name": "gather-store", "dependencies": [{ "name": "serde", "kind": null, "req": "^1" }] },
        ] })
    }

    #[test]
    fn an_arrow_that_points_up_is_refused() {
        let up = json!([{ "name": "gather-store", "kind": null, "req": "^0.1.0" }]);
        let found = wrong(&house("gather-records", &up)).unwrap();
        assert_eq!(
            found,
            ["gather-records may not use gather-store; it may use none of our crates"]
        );
        assert_eq!(
            wrong(&house("gather-run", &up)).unwrap(),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_sandbox_is_for_tests_and_by_path_only() {
        let sandbox = |kind: Option<&str>, req: &str| json!([{ "name": "gather-sandbox", "kind": kind, "req": req }]);
        assert!(
            wrong(&house("gather", &sandbox(Some("dev"), "*")))
                .unwrap()
                .is_empty()
        );
        assert_eq!(
            wrong(&house("gather", &sandbox(Some("dev"), "^0.1.0")))
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            wrong(&house("gather", &sandbox(None, "*"))).unwrap().len(),
            1
        );
    }

    #[test]
    fn a_crate_without_a_place_is_refused() {
        let found = wrong(&house("gather-extra", &json!([]))).unwrap();
        assert_eq!(
            found,
            ["gather-extra has no place in ARROWS (xtask/src/arrows.rs)"]
        );
    }
}
