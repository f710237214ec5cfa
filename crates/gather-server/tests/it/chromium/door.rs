//! Getting in with a browser.

use super::{Chromium, Look};
use crate::world::{PASSWORD, Setting, World};

#[tokio::test]
#[ignore = "needs chromium"]
async fn login_and_throttle() {
    let world = World::new().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.goto("/sources").await;
    assert_eq!(chromium.path().await, "/login?next=%2Fsources");
    chromium.is_accessible().await;
    for n in 0..6 {
        chromium.fill("name", "ana").await;
        chromium
            .fill("password", &format!("a guess that is wrong {n}"))
            .await;
        chromium.press("main button.main").await;
        let words = if n < 5 {
            "do not go together"
        } else {
            "Too many tries"
        };
        chromium
            .until(words, || async {
                chromium.text("[role=alert]").await.contains(words)
            })
            .await;
    }
    chromium.is_accessible().await;
    // Somebody else of the household gets in, and to where one wanted to go.
    chromium.goto("/sources").await;
    chromium.fill("name", "ben").await;
    chromium.fill("password", PASSWORD).await;
    chromium.press("main button.main").await;
    chromium
        .until("it is signed in", || async {
            chromium.path().await == "/sources"
        })
        .await;
    // A refused login is a failure to the console, and nothing else is.
    let mut complaints = chromium.complaints().await;
    complaints.retain(|it| !it.contains("422") && !it.contains("429"));
    assert_eq!(complaints, Vec::<String>::new());
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn logout() {
    let world = World::new().await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.sign_in("ana").await;
    chromium.press("footer form button").await;
    chromium
        .until("the login is shown", || async {
            chromium.path().await == "/login"
        })
        .await;
    chromium.goto("/money").await;
    assert!(chromium.path().await.starts_with("/login"));
    chromium.client.back().await.unwrap();
    assert!(
        !chromium.see("nav.nav").await,
        "nothing of before is shown again"
    );
}

#[tokio::test]
#[ignore = "needs chromium"]
async fn the_door_is_for_everybody_in_every_light_and_at_every_width() {
    let setting = Setting {
        users: &[],
        ..Setting::default()
    };
    let world = World::with(setting).await;
    let setup = world.setup.clone().unwrap();
    let chromium = Chromium::open(&world, Look::WIDE).await;
    for look in [
        Look::WIDE,
        Look::NARROW,
        Look::WIDE.dark(),
        Look::NARROW.dark(),
    ] {
        chromium.look(look).await;
        chromium.goto("/login").await;
        chromium.is_accessible().await;
        chromium.fits().await;
        chromium.client.goto(&setup).await.unwrap();
        chromium.is_accessible().await;
        chromium.fits().await;
        chromium.goto("/nowhere").await;
        chromium
            .reads("h1", "There is nothing at this address.")
            .await;
        chromium.is_accessible().await;
        chromium.fits().await;
    }
}
