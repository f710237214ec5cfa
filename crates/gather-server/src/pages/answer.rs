//! How a page, a way back and a failure go out.
//!
//! What went wrong inside is for the log; the browser is told one sentence that gives nothing away, and the number of
//! the request, by which the log is searched.
//!
//! Not here: headers that all answers have (`serve`), problems of the API (`api`).

use std::error::Error as _;

use askama::Template;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use gather_store::ErrorKind;
use http::{HeaderValue, StatusCode, header};

use super::{
    address,
    part::{Link, Note, Tone},
    view::{Failure, Shell},
};

/// A page.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response {
    match written(page) {
        Ok(html) => with_status(status, html),
        Err(answer) => answer,
    }
}

/// The text of a page, or what is answered where it cannot be written.
#[expect(
    clippy::result_large_err,
    reason = "what is refused is refused with an answer, made once"
)]
pub(super) fn written(page: &impl Template) -> Result<Bytes, Response> {
    page.render().map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "a page could not be written");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    })
}

/// A page that is written already.
pub(super) fn with_status(status: StatusCode, html: Bytes) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, kind, html).into_response()
}

/// What became of an action, told on the page that it leads back to. In an address it is a word, so that nobody can put
/// sentences of their own onto a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Kept,
    Marked,
    AllRead,
    Fetching,
    FetchedAlready,
    NothingToFetch,
    Stopping,
    NotBegun,
    Decided,
    Saved,
    PasswordChanged,
    SessionEnded,
    SessionsEnded,
    KeyRevoked,
    /// What was to be ended or revoked is not there, or not the user's.
    NoSuch,
}

impl Said {
    const ALL: [(Self, &'static str, &'static str); 15] = [
        (Self::Kept, "kept", "Kept."),
        (Self::Marked, "marked", "Marked."),
        (Self::AllRead, "all-read", "All of it is marked read."),
        (
            Self::Fetching,
            "fetching",
            "It is being fetched; what it brings appears here.",
        ),
        (Self::FetchedAlready, "fetched", "It was fetched."),
        (
            Self::NothingToFetch,
            "no-source",
            "There is no source to fetch.",
        ),
        (
            Self::Stopping,
            "stopping",
            "The server is stopping: nothing was fetched.",
        ),
        (
            Self::NotBegun,
            "not-begun",
            "The run could not begin; the log of the server says why.",
        ),
        (
            Self::Decided,
            "decided",
            "Decided. The same row is not asked about again.",
        ),
        (Self::Saved, "saved", "Saved."),
        (
            Self::PasswordChanged,
            "password",
            "The password is changed, and every other session has ended.",
        ),
        (Self::SessionEnded, "session", "The session has ended."),
        (
            Self::SessionsEnded,
            "sessions",
            "All other sessions have ended.",
        ),
        (Self::KeyRevoked, "key", "The key opens nothing any more."),
        (Self::NoSuch, "no-such", "There is no such thing any more."),
    ];

    pub(crate) fn code(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(said, _, _)| *said == self)
            .map_or("", |(_, code, _)| code)
    }

    /// What a word of an address says; `None` where it is none of ours.
    pub(super) fn notice(code: &str) -> Option<Note> {
        let (said, _, text) = Self::ALL.iter().find(|(_, held, _)| *held == code)?;
        let tone = match said {
            Self::NothingToFetch | Self::Stopping | Self::NotBegun => Tone::Caution,
            _ => Tone::Plain,
        };
        Some(Note {
            text: (*text).to_owned(),
            tone,
        })
    }
}

/// Leads a browser back to a page of this server after an action; to the front page, where `back` is none.
pub(crate) fn see_other(base: &str, back: &str, said: Option<Said>) -> Response {
    let to = address::inside(base, back, said.map(Said::code));
    let location = HeaderValue::try_from(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Why a page could not be shown, or an action not be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) status: StatusCode,
    /// One sentence.
    pub(crate) sentence: String,
    /// What one can do, in a second one.
    pub(crate) advice: Option<String>,
    /// The text of a link and its path below the base path.
    pub(crate) action: (String, String),
    /// What only the log is told.
    pub(crate) cause: Option<Box<str>>,
}

impl Failed {
    fn new(status: StatusCode, sentence: &str, advice: &str) -> Self {
        Self {
            status,
            sentence: sentence.to_owned(),
            advice: Some(advice.to_owned()),
            action: ("Today".to_owned(), "/".to_owned()),
            cause: None,
        }
    }

