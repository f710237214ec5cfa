//! What goes wrong, as a problem (RFC 9457): what it is about, what was expected, and nothing of the inside.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use gather_store::{Error, ErrorKind, Scope};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schedule::FetchRefused;

/// A problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `about:blank`: the title says it all.
    r#type: &'static str,
    /// The kind of problem, in a few words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request, in a sentence.
    detail: String,
    /// The parameters and fields that cannot be meant, where it is about those.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// By which the log knows the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// A parameter or field that cannot be meant.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Its name.
    field: String,
    /// What is wrong with it.
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Refused"),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            request_id: None,
        }
    }

    /// One parameter or field cannot be meant; the sentence names it too.
    pub(super) fn field(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::wrong(detail.clone()).about(name, detail)
    }

    /// Names a parameter or field that it is about.
    pub(super) fn about(mut self, name: &str, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError {
            field: name.to_owned(),
            detail: detail.into(),
        });
        self
    }

    /// What was sent cannot be meant.
    pub(super) fn wrong(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    pub(super) fn missing(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("There is no such {what} for this user."),
        )
    }

    pub(super) fn scope(scope: Scope) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            format!("This key lacks the scope `{scope}`."),
        )
    }

    pub(super) fn only_session() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Keys and sessions are seen and changed by a session, not by a key.",
        )
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let what = match error.kind() {
            ErrorKind::UnknownRun => "run",
            ErrorKind::UnknownTransaction => "transaction",
            ErrorKind::UnknownAccount => "account",
            ErrorKind::UnknownReview => "review",
            ErrorKind::UnknownUser => "user",
            ErrorKind::InvalidParts => return Self::field("parts", without_path(&error)),
            ErrorKind::InvalidTransfer => {
                return Self::field("transfer_with", without_path(&error));
            }
            ErrorKind::InvalidUser => return Self::wrong(without_path(&error)),
            ErrorKind::TooLarge => {
                tracing::error!(%error, "a sum is too large");
                return Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "A sum has more digits than can be counted exactly.",
                );
            }
            _ => {
                tracing::error!(%error, "the store does not work");
                return Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "The database does not work; the log says why.",
                );
            }
        };
        Self::missing(what)
    }
}

/// What an error says, but not in which file: where that is concerns nobody outside.
fn without_path(error: &Error) -> String {
    let (text, path) = (error.to_string(), error.path().display());
    match text.strip_prefix(&format!("database `{path}`: ")) {
        Some(words) => words.to_owned(),
        None => "This cannot be done.".to_owned(),
    }
}

impl From<FetchRefused> for Problem {
    fn from(refused: FetchRefused) -> Self {
        match refused {
            FetchRefused::Unknown(_) => Self::missing("source"),
            FetchRefused::None => Self::new(StatusCode::CONFLICT, "There is no source to fetch."),
            FetchRefused::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.")
            }
            FetchRefused::Failed => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The run could not begin; the log says why.",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Text and numbers can always be written.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut answer = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
        // For `name_request`, which knows what this does not.
        answer.extensions_mut().insert(self);
        answer
    }
}

/// Gives each problem the id by which the log knows its request: whoever makes a problem does not see the request.
pub(super) async fn name_request(request: Request, next: Next) -> Response {
    let id = request.headers().get("x-request-id").cloned();
    let mut answer = next.run(request).await;
    let id = id.as_ref().and_then(|id| id.to_str().ok());
    match (answer.extensions_mut().remove::<Problem>(), id) {
        (Some(problem), Some(id)) => Problem {
            request_id: Some(id.to_owned()),
            ..problem
        }
        .into_response(),
        _ => answer,
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use http::Request;
    use http_body_util::BodyExt as _;
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::*;

    async fn asked(request: Request<Body>) -> Response {
        let routes = Router::new()
            .route(
                "/refused",
                get(async || Problem::field("since", "`since` is no day")),
            )
            .route("/well", get(async || "well"))
            .layer(axum::middleware::from_fn(name_request));
        routes.oneshot(request).await.unwrap()
    }

    async fn json_of(answer: Response) -> Value {
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_problem_says_which_field_and_which_request_it_is_about() {
        let request = Request::get("/refused").header("x-request-id", "65f-2");
        let answer = asked(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        assert_eq!(
            json_of(answer).await,
            json!({
                "type": "about:blank", "title": "Unprocessable Entity", "status": 422,
                "detail": "`since` is no day",
                "errors": [{"field": "since", "detail": "`since` is no day"}],
                "request_id": "65f-2",
            })
        );
    }

    #[tokio::test]
    async fn a_request_without_an_id_is_refused_all_the_same() {
        let answer = asked(Request::get("/refused").body(Body::empty()).unwrap()).await;
        assert_eq!(json_of(answer).await.get("request_id"), None);
        let request = Request::get("/well").header("x-request-id", "65f-2");
        let answer = asked(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }

    #[test]
    fn no_problem_says_where_the_database_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        let broken = gather_store::Store::open(folder.path()).unwrap_err();
        let store = gather_store::Store::open(folder.path().join("gather.db")).unwrap();
        let refused = store.add_user("", None, jiff::Timestamp::UNIX_EPOCH);
        let refused = refused.unwrap_err();
        assert!(refused.to_string().contains(&path), "{refused}");
        for (error, status, words) in [
            (broken, 500, "the log says why"),
            (refused, 422, "a user's name is 1 to 64 letters"),
        ] {
            let problem = serde_json::to_value(Problem::from(error)).unwrap();
            assert_eq!(problem["status"], status);
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(words), "{detail}");
            assert!(!problem.to_string().contains(&path), "{problem}");
        }
    }
}
