//! Proxies named by the environment. Each test runs itself again in a process whose environment it chooses.

use std::process::Command;

use gather::{Client, Retry};
use gather_sandbox::{Api, Proxy, Sandbox};

/// Runs one of the ignored tests below in a process of its own and gives what it printed.
async fn in_environment(test: &str, variables: &[(&str, String)], url: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("GATHER_TEST_URL", url);
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
    ] {
        command.env_remove(name);
    }
    command.envs(
        variables
            .iter()
            .map(|(name, value)| (*name, value.as_str())),
    );
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const CHILD: &str = "proxies::child_asks_once";

#[tokio::test]
#[ignore = "needs proxies: run by the other tests of this module in a process of its own"]
async fn child_asks_once() {
    let Ok(url) = std::env::var("GATHER_TEST_URL") else {
        return;
    };
    let client = Client::builder().retry(Retry::never()).build().unwrap();
    match client.send(url).await {
        Ok(response) => println!("answer: {}", response.status().as_u16()),
        Err(error) => println!("error: proxy={} {error}", error.is_proxy()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_31_a_proxy_of_the_environment_is_used_and_no_proxy_is_honoured() {
    let sandbox = Sandbox::builder().start().await.unwrap();
    let proxy = Proxy::start().await.unwrap();
    let port = sandbox.addr(Api::Any).port();
    let elsewhere = format!("http://sandbox.example:{port}/json/1");
    let through = [("http_proxy", proxy.url())];
    assert!(
        in_environment(CHILD, &through, &elsewhere)
            .await
            .contains("answer: 200")
    );
    assert_eq!((proxy.forwarded(), sandbox.log(Api::Any).total()), (1, 1));

    // This machine is never asked through a proxy.
    let here = format!("{}/json/1", sandbox.url(Api::Any));
    assert!(
        in_environment(CHILD, &through, &here)
            .await
            .contains("answer: 200")
    );
    assert_eq!((proxy.forwarded(), sandbox.log(Api::Any).total()), (1, 2));

    let except = [
        ("http_proxy", proxy.url()),
        ("no_proxy", "sandbox.example".to_owned()),
    ];
    let direct = in_environment(CHILD, &except, &elsewhere).await;
    assert!(direct.contains("error: proxy=false"), "{direct}");
    assert_eq!(proxy.forwarded(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_31_a_407_is_named_and_credentials_of_the_environment_are_sent() {
    let sandbox = Sandbox::builder().tls().start().await.unwrap();
    let proxy = Proxy::start_with_credentials("me", "pass").await.unwrap();
    let port = sandbox.addr(Api::Any).port();
    let plain = format!("http://sandbox.example:{port}/json/1");
    let without = [("http_proxy", proxy.url()), ("https_proxy", proxy.url())];
    let told = in_environment(CHILD, &without, &plain).await;
    assert!(
        told.contains("error: proxy=true") && told.contains("407"),
        "{told}"
    );
    let secure = format!("https://sandbox.example:{port}/json/1");
    let told = in_environment(CHILD, &without, &secure).await;
    assert!(
        told.contains("error: proxy=true") && told.contains("407"),
        "{told}"
    );
    let with = [(
        "http_proxy",
        proxy.url().replace("http://", "http://me:pass@"),
    )];
    let told = in_environment(CHILD, &with, &plain).await;
    assert!(told.contains("answer: 200"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_31_tls_goes_through_a_tunnel() {
    let sandbox = Sandbox::builder().tls().start().await.unwrap();
    let proxy = Proxy::start().await.unwrap();
    let port = sandbox
        .tls_addr(Api::Any, gather_sandbox::Certificate::Good)
        .port();
    let through = [("https_proxy", proxy.url())];
    let url = format!("https://sandbox.example:{port}/json/1");
    let told = in_environment(CHILD, &through, &url).await;
    // The child does not trust the sandbox's authority: the tunnel stands, and TLS is between the two ends.
    assert!(
        told.contains("error: proxy=false") && told.contains("TLS"),
        "{told}"
    );
    assert_eq!(proxy.tunnels(), 1);
}
