//! What stands before every route: hosts, origins, paths, headers.

use http::{Method, StatusCode, header};

use crate::world::{PASSWORD, Setting, World};

#[tokio::test]
async fn a_page_of_another_origin_can_change_nothing() {
    let world = World::new().await;
    let mut browser = world.signed_in("ana").await;
    for origin in [
        None,
        Some("https://evil.example"),
        Some("null"),
        Some("http://127.0.0.1"),
    ] {
        for path in [
            "/login",
            "/logout",
            "/settings",
            "/settings/password",
            "/settings/keys",
            "/settings/keys/revoke",
            "/settings/sessions/end",
            "/settings/sessions/end-others",
            "/news/read",
            "/news/marks",
            "/runs",
            "/sources/x/fetch",
            "/money/transactions/1",
            "/money/review/1",
            "/api/v1/runs",
            "/api/v1/stories/marks",
            "/setup/x",
        ] {
            let answer = browser.post_from(origin, path, &[]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?} {path}");
        }
    }
    let request = browser
        .request(Method::POST, "/logout")
        .header("sec-fetch-site", "same-site")
        .header(header::ORIGIN, &browser.origin)
        .body(String::new())
        .unwrap();
    assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        browser.get("/settings").await.status,
        StatusCode::OK,
        "still signed in"
    );
}

#[tokio::test]
async fn without_a_session_nothing_is_shown_and_nothing_is_done() {
    let world = World::new().await;
    let mut browser = world.browser();
    for path in [
        "/",
        "/news",
        "/money",
        "/money/transactions",
        "/money/budgets",
        "/money/review",
        "/runs",
        "/runs/1",
        "/sources",
        "/sources/x",
        "/settings",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(
            answer.header(header::LOCATION).starts_with("/login"),
            "{path}"
        );
    }
    for path in [
        "/api/v1/dashboard",
        "/api/v1/stories",
        "/api/v1/transactions",
        "/api/v1/events",
        "/api/v1/sources",
        "/api/v1/runs",
        "/dashboard/",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(
            answer.header(header::CONTENT_TYPE),
            "application/problem+json"
        );
        assert!(
            answer
                .header(header::WWW_AUTHENTICATE)
                .starts_with("Bearer")
        );
    }
    for path in [
        "/settings",
        "/news/read",
        "/news/marks",
        "/runs",
        "/settings/keys",
        "/logout",
    ] {
        let answer = browser.post(path, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.header(header::LOCATION), "/login", "{path}");
    }
}

#[tokio::test]
async fn a_name_that_is_not_this_servers_is_not_answered() {
    let world = World::new().await;
    let answer = world
        .raw(b"GET /login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    assert!(answer.contains("public_url"), "{answer}");
    let answer = world
        .raw(b"GET /healthz HTTP/1.1\r\nHost: pod-7\r\nConnection: close\r\n\r\n")
        .await;
    assert!(
        answer.starts_with("HTTP/1.1 200 "),
        "a probe may call it what it likes: {answer}"
    );
}

#[tokio::test]
async fn tricks_with_paths_lead_nowhere() {
    let world = World::new().await;
    for path in [
        "/assets/../../Cargo.toml",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/x/..%2f..%2f..%2fetc/passwd",
        "/assets//etc/passwd",
        "//etc/passwd",
        "/%00",
        "/api/v1/../../etc/passwd",
        "/.git/config",
        "/login/",
        "/login/..;/settings",
    ] {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        let answer = world.raw(request.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "400" | "404" | "401"), "{path}: {answer}");
        assert!(!answer.contains("root:"), "{path}");
    }
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let world = World::new().await;
    let mut browser = world.signed_in("ana").await;
    for path in [
        "/settings",
        "/login",
        "/nowhere",
        "/api/v1/openapi.json",
        "/healthz",
    ] {
        let answer = browser.get(path).await;
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(
            answer.header(header::X_CONTENT_TYPE_OPTIONS),
            "nosniff",
            "{path}"
        );
        assert_eq!(
            answer.header(header::REFERRER_POLICY),
            "same-origin",
            "{path}"
        );
    }
    assert_eq!(
        browser.get("/settings").await.header(header::CACHE_CONTROL),
        "no-store"
    );
}

