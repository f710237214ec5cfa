//! From what a source wants asked to a request of the library.

use gather::{Request, Response, Timeouts, Url};
use gather_sources::{Ask, Source, TokenAsk};
use secrecy::{ExposeSecret, SecretString};

use crate::{cache, known::Condition};

/// The request for an ask; with a condition, the server may answer that nothing is new.
pub(crate) fn request(source: &Source, ask: &Ask, condition: Option<&Condition>) -> Request {
    let mut request = with_headers(Request::get(ask.url()), ask.headers(), ask.secrets());
    if ask.is_foreign() {
        request = request.guarded();
    }
    if let Some(condition) = condition {
        for (name, value) in cache::condition(&condition.kept) {
            request = request.header(name, value);
        }
    }
    if source.unchanged_is_free() {
        request = request.unchanged_is_free();
    }
    in_time(source, request)
}

/// The same once more, for a server that said "not modified" though nothing is held.
pub(crate) fn afresh(source: &Source, ask: &Ask) -> Request {
    request(source, ask, None).header("cache-control", "no-cache")
}

/// The request for an OAuth2 token.
pub(crate) fn token_request(source: &Source, ask: &TokenAsk) -> Request {
    let request = with_headers(Request::post(ask.url()), ask.headers(), ask.secrets());
    in_time(source, request.body(ask.form().expose_secret().to_owned()))
}

/// Where a request was sent for good, if every redirect on its way said so.
pub(crate) fn moved_for_good(response: &Response) -> Option<&Url> {
    let redirects = response.redirects();
    if redirects.iter().all(gather::Redirect::is_permanent) {
        redirects.last().map(|last| &last.to)
    } else {
        None
    }
}

fn with_headers(
    mut request: Request,
    headers: &[(String, SecretString)],
    secrets: &[SecretString],
) -> Request {
    for secret in secrets {
        request = request.secret(secret.expose_secret());
    }
    for (name, value) in headers {
        let value = value.expose_secret();
        let is_secret = secrets
            .iter()
            .any(|secret| value.contains(secret.expose_secret()));
        request = if is_secret {
            request.secret_header(name, value)
        } else {
            request.header(name, value)
        };
    }
    request
}

fn in_time(source: &Source, request: Request) -> Request {
    let Some(total) = source.timeout() else {
        return request;
    };
    let mut timeouts = Timeouts::default();
    timeouts.total = total;
    timeouts.attempt = timeouts.attempt.max(total);
    // A source that was given longer may be one that thinks for long before it answers.
    timeouts.first_byte = timeouts.first_byte.max(total);
    request.timeouts(timeouts)
}
