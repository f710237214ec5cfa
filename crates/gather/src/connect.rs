//! From a host to an open connection, with the time each step took.
//!
//! Names are resolved by the system. Addresses are tried in the system's order with the families taking turns, a next
//! one each time 250 ms pass or one fails, so that a dead IPv6 costs a quarter of a second and not the timeout
//! (RFC 8305).
//!
//! Not here: reuse of connections (`pool`), how long connecting may take (`timeouts`).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use hyper_util::client::proxy::matcher::Matcher;
use rustls::{
    ClientConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use rustls_platform_verifier::Verifier;
use tokio::{net::TcpStream, task::JoinSet};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    clock::Clock,
    error::{Error, Kind},
    guard,
    host::Host,
    proxy::{self, Via},
};

/// How long one address is given before the next is tried beside it (RFC 8305 section 5).
const NEXT_ADDRESS: Duration = Duration::from_millis(250);

/// How long each step of connecting took; zero for a step that was not needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connecting {
    /// Resolving the name.
    pub resolve: Duration,
    /// Opening the TCP connection.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
}

/// An open connection.
pub(crate) struct Connection {
    pub(crate) stream: Stream,
    /// Whether the other side has a public address.
    pub(crate) public: bool,
    /// The proxy that passes plain requests on, where there is one.
    pub(crate) proxy: Option<Arc<Via>>,
}

pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

pub(crate) struct Connector {
    /// Certificates that are trusted besides the system's, in DER.
    pub(crate) roots: Vec<Vec<u8>>,
    /// Which requests pass through a proxy.
    pub(crate) proxies: Option<Matcher>,
    /// Whether HTTP/2 is offered.
    pub(crate) http2: bool,
    /// Made at the first need: reading the system's certificates takes milliseconds that plain HTTP does not owe.
    pub(crate) tls: OnceLock<Result<TlsConnector, Arc<rustls::Error>>>,
}

impl Connector {
    pub(crate) async fn connect(
        &self,
        clock: &Clock,
        host: &Host,
        guarded: bool,
        steps: &mut Connecting,
    ) -> Result<Connection, Error> {
        let start = clock.now();
        let proxy = match &self.proxies {
            Some(proxies) => proxy::via(proxies, host)?,
            None => None,
        };
        let mut addresses = resolve(proxy.as_ref().map_or(host, |proxy| &proxy.host)).await?;
        // Where a proxy leads to is the proxy's business; what we can say is where the name leads.
        if guarded && proxy.is_some() {
            let target = resolve(host).await?;
            if !target.iter().all(|address| guard::is_public(address.ip())) {
                return Err(Error::new(Kind::Private));
            }
        } else if guarded {
            addresses.retain(|address| guard::is_public(address.ip()));
            if addresses.is_empty() {
                return Err(Error::new(Kind::Private));
            }
        }
        let resolved = clock.now();
        steps.resolve = resolved - start;
        let mut stream = connect_any(clock, addresses).await.map_err(|e| {
            let kind = if e.kind() == io::ErrorKind::ConnectionRefused {
                Kind::Refused
            } else {
                Kind::Connect
            };
            Error::caused_by(kind, e)
        })?;
        let public = proxy.is_some()
            || stream
                .peer_addr()
                .is_ok_and(|address| guard::is_public(address.ip()));
        // Requests are small and wait for answers: waiting for more to send would only delay them.
        stream
            .set_nodelay(true)
            .map_err(|e| Error::caused_by(Kind::Connect, e))?;
        let connected = clock.now();
        steps.connect = connected - resolved;
        if !host.is_https() {
            return Ok(Connection {
                stream: Stream::Plain(stream),
                public,
                proxy,
            });
        }
        if let Some(proxy) = &proxy {
            proxy::tunnel(&mut stream, proxy, host).await?;
        }
        let stream = self.handshake(host, stream).await?;
        steps.tls = elapsed(clock, connected);
        Ok(Connection {
            stream: Stream::Tls(Box::new(stream)),
            public,
            proxy: None,
        })
    }

    async fn handshake(
        &self,
        host: &Host,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Error> {
        let tls = self
            .tls
            .get_or_init(|| tls_connector(&self.roots, self.http2).map_err(Arc::new))
            .as_ref()
            .map_err(|e| Error::caused_by(Kind::Tls, Arc::clone(e)))?;
        let name = host.name().trim_start_matches('[').trim_end_matches(']');
        let name =
            ServerName::try_from(name.to_owned()).map_err(|e| Error::caused_by(Kind::Tls, e))?;
        tls.connect(name, stream).await.map_err(|e| {
            let kind = if e.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
                Kind::Tls
            } else {
                Kind::Connect
            };
            Error::caused_by(kind, e)
        })
    }
}

fn elapsed(clock: &Clock, since: Instant) -> Duration {
    clock.now().saturating_duration_since(since)
}

fn tls_connector(roots: &[Vec<u8>], http2: bool) -> Result<TlsConnector, rustls::Error> {
    // The provider is named, so that a program with two of them linked in does not panic.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = roots
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()).into_owned());
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous() // rustls' word for a verifier of one's own; this one asks the system
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    if http2 {
        config.alpn_protocols.push(b"h2".to_vec());
    }
    config.alpn_protocols.push(b"http/1.1".to_vec());
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn resolve(host: &Host) -> Result<Vec<SocketAddr>, Error> {
    let bare = host.name().trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, host.port())]);
    }
    let found: Vec<_> = tokio::net::lookup_host((bare, host.port()))
        .await
        .map_err(|e| Error::caused_by(Kind::Dns, e))?
        .collect();
    if found.is_empty() {
        return Err(Error::new(Kind::Dns));
    }
    Ok(take_turns(found))
}

/// The addresses with the families taking turns, beginning with the family of the first.
fn take_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut one, mut other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .rev()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut turns = Vec::with_capacity(one.len() + other.len());
    while !(one.is_empty() && other.is_empty()) {
        turns.extend(one.pop());
        turns.extend(other.pop());
    }
    turns
}

/// The first connection that comes about.
async fn connect_any(clock: &Clock, addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    if let [address] = addresses[..] {
        return TcpStream::connect(address).await;
    }
    let mut rest = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        match rest.next() {
            Some(address) => {
                attempts.spawn(TcpStream::connect(address));
            }
            None if attempts.is_empty() => return Err(last),
            None => {}
        }
        let more = rest.len() > 0;
        tokio::select! {
            Some(result) = attempts.join_next() => match result {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(e)) => last = e,
                Err(e) => last = io::Error::other(e),
            },
            () = clock.sleep(NEXT_ADDRESS), if more => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns_from_the_systems_first() {
        let addresses = ["[::1]:1", "[::2]:1", "1.1.1.1:1", "[::3]:1", "2.2.2.2:1"]
            .map(|text| text.parse().unwrap());
        let turns: Vec<_> = take_turns(addresses.to_vec())
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            turns,
            ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]
        );
    }

    #[tokio::test]
    async fn case_27_a_dead_address_does_not_keep_the_next_from_answering() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let alive = listener.local_addr().unwrap();
        // 192.0.2.0/24 is reserved for documentation (RFC 5737): nobody answers there.
        let dead = "192.0.2.1:9".parse().unwrap();
        let stream = connect_any(&Clock::system(), vec![dead, alive])
            .await
            .unwrap();
        assert_eq!(stream.peer_addr().unwrap(), alive);
    }
}
