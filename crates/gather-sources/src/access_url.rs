//! An address that is a secret as a whole: a user and a password stand in it.
//!
//! The credentials are taken out and sent as HTTP Basic; host and path without them may be shown and kept, since the
//! limits, the log and the errors of a run are told by host. Credentials go over TLS only, but for a server on this
//! machine.
//!
//! Source: RFC 3986 section 3.2.1, RFC 7617 section 2, the SimpleFIN protocol ("Access URL").

use std::fmt;

use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// Longer texts are no address that anybody hands out.
const MAX_LENGTH: usize = 8_000;
/// Shorter names are found in ordinary words, and hide nothing by being hidden.
const SHORTEST_NAME: usize = 6;

/// An address with a user and a password in it, read and checked.
#[derive(Clone)]
pub struct AccessUrl {
    whole: SecretString,
    bare: Url,
    user: String,
    password: SecretString,
}

impl AccessUrl {
    /// Reads one; white space around it does not count.
    ///
    /// # Errors
    /// In words that hold nothing of the text: what it lacks, and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected `https://USER:PASSWORD@HOST/PATH`";
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(format!(
                "is {} bytes long and no address: {EXPECTED}",
                text.len()
            ));
        }
        let mut bare = Url::parse(text).map_err(|_| format!("is no address: {EXPECTED}"))?;
        check_way(&bare).map_err(|why| format!("{why}: {EXPECTED}"))?;
        let (user, password) = (decoded(bare.username()), bare.password().map(decoded));
        let (Some(user), Some(Some(password))) = (user, password) else {
            return Err(format!("names no user and password: {EXPECTED}"));
        };
        if user.is_empty() || password.is_empty() || user.contains(':') {
            return Err(format!("names no user and password: {EXPECTED}"));
        }
        if bare.query().is_some() || bare.fragment().is_some() {
            return Err(format!("has a `?` or a `#` behind its path: {EXPECTED}"));
        }
        // Neither can fail: it is an address of the web, which has a host.
        let _ = bare.set_username("");
        let _ = bare.set_password(None);
        Ok(Self {
            whole: text.into(),
            bare,
            user,
            password: password.into(),
        })
    }

    /// The whole text: what is kept as a secret, and is read again by [`parse`](Self::parse).
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.whole
    }

    /// Without user and password.
    #[must_use]
    pub fn bare(&self) -> &Url {
        &self.bare
    }

    /// The address of a path below it, with no slash too many: `/accounts`.
    pub(crate) fn join(&self, path: &str) -> Option<Url> {
        let start = self.bare.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{start}{path}")).ok()?;
        (url.origin() == self.bare.origin()).then_some(url)
    }

    /// The value of `Authorization`, and every text that must not be shown.
    pub(crate) fn basic(&self) -> (SecretString, Vec<SecretString>) {
        let password = self.password.expose_secret();
        let pair = format!("{}:{password}", self.user);
        let encoded = base64::engine::general_purpose::STANDARD.encode(&pair);
        let header = format!("Basic {encoded}").into();
        let mut secrets = vec![self.whole.clone(), pair.into(), encoded.into()];
        // As it is spelled in the address, where that is another spelling.
        if let Ok(url) = Url::parse(self.whole.expose_secret()) {
            secrets.extend(url.password().map(SecretString::from));
        }
        secrets.push(self.password.clone());
        if self.user.len() >= SHORTEST_NAME {
            secrets.push(self.user.as_str().into());
        }
        (header, secrets)
    }
}

impl fmt::Debug for AccessUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessUrl")
            .field("bare", &self.bare.as_str())
            .finish_non_exhaustive()
    }
}

/// Whether credentials may be sent there: by TLS, or to this machine.
pub(crate) fn check_way(url: &Url) -> Result<(), &'static str> {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err("names no host"),
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        "http" => Err("would send its password in the clear"),
        _ => Err("is no address of the web"),
    }
}

/// Percent-decoded, where that is text without control characters.
fn decoded(part: &str) -> Option<String> {
    let form = part
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let text = url::form_urlencoded::parse(form.as_bytes())
        .next()
        .map_or_else(String::new, |(text, _)| text.into_owned());
    let sound = !text.contains('\u{FFFD}') && !text.chars().any(char::is_control);
    sound.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_taken_out() {
        let access =
            AccessUrl::parse(" https://u%40x:p%2Fw+%3D&@bank.example:8443/simplefin/ \n").unwrap();
        assert_eq!(
            access.bare().as_str(),
            "https://bank.example:8443/simplefin/"
        );
        assert_eq!(
            access.join("/accounts").unwrap().as_str(),
            "https://bank.example:8443/simplefin/accounts"
        );
        let (header, secrets) = access.basic();
        let encoded = base64::engine::general_purpose::STANDARD.encode("u@x:p/w+=&");
        assert_eq!(header.expose_secret(), format!("Basic {encoded}"));
        let told = crate::secret::redact(
            &format!(
                "{} p/w+=& p%2Fw+%3D& {encoded}",
                access.secret().expose_secret()
            ),
            &secrets,
        );
        assert_eq!(told, "*** *** *** ***");
        assert_eq!(
            format!("{access:?}"),
            "AccessUrl { bare: \"https://bank.example:8443/simplefin/\", .. }"
        );
    }

    #[test]
    fn what_is_none_is_refused_without_repeating_it() {
        for (text, why) in [
            ("hunter2", "is no address"),
            ("https://bank.example/hunter2", "names no user and password"),
            (
                "https://user@bank.example/hunter2",
                "names no user and password",
            ),
            (
                "https://:hunter2@bank.example/",
                "names no user and password",
            ),
            (
                "https://u:%00hunter2@bank.example/",
                "names no user and password",
            ),
            (
                "http://u:hunter2@bank.example/",
                "would send its password in the clear",
            ),
            ("ftp://u:hunter2@bank.example/", "is no address of the web"),
            ("https://u:hunter2@bank.example/?a=1", "has a `?`"),
        ] {
            let error = AccessUrl::parse(text).unwrap_err();
            assert!(error.starts_with(why), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        for here in [
            "http://u:p@127.0.0.1:9/x",
            "http://u:p@localhost/x",
            "http://u:p@[::1]:9/x",
        ] {
            assert!(AccessUrl::parse(here).is_ok(), "{here}");
        }
    }
}
