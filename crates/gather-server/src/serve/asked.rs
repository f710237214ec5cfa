//! Who really asks, under which name, and whether that name is this server's.
//!
//! Behind a proxy the connection is the proxy's. Only a proxy that the configuration names is believed what it says of
//! its client; anybody else could say anything.
//!
//! A page of another name that leads to this address (DNS rebinding) would be of one origin with the dashboard. So only
//! names that are known are answered: addresses, `localhost`, and the host of `public_url`.
//!
//! Source: RFC 9110 section 7.2 (Host) and 15.5.20 (421), RFC 7239 section 8.1 on what proxies say.

use std::net::{IpAddr, Ipv4Addr};

use gather_sources::Network;
use http::{HeaderMap, Uri, header, uri::Authority};
use url::Url;

/// Who asks, and under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The address of the client, as far as it can be known.
    pub(crate) client: IpAddr,
    /// The origin that a page of this server has for this client: scheme, name and port.
    pub(crate) origin: String,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            client: Ipv4Addr::LOCALHOST.into(),
            origin: String::new(),
        }
    }
}

/// The address at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// How a server is reached.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) public_url: Option<Url>,
    pub(crate) trusted_proxies: Vec<Network>,
    /// Whether this server itself speaks TLS.
    pub(crate) tls: bool,
}

/// A name that is not this server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misdirected(pub(crate) String);

impl Reach {
    /// Who asks, of a request that came over a connection from `peer`.
    pub(crate) fn asked(
        &self,
        peer: IpAddr,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Asked, Misdirected> {
        let peer = peer.to_canonical();
        let by_proxy = self.is_trusted(peer);
        let client = if by_proxy {
            self.client(peer, headers)
        } else {
            peer
        };
        let told = |name: &str| {
            let value = headers.get(name).filter(|_| by_proxy)?.to_str().ok()?;
            Some(value.rsplit(',').next().unwrap_or(value).trim().to_owned())
        };
        // HTTP/2 has the name in the address of the request.
        let host = told("x-forwarded-host").or_else(|| {
            let named = uri.authority().map(ToString::to_string);
            named.or_else(|| {
                let host = headers.get(header::HOST)?;
                host.to_str().ok().map(str::to_owned)
            })
        });
        let host = host.unwrap_or_default();
        let authority: Authority = host.parse().map_err(|_| Misdirected(host.clone()))?;
        if !self.is_ours(authority.host()) {
            return Err(Misdirected(host));
        }
        let scheme = match (told("x-forwarded-proto").as_deref(), &self.public_url) {
            (Some("https"), _) => "https",
            (Some("http"), _) => "http",
            (_, Some(url)) if is(url, authority.host()) => url.scheme(),
            _ if self.tls => "https",
            _ => "http",
        };
        let usual = match scheme {
            "https" => 443,
            _ => 80,
        };
        let port = authority.port_u16().filter(|port| *port != usual);
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        Ok(Asked {
            client,
            origin: format!("{scheme}://{}{port}", authority.host().to_lowercase()),
        })
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(address))
    }

    /// The last address that a trusted proxy speaks of and that is no trusted proxy itself: what stands before it the
    /// client may have written.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let told = headers.get_all("x-forwarded-for").iter();
        let told = told.filter_map(|value| value.to_str().ok());
        let mut hops: Vec<&str> = told.flat_map(|value| value.split(',')).collect();
        let mut client = peer;
        while let Some(hop) = hops.pop() {
            let Some(address) = address(hop.trim()) else {
                break;
            };
            client = address;
            if !self.is_trusted(address) {
                break;
            }
        }
        client
    }

    fn is_ours(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.public_url.as_ref().is_some_and(|url| is(url, &host))
    }
}

fn is(url: &Url, host: &str) -> bool {
    let of_url = url.host_str();
    of_url.is_some_and(|of_url| of_url.eq_ignore_ascii_case(host))
}

/// An address as proxies write it, with or without a port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.parse().ok();
    let with_port = || Some(hop.parse::<std::net::SocketAddr>().ok()?.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address: IpAddr = bare.or_else(with_port).or_else(in_brackets)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach() -> Reach {
        Reach {
            public_url: Some("https://home.example".parse().unwrap()),
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            tls: false,
        }
    }

    fn asked(peer: &str, headers: &[(&'static str, &str)]) -> Result<Asked, Misdirected> {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect();
        reach().asked(peer.parse().unwrap(), &"/".parse().unwrap(), &headers)
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_who_its_client_is() {
        let said = [
            ("host", "home.example"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert_eq!(
            asked("10.1.2.3", &said).unwrap().client.to_string(),
            "198.51.100.7"
        );
        assert_eq!(
            asked("192.0.2.1", &said).unwrap().client.to_string(),
            "192.0.2.1"
        );
    }

    #[test]
    fn what_a_client_writes_before_its_proxy_is_not_believed() {
        let said = [
            ("host", "home.example"),
            ("x-forwarded-for", "127.0.0.1, 198.51.100.7, 10.9.9.9"),
        ];
        assert_eq!(
            asked("10.1.2.3", &said).unwrap().client.to_string(),
            "198.51.100.7"
        );
        let said = [("host", "home.example"), ("x-forwarded-for", "nonsense")];
        assert_eq!(
            asked("10.1.2.3", &said).unwrap().client.to_string(),
            "10.1.2.3"
        );
    }

    #[test]
    fn a_name_that_is_not_this_servers_is_not_answered() {
        for host in [
            "evil.example",
            "home.example.evil.example",
            "",
            "localhost.evil.example",
            "a b",
        ] {
            asked("127.0.0.1", &[("host", host)]).unwrap_err();
        }
        for host in [
            "home.example",
            "HOME.example:443",
            "127.0.0.1:4280",
            "[::1]:4280",
            "localhost",
            "x.localhost:1",
        ] {
            asked("127.0.0.1", &[("host", host)]).unwrap();
        }
    }

    #[test]
    fn the_origin_is_that_of_the_browser() {
        let origin = |peer, headers: &[(&'static str, &str)]| asked(peer, headers).unwrap().origin;
        assert_eq!(
            origin("127.0.0.1", &[("host", "localhost:4280")]),
            "http://localhost:4280"
        );
        assert_eq!(
            origin("10.0.0.1", &[("host", "Home.example")]),
            "https://home.example"
        );
        assert_eq!(
            origin(
                "10.0.0.1",
                &[
                    ("host", "10.0.0.2:4280"),
                    ("x-forwarded-host", "home.example"),
                    ("x-forwarded-proto", "https")
                ]
            ),
            "https://home.example"
        );
        assert_eq!(
            origin(
                "192.0.2.1",
                &[
                    ("host", "192.0.2.9:4280"),
                    ("x-forwarded-host", "home.example")
                ]
            ),
            "http://192.0.2.9:4280"
        );
    }
}
