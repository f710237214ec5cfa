//! The feed: a story a line, and under it who brought it and when.

use gather_store::{Provenance, Story};

use super::{
    View, layout,
    style::{dim, link},
    time,
};
use crate::escape;

/// Stories, the newest first. With `links` the whole address stands under each.
pub(crate) fn feed(stories: &[Story], links: bool, view: &View) -> String {
    let mut text = String::new();
    for story in stories {
        let address = story.url.as_deref().filter(|url| is_safe(url));
        for line in layout::wrapped(&escape::line(&story.headline), "", "  ", view.width).lines() {
            match address {
                // A link on each line, so that none of them swallows the indent of the next.
                Some(address) if view.links => text.push_str(&link(address, line)),
                _ => text.push_str(line),
            }
            text.push('\n');
        }
        for line in layout::wrapped(&origin(story, view), "  ", "    ", view.width).lines() {
            text.push_str(&dim(line));
            text.push('\n');
        }
        if links && let Some(url) = &story.url {
            text.push_str(&dim(format!("  {}", escape::line(url))));
            text.push('\n');
        }
    }
    text
}

/// `harbour.example · guardian, hackernews (41 points, 3 comments) · 2 h`, without the sections where it is too long.
fn origin(story: &Story, view: &View) -> String {
    let line = |with_section: bool| {
        let sources: Vec<String> = story
            .provenances
            .iter()
            .map(|one| provenance(one, with_section))
            .collect();
        let mut parts = Vec::new();
        parts.extend(story.url.as_deref().and_then(host));
        parts.push(sources.join(", "));
        parts.push(time::age(
            story.published_at.unwrap_or(story.first_seen),
            view,
        ));
        parts.join(" · ")
    };
    let full = line(true);
    if layout::width(&full) + 2 <= view.width {
        full
    } else {
        line(false)
    }
}

fn provenance(one: &Provenance, with_section: bool) -> String {
    let count = |count: Option<i64>, word: &str| {
        let count = count?;
        Some(format!(
            "{count} {word}{}",
            if count == 1 { "" } else { "s" }
        ))
    };
    let mut about: Vec<String> = Vec::new();
    if with_section && let Some(section) = &one.section {
        about.push(escape::line(section).trim().to_owned());
    }
    about.extend(count(one.score, "point"));
    about.extend(count(one.comments, "comment"));
    about.retain(|part| !part.is_empty());
    let name = escape::line(&one.source);
    if about.is_empty() {
        name.into_owned()
    } else {
        format!("{name} ({})", about.join(", "))
    }
}

fn host(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    let host = url.host_str()?;
    Some(escape::line(host.strip_prefix("www.").unwrap_or(host)).into_owned())
}

/// Whether an address can stand in a link of the terminal and leads to a page.
fn is_safe(address: &str) -> bool {
    let web = address.starts_with("https://") || address.starts_with("http://");
    web && address.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn view() -> View {
        View {
            width: 80,
            now: "2026-11-20T09:00:00Z".parse().unwrap(),
            zone: TimeZone::UTC,
            links: false,
        }
    }

    fn article(source: &str, score: Option<i64>, comments: Option<i64>) -> Provenance {
        Provenance {
            source: source.to_owned(),
            id: "1".to_owned(),
            title: None,
            url: None,
            section: None,
            author: None,
            score,
            comments,
            published_at: None,
            first_seen: view().now,
            updated_at: view().now,
        }
    }

    fn story() -> Story {
        Story {
            id: 1,
            headline: "Ferry line adds night sailing".to_owned(),
            url: Some("https://www.harbour.example/a?b=1".to_owned()),
            summary: None,
            published_at: Some("2026-11-20T07:00:00Z".parse().unwrap()),
            first_seen: view().now,
            aliases: Vec::new(),
            marks: None,
            cursor: "0.0".parse().unwrap(),
            content: None,
            provenances: vec![
                article("guardian", None, None),
                article("hackernews", Some(41), Some(1)),
            ],
        }
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_story_says_where_it_is_from_and_how_old_it_is() {
        assert_eq!(
            plain(&feed(&[story()], false, &view())),
            "Ferry line adds night sailing\n  \
             harbour.example · guardian, hackernews (41 points, 1 comment) · 2 h\n"
        );
    }

    #[test]
    fn a_title_is_only_a_link_where_its_address_is_harmless() {
        let mut view = view();
        view.links = true;
        assert!(
            feed(&[story()], false, &view)
                .contains("\u{1b}]8;;https://www.harbour.example/a?b=1\u{1b}\\Ferry")
        );
        for address in [
            "https://a.example/\u{1b}\\x",
            "javascript:alert(1)",
            "https://a.example/ x",
        ] {
            let mut story = story();
            story.url = Some(address.to_owned());
            assert!(
                !feed(&[story], true, &view).contains("\u{1b}]8;;"),
                "{address:?}"
            );
        }
    }

    #[test]
    fn what_a_server_sends_does_not_act_on_the_terminal() {
        let mut story = story();
        story.headline = "a\u{1b}[2Jb \u{202e}c".to_owned();
        story.provenances[0].section = Some("x\u{1b}]0;t\u{7}".to_owned());
        let text = feed(&[story], true, &view());
        assert!(text.contains("a\\u{1b}[2Jb \\u{202e}c"), "{text}");
        assert!(
            !text.contains("\u{1b}[2J")
                && !text.contains("\u{1b}]0;")
                && !text.contains('\u{202e}')
        );
    }
}
