//! Stories: listed, marked.

use axum::{Json, extract::State};
use gather_store::Scope;
use gather_store::{Mark, StoryFilter, StoryQuery};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    ask::{Params, Sent, cursor, instant, limit, needs},
    problem::Problem,
    shape::StoryPage,
};
use crate::{app::App, auth::Identity};

/// Which stories.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only stories with words that begin with all of these.
    q: Option<String>,
    /// Only stories that this source brought.
    source: Option<String>,
    /// `unread` or `starred`.
    #[param(inline)]
    only: Option<Only>,
    /// Only stories of this instant or later, such as 2026-11-20T09:00:00Z.
    since: Option<String>,
    /// 1 to 1000; 50 where nothing is said.
    limit: Option<usize>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Only {
    Unread,
    Starred,
}

impl Which {
    fn query(self) -> Result<StoryQuery, Problem> {
        Ok(StoryQuery {
            sources: self.source.into_iter().collect(),
            since: instant("since", self.since.as_deref())?,
            search: self.q,
            only: match self.only {
                None => StoryFilter::All,
                Some(Only::Unread) => StoryFilter::Unread,
                Some(Only::Starred) => StoryFilter::Starred,
            },
            before: cursor(self.cursor.as_deref())?,
            content: false,
            limit: limit(self.limit)?,
        })
    }
}

/// Stories, the newest first.
#[utoipa::path(get, path = "/api/v1/stories", params(Which), tag = "news", responses(
    (status = 200, body = StoryPage),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn list(
    State(app): State<App>,
    identity: Identity,
    Params(which): Params<Which>,
) -> Result<Json<StoryPage>, Problem> {
    needs(&identity, Scope::News)?;
    let query = which.query()?;
    let (viewer, full) = (identity.viewer(), query.limit);
    let stories = app
        .read(move |store| store.stories(&viewer, &query))
        .await?;
    let last = stories.last().filter(|_| stories.len() == full);
    Ok(Json(StoryPage {
        next: last.map(|story| story.cursor.to_string()),
        items: stories.into_iter().map(Into::into).collect(),
    }))
}

/// What to mark.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Marking {
    /// At most 1000.
    ids: Vec<i64>,
    read: Option<bool>,
    starred: Option<bool>,
}

/// How many stories were marked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Marked {
    /// Those of them that the user may see.
    stories: usize,
}

/// Marks stories as read or starred, or takes a mark away.
#[utoipa::path(post, path = "/api/v1/stories/marks", request_body = Marking, tag = "news", responses(
    (status = 200, body = Marked),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn mark(
    State(app): State<App>,
    identity: Identity,
    Sent(marking): Sent<Marking>,
) -> Result<Json<Marked>, Problem> {
    needs(&identity, Scope::Edit)?;
    limit(Some(marking.ids.len().max(1)))
        .map_err(|_| Problem::wrong("`ids` has more than 1000 stories"))?;
    let marks: Vec<_> = [
        marking.read.map(Mark::Read),
        marking.starred.map(Mark::Starred),
    ]
    .into_iter()
    .flatten()
    .collect();
    if marks.is_empty() {
        return Err(Problem::wrong("neither `read` nor `starred` is said"));
    }
    let now = app.now();
    let marked = app.read(move |store| {
        let mut stories = 0;
        for mark in marks {
            stories = store.mark(&identity.user, &marking.ids, mark, now)?;
        }
        Ok::<_, Problem>(stories)
    });
    Ok(Json(Marked {
        stories: marked.await?,
    }))
}

/// Up to where to mark.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MarkingAll {
    /// Only stories that this source brought.
    source: Option<String>,
    /// The `next` of a page: only what comes after it, so that what came since is not marked unseen.
    cursor: Option<String>,
}

/// Marks all stories as read, or all of a source, or all after a page.
#[utoipa::path(post, path = "/api/v1/stories/read", request_body = MarkingAll, tag = "news", responses(
    (status = 200, body = Marked),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn mark_all(
    State(app): State<App>,
    identity: Identity,
    Sent(all): Sent<MarkingAll>,
) -> Result<(StatusCode, Json<Marked>), Problem> {
    needs(&identity, Scope::Edit)?;
    let query = StoryQuery {
        sources: all.source.into_iter().collect(),
        before: cursor(all.cursor.as_deref())?,
        ..StoryQuery::default()
    };
    let now = app.now();
    let marked = app.read(move |store| store.mark_all_read(&identity.user, &query, now));
    Ok((
        StatusCode::OK,
        Json(Marked {
            stories: marked.await?,
        }),
    ))
}
