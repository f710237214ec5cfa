//! Runs: the history, one of them, and a new one.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use gather_store::{ErrorKind, RunId, Scope};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ask::{Params, limit, needs},
    problem::Problem,
    shape::{FetchedShape, RunShape, RunsShape},
    sources::{Waiting, fetch_now},
};
use crate::{app::App, auth::Identity};

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct HowMany {
    /// 1 to 1000; 50 where nothing is said.
    limit: Option<usize>,
}

/// The newest runs in which a source took part that the user may see, and those under way.
#[utoipa::path(get, path = "/api/v1/runs", params(HowMany), tag = "sources", responses(
    (status = 200, body = RunsShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn list(
    State(app): State<App>,
    identity: Identity,
    Params(many): Params<HowMany>,
) -> Result<Json<RunsShape>, Problem> {
    needs(&identity, Scope::Sources)?;
    let (viewer, limit) = (identity.viewer(), limit(many.limit)?);
    let under_way = app.schedule().under_way(&viewer);
    let runs = app.read(move |store| store.runs(&viewer, limit)).await?;
    Ok(Json(RunsShape {
        under_way: under_way.into_iter().map(Into::into).collect(),
        items: runs.into_iter().map(Into::into).collect(),
    }))
}

/// One run, with how each source came out of it.
#[utoipa::path(get, path = "/api/v1/runs/{id}", params(("id" = i64, Path)), tag = "sources", responses(
    (status = 200, body = RunShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)
))]
pub(super) async fn one(
    State(app): State<App>,
    identity: Identity,
    Path(id): Path<String>,
) -> Result<Json<RunShape>, Problem> {
    needs(&identity, Scope::Sources)?;
    let id: RunId = id.parse().map_err(|_| Problem::missing("run"))?;
    let viewer = identity.viewer();
    let run = app.read(move |store| store.run(&viewer, id)).await;
    match run {
        Ok(Some(run)) => Ok(Json(run.into())),
        Ok(None) => Err(Problem::missing("run")),
        Err(error) if error.kind() == ErrorKind::UnknownRun => Err(Problem::missing("run")),
        Err(error) => Err(error.into()),
    }
}

/// What to fetch.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// These sources; all that the user may see where none is named.
    #[serde(default)]
    sources: Vec<String>,
}

/// Fetches all sources at once, or those named, and answers when they are done or the time is up. What is being fetched
/// already is joined. A body is not needed.
#[utoipa::path(post, path = "/api/v1/runs", params(Waiting), request_body = Option<Wanted>, tag = "sources", responses(
    (status = 200, body = FetchedShape, description = "All of it is done."),
    (status = 202, body = FetchedShape, description = "Some are still being asked."),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem)
))]
pub(super) async fn fetch(
    State(app): State<App>,
    identity: Identity,
    Params(waiting): Params<Waiting>,
    body: axum::body::Bytes,
) -> Result<Response, Problem> {
    let wanted: Wanted = if body.iter().all(u8::is_ascii_whitespace) {
        Wanted::default()
    } else {
        serde_json::from_slice(&body).map_err(|error| Problem::wrong(error.to_string()))?
    };
    fetch_now(&app, &identity, &wanted.sources, &waiting).await
}
