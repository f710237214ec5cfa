//! News with keyboard and pointer: moving, reading, starring, searching.

use gather_records::Viewer;
use gather_store::StoryQuery;

use super::{Chromium, Look, told::house};
use crate::world::{World, until};

const STORIES: [(u32, &str); 4] = [
    (40, "Ferry line adds night sailing"),
    (30, "Kelp survey finds slow recovery"),
    (20, "Night ferry is late again"),
    (10, "Lighthouse is painted"),
];

/// The titles that ana has marked, as the server keeps them: read ones, then starred ones.
fn kept(world: &World) -> [Vec<String>; 2] {
    let viewer = Viewer::User("ana".to_owned());
    let stories = world
        .store
        .stories(&viewer, &StoryQuery::default())
        .unwrap();
    let marked = |is: fn(&gather_store::Marks) -> bool| {
        let stories = stories.iter();
        let marked = stories.filter(|story| story.marks.as_ref().is_some_and(is));
        marked.map(|story| story.headline.clone()).collect()
    };
    [marked(|marks| marks.read), marked(|marks| marks.starred)]
}

async fn is_kept(world: &World, read: &[&str], starred: &[&str]) {
    until(&format!("read {read:?}, starred {starred:?}"), || async {
        kept(world)
            == [read, starred]
                .map(|titles| titles.iter().map(ToString::to_string).collect::<Vec<_>>())
    })
    .await;
}

/// The text of what has the focus.
async fn focus(chromium: &Chromium) -> String {
    let focus = chromium.client.active_element().await.unwrap();
    focus.text().await.unwrap()
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn the_keyboard_moves_reads_stars_searches_and_explains_itself() {
    let (_sandbox, world) = house(&STORIES).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/news").await;
    chromium.stay().await;
    for (keys, title) in [
        ("j", STORIES[0].1),
        ("j", STORIES[1].1),
        ("k", STORIES[0].1),
        ("k", STORIES[0].1),
        ("jj", STORIES[2].1),
    ] {
        chromium.keys(keys).await;
        assert_eq!(focus(&chromium).await, title, "{keys}");
    }
    chromium.keys("m").await;
    is_kept(&world, &[STORIES[2].1], &[]).await;
    chromium.keys("s").await;
    is_kept(&world, &[STORIES[2].1], &[STORIES[2].1]).await;
    assert!(chromium.has_stayed().await);
    chromium.is_accessible().await;
    // What is kept is there after a reload, and is taken back by the same keys.
    chromium.goto("/news").await;
    assert_eq!(chromium.text(".story.read .headline").await, STORIES[2].1);
    chromium.keys("jjjs").await;
    is_kept(&world, &[STORIES[2].1], &[]).await;
    chromium.keys("m").await;
    is_kept(&world, &[], &[]).await;
    // What is opened is read.
    chromium.keys("o").await;
    is_kept(&world, &[STORIES[2].1], &[]).await;
    let tabs = chromium.client.windows().await.unwrap();
    assert_eq!(tabs.len(), 2, "it opens beside the page");

    chromium.keys("?").await;
    chromium.shows("dialog[open]").await;
    chromium.is_accessible().await;
    chromium.keys("\u{e00c}").await;
    chromium
        .until("the dialog is closed", || async {
            !chromium.see("dialog").await
        })
        .await;
    chromium.keys("/").await;
    chromium.keys("jk").await;
    let script = "return [document.activeElement.name, document.activeElement.value]";
    assert_eq!(
        chromium.script(script).await,
        serde_json::json!(["q", "jk"]),
        "letters are text in a field"
    );
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_search_shows_the_words_in_place_and_is_kept_in_the_address() {
    let (_sandbox, world) = house(&STORIES).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/news?which=unread").await;
    chromium.keys("/").await;
    chromium.keys("ferry nig\u{e007}").await;
    chromium
        .until("it is found", || async {
            chromium.path().await.contains("q=")
        })
        .await;
    assert_eq!(chromium.path().await, "/news?which=unread&q=ferry+nig");
    assert_eq!(chromium.count("[data-story]").await, 2);
    let script =
        "return [...document.querySelectorAll('.headline mark')].map((it) => it.textContent)";
    assert_eq!(
        chromium.script(script).await,
        serde_json::json!(["Ferry", "nig", "Nig", "ferry"])
    );
    chromium.is_accessible().await;
    // What is narrowed further stays narrowed, and a page that is loaded again is the same page.
    chromium.press(".picks a[href*=starred]").await;
    chromium
        .until("starred ones", || async {
            chromium.path().await.contains("starred")
        })
        .await;
    let path = chromium.path().await;
    assert!(path.contains("q=ferry+nig"), "{path}");
    assert!(
        chromium
            .text("main")
            .await
            .contains("Nothing has all of these words.")
    );
    chromium.client.back().await.unwrap();
    assert_eq!(chromium.count("[data-story]").await, 2);
    chromium.client.refresh().await.unwrap();
    assert_eq!(chromium.count("[data-story]").await, 2);
    chromium.press(".head a.act").await;
    chromium.arrives("/news").await;
    assert_eq!(chromium.count("[data-story]").await, 4);
    // A search that finds nothing says so.
    chromium.goto("/news?q=submarine").await;
    assert!(
        chromium
            .text("main")
            .await
            .contains("Nothing has all of these words.")
    );
    chromium.is_accessible().await;
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn mark_all_read_leaves_what_came_meanwhile() {
    let (sandbox, world) = house(&STORIES).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/news").await;
    let more = [&[(50, "Pier is sold")], STORIES.as_slice()].concat();
    let news = (gather_sandbox::Api::Feeds, "/rss.xml");
    sandbox
        .set_fault(news, super::told::feed(&more))
        .await
        .unwrap();
    super::told::fetch(&world).await;
    chromium.reads("[data-fresh]", "1 new").await;
    chromium.press(".mark-all button").await;
    chromium.reads(".banner", "All of it is marked read.").await;
    let titles = STORIES.map(|(_, title)| title);
    is_kept(&world, &titles, &[]).await;
}
