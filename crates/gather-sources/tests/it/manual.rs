//! The page about the language says what the language is: its examples can be used, its keys are all there.

use gather_sources::Config;

use crate::support::config;

const PAGE: &str = include_str!("../../../../docs/manual/declarations.md");

/// The TOML examples of the page.
fn examples() -> Vec<&'static str> {
    PAGE.split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```").map(|(example, _)| example))
        .collect()
}

#[test]
fn every_example_can_be_used() {
    let examples = examples();
    assert!(examples.len() >= 10);
    for example in examples {
        let sources = config(example).declarations().count();
        assert!(sources >= 1, "{example}");
    }
}

/// The keys that an error message lists as known in this place.
fn known(text: &str) -> Vec<String> {
    let errors = Config::parse(text, "gather.toml").unwrap_err();
    let help = errors
        .errors
        .iter()
        .filter_map(|error| error.help.as_deref())
        .find_map(|help| help.strip_prefix("known here: "))
        .unwrap_or_else(|| panic!("{errors}"));
    help.split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_is_explained() {
    let wrong = "qqqqqqqqqqqqqqqq";
    let mut keys = Vec::new();
    for place in [
        format!("{wrong} = 1"),
        format!("[settings]\n{wrong} = 1"),
        format!("[host.\"https://h.example\"]\n{wrong} = 1"),
        format!("[source.a]\n{wrong} = 1"),
        format!("[source.a.step.b]\n{wrong} = 1"),
        format!("[source.a]\nkey = {{ {wrong} = 1 }}"),
        format!("[source.a]\nauth = {{ {wrong} = \"x\" }}"),
        format!("[source.a]\nauth = {{ oauth2 = {{ {wrong} = 1 }} }}"),
        format!("[source.a]\nfollow = {{ {wrong} = 1 }}"),
        format!("[source.a]\npages = {{ {wrong} = 1 }}"),
        format!("[source.a]\ncsv = {{ {wrong} = 1 }}"),
        format!("[source.a]\nquota = {{ {wrong} = 1 }}"),
        format!("[source.a.errors]\nx = {{ {wrong} = 1 }}"),
        format!("[source.a.article]\n{wrong} = 1"),
        format!("[source.a.account]\n{wrong} = 1"),
        format!("[source.a.transaction]\n{wrong} = 1"),
        format!("[source.a.budget]\n{wrong} = 1"),
        format!("[source.a.rate]\n{wrong} = 1"),
        format!("[server]\n{wrong} = 1"),
        format!("[server]\ntls = {{ {wrong} = 1 }}"),
        format!("[retention]\n{wrong} = 1"),
        format!("[[rule]]\n{wrong} = 1"),
        format!("[budget.a]\n{wrong} = 1"),
    ] {
        keys.extend(known_or_in_words(&place));
    }
    keys.sort_unstable();
    keys.dedup();
    assert!(keys.len() > 60, "{keys:?}");
    for key in keys {
        let named = [
            format!("`{key}`"),
            format!("`[{key}]`"),
            format!("`[[{key}]]`"),
            format!("`{key} ="),
            format!("{{ {key} ="),
            format!("[{key}."),
            format!("`{{ {key} ="),
            format!(", {key} ="),
        ];
        assert!(
            named.iter().any(|form| PAGE.contains(form.as_str())),
            "`{key}` is not explained"
        );
    }
}

/// A value that is told wrong in words of its own does not list keys apart.
fn known_or_in_words(place: &str) -> Vec<String> {
    if place.contains("quota = {") {
        let error = Config::parse(place, "gather.toml").unwrap_err().to_string();
        assert!(
            error.contains("requests") && error.contains("per"),
            "{error}"
        );
        return vec!["requests".to_owned(), "per".to_owned()];
    }
    known(place)
}

#[test]
fn the_table_of_xml_is_what_xml_becomes() {
    let rows: Vec<(&str, &str)> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `<"))
        .filter_map(|line| line.strip_suffix("` |")?.split_once("` | `"))
        .collect();
    assert!(rows.len() >= 6);
    for (xml, json) in rows {
        for xml in format!("<{xml}").split("`, `") {
            let parsed = gather_sources::parse(xml.as_bytes(), None, None).unwrap();
            let found: serde_json::Value = serde_json::from_str(&parsed.lines[0]).unwrap();
            let told: serde_json::Value = serde_json::from_str(json).unwrap();
            assert_eq!(found, told, "{xml}");
        }
    }
}
