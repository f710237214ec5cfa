//! Who asks, found out before a handler runs.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse as _, Redirect, Response},
};
use gather_records::Viewer;
use gather_store::{Error, Scope, SessionId, Store, TokenDigest, User};
use http::{HeaderMap, Method, StatusCode, header, request::Parts};
use jiff::Timestamp;

use super::digest;
use crate::{app::App, serve::refusal};

/// A session or key in use is noted so often; until then whoever is remembered need not be looked up.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// Who asks, and by what means. As an extractor it refuses whoever is nobody: a page leads to the login, the API
/// answers 401.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) user: User,
    pub(crate) means: Means,
    /// The state of the store before which it was looked up; see [`Store::version`]. What is read for it afterwards is of
    /// this state or a later one.
    pub(crate) version: i64,
}

/// By what a user is known.
#[derive(Debug, Clone)]
pub(crate) enum Means {
    /// A browser that signed in: may do all that its user may.
    Session(SessionId),
    /// An API key: may do what its scopes say.
    Key(Vec<Scope>),
}

impl Identity {
    /// On whose behalf the store is read.
    pub(crate) fn viewer(&self) -> Viewer {
        Viewer::User(self.user.name.clone())
    }

    /// Whether it may do what a scope stands for.
    pub(crate) fn allows(&self, scope: Scope) -> bool {
        match &self.means {
            Means::Session(_) => true,
            Means::Key(scopes) => scopes.contains(&scope),
        }
    }

    /// The session, where it is one.
    pub(crate) fn session(&self) -> Option<SessionId> {
        match self.means {
            Means::Session(id) => Some(id),
            Means::Key(..) => None,
        }
    }
}

/// What somebody says to be known by.
enum Shown<'h> {
    Cookie(&'h str),
    Key(&'h str),
}

/// The key in `Authorization: Bearer`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}

/// Whether a path is for programs: only there does a key open anything, since pages know no scopes.
fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/dashboard") || path == "/metrics"
}

/// Who asks for a path; `None`: nobody that is known.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn identify(
    app: &App,
    headers: &HeaderMap,
    path: &str,
) -> Result<Option<Identity>, Error> {
    let auth = app.auth();
    // A key is shown on purpose, a cookie always.
    let by_key = bearer(headers).filter(|_| is_for_programs(path));
    let shown = match (by_key, auth.cookie.of(headers)) {
        (Some(key), _) => Shown::Key(key),
        (None, Some(cookie)) => Shown::Cookie(cookie),
        (None, None) => return Ok(None),
    };
    let (Shown::Cookie(token) | Shown::Key(token)) = shown;
    let digest = digest(token);
    // Before the look-up: should it change meanwhile, what was found is not believed.
    let version = app.store().version()?;
    let now = app.now();
    if let Some(identity) = auth.recall(&digest, version, now) {
        return Ok(Some(identity));
    }
    let times = auth.times();
    let found = match shown {
        Shown::Cookie(_) => {
            app.read(move |store| session(store, &digest, version, now, times))
                .await
        }
        Shown::Key(_) => {
            app.read(move |store| key(store, &digest, version, now))
                .await
        }
    }?;
    if let Some((identity, until)) = &found {
        auth.remember(digest, identity, *until);
    }
    Ok(found.map(|(identity, _)| identity))
}

type Found = Option<(Identity, Timestamp)>;

fn session(
    store: &Store,
    digest: &TokenDigest,
    version: i64,
    now: Timestamp,
    times: gather_store::SessionTimes,
) -> Result<Found, Error> {
    let Some(session) = store.session(digest, now, times)? else {
        return Ok(None);
    };
    note(store.touch_session(&session, now));
    let ends = [
        session.created_at.saturating_add(times.absolute),
        now.saturating_add(NOTED_EVERY.min(times.idle)),
    ];
    let identity = Identity {
        means: Means::Session(session.id),
        user: session.user,
        version,
    };
    Ok(Some((identity, earliest(&ends))))
}

fn key(store: &Store, digest: &TokenDigest, version: i64, now: Timestamp) -> Result<Found, Error> {
    let Some((key, user)) = store.api_key(digest, now)? else {
        return Ok(None);
    };
    note(store.touch_api_key(&key, now));
    let ends = [
        Ok(key.expires_at.unwrap_or(Timestamp::MAX)),
        now.saturating_add(NOTED_EVERY),
    ];
    let identity = Identity {
        means: Means::Key(key.scopes),
        user,
        version,
    };
    Ok(Some((identity, earliest(&ends))))
}

fn earliest(ends: &[Result<Timestamp, jiff::Error>]) -> Timestamp {
    let ends = ends.iter().filter_map(|end| end.as_ref().ok());
    ends.min().copied().unwrap_or(Timestamp::MAX)
}

/// That it is in use could not be noted: a full disk must not keep anybody from reading.
fn note(noted: Result<(), Error>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "the use of a session or key could not be noted");
    }
}

impl FromRequestParts<App> for Identity {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match identify(app, &parts.headers, parts.uri.path()).await {
            Ok(Some(identity)) => Ok(identity),
            Ok(None) => Err(nobody(parts, app)),
            Err(error) => {
                tracing::error!(%error, "who asks cannot be found out");
                Err(refusal(
                    app,
                    &parts.headers,
                    parts.uri.path(),
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "The database cannot be read; the log says why.",
                ))
            }
        }
    }
}

/// What whoever is nobody is answered.
fn nobody(parts: &Parts, app: &App) -> Response {
    let path = parts.uri.path();
    if is_for_programs(path) {
        let words = "An API key or a session is needed; keys are made on the page of settings.";
        let mut answer = refusal(app, &parts.headers, path, StatusCode::UNAUTHORIZED, words);
        let scheme = http::HeaderValue::from_static("Bearer realm=\"gather\"");
        answer
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, scheme);
        return answer;
    }
    let base = app.base();
    // What was to be changed is not repeated by itself; what was to be read is, after the login.
    let next = (parts.method == Method::GET && path != "/").then(|| {
        let wanted = parts.uri.path_and_query().map_or(path, |it| it.as_str());
        let wanted = format!("{base}{wanted}");
        url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect::<String>()
    });
    let to = match next {
        Some(next) => format!("{base}/login?next={next}"),
        None => format!("{base}/login"),
    };
    Redirect::to(&to).into_response()
}
