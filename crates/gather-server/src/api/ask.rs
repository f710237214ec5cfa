//! What a caller asks for: parameters, bodies, scopes. What is not understood is refused by name, since a slip of the pen
//! must not widen an answer.

use std::{str::FromStr, time::Duration};

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, Request},
};
use gather_records::Currency;
use gather_store::Scope;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::{app::App, auth::Identity};

/// The most rows of a page.
pub(super) const MOST: usize = 1_000;
/// Rows of a page where nobody says.
pub(super) const USUAL: usize = 50;
/// The longest a caller waits for a run.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The query of an address.
#[derive(Debug)]
pub(super) struct Params<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(refused) => Err(naming(
                http::StatusCode::UNPROCESSABLE_ENTITY,
                &refused.body_text(),
            )),
        }
    }
}

/// A body of JSON.
#[derive(Debug)]
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, app).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(refused) => Err(naming(refused.status(), &refused.body_text())),
        }
    }
}

/// What a reader of JSON or of a query complains of, with the field it names: `… unknown field `x`, …` or
/// `…: a.b: …`.
pub(super) fn naming(status: http::StatusCode, complaint: &str) -> Problem {
    let problem = Problem::new(status, complaint);
    let quoted = ["unknown field `", "missing field `"]
        .into_iter()
        .find_map(|words| complaint.split_once(words))
        .and_then(|(_, rest)| rest.split_once('`'))
        .map(|(name, _)| name);
    let before_colon = || {
        let mut parts = complaint.splitn(3, ": ");
        let (_, name, _) = (parts.next()?, parts.next()?, parts.next()?);
        (!name.is_empty() && !name.contains(' ')).then_some(name)
    };
    match quoted.or_else(before_colon) {
        Some(name) => problem.about(name, complaint),
        None => problem,
    }
}

/// Refuses a key without a scope.
pub(super) fn needs(identity: &Identity, scope: Scope) -> Result<(), Problem> {
    if identity.allows(scope) {
        Ok(())
    } else {
        Err(Problem::scope(scope))
    }
}

fn read<T: FromStr>(name: &str, text: Option<&str>, expected: &str) -> Result<Option<T>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let shown: String = text.chars().take(60).collect();
    text.parse()
        .map(Some)
        .map_err(|_| Problem::field(name, format!("`{name}` is `{shown}`; expected {expected}")))
}

pub(super) fn day(name: &str, text: Option<&str>) -> Result<Option<Date>, Problem> {
    read(name, text, "a day such as 2026-11-20")
}

pub(super) fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    read(name, text, "an instant such as 2026-11-20T09:00:00Z")
}

pub(super) fn decimal(name: &str, text: Option<&str>) -> Result<Option<Decimal>, Problem> {
    read(name, text, "an amount such as 12.50")
}

pub(super) fn currency(name: &str, text: Option<&str>) -> Result<Option<Currency>, Problem> {
    read(name, text, "a currency such as EUR")
}

pub(super) fn number(name: &str, text: &str) -> Result<i64, Problem> {
    read(name, Some(text), "a number")?
        .ok_or_else(|| Problem::field(name, format!("`{name}` is empty")))
}

pub(super) fn cursor<T: FromStr>(text: Option<&str>) -> Result<Option<T>, Problem> {
    read("cursor", text, "the `next` of the page before")
}

pub(super) fn limit(limit: Option<usize>) -> Result<usize, Problem> {
    match limit {
        None => Ok(USUAL),
        Some(limit @ 1..=MOST) => Ok(limit),
        Some(other) => Err(Problem::field(
            "limit",
            format!("`limit` is {other}; expected 1 to {MOST}"),
        )),
    }
}

/// How long to wait for a run, such as `2s` or `500ms`.
pub(super) fn wait(text: Option<&str>) -> Result<Duration, Problem> {
    let expected = "a time of at most 60 s such as 2s or 500ms";
    let span: Option<SignedDuration> = read("wait", text, expected)?;
    let wait = span.map_or(Ok(Duration::ZERO), Duration::try_from);
    match wait {
        Ok(wait) if wait <= LONGEST_WAIT => Ok(wait),
        _ => Err(Problem::field(
            "wait",
            format!("`wait` is out of range; expected {expected}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for (refused, name) in [
            (day("since", Some("19.11.2026")).unwrap_err(), "`since`"),
            (decimal("least", Some("1,5")).unwrap_err(), "`least`"),
            (
                currency("currency", Some("EURO")).unwrap_err(),
                "`currency`",
            ),
            (wait(Some("2 hours")).unwrap_err(), "`wait`"),
            (wait(Some("-1s")).unwrap_err(), "`wait`"),
            (limit(Some(0)).unwrap_err(), "`limit`"),
            (limit(Some(1_001)).unwrap_err(), "`limit`"),
        ] {
            let text = serde_json::to_string(&refused).unwrap();
            assert!(text.contains(name), "{text}");
        }
        assert_eq!(wait(Some("2s")).unwrap(), Duration::from_secs(2));
        assert_eq!(wait(Some("500ms")).unwrap(), Duration::from_millis(500));
        assert_eq!(wait(None).unwrap(), Duration::ZERO);
        assert_eq!(day("since", Some(" ")).unwrap(), None);
    }

    #[test]
    fn a_complaint_names_its_field() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only read, never used")]
        struct Asked {
            limit: Option<usize>,
            source: String,
        }
        for (query, field) in [
            ("source=a&categroy=x", "categroy"),
            ("source=a&limit=many", "limit"),
            ("limit=1", "source"),
        ] {
            let uri = format!("/x?{query}").parse().unwrap();
            let refused = Query::<Asked>::try_from_uri(&uri).unwrap_err();
            let problem = naming(refused.status(), &refused.body_text());
            let problem = serde_json::to_value(problem).unwrap();
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        let none = naming(http::StatusCode::BAD_REQUEST, "this is no JSON");
        assert_eq!(serde_json::to_value(none).unwrap().get("errors"), None);
    }
}
