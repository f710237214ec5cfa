//! SimpleFIN's claim: one `POST` turns a setup token into an access URL.
//!
//! It is sent once and never again by itself, whatever comes back: a setup token works one time, and a refused one may
//! have been used by somebody else. Whoever claims makes sure before that the access URL can be kept.
//!
//! Not here: what a setup token is and what its answer means (`gather_sources::simplefin`), where the access URL is kept
//! (the vault).

use gather::{Client, Clock, Request, Retry};
use gather_sources::{AccessUrl, simplefin};
use secrecy::{ExposeSecret, SecretString};

use crate::tally::Fault;

/// Why a setup token gave no access URL. Nothing secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct ClaimFailed {
    /// In words for a person.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
    /// The server refused the token: somebody else may have used it.
    pub may_be_compromised: bool,
}

impl From<simplefin::ClaimError> for ClaimFailed {
    fn from(error: simplefin::ClaimError) -> Self {
        Self {
            reason: error.to_string(),
            hint: error.hint().to_owned(),
            may_be_compromised: error.may_be_compromised(),
        }
    }
}

/// Claims the access URL of a setup token. Redirects are not followed: the token is for the host that made it.
///
/// # Errors
/// [`ClaimFailed`]. Unless the token itself was wrong, it may be used up all the same.
///
/// # Cancel safety
/// Not cancel safe: once it was sent, the token is used up, and the access URL is lost with the answer.
pub async fn claim(setup_token: &SecretString, clock: Clock) -> Result<AccessUrl, ClaimFailed> {
    let url = simplefin::claim_url(setup_token.expose_secret())?;
    let client = Client::builder()
        .clock(clock)
        .redirects(0)
        .build()
        .map_err(|error| unanswered(&error))?;
    let mut request = Request::post(url.as_str())
        .body("")
        .retry(Retry::never())
        .secret(setup_token.expose_secret().trim())
        .secret(url.path());
    // The last part alone is the token of the server.
    if let Some(last) = url.path_segments().and_then(|mut parts| parts.next_back()) {
        request = request.secret(last);
    }
    if let Some(query) = url.query() {
        request = request.secret(query);
    }
    let response = client
        .send(request)
        .await
        .map_err(|error| unanswered(&error))?;
    Ok(simplefin::read_claim(
        response.status().as_u16(),
        response.bytes(),
    )?)
}

fn unanswered(error: &gather::Error) -> ClaimFailed {
    let fault = Fault::unanswered(error);
    let sent = "if the claim arrived, the token is used up: make a new one where you made it";
    ClaimFailed {
        reason: fault.reason,
        hint: match fault.hint {
            Some(hint) => format!("{hint}; {sent}"),
            None => sent.to_owned(),
        },
        may_be_compromised: false,
    }
}
