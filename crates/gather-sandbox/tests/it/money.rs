//! Money is written exactly, and rates answer as Frankfurter does.

use std::collections::HashSet;

use gather_sandbox::{Api, Sandbox};
use serde_json::json;

use crate::client::{get, list, send, start, text};

#[tokio::test]
async fn bank_writes_money_with_two_decimals() {
    let sandbox = start(Sandbox::builder()).await;
    let accounts = get(&sandbox, Api::Bank, "/accounts").await;
    assert_eq!(
        accounts.text(),
        "[\n{\"id\":1,\"name\":\"Checking\",\"balance\":2500.00},\n{\"id\":2,\"name\":\"Savings\",\"balance\":10000.00}\n]\n"
    );
    assert_eq!(accounts.header("cache-control"), "no-store");
    let transactions = get(&sandbox, Api::Bank, "/transactions").await;
    let rows = transactions.json();
    assert_eq!(list(&rows).len(), 47);
    for (category, amount) in [
        ("Groceries", "-45.00"),
        ("Entertainment", "-12.99"),
        ("Income", "3000.00"),
    ] {
        assert!(
            transactions
                .text()
                .contains(&format!("\"amount\":{amount},\"category\":\"{category}\""))
        );
    }
    let ids: HashSet<u64> = list(&rows)
        .iter()
        .filter_map(|row| row["id"].as_u64())
        .collect();
    assert_eq!(ids.len(), 47);
    assert_eq!(
        list(&rows)
            .iter()
            .filter(|row| row["pending"] == true)
            .count(),
        1
    );
    assert!(
        list(&rows)
            .iter()
            .all(|row| text(&row["date"]).parse::<jiff::civil::Date>().is_ok())
    );
    let budgets = get(&sandbox, Api::Bank, "/budgets").await;
    for row in [
        "{\"category\":\"Groceries\",\"limit\":400.00,\"spent\":245.00}",
        "{\"category\":\"Entertainment\",\"limit\":100.00,\"spent\":62.00}",
        "{\"category\":\"Travel\",\"limit\":200.00,\"spent\":212.00}",
    ] {
        assert!(budgets.text().contains(row), "{row}");
    }
}

#[tokio::test]
async fn bank_asks_for_a_token_when_one_is_set() {
    let sandbox = start(Sandbox::builder().key(Api::Bank, "s3cret")).await;
    let refused = get(&sandbox, Api::Bank, "/accounts").await;
    assert_eq!(
        (refused.status, refused.header("www-authenticate")),
        (401, "Bearer realm=\"bank\"")
    );
    let admitted = send(
        &sandbox,
        Api::Bank,
        "GET",
        "/accounts",
        &[("authorization", "Bearer s3cret")],
        "",
    )
    .await;
    assert_eq!(admitted.status, 200);
    assert_eq!(
        send(&sandbox, Api::Bank, "POST", "/accounts", &[], "{}")
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn rates_of_a_day_a_range_and_a_base() {
    let sandbox = start(Sandbox::builder()).await;
    let latest = get(&sandbox, Api::Rates, "/v1/latest").await;
    assert_eq!(latest.header("cache-control"), "public, max-age=86400");
    let etag = latest.header("etag").to_owned();
    let again = send(
        &sandbox,
        Api::Rates,
        "GET",
        "/v1/latest",
        &[("if-none-match", &etag)],
        "",
    )
    .await;
    assert_eq!(again.status, 304);
    let latest = latest.json();
    assert_eq!(
        (&latest["base"], &latest["date"]),
        (&json!("EUR"), &json!("2026-11-19"))
    );
    assert_eq!(
        latest["rates"].as_object().map(serde_json::Map::len),
        Some(29)
    );
    let usd = get(&sandbox, Api::Rates, "/v1/latest?base=USD&symbols=EUR,GBP")
        .await
        .json();
    assert_eq!(
        usd["rates"]
            .as_object()
            .map(|rates| rates.keys().cloned().collect::<Vec<_>>()),
        Some(vec!["EUR".into(), "GBP".into()])
    );
    let product = usd["rates"]["EUR"].as_f64().expect("a rate")
        * latest["rates"]["USD"].as_f64().expect("a rate");
    assert!((product - 1.0).abs() < 0.001, "{product}");
    let sunday = get(&sandbox, Api::Rates, "/v1/2026-11-15").await.json();
    assert_eq!(sunday["date"], "2026-11-13", "a weekend shows Friday's");
    assert_eq!(
        get(&sandbox, Api::Rates, "/v1/2027-01-01").await.json()["date"],
        "2026-11-19"
    );
    let range = get(
        &sandbox,
        Api::Rates,
        "/v1/2026-11-14..2026-11-17?symbols=USD",
    )
    .await
    .json();
    assert_eq!(range["start_date"], "2026-11-13");
    let days = range["rates"].as_object().expect("days").keys();
    assert!(days.eq(["2026-11-13", "2026-11-16", "2026-11-17"]));
    assert_eq!(
        get(&sandbox, Api::Rates, "/v1/currencies").await.json()["CHF"],
        "Swiss Franc"
    );
    for (target, status) in [
        ("/v1/1998-01-01", 404),
        ("/v1/yesterday", 404),
        ("/v1/latest?base=XXX", 404),
        ("/v1/latest?symbols=XXX", 404),
        ("/v1/latest?base=USD&symbols=USD", 422),
        ("/v1/latest?amount=-1", 422),
    ] {
        let reply = get(&sandbox, Api::Rates, target).await;
        assert_eq!(
            (reply.status, reply.header("cache-control")),
            (status, "no-store"),
            "{target}"
        );
        assert!(reply.json()["message"].is_string());
    }
}
