//! A name for a source: short, typed without quotes, and no other source's.

use url::{Host, Url};

/// Parts of a host's name that say nothing about who it is.
const GENERIC: &[&str] = &[
    "www", "feeds", "feed", "rss", "api", "blog", "m", "xml", "static", "content", "open",
    "public", "data",
];
const LONGEST: usize = 40;

/// A name made of the host of an address: `lwn` for `https://lwn.net/headlines/rss`.
#[must_use]
pub fn source_name(url: &Url) -> String {
    let Some(Host::Domain(domain)) = url.host() else {
        return "source".to_owned();
    };
    let labels: Vec<&str> = domain
        .split('.')
        .filter(|label| !label.is_empty())
        .collect();
    // Without the top level, and without the second in `co.uk`.
    let top = match &labels[..] {
        [.., second, top] if labels.len() > 2 && second.len() <= 3 && top.len() == 2 => 2,
        [_] => 0,
        _ => 1,
    };
    let own = &labels[..labels.len() - top];
    let label = own
        .iter()
        .find(|label| !GENERIC.contains(label))
        .or(own.last());
    slug(label.copied().unwrap_or_default()).unwrap_or_else(|| "source".to_owned())
}

/// A name that is not taken, made of a title or anything else: lower case, words joined by `-`, a number behind it where
/// it is not the first.
#[must_use]
pub fn free_name(wish: &str, taken: &dyn Fn(&str) -> bool) -> String {
    let stem = slug(wish).unwrap_or_else(|| "source".to_owned());
    if !taken(&stem) {
        return stem;
    }
    // Some number is free, since only so many names are taken.
    (2_u64..)
        .map(|number| format!("{stem}-{number}"))
        .find(|name| !taken(name))
        .unwrap_or(stem)
}

fn slug(text: &str) -> Option<String> {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if slug.chars().count() >= LONGEST {
            break;
        }
        if c.is_alphanumeric() {
            slug.push(c);
        } else if matches!(c, '\'' | '’') {
            // One word: `today's`.
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_gives_the_name() {
        let name = |url: &str| source_name(&Url::parse(url).unwrap());
        assert_eq!(name("https://lwn.net/headlines/rss"), "lwn");
        assert_eq!(name("https://feeds.arstechnica.com/x"), "arstechnica");
        assert_eq!(name("https://www.bbc.co.uk/x"), "bbc");
        assert_eq!(name("https://blog.rust-lang.org/feed.xml"), "rust-lang");
        assert_eq!(name("https://ada.github.io/atom.xml"), "ada");
        assert_eq!(name("http://localhost:8080/"), "localhost");
        assert_eq!(name("http://127.0.0.1/"), "source");
        assert_eq!(name("https://api.example.com/"), "example");
        assert_eq!(name("https://feeds.net/"), "feeds");
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = |name: &str| matches!(name, "the-blog" | "the-blog-2");
        assert_eq!(free_name("The  Blog!", &taken), "the-blog-3");
        assert_eq!(free_name("Новости дня", &taken), "новости-дня");
        assert_eq!(free_name("…", &taken), "source");
        assert_eq!(free_name(&"x".repeat(300), &taken).len(), LONGEST);
    }
}
