//! What stands around every route: the base path, who asks, limits of a request, headers of an answer, the log.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware,
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{NotForContentType, Predicate as _, SizeAbove},
    },
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};
use tracing::Instrument as _;

use super::{
    asked::{Misdirected, Peer, Reach},
    refusal,
};
use crate::{app::App, auth};

/// The most bytes that somebody may send: forms and small JSON.
const BODY: usize = 64 * 1024;
/// Between two pieces of a body.
const BODY_PAUSE: Duration = Duration::from_secs(10);
/// Until the head of an answer; waiting for a run, the longest, takes 60 s.
const ANSWER: Duration = Duration::from_secs(70);

/// What a page may load: its own files, nothing inline, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Puts everything that holds for all routes around them.
pub(crate) fn around(routes: Router<App>, app: &App, reach: Reach) -> Router {
    let layered = routes
        .fallback(nothing_there)
        .method_not_allowed_fallback(not_like_that)
        .layer(middleware::from_fn_with_state(
            app.clone(),
            auth::check_origin,
        ))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            ANSWER,
        ))
        .layer(CatchPanicLayer::custom(Panicked))
        .with_state(app.clone());
    // What changes the path has to stand before the routes are looked at.
    let gate = Gate {
        app: app.clone(),
        reach: Arc::new(reach),
        inner: layered,
    };
    Router::new()
        .fallback(enter)
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(
                    SizeAbove::new(1024)
                        .and(NotForContentType::SSE)
                        .and(NotForContentType::IMAGES)
                        .and(NotForContentType::const_new("font/")),
                ),
        )
        .with_state(gate)
}

#[derive(Debug, Clone)]
struct Gate {
    app: App,
    reach: Arc<Reach>,
    inner: Router,
}

/// One request from its head to the head of its answer.
async fn enter(State(gate): State<Gate>, mut request: Request) -> Response {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let app = &gate.app;
    let began = app.clock().now();
    let method = request.method().clone();
    // Ours alone: what a client calls its request could be anything, a name of another request for one.
    let id = format!(
        "{:x}-{:x}",
        app.started().as_second(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    if let Ok(id) = HeaderValue::try_from(&id) {
        request.headers_mut().insert("x-request-id", id);
    }
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", %id, %method, path);
    let mut answer = through(&gate, request).instrument(span.clone()).await;
    let code = answer.status().as_u16();
    let took = app.clock().now().saturating_duration_since(began);
    app.metrics().answered(&method, code, took);
    span.in_scope(|| tracing::debug!(code, took_us = took.as_micros(), "answered"));
    furnish(app, &mut answer);
    answer
}

async fn through(gate: &Gate, mut request: Request) -> Response {
    let app = &gate.app;
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let Some(peer) = peer else {
        // Every connection notes its peer.
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let path = request.uri().path().to_owned();
    let is_probe = matches!(path.as_str(), "/healthz" | "/readyz");
    let asked = gate.reach.asked(peer, request.uri(), request.headers());
    let asked = match asked {
        Ok(asked) => asked,
        // A probe of a container's keeper names whatever it likes, and is told nothing but "well".
        Err(_) if is_probe => super::Asked {
            client: peer,
            ..super::Asked::default()
        },
        Err(Misdirected(host)) => {
            let words = format!(
                "This server is not called “{}”. If it should be, set `public_url` under `[server]`.",
                host.chars()
                    .filter(|c| !c.is_control())
                    .take(100)
                    .collect::<String>()
            );
            let status = StatusCode::MISDIRECTED_REQUEST;
            return refusal(app, request.headers(), &path, status, &words);
        }
    };
    request.extensions_mut().insert(asked);
    let base = app.base();
    if !base.is_empty() && !is_probe {
        match path.strip_prefix(base) {
            Some("") => return Redirect::permanent(&format!("{base}/")).into_response(),
            Some(rest) if rest.starts_with('/') => {
                if let Some(inner) = at(request.uri(), rest) {
                    *request.uri_mut() = inner;
                }
            }
            _ => {
                let words = format!("Everything here is under {base}/.");
                return refusal(app, request.headers(), &path, StatusCode::NOT_FOUND, &words);
            }
        }
    }
    use tower::ServiceExt as _;
    match gate.inner.clone().oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// The same address at another path.
fn at(uri: &Uri, path: &str) -> Option<Uri> {
    let whole = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    Uri::try_from(whole).ok()
}

async fn nothing_there(State(app): State<App>, request: Request) -> Response {
    let words = "There is nothing at this address.";
    let path = request.uri().path();
    refusal(&app, request.headers(), path, StatusCode::NOT_FOUND, words)
}

async fn not_like_that(State(app): State<App>, request: Request) -> Response {
    let words = "This address is there, but not for this method.";
    let path = request.uri().path();
    refusal(
        &app,
        request.headers(),
        path,
        StatusCode::METHOD_NOT_ALLOWED,
        words,
    )
}

/// What a handler that panicked is answered with; the log has more.
#[derive(Debug, Clone, Copy)]
struct Panicked;

impl tower_http::catch_panic::ResponseForPanic for Panicked {
    type ResponseBody = axum::body::Body;

    fn response_for_panic(
        &mut self,
        died: Box<dyn std::any::Any + Send + 'static>,
    ) -> http::Response<Self::ResponseBody> {
        let words = died
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| died.downcast_ref::<&str>().copied())
            .unwrap_or("no words");
        tracing::error!(panic = words, "a handler failed");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// The headers that every answer has.
fn furnish(app: &App, answer: &mut Response) {
    let headers = answer.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.auth().is_secure() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    // Whatever says nothing of itself is somebody's own.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
