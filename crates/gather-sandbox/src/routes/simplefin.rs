//! SimpleFIN: setup tokens that can be claimed once, and all accounts of a user in one answer.
//!
//! `POST /claim/{NAME}` gives the access URL of the scenario NAME, once; after that, and for names that there are not,
//! it is refused. A scenario is a path: `/demo/accounts` and so on. With each edition of the API, what was pending is
//! posted under a new id, one of it with a tip.
//!
//! Source: the SimpleFIN protocol, versions 1 and 2.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use hyper::body::Incoming;
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{Asked, Watch, allowance::Allowance};
use crate::{
    answer::Answer,
    data::ledger::{ACCOUNTS, Ledger, decimal},
};

/// What can be claimed.
const SCENARIOS: [&str; 3] = ["demo", "v1", "troubled"];
/// User and password of every access URL, where no key was set.
const CREDENTIALS: &str = "sandbox-user:sandbox-word";
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A window of more days than this is cut, and said so.
const MOST_DAYS: i64 = 90;

#[derive(Debug)]
pub(crate) struct SimpleFin {
    ledger: Ledger,
    today: Date,
    credentials: String,
    claimed: Mutex<HashSet<String>>,
    allowed: u64,
    allowance: Allowance,
    watch: Watch,
}

impl SimpleFin {
    pub(super) fn new(
        seed: u64,
        now: Timestamp,
        watch: Watch,
        key: Option<String>,
        allowed: Option<u64>,
    ) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        Self {
            ledger: Ledger::new(seed, today),
            today,
            credentials: key.unwrap_or_else(|| CREDENTIALS.to_owned()),
            claimed: Mutex::default(),
            allowed: allowed.unwrap_or(24),
            allowance: Allowance::new(DAY),
            watch,
        }
    }

    /// A claim, the only thing that takes POST.
    pub(super) fn post(&self, request: &Request<Incoming>, secure: bool) -> Answer {
        let asked = Asked::new(
            request.uri(),
            request.headers(),
            super::Around { secure, edition: 0 },
        );
        let name = asked.path.strip_prefix("/claim/").unwrap_or_default();
        // Nothing in here panics half-way through a change.
        let mut claimed = self.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        if !SCENARIOS.contains(&name) || !claimed.insert(name.to_owned()) {
            return forbidden();
        }
        let (scheme, host) = asked.origin;
        let url = format!("{scheme}://{}@{host}/{name}", self.credentials);
        Answer::new(StatusCode::OK, "text/plain; charset=utf-8", url)
            .with(header::CACHE_CONTROL, "no-store")
    }

    pub(super) fn answer(&self, asked: Asked<'_>) -> Answer {
        if asked.path == "/info" {
            return Answer::json(json!({ "versions": ["1", "2"] }).to_string());
        }
        let Some((scenario, "accounts")) = asked
            .path
            .strip_prefix('/')
            .and_then(|path| path.split_once('/'))
            .filter(|(scenario, _)| SCENARIOS.contains(scenario))
        else {
            return Answer::error(StatusCode::NOT_FOUND, &json!({ "errors": ["not found"] }));
        };
        if !self.admits(asked.headers) {
            return forbidden();
        }
        let standing = self
            .allowance
            .spend(scenario, self.allowed, self.watch.now(), true);
        if standing.refused {
            return Answer::new(
                StatusCode::TOO_MANY_REQUESTS,
                "text/plain",
                "Too many requests",
            )
            .with(header::CACHE_CONTROL, "no-store");
        }
        self.accounts(scenario, asked)
            .with(header::CACHE_CONTROL, "no-store")
    }

    fn admits(&self, headers: &HeaderMap) -> bool {
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
            .and_then(|text| BASE64_STANDARD.decode(text).ok())
            .is_some_and(|pair| pair == self.credentials.as_bytes())
    }

    fn accounts(&self, scenario: &str, asked: Asked<'_>) -> Answer {
        let query = asked.query();
        let second = |name: &str| query.filled(name).and_then(|text| text.parse::<i64>().ok());
        // Whether it is there counts, not what it says.
        let pending = query.get("pending").is_some();
        let balances_only = query.get("balances-only").is_some();
        let version_2 = scenario != "v1" && query.get("version") == Some("2");
        let mut notices = Vec::new();
        let now = at(self.today) + DAY.as_secs();
        let mut from = second("start-date").unwrap_or_else(|| {
            notices.push("Only the last day of transactions is shown: give start-date for more");
            now - DAY.as_secs()
        });
        if now - from > MOST_DAYS * DAY.as_secs() {
            from = now - MOST_DAYS * DAY.as_secs();
            notices.push("The window was cut to 90 days");
        }
        let to = second("end-date").unwrap_or(i64::MAX);
        let wanted: Vec<&str> = query
            .iter()
            .filter(|(name, _)| *name == "account")
            .map(|(_, id)| id)
            .collect();
        let mut accounts = Vec::new();
        for account in ACCOUNTS {
            let id = format!("ACT-{}", account.id);
            if !wanted.is_empty() && !wanted.contains(&id.as_str()) {
                continue;
            }
            let moves: Vec<Value> = self
                .ledger
                .transactions
                .iter()
                .filter(|row| row.account == account.id && !balances_only)
                .flat_map(|row| self.shown(row, asked.edition))
                .filter(|row| {
                    let posted = row["posted"].as_i64().unwrap_or_default();
                    if posted == 0 {
                        pending
                    } else {
                        (from..to).contains(&posted)
                    }
                })
                .collect();
            let mut shown = json!({
                "id": id, "name": account.name, "currency": "EUR",
                "balance": decimal(account.cents), "available-balance": decimal(account.cents),
                "balance-date": at(self.today), "transactions": moves,
            });
            if version_2 {
                shown["conn_id"] = "CON-1".into();
            } else {
                shown["org"] = json!({ "domain": "harbour.example", "name": "Harbour Bank", "sfin-url": asked.origin() });
            }
            accounts.push(shown);
        }
        let mut body = json!({ "accounts": accounts });
        if version_2 {
            body["errlist"] = json!([]);
            body["connections"] = json!([{
                "conn_id": "CON-1", "name": "Harbour Bank - Robin", "org_id": "ORG-1",
                "org_url": "https://harbour.example", "sfin_url": asked.origin(),
            }]);
        } else {
            body["errors"] = json!([]);
        }
        if scenario == "troubled" {
            trouble(&mut body, version_2, at(self.today), &asked.origin());
        }
        if !notices.is_empty() {
            body["x-api-message"] = json!(notices);
        }
        Answer::json(body.to_string())
    }

    /// A row of the ledger as this edition has it. What is pending in the first has posted in the next, under a new id
    /// and a day later, one of the two with a tip.
    fn shown(&self, row: &crate::data::ledger::Transaction, edition: u64) -> Vec<Value> {
        let day = at(row.date) + 12 * 3_600;
        if !row.pending {
            return vec![json!({
                "id": format!("TRN-{}", row.id), "posted": day, "amount": decimal(row.cents),
                "description": row.description.to_uppercase(), "payee": row.description,
            })];
        }
        let tip = -row.cents / 10;
        let rows = [
            (row.id, row.description, row.cents, row.cents - tip),
            (row.id + 1, "Quay Coffee", -380, -380),
        ];
        let next = at(self.today.saturating_add(1.day())) + 12 * 3_600;
        rows.into_iter()
            .map(|(id, payee, held, booked)| {
                if edition == 0 {
                    json!({
                        "id": format!("PND-{id}"), "posted": 0, "amount": decimal(held), "pending": true,
                        "description": payee.to_uppercase(), "payee": payee, "transacted_at": day,
                    })
                } else {
                    json!({
                        "id": format!("TRN-{id}"), "posted": next, "amount": decimal(booked),
                        "description": payee.to_uppercase(), "payee": payee, "transacted_at": day,
                    })
                }
            })
            .collect()
    }
}

