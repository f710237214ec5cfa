//! jq expressions: compiled whatever they are, run where they build nothing without end on purpose.

use std::ops::ControlFlow;

use gather_sources::{Config, Selector};

use super::support::is_json;

/// Expressions that may build what they like, as long as they like: their writer runs them on their own machine.
const ENDLESS: &[&str] = &[
    "range",
    "repeat",
    "recurse",
    "until",
    "while",
    "limit",
    "def",
    "reduce",
    "foreach",
    "*",
    "..",
    "combinations",
    "paths",
    "walk",
    "env",
    "splits",
    "scan",
    "sub",
    "test",
    "match",
    "capture",
    "pad",
    "implode",
    "tojson",
    "@",
    "join",
    "+",
    "label",
    "inputs",
    "path",
    "leaf",
    "|=",
    "error",
];

const DOCUMENT: &[u8] =
    br#"{"id":1,"title":"a \u00e9","tags":["x","y"],"items":[{"id":"7","n":0.10},{"n":null}]}"#;

/// The most outputs that are looked at.
const MOST: usize = 1_000;

pub(super) fn jq(input: &[u8]) -> Result<String, String> {
    let expression = String::from_utf8_lossy(input);
    let mut said = declared(&expression);
    let selector = match Selector::compile(&expression) {
        Ok(selector) => selector,
        Err(error) => {
            said.push_str(&error.to_string());
            return Ok(said);
        }
    };
    if expression.len() > 2_000 || ENDLESS.iter().any(|word| expression.contains(word)) {
        said.push_str("compiles");
        return Ok(said);
    }
    let mut outputs = 0;
    let mut broken = None;
    let ran = selector.run(DOCUMENT, &mut |line| {
        outputs += 1;
        if let Err(reason) = is_json(&line) {
            broken = Some(reason);
        }
        said.push_str(&line);
        said.push('\n');
        match outputs < MOST {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    if let Some(broken) = broken {
        return Err(broken);
    }
    if let Err(error) = ran {
        said.push_str(&error.to_string());
    }
    Ok(said)
}

/// What a configuration says of the same expression as one of its fields.
fn declared(expression: &str) -> String {
    if expression.contains("'''") || expression.contains('\r') {
        return String::new();
    }
    let text = format!(
        "[source.a]\nurl = \"https://a.example/\"\n[source.a.article]\nid = '''{expression}'''\n"
    );
    match Config::parse(&text, "fuzz.toml") {
        Ok(_) => "declared\n".to_owned(),
        Err(errors) => format!("{errors}\n"),
    }
}
