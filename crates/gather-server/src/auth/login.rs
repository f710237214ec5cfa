//! Signing in and out, and making the first user.

use axum::{
    Extension, Form, Router,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use gather_store::{ErrorKind, NewSession, User};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::{
    digest,
    identity::{Identity, identify},
    tokens::token,
};
use crate::{
    app::App,
    pages::{Login, Setup, capital, inside, outside, page},
    serve::{Asked, refusal},
};

/// `/login`, `/logout`, `/setup/{token}`.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/login", get(login_page).post(sign_in))
        .route("/logout", post(sign_out))
        .route("/setup/{token}", get(setup_page).post(set_up))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    next: String,
}

async fn login_page(
    State(app): State<App>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Response {
    let known = identify(&app, &headers, "/login").await;
    let users = app.read(|store| store.users()).await;
    match (known, users) {
        (Ok(Some(_)), _) => Redirect::to(&way_in(&app, &wanted.next)).into_response(),
        (Ok(None), Ok(users)) => page(
            StatusCode::OK,
            &Login {
                shell: outside(&app, "Sign in"),
                next: wanted.next,
                nobody: users.iter().all(|user| !user.has_password),
                ..Login::default()
            },
        ),
        (Err(error), _) | (_, Err(error)) => app.broken(&headers, &error),
    }
}

#[derive(Deserialize)]
struct SignIn {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(app): State<App>,
    Extension(asked): Extension<Asked>,
    headers: HeaderMap,
    Form(form): Form<SignIn>,
) -> Response {
    let auth = app.auth();
    let name = form.name.trim().to_owned();
    let refuse = |status, words: String| {
        page(
            status,
            &Login {
                shell: outside(&app, "Sign in"),
                name: name.clone(),
                next: form.next.clone(),
                refused: Some(words),
                nobody: false,
            },
        )
    };
    let tried = match auth.throttle.begin(&name, asked.client, app.clock().now()) {
        Ok(tried) => tried,
        Err(wait) => {
            app.metrics().logins_throttled.inc();
            tracing::warn!(client = %asked.client, "login refused: too many tries");
            let minutes = wait.as_secs().div_ceil(60);
            let unit = if minutes == 1 { "minute" } else { "minutes" };
            let words = format!("Too many tries. Wait {minutes} {unit}, then try again.");
            let mut answer = refuse(StatusCode::TOO_MANY_REQUESTS, words);
            let wait = HeaderValue::from(wait.as_secs().max(1));
            answer.headers_mut().insert(header::RETRY_AFTER, wait);
            return answer;
        }
    };
    let of = name.clone();
    let held = match app.read(move |store| store.password_hash(&of)).await {
        Ok(held) => held,
        Err(error) => return app.broken(&headers, &error),
    };
    let (user, hash) = held.unzip();
    let right = auth.passwords.is_right(form.password.clone(), hash).await;
    let Some(user) = user.filter(|_| right) else {
        app.metrics().logins_refused.inc();
        tracing::warn!(client = %asked.client, "login refused: wrong name or password");
        let words = "That name and password do not go together.".to_owned();
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, words);
    };
    auth.throttle.succeeded(&tried);
    enter(&app, &asked, &headers, user, &way_in(&app, &form.next)).await
}

/// Where somebody who got in goes: to a page of this server, and not to the login again.
fn way_in(app: &App, next: &str) -> String {
    let to = inside(app.base(), next, None);
    let path = to.split(['?', '#']).next().unwrap_or_default();
    match path.strip_prefix(app.base()) {
        Some("/login" | "/logout") => format!("{}/", app.base()),
        _ => to,
    }
}