    /// With another place to go to from here.
    pub(crate) fn leading(mut self, text: &str, path: &str) -> Self {
        self.action = (text.to_owned(), path.to_owned());
        self
    }

    /// There is nothing of that name, or it is another user's: which of the two is nobody's business.
    pub(crate) fn missing(sentence: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            sentence,
            "It may have been another user's, or the address has a slip in it.",
        )
    }

    /// What was sent cannot be read.
    pub(crate) fn unreadable(sentence: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            sentence,
            "Nothing was changed. Go back, load the page again, and try once more.",
        )
    }

    /// Not for whoever asks.
    pub(crate) fn forbidden(sentence: &str, advice: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, sentence, advice)
    }

    /// The answer. `request` is the number of the request, which only a fault of ours is told with.
    pub(crate) fn answer(&self, shell: Shell, request: Option<String>) -> Response {
        let ours = self.status.is_server_error();
        if let Some(cause) = &self.cause {
            let request = request.as_deref().unwrap_or_default();
            tracing::error!(%cause, request, "{}", self.sentence);
        }
        let failure = Failure {
            status: self.status.as_u16(),
            sentence: self.sentence.clone(),
            advice: self.advice.clone(),
            action: Some(Link {
                text: self.action.0.clone(),
                href: shell.to(&self.action.1),
            }),
            request: request.filter(|_| ours),
            shell: Shell {
                title: if self.status == StatusCode::NOT_FOUND {
                    "Not found".to_owned()
                } else {
                    "Failed".to_owned()
                },
                ..shell
            },
        };
        page(self.status, &failure)
    }
}

impl From<gather_store::Error> for Failed {
    fn from(error: gather_store::Error) -> Self {
        match error.kind() {
            ErrorKind::UnknownRun => return Self::missing("There is no such run."),
            ErrorKind::UnknownTransaction => {
                return Self::missing("There is no such transaction.");
            }
            ErrorKind::UnknownAccount => return Self::missing("There is no such account."),
            ErrorKind::UnknownReview => {
                return Self::missing("There is no such question, or it is decided already.");
            }
            _ => {}
        }
        let mut failed = match error.kind() {
            ErrorKind::DiskFull | ErrorKind::ReadOnly | ErrorKind::NoAccess => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The store cannot be used right now.",
                "The disk may be full, or the file not the server's to write; the log of the server says more.",
            ),
            ErrorKind::Locked => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The store is busy.",
                "Another program writes into it for longer than we wait. Try again in a moment.",
            ),
            ErrorKind::TooLarge => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The sums have more digits than can be counted exactly.",
                "One of the amounts is likely wrong; the log of the server says where.",
            ),
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something broke on our side.",
                "The log of the server says what.",
            ),
        };
        let mut cause = error.to_string();
        let mut below = error.source();
        while let Some(error) = below {
            cause.push_str(&format!(": {error}"));
            below = error.source();
        }
        failed.cause = Some(cause.into());
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_an_address_says_one_thing_and_others_say_nothing() {
        for (said, code, text) in Said::ALL {
            assert_eq!(said.code(), code);
            assert_eq!(Said::notice(code).unwrap().text, text);
        }
        assert_eq!(Said::notice("<b>owned</b>"), None);
        assert_eq!(Said::notice(""), None);
    }

    #[test]
    fn a_way_back_is_a_see_other_inside() {
        let answer = see_other("/gather", "/gather/news?q=a", Some(Said::Marked));
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            answer.headers()[header::LOCATION],
            "/gather/news?q=a&said=marked"
        );
        let answer = see_other("", "//evil.example", None);
        assert_eq!(answer.headers()[header::LOCATION], "/");
    }

    #[test]
    fn a_fault_of_the_store_tells_the_browser_nothing_of_the_inside() {
        let folder = tempfile::tempdir().unwrap();
        let error = gather_store::Store::open(folder.path()).unwrap_err();
        let failed = Failed::from(error);
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
        let place = folder.path().to_str().unwrap();
        assert!(failed.cause.as_ref().unwrap().contains(place));
        assert!(!failed.sentence.contains(place));
        assert!(!failed.advice.as_ref().unwrap().contains(place));
    }
}
