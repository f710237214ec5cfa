//! Reading the news by the keyboard, and finding something in it.

use gather_records::Viewer;
use gather_sandbox::{Api, Sandbox};
use gather_store::{Story, StoryQuery};

use super::{
    Chromium, Look,
    told::{feed_of, fetch, house},
};
use crate::world::{World, until};

const STORIES: [(u32, &str); 5] = [
    (50, "Ferry line adds night sailing"),
    (40, "Kelp survey finds slow recovery"),
    (30, "Lido to open in May"),
    (20, "Choirs meet for one song"),
    (10, "Lighthouse is painted"),
];

/// A browser in which ana looks at a page.
async fn open(path: &str) -> (Sandbox, World, Chromium) {
    let (sandbox, world) = house(&STORIES).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto(path).await;
    (sandbox, world, chromium)
}

/// The headline of the story that has the focus.
async fn here(chromium: &Chromium) -> String {
    let focus = "return document.activeElement.closest('[data-story]')?.querySelector('.headline').textContent ?? ''";
    let text = chromium.script(focus).await;
    text.as_str().unwrap().to_owned()
}

/// A story as it is stored for ana.
fn held(world: &World, headline: &str) -> Story {
    let ana = Viewer::User("ana".to_owned());
    let stories = world.store.stories(&ana, &StoryQuery::default()).unwrap();
    let story = stories.into_iter().find(|one| one.headline == headline);
    story.unwrap_or_else(|| panic!("no story {headline}"))
}

