//! The `Link` header that leads from page to page.

use std::{fmt::Write as _, sync::LazyLock};

use gather_sources::{Answer, Ask, Source};

use super::support::{SECRET, sources};

static PAGES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    sources(
        r#"
[source.pages]
url = "https://pages.example/list?page=1"
pages = { link = "next", max = 4 }
key = { env = "KEY" }
[source.pages.article]
id = ".id"
title = ".title"
"#,
    )
});

/// Each line is the header once more, on every page until there is none that follows.
pub(super) fn links(input: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(input);
    let links: Vec<&str> = text.lines().collect();
    let mut said = String::new();
    for source in PAGES.iter() {
        for first in source.first_asks() {
            follow(source, first, &links, &mut said)?;
        }
    }
    Ok(said)
}

fn follow(source: &Source, first: Ask, links: &[&str], said: &mut String) -> Result<(), String> {
    let mut ask = first;
    for page in 1.. {
        if page > 4 {
            return Err("more pages are asked for than are allowed".to_owned());
        }
        // Rows that were on no page before, or the walk ends for that reason.
        let body = format!("[{{\"id\":{page},\"title\":\"Page {page}\"}}]");
        let answer = Answer {
            status: 200,
            content_type: None,
            links,
            final_url: ask.url(),
            body: body.as_bytes(),
        };
        let reading = match source.read(&ask, &answer) {
            Ok(reading) => reading,
            Err(error) => return Err(format!("a sound page is refused: {error}")),
        };
        if reading.records.len() != 1 {
            return Err(format!(
                "{} records of a page with one",
                reading.records.len()
            ));
        }
        for warning in &reading.warnings {
            let _ = writeln!(said, "page {page}: {warning}");
        }
        if said.contains(SECRET) {
            return Err(format!("a secret shows: {said}"));
        }
        let mut next = reading.follow.into_iter();
        let Some(following) = next.next() else {
            return Ok(());
        };
        if next.next().is_some() {
            return Err("one header leads to several pages".to_owned());
        }
        if !matches!(following.url().scheme(), "http" | "https") {
            return Err(format!("`{}` is no web address", following.url()));
        }
        let _ = writeln!(said, "{}", following.redacted_url());
        ask = following;
    }
    Ok(())
}