/// A second connection that wants its user, an account that did not answer, and one in points.
fn trouble(body: &mut Value, version_2: bool, today: i64, origin: &str) {
    let points = json!({
        "id": "ACT-9", "name": "Kestrel Points", "conn_id": "CON-2", "currency": format!("{origin}/currency/points"),
        "balance": "900", "balance-date": today,
        "transactions": [{ "id": "TRN-1", "posted": today, "amount": "10", "description": "WELCOME" }],
    });
    if let Some(accounts) = body["accounts"].as_array_mut() {
        accounts.push(points);
    }
    if !version_2 {
        body["errors"] = json!([
            "Connection to Kestrel Cards may need attention",
            "No answer for Savings"
        ]);
        return;
    }
    if let Some(connections) = body["connections"].as_array_mut() {
        connections.push(json!({
            "conn_id": "CON-2", "name": "Kestrel Cards", "org_id": "ORG-2", "sfin_url": origin,
        }));
    }
    body["errlist"] = json!([
        { "code": "con.auth", "msg": "Log in again", "conn_id": "CON-2" },
        { "code": "act.failed", "message": "No answer <b>yet</b>", "conn_id": "CON-1", "account_id": "ACT-2" },
    ]);
}

/// Midnight of a day, in seconds since 1970.
fn at(day: Date) -> i64 {
    TimeZone::UTC
        .to_timestamp(day.at(0, 0, 0, 0))
        .map_or(0, Timestamp::as_second)
}

fn forbidden() -> Answer {
    let mut answer = Answer::new(StatusCode::FORBIDDEN, "text/plain", "Forbidden");
    answer
        .headers
        .push((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    answer
}
