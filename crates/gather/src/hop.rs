//! Addresses on the way of one request: its own, and those that redirects lead to.
//!
//! A redirect never leaves http and https, never carries keys to another host, and is never followed from a public
//! host to a private address.
//!
//! Sources: RFC 9110 section 15.4 (redirects), section 10.2.2 (`Location` may be relative).

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use http_body_util::Full;
use url::Url;

use crate::{
    attempt::Answer,
    engine::Shared,
    error::{Error, Kind},
    host::Host,
    limit::LaneId,
    pool::Lent,
    redact,
    request::Request,
};

/// Where a request goes next: its own address, or where a redirect sent it.
pub(crate) struct Hop {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) shown: Arc<str>,
    pub(crate) host: Host,
    pub(crate) lane: LaneId,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    /// Only a public address may be connected to: the address came out of somebody else's data.
    pub(crate) guarded: bool,
}

impl Shared {
    pub(crate) fn first_hop(&self, request: &Request) -> Result<Hop, Error> {
        let url = request.checked()?.clone();
        let mut headers = self.headers.clone();
        for name in request.headers.keys() {
            headers.remove(name);
        }
        for (name, value) in &request.headers {
            headers.append(name.clone(), value.clone());
        }
        self.hop(
            request,
            request.method.clone(),
            url,
            headers,
            request.body.clone(),
            request.guarded,
        )
        .map_err(|why| Error::new(Kind::Request(why)))
    }

    fn hop(
        &self,
        request: &Request,
        method: Method,
        mut url: Url,
        mut headers: HeaderMap,
        body: Option<Bytes>,
        guarded: bool,
    ) -> Result<Hop, String> {
        if url.fragment().is_some() {
            url.set_fragment(None);
        }
        let shown: Arc<str> = redact::url(&url, &request.secrets).into();
        let host = Host::of(&url)
            .ok_or_else(|| format!("only http and https addresses are asked, not {shown}"))?;
        let lane = self
            .limiter
            .lane(&host, &request.quotas)
            .map_err(|name| format!("the client knows no quota named `{name}`"))?;
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let uri = Uri::try_from(target).map_err(|e| format!("the address cannot be asked: {e}"))?;
        let name = &url[url::Position::BeforeHost..url::Position::AfterPort];
        let name =
            HeaderValue::try_from(name).map_err(|e| format!("the address cannot be asked: {e}"))?;
        headers.insert(header::HOST, name);
        Ok(Hop {
            method,
            url,
            shown,
            uri,
            host,
            lane,
            headers,
            body,
            guarded,
        })
    }

    /// Where an answer sends the request, if it does (RFC 9110 section 15.4).
    pub(crate) fn redirect(
        &self,
        request: &Request,
        hop: &Hop,
        answer: &Answer,
    ) -> Result<Option<Hop>, Error> {
        let status = answer.status.as_u16();
        if self.redirects == 0 || !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = answer.headers.get(header::LOCATION) else {
            return Ok(None);
        };
        let refuse = |why: String| Error::new(Kind::Redirect(why)).with_url(&*hop.shown);
        let url = std::str::from_utf8(location.as_bytes())
            .ok()
            .and_then(|location| hop.url.join(location).ok())
            .ok_or_else(|| refuse("the redirect leads to no valid address".to_owned()))?;
        let mut headers = hop.headers.clone();
        let mut body = hop.body.clone();
        let mut guarded = hop.guarded;
        // 303 means "GET this"; for 301 and 302 after POST that is what every client does.
        let to_get = match status {
            303 => hop.method != Method::HEAD,
            301 | 302 => hop.method == Method::POST,
            _ => false,
        };
        let method = if to_get {
            Method::GET
        } else {
            hop.method.clone()
        };
        if to_get {
            body = None;
            headers.remove(header::CONTENT_TYPE);
        }
        if Host::of(&url).as_ref() != Some(&hop.host) {
            // A public host has no business inside our network; a private one is in there already.
            guarded |= answer.public;
            // Keys were meant for the first host only.
            let secret: Vec<_> = headers
                .iter()
                .filter(|(_, value)| value.is_sensitive())
                .map(|(name, _)| name.clone())
                .collect();
            for name in secret {
                headers.remove(name);
            }
            for name in [
                header::AUTHORIZATION,
                header::COOKIE,
                header::PROXY_AUTHORIZATION,
            ] {
                headers.remove(name);
            }
        }
        self.hop(request, method, url, headers, body, guarded)
            .map(Some)
            .map_err(|why| refuse(format!("a redirect is not followed: {why}")))
    }
}

impl Hop {
    /// What is put on the wire: over HTTP/1 the path and a `Host`, over HTTP/2 the whole address (RFC 9113 section 8.3.1).
    pub(crate) fn request(&self, lent: &Lent) -> http::Request<Full<Bytes>> {
        let mut request = self.with_body(Full::new(self.body.clone().unwrap_or_default()));
        if lent.sender.is_http2() {
            *request.uri_mut() = self.absolute();
            request.headers_mut().remove(header::HOST);
        } else if let Some(proxy) = &lent.proxy {
            // A proxy is told the whole address (RFC 9112 section 3.2.2).
            *request.uri_mut() = self.absolute();
            if let Some(authorization) = &proxy.authorization {
                request
                    .headers_mut()
                    .insert(header::PROXY_AUTHORIZATION, authorization.clone());
            }
        }
        request
    }

    /// The request with its whole address, for a transport that is no network.
    pub(crate) fn bare_request(&self) -> http::Request<Bytes> {
        let mut request = self.with_body(self.body.clone().unwrap_or_default());
        *request.uri_mut() = self.absolute();
        request
    }

    fn with_body<B>(&self, body: B) -> http::Request<B> {
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// The address with scheme and host; one that an `Uri` cannot hold was refused when the hop was made.
    fn absolute(&self) -> Uri {
        Uri::try_from(self.url.as_str()).unwrap_or_else(|_| self.uri.clone())
    }
}
