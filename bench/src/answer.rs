//! What a client brought back, as far as it is checked.

use http::StatusCode;

use crate::Plain;

/// An answer that can be checked, in the form in which its client gives it: no program copies for the check's sake.
pub trait Answer {
    /// Status and body.
    ///
    /// # Errors
    /// Why there is no answer.
    fn seen(&self) -> Result<(StatusCode, &[u8]), String>;
}

impl Answer for Plain {
    fn seen(&self) -> Result<(StatusCode, &[u8]), String> {
        Ok((self.0, &self.1))
    }
}

impl Answer for Result<gather::Response, gather::Error> {
    fn seen(&self) -> Result<(StatusCode, &[u8]), String> {
        match self {
            Ok(response) => Ok((response.status(), response.bytes())),
            Err(error) => Err(error.to_string()),
        }
    }
}
