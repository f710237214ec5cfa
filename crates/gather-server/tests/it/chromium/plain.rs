//! Pages in a browser that runs no script: everything is there, and every form leads back to where it was sent from.

use gather_records::Viewer;
use gather_store::{StoryFilter, StoryQuery};

use super::{Chromium, Look, pages::household, told::house};

const STORIES: [(u32, &str); 3] = [
    (30, "Ferry line adds night sailing"),
    (20, "Kelp survey finds slow recovery"),
    (10, "Lighthouse is painted"),
];

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_story_is_read_and_starred_without_scripts() {
    let (_sandbox, world) = house(&STORIES).await;
    let viewer = Viewer::User("ana".to_owned());
    let count = |only| {
        let query = StoryQuery {
            only,
            ..StoryQuery::default()
        };
        world.store.stories(&viewer, &query).unwrap().len()
    };
    for look in [Look::WIDE, Look::NARROW] {
        let chromium = Chromium::open(&world, look.without_scripts()).await;
        chromium.sign_in("ana").await;
        for path in ["/", "/news?which=unread"] {
            chromium.goto(path).await;
            let unread = count(StoryFilter::Unread);
            chromium.press("[data-story]:not(.read) .tick").await;
            chromium
                .until("it is back", || async {
                    chromium.path().await.contains("said=marked")
                })
                .await;
            assert_eq!(count(StoryFilter::Unread), unread - 1);
            assert!(chromium.path().await.starts_with(path), "it leads back");
        }
        chromium.goto("/news").await;
        chromium
            .press("[data-story] .star[aria-pressed=false]")
            .await;
        chromium.shows(".star[aria-pressed=true]").await;
        assert_eq!(count(StoryFilter::Starred), 1);
        chromium
            .press("[data-story] .star[aria-pressed=true]")
            .await;
        chromium
            .until("it is taken back", || async {
                !chromium.see(".star[aria-pressed=true]").await
            })
            .await;
        assert_eq!(count(StoryFilter::Starred), 0);
        chromium.goto("/news").await;
        while chromium.see(".story.read").await {
            chromium.press(".story.read .tick").await;
            chromium.goto("/news").await;
        }
        assert_eq!(count(StoryFilter::Unread), 3);
    }
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn every_page_is_whole_without_scripts() {
    let (_sandbox, world) = household().await;
    let chromium = Chromium::open(&world, Look::NARROW.without_scripts()).await;
    chromium.sign_in("ana").await;
    for (path, there) in [
        ("/", ".stories .story"),
        ("/", ".worth-figure"),
        ("/news", ".stories .story"),
        ("/news?q=the", ".headline mark"),
        ("/money", ".plot-drawn .plot-line"),
        ("/money", "[data-spare]"),
        ("/money/transactions", ".transactions .amount"),
        ("/money/budgets", ".budgets .rest"),
        ("/money/accounts/bank/1", ".plot-drawn"),
        ("/runs", ".runs th a"),
        ("/runs/1", ".waterfall svg"),
        ("/sources", ".sources .acts button"),
        ("/sources/lantern", ".outcomes"),
        ("/settings", ".settings button.main"),
    ] {
        chromium.goto(path).await;
        assert!(chromium.see(there).await, "{there} at {path}");
        assert_eq!(
            chromium
                .count("[hidden]:not([data-fresh], [data-lost], [data-keys], [data-copy])")
                .await,
            0
        );
    }
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn search_filters_currency_and_refresh_are_forms() {
    let (sandbox, world) = household().await;
    let chromium = Chromium::open(&world, Look::WIDE.without_scripts()).await;
    chromium.sign_in("ana").await;
    chromium.goto("/news").await;
    chromium.fill("q", "ask hn").await;
    chromium.press(".search button").await;
    chromium.arrives("/news?q=ask+hn").await;
    chromium.goto("/money/transactions").await;
    chromium.fill("q", "coffee").await;
    chromium.press(".filter-words button").await;
    chromium
        .until("it is narrowed", || async {
            chromium.see(".filter-chips").await
        })
        .await;
    assert!(chromium.text(".transactions").await.contains("Quay Coffee"));
    chromium.goto("/money").await;
    let choice = chromium.find("#currency").await;
    choice.select_by_value("USD").await.unwrap();
    chromium.press("[data-spare]").await;
    chromium.arrives("/money?currency=USD").await;
    let log = || {
        sandbox
            .log((gather_sandbox::Api::Bank, "/accounts"))
            .total()
    };
    let asked = log();
    chromium.goto("/runs").await;
    chromium.press("form.refresh button").await;
    chromium.reads(".banner", "fetched").await;
    chromium
        .until("the bank is asked again", || async { log() == asked + 1 })
        .await;
    // And out, which needs no script either.
    chromium.press("footer form button").await;
    chromium.arrives("/login").await;
}
