//! Pages in a browser without scripts: everything that matters can be read and done.

use gather_records::Viewer;
use gather_sandbox::{Api, Sandbox};
use gather_store::{Story, StoryQuery};

use super::{
    Chromium, Look,
    told::{feed, house},
};
use crate::world::World;

const STORIES: [(u32, &str); 3] = [
    (30, "Lido to open in May"),
    (20, "Choirs meet for one song"),
    (10, "Lighthouse is painted"),
];

/// A browser without scripts, in which ana has signed in.
async fn open(look: Look) -> (Sandbox, World, Chromium) {
    let (sandbox, world) = house(&STORIES).await;
    let chromium = Chromium::open(&world, look.without_scripts()).await;
    chromium.sign_in("ana").await;
    (sandbox, world, chromium)
}

fn stories(world: &World) -> Vec<Story> {
    let ana = Viewer::User("ana".to_owned());
    world.store.stories(&ana, &StoryQuery::default()).unwrap()
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn no_script_runs_here() {
    let (_sandbox, _world, chromium) = open(Look::WIDE).await;
    // What only scripts show is not shown: without this the other tests here would prove nothing.
    assert_eq!(chromium.count("[data-keys]").await, 1);
    assert!(!chromium.see("[data-keys]").await);
    let scripted = Chromium::open(&_world, Look::WIDE).await;
    scripted.sign_in("ana").await;
    scripted.shows("[data-keys]").await;
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn every_page_is_reached_and_read_without_scripts() {
    let (_sandbox, _world, chromium) = open(Look::WIDE).await;
    for (link, path, words) in [
        ("a[href=\"/news\"]", "/news", STORIES[0].1),
        ("a[href=\"/money\"]", "/money", "12,000.00"),
        (
            ".parts a[href=\"/money/transactions\"]",
            "/money/transactions",
            "Bellwether Foods",
        ),
        (
            ".parts a[href=\"/money/budgets\"]",
            "/money/budgets",
            "Budgets",
        ),
        (
            ".parts a[href=\"/money/review\"]",
            "/money/review",
            "Nothing waits for a decision.",
        ),
        ("a[href=\"/money\"]", "/money", "Checking"),
        (".accounts a", "/money/accounts/bank/1", "Night Ferry"),
        ("a[href=\"/runs\"]", "/runs", "complete"),
        (".runs tbody th a", "/runs/1", "What each source brought"),
        ("a[href=\"/sources\"]", "/sources", "wharf"),
        (
            ".sources tbody th a[href=\"/sources/wharf\"]",
            "/sources/wharf",
            "Latest runs",
        ),
        ("a[href=\"/settings\"]", "/settings", "How things are shown"),
        (".brand", "/", STORIES[0].1),
    ] {
        chromium.press(link).await;
        chromium.arrives(path).await;
        chromium.reads("main", words).await;
        // What needs a script to be of any use is not offered.
        for css in [
            "[data-keys]",
            "[data-copy]",
            "[data-fresh]",
            "[data-lost]",
            "dialog",
        ] {
            assert!(!chromium.see(css).await, "{css} at {path}");
        }
    }
    // Charts are there before any script draws over them.
    chromium.goto("/money").await;
    chromium.shows(".plot-drawn").await;
    chromium.goto("/runs/1").await;
    chromium.shows(".waterfall svg.wf").await;
    // A list that is longer than its page goes on by a link, and a choice has a button.
    chromium.goto("/money/transactions").await;
    chromium.press("details summary").await;
    chromium.choose("category", "Travel").await;
    chromium.press(".filters .buttons button").await;
    chromium
        .until("the list is narrowed", || async {
            chromium.path().await.contains("category=Travel")
        })
        .await;
    assert_eq!(chromium.count(".transactions tbody tr").await, 2);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn stories_are_found_read_and_starred_by_forms() {
    let (_sandbox, world, chromium) = open(Look::NARROW).await;
    chromium.goto("/news").await;
    let first = stories(&world).remove(0);
    let story = format!("#story-{}", first.id);
    chromium.press(&format!("{story} .star")).await;
    chromium.reads(".banner", "Marked.").await;
    assert!(stories(&world)[0].marks.unwrap().starred);
    assert_eq!(chromium.count(".star[aria-pressed=true]").await, 1);
    chromium.press(&format!("{story} .tick")).await;
    chromium.reads(".banner", "Marked.").await;
    assert!(stories(&world)[0].marks.unwrap().read);
    chromium
        .press(".picks a[href=\"/news?which=unread\"]")
        .await;
    chromium.arrives("/news?which=unread").await;
    assert_eq!(chromium.count("[data-story]").await, 2);
    chromium.press(".mark-all button").await;
    chromium.reads(".empty", "Everything is read.").await;
    assert!(stories(&world).iter().all(|one| one.marks.unwrap().read));

    chromium.goto("/news").await;
    chromium.write("#search", "choirs\n").await;
    chromium
        .until("it is searched for", || async {
            chromium.path().await.contains("q=choirs")
        })
        .await;
    assert_eq!(chromium.count("[data-story]").await, 1);
    assert_eq!(chromium.text(".headline").await, STORIES[1].1);
    chromium.fits().await;
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn sources_are_fetched_settings_kept_and_the_door_closed_by_forms() {
    let (sandbox, world, chromium) = open(Look::NARROW).await;
    let more = [&[(40, "Pier is sold")], STORIES.as_slice()].concat();
    let news = (Api::Feeds, "/rss.xml");
    sandbox.set_fault(news, feed(&more)).await.unwrap();
    chromium.goto("/sources").await;
    chromium
        .press("form[action=\"/sources/wharf/fetch\"] button")
        .await;
    chromium.arrives("/sources?said=fetching").await;
    chromium.reads(".banner", "It is being fetched").await;
    world.runs_are_over(2).await;
    chromium.press(".nav a[href=\"/news\"]").await;
    chromium.arrives("/news").await;
    assert_eq!(chromium.text(".headline").await, "Pier is sold");
    // All of them, from any page, and back to it.
    chromium.press("form.refresh button").await;
    chromium.arrives("/news?said=fetching").await;
    world.runs_are_over(3).await;

    chromium.goto("/settings").await;
    chromium.press("[name=theme][value=dark]").await;
    chromium.press("main button.main").await;
    chromium.reads(".banner", "Saved.").await;
    let paper = "return getComputedStyle(document.body).backgroundColor";
    assert_eq!(chromium.script(paper).await, "rgb(21, 22, 18)");
    chromium.press("footer form button").await;
    chromium.arrives("/login").await;
    chromium.goto("/settings").await;
    assert!(chromium.path().await.starts_with("/login"));
}
