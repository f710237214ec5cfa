//! SimpleFIN: a token is claimed once, and all accounts come in one answer.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use gather_sandbox::{Api, Sandbox};
use serde_json::{Value, json};

use crate::client::{Reply, get, list, send, start, text};

async fn claim(sandbox: &Sandbox, name: &str) -> Reply {
    send(
        sandbox,
        Api::SimpleFin,
        "POST",
        &format!("/claim/{name}"),
        &[],
        "",
    )
    .await
}

async fn ask(sandbox: &Sandbox, target: &str) -> Reply {
    let pair = BASE64_STANDARD.encode("sandbox-user:sandbox-word");
    let headers = [("authorization", &*format!("Basic {pair}"))];
    send(sandbox, Api::SimpleFin, "GET", target, &headers, "").await
}

/// Every transaction of every account.
fn moves(body: &Value) -> Vec<&Value> {
    let accounts = list(&body["accounts"]).iter();
    accounts
        .flat_map(|account| list(&account["transactions"]))
        .collect()
}

#[tokio::test]
async fn a_setup_token_is_claimed_once() {
    let sandbox = start(Sandbox::builder()).await;
    let access = claim(&sandbox, "demo").await;
    assert_eq!(
        (access.status, access.header("cache-control")),
        (200, "no-store")
    );
    assert_eq!(
        access.text(),
        "http://sandbox-user:sandbox-word@sandbox/demo"
    );
    assert_eq!(claim(&sandbox, "demo").await.status, 403);
    assert_eq!(claim(&sandbox, "nobody").await.status, 403);
    assert_eq!(claim(&sandbox, "v1").await.status, 200);
    assert_eq!(
        get(&sandbox, Api::SimpleFin, "/demo/accounts").await.status,
        403
    );
    assert_eq!(
        get(&sandbox, Api::SimpleFin, "/info").await.json()["versions"],
        json!(["1", "2"])
    );
}

#[tokio::test]
async fn both_versions_hold_the_same_and_nothing_is_to_be_kept() {
    let sandbox = start(Sandbox::builder()).await;
    // 60 days before, and pending ones too.
    let query = "start-date=1789948800&pending=1";
    let second = ask(&sandbox, &format!("/demo/accounts?version=2&{query}")).await;
    assert_eq!(second.header("cache-control"), "no-store");
    let second = second.json();
    assert_eq!(list(&second["errlist"]).len(), 0);
    assert_eq!(
        second["connections"][0]["conn_id"],
        second["accounts"][0]["conn_id"]
    );
    assert_eq!(moves(&second).len(), 48);
    let first = ask(&sandbox, &format!("/v1/accounts?version=2&{query}"))
        .await
        .json();
    assert!(first["accounts"][0]["org"].is_object() && first["errlist"].is_null());
    assert_eq!(moves(&first), moves(&second));
    // Presence counts: what is said does not.
    let asked = ask(&sandbox, "/demo/accounts?start-date=1789948800&pending=0")
        .await
        .json();
    assert_eq!(moves(&asked).len(), 48);
    let without = ask(&sandbox, "/demo/accounts?start-date=1789948800")
        .await
        .json();
    assert_eq!(moves(&without).len(), 46);
    let only = ask(&sandbox, "/demo/accounts?balances-only=1&account=ACT-2")
        .await
        .json();
    assert_eq!((list(&only["accounts"]).len(), moves(&only).len()), (1, 0));
    let day = ask(&sandbox, "/demo/accounts").await.json();
    assert!(text(&day["x-api-message"][0]).contains("Only the last day"));
    let cut = ask(&sandbox, "/demo/accounts?start-date=0").await.json();
    assert!(text(&cut["x-api-message"][0]).contains("90 days"));
}

#[tokio::test]
async fn what_was_pending_posts_under_another_id_and_one_with_a_tip() {
    let sandbox = start(Sandbox::builder()).await;
    let target = "/demo/accounts?version=2&pending=1&start-date=1789948800";
    let before = ask(&sandbox, target).await.json();
    let held: Vec<Value> = moves(&before)
        .into_iter()
        .filter(|row| row["pending"] == true)
        .cloned()
        .collect();
    assert_eq!(held.len(), 2);
    sandbox.set_edition(Api::SimpleFin, 1);
    let after = ask(&sandbox, target).await.json();
    assert!(moves(&after).iter().all(|row| row["pending"].is_null()));
    assert_eq!(moves(&after).len(), moves(&before).len());
    let mut tips = 0;
    for held in &held {
        let booked = moves(&after)
            .into_iter()
            .find(|row| {
                row["payee"] == held["payee"] && row["transacted_at"] == held["transacted_at"]
            })
            .expect("it has posted");
        assert_ne!(booked["id"], held["id"]);
        tips += u32::from(booked["amount"] != held["amount"]);
    }
    assert_eq!(tips, 1);
}

#[tokio::test]
async fn errors_come_beside_good_accounts_and_too_many_requests_are_refused() {
    let sandbox = start(Sandbox::builder().allowance(Api::SimpleFin, 2)).await;
    let second = ask(&sandbox, "/troubled/accounts?version=2").await.json();
    assert_eq!(list(&second["accounts"]).len(), 3);
    assert_eq!(
        second["errlist"][1]["account_id"],
        second["accounts"][1]["id"]
    );
    assert!(text(&second["accounts"][2]["currency"]).starts_with("http://"));
    let first = ask(&sandbox, "/troubled/accounts").await.json();
    assert_eq!(list(&first["errors"]).len(), 2);
    let refused = ask(&sandbox, "/troubled/accounts").await;
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (429, "text/plain")
    );
}
