//! Live updates as server-sent events.
//!
//! Source: HTML Living Standard, section 9.2 (server-sent events).

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse as _, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{StreamExt as _, future::ready, stream};
use gather_store::Scope;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ask::Params, problem::Problem};
use crate::{app::App, auth::Identity};

/// A proxy may close a line on which nothing comes for a while.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How soon a browser comes back from a broken line.
const COME_BACK: Duration = Duration::from_secs(3);

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// The id of the last event that was heard; the header `Last-Event-ID` goes before it.
    last: Option<u64>,
}

/// Events as they happen, as server-sent events that can be taken up again: `run-started`, `source-progress`,
/// `source-ended`, `run-ended`, `records`, `schedule`, and `reset` when some were missed and all has to be read again.
#[utoipa::path(get, path = "/api/v1/events", params(After), tag = "sources", responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn listen(
    State(app): State<App>,
    identity: Identity,
    headers: HeaderMap,
    Params(after): Params<After>,
) -> Result<Response, Problem> {
    super::ask::needs(&identity, Scope::Sources)?;
    let header = headers.get("last-event-id");
    let header = header.and_then(|value| value.to_str().ok());
    // Whatever is no number was never ours: then all has to be read again.
    let last = header
        .map(|text| text.trim().parse().unwrap_or(0))
        .or(after.last);
    let events = app.events().listen(identity.viewer(), last);
    let events = events.map(|event| {
        Event::default()
            .id(event.id.to_string())
            .event(event.kind)
            .data(event.data)
    });
    // The first words open the line, so that a browser knows it stands though nothing happens.
    let opening = stream::once(ready(
        Event::default().comment("listening").retry(COME_BACK),
    ));
    let lines = opening.chain(events).map(Ok::<_, Infallible>);
    let stream = Sse::new(lines).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // A proxy that gathers answers before it passes them on is asked not to.
    Ok(([("x-accel-buffering", "no")], stream).into_response())
}
