//! Whether what wants to change something comes from a page of this server.
//!
//! A browser sends a session's cookie along with whatever a foreign page has it send; that it was a foreign page it says
//! in `Sec-Fetch-Site`, and over plain HTTP, where it does not say that, in `Origin`. What says neither is no browser of
//! these days, and has an API key to show: a key is never sent by itself.
//!
//! Source: Fetch Metadata Request Headers (W3C), RFC 6454 (Origin); the same rule as Go's `http.CrossOriginProtection`,
//! but for requests that say nothing, which are refused here.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, header};

use super::identity::bearer;
use crate::{
    app::App,
    serve::{Asked, refusal},
};

/// Refuses what would change something and does not come from a page of this server.
pub(crate) async fn check(
    State(app): State<App>,
    axum::Extension(asked): axum::Extension<Asked>,
    request: Request,
    next: Next,
) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if safe || bearer(request.headers()).is_some() || is_own(request.headers(), &asked) {
        return next.run(request).await;
    }
    tracing::warn!(path = request.uri().path(), "refused: from another origin");
    refusal(
        &app,
        request.headers(),
        request.uri().path(),
        StatusCode::FORBIDDEN,
        "This did not come from a page of this server, and was not done.",
    )
}

fn is_own(headers: &HeaderMap, asked: &Asked) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.eq_ignore_ascii_case(&asked.origin),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect();
        let asked = Asked {
            origin: "http://host.example:4280".to_owned(),
            ..Asked::default()
        };
        is_own(&headers, &asked)
    }

    #[test]
    fn only_what_comes_from_a_page_of_this_server_changes_anything() {
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "http://host.example:4280")]));
        for foreign in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://host.example:4280"),
            ],
            &[("origin", "null")],
            &[("origin", "http://host.example")],
            &[("origin", "https://host.example:4280")],
            &[("origin", "http://host.example:4280.evil.example")],
        ] {
            assert!(!own(foreign), "{foreign:?}");
        }
    }
}
