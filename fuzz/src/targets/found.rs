//! Lists of feeds, and answers that nobody has declared yet.

use std::{fmt::Write as _, sync::LazyLock};

use gather_sources::{
    Config, opml,
    sniff::{Specimen, sniff},
    write,
};
use url::Url;

static ADDRESS: LazyLock<Url> = LazyLock::new(|| {
    "https://found.example/v1/list?api_key=k-1234567890&q=x"
        .parse()
        .expect("a constant address")
});

/// OPML: what is read is written, and read again as the same.
pub(super) fn list(input: &[u8]) -> Result<String, String> {
    let list = match opml::read(input) {
        Ok(list) => list,
        Err(error) => return Ok(error.to_string()),
    };
    let mut said = format!("{:?}\n", list.title);
    for feed in &list.feeds {
        if !matches!(feed.url.scheme(), "http" | "https") {
            return Err(format!("`{}` is no web address", feed.url));
        }
        let _ = writeln!(said, "{:?}", feed);
    }
    said.push_str(&list.refused.join("\n"));
    let written = write::opml("List", &list.feeds);
    let again = opml::read(written.as_bytes())
        .map_err(|error| format!("what was written cannot be read: {error}\n{written}"))?;
    let addresses = |list: &opml::Opml| -> Vec<Url> {
        let mut addresses: Vec<Url> = list.feeds.iter().map(|feed| feed.url.clone()).collect();
        addresses.sort();
        addresses
    };
    if addresses(&again) != addresses(&list) {
        return Err(format!(
            "other feeds are read from what was written:\n{written}"
        ));
    }
    Ok(said)
}

/// Any answer: what is proposed can be pasted, and holds no key.
pub(super) fn answer(input: &[u8]) -> Result<String, String> {
    let types = [
        None,
        Some("text/html; charset=iso-8859-1"),
        Some("application/json"),
    ];
    let found = sniff(&Specimen {
        url: &ADDRESS,
        final_url: &ADDRESS,
        content_type: types[input.len() % types.len()],
        links: &[],
        body: input,
        currency: None,
    });
    let mut said = format!("{}\n{}\n", found.what, found.notes.join("\n"));
    if let Some(proposal) = &found.proposal {
        let text = proposal.text("found");
        if text.contains("k-1234567890") {
            return Err(format!(
                "the key of the address is in the proposal:\n{text}"
            ));
        }
        Config::parse(&text, "fuzz.toml")
            .map_err(|errors| format!("the proposal is no configuration: {errors}\n{text}"))?;
        said.push_str(&text);
    }
    let _ = writeln!(said, "{} records", found.reading.records.len());
    Ok(said)
}
