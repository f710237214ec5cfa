//! What every module here needs: a source out of a few lines, and an answer for it.

use gather_records::Record;
use gather_sources::{Answer, Ask, Config, ReadError, Reading, SecretRef, Source};
use secrecy::SecretString;
use url::Url;

/// Every secret is `secret-NAME`.
pub(crate) fn secret(reference: &SecretRef) -> Result<SecretString, String> {
    match reference {
        SecretRef::Env(name) => Ok(format!("secret-{name}").into()),
        other => Err(format!("no {other} in this test")),
    }
}

pub(crate) fn config(text: &str) -> Config {
    Config::parse(text, "gather.toml").unwrap_or_else(|errors| panic!("{errors}"))
}

/// The only source of a configuration.
pub(crate) fn source(text: &str) -> Source {
    let mut resolved = config(text).resolve(&secret);
    assert!(resolved.unready.is_empty(), "{:?}", resolved.unready);
    assert_eq!(resolved.sources.len(), 1);
    resolved.sources.remove(0)
}

pub(crate) fn ask(source: &Source, step: &str) -> Ask {
    source
        .first_asks()
        .into_iter()
        .find(|ask| ask.step() == step)
        .unwrap()
}

pub(crate) fn answer(
    source: &Source,
    ask: &Ask,
    status: u16,
    body: &str,
) -> Result<Reading, ReadError> {
    let final_url: Url = ask.url().clone();
    source.read(
        ask,
        &Answer {
            status,
            content_type: None,
            links: &[],
            final_url: &final_url,
            body: body.as_bytes(),
        },
    )
}

/// What the first request of a source's only step makes of a body.
pub(crate) fn read(source: &Source, body: &str) -> Result<Reading, ReadError> {
    answer(source, &source.first_asks()[0], 200, body)
}

/// Records as JSON, one a line: easy to compare.
pub(crate) fn lines(records: &[Record]) -> String {
    records
        .iter()
        .map(|record| serde_json::to_string(record).unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A source of articles: an array of rows.
pub(crate) const PLAIN: &str = r#"
[source.plain]
url = "https://plain.example/list"
[source.plain.article]
each = ".items[]"
id = ".id"
title = ".title"
published_at = ".date"
score = ".score"
"#;
