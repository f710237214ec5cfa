//! OpenWeather, whose `cod` is a number or a text as it likes.

use gather_sandbox::{Api, Fault, Sandbox};
use serde_json::json;

use crate::client::{get, list, start};

#[tokio::test]
async fn the_weather_has_a_number_for_its_code_and_the_forecast_a_text() {
    let sandbox = start(Sandbox::builder()).await;
    let now = get(
        &sandbox,
        Api::OpenWeather,
        "/data/2.5/weather?lat=52.37&lon=4.9&appid=k&units=metric",
    )
    .await
    .json();
    assert_eq!(now["cod"], json!(200));
    assert!(now["dt"].is_i64() && now["main"]["temp"].as_f64().is_some_and(|t| t < 40.0));
    assert!(now["weather"][0]["description"].is_string());
    let kelvin = get(
        &sandbox,
        Api::OpenWeather,
        "/data/2.5/weather?lat=52.37&lon=4.9&appid=k",
    )
    .await
    .json();
    assert!(kelvin["main"]["temp"].as_f64().is_some_and(|t| t > 200.0));
    let forecast = get(
        &sandbox,
        Api::OpenWeather,
        "/data/2.5/forecast?q=Testdam,NL&appid=k",
    )
    .await
    .json();
    assert_eq!(
        (&forecast["cod"], list(&forecast["list"]).len()),
        (&json!("200"), 40)
    );
}

#[tokio::test]
async fn it_refuses_with_either_kind_of_code() {
    let sandbox = start(Sandbox::builder().key(Api::OpenWeather, "right")).await;
    let cases = [
        ("?lat=1&lon=2", 401, json!(401)),
        ("?lat=1&lon=2&appid=wrong", 401, json!(401)),
        ("?appid=right", 400, json!("400")),
        ("?lat=91&lon=2&appid=right", 400, json!("400")),
        ("?q=Nowhere&appid=right", 404, json!("404")),
    ];
    for (query, status, cod) in cases {
        let target = format!("/data/2.5/weather{query}");
        let reply = get(&sandbox, Api::OpenWeather, &target).await;
        assert_eq!(
            (reply.status, &reply.json()["cod"]),
            (status, &cod),
            "{query}"
        );
        assert!(reply.json()["message"].is_string());
    }
    sandbox
        .set_fault(Api::OpenWeather, Fault::status(429))
        .await
        .unwrap();
    let limited = get(&sandbox, Api::OpenWeather, "/data/2.5/weather").await;
    assert_eq!((limited.status, &limited.json()["cod"]), (429, &json!(429)));
}
