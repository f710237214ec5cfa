//! What every module here needs: a source out of a few lines, and an answer for it.

use gather_records::Record;
use gather_sources::{Answer, Ask, Config, ReadError, Reading, SecretRef, Source};
use secrecy::SecretString;
use url::Url;

/// Every secret is `secret-NAME`; what is in the vault is an access URL.
pub(crate) fn secret(reference: &SecretRef) -> Result<SecretString, String> {
    match reference {
        SecretRef::Env(name) => Ok(format!("secret-{name}").into()),
        SecretRef::Vault { source, .. } => {
            Ok(format!("https://robin-{source}:word-{source}@bridge.example/simplefin").into())
        }
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

/// What came of asking a simulated server until nothing was left to ask.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Path and query of each request, in the order they were made.
    pub(crate) asked: Vec<String>,
    /// The ids of all articles, in the order they came.
    pub(crate) ids: Vec<String>,
    pub(crate) warnings: Vec<String>,
    pub(crate) errors: Vec<String>,
}

/// One answer of a simulated server.
pub(crate) struct Served {
    pub(crate) status: u16,
    pub(crate) links: Vec<String>,
    pub(crate) body: String,
}

pub(crate) fn served(body: impl Into<String>) -> Served {
    Served {
        status: 200,
        links: Vec::new(),
        body: body.into(),
    }
}

/// Asks everything a source wants to ask, breadth first; each request goes through its plan on the way.
pub(crate) fn walk(source: &Source, serve: impl Fn(&Url) -> Served) -> Walk {
    let mut walk = Walk::default();
    let mut open: std::collections::VecDeque<Ask> = source.first_asks().into();
    while let Some(ask) = open.pop_front() {
        assert!(walk.asked.len() < 2_000, "this walk has no end");
        let ask = source.ask_again(&ask.plan()).unwrap();
        walk.asked
            .push(ask.url()[url::Position::BeforePath..].to_owned());
        let Served {
            status,
            links,
            body,
        } = serve(ask.url());
        let links: Vec<&str> = links.iter().map(String::as_str).collect();
        let answer = Answer {
            status,
            content_type: None,
            links: &links,
            final_url: ask.url(),
            body: body.as_bytes(),
        };
        match source.read(&ask, &answer) {
            Ok(reading) => {
                walk.ids
                    .extend(reading.records.iter().map(|record| match record {
                        Record::Article(article) => article.id.clone(),
                        other => format!("{other:?}"),
                    }));
                walk.warnings.extend(reading.warnings);
                open.extend(reading.follow);
            }
            Err(error) => walk.errors.push(error.to_string()),
        }
    }
    walk
}

/// A parameter of an address.
pub(crate) fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
}
