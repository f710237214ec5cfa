//! `[server]` and `[retention]`: where the dashboard listens, who stands before it, how long things are kept.
//!
//! Not here: doing any of it (the server).

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use toml::{Spanned, de::DeValue};
use url::Url;

use super::{read::Reader, values};

/// The port that is listened at where none is given.
pub const DEFAULT_PORT: u16 = 4280;

/// The `[server]` of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerSettings {
    /// Where it listens. Default `127.0.0.1:4280`: only this machine.
    pub listen: SocketAddr,
    /// The path under which everything lives, such as `/gather`; empty, the default, at the root.
    pub base_path: String,
    /// How browsers reach it, where that is not its own address: behind a proxy, or under a name.
    pub public_url: Option<Url>,
    /// The proxies whose word on who asks is taken.
    pub trusted_proxies: Vec<Network>,
    /// Certificate and key in PEM. Default: plain HTTP.
    pub tls: Option<TlsFiles>,
    /// A session that is not used for so long has ended. Default 14 days.
    pub session_idle: Duration,
    /// A session ends so long after it began. Default 90 days.
    pub session_lifetime: Duration,
}

/// Where the certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsFiles {
    /// The certificate, its issuers behind it.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The `[retention]` of a configuration: what is dropped when it is old. Starred stories and money never are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetentionSettings {
    /// Articles that nobody has brought again for so long. Default: kept.
    pub articles: Option<Duration>,
    /// Runs with their outcomes and timelines. Default 180 days.
    pub runs: Option<Duration>,
}

/// Addresses that begin alike: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), DEFAULT_PORT),
            base_path: String::new(),
            public_url: None,
            trusted_proxies: Vec::new(),
            tls: None,
            session_idle: Duration::from_secs(14 * 86_400),
            session_lifetime: Duration::from_secs(90 * 86_400),
        }
    }
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self {
            articles: None,
            runs: Some(Duration::from_secs(180 * 86_400)),
        }
    }
}

impl Network {
    /// Whether an address is one of them. An IPv4 address that is written as IPv6 is the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (one, other) = (self.address.to_canonical(), address.to_canonical());
        match (one, other) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                let shift = 32_u32.saturating_sub(self.bits.into());
                let head = |address| u32::from(address).checked_shr(shift).unwrap_or(0);
                shift == 32 || head(one) == head(other)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                let shift = 128_u32.saturating_sub(self.bits.into());
                let head = |address| u128::from(address).checked_shr(shift).unwrap_or(0);
                shift == 128 || head(one) == head(other)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || {
            format!(
                "`{text}` is no address; expected one such as `127.0.0.1` or several such as `10.0.0.0/8`"
            )
        };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| refuse())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.trim().parse().map_err(|_| refuse())?,
            None => most,
        };
        if bits > most {
            return Err(refuse());
        }
        Ok(Self { address, bits })
    }
}

/// Where to listen: an address with a port, either of them, or `localhost`.
///
/// # Errors
/// What was expected, in words.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let at = |ip: IpAddr, port: u16| Ok(SocketAddr::new(ip, port));
    if let Ok(whole) = text.parse() {
        return Ok(whole);
    }
    if let Ok(ip) = text.trim_matches(['[', ']']).parse() {
        return at(ip, DEFAULT_PORT);
    }
    let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let port = if port.is_empty() {
        Ok(DEFAULT_PORT)
    } else {
        port.parse()
    };
    match (host, port) {
        ("localhost" | "", Ok(port)) if !text.is_empty() => at(Ipv4Addr::LOCALHOST.into(), port),
        _ => Err(format!(
            "`{text}` is no address to listen at; expected one such as `127.0.0.1:{DEFAULT_PORT}` or `[::]:8080`"
        )),
    }
}

