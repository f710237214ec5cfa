//! One request, before it is asked.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use url::Url;

use crate::{
    error::{Error, Kind},
    redact,
    retry::Retry,
    timeouts::Timeouts,
};

/// What to ask: method, address, headers, body, and where it differs from the client's settings.
///
/// Building never fails; a bad address or header is reported as the request's result, so that a list of requests stays
/// a list of results.
///
/// ```
/// use gather::Request;
///
/// let plain: Request = "https://example.org/feed".into();
/// let with_key = Request::get("https://example.org/v1/items").secret_header("x-api-key", "…");
/// ```
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Result<Url, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) timeouts: Option<Timeouts>,
    pub(crate) retry: Option<Retry>,
    pub(crate) body_limit: Option<u64>,
    pub(crate) quotas: Vec<Box<str>>,
    pub(crate) secrets: Vec<Box<str>>,
    pub(crate) guarded: bool,
    pub(crate) unchanged_is_free: bool,
    fault: Option<String>,
}

impl Request {
    /// A request with any method. A `Url` or a text is taken as the address.
    #[must_use]
    pub fn new(method: Method, url: impl AsRef<str>) -> Self {
        let text = url.as_ref();
        let url = Url::parse(text).map_err(|e| {
            format!(
                "`{}` is not an address: {e}",
                text.split('?').next().unwrap_or_default()
            )
        });
        let mut request = Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            timeouts: None,
            retry: None,
            body_limit: None,
            quotas: Vec::new(),
            secrets: Vec::new(),
            guarded: false,
            unchanged_is_free: false,
            fault: None,
        };
        request.take_userinfo();
        request
    }

    /// A GET request.
    #[must_use]
    pub fn get(url: impl AsRef<str>) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST request. It is never repeated once it may have been received.
    #[must_use]
    pub fn post(url: impl AsRef<str>) -> Self {
        Self::new(Method::POST, url)
    }

    /// Adds a header; a name given twice is sent twice.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Self {
        self.push_header(name.as_ref(), value.as_ref(), false);
        self
    }

    /// Adds a header that holds a key: it is not shown anywhere and not sent to another host after a redirect.
    #[must_use]
    pub fn secret_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.push_header(name.as_ref(), value.as_ref().as_bytes(), true);
        self.secret(value)
    }

    /// Sends `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(self, token: impl AsRef<str>) -> Self {
        let value = format!("Bearer {}", token.as_ref());
        self.secret(token)
            .secret_header(header::AUTHORIZATION, value)
    }

    /// Sends a user name and a password (RFC 7617, UTF-8).
    #[must_use]
    pub fn basic(self, user: impl AsRef<str>, password: impl AsRef<str>) -> Self {
        let pair = format!("{}:{}", user.as_ref(), password.as_ref());
        let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
        self.secret(password)
            .secret_header(header::AUTHORIZATION, value)
    }

    /// Adds a parameter to the query of the address, encoded.
    #[must_use]
    pub fn query(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        if let Ok(url) = &mut self.url {
            url.query_pairs_mut()
                .append_pair(name.as_ref(), value.as_ref());
        }
        self
    }

    /// Sends `value` as JSON.
    #[must_use]
    pub fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => {
                self.body = Some(body.into());
                self.push_header("content-type", b"application/json", false);
            }
            Err(e) => self.fault = Some(format!("the body cannot be written as JSON: {e}")),
        }
        self
    }

    /// Sends pairs as a form.
    #[must_use]
    pub fn form<K: AsRef<str>, V: AsRef<str>>(
        mut self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs {
            form.append_pair(name.as_ref(), value.as_ref());
        }
        self.body = Some(form.finish().into());
        self.push_header("content-type", b"application/x-www-form-urlencoded", false);
        self
    }

    /// Sends these bytes as the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Timeouts of this request instead of the client's.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = Some(timeouts);
        self
    }

    /// How often to try this request instead of the client's rule.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// The most decoded bytes the body may have, instead of the client's cap.
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// Counts this request also against a quota that the client knows by this name.
    #[must_use]
    pub fn quota(mut self, name: impl Into<String>) -> Self {
        self.quotas.push(name.into().into());
        self
    }

    /// A value that must not be shown where the address of this request is.
    #[must_use]
    pub fn secret(mut self, value: impl AsRef<str>) -> Self {
        self.secrets.push(value.as_ref().into());
        self
    }

    /// Connects to public addresses only: for an address that came out of somebody else's data, such as a feed or an
    /// answer. Without it a page could make this machine ask its own network. Redirects from a public host to another
    /// one are always guarded so.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        self.guarded = true;
        self
    }

    /// Gives its places in quotas back when the answer is a 304: for a server that says that a conditional request
    /// without news costs nothing. A quota that counts [at send](crate::Quota::at_send) keeps its place in any case.
    #[must_use]
    pub fn unchanged_is_free(mut self) -> Self {
        self.unchanged_is_free = true;
        self
    }

    /// The address as it may be shown.
    #[must_use]
    pub fn shown_url(&self) -> String {
        match &self.url {
            Ok(url) => redact::url(url, &self.secrets),
            Err(_) => "(no address)".to_owned(),
        }
    }

    /// What is wrong with the request itself.
    pub(crate) fn checked(&self) -> Result<&Url, Error> {
        let fault = |why: &String| Error::new(Kind::Request(why.clone()));
        match &self.fault {
            Some(why) => Err(fault(why)),
            None => self.url.as_ref().map_err(fault),
        }
    }

    fn push_header(&mut self, name: &str, value: &[u8], secret: bool) {
        let parsed = HeaderName::try_from(name)
            .map_err(|_| format!("`{name}` is not a header name"))
            .and_then(|header| {
                HeaderValue::from_bytes(value)
                    .map(|value| (header, value))
                    .map_err(|_| format!("the value of header `{name}` has a control character"))
            });
        match parsed {
            Ok((name, mut value)) => {
                value.set_sensitive(secret);
                self.headers.append(name, value);
            }
            Err(why) => self.fault = Some(why),
        }
    }

    /// A name and a password in the address become a header, so that they stand in no request line and no log.
    fn take_userinfo(&mut self) {
        let Ok(url) = &mut self.url else { return };
        if url.username().is_empty() && url.password().is_none() {
            return;
        }
        let decode = |text: &str| {
            url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
                .next()
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        let pair = format!(
            "{}:{}",
            decode(url.username()),
            decode(url.password().unwrap_or_default())
        );
        // Both calls only fail for addresses that cannot have a user name.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
        self.push_header("authorization", value.as_bytes(), true);
    }
}

impl From<&str> for Request {
    fn from(url: &str) -> Self {
        Self::get(url)
    }
}

impl From<String> for Request {
    fn from(url: String) -> Self {
        Self::get(url)
    }
}

impl From<&String> for Request {
    fn from(url: &String) -> Self {
        Self::get(url)
    }
}

impl From<Url> for Request {
    fn from(url: Url) -> Self {
        Self::get(url)
    }
}
