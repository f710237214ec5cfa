//! Settings: how things are shown, keys, sessions.

use http::{Method, StatusCode, header};
use serde_json::json;

use super::{Chromium, Look, told::house};
use crate::world::World;

/// A browser in which ana looks at her settings.
async fn open() -> (World, Chromium) {
    let world = World::new().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/settings").await;
    (world, chromium)
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn zone_and_theme_are_kept_and_followed_everywhere() {
    let (_sandbox, world) = house(&[(1, "Lido to open in May")]).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    let began = "return document.querySelector('.runs .began time').title";
    chromium.goto("/runs").await;
    let before = chromium.script(began).await;
    assert!(before.as_str().unwrap().ends_with(" UTC"), "{before}");

    chromium.goto("/settings").await;
    chromium.fill("time_zone", "Mars/Olympus").await;
    chromium.press("main button.main").await;
    chromium
        .reads(".banner", "There is no time zone “Mars/Olympus”")
        .await;
    chromium.goto("/settings").await;
    assert_eq!(chromium.value("time_zone").await, "");
    chromium.fill("time_zone", "Asia/Tokyo").await;
    let paper = "return getComputedStyle(document.body).backgroundColor";
    assert_eq!(chromium.script(paper).await, "rgb(252, 251, 248)");
    chromium.press("[name=theme][value=dark]").await;
    assert_eq!(
        chromium.script(paper).await,
        "rgb(21, 22, 18)",
        "it is shown before it is kept"
    );
    chromium.press("main button.main").await;
    chromium.reads(".banner", "Saved.").await;
    chromium.goto("/runs").await;
    assert_eq!(chromium.script(paper).await, "rgb(21, 22, 18)");
    let after = chromium.script(began).await;
    assert!(after.as_str().unwrap().ends_with(" JST"), "{after}");
    chromium.reads("footer", "times in Asia/Tokyo").await;
    // The reader's word counts for more than the system's, either way.
    chromium.look(Look::WIDE.dark()).await;
    chromium.goto("/settings").await;
    assert_eq!(chromium.value("time_zone").await, "Asia/Tokyo");
    chromium.press("[name=theme][value=light]").await;
    chromium.press("main button.main").await;
    chromium.reads(".banner", "Saved.").await;
    assert_eq!(chromium.script(paper).await, "rgb(252, 251, 248)");
    chromium.is_accessible().await;
}

/// What a program is answered that has a key.
async fn with_key(world: &World, key: &str) -> StatusCode {
    let mut program = world.browser();
    let request = program
        .request(Method::GET, "/api/v1/stories")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .body(String::new());
    program.send(request.unwrap()).await.status
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_key_is_made_and_shown_once_and_opens_nothing_when_it_is_revoked() {
    let (world, chromium) = open().await;
    chromium
        .write(".new-key [name=name]", "kitchen screen")
        .await;
    chromium.press(".new-key button").await;
    chromium.shows(".made code").await;
    let key = chromium.text(".made code").await;
    assert!(key.len() > 40, "{key}");
    chromium.is_accessible().await;
    chromium.fits().await;
    assert_eq!(with_key(&world, &key).await, StatusCode::OK);
    assert_eq!(
        with_key(&world, &format!("{key}x")).await,
        StatusCode::UNAUTHORIZED
    );

    chromium.goto("/settings").await;
    let page = chromium.client.source().await.unwrap();
    assert!(!page.contains(&key), "it was shown once");
    chromium.reads(".api-keys", "kitchen screen").await;
    chromium.reads(".api-keys [data-label=may]", "news").await;
    chromium.press(".api-keys button").await;
    chromium
        .reads(".banner", "The key opens nothing any more.")
        .await;
    assert_eq!(with_key(&world, &key).await, StatusCode::UNAUTHORIZED);
    assert_eq!(chromium.count(".api-keys tbody tr").await, 0);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn sessions_are_listed_and_end_at_a_click_wherever_they_are() {
    let (world, chromium) = open().await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(world.signed_in("ana").await);
    }
    let mut ben = world.signed_in("ben").await;
    chromium.goto("/settings").await;
    let sessions = ".sessions tbody tr";
    assert_eq!(chromium.count(sessions).await, 4, "ben's is not among them");
    let names = "return [...document.querySelectorAll('.sessions tbody tr')].map((row) =>
        [row.querySelector('th').textContent, row.querySelector('.act').textContent.split(' ')[0]])";
    let listed = chromium.script(names).await;
    let mine = listed.as_array().unwrap().iter();
    let mine: Vec<_> = mine.filter(|row| row[1] == "Sign").collect();
    assert_eq!(mine, [&json!(["Chrome on Linux 127.0.0.1", "Sign"])]);
    chromium.is_accessible().await;

    // The first that is another's than this browser's.
    chromium
        .press(".sessions tr:has([data-label=\"last seen\"] time) .acts button")
        .await;
    chromium.reads(".banner", "The session has ended.").await;
    assert_eq!(chromium.count(sessions).await, 3);
    let mut open = 0;
    for other in &mut others {
        open += usize::from(other.get("/settings").await.status == StatusCode::OK);
    }
    assert_eq!(open, 2, "one of them was ended");

    chromium
        .press("[aria-labelledby=sessions-title] > form button")
        .await;
    chromium
        .reads(".banner", "All other sessions have ended.")
        .await;
    assert_eq!(chromium.count(sessions).await, 1);
    for other in &mut others {
        assert_eq!(other.get("/settings").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(ben.get("/settings").await.status, StatusCode::OK);
    // And the one that looks on.
    chromium.press(".sessions .acts button").await;
    chromium.goto("/settings").await;
    assert!(chromium.path().await.starts_with("/login"));
}
