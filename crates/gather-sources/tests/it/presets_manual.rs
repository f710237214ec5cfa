//! The manual's pages about presets say what the presets do, and what can be pasted works.

use std::{collections::BTreeSet, fs, path::PathBuf};

use gather_sources::{Config, Source};

use crate::support::{config, secret};

/// A page of `docs/manual/sources`: the presets that its title names, and its text.
struct Page {
    file: String,
    presets: Vec<String>,
    text: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/manual/sources")
}

fn pages() -> Vec<Page> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder()).expect("the manual is part of the repository") {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        if file == "README.md" || !file.ends_with(".md") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let title = text.lines().next().unwrap_or_default().to_owned();
        let presets = title
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        pages.push(Page {
            file,
            presets,
            text,
        });
    }
    pages
}

/// The TOML blocks of a page.
fn blocks(text: &str) -> Vec<&str> {
    text.split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or(rest))
        .collect()
}

/// The second cell of the row that begins with this word, without its backticks.
fn cell<'a>(page: &'a Page, name: &str) -> Option<&'a str> {
    let start = format!("| {name} | ");
    let row = page
        .text
        .lines()
        .find_map(|line| line.strip_prefix(&start))?;
    row.split(" |").next()?.split('`').nth(1)
}

/// A source of that preset, with what it cannot do without.
fn with(preset: &str, more: &str) -> Config {
    let needed = match preset {
        "feed" => "url = \"https://f.example/rss\"",
        "json-bank" => "base = \"https://b.example\"\ncurrency = \"EUR\"",
        _ => "",
    };
    config(&format!(
        "[source.x]\npreset = \"{preset}\"\n{needed}\n{more}\n\
         params = {{ repo = \"acme/gizmo\", sub = \"handtools\", lat = \"1\", lon = \"2\" }}\n"
    ))
}

fn ready(config: &Config, with_key: bool) -> Source {
    let mut resolved = if with_key {
        config.resolve(&secret)
    } else {
        config.resolve(&|_| Err("is not set".to_owned()))
    };
    resolved.sources.remove(0)
}

#[test]
fn every_preset_has_its_page_and_its_line_in_the_index() {
    let pages = pages();
    let mut told: Vec<&str> = pages
        .iter()
        .flat_map(|page| page.presets.iter().map(String::as_str))
        .collect();
    told.sort_unstable();
    let presets: Vec<&str> = gather_sources::presets()
        .map(|preset| preset.name)
        .collect();
    assert_eq!(told, presets);
    let index = fs::read_to_string(folder().join("README.md")).unwrap();
    for page in &pages {
        assert_eq!(page.file, format!("{}.md", page.presets[0]));
        assert!(
            index.contains(&format!("[`{}`]({})", page.presets[0], page.file)),
            "{}",
            page.file
        );
    }
}

#[test]
fn every_declaration_in_the_manual_can_be_pasted() {
    let index = fs::read_to_string(folder().join("README.md")).unwrap();
    let mut found = 0;
    for page in pages() {
        assert!(!blocks(&page.text).is_empty(), "{}: no example", page.file);
        for block in blocks(&page.text) {
            found += 1;
            let parsed = Config::parse(block, &page.file)
                .unwrap_or_else(|errors| panic!("{}: {errors}", page.file));
            let used: BTreeSet<_> = parsed
                .declarations()
                .filter_map(|declaration| declaration.preset())
                .collect();
            assert!(
                used.is_empty()
                    || page.presets.iter().any(|name| used.contains(name.as_str()))
                    || page.file == "feed.md",
                "{}: an example of something else",
                page.file
            );
        }
    }
    for block in blocks(&index) {
        config(block);
    }
    assert!(found >= pages().len());
}

#[test]
fn what_a_page_says_about_quotas_and_pauses_is_what_the_preset_does() {
    for page in pages() {
        let quota = cell(&page, "quota").unwrap_or_else(|| panic!("{}: no quota", page.file));
        let every = cell(&page, "asked every").unwrap_or_else(|| panic!("{}: no pause", page.file));
        for preset in &page.presets {
            let plain = with(preset, "");
            let told = with(preset, &format!("every = \"{every}\""));
            assert_eq!(
                plain.declarations().next().unwrap().every(),
                told.declarations().next().unwrap().every(),
                "{preset}: every"
            );
            let key = plain.declarations().next().unwrap().key().is_some();
            let optional = plain.declarations().next().unwrap().key_is_optional();
            let told = with(preset, &format!("quota = {quota}"));
            assert_eq!(
                ready(&plain, key && !optional).manners(),
                ready(&told, key && !optional).manners(),
                "{preset}: quota"
            );
            if optional {
                let quota = cell(&page, "quota with a key").unwrap();
                let told = with(preset, &format!("quota = {quota}"));
                assert_eq!(
                    ready(&plain, true).manners(),
                    ready(&told, true).manners(),
                    "{preset}: quota with a key"
                );
            }
            let in_flight = cell(&page, "in flight").and_then(|text| text.parse().ok());
            assert_eq!(
                ready(&plain, key).manners()[0].in_flight,
                in_flight,
                "{preset}: in flight"
            );
        }
    }
}

#[test]
fn every_error_that_a_preset_knows_is_in_its_page() {
    let pages = pages();
    for preset in gather_sources::presets() {
        let page = pages
            .iter()
            .find(|page| page.presets.iter().any(|name| name == preset.name))
            .unwrap();
        let declaration: toml::Table = preset.text.parse().unwrap();
        let errors = declaration
            .get("errors")
            .and_then(|errors| errors.as_table());
        for (code, meaning) in errors.into_iter().flatten() {
            assert!(
                page.text.contains(&format!("`{code}`")),
                "{}: {code}",
                page.file
            );
            // A word of what it means stands in the same row, for who reads the table.
            let means = meaning["means"].as_str().unwrap();
            let row = page
                .text
                .lines()
                .find(|line| line.starts_with('|') && line.contains(&format!("`{code}`")));
            if let Some(row) = row {
                assert!(
                    row.contains(&format!("| {means} |")),
                    "{}: {row}",
                    page.file
                );
            }
            assert!(
                meaning.get("hint").is_some() || means != "request" || code == "corsNotAllowed",
                "{code}: no hint"
            );
        }
    }
}
