//! Proxies: which requests pass through one, and how a connection is made through it.
//!
//! `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read when the client is built. This machine itself is
//! never asked through a proxy. A proxy passes plain requests on; for TLS it opens a tunnel, so that it sees neither
//! address nor keys.
//!
//! Sources: RFC 9110 section 9.3.6 (CONNECT), RFC 9112 section 3.2 (forms of the request target).

use std::{net::IpAddr, sync::Arc};

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    error::{Error, Kind},
    host::Host,
};

/// The most bytes the head of a proxy's answer may have.
const MAX_HEAD: usize = 16 * 1024;

/// The way through a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Via {
    /// Where the proxy listens.
    pub(crate) host: Host,
    pub(crate) authorization: Option<HeaderValue>,
}

/// The proxy for a host, if there is one.
pub(crate) fn via(matcher: &Matcher, host: &Host) -> Result<Option<Arc<Via>>, Error> {
    if is_this_machine(host) {
        return Ok(None);
    }
    let Some(found) = host
        .to_string()
        .parse::<Uri>()
        .ok()
        .and_then(|uri| matcher.intercept(&uri))
    else {
        return Ok(None);
    };
    let shown = format!(
        "{}://{}",
        found.uri().scheme_str().unwrap_or_default(),
        found.uri().host().unwrap_or_default()
    );
    let proxy = url::Url::parse(&found.uri().to_string())
        .ok()
        .and_then(|url| Host::of(&url))
        .filter(|proxy| !proxy.is_https())
        .ok_or_else(|| {
            let why = format!("only proxies with an address of `http://…` are used, not `{shown}`");
            Error::new(Kind::Proxy(why))
        })?;
    Ok(Some(Arc::new(Via {
        host: proxy,
        authorization: found.basic_auth().cloned(),
    })))
}

fn is_this_machine(host: &Host) -> bool {
    let name = host.name().trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Asks the proxy at the other end for a tunnel to a host.
pub(crate) async fn tunnel(stream: &mut TcpStream, via: &Via, host: &Host) -> Result<(), Error> {
    let broken = |e| Error::caused_by(Kind::Proxy("the proxy broke the connection".to_owned()), e);
    let target = format!("{}:{}", host.name(), host.port());
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n").into_bytes();
    if let Some(authorization) = &via.authorization {
        request.extend_from_slice(b"proxy-authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(broken)?;

    // Byte by byte at the end, since what follows the head belongs to the tunnel.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEAD {
            let why = "the proxy's answer has too long a head".to_owned();
            return Err(Error::new(Kind::Proxy(why)));
        }
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let status = head
        .strip_prefix(b"HTTP/1.")
        .and_then(|rest| rest.get(2..5))
        .and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u16>().ok());
    match status {
        Some(200..=299) => Ok(()),
        Some(407) => Err(Error::new(Kind::Proxy(
            "the proxy wants a user name and a password (407)".to_owned(),
        ))),
        Some(status) => Err(Error::new(Kind::Proxy(format!(
            "the proxy refused to connect ({status})"
        )))),
        None => Err(Error::new(Kind::Proxy(
            "the proxy does not answer in HTTP".to_owned(),
        ))),
    }
}
