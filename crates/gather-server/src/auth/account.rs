//! What users change about themselves: settings, password, sessions, keys.

use std::{collections::BTreeMap, time::Duration};

use axum::{Extension, Form, Router, extract::State, response::Response, routing::post};
use gather_store::{ApiKeyId, ErrorKind, NewApiKey, Scope, SessionId, Theme, UserSettings};
use http::{HeaderMap, StatusCode};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{Identity, api_key, digest};
use crate::{
    app::App,
    pages::{Beside, Note, Reader, Said, Tone, capital, show_settings},
    serve::Asked,
};

/// The forms of `/settings`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/settings", post(change))
        .route("/settings/password", post(password))
        .route("/settings/sessions/end", post(end_session))
        .route("/settings/sessions/end-others", post(end_others))
        .route("/settings/keys", post(make_key))
        .route("/settings/keys/revoke", post(revoke))
}

type Fields = Form<BTreeMap<String, String>>;

fn field<'f>(fields: &'f BTreeMap<String, String>, name: &str) -> &'f str {
    fields.get(name).map_or("", |value| value.trim())
}

/// The page again, with why something was not done.
async fn refused(app: &App, reader: Reader, words: String) -> Response {
    let notice = Note {
        text: words,
        tone: Tone::Alarm,
    };
    let beside = Beside {
        notice: Some(notice),
        made: None,
    };
    let mut answer = show_settings(app, reader, beside).await;
    *answer.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    answer
}

/// The page with a key that was just made, which is shown this once.
async fn made(app: &App, reader: Reader, name: String, token: String) -> Response {
    let beside = Beside {
        made: Some((name, token)),
        notice: None,
    };
    show_settings(app, reader, beside).await
}

fn to_settings(reader: &Reader, said: Said) -> Response {
    reader.back_to(&format!("{}/settings", reader.base()), said)
}

async fn change(
    State(app): State<App>,
    identity: Identity,
    reader: Reader,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let refuse = |words: String| refused(&app, reader.clone(), words);
    let currency = match field(&fields, "currency") {
        "" => None,
        code => match code.parse() {
            Ok(currency) => Some(currency),
            Err(_) => return refuse(format!("There is no currency “{code}”.")).await,
        },
    };
    let time_zone = match field(&fields, "time_zone") {
        "" => None,
        name if TimeZone::get(name).is_ok() => Some(name.to_owned()),
        name => {
            let words =
                format!("There is no time zone “{name}”; they are called as in “Europe/Berlin”.");
            return refuse(words).await;
        }
    };
    let theme = match field(&fields, "theme") {
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        _ => Theme::Auto,
    };
    let (user, settings) = (
        identity.user.id,
        UserSettings {
            currency,
            time_zone,
            theme,
        },
    );
    let kept = app.read(move |store| store.set_user_settings(user, &settings));
    match kept.await {
        Ok(()) => to_settings(&reader, Said::Saved),
        Err(error) => app.broken(&headers, &error),
    }
}

