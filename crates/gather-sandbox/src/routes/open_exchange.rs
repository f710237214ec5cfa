//! Open Exchange Rates: rates of the newest moment or of a day on the dollar, and what is left of the plan.
//!
//! Errors are told by the word in `message`; the same word has more than one status. The plan is the free one, which
//! has no other base.

use std::collections::BTreeMap;

use http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::json;

use super::{Asked, Watch, allowance::Allowance};
use crate::{
    answer::Answer,
    data::fx::{self, CURRENCIES, FIRST_DAY, ONE},
};

const MONTH: SignedDuration = SignedDuration::from_hours(31 * 24);

#[derive(Debug)]
pub(crate) struct OpenExchange {
    seed: u64,
    /// The newest hour.
    hour: Timestamp,
    key: Option<String>,
    allowed: u64,
    allowance: Allowance,
    watch: Watch,
}

impl OpenExchange {
    pub(super) fn new(
        seed: u64,
        now: Timestamp,
        watch: Watch,
        key: Option<String>,
        allowed: Option<u64>,
    ) -> Self {
        Self {
            seed,
            hour: now,
            key,
            allowed: allowed.unwrap_or(1_000),
            allowance: Allowance::new(MONTH),
            watch,
        }
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        let query = asked.query();
        let Some(given) = query.filled("app_id") else {
            return error(401, "missing_app_id", "No App ID provided.");
        };
        if self.key.as_deref().is_some_and(|key| key != given) {
            return error(401, "invalid_app_id", "Invalid App ID provided.");
        }
        let path = asked.path.strip_prefix("/api/").unwrap_or_default();
        let free = matches!(path, "usage.json" | "currencies.json");
        let standing = self
            .allowance
            .spend(given, self.allowed, self.watch.now(), !free);
        match path {
            "usage.json" => {
                let body = json!({ "status": 200, "data": {
                    "app_id": given, "status": "active",
                    "plan": {
                        "name": "Free", "quota": format!("{} requests / month", self.allowed), "update_frequency": "3600s",
                        "features": { "base": false, "symbols": true, "experimental": true, "time-series": false, "convert": false },
                    },
                    "usage": {
                        "requests": standing.used, "requests_quota": standing.limit, "requests_remaining": standing.remaining(),
                        "days_elapsed": 3, "days_remaining": 28, "daily_average": standing.used / 3,
                    },
                } });
                return Answer::json(body.to_string()).with(header::CACHE_CONTROL, "no-cache");
            }
            "currencies.json" => {
                let names: BTreeMap<&str, &str> = CURRENCIES
                    .iter()
                    .map(|(code, name, _)| (*code, *name))
                    .collect();
                return Answer::json(json!(names).to_string());
            }
            _ => {}
        }
        if standing.refused {
            return error(
                429,
                "access_restricted",
                "Access restricted for repeated over-use (status: 429), or other reason.",
            );
        }
        let (day, at) = match path {
            "latest.json" => (
                fx::working_day(self.hour.to_zoned(TimeZone::UTC).date()),
                self.hour,
            ),
            path => {
                let day = path
                    .strip_prefix("historical/")
                    .and_then(|path| path.strip_suffix(".json"))
                    .and_then(|day| day.parse::<Date>().ok())
                    .filter(|day| *day >= FIRST_DAY);
                let Some(day) = day else {
                    return error(404, "not_found", "Nothing found at this address.");
                };
                let end = TimeZone::UTC.to_timestamp(day.at(23, 59, 59, 0));
                (fx::working_day(day), end.unwrap_or(self.hour))
            }
        };
        if query.filled("base").is_some_and(|base| base != "USD") {
            return error(
                403,
                "not_allowed",
                "Changing the API `base` currency is available for Developer, Enterprise and Unlimited plan clients.",
            );
        }
        let wanted: Option<Vec<&str>> = query
            .filled("symbols")
            .map(|list| list.split(',').collect());
        let per_euro = |code: &str| fx::per_euro(self.seed, day, code).unwrap_or(ONE);
        let dollar = per_euro("USD");
        let rates: Vec<String> = CURRENCIES
            .iter()
            .map(|(code, ..)| (*code, (per_euro(code) * ONE + dollar / 2) / dollar))
            // A coin, which is no currency of ISO 4217.
            .chain([("BTC", 11)])
            .filter(|(code, _)| wanted.as_ref().is_none_or(|wanted| wanted.contains(code)))
            .map(|(code, rate)| {
                let rate = if code == "USD" {
                    "1".to_owned()
                } else {
                    fx::number(rate)
                };
                format!("\"{code}\":{rate}")
            })
            .collect();
        let body = format!(
            "{{\"disclaimer\":\"Invented.\",\"license\":\"Invented.\",\"timestamp\":{},\"base\":\"USD\",\"rates\":{{{}}}}}",
            at.as_second(),
            rates.join(",")
        );
        Answer::json(body).revalidated(asked.headers)
    }
}

fn error(code: u16, message: &str, description: &str) -> Answer {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST);
    let body =
        json!({ "error": true, "status": code, "message": message, "description": description });
    Answer::error(status, &body)
}
