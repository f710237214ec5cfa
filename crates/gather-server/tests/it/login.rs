//! Getting in, and not getting in.

use std::time::Duration;

use gather::ManualClock;
use http::{Method, StatusCode, header};

use crate::world::{PASSWORD, Setting, World};

#[tokio::test]
async fn a_wrong_password_is_refused_and_a_right_one_leads_to_the_page_that_was_wanted() {
    let world = World::new().await;
    let mut browser = world.browser();
    let asked = browser.get("/news?q=ferry").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    assert_eq!(
        asked.header(header::LOCATION),
        "/login?next=%2Fnews%3Fq%3Dferry"
    );
    let page = browser.get("/login?next=%2Fnews%3Fq%3Dferry").await;
    assert!(page.text.contains("value=\"/news?q=ferry\""), "{page:?}");

    let refused = browser.sign_in("ana", "something else that is long").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("do not go together"), "{refused:?}");
    assert!(browser.cookies.is_empty());

    let fields = [
        ("name", "ana"),
        ("password", PASSWORD),
        ("next", "/news?q=ferry"),
    ];
    let entered = browser.post("/login", &fields).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(entered.header(header::LOCATION), "/news?q=ferry");
    let cookie = entered.header(header::SET_COOKIE);
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(browser.get("/news?q=ferry").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_user_costs_the_same_one_password_hash_as_a_known_one() {
    let world = World::new().await;
    for (name, hashes) in [("ana", 1.0), ("nobody", 2.0), ("", 3.0), ("ana", 4.0)] {
        let refused = world
            .browser()
            .sign_in(name, "a password that is wrong")
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            world.figure("gather_password_hashes_total").await,
            hashes,
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_sixth_try_is_not_looked_at_and_says_how_long_to_wait() {
    let clock = ManualClock::at(gather::Clock::system().wall());
    let setting = Setting {
        clock: clock.clock(),
        ..Setting::default()
    };
    let world = World::with(setting).await;
    let mut browser = world.browser();
    for _ in 0..5 {
        let refused = browser.sign_in("ana", "a password that is wrong").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let throttled = browser.sign_in("ana", PASSWORD).await;
    assert_eq!(throttled.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(throttled.header(header::RETRY_AFTER), "900");
    assert!(throttled.text.contains("Wait 15 minutes"), "{throttled:?}");
    assert_eq!(world.figure("gather_password_hashes_total").await, 5.0);
    // Another of the household is not held up.
    let other = world.browser().sign_in("ben", PASSWORD).await;
    assert_eq!(other.status, StatusCode::SEE_OTHER);
    clock.advance(Duration::from_secs(900));
    assert_eq!(
        browser.sign_in("ana", PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn many_tries_at_once_are_many_tries() {
    let world = World::new().await;
    let tries = (0..20).map(|_| async {
        world
            .browser()
            .sign_in("ana", "a password that is wrong")
            .await
            .status
    });
    let ended = futures_util::future::join_all(tries).await;
    let looked_at = ended
        .iter()
        .filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(looked_at.count(), 5, "{ended:?}");
}

#[tokio::test]
async fn session_fixation_a_cookie_that_was_there_before_is_of_no_use_after_the_login() {
    let world = World::new().await;
    let mut browser = world.browser();
    let planted = "A".repeat(43);
    browser.cookies.insert("gather".to_owned(), planted.clone());
    browser.sign_in("ana", PASSWORD).await;
    assert_ne!(browser.cookies["gather"], planted);
    let mut attacker = world.browser();
    attacker.cookies.insert("gather".to_owned(), planted);
    assert_eq!(
        attacker.get("/settings").await.status,
        StatusCode::SEE_OTHER
    );

    // And a real session of before ends with the next login.
    let old = browser.cookies["gather"].clone();
    browser.sign_in("ben", PASSWORD).await;
    attacker.cookies.insert("gather".to_owned(), old);
    assert_eq!(
        attacker.get("/settings").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn after_the_logout_the_cookie_is_of_no_use() {
    let world = World::new().await;
    let mut browser = world.signed_in("ana").await;
    let kept = browser.cookies.clone();
    let left = browser.post("/logout", &[]).await;
    assert_eq!(left.header(header::LOCATION), "/login");
    assert!(browser.cookies.is_empty(), "{left:?}");
    browser.cookies = kept;
    assert_eq!(browser.get("/settings").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn open_redirect_the_login_leads_nowhere_else() {
    let world = World::new().await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/login",
        "javascript:alert(1)",
        "evil.example",
        "/%0d%0aset-cookie:x=1",
    ] {
        let fields = [("name", "ana"), ("password", PASSWORD), ("next", next)];
        let entered = world.browser().post("/login", &fields).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER);
        let to = entered.header(header::LOCATION);
        let base = url::Url::parse("http://home.example/x").unwrap();
        let to = base.join(to).unwrap();
        assert_eq!(to.host_str(), Some("home.example"), "{next}");
        assert_ne!(to.path(), "/login", "{next}");
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_in_any_case_at_its_end() {
    let clock = ManualClock::at(gather::Clock::system().wall());
    let setting = Setting {
        clock: clock.clock(),
        config: "[server]\nsession_idle = \"1d\"\nsession_lifetime = \"3d\"\n".to_owned(),
        ..Setting::default()
    };
    let world = World::with(setting).await;
    let (mut used, mut left) = (world.signed_in("ana").await, world.signed_in("ana").await);
    let hours = |n: u64| Duration::from_secs(n * 3600);
    for _ in 0..3 {
        clock.advance(hours(20));
        assert_eq!(used.get("/settings").await.status, StatusCode::OK);
    }
    assert_eq!(left.get("/settings").await.status, StatusCode::SEE_OTHER);
    clock.advance(hours(11));
    assert_eq!(used.get("/settings").await.status, StatusCode::OK);
    clock.advance(hours(1));
    assert_eq!(used.get("/settings").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_ends_a_session_elsewhere_ends_it_here_at_once() {
    let world = World::new().await;
    let mut browser = world.signed_in("ana").await;
    assert_eq!(browser.get("/settings").await.status, StatusCode::OK);
    // As another process would: `gather user passwd`.
    let other = gather_store::Store::open(world.path("gather.db")).unwrap();
    let ana = other.user("ana").unwrap().unwrap();
    other.set_password(ana.id, "$argon2id$none", None).unwrap();
    assert_eq!(browser.get("/settings").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_setup_link_makes_the_first_user_once() {
    let setting = Setting {
        users: &[],
        ..Setting::default()
    };
    let world = World::with(setting).await;
    let mut browser = world.browser();
    let login = browser.get("/login").await;
    assert!(login.text.contains("Nobody lives here yet"), "{login:?}");
    let setup = world.setup.clone().unwrap();
    let path = setup.strip_prefix(&browser.origin).unwrap().to_owned();
    let guessed = browser
        .get("/setup/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .await;
    assert_eq!(guessed.status, StatusCode::NOT_FOUND);
    assert!(
        browser
            .get(&path)
            .await
            .text
            .contains("Make the first user")
    );

    let fields = |password| [("name", "ana"), ("password", password), ("again", password)];
    let short = browser.post(&path, &fields("short")).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text.contains("at least 12 characters"), "{short:?}");
    let differ = [
        ("name", "ana"),
        ("password", PASSWORD),
        ("again", "another one, and long"),
    ];
    assert!(browser.post(&path, &differ).await.text.contains("differ"));
    let strange = [("name", "a/b"), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(
        browser.post(&path, &strange).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );

    let made = browser.post(&path, &fields(PASSWORD)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{made:?}");
    assert_eq!(browser.get("/settings").await.status, StatusCode::OK);
    let again = world.browser().post(&path, &fields(PASSWORD)).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_key_opens_no_page_and_a_cookie_that_is_none_opens_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    for cookie in ["x".repeat(10_000), "%00".to_owned(), "'; --".to_owned()] {
        browser.cookies.insert("gather".to_owned(), cookie);
        assert_eq!(browser.get("/settings").await.status, StatusCode::SEE_OTHER);
    }
    let request = world
        .browser()
        .request(Method::GET, "/settings")
        .header(header::AUTHORIZATION, "Bearer gather_something")
        .body(String::new())
        .unwrap();
    assert_eq!(
        world.browser().send(request).await.status,
        StatusCode::SEE_OTHER
    );
}
