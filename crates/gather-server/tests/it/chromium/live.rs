//! Pages that keep up with what happens: without being loaded again, and without moving what is being read.

use gather_sandbox::Api;

use super::{
    Chromium, Look,
    told::{accounts, feed, fetch, house},
};

const FIRST: [(u32, &str); 5] = [
    (50, "Ferry line adds night sailing"),
    (40, "Kelp survey finds slow recovery"),
    (30, "Lido to open in May"),
    (20, "Choirs meet for one song"),
    (10, "Lighthouse is painted"),
];

/// The same with two that are newer, and one of before under another title.
const THEN: [(u32, &str); 7] = [
    (70, "Harbour master retires"),
    (60, "Bridge is closed for a week"),
    (50, "Ferry line adds night sailing"),
    (40, "Kelp survey finds quick recovery"),
    (30, "Lido to open in May"),
    (20, "Choirs meet for one song"),
    (10, "Lighthouse is painted"),
];

/// Where each story stands, by its number.
const PLACES: &str = "return [...document.querySelectorAll('[data-story]')]
    .map((it) => [it.dataset.story, it.getBoundingClientRect().top, it.getBoundingClientRect().left]);";

#[tokio::test]
#[ignore = "needs chromium"]
async fn what_a_run_brings_arrives_without_reload_and_moves_nothing() {
    let (sandbox, world) = house(&FIRST).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/").await;
    chromium.reads(".worth-figure", "12,000.00").await;
    chromium.stay().await;
    // Somebody reads the third story, and looks at the balance.
    chromium
        .script(
            "document.querySelectorAll('.headline a')[2].focus();
             window.read = document.activeElement;
             window.figure = document.querySelector('.worth-figure .fig');",
        )
        .await;
    let places = chromium.script(PLACES).await;
    assert_eq!(places.as_array().unwrap().len(), 5);

    let news = (Api::Feeds, "/rss.xml");
    sandbox.set_fault(news, feed(&THEN)).await.unwrap();
    let bank = (Api::Bank, "/accounts");
    sandbox.set_fault(bank, accounts("1234.50")).await.unwrap();
    fetch(&world).await;

    chromium.reads("[data-fresh]", "2 new").await;
    chromium.reads(".worth-figure", "11,234.50").await;
    chromium
        .reads("main", "Kelp survey finds quick recovery")
        .await;
    assert!(
        !chromium.text("main").await.contains("Harbour master"),
        "new stories wait"
    );
    assert_eq!(chromium.script(PLACES).await, places, "nothing moved");
    assert_eq!(
        chromium
            .script("return document.activeElement === window.read && window.figure.isConnected")
            .await,
        true,
        "what is read keeps the focus, and a figure is the same one with another text"
    );
    chromium.is_accessible().await;
    chromium.reads("[data-say]", "2 new stories.").await;

    chromium.press("[data-fresh]").await;
    chromium.reads(".stories", "Harbour master retires").await;
    assert_eq!(chromium.count("[data-story]").await, 7);
    assert!(!chromium.see("[data-fresh]").await);
    assert!(chromium.has_stayed().await);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn the_strip_says_that_a_source_is_asked_and_then_how_it_came_out() {
    let (sandbox, world) = house(&FIRST).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/").await;
    chromium.stay().await;
    let news = (Api::Feeds, "/rss.xml");
    let hang = gather_sandbox::Fault::Hang;
    sandbox.set_fault(news, hang).await.unwrap();
    chromium.press("form.refresh button").await;
    chromium.reads(".banner", "It is being fetched").await;
    chromium.stay().await;
    chromium.reads(".pulse", "1 of 2").await;
    chromium.reads(".strip", "wharf being asked").await;
    assert!(chromium.has_stayed().await);
    chromium.is_accessible().await;
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn the_stream_is_taken_up_again_after_a_restart() {
    let (sandbox, mut world) = house(&FIRST).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/news").await;
    chromium.stay().await;
    assert_eq!(chromium.count("[data-story]").await, 5);
    world.stop().await;
    let news = (Api::Feeds, "/rss.xml");
    sandbox.set_fault(news, feed(&THEN)).await.unwrap();
    let world = world.back().await;
    fetch(&world).await;
    chromium.reads("[data-fresh]", "2 new").await;
    // And once more, through the stream that was taken up.
    let more = [&[(80, "Pier is sold")], THEN.as_slice()].concat();
    sandbox.set_fault(news, feed(&more)).await.unwrap();
    fetch(&world).await;
    chromium.reads("[data-fresh]", "3 new").await;
    assert!(chromium.has_stayed().await);
    assert_eq!(chromium.count("[data-story]").await, 5);
}