#[tokio::test]
async fn it_lives_under_a_base_path() {
    let setting = Setting {
        config: "[server]\nbase_path = \"/gather\"\n".to_owned(),
        ..Setting::default()
    };
    let world = World::with(setting).await;
    let mut browser = world.browser();
    assert!(world.url.ends_with("/gather/"), "{}", world.url);
    assert_eq!(
        browser.get("/gather").await.header(header::LOCATION),
        "/gather/"
    );
    assert_eq!(
        browser.get("/gather/").await.header(header::LOCATION),
        "/gather/login"
    );
    assert_eq!(browser.get("/login").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        browser.get("/gatherings/login").await.status,
        StatusCode::NOT_FOUND
    );
    let fields = [
        ("name", "ana"),
        ("password", PASSWORD),
        ("next", "/gather/settings"),
    ];
    let entered = browser.post("/gather/login", &fields).await;
    assert_eq!(entered.header(header::LOCATION), "/gather/settings");
    assert!(
        entered.header(header::SET_COOKIE).contains("Path=/gather;"),
        "{entered:?}"
    );
    let page = browser.get("/gather/settings").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("href=\"/gather/assets/"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("href=\"/assets"), "{}", page.text);
    assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn behind_a_proxy_that_is_trusted_its_word_counts_and_behind_another_it_does_not() {
    let config =
        "[server]\npublic_url = \"https://home.example\"\ntrusted_proxies = \"127.0.0.1\"\n";
    let setting = Setting {
        config: config.to_owned(),
        ..Setting::default()
    };
    let world = World::with(setting).await;
    let browser = world.browser();
    let sign_in = |client: &str| {
        browser
            .request(Method::POST, "/login")
            .header(header::ORIGIN, "https://home.example")
            .header("x-forwarded-host", "home.example")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-for", client)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    };
    let right = format!("name=ana&password={}", PASSWORD.replace(' ', "+"));
    let entered = world
        .browser()
        .send(sign_in("198.51.100.7").body(right.clone()).unwrap())
        .await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{entered:?}");
    let cookie = entered.header(header::SET_COOKIE);
    assert!(cookie.starts_with("__Host-gather="), "{cookie}");
    assert!(
        cookie.contains("; Path=/;") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    assert!(!entered.header(header::STRICT_TRANSPORT_SECURITY).is_empty());
    let ana = world.store.user("ana").unwrap().unwrap();
    let times = gather_store::SessionTimes {
        idle: std::time::Duration::from_secs(3600),
        absolute: std::time::Duration::from_secs(3600),
    };
    let sessions = world
        .store
        .sessions(
            ana.id,
            gather::Clock::system().wall().try_into().unwrap(),
            times,
        )
        .unwrap();
    assert_eq!(sessions[0].address.as_deref(), Some("198.51.100.7"));
    // Tries are counted by the address of the client, not of the proxy.
    for _ in 0..6 {
        world
            .browser()
            .send(
                sign_in("203.0.113.1")
                    .body("name=ben&password=x".to_owned())
                    .unwrap(),
            )
            .await;
    }
    let ben = right.replace("ana", "ben");
    let here = world
        .browser()
        .send(sign_in("198.51.100.8").body(ben.clone()).unwrap())
        .await;
    assert_eq!(here.status, StatusCode::SEE_OTHER, "{here:?}");
    let there = world
        .browser()
        .send(sign_in("203.0.113.1").body(ben).unwrap())
        .await;
    assert_eq!(there.status, StatusCode::TOO_MANY_REQUESTS);
    // The figures are for this machine; a client of the proxy is none.
    let request = browser
        .request(Method::GET, "/metrics")
        .header("x-forwarded-for", "198.51.100.7");
    let refused = world
        .browser()
        .send(request.body(String::new()).unwrap())
        .await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_wrong_method_and_a_wrong_address_say_so_to_people_and_programs() {
    let world = World::new().await;
    let mut browser = world.browser();
    let missing = browser.get("/nowhere").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(
        missing.text.contains("There is nothing at this address."),
        "{missing:?}"
    );
    let request = browser
        .request(Method::DELETE, "/login")
        .header(header::ORIGIN, &browser.origin);
    let request = request.body(String::new()).unwrap();
    assert_eq!(
        browser.send(request).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let missing = browser.get("/api/v1/nowhere").await;
    assert_eq!(
        missing.header(header::CONTENT_TYPE),
        "application/problem+json"
    );
    assert_eq!(missing.json()["status"], 404);
}

#[tokio::test]
async fn it_is_ready_while_it_can_write_and_fetch() {
    let world = World::new().await;
    assert_eq!(world.browser().get("/healthz").await.text, "well\n");
    assert_eq!(world.browser().get("/readyz").await.text, "ready\n");
}
