//! Settings in a browser: how things are shown, the password, keys.

use http::{Method, StatusCode, header};

use super::{Chromium, Look, pages::household, told::house};
use crate::world::{PASSWORD, World};

#[tokio::test]
#[ignore = "needs chromium"]
async fn theme_time_zone_and_currency_are_as_they_were_chosen() {
    let (_sandbox, world) = household().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/settings").await;
    let paper = "return getComputedStyle(document.body).backgroundColor";
    let light = chromium.script(paper).await;
    // A theme is tried at once, and kept only when it is saved.
    chromium.press("input[name=theme][value=dark]").await;
    let dark = chromium.script(paper).await;
    assert_ne!(light, dark);
    let choice = chromium.find("main select[name=currency]").await;
    choice.select_by_value("USD").await.unwrap();
    chromium.fill("time_zone", "Asia/Tokyo").await;
    chromium.press(".settings button.main").await;
    chromium.reads(".banner", "Saved.").await;
    assert_eq!(chromium.script(paper).await, dark);
    assert!(
        chromium
            .text("footer")
            .await
            .contains("times in Asia/Tokyo")
    );
    chromium.is_accessible().await;
    chromium.goto("/").await;
    assert_eq!(chromium.script(paper).await, dark);
    assert!(chromium.text(".worth-figure").await.ends_with("USD"));
    chromium.is_accessible().await;
    // Another browser of the same user has them too; another user has not.
    let mut ana = world.signed_in("ana").await;
    assert!(ana.get("/news").await.text.contains("data-theme=\"dark\""));
    let mut ben = world.signed_in("ben").await;
    assert!(
        ben.get("/news")
            .await
            .text
            .contains("data-theme=\"system\"")
    );
    // A place that is none is said, and nothing is changed.
    chromium.goto("/settings").await;
    chromium.fill("time_zone", "Asia/Atlantis").await;
    chromium.press(".settings button.main").await;
    chromium
        .reads(".banner", "no time zone “Asia/Atlantis”")
        .await;
    chromium.is_accessible().await;
    assert!(
        chromium
            .text("footer")
            .await
            .contains("times in Asia/Tokyo")
    );
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_new_password_ends_every_other_session_and_opens_the_door() {
    let world = World::new().await;
    let mut other = world.signed_in("ana").await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/settings").await;
    assert_eq!(chromium.count(".sessions tbody tr").await, 2);
    assert!(chromium.text(".sessions").await.contains("Chrome on Linux"));
    let new = "other words that nobody guesses";
    let change = async |current: &str, again: &str| {
        chromium.fill("current", current).await;
        chromium.fill("new", new).await;
        chromium.fill("again", again).await;
        chromium
            .press("form[action='/settings/password'] button")
            .await;
    };
    change("not the right one at all", new).await;
    chromium.reads(".banner.alarm", "password").await;
    change(PASSWORD, "something that is different").await;
    chromium
        .reads(".banner", "The two new passwords differ.")
        .await;
    chromium.is_accessible().await;
    assert_eq!(
        other.get("/news").await.status,
        StatusCode::OK,
        "nothing has changed so far"
    );
    change(PASSWORD, new).await;
    chromium
        .reads(".banner", "every other session has ended")
        .await;
    assert_eq!(chromium.count(".sessions tbody tr").await, 1);
    assert_eq!(other.get("/news").await.status, StatusCode::SEE_OTHER);
    let mut browser = world.browser();
    assert_eq!(
        browser.sign_in("ana", PASSWORD).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        browser.sign_in("ana", new).await.status,
        StatusCode::SEE_OTHER
    );
    chromium.goto("/news").await;
    assert!(chromium.see("nav.nav").await, "this session goes on");
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn another_session_is_ended_from_the_list() {
    let world = World::new().await;
    let mut other = world.signed_in("ana").await;
    let mut ben = world.signed_in("ben").await;
    let chromium = Chromium::open(&world, Look::NARROW).await;
    chromium.sign_in("ana").await;
    chromium.goto("/settings").await;
    chromium
        .press("form[action='/settings/sessions/end-others'] button")
        .await;
    chromium
        .reads(".banner", "All other sessions have ended.")
        .await;
    assert_eq!(other.get("/news").await.status, StatusCode::SEE_OTHER);
    assert_eq!(ben.get("/news").await.status, StatusCode::OK);
    chromium.fits().await;
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn a_key_is_shown_once_opens_what_it_may_and_nothing_once_revoked() {
    let (_sandbox, world) = house(&[(1, "Ferry line adds night sailing")]).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.goto("/settings").await;
    chromium.fill("name", "kitchen screen").await;
    chromium.press(".new-key button").await;
    chromium.shows(".made code").await;
    let key = chromium.text(".made code").await;
    assert!(key.starts_with("gather_") && key.len() == 50, "{key}");
    chromium.is_accessible().await;
    let ask = async |path: &str| {
        let mut program = world.browser();
        let request = program
            .request(Method::GET, path)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .body(String::new())
            .unwrap();
        program.send(request).await
    };
    let answer = ask("/api/v1/stories").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.contains("Ferry line"));
    assert_eq!(
        ask("/api/v1/accounts").await.status,
        StatusCode::FORBIDDEN,
        "it may read news only"
    );
    chromium.goto("/settings").await;
    assert!(chromium.text(".api-keys").await.contains("kitchen screen"));
    let source = chromium.client.source().await.unwrap();
    assert!(!source.contains(&key), "it is shown once");
    chromium
        .press("form[action='/settings/keys/revoke'] button")
        .await;
    chromium.reads(".banner", "opens nothing any more").await;
    assert!(!chromium.see(".api-keys").await);
    assert_eq!(
        ask("/api/v1/stories").await.status,
        StatusCode::UNAUTHORIZED
    );
    let user = world.store.user("ana").unwrap().unwrap();
    assert_eq!(world.store.api_keys(user.id).unwrap(), []);
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}
