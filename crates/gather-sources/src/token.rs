//! OAuth2 client credentials: the request for a token, and what the answer means.
//!
//! The source says what to ask and reads the answer; whoever runs it holds the token, shares it, and asks for a new
//! one when it has run out or is refused.
//!
//! Source: RFC 6749 sections 2.3.1 (how a client shows who it is), 4.4 (the grant), 5.1 and 5.2 (answers);
//! RFC 6750 section 3 (a token that is refused).

use std::{fmt, time::Duration};

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{ReadError, ReadErrorKind, jq::json, mapping::value, provider, secret};

/// The request for a token. Always a `POST` of a form.
#[derive(Clone)]
pub struct TokenAsk {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, SecretString)>,
    pub(crate) form: SecretString,
    pub(crate) secrets: Vec<SecretString>,
}

/// A token for the requests of one source.
#[derive(Clone)]
pub struct Token {
    /// What is sent as `Authorization: Bearer …`.
    pub value: SecretString,
    /// How long it is good for from when it was asked for; `None`: the server did not say.
    pub lives: Option<Duration>,
}

/// How a declaration gets its tokens, secrets in place.
pub(crate) struct Client<'a> {
    pub(crate) url: &'a Url,
    pub(crate) id: SecretString,
    /// Whether the id is one of the secrets, too.
    pub(crate) id_is_secret: bool,
    pub(crate) key: SecretString,
    pub(crate) scope: Option<&'a str>,
    /// Id and key go into the form, not into a header.
    pub(crate) in_form: bool,
}

impl TokenAsk {
    pub(crate) fn new(client: &Client<'_>) -> Self {
        let (id, key) = (client.id.expose_secret(), client.key.expose_secret());
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = client.scope {
            form.append_pair("scope", scope);
        }
        let mut headers = vec![
            ("accept".to_owned(), "application/json".into()),
            (
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".into(),
            ),
        ];
        let mut secrets = vec![client.key.clone()];
        secrets.extend(client.id_is_secret.then(|| client.id.clone()));
        if client.in_form {
            form.append_pair("client_id", id);
            form.append_pair("client_secret", key);
        } else {
            let part = |text: &str| -> String {
                url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
            };
            let pair = base64::engine::general_purpose::STANDARD.encode(format!(
                "{}:{}",
                part(id),
                part(key)
            ));
            headers.push(("authorization".to_owned(), format!("Basic {pair}").into()));
            secrets.push(pair.into());
        }
        Self {
            url: client.url.clone(),
            headers,
            form: form.finish().into(),
            secrets,
        }
    }

    /// Where to ask.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        "POST"
    }

    /// Headers to send, names in lower case, `content-type` among them. Values may be secret.
    #[must_use]
    pub fn headers(&self) -> &[(String, SecretString)] {
        &self.headers
    }

    /// The body.
    #[must_use]
    pub fn form(&self) -> &SecretString {
        &self.form
    }

    /// Every secret value this request carries, for redaction by value.
    #[must_use]
    pub fn secrets(&self) -> &[SecretString] {
        &self.secrets
    }

    /// Any text with `***` in place of each secret of this request.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        secret::redact(text, &self.secrets)
    }
}

impl fmt::Debug for TokenAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAsk")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("lives", &self.lives)
            .finish_non_exhaustive()
    }
}

/// What the token endpoint answered.
pub(crate) fn read(status: u16, body: &[u8]) -> Result<Token, ReadError> {
    let fail = |kind, message: String| {
        let mut error = ReadError::new(kind, message);
        error.status = (!(200..300).contains(&status)).then_some(status);
        error
    };
    let document = json::parse(body).ok();
    let text = |name: &str| {
        let found = provider::field(document.as_ref()?, name)?;
        value::scalar_text(found).map(std::borrow::Cow::into_owned)
    };
    if let Some(code) = text("error").filter(|code| !code.is_empty()) {
        let kind = match (code.as_str(), status) {
            (_, 429) => ReadErrorKind::Limited,
            (_, 500..=599) | ("temporarily_unavailable" | "server_error", _) => {
                ReadErrorKind::Unavailable
            }
            ("invalid_client" | "unauthorized_client" | "access_denied", _) | (_, 401 | 403) => {
                ReadErrorKind::Key
            }
            _ => ReadErrorKind::Request,
        };
        let words = text("error_description").unwrap_or_else(|| code.clone());
        let words = value::clip_to(&words, 200);
        let mut error = fail(kind, format!("no token: {words}"));
        error.code = Some(value::clip_to(&code, 80));
        return Err(match kind {
            ReadErrorKind::Key => error.with_hint("check the client's id and secret"),
            ReadErrorKind::Request => error.with_hint("look at `auth` in the declaration"),
            _ => error,
        });
    }
    if !(200..300).contains(&status) {
        let kind = match status {
            401 | 403 => ReadErrorKind::Key,
            429 => ReadErrorKind::Limited,
            408 | 425 | 500..=599 => ReadErrorKind::Unavailable,
            _ => ReadErrorKind::Request,
        };
        return Err(fail(kind, format!("no token: answered {status}")));
    }
    let Some(value) = text("access_token").filter(|token| is_sendable(token)) else {
        return Err(fail(
            ReadErrorKind::NotTheFormat,
            "no token: the answer holds no `access_token` that can be sent".to_owned(),
        )
        .with_hint("check the address of the token endpoint in `auth`"));
    };
    if let Some(other) = text("token_type").filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(fail(
            ReadErrorKind::NotTheFormat,
            format!(
                "a token of type `{}`; only bearer tokens are known",
                value::clip(&other)
            ),
        ));
    }
    let lives = text("expires_in")
        .and_then(|text| text.trim().parse::<f64>().ok())
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok(Token {
        value: value.into(),
        lives,
    })
}

/// RFC 6750 section 2.1, but generous: anything that fits into a header.
fn is_sendable(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|b| (0x21..=0x7E).contains(&b))
}

/// Whether a 401 is about the token, so that a fresh one may cure it.
pub(crate) fn is_refused(status: u16, body: &[u8], www_authenticate: Option<&str>) -> bool {
    if status != 401 {
        return false;
    }
    let told = www_authenticate.and_then(error_parameter).or_else(|| {
        let document = json::parse(body).ok()?;
        value::text(provider::field(&document, "error")?).map(std::borrow::Cow::into_owned)
    });
    // A request that is wrong, or a token that may not do this, stays so with a new one.
    !matches!(
        told.as_deref(),
        Some("insufficient_scope" | "invalid_request" | "invalid_client")
    )
}

/// The `error` of a `Bearer` challenge.
fn error_parameter(challenge: &str) -> Option<String> {
    let lower = challenge.to_ascii_lowercase();
    let at = lower.match_indices("error").map(|(at, _)| at).find(|at| {
        let before = lower[..*at].chars().next_back();
        let after = lower[at + 5..].trim_start();
        before.is_none_or(|c| matches!(c, ' ' | ',' | '\t')) && after.starts_with('=')
    })?;
    let rest = lower[at + 5..].trim_start().strip_prefix('=')?.trim_start();
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split([',', ' ']).next()?,
    };
    Some(value.to_owned())
}
