//! The JSON API under `/api/v1`, and its OpenAPI document.
//!
//! Every answer is read in one snapshot of the store on behalf of whoever asks, by session or by key; it never waits for
//! the network. Amounts are text, since they are exact. What changes something needs a scope of its own.
//!
//! Not here: who asks (`auth`), what stands around every route (`serve`).

mod ask;
mod dashboard;
mod events;
mod me;
mod money;
mod problem;
mod review;
mod runs;
mod shape;
mod sources;
mod stories;
mod transactions;

use axum::{Json, Router, response::IntoResponse as _, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "gather",
        description = "News and money of one household: what was fetched, when, and how it went. Every answer is of one \
                       moment and of what the caller may see. Amounts are decimal numbers as text; days are YYYY-MM-DD, \
                       instants RFC 3339. Errors are problems (RFC 9457)."
    ),
    modifiers(&Security),
    security(("key" = []), ("session" = []))
)]
struct Described;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key, made on the page of settings."))
            .build();
        components.add_security_scheme("key", SecurityScheme::Http(key));
        let cookie = ApiKeyValue::with_description("gather", "The session of a browser.");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

fn described() -> (Router<App>, Document) {
    let mut document = Described::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    OpenApiRouter::with_openapi(document)
        .routes(routes!(dashboard::dashboard))
        .routes(routes!(stories::list))
        .routes(routes!(stories::one))
        .routes(routes!(stories::mark))
        .routes(routes!(stories::mark_all))
        .routes(routes!(transactions::list))
        .routes(routes!(transactions::one, transactions::change))
        .routes(routes!(money::accounts))
        .routes(routes!(money::balances))
        .routes(routes!(money::budgets))
        .routes(routes!(money::spending))
        .routes(routes!(money::months))
        .routes(routes!(money::rates))
        .routes(routes!(money::rate_history))
        .routes(routes!(money::categories))
        .routes(routes!(money::proofs))
        .routes(routes!(review::list))
        .routes(routes!(review::decide))
        .routes(routes!(sources::list))
        .routes(routes!(sources::one))
        .routes(routes!(sources::fetch))
        .routes(routes!(runs::list, runs::fetch))
        .routes(routes!(runs::one))
        .routes(routes!(events::listen))
        .routes(routes!(me::me, me::change))
        .routes(routes!(me::keys, me::make_key))
        .routes(routes!(me::revoke_key))
        .routes(routes!(me::sessions))
        .routes(routes!(me::end_session))
        .split_for_parts()
}

/// All routes.
pub(crate) fn router() -> Router<App> {
    let (routes, mut document) = described();
    routes
        .route("/dashboard", get(dashboard::dashboard))
        .route("/dashboard/", get(dashboard::dashboard))
        .route(
            "/api/v1/openapi.json",
            get(
                move |axum::extract::State(app): axum::extract::State<App>| {
                    if !app.base().is_empty() {
                        document.servers = Some(vec![utoipa::openapi::Server::new(app.base())]);
                    }
                    let answer = Json(document.clone()).into_response();
                    async move { answer }
                },
            ),
        )
        .layer(axum::middleware::from_fn(problem::name_request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_with_its_errors() {
        let (_, document) = described();
        let text = serde_json::to_value(&document).unwrap();
        assert_eq!(text["openapi"], "3.1.0");
        let mut listed = Vec::new();
        for (path, item) in text["paths"].as_object().unwrap() {
            assert!(path.starts_with("/api/v1/"), "{path}");
            for (method, operation) in item.as_object().unwrap() {
                listed.push(format!("{} {path}", method.to_uppercase()));
                let what = format!("{method} {path}");
                assert!(
                    operation["summary"]
                        .as_str()
                        .is_some_and(|it| it.len() > 10),
                    "{what}"
                );
                let answers = operation["responses"].as_object().unwrap();
                assert!(answers.contains_key("401"), "{what}");
                assert!(answers.contains_key("403"), "{what}");
                assert!(answers.keys().any(|code| code.starts_with('2')), "{what}");
            }
        }
        listed.sort();
        assert_eq!(
            listed,
            [
                "DELETE /api/v1/me/keys/{id}",
                "DELETE /api/v1/me/sessions/{id}",
                "GET /api/v1/accounts",
                "GET /api/v1/balances",
                "GET /api/v1/budgets",
                "GET /api/v1/categories",
                "GET /api/v1/dashboard",
                "GET /api/v1/events",
                "GET /api/v1/me",
                "GET /api/v1/me/keys",
                "GET /api/v1/me/sessions",
                "GET /api/v1/proofs",
                "GET /api/v1/rates",
                "GET /api/v1/rates/history",
                "GET /api/v1/reviews",
                "GET /api/v1/runs",
                "GET /api/v1/runs/{id}",
                "GET /api/v1/sources",
                "GET /api/v1/sources/{name}",
                "GET /api/v1/spending",
                "GET /api/v1/spending/months",
                "GET /api/v1/stories",
                "GET /api/v1/stories/{id}",
                "GET /api/v1/transactions",
                "GET /api/v1/transactions/{id}",
                "PATCH /api/v1/me",
                "PATCH /api/v1/transactions/{id}",
                "POST /api/v1/me/keys",
                "POST /api/v1/reviews/{id}",
                "POST /api/v1/runs",
                "POST /api/v1/sources/{name}/fetch",
                "POST /api/v1/stories/marks",
                "POST /api/v1/stories/read",
            ]
        );
    }

    #[test]
    fn every_reference_of_the_document_leads_somewhere() {
        let (_, document) = described();
        let text = serde_json::to_string(&document).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(value.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
