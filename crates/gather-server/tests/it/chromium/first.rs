//! The first visit: no user, no source, and what to do.

use gather_sandbox::{Api, Sandbox};

use super::{Chromium, Look};
use crate::world::{PASSWORD, Setting, World};

#[tokio::test]
#[ignore = "needs chromium"]
async fn first_visit_guides_from_nobody_to_the_first_story() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let setting = Setting {
        users: &[],
        ..Setting::default()
    };
    let world = World::with(setting).await;
    let chromium = Chromium::open(&world, Look::WIDE).await;
    chromium.goto("/").await;
    assert!(
        chromium
            .text("main")
            .await
            .contains("Nobody lives here yet")
    );
    chromium
        .client
        .goto(&world.setup.clone().unwrap())
        .await
        .unwrap();
    chromium.fill("name", "ana").await;
    chromium.fill("password", PASSWORD).await;
    chromium.fill("again", PASSWORD).await;
    chromium.press("main button.main").await;
    chromium
        .until("today is shown", || async { chromium.path().await == "/" })
        .await;
    // No source: three commands bring the first one in.
    assert_eq!(
        chromium.count(".commands code").await,
        3,
        "{}",
        chromium.text("main").await
    );
    chromium.is_accessible().await;
    // What they would do, and the page follows by itself.
    world.configure(&format!(
        "[source.wharf]\nfeed = \"{}/atom.xml\"\n",
        sandbox.origin(Api::Feeds)
    ));
    chromium
        .until("the first story is there", || async {
            chromium.see("[data-story]").await
        })
        .await;
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}