/// Waits until a story is stored as read and starred, or as neither.
async fn is_marked(world: &World, headline: &str, read: bool, starred: bool) {
    until(&format!("{headline}: {read}, {starred}"), || async {
        let marks = held(world, headline).marks.unwrap_or_default();
        (marks.read, marks.starred) == (read, starred)
    })
    .await;
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn keys_move_and_mark_and_it_is_so_after_a_reload() {
    let (_sandbox, world, chromium) = open("/news").await;
    chromium.stay().await;
    for (key, headline) in [
        ("j", STORIES[0].1),
        ("j", STORIES[1].1),
        ("j", STORIES[2].1),
        ("k", STORIES[1].1),
        ("k", STORIES[0].1),
        ("k", STORIES[0].1),
        ("j", STORIES[1].1),
    ] {
        chromium.keys(key).await;
        assert_eq!(here(&chromium).await, headline, "after {key}");
    }
    chromium.keys("m").await;
    is_marked(&world, STORIES[1].1, true, false).await;
    chromium.reads("[data-say]", "Marked read.").await;
    chromium.keys("s").await;
    is_marked(&world, STORIES[1].1, true, true).await;
    // The focus may be on a button of the story by now: the keys go on from there.
    chromium.keys("j").await;
    assert_eq!(here(&chromium).await, STORIES[2].1);
    chromium.keys("s").await;
    is_marked(&world, STORIES[2].1, false, true).await;
    chromium.keys("s").await;
    is_marked(&world, STORIES[2].1, false, false).await;
    chromium.keys("m").await;
    is_marked(&world, STORIES[2].1, true, false).await;
    chromium.keys("m").await;
    is_marked(&world, STORIES[2].1, false, false).await;
    assert!(chromium.has_stayed().await);

    chromium.client.refresh().await.unwrap();
    assert!(!chromium.has_stayed().await);
    assert_eq!(chromium.count(".story.read").await, 1);
    assert_eq!(chromium.text(".story.read .headline").await, STORIES[1].1);
    assert_eq!(
        chromium.count(".star[aria-pressed=true]").await,
        1,
        "one is starred"
    );
    chromium.goto("/news?which=starred").await;
    assert_eq!(chromium.count("[data-story]").await, 1);
    assert_eq!(chromium.text(".headline").await, STORIES[1].1);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn o_opens_the_story_beside_the_page_and_marks_it_read() {
    let (sandbox, world, chromium) = open("/news").await;
    // On a site that is there: where there is none, a browser would show a page of its own.
    let site = sandbox.origin(Api::HackerNews);
    let news = (Api::Feeds, "/rss.xml");
    let fault = feed_of(&site, &[(60, "Bridge is closed")]);
    sandbox.set_fault(news, fault).await.unwrap();
    fetch(&world).await;
    chromium.goto("/news").await;
    let first = chromium.client.window().await.unwrap();
    chromium.keys("j").await;
    assert_eq!(here(&chromium).await, "Bridge is closed");
    chromium.keys("o").await;
    is_marked(&world, "Bridge is closed", true, false).await;
    chromium
        .until("there is another window", || async {
            chromium.client.windows().await.unwrap().len() == 2
        })
        .await;
    assert_eq!(chromium.path().await, "/news", "the page stays");
    let windows = chromium.client.windows().await.unwrap();
    let second = windows.into_iter().find(|window| *window != first).unwrap();
    chromium.client.switch_to_window(second).await.unwrap();
    chromium
        .until("it shows the story", || async {
            chromium.path().await == format!("{site}/60")
        })
        .await;
    assert_eq!(
        chromium
            .script("return [window.opener, document.referrer]")
            .await,
        serde_json::json!([null, ""]),
        "what is opened learns nothing of where it was opened from"
    );
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn the_keys_are_listed_and_leave_alone_whoever_types() {
    let (_sandbox, _world, chromium) = open("/news").await;
    chromium.keys("j").await;
    chromium.keys("?").await;
    chromium.shows("dialog[open]").await;
    let listed = chromium.text("dialog[open] dl").await;
    for key in ["j", "k", "o", "m", "s", "/", "?"] {
        assert!(
            listed.split_whitespace().any(|word| word == key),
            "{listed}"
        );
    }
    chromium.is_accessible().await;
    // Nothing happens behind it.
    chromium.keys("m").await;
    chromium.keys("\u{e00c}").await;
    chromium
        .until("it is closed", || async { !chromium.see("dialog").await })
        .await;
    assert_eq!(here(&chromium).await, STORIES[0].1, "where it was before");
    assert_eq!(chromium.count(".story.read").await, 0);
    // With the mouse too.
    chromium.press("[data-keys]").await;
    chromium.press("dialog[open] button").await;
    assert!(!chromium.see("dialog").await);
    // What is typed is text.
    chromium.keys("/").await;
    chromium.keys("jokms").await;
    let typed = "return document.activeElement.value";
    assert_eq!(chromium.script(typed).await, "jokms");
    assert_eq!(chromium.count(".story.read").await, 0);
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_search_finds_or_says_that_it_does_not_and_its_page_goes_by_the_keyboard() {
    let (_sandbox, world, chromium) = open("/").await;
    // From a page without a field, the key leads to the one that has it.
    chromium.keys("/").await;
    chromium.arrives("/news").await;
    chromium.keys("/").await;
    chromium.keys("kelp surv\n").await;
    chromium.arrives("/news?q=kelp+surv").await;
    assert_eq!(chromium.count("[data-story]").await, 1);
    assert_eq!(chromium.text(".headline").await, STORIES[1].1);
    let hits =
        "return [...document.querySelectorAll('.headline mark')].map((it) => it.textContent)";
    assert_eq!(
        chromium.script(hits).await,
        serde_json::json!(["Kelp", "surv"])
    );
    assert!(chromium.text("h1").await.contains("with “kelp surv”"));
    chromium.is_accessible().await;
    chromium.keys("j").await;
    assert_eq!(here(&chromium).await, STORIES[1].1);
    chromium.keys("m").await;
    is_marked(&world, STORIES[1].1, true, false).await;

    // The field has what was searched for, chosen, so that typing replaces it.
    chromium.keys("/").await;
    chromium.keys("zeppelin\n").await;
    chromium.arrives("/news?q=zeppelin").await;
    assert_eq!(chromium.count("[data-story]").await, 0);
    chromium
        .reads(".empty", "Nothing has all of these words.")
        .await;
    chromium.is_accessible().await;
    chromium.client.back().await.unwrap();
    chromium.arrives("/news?q=kelp+surv").await;
    assert_eq!(chromium.text(".story.read .headline").await, STORIES[1].1);
    chromium.client.forward().await.unwrap();
    chromium.arrives("/news?q=zeppelin").await;
    chromium.press(".empty a").await;
    chromium.arrives("/news").await;
    assert_eq!(chromium.count("[data-story]").await, 5);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}