/// A path that everything lives under, without a slash at its end; empty at the root.
fn base_path(value: &DeValue<'_>) -> Result<String, String> {
    let text = values::text(value)?;
    let path = text.trim_end_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    let parts = path.split('/').skip(1);
    if path.is_empty()
        || path.starts_with('/')
            && path.chars().all(plain)
            && parts
                .clone()
                .all(|part| !part.is_empty() && part != "." && part != "..")
    {
        return Ok(path.to_owned());
    }
    Err(format!(
        "`{text}` is no base path; expected one such as `/gather`, of letters, digits and `-._~`"
    ))
}

fn public_url(value: &DeValue<'_>) -> Result<Url, String> {
    let text = values::text(value)?;
    let refuse = || {
        format!(
            "`{text}` is not how a browser reaches it; expected scheme, name and perhaps port, such as `https://gather.example` (a path goes into `base_path`)"
        )
    };
    let url = Url::parse(&text).map_err(|_| refuse())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if plain { Ok(url) } else { Err(refuse()) }
}

fn networks(value: &DeValue<'_>) -> Result<Vec<Network>, String> {
    match value {
        DeValue::Array(list) => list
            .iter()
            .map(|one| values::text(one.get_ref())?.parse())
            .collect(),
        one => Ok(vec![values::text(one)?.parse()?]),
    }
}

impl Reader<'_> {
    pub(super) fn server(&mut self, value: &Spanned<DeValue<'_>>) -> ServerSettings {
        let mut server = ServerSettings::default();
        for (key, place, value) in self.table(value) {
            match key {
                "listen" => {
                    let read = |value: &DeValue<'_>| listen_address(&values::text(value)?);
                    if let Some(listen) = self.value(value, read) {
                        server.listen = listen.value;
                    }
                }
                "base_path" => {
                    if let Some(base) = self.value(value, base_path) {
                        server.base_path = base.value;
                    }
                }
                "public_url" => {
                    server.public_url = self.value(value, public_url).map(|url| url.value);
                }
                "trusted_proxies" => {
                    if let Some(networks) = self.value(value, networks) {
                        server.trusted_proxies = networks.value;
                    }
                }
                "tls" => server.tls = self.tls(value),
                "session_idle" => {
                    if let Some(idle) = self.value(value, values::duration) {
                        server.session_idle = idle.value;
                    }
                }
                "session_lifetime" => {
                    if let Some(lifetime) = self.value(value, values::duration) {
                        server.session_lifetime = lifetime.value;
                    }
                }
                _ => self.unknown(
                    key,
                    &place,
                    &[
                        "listen",
                        "base_path",
                        "public_url",
                        "trusted_proxies",
                        "tls",
                        "session_idle",
                        "session_lifetime",
                    ],
                ),
            }
        }
        server
    }

    fn tls(&mut self, value: &Spanned<DeValue<'_>>) -> Option<TlsFiles> {
        let (mut certificate, mut key_file) = (None, None);
        for (key, place, value) in self.table(value) {
            match key {
                "certificate" => certificate = self.text(value),
                "key" => key_file = self.text(value),
                _ => self.unknown(key, &place, &["certificate", "key"]),
            }
        }
        if let (Some(certificate), Some(key)) = (certificate, key_file) {
            return Some(TlsFiles {
                certificate: certificate.value.into(),
                key: key.value.into(),
            });
        }
        self.problems.push(self.place(value.span()).problem(
            "expected the files of the certificate and its key: `tls = { certificate = \"…\", key = \"…\" }`",
        ));
        None
    }

    pub(super) fn retention(&mut self, value: &Spanned<DeValue<'_>>) -> RetentionSettings {
        let mut retention = RetentionSettings::default();
        for (key, place, value) in self.table(value) {
            let kept = match key {
                "articles" => &mut retention.articles,
                "runs" => &mut retention.runs,
                _ => {
                    self.unknown(key, &place, &["articles", "runs"]);
                    continue;
                }
            };
            if let Some(span) = self.value(value, for_ever_or) {
                *kept = span.value;
            }
        }
        retention
    }
}

