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

#[tokio::test]
async fn rates_of_the_second_version_are_rows() {
    let sandbox = start(Sandbox::builder()).await;
    let rows = get(&sandbox, Api::Rates, "/v2/rates").await.json();
    assert_eq!(list(&rows).len(), 30);
    assert!(
        list(&rows)
            .iter()
            .any(|row| row["quote"] == "EUR" && row["rate"] == 1.0)
    );
    let range = "/v2/rates?quotes=USD&from=2026-11-13&to=2026-11-17";
    let days = |body: &serde_json::Value| -> Vec<String> {
        list(body)
            .iter()
            .map(|row| text(&row["date"]).to_owned())
            .collect()
    };
    let expected = ["2026-11-13", "2026-11-16", "2026-11-17"];
    assert_eq!(
        days(&get(&sandbox, Api::Rates, range).await.json()),
        expected
    );
    let accept = [("accept", "application/x-ndjson")];
    let lines = send(&sandbox, Api::Rates, "GET", range, &accept, "").await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    assert_eq!(lines.text().lines().count(), 3);
    for (target, status) in [
        ("/v2/rates?bse=EUR", 422),
        ("/v2/rates?base=XXX", 422),
        ("/v2/rates?date=1998-01-01", 404),
        ("/v2/latest", 404),
    ] {
        let reply = get(&sandbox, Api::Rates, target).await;
        assert_eq!(
            (reply.status, &reply.json()["status"]),
            (status, &json!(status)),
            "{target}"
        );
    }
}

#[tokio::test]
async fn the_central_bank_writes_days_in_single_quotes() {
    let sandbox = start(Sandbox::builder()).await;
    let daily = get(&sandbox, Api::Ecb, "/stats/eurofxref/eurofxref-daily.xml").await;
    assert_eq!(daily.header("content-type"), "text/xml");
    assert!(daily.text().contains("<Cube time='2026-11-19'>"));
    assert_eq!(daily.text().matches("currency='").count(), 29);
    let usd = get(&sandbox, Api::Rates, "/v1/latest?symbols=USD")
        .await
        .json();
    assert!(daily.text().contains(&format!(
        "<Cube currency='USD' rate='{}'/>",
        usd["rates"]["USD"]
    )));
    let history = get(
        &sandbox,
        Api::Ecb,
        "/stats/eurofxref/eurofxref-hist-90d.xml",
    )
    .await;
    assert_eq!(history.text().matches("time='").count(), 65);
    assert!(!history.text().contains("time='2026-11-15'"), "a Sunday");
    assert_eq!(get(&sandbox, Api::Ecb, "/stats").await.status, 404);
}

#[tokio::test]
async fn open_exchange_rates_count_and_tell_errors_by_a_word() {
    let sandbox = start(
        Sandbox::builder()
            .key(Api::OpenExchange, "k")
            .allowance(Api::OpenExchange, 2),
    )
    .await;
    let word = async |target: &str| {
        let reply = get(&sandbox, Api::OpenExchange, target).await;
        (
            reply.status,
            reply.json()["message"].as_str().map(str::to_owned),
        )
    };
    assert_eq!(
        word("/api/latest.json").await,
        (401, Some("missing_app_id".into()))
    );
    assert_eq!(
        word("/api/latest.json?app_id=x").await,
        (401, Some("invalid_app_id".into()))
    );
    let latest = get(&sandbox, Api::OpenExchange, "/api/latest.json?app_id=k")
        .await
        .json();
    assert_eq!(
        (&latest["base"], &latest["rates"]["USD"]),
        (&json!("USD"), &json!(1))
    );
    assert!(latest["rates"]["BTC"].is_number() && latest["timestamp"].is_i64());
    assert_eq!(
        word("/api/latest.json?app_id=k&base=EUR").await,
        (403, Some("not_allowed".into()))
    );
    assert_eq!(
        word("/api/latest.json?app_id=k").await,
        (429, Some("access_restricted".into()))
    );
    let usage = get(&sandbox, Api::OpenExchange, "/api/usage.json?app_id=k")
        .await
        .json();
    assert_eq!(usage["data"]["usage"]["requests_remaining"], 0);
}
