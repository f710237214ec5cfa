//! Runs: the history, one of them, and a new one.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use gather_records::Viewer;
use gather_store::{Error, ErrorKind, Run, RunId, Scope, Snapshot};
use http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ask::{Params, limit, naming, needs},
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
    /// The `next` of the page before: only runs before that one.
    #[param(value_type = Option<i64>)]
    before: Option<String>,
}

/// The runs before one, or all, the newest first, and where to go on.
fn page(
    moment: &Snapshot<'_>,
    viewer: &Viewer,
    before: Option<RunId>,
    limit: usize,
) -> Result<(Vec<Run>, Option<RunId>), Error> {
    // One more than a page says whether there is another.
    let wanted = limit.saturating_add(1);
    let mut runs = match before {
        None => moment.runs(viewer, wanted)?,
        Some(before) => moment.runs_before(viewer, before, wanted)?,
    };
    let more = runs.len() > limit;
    runs.truncate(limit);
    let next = runs.last().map(|run| run.id).filter(|_| more);
    Ok((runs, next))
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
    let before: Option<Result<RunId, _>> = many.before.as_deref().map(str::parse);
    let before = before.transpose().map_err(|_| {
        Problem::field(
            "before",
            "`before` is not the number of a run; expected the `next` of a page",
        )
    })?;
    let under_way = app.schedule().under_way(&viewer);
    let read = app.read(move |store| {
        store.snapshot(|moment: &Snapshot<'_>| page(moment, &viewer, before, limit))
    });
    let (runs, next) = read.await?;
    Ok(Json(RunsShape {
        under_way: under_way.into_iter().map(Into::into).collect(),
        next: next.map(RunId::get),
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
        serde_json::from_slice(&body)
            .map_err(|error| naming(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()))?
    };
    fetch_now(&app, &identity, &wanted.sources, &waiting).await
}

#[cfg(test)]
mod tests {
    use gather_store::{SourceRef, Store};
    use jiff::Timestamp;

    use super::*;

    /// All pages of somebody's runs, joined.
    fn walk(store: &Store, user: &str, limit: usize) -> Vec<i64> {
        let viewer = Viewer::User(user.to_owned());
        let (mut joined, mut before) = (Vec::new(), None);
        loop {
            let (runs, next) = store
                .snapshot(|moment: &Snapshot<'_>| page(moment, &viewer, before, limit))
                .unwrap();
            assert!(runs.len() <= limit);
            joined.extend(runs.iter().map(|run| run.id.get()));
            match next {
                Some(next) => before = Some(next),
                None => return joined,
            }
        }
    }

    #[test]
    fn pages_of_runs_join_without_a_gap_and_without_anothers() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("gather.db")).unwrap();
        let begin = |owner| {
            let of = SourceRef {
                name: "bank",
                owner: Some(owner),
            };
            let run = store.begin_run(Timestamp::UNIX_EPOCH, &[of]).unwrap();
            run.get()
        };
        let mut anns = vec![begin("ann"), begin("ann")];
        let bens: Vec<i64> = (0..100).map(|_| begin("ben")).collect();
        anns.extend([begin("ann"), begin("ann"), begin("ann")]);
        anns.reverse();
        for limit in [1, 2, 3, 1_000] {
            assert_eq!(walk(&store, "ann", limit), anns, "{limit}");
        }
        assert_eq!(walk(&store, "ben", 30).len(), bens.len());
        assert_eq!(walk(&store, "cleo", 30), [0; 0]);
    }
}
