//! Whether it lives, whether it is ready, and its figures.

use axum::{
    Extension, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use gather_store::Scope;
use http::{HeaderMap, StatusCode, header};

use super::{Asked, refusal};
use crate::{app::App, auth::identify};

/// `/healthz`, `/readyz`, `/metrics`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "well\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready is who can do its work: the store can be written to and the schedule goes round.
async fn ready(State(app): State<App>) -> Response {
    let writable = app.read(|store| store.check_writable()).await;
    if let Err(error) = writable {
        tracing::error!(%error, "not ready: the store cannot be written to");
        let words = "the store cannot be written to\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    }
    if !app.schedule().is_alive() {
        tracing::error!("not ready: the schedule stands still");
        let words = "the schedule stands still\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    }
    "ready\n".into_response()
}

/// The figures are totals that name nobody; still they are only for this machine, and for whoever has a key.
async fn metrics(
    State(app): State<App>,
    Extension(asked): Extension<Asked>,
    headers: HeaderMap,
) -> Response {
    if !asked.client.is_loopback() {
        let allowed = match identify(&app, &headers, "/metrics").await {
            Ok(identity) => identity.is_some_and(|identity| identity.allows(Scope::Sources)),
            Err(error) => {
                tracing::error!(%error, "who asks cannot be found out");
                false
            }
        };
        if !allowed {
            let words = "From another machine this needs an API key that may see sources.";
            return refusal(&app, &headers, "/metrics", StatusCode::UNAUTHORIZED, words);
        }
    }
    app.metrics()
        .listeners
        .set(i64::try_from(app.events().listeners()).unwrap_or(i64::MAX));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], app.metrics().text()).into_response()
}
