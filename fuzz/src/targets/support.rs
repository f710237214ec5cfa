//! Sources to read answers with, and what is promised of every reading.

use std::fmt::Write as _;

use gather_records::Record;
use gather_sources::{Answer, Ask, Config, ReadError, Reading, Source};
use secrecy::SecretString;

/// The value of every secret.
pub(super) const SECRET: &str = "k-1234567";

/// The sources of a configuration, with a secret wherever one is named.
pub(super) fn sources(text: &str) -> Vec<Source> {
    let config = Config::parse(text, "fuzz.toml").expect("a constant text, read by every test");
    config.resolve(&|_| Ok(SecretString::from(SECRET))).sources
}

/// What the server answered, beside the body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) status: u16,
    pub(super) content_type: Option<&'a str>,
    pub(super) links: &'a [&'a str],
}

impl Head<'_> {
    pub(super) const OK: Self = Self {
        status: 200,
        content_type: None,
        links: &[],
    };
}

/// Reads one body with every step of every source.
pub(super) fn read_all(sources: &[Source], head: Head<'_>, body: &[u8]) -> Result<String, String> {
    let mut said = String::new();
    for source in sources {
        for ask in source.first_asks() {
            let result = read(source, &ask, head, body);
            told(&ask, &result, &mut said)?;
            // One level deeper, as an answer to what this one led to.
            if let Ok(reading) = &result
                && let Some(follow) = reading.follow.first()
            {
                told(follow, &read(source, follow, head, body), &mut said)?;
            }
        }
    }
    Ok(said)
}

fn read(source: &Source, ask: &Ask, head: Head<'_>, body: &[u8]) -> Result<Reading, ReadError> {
    let answer = Answer {
        status: head.status,
        content_type: head.content_type,
        links: head.links,
        final_url: ask.url(),
        body,
    };
    source.read(ask, &answer)
}

/// What a reading or its error says, checked.
fn told(asked: &Ask, result: &Result<Reading, ReadError>, said: &mut String) -> Result<(), String> {
    let mut words = String::new();
    match result {
        Ok(reading) => {
            for record in &reading.records {
                check(record)?;
                let line = serde_json::to_string(record)
                    .map_err(|error| format!("a record is no JSON: {error}"))?;
                said.push_str(&line);
                said.push('\n');
            }
            for ask in &reading.follow {
                let _ = writeln!(words, "follow {}", ask.redacted_url());
            }
            for rejected in &reading.rejected {
                let _ = writeln!(words, "row {}: {}", rejected.row, rejected.reason);
            }
            for warning in reading.warnings.iter().chain(&reading.provider_error) {
                let _ = writeln!(words, "{warning}");
            }
            let _ = writeln!(words, "skipped {}", reading.skipped);
        }
        Err(error) => {
            let text = format!("{:?}: {error} ({:?})", error.kind(), error.hint());
            if text.len() > 4_096 {
                return Err(format!("an error of {} bytes", text.len()));
            }
            words.push_str(&text);
            words.push('\n');
        }
    }
    // The server may say the key that it was sent.
    if !asked.secrets().is_empty() && words.contains(SECRET) {
        return Err(format!("a secret shows: {words}"));
    }
    said.push_str(&words);
    Ok(())
}

/// Numbers too large for a float are JSON all the same, so their values are not asked for.
pub(super) fn is_json(line: &str) -> Result<(), String> {
    serde_json::from_str::<serde::de::IgnoredAny>(line)
        .map(drop)
        .map_err(|error| format!("`{line}` is no JSON: {error}"))
}

/// What every record keeps, whatever it was read from.
fn check(record: &Record) -> Result<(), String> {
    let (id, texts) = match record {
        Record::Article(it) => (
            Some(&it.id),
            [&it.title, &it.author, &it.summary, &it.section].map(Option::as_ref),
        ),
        Record::Account(it) => (Some(&it.id), [Some(&it.name), None, None, None]),
        Record::Transaction(it) => (
            Some(&it.id),
            [it.description.as_ref(), it.category.as_ref(), None, None],
        ),
        Record::Budget(it) => (Some(&it.id), [Some(&it.category), None, None, None]),
        Record::Rate(_) => (None, [None; 4]),
    };
    if id.is_some_and(String::is_empty) {
        return Err(format!("a {} without an id", record.kind()));
    }
    for text in texts.into_iter().flatten() {
        if let Some(control) = text.chars().find(|c| c.is_control()) {
            return Err(format!("{control:?} is in a text of a {}", record.kind()));
        }
        if text.trim().is_empty() {
            return Err(format!("a text of a {} is there and blank", record.kind()));
        }
    }
    Ok(())
}
