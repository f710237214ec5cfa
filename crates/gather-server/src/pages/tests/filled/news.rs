//! The news: days, search, marks, and going on where a page ends.

use gather_store::{Story, StoryQuery};
use http::StatusCode;

use super::{Household, article, form, hides, says, text};
use crate::pages::{answer::Said, news};

fn filled(household: &Household, address: &str) -> String {
    household.page(|moment| news::fill(&household.ann(address), moment))
}

fn stories(household: &Household, name: &str) -> Vec<Story> {
    let viewer = gather_records::Viewer::User(name.to_owned());
    household
        .store
        .stories(&viewer, &StoryQuery::default())
        .unwrap()
}

/// The value of a hidden field.
fn field<'p>(page: &'p str, name: &str) -> &'p str {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split('"').next().unwrap()
}

/// An address as a browser reads it out of the page.
fn href(page: &str, text: &str) -> String {
    let (before, _) = page.split_once(&format!("\">{text}<")).unwrap();
    let (_, href) = before.rsplit_once("href=\"").unwrap();
    href.replace("&#38;", "&").replace("&amp;", "&")
}

#[test]
fn stories_stand_under_their_days_with_who_brought_them() {
    let page = filled(&Household::filled(), "/news");
    says(
        &page,
        &[
            "Today Ferry line adds night sailing",
            "guardian-feed, lwn (41 points)",
            "Yesterday Kelp survey finds slow recovery",
            "That is all there is.",
        ],
    );
    hides(&page, &["diary"]);
}

#[test]
fn a_search_shows_the_words_in_place_and_says_what_is_shown() {
    let household = Household::filled();
    let page = filled(&household, "/news?q=night+ferr");
    assert!(
        page.contains("<mark>Ferr</mark>y line adds <mark>night</mark> sailing"),
        "{page}"
    );
    says(&page, &["News with “night ferr”", "Show all"]);
    hides(&page, &["Kelp"]);
    says(
        &filled(&household, "/news?q=zeppelin"),
        &["Nothing has all of these words.", "Show all news"],
    );
    says(
        &filled(&household, "/news?source=lwn&which=starred"),
        &["News starred, of lwn", "Nothing is starred"],
    );
}

#[test]
fn what_an_address_asks_that_nobody_understands_is_told() {
    let household = Household::filled();
    for (address, said) in [
        (
            "/news?which=best",
            "One can ask for unread or starred stories",
        ),
        ("/news?before=x", "The place in the list could not be read"),
    ] {
        let page = filled(&household, address);
        assert!(page.contains(said), "{address}");
        says(&page, &["Ferry line"]);
    }
}

#[test]
fn older_stories_follow_without_a_gap_and_with_the_filter() {
    let household = Household::new();
    let many: Vec<_> = (0..120)
        .map(|at| {
            let url = format!("https://a.example/{at}");
            article(
                &at.to_string(),
                &format!("Ferry number {at}."),
                &url,
                10 + at,
            )
        })
        .collect();
    household.bring("lwn", 1, &many);
    let mut address = "/news?q=ferry".to_owned();
    let mut seen = String::new();
    for _ in 0..2 {
        let page = filled(&household, &address);
        seen.push_str(&text(&page));
        address = href(&page, "Older stories");
        assert!(address.starts_with("/news?q=ferry&before="), "{address}");
    }
    let page = filled(&household, &address);
    seen.push_str(&text(&page));
    says(&page, &["That is all there is."]);
    hides(&page, &["data-stories"]);
    for at in 0..120 {
        let title = format!("Read: Ferry number {at}.");
        assert_eq!(seen.matches(&title).count(), 1, "{title}");
    }
}

#[test]
fn a_story_is_read_and_starred_by_one_user_and_not_by_the_other() {
    let household = Household::filled();
    let story = &stories(&household, "ann")[0];
    let set = |name: &str, field: &str, value: &str| {
        let value = format!("{value}:{}", story.id);
        let reader = household.reader(name, "/news/marks");
        news::set_mark(&reader, &household.store, &form(&[(field, &value)]))
    };
    assert_eq!(set("ann", "read", "on"), Ok(Said::Marked));
    assert_eq!(set("ann", "star", "on"), Ok(Said::Marked));
    let marks = |name: &str| {
        stories(&household, name)[usize::from(name == "ben")]
            .marks
            .unwrap()
    };
    assert!(marks("ann").read && marks("ann").starred);
    assert!(!marks("ben").read && !marks("ben").starred);
    says(&filled(&household, "/news?which=starred"), &["Ferry line"]);
    hides(&filled(&household, "/news?which=unread"), &["Ferry line"]);
    assert_eq!(set("ann", "star", "off"), Ok(Said::Marked));
    assert!(!marks("ann").starred);

    let unreadable = set("ann", "read", "maybe").unwrap_err();
    assert_eq!(unreadable.status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_story_of_another_user_cannot_be_marked() {
    let household = Household::filled();
    let diary = &stories(&household, "ben")[0];
    assert_eq!(diary.headline, "Dear diary");
    let value = format!("on:{}", diary.id);
    let reader = household.ann("/news/marks");
    let failed = news::set_mark(&reader, &household.store, &form(&[("read", &value)]));
    assert_eq!(failed.unwrap_err().status, StatusCode::NOT_FOUND);
    assert!(!stories(&household, "ben")[0].marks.unwrap().read);
}

#[test]
fn mark_all_read_goes_as_far_as_what_was_seen() {
    let household = Household::filled();
    let page = filled(&household, "/news");
    let up_to = field(&page, "up_to").to_owned();
    household.bring(
        "lwn",
        0,
        &[article("new", "Just in", "https://a.example/new", 0)],
    );
    let reader = household.ann("/news/read");
    let sent = form(&[("up_to", &up_to)]);
    assert_eq!(
        news::set_all_read(&reader, &household.store, &sent),
        Ok(Said::AllRead)
    );
    let unread: Vec<String> = stories(&household, "ann")
        .into_iter()
        .filter(|story| !story.marks.unwrap().read)
        .map(|story| story.headline)
        .collect();
    assert_eq!(unread, ["Just in"]);
}

#[test]
fn mark_all_read_of_a_filtered_page_leaves_the_others() {
    let household = Household::filled();
    let page = filled(&household, "/news?q=kelp");
    let form = form(&[("up_to", field(&page, "up_to")), ("q", "kelp")]);
    assert!(page.contains("<input type=\"hidden\" name=\"q\" value=\"kelp\">"));
    let reader = household.ann("/news/read");
    news::set_all_read(&reader, &household.store, &form).unwrap();
    let read: Vec<bool> = stories(&household, "ann")
        .iter()
        .map(|story| story.marks.unwrap().read)
        .collect();
    assert_eq!(read, [false, true]);
    let nothing = news::set_all_read(&reader, &household.store, &super::form(&[]));
    assert_eq!(nothing.unwrap_err().status, StatusCode::BAD_REQUEST);
}
