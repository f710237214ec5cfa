//! OpenWeather: the weather now, and a forecast.
//!
//! `cod` is a number here and a text there, on success and on failure, as it is with the real service.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Asked;
use crate::answer::{Answer, Query, fingerprint};

#[derive(Debug)]
pub(crate) struct OpenWeather {
    seed: u64,
    now: i64,
    key: Option<String>,
}

const SKIES: [(u32, &str, &str, &str); 6] = [
    (800, "Clear", "clear sky", "01d"),
    (802, "Clouds", "scattered clouds", "03d"),
    (804, "Clouds", "overcast clouds", "04d"),
    (500, "Rain", "light rain", "10d"),
    (600, "Snow", "light snow", "13d"),
    (701, "Mist", "mist", "50d"),
];

/// What it knows by name.
const TOWNS: [(&str, f64, f64); 3] = [
    ("Testdam", 52.37, 4.9),
    ("Aldmere", 54.1, -2.9),
    ("Port Elling", 57.7, 11.9),
];

impl OpenWeather {
    pub(super) fn new(seed: u64, now: Timestamp, key: Option<String>) -> Self {
        // An observation is made every ten minutes, the last of them eight minutes ago.
        Self {
            seed,
            now: now.as_second() - 480,
            key,
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let query = asked.query();
        let given = query.filled("appid");
        if given.is_none() || (self.key.is_some() && given != self.key.as_deref()) {
            return error(
                StatusCode::UNAUTHORIZED,
                401.into(),
                "Invalid API key. Please see https://openweather.example/faq#error401 for more info.",
            );
        }
        let forecast = match asked.path {
            "/data/2.5/weather" => false,
            "/data/2.5/forecast" => true,
            _ => return error(StatusCode::NOT_FOUND, "404".into(), "Internal error"),
        };
        let (name, lat, lon) = match place(&query) {
            Ok(place) => place,
            Err(refusal) => return refusal,
        };
        let unit = match query.get("units") {
            Some("metric") => |kelvin: f64| kelvin - 273.15,
            Some("imperial") => |kelvin: f64| kelvin * 1.8 - 459.67,
            _ => |kelvin: f64| kelvin,
        };
        let id = fingerprint(format!("{lat:.2} {lon:.2}").as_bytes()) % 9_000_000;
        let at = |time: i64| self.observed(id, time, unit);
        if forecast {
            let list: Vec<Value> = (1..=40).map(|n| at(self.now + n * 10_800)).collect();
            let city = json!({ "id": id, "name": name, "coord": { "lat": lat, "lon": lon }, "country": "NL", "timezone": 3600 });
            let body = json!({ "cod": "200", "message": 0, "cnt": list.len(), "list": list, "city": city });
            return Answer::json(body.to_string());
        }
        let mut body = at(self.now);
        if let Value::Object(fields) = &mut body {
            fields.insert("coord".to_owned(), json!({ "lon": lon, "lat": lat }));
            fields.insert("base".to_owned(), "stations".into());
            fields.insert("sys".to_owned(), json!({ "country": "NL", "sunrise": self.now - 9_000, "sunset": self.now + 21_000 }));
            fields.insert("timezone".to_owned(), 3600.into());
            fields.insert("id".to_owned(), id.into());
            fields.insert("name".to_owned(), name.into());
            fields.insert("cod".to_owned(), 200.into());
        }
        Answer::json(body.to_string())
    }

    fn observed(&self, place: u64, time: i64, unit: impl Fn(f64) -> f64) -> Value {
        let hour = time.div_euclid(3_600);
        let mut rng = fastrand::Rng::with_seed(self.seed ^ place ^ hour.unsigned_abs());
        let (id, main, description, icon) = SKIES[rng.usize(..SKIES.len())];
        let kelvin = f64::from(rng.u32(26_800..29_600)) / 100.0;
        let temperature = |plus: f64| (unit(kelvin + plus) * 100.0).round() / 100.0;
        let mut body = json!({
            "weather": [{ "id": id, "main": main, "description": description, "icon": icon }],
            "main": {
                "temp": temperature(0.0), "feels_like": temperature(-2.4), "temp_min": temperature(-0.6),
                "temp_max": temperature(0.9), "pressure": rng.u32(980..1040), "humidity": rng.u32(40..100),
            },
            "visibility": rng.u32(1..=10) * 1000,
            "wind": { "speed": f64::from(rng.u32(0..180)) / 10.0, "deg": rng.u32(0..360) },
            "clouds": { "all": rng.u32(0..=100) },
            "dt": time,
        });
        if main == "Rain" {
            body["rain"] = json!({ "1h": f64::from(rng.u32(1..60)) / 10.0 });
        }
        body
    }
}

fn place(query: &Query<'_>) -> Result<(&'static str, f64, f64), Answer> {
    let nothing = || error(StatusCode::BAD_REQUEST, "400".into(), "Nothing to geocode");
    if let Some(town) = query.filled("q") {
        let name = town.split(',').next().unwrap_or_default().trim();
        return TOWNS
            .into_iter()
            .find(|(known, _, _)| known.eq_ignore_ascii_case(name))
            .ok_or_else(|| error(StatusCode::NOT_FOUND, "404".into(), "city not found"));
    }
    let (Some(lat), Some(lon)) = (query.filled("lat"), query.filled("lon")) else {
        return Err(nothing());
    };
    let degree = |text: &str, most: f64| {
        text.parse::<f64>()
            .ok()
            .filter(|degree| degree.abs() <= most)
    };
    match (degree(lat, 90.0), degree(lon, 180.0)) {
        (Some(lat), Some(lon)) => Ok(("Testdam", lat, lon)),
        (None, _) => Err(error(
            StatusCode::BAD_REQUEST,
            "400".into(),
            "wrong latitude",
        )),
        _ => Err(error(
            StatusCode::BAD_REQUEST,
            "400".into(),
            "wrong longitude",
        )),
    }
}

fn error(status: StatusCode, cod: Value, message: &str) -> Answer {
    Answer::error(status, &json!({ "cod": cod, "message": message }))
}
