//! What the README shows is true: its configuration is one, and its commands do something.

use std::{fs, path::Path};

use crate::world::{Home, World};

fn readme() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join("README.md")).unwrap()
}

/// The code blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// A command line as a shell splits it, as far as the README needs: words, and words in single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn the_configuration_of_the_readme_is_right_but_for_keys_that_are_not_here() {
    let text = readme();
    let [toml] = &blocks(&text, "toml")[..] else {
        panic!("the README shows one configuration");
    };
    let home = Home::new();
    home.write("gather.toml", toml);
    let ended = home.gather(&["check"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    let all = format!("{}{}", ended.out, ended.err);
    assert!(
        all.contains("GUARDIAN_KEY") && all.contains("bank-token"),
        "{all}"
    );
    let listed = home.gather(&["sources", "--format", "json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 6, "{listed}");
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let world = World::new(|sandbox| sandbox);
    world.home.write(
        "feed.xml",
        "<rss version='2.0'><channel><item><title>One</title><guid>1</guid></item></channel></rss>",
    );
    world
        .home
        .write("answer.json", r#"[{"title": "One"}, {"title": "Two"}]"#);
    let text = readme();
    let lines: Vec<String> = blocks(&text, "sh")
        .iter()
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line == "gather" || line.starts_with("gather "))
        .collect();
    assert!(lines.len() >= 8, "{lines:?}");
    for line in lines {
        let words = words(&line);
        let args: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let ended = world.gather(&args);
        assert_eq!(ended.code, 0, "{line}: {ended:?}");
        // A search may find nothing; everything else has something to say.
        assert!(
            line.contains("--search") || !ended.out.is_empty(),
            "{line}: {ended:?}"
        );
    }
}