/// A length of time, or `"forever"`.
fn for_ever_or(value: &DeValue<'_>) -> Result<Option<Duration>, String> {
    if values::text(value).is_ok_and(|text| text == "forever") {
        return Ok(None);
    }
    let span = values::duration(value);
    span.map(Some)
        .map_err(|error| format!("{error}, or `forever`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn server(text: &str) -> ServerSettings {
        Config::parse(text, "gather.toml").unwrap().server().clone()
    }

    fn refused(text: &str) -> String {
        Config::parse(text, "gather.toml").unwrap_err().to_string()
    }

    #[test]
    fn without_a_word_it_is_there_for_this_machine_only() {
        let server = server("");
        assert!(server.listen.ip().is_loopback());
        assert_eq!(server.base_path, "");
        assert_eq!(server.tls, None);
    }

    #[test]
    fn all_of_it_can_be_said() {
        let server = server(
            "[server]\nlisten = \"0.0.0.0:8080\"\nbase_path = \"/money/\"\npublic_url = \"https://home.example\"\n\
             trusted_proxies = [\"10.0.0.0/8\", \"::1\"]\ntls = { certificate = \"c.pem\", key = \"k.pem\" }\n\
             session_idle = \"1d\"\nsession_lifetime = \"30d\"\n[retention]\narticles = \"365d\"\nruns = \"forever\"\n",
        );
        assert_eq!(server.listen.to_string(), "0.0.0.0:8080");
        assert_eq!(server.base_path, "/money");
        assert_eq!(server.public_url.unwrap().as_str(), "https://home.example/");
        assert!(server.trusted_proxies[0].contains("10.9.8.7".parse().unwrap()));
        assert!(server.trusted_proxies[0].contains("::ffff:10.9.8.7".parse().unwrap()));
        assert!(!server.trusted_proxies[0].contains("11.0.0.1".parse().unwrap()));
        assert!(server.trusted_proxies[1].contains("::1".parse().unwrap()));
        assert_eq!(server.session_idle, Duration::from_secs(86_400));
    }

    #[test]
    fn retention_is_by_kind() {
        let of = |text| *Config::parse(text, "gather.toml").unwrap().retention();
        assert_eq!(of("").articles, None);
        assert_eq!(of("").runs, Some(Duration::from_secs(180 * 86_400)));
        let said = of("[retention]\narticles = \"365d\"\nruns = \"forever\"\n");
        assert_eq!(said.articles, Some(Duration::from_secs(365 * 86_400)));
        assert_eq!(said.runs, None);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_is_expected() {
        for (text, told) in [
            ("listen = \"here\"", "no address to listen at"),
            ("listen = \"\"", "no address to listen at"),
            ("base_path = \"gather\"", "no base path"),
            ("base_path = \"/a/../b\"", "no base path"),
            ("base_path = \"/a b\"", "no base path"),
            ("public_url = \"home.example\"", "how a browser reaches it"),
            (
                "public_url = \"https://home.example/x\"",
                "how a browser reaches it",
            ),
            ("trusted_proxies = [\"10.0.0.0/40\"]", "is no address"),
            ("trusted_proxies = \"proxy\"", "is no address"),
            ("tls = { key = \"k\" }", "the files of the certificate"),
            ("sesion_idle = \"1d\"", "session_idle"),
        ] {
            let refused = refused(&format!("[server]\n{text}\n"));
            assert!(refused.contains(told), "{text}: {refused}");
        }
        assert!(refused("[retention]\nruns = \"soon\"\n").contains("or `forever`"));
    }

    #[test]
    fn an_address_may_leave_out_what_is_usual() {
        for (text, meant) in [
            ("localhost", "127.0.0.1:4280"),
            ("localhost:80", "127.0.0.1:80"),
            (":8080", "127.0.0.1:8080"),
            ("0.0.0.0", "0.0.0.0:4280"),
            ("[::1]", "[::1]:4280"),
            ("::1", "[::1]:4280"),
            ("[::]:1", "[::]:1"),
        ] {
            assert_eq!(listen_address(text).unwrap().to_string(), meant, "{text}");
        }
    }
}
