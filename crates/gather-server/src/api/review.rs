//! What waits for a decision.

use axum::{
    Json,
    extract::{Path, State},
};
use gather_store::{Decision, ReviewId, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    ask::{Sent, needs},
    problem::Problem,
    shape::{ReviewShape, page},
};
use crate::{app::App, auth::Identity};

page! {
    /// Rows that are not kept until somebody decides.
    ReviewPage of ReviewShape
}

/// Rows that are not kept until somebody decides whether they are what is held already.
#[utoipa::path(get, path = "/api/v1/reviews", tag = "money", responses(
    (status = 200, body = ReviewPage), (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn list(
    State(app): State<App>,
    identity: Identity,
) -> Result<Json<ReviewPage>, Problem> {
    needs(&identity, Scope::Money)?;
    let viewer = identity.viewer();
    let reviews = app.read(move |store| store.reviews(&viewer)).await?;
    Ok(Json(ReviewPage {
        items: reviews.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// What a review ends with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Deciding {
    /// `keep`: one, and what is held is right; `replace`: one, and the new row is right; `separate`: two.
    #[schema(value_type = String)]
    decision: Decision,
}

/// Decides one; it is remembered, and not asked again.
#[utoipa::path(post, path = "/api/v1/reviews/{id}", params(("id" = String, Path)), request_body = Deciding, tag = "money",
responses(
    (status = 204),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem)
))]
pub(super) async fn decide(
    State(app): State<App>,
    identity: Identity,
    Path(id): Path<String>,
    Sent(deciding): Sent<Deciding>,
) -> Result<http::StatusCode, Problem> {
    needs(&identity, Scope::Money)?;
    needs(&identity, Scope::Edit)?;
    let id: ReviewId = id.parse().map_err(|_| Problem::missing("review"))?;
    let (viewer, now) = (identity.viewer(), app.now());
    app.read(move |store| store.decide(&viewer, id, deciding.decision, now))
        .await?;
    Ok(http::StatusCode::NO_CONTENT)
}