/// Begins a session, always a new one: what a browser brought along is ended, whoever put it there.
async fn enter(app: &App, asked: &Asked, headers: &HeaderMap, user: User, to: &str) -> Response {
    let auth = app.auth();
    let token = match token() {
        Ok(token) => token,
        Err(error) => {
            tracing::error!(%error, "no session could begin");
            let words = "No session could begin; the log says why.";
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return refusal(app, headers, "/login", status, words);
        }
    };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    // As long as it helps to tell one browser from another.
    let agent: Option<String> = text(header::USER_AGENT).map(|it| it.chars().take(200).collect());
    let (kept, address) = (digest(&token), asked.client.to_string());
    let (now, times) = (app.now(), auth.times());
    let old = auth.cookie.of(headers).map(digest);
    let begun = app.read(move |store| {
        if let Some(old) = old
            && let Some(old) = store.session(&old, now, times)?
        {
            store.end_session(old.user.id, old.id)?;
        }
        store.begin_session(&NewSession {
            user: user.id,
            digest: &kept,
            at: now,
            address: Some(&address),
            agent: agent.as_deref(),
        })
    });
    match begun.await {
        Ok(_) => {
            tracing::info!(client = %asked.client, "signed in");
            let cookie = auth.cookie.set(&token, times.absolute);
            ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
        }
        Err(error) => app.broken(headers, &error),
    }
}

async fn sign_out(State(app): State<App>, identity: Identity, headers: HeaderMap) -> Response {
    if let Some(session) = identity.session() {
        let user = identity.user.id;
        let ended = app
            .read(move |store| store.end_session(user, session))
            .await;
        if let Err(error) = ended {
            return app.broken(&headers, &error);
        }
    }
    let to = format!("{}/login", app.base());
    (
        [(header::SET_COOKIE, app.auth().cookie.clear())],
        Redirect::to(&to),
    )
        .into_response()
}

/// Whether a setup link is the one that was printed, and still makes a user.
fn is_open(app: &App, token: &str) -> bool {
    let held = *app.auth().setup();
    held.is_some_and(|held| held == digest(token))
}

fn closed(app: &App, headers: &HeaderMap) -> Response {
    refusal(
        app,
        headers,
        "/setup",
        StatusCode::NOT_FOUND,
        "This link makes nobody: it was used, or is of an earlier start.",
    )
}

fn setup_view(app: &App, token: &str, name: String, refused: Option<String>) -> Response {
    let status = match refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let setup = Setup {
        shell: outside(app, "Welcome"),
        action: format!("{}/setup/{token}", app.base()),
        name,
        refused,
    };
    page(status, &setup)
}

async fn setup_page(
    State(app): State<App>,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    if is_open(&app, &token) {
        setup_view(&app, &token, String::new(), None)
    } else {
        closed(&app, &headers)
    }
}

#[derive(Deserialize)]
struct SetUp {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

async fn set_up(
    State(app): State<App>,
    Extension(asked): Extension<Asked>,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(form): Form<SetUp>,
) -> Response {
    if !is_open(&app, &token) {
        return closed(&app, &headers);
    }
    let name = form.name.trim().to_owned();
    let refuse = |words: String| setup_view(&app, &token, name.clone(), Some(words));
    if form.password != form.again {
        return refuse("The two passwords differ.".to_owned());
    }
    let hash = app.auth().passwords.hash(name.clone(), form.password);
    let hash = match hash.await {
        Ok(hash) => hash,
        Err(refused) => return refuse(format!("{}.", capital(&refused.to_string()))),
    };
    let (of, now) = (name.clone(), app.now());
    let added = app.read(move |store| store.add_first_user(&of, &hash, now));
    match added.await {
        Ok(Some(user)) => {
            *app.auth().setup() = None;
            tracing::info!(client = %asked.client, "the first user was made");
            enter(&app, &asked, &headers, user, &format!("{}/", app.base())).await
        }
        Ok(None) => {
            *app.auth().setup() = None;
            closed(&app, &headers)
        }
        Err(error) if error.kind() == ErrorKind::InvalidUser => {
            refuse(format!("{}.", capital(&error.to_string())))
        }
        Err(error) => app.broken(&headers, &error),
    }
}
