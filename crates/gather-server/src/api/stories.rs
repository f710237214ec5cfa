//! Stories: listed, marked.

use axum::{
    Json,
    extract::{Path, State},
};
use gather_store::{Mark, Scope, Store, Story, StoryCursor, StoryFilter, StoryQuery, User};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    ask::{Params, Sent, cursor, instant, limit, needs},
    problem::Problem,
    shape::{StoryInFullShape, StoryPage},
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
    Ok(Json(page(stories, full)))
}

fn page(stories: Vec<Story>, full: usize) -> StoryPage {
    let last = stories.last().filter(|_| stories.len() == full);
    StoryPage {
        up_to: stories
            .first()
            .map(|first| format!("{}-{}", first.id, first.cursor)),
        next: last.map(|story| story.cursor.to_string()),
        items: stories.into_iter().map(Into::into).collect(),
    }
}

/// One story, with its full text.
#[utoipa::path(get, path = "/api/v1/stories/{id}", params(("id" = i64, Path)), tag = "news", responses(
    (status = 200, body = StoryInFullShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)
))]
pub(super) async fn one(
    State(app): State<App>,
    identity: Identity,
    Path(id): Path<String>,
) -> Result<Json<StoryInFullShape>, Problem> {
    needs(&identity, Scope::News)?;
    let id: i64 = id.parse().map_err(|_| Problem::missing("story"))?;
    let viewer = identity.viewer();
    let story = app.read(move |store| store.story(&viewer, id)).await?;
    let story = story.ok_or_else(|| Problem::missing("story"))?;
    Ok(Json(story.into()))
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
        .map_err(|_| Problem::field("ids", "`ids` has more than 1000 stories"))?;
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
    /// The `up_to` of the first page that was seen: only its first story and what comes after it, so that what came since
    /// is not marked unseen. Where nothing is said, all that there is.
    up_to: Option<String>,
}

/// The story at the top of a page: its number, and where it stands.
fn top(text: &str) -> Option<(i64, StoryCursor)> {
    let (id, place) = text.split_once('-')?;
    Some((id.parse().ok()?, place.parse().ok()?))
}

impl MarkingAll {
    /// Marks them, and says how many there are.
    fn mark(self, store: &Store, user: &User, now: Timestamp) -> Result<usize, Problem> {
        let top = match self.up_to.as_deref() {
            None => None,
            Some(text) => {
                let words = "`up_to` is none; expected the `up_to` of a page";
                Some(top(text).ok_or_else(|| Problem::field("up_to", words))?)
            }
        };
        let query = StoryQuery {
            sources: self.source.into_iter().collect(),
            before: top.map(|(_, place)| place),
            ..StoryQuery::default()
        };
        let mut marked = 0;
        // What a query finds comes after its place: the story that stands there is marked by its number.
        if let Some((id, _)) = top {
            marked += store.mark(user, &[id], Mark::Read(true), now)?;
        }
        marked += store.mark_all_read(user, &query, now)?;
        Ok(marked)
    }
}

/// Marks all stories as read, or all of a source, or only what was seen.
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
    let now = app.now();
    let marked = app.read(move |store| all.mark(store, &identity.user, now));
    Ok((
        StatusCode::OK,
        Json(Marked {
            stories: marked.await?,
        }),
    ))
}

#[cfg(test)]
mod tests {
    use gather_records::{Article, Record, Viewer};
    use gather_store::{Page, SourceRef};

    use super::*;

    /// A store with a user, and the articles of a source.
    struct House {
        store: Store,
        user: User,
        _folder: tempfile::TempDir,
    }

    impl House {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(folder.path().join("gather.db")).unwrap();
            let user = store.add_user("ann", None, Timestamp::UNIX_EPOCH).unwrap();
            Self {
                store,
                user,
                _folder: folder,
            }
        }

        fn bring(&self, source: &str, hour: i64, id: &str) {
            let at = Timestamp::from_second(hour * 3600).unwrap();
            let of = SourceRef {
                name: source,
                owner: None,
            };
            let run = self.store.begin_run(at, &[of]).unwrap();
            let records = [Record::Article(Article {
                title: Some(id.to_owned()),
                published_at: Some(at),
                ..Article::new(id)
            })];
            self.store.keep(Page::new(run, of, &records, at)).unwrap();
        }

        fn page(&self, limit: usize) -> StoryPage {
            let query = StoryQuery {
                limit,
                ..StoryQuery::default()
            };
            let viewer = Viewer::User("ann".to_owned());
            page(self.store.stories(&viewer, &query).unwrap(), limit)
        }

        fn unread(&self) -> Vec<String> {
            let query = StoryQuery {
                only: StoryFilter::Unread,
                ..StoryQuery::default()
            };
            let viewer = Viewer::User("ann".to_owned());
            let unread = self.store.stories(&viewer, &query).unwrap();
            unread.into_iter().map(|story| story.headline).collect()
        }

        fn mark(&self, source: Option<&str>, up_to: Option<String>) -> Result<usize, Problem> {
            let all = MarkingAll {
                source: source.map(str::to_owned),
                up_to,
            };
            all.mark(&self.store, &self.user, Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn what_was_seen_is_marked_and_what_came_since_is_not() {
        let house = House::new();
        for (hour, id) in [(1, "one"), (2, "two"), (3, "three")] {
            house.bring("lwn", hour, id);
        }
        // A page of two: the first of them, and also what is on later pages, was seen.
        let up_to = house.page(2).up_to;
        house.bring("lwn", 4, "since");
        assert_eq!(house.mark(None, up_to).unwrap(), 3);
        assert_eq!(house.unread(), ["since"]);
        assert_eq!(house.mark(None, None).unwrap(), 1);
        assert_eq!(house.unread(), [""; 0]);
    }

    #[test]
    fn all_of_one_source_leaves_the_others() {
        let house = House::new();
        house.bring("lwn", 1, "one");
        house.bring("guardian", 2, "two");
        assert_eq!(house.mark(Some("guardian"), None).unwrap(), 1);
        assert_eq!(house.unread(), ["one"]);
    }

    #[test]
    fn an_up_to_that_is_none_marks_nothing() {
        let house = House::new();
        house.bring("lwn", 1, "one");
        for wrong in ["", "1", "x-1.2", "1-1", "1-1.2.3"] {
            let refused = house.mark(None, Some(wrong.to_owned())).unwrap_err();
            let refused = serde_json::to_value(refused).unwrap();
            assert_eq!(refused["errors"][0]["field"], "up_to", "{wrong}");
        }
        assert_eq!(house.unread(), ["one"]);
    }
}
