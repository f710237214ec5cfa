//! Who asks, with keys and sessions. Those are a session's affair: a key that makes keys could not be taken away.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
};
use gather_store::{ApiKeyId, NewApiKey, Scope, SessionId, Theme, UserSettings};
use http::StatusCode;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{
    ask::{Sent, currency, number},
    problem::Problem,
    shape::{KeyShape, MadeKeyShape, MeShape, SessionShape, page},
};
use crate::{
    app::App,
    auth::{Identity, Means, api_key, digest},
};

/// Who asks, what they have chosen, and what this caller may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "user", responses(
    (status = 200, body = MeShape), (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn me(identity: Identity) -> Json<MeShape> {
    Json(MeShape::new(&identity.user, scopes(&identity)))
}

fn scopes(identity: &Identity) -> Vec<Scope> {
    match &identity.means {
        Means::Session(_) => Scope::ALL.to_vec(),
        Means::Key(scopes) => scopes.clone(),
    }
}

/// What is to change: what is not said stays as it is; `null`: as the server has it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    currency: Option<Option<String>>,
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    /// `auto`, `light` or `dark`.
    theme: Option<String>,
}

fn said<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// Changes what a user has chosen.
#[utoipa::path(patch, path = "/api/v1/me", request_body = Change, tag = "user", responses(
    (status = 200, body = MeShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn change(
    State(app): State<App>,
    mut identity: Identity,
    Sent(change): Sent<Change>,
) -> Result<Json<MeShape>, Problem> {
    super::ask::needs(&identity, Scope::Edit)?;
    let held = &identity.user.settings;
    let settings = UserSettings {
        currency: match change.currency {
            None => held.currency,
            Some(code) => currency("currency", code.as_deref())?,
        },
        time_zone: match change.time_zone {
            None => held.time_zone.clone(),
            Some(None) => None,
            Some(Some(name)) if TimeZone::get(&name).is_ok() => Some(name),
            Some(Some(_)) => {
                let words = "`time_zone` is none; expected one such as Europe/Berlin";
                return Err(Problem::field("time_zone", words));
            }
        },
        theme: match change.theme.as_deref() {
            None => held.theme,
            Some("auto") => Theme::Auto,
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            Some(_) => return Err(Problem::field("theme", "`theme` is auto, light or dark")),
        },
    };
    let (user, kept) = (identity.user.id, settings.clone());
    app.read(move |store| store.set_user_settings(user, &kept))
        .await?;
    identity.user.settings = settings;
    Ok(Json(MeShape::new(&identity.user, scopes(&identity))))
}

fn only_session(identity: &Identity) -> Result<(), Problem> {
    identity
        .session()
        .map(drop)
        .ok_or_else(Problem::only_session)
}

page! {
    /// Keys, the newest first.
    KeyPage of KeyShape
}

/// The user's API keys.
#[utoipa::path(get, path = "/api/v1/me/keys", tag = "user", responses(
    (status = 200, body = KeyPage), (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn keys(
    State(app): State<App>,
    identity: Identity,
) -> Result<Json<KeyPage>, Problem> {
    only_session(&identity)?;
    let user = identity.user.id;
    let keys = app.read(move |store| store.api_keys(user)).await?;
    Ok(Json(KeyPage {
        items: keys.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Making {
    name: String,
    /// `news`, `money`, `sources`, `edit`, `fetch`.
    scopes: Vec<String>,
    /// 1 to 3650; none: it does not expire.
    days: Option<u32>,
}

/// Makes an API key, which is shown this once.
#[utoipa::path(post, path = "/api/v1/me/keys", request_body = Making, tag = "user", responses(
    (status = 201, body = MadeKeyShape),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)
))]
pub(super) async fn make_key(
    State(app): State<App>,
    identity: Identity,
    Sent(making): Sent<Making>,
) -> Result<(StatusCode, Json<MadeKeyShape>), Problem> {
    only_session(&identity)?;
    let scope = |word: &String| {
        let known = Scope::ALL.into_iter().find(|scope| scope.as_str() == word);
        known.ok_or_else(|| {
            Problem::field("scopes", "a scope is news, money, sources, edit or fetch")
        })
    };
    let scopes: Vec<Scope> = making.scopes.iter().map(scope).collect::<Result<_, _>>()?;
    let now = app.now();
    let expires_at = match making.days {
        None => None,
        Some(days @ 1..=3650) => now
            .saturating_add(Duration::from_secs(u64::from(days) * 86_400))
            .ok(),
        Some(_) => {
            let words = "`days` is out of range; expected 1 to 3650";
            return Err(Problem::field("days", words));
        }
    };
    let key = api_key()
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let (user, kept) = (identity.user.id, digest(&key));
    let made = app.read(move |store| {
        store.add_api_key(&NewApiKey {
            user,
            name: &making.name,
            digest: &kept,
            scopes: &scopes,
            at: now,
            expires_at,
        })
    });
    let about = made.await?.into();
    Ok((StatusCode::CREATED, Json(MadeKeyShape { about, key })))
}

/// Revokes an API key.
#[utoipa::path(delete, path = "/api/v1/me/keys/{id}", params(("id" = i64, Path)), tag = "user", responses(
    (status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)
))]
pub(super) async fn revoke_key(
    State(app): State<App>,
    identity: Identity,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    only_session(&identity)?;
    let (user, id) = (identity.user.id, ApiKeyId::new(number("id", &id)?));
    match app
        .read(move |store| store.revoke_api_key(user, id))
        .await?
    {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::missing("key")),
    }
}

page! {
    /// Sessions, the last used first.
    SessionPage of SessionShape
}

/// The user's sessions.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "user", responses(
    (status = 200, body = SessionPage), (status = 401, body = Problem), (status = 403, body = Problem)
))]
pub(super) async fn sessions(
    State(app): State<App>,
    identity: Identity,
) -> Result<Json<SessionPage>, Problem> {
    only_session(&identity)?;
    let (user, now, times, this) = (
        identity.user.id,
        app.now(),
        app.auth().times(),
        identity.session(),
    );
    let sessions = app
        .read(move |store| store.sessions(user, now, times))
        .await?;
    let shape = |session| SessionShape::new(session, this);
    Ok(Json(SessionPage {
        items: sessions.into_iter().map(shape).collect(),
        next: None,
    }))
}

/// Ends a session.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", params(("id" = i64, Path)), tag = "user", responses(
    (status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)
))]
pub(super) async fn end_session(
    State(app): State<App>,
    identity: Identity,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    only_session(&identity)?;
    let (user, id) = (identity.user.id, SessionId::new(number("id", &id)?));
    match app.read(move |store| store.end_session(user, id)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::missing("session")),
    }
}
