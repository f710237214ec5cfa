//! A host: scheme, name and port. Manners are per host, whichever request asks.

use std::fmt;

use url::Url;

/// Scheme, name and port of a server, such as `https://api.example:443`.
///
/// Manners (requests in flight, quotas, cool-down) are kept per host.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Host {
    https: bool,
    name: Box<str>,
    port: u16,
}

impl Host {
    /// The host of an address; `None` unless it is `http` or `https` and names a host.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let https = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        Some(Self {
            https,
            name: url.host_str()?.into(),
            port: url.port_or_known_default()?,
        })
    }

    /// Whether it is asked over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The name or address, in lower case; an IPv6 address stands in brackets.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port, the scheme's own where the address names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default) = if self.https {
            ("https", 443)
        } else {
            ("http", 80)
        };
        write!(f, "{scheme}://{}", self.name)?;
        if self.port != default {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_scheme_name_and_port() {
        let host = |text: &str| Host::of(&Url::parse(text).unwrap());
        assert_eq!(
            host("https://A.example/x"),
            host("https://a.example:443/y?z")
        );
        assert_ne!(host("https://a.example"), host("http://a.example"));
        assert_ne!(host("http://a.example"), host("http://a.example:8080"));
        assert_eq!(
            host("http://[::1]:8080/").unwrap().to_string(),
            "http://[::1]:8080"
        );
        assert_eq!(host("file:///etc/passwd"), None);
    }
}
