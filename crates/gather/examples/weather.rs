//! Five cities with one shared client: answers stand in the order asked, whatever the order of arrival.
//!
//! `cargo run -p gather --example weather`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{error::Error, time::Duration};

use gather::Client;
use gather_sandbox::{Api, Latency, Sandbox};
use serde::Deserialize;

const CITIES: [&str; 5] = ["london", "paris", "tokyo", "lagos", "lima"];

/// The server says what it was asked; a real one would say how warm it is.
#[derive(Deserialize)]
struct Weather {
    path: String,
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // The first city asked is the last to answer.
    let mut sandbox = Sandbox::builder();
    for (place, city) in (0..).zip(CITIES) {
        let latency = Latency::fixed(Duration::from_millis(500 - 100 * place));
        let route = format!("/echo/weather/{city}");
        sandbox = sandbox.latency((Api::Any, route.as_str()), latency);
    }
    let sandbox = sandbox.start().await?;
    let base = sandbox.url(Api::Any);

    let client = Client::new();
    let answers = client
        .gather(CITIES.map(|city| format!("{base}/echo/weather/{city}")))
        .await;

    // The timeline knows when each answer was complete.
    let mut arrivals = answers.report.timeline.clone();
    arrivals.sort_by_key(|attempt| attempt.ended);
    let arrived: Vec<&str> = arrivals
        .iter()
        .map(|attempt| CITIES[attempt.request])
        .collect();
    println!("arrived: {}", arrived.join(", "));

    for (city, result) in CITIES.into_iter().zip(answers) {
        let weather: Weather = result?.error_for_status()?.json()?;
        println!("{city}: {}", weather.path);
        assert_eq!(
            weather.path,
            format!("/echo/weather/{city}"),
            "each city has its own answer"
        );
    }
    assert_ne!(arrived, CITIES, "they did not come in the order asked");
    Ok(())
}
