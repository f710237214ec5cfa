//! SimpleFIN's handshake: a setup token is a claim address, and claiming it once gives the access URL.
//!
//! A setup token can be used one time. Whoever asks must keep the answer before anything else is done, and must never
//! ask twice by itself: a refused claim means that the token was used already, perhaps by somebody else.
//!
//! Not here: the request itself (the caller sends one `POST` with an empty body), what accounts look like (the preset
//! `simplefin`).
//! Source: the SimpleFIN protocol, "Setup Token" and "Claim".

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use url::Url;

use crate::access_url::{AccessUrl, check_way};

/// Longer texts are no setup token.
const MAX_TOKEN: usize = 8_000;

/// Why there is no access URL. `Display` is one sentence without anything secret; [`hint`](Self::hint) says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimError {
    kind: Kind,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Token,
    Refused,
    Server,
}

impl ClaimError {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The server refused the claim: the token was used before, perhaps by somebody else, or never was one.
    #[must_use]
    pub fn may_be_compromised(&self) -> bool {
        self.kind == Kind::Refused
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.kind {
            Kind::Token => "copy the whole setup token from the page that made it",
            Kind::Refused => {
                "the token may be compromised: if you have not used it yourself, disable it where you made it, then make a new one"
            }
            Kind::Server => {
                "the token may be used up: if claiming it again is refused, disable it and make a new one"
            }
        }
    }
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ClaimError {}

/// Where to send the one `POST` (empty body, `Content-Length: 0`) for a setup token. The address is as secret as the
/// token until it was claimed.
///
/// # Errors
/// When the token is not Base64 of an `https` address (or of `http` on this machine).
pub fn claim_url(setup_token: &str) -> Result<Url, ClaimError> {
    let refuse = |what: &str| ClaimError::new(Kind::Token, format!("the setup token {what}"));
    // A terminal may have broken it into lines.
    let token: String = setup_token.split_whitespace().collect();
    if token.is_empty() {
        return Err(refuse("is empty"));
    }
    if token.len() > MAX_TOKEN {
        return Err(refuse("is too long"));
    }
    if AccessUrl::parse(&token).is_ok() {
        return Err(refuse("is an access URL already: it needs no claim"));
    }
    let url = decode(&token).ok_or_else(|| refuse("is not Base64 of an address"))?;
    check_way(&url).map_err(|why| refuse(&format!("{why}: expected an `https` address in it")))?;
    Ok(url)
}

/// Whether a text is a setup token, for telling somebody who gave it where an access URL belongs.
pub(crate) fn is_setup_token(text: &str) -> bool {
    decode(text.trim()).is_some()
}

fn decode(token: &str) -> Option<Url> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, LENIENT).decode(token).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| Url::parse(text.trim()).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// What the claim was answered: the access URL, which is to be kept as a secret at once.
///
/// # Errors
/// [`ClaimError::may_be_compromised`] for 403. Otherwise the server has trouble of its own, or its answer is no access
/// URL; the token may be used up all the same.
pub fn read_claim(status: u16, body: &[u8]) -> Result<AccessUrl, ClaimError> {
    match status {
        200..=299 => {}
        403 => {
            return Err(ClaimError::new(
                Kind::Refused,
                "the server refused the setup token (403): it does not exist, or was claimed before",
            ));
        }
        status => {
            return Err(ClaimError::new(
                Kind::Server,
                format!("the claim was answered {status}"),
            ));
        }
    }
    let text = std::str::from_utf8(body)
        .map_err(|_| ClaimError::new(Kind::Server, "the claim was answered with no text"))?;
    AccessUrl::parse(text)
        .map_err(|why| ClaimError::new(Kind::Server, format!("what the claim was answered {why}")))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_setup_token_is_a_claim_address() {
        let address = "https://bridge.example/simplefin/claim/4F3?x";
        for token in [
            STANDARD.encode(address),
            URL_SAFE_NO_PAD.encode(address),
            format!(
                "{}\n{}\n",
                &STANDARD.encode(address)[..20],
                &STANDARD.encode(address)[20..]
            ),
        ] {
            assert_eq!(claim_url(&token).unwrap().as_str(), address);
        }
        for (token, why) in [
            (String::new(), "is empty"),
            ("not a token!".to_owned(), "is not Base64"),
            (STANDARD.encode("no address"), "is not Base64 of an address"),
            (
                STANDARD.encode("http://bridge.example/claim/1"),
                "in the clear",
            ),
            (
                "https://u:p@bridge.example/x".to_owned(),
                "is an access URL already",
            ),
            ("A".repeat(10_000), "is too long"),
        ] {
            let error = claim_url(&token).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            assert!(error.hint().contains("copy the whole") && !error.may_be_compromised());
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_pasted_or_answered_breaks_it(text in "\\PC{0,80}", status in 0..1_000_u16) {
            let claimed = read_claim(status, text.as_bytes());
            let _ = (claim_url(&text), claim_url(&STANDARD.encode(&text)), AccessUrl::parse(&text));
            let _ = AccessUrl::parse(&format!("https://{text}@bridge.example/{text}"));
            let sound = AccessUrl::parse(&text).is_ok() && (200..300).contains(&status);
            proptest::prop_assert_eq!(claimed.is_ok(), sound);
        }
    }

    #[test]
    fn a_claim_gives_the_access_url_or_says_why_not() {
        let access = read_claim(200, b"https://user:word@bridge.example/simplefin\n").unwrap();
        assert_eq!(access.bare().as_str(), "https://bridge.example/simplefin");
        assert_eq!(
            access.secret().expose_secret(),
            "https://user:word@bridge.example/simplefin"
        );
        let refused = read_claim(403, b"Forbidden").unwrap_err();
        assert!(refused.may_be_compromised() && refused.hint().contains("may be compromised"));
        for (status, body) in [
            (500, &b"https://user:word@bridge.example/"[..]),
            (200, b"<html>log in</html>"),
            (200, b"http://user:word@bridge.example/"),
            (200, b"\xff\xfe"),
            (302, b""),
        ] {
            let error = read_claim(status, body).unwrap_err();
            assert!(!error.may_be_compromised(), "{error}");
            assert!(!error.to_string().contains("word@"), "{error}");
        }
    }
}
