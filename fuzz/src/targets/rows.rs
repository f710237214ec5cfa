//! Answers that a mapping reads: JSON, NDJSON, CSV and XML, with every kind of record.

use std::sync::LazyLock;

use gather_sources::Source;

use super::support::{Head, read_all, sources};

/// Mappings of all kinds of record; `FORMAT` is replaced.
const DECLARATIONS: &str = r#"
[source.news]
url = "https://news.example/list"
format = "FORMAT"
[source.news.article]
each = 'if type == "array" then .[] else (.items? // .rows? // .)[]? end'
where = '.hidden != true'
id = ".id"
title = ".title"
url = ".url"
published_at = ".published_at"
author = ".author"
summary = ".summary // .text"
section = ".section"
score = ".score"
comments = ".comments"

[source.bank]
url = "https://bank.example/list"
format = "FORMAT"
[source.bank.transaction]
id = ".id"
amount = ".amount"
currency = ".currency"
date = ".date"
description = ".description"
pending = ".pending"
negate = true
scale = 2

[source.accounts]
url = "https://bank.example/accounts"
format = "FORMAT"
currency = "EUR"
[source.accounts.account]
id = ".id"
name = ".name // .title"
balance = ".amount"
as_of = ".date"

[source.rates]
url = "https://rates.example/list"
format = "FORMAT"
[source.rates.rate]
base = ".currency"
quote = '"EUR"'
date = ".date"
rate = ".amount"
"#;

static JSON: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let more = r#"
[source.followed]
url = "https://news.example/ids"
follow = { each = ".items[]?.id", url = "https://news.example/item/{}" }
key = { env = "KEY" }
error = 'select(.status == "error") | { code, message }'
[source.followed.article]
id = ".id"
title = ".title"
"#;
    sources(&format!("{}{more}", DECLARATIONS.replace("FORMAT", "json")))
});
static NDJSON: LazyLock<Vec<Source>> =
    LazyLock::new(|| sources(&DECLARATIONS.replace("FORMAT", "ndjson")));
static CSV: LazyLock<Vec<Source>> =
    LazyLock::new(|| sources(&DECLARATIONS.replace("FORMAT", "csv")));
static XML: LazyLock<Vec<Source>> =
    LazyLock::new(|| sources(&DECLARATIONS.replace("FORMAT", "xml")));

pub(super) fn json(input: &[u8]) -> Result<String, String> {
    let good = read_all(&JSON, Head::OK, input)?;
    // The same text as the body of a refusal.
    let status = [400, 401, 403, 404, 429, 500][input.len() % 6];
    let refused = read_all(&JSON, Head { status, ..Head::OK }, input)?;
    Ok(good + &refused)
}

pub(super) fn ndjson(input: &[u8]) -> Result<String, String> {
    read_all(&NDJSON, Head::OK, input)
}

pub(super) fn csv(input: &[u8]) -> Result<String, String> {
    let head = Head {
        content_type: Some("text/csv; charset=utf-8"),
        ..Head::OK
    };
    read_all(&CSV, head, input)
}

pub(super) fn xml(input: &[u8]) -> Result<String, String> {
    read_all(&XML, Head::OK, input)
}