#[derive(Deserialize)]
struct Passwords {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

async fn password(
    State(app): State<App>,
    Extension(asked): Extension<Asked>,
    identity: Identity,
    reader: Reader,
    headers: HeaderMap,
    Form(form): Form<Passwords>,
) -> Response {
    let refuse = |words: String| refused(&app, reader.clone(), words);
    if form.new != form.again {
        return refuse("The two new passwords differ.".to_owned()).await;
    }
    let auth = app.auth();
    // Whoever found a browser open must not be able to guess on and on.
    let name = identity.user.name.clone();
    let Ok(tried) = auth.throttle.begin(&name, asked.client, app.clock().now()) else {
        return refuse("Too many tries. Wait a quarter of an hour.".to_owned()).await;
    };
    let of = name.clone();
    let held = match app.read(move |store| store.password_hash(&of)).await {
        Ok(held) => held.map(|(_, hash)| hash),
        Err(error) => return app.broken(&headers, &error),
    };
    if !auth.passwords.is_right(form.current, held).await {
        return refuse("The password that you have now is another one.".to_owned()).await;
    }
    auth.throttle.succeeded(&tried);
    let hash = match auth.passwords.hash(name, form.new).await {
        Ok(hash) => hash,
        Err(refused) => return refuse(format!("{}.", capital(&refused.to_string()))).await,
    };
    let (user, keep) = (identity.user.id, identity.session());
    let changed = app.read(move |store| store.set_password(user, &hash, keep));
    match changed.await {
        Ok(()) => to_settings(&reader, Said::PasswordChanged),
        Err(error) => app.broken(&headers, &error),
    }
}

async fn end_session(
    State(app): State<App>,
    identity: Identity,
    reader: Reader,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let Ok(id) = field(&fields, "id").parse().map(SessionId::new) else {
        return to_settings(&reader, Said::NoSuch);
    };
    let user = identity.user.id;
    // Another user's session is none of this one's.
    match app.read(move |store| store.end_session(user, id)).await {
        Ok(true) => to_settings(&reader, Said::SessionEnded),
        Ok(false) => to_settings(&reader, Said::NoSuch),
        Err(error) => app.broken(&headers, &error),
    }
}

async fn end_others(
    State(app): State<App>,
    identity: Identity,
    reader: Reader,
    headers: HeaderMap,
) -> Response {
    let (user, keep) = (identity.user.id, identity.session());
    match app.read(move |store| store.end_sessions(user, keep)).await {
        Ok(_) => to_settings(&reader, Said::SessionsEnded),
        Err(error) => app.broken(&headers, &error),
    }
}

async fn make_key(
    State(app): State<App>,
    identity: Identity,
    reader: Reader,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let refuse = |words: String| refused(&app, reader.clone(), words);
    let name = field(&fields, "name").to_owned();
    let is_checked = |scope: &Scope| fields.contains_key(scope.as_str());
    let scopes: Vec<_> = Scope::ALL.into_iter().filter(is_checked).collect();
    if scopes.is_empty() {
        return refuse("A key that may do nothing is of no use: choose something.".to_owned())
            .await;
    }
    let now = app.now();
    let expires_at = match field(&fields, "days") {
        "" => None,
        days => match days.parse::<u32>() {
            Ok(days @ 1..=3650) => {
                let span = Duration::from_secs(u64::from(days) * 86_400);
                now.saturating_add(span).ok()
            }
            _ => return refuse("A key expires in 1 to 3650 days, or never.".to_owned()).await,
        },
    };
    let token = match api_key() {
        Ok(token) => token,
        Err(error) => return refuse(format!("{}.", capital(&error.to_string()))).await,
    };
    let (user, called, kept) = (identity.user.id, name.clone(), digest(&token));
    let kept = app.read(move |store| {
        store.add_api_key(&NewApiKey {
            user,
            name: &called,
            digest: &kept,
            scopes: &scopes,
            at: now,
            expires_at,
        })
    });
    match kept.await {
        Ok(_) => made(&app, reader, name, token).await,
        Err(error) if matches!(error.kind(), ErrorKind::InvalidUser) => {
            refuse(format!("{}.", capital(&error.to_string()))).await
        }
        Err(error) => app.broken(&headers, &error),
    }
}

async fn revoke(
    State(app): State<App>,
    identity: Identity,
    reader: Reader,
    headers: HeaderMap,
    Form(fields): Fields,
) -> Response {
    let Ok(id) = field(&fields, "id").parse().map(ApiKeyId::new) else {
        return to_settings(&reader, Said::NoSuch);
    };
    let user = identity.user.id;
    match app.read(move |store| store.revoke_api_key(user, id)).await {
        Ok(true) => to_settings(&reader, Said::KeyRevoked),
        Ok(false) => to_settings(&reader, Said::NoSuch),
        Err(error) => app.broken(&headers, &error),
    }
}
