//! Sources: how each stands, and fetching one now.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use gather_records::Viewer;
use gather_run::DEFAULT_EVERY;
use gather_store::{Scope, SourceState};
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    ask::{Params, needs, wait},
    problem::Problem,
    shape::{FetchedShape, SourceShape, SourcesShape, StandingShape},
};
use crate::{app::App, auth::Identity, schedule};

/// The declared sources that a viewer may see, as they stand.
pub(super) fn standing(
    app: &App,
    viewer: &Viewer,
    states: &[SourceState],
    now: Timestamp,
) -> Vec<SourceShape> {
    let loaded = app.loaded();
    let plan = &loaded.plan;
    let ready = plan
        .sources()
        .map(|it| (it.name(), it.owner(), it.every(), None));
    let lacking = plan
        .unready()
        .iter()
        .map(|it| (it.source.as_str(), it.owner.as_deref(), None, Some(it)));
    let under_way = app.schedule().under_way(viewer);
    ready
        .chain(lacking)
        .filter(|(_, owner, ..)| schedule::sees(viewer, *owner))
        .map(|(name, owner, every, lacking)| {
            let every = every.unwrap_or(DEFAULT_EVERY);
            let known = states
                .iter()
                .find(|state| state.source == name && state.owner.as_deref() == owner);
            let last = known.and_then(|known| known.last.as_ref());
            let state = last.and_then(|last| last.state);
            let good_at = known.and_then(|known| known.good_at);
            let age =
                good_at.map(|at| Duration::try_from(now.duration_since(at)).unwrap_or_default());
            let held = known.map(|known| known.held).unwrap_or_default();
            SourceShape {
                name: name.to_owned(),
                own: owner.is_some(),
                state: if lacking.is_some() {
                    "key_missing".to_owned()
                } else if app.schedule().given_up(name) {
                    "given_up".to_owned()
                } else {
                    state.map_or_else(|| "never".to_owned(), |state| state.to_string())
                },
                running: under_way
                    .iter()
                    .flat_map(|run| &run.sources)
                    .any(|it| it.source == name && it.outcome.is_none()),
                stale: age.is_some_and(|age| age > every.saturating_mul(2)),
                reason: match lacking {
                    Some(lacking) => Some(lacking.reason.clone()),
                    None => last.and_then(|last| last.reason.clone()),
                },
                hint: match lacking {
                    Some(lacking) => Some(lacking.hint.clone()),
                    None => last.and_then(|last| last.hint.clone()),
                },
                good_at: good_at.map(|at| at.to_string()),
                age_s: age.map(|age| age.as_secs()),
                next_due: app.schedule().next_due(name).map(|at| at.to_string()),
                every_s: every.as_secs(),
                took_ms: last.map(|last| u64::try_from(last.took.as_millis()).unwrap_or(u64::MAX)),
                articles: held.articles,
                accounts: held.accounts,
                transactions: held.transactions,
            }
        })
        .collect()
}

/// Sources: how each stands and when it is fetched next.
#[utoipa::path(get, path = "/api/v1/sources", tag = "sources", responses(
    (status = 200, body = SourcesShape), (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn list(
    State(app): State<App>,
    identity: Identity,
) -> Result<Json<SourcesShape>, Problem> {
    needs(&identity, Scope::Sources)?;
    let viewer = identity.viewer();
    let of = viewer.clone();
    let states = app.read(move |store| store.source_states(&of)).await?;
    let now = app.now();
    Ok(Json(SourcesShape {
        as_of: now.to_string(),
        items: standing(&app, &viewer, &states, now),
    }))
}

/// One source, and why it stands as it does.
#[utoipa::path(get, path = "/api/v1/sources/{name}", params(("name" = String, Path)), tag = "sources", responses(
    (status = 200, body = StandingShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)
))]
pub(super) async fn one(
    State(app): State<App>,
    identity: Identity,
    Path(name): Path<String>,
) -> Result<Json<StandingShape>, Problem> {
    needs(&identity, Scope::Sources)?;
    let (viewer, now, loaded) = (identity.viewer(), app.now(), app.loaded());
    let (of, wanted) = (viewer.clone(), name.clone());
    let (states, standing_of) = app
        .read(move |store| {
            let states = store.source_states(&of)?;
            let standing = gather_run::standing(&loaded.plan, store, &wanted, now)?;
            Ok::<_, Problem>((states, standing))
        })
        .await?;
    let source = standing(&app, &viewer, &states, now)
        .into_iter()
        .find(|source| source.name == name);
    match (source, standing_of) {
        (Some(source), Some(standing)) => Ok(Json(StandingShape::new(source, standing))),
        _ => Err(Problem::missing("source")),
    }
}

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Waiting {
    /// How long to wait until it is done, such as `2s` or `500ms`; at most 60 s, and not at all where nothing is said.
    pub(super) wait: Option<String>,
}

/// Fetches sources, and answers when they are done or the time is up.
pub(super) async fn fetch_now(
    app: &App,
    identity: &Identity,
    sources: &[String],
    waiting: &Waiting,
) -> Result<Response, Problem> {
    needs(identity, Scope::Fetch)?;
    let wait = wait(waiting.wait.as_deref())?;
    let fetched = app
        .schedule()
        .fetch_now(&identity.viewer(), sources, wait)
        .await?;
    let shape = FetchedShape::from(fetched);
    let status = if shape.done {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    Ok((status, Json(shape)).into_response())
}

/// Fetches a source now, or joins the run that fetches it already.
#[utoipa::path(post, path = "/api/v1/sources/{name}/fetch", params(("name" = String, Path), Waiting), tag = "sources",
responses(
    (status = 200, body = FetchedShape, description = "It is done."),
    (status = 202, body = FetchedShape, description = "It is still being asked."),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem)
))]
pub(super) async fn fetch(
    State(app): State<App>,
    identity: Identity,
    Path(name): Path<String>,
    Params(waiting): Params<Waiting>,
) -> Result<Response, Problem> {
    fetch_now(&app, &identity, &[name], &waiting).await
}
