//! Texts that are one value, and the configuration file.

use std::sync::LazyLock;

use gather_records::canonical_url;
use gather_sources::{Config, Source};
use secrecy::SecretString;
use serde_json::json;
use url::Url;

use super::support::{Head, SECRET, read_all, sources};

static ROWS: LazyLock<Vec<Source>> = LazyLock::new(|| {
    sources(
        r#"
[source.rows]
url = "https://rows.example/list"
[source.rows.article]
id = ".id"
published_at = ".date"
[source.days]
url = "https://days.example/list"
currency = "EUR"
[source.days.transaction]
id = ".id"
amount = "1"
date = ".date"
"#,
    )
});

static FEED: LazyLock<Vec<Source>> =
    LazyLock::new(|| sources("[source.feed]\nfeed = \"https://feed.example/\"\n"));

static GRANT: LazyLock<Vec<Source>> = LazyLock::new(|| {
    sources(
        r#"
[source.grant]
url = "https://api.example/list"
key = { env = "KEY" }
auth = { oauth2 = { token = "https://api.example/token", id = "me" } }
[source.grant.article]
id = ".id"
"#,
    )
});

/// One text as the date of a row, of a day, and of an item in a feed.
pub(super) fn dates(input: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(input);
    let mut rows = vec![json!({ "id": 1, "date": text })];
    if let Ok(number) = serde_json::from_str::<serde_json::Number>(&text) {
        rows.push(json!({ "id": 2, "date": number }));
    }
    let mut said = read_all(&ROWS, Head::OK, json!(rows).to_string().as_bytes())?;
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let rss = format!(
        "<rss version=\"2.0\"><channel><item><guid>1</guid><pubDate>{escaped}</pubDate></item></channel></rss>"
    );
    said.push_str(&read_all(&FEED, Head::OK, rss.as_bytes())?);
    Ok(said)
}

/// The key of a story: the same again when it is made of itself.
pub(super) fn urls(input: &[u8]) -> Result<String, String> {
    let Ok(url) = Url::parse(&String::from_utf8_lossy(input)) else {
        return Ok("no address".to_owned());
    };
    let key = canonical_url(&url);
    if url.has_host() && matches!(url.scheme(), "http" | "https") {
        let again = Url::parse(&format!("https://{key}"))
            .map_err(|error| format!("`{key}` is no address any more: {error}"))?;
        if canonical_url(&again) != key {
            return Err(format!(
                "the key of `{key}` is another, `{}`",
                canonical_url(&again)
            ));
        }
    }
    Ok(key)
}

/// A configuration file.
pub(super) fn config(input: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(input);
    let config = match Config::parse(&text, "fuzz.toml") {
        Ok(config) => config,
        Err(errors) => return Ok(errors.to_string()),
    };
    let resolved = config.resolve(&|secret| match secret.to_string().len() % 3 {
        0 => Err("is not set".to_owned()),
        _ => Ok(SecretString::from(SECRET)),
    });
    let mut said = format!("{:?}\n", config.manners(&resolved.sources));
    for unready in &resolved.unready {
        said.push_str(&format!("{}: {}\n", unready.source, unready.reason));
    }
    for source in &resolved.sources {
        for ask in source.first_asks() {
            said.push_str(&format!("{ask:?}\n"));
        }
    }
    if said.contains(SECRET) {
        return Err(format!("a secret shows: {said}"));
    }
    Ok(said)
}

/// The answer of a server that gives tokens.
pub(super) fn token(input: &[u8]) -> Result<String, String> {
    let mut said = String::new();
    for source in GRANT.iter() {
        for status in [200, 400] {
            let read = source.read_token(status, input);
            let text = match &read {
                Ok(token) => format!("a token that lives {:?}\n", token.lives),
                Err(error) => format!("{:?}: {error}\n", error.kind()),
            };
            if text.contains(SECRET) {
                return Err(format!("a secret shows: {text}"));
            }
            said.push_str(&text);
        }
    }
    Ok(said)
}
