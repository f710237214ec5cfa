//! What goes wrong, as a problem (RFC 9457): what it is about, what was expected, and nothing of the inside.

use axum::response::{IntoResponse, Response};
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
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Refused"),
            status: status.as_u16(),
            detail: detail.into(),
        }
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
            ErrorKind::InvalidEdit | ErrorKind::InvalidUser => {
                return Self::wrong(error.to_string());
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
        (status, [(header::CONTENT_TYPE, kind)], body).into_response()
    }
}
