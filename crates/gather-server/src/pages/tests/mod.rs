//! Every page rendered with invented data, and filled from a store: what holds for all of them.

mod filled;
mod invented;
mod palette;

use askama::Template;

/// Each page with a name.
fn pages() -> Vec<(&'static str, String)> {
    let mut pages = vec![
        ("today", render(&invented::today())),
        ("today-first", render(&invented::first(false))),
        ("today-loading", render(&invented::first(true))),
        ("today-empty", render(&invented::nothing_today())),
        ("news", render(&invented::news(""))),
        ("news-search", render(&invented::news("night ferr"))),
        ("news-empty", render(&invented::no_news())),
        ("money", render(&invented::money_page())),
        ("account", render(&invented::account_page())),
        ("transactions", render(&invented::transactions_page())),
        ("transactions-empty", render(&invented::no_transactions())),
        ("budgets", render(&invented::budgets_page())),
        ("review", render(&invented::review_page(false))),
        ("review-empty", render(&invented::review_page(true))),
        ("runs", render(&invented::runs())),
        ("runs-empty", render(&invented::no_runs())),
        ("run", render(&invented::run_page())),
        ("sources", render(&invented::sources())),
        ("sources-empty", render(&invented::no_sources())),
        ("source", render(&invented::source_page())),
        ("settings", render(&invented::settings())),
        ("login", render(&invented::login(false))),
        ("login-refused", render(&invented::login(true))),
        ("login-nobody", render(&invented::nobody())),
        ("setup", render(&invented::setup())),
    ];
    for (name, status) in [
        ("failure-403", 403),
        ("failure-404", 404),
        ("failure-429", 429),
        ("failure-500", 500),
        ("failure-503", 503),
    ] {
        pages.push((name, render(&invented::failure(status))));
    }
    pages.extend(filled::pages());
    pages
}

fn render(page: &impl Template) -> String {
    page.render().unwrap()
}

/// The opening tags of a page.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<')
        .skip(1)
        .filter_map(|rest| Some(&rest[..rest.find('>')?]))
        .filter(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// The value of an attribute in an opening tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

#[test]
fn nothing_on_a_page_needs_inline_script_or_style_or_another_origin() {
    for (name, page) in pages() {
        for tag in tags(&page) {
            assert_eq!(attribute(tag, "style"), None, "{name}: {tag}");
            let handler = tag.split(" on").skip(1).any(|rest| {
                rest.split_once("=\"")
                    .is_some_and(|(name, _)| name.chars().all(char::is_alphabetic))
            });
            assert!(!handler, "{name}: {tag}");
            if tag.starts_with("script") {
                assert!(attribute(tag, "src").is_some(), "{name}: {tag}");
            }
            for place in ["src", "action"] {
                if let Some(address) = attribute(tag, place) {
                    assert!(address.starts_with('/'), "{name}: {tag}");
                }
            }
            if tag.starts_with("link") {
                assert!(
                    attribute(tag, "href").unwrap().starts_with('/'),
                    "{name}: {tag}"
                );
            }
        }
        assert!(!page.contains("<style"), "{name}");
    }
}

#[test]
fn links_that_leave_take_nothing_along() {
    for (name, page) in pages() {
        for tag in tags(&page).filter(|tag| tag.starts_with("a ")) {
            let href = attribute(tag, "href").unwrap_or_else(|| panic!("{name}: {tag}"));
            if !href.starts_with('/') && !href.starts_with('#') {
                assert!(
                    href.starts_with("https://") || href.starts_with("http://"),
                    "{name}: {tag}"
                );
                assert_eq!(
                    attribute(tag, "rel"),
                    Some("noopener noreferrer"),
                    "{name}: {tag}"
                );
            }
        }
    }
}

#[test]
fn headings_go_down_one_level_at_a_time_from_one_first() {
    for (name, page) in pages() {
        let levels: Vec<u32> = tags(&page)
            .filter_map(|tag| tag.strip_prefix('h')?.chars().next()?.to_digit(10))
            .collect();
        let firsts = levels.iter().filter(|level| **level == 1).count();
        assert_eq!(firsts, 1, "{name}: {levels:?}");
        assert_eq!(levels[0], 1, "{name}: {levels:?}");
        for pair in levels.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{name}: {levels:?}");
        }
    }
}

#[test]
fn an_id_is_given_once_and_what_is_named_is_there() {
    for (name, page) in pages() {
        let mut ids: Vec<&str> = tags(&page).filter_map(|tag| attribute(tag, "id")).collect();
        ids.sort_unstable();
        for pair in ids.windows(2) {
            assert_ne!(pair[0], pair[1], "{name}");
        }
        for tag in tags(&page) {
            for names in ["for", "list", "aria-labelledby"] {
                if let Some(named) = attribute(tag, names) {
                    assert!(ids.contains(&named), "{name}: {tag}");
                }
            }
        }
    }
}

#[test]
fn every_address_of_an_asset_is_one_that_is_served() {
    for (name, page) in pages() {
        for tag in tags(&page) {
            let address = attribute(tag, "src").or_else(|| {
                tag.starts_with("link")
                    .then(|| attribute(tag, "href"))
                    .flatten()
            });
            if let Some(address) = address {
                let file = address.splitn(4, '/').nth(3).unwrap();
                assert_eq!(address, super::assets::address("", file), "{name}");
            }
        }
    }
}

/// For the eye: the pages as files, where `cargo xtask screenshots` or a person may look at them.
#[test]
fn pages_are_written_where_they_can_be_looked_at() {
    let Some(place) = std::env::var_os("GATHER_PAGES_TO") else {
        return;
    };
    std::fs::create_dir_all(&place).unwrap();
    for (name, page) in pages() {
        let file = std::path::Path::new(&place).join(format!("{name}.html"));
        std::fs::write(file, page).unwrap();
    }
}
