//! Where a secret is found, and how it is kept out of what people read.
//!
//! A declaration only ever names a secret; whoever runs the program looks it up. Redaction is by value, so that a
//! key is hidden wherever it turns up, also percent-encoded in an address.

use std::{fmt, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

/// Where a secret is found. The secret itself is never part of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum SecretRef {
    /// In an environment variable of this name.
    Env(String),
    /// In a file; white space around its content does not count.
    File(PathBuf),
    /// In a systemd credential of this name (`$CREDENTIALS_DIRECTORY/NAME`).
    SystemdCredential(String),
    /// In the database, sealed: a key that gather obtained itself for this source, such as an access URL.
    Vault {
        /// The source's name.
        source: String,
        /// Whose source it is; `None`: shared by everybody.
        owner: Option<String>,
    },
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable `{name}`"),
            Self::File(path) => write!(f, "file `{}`", path.display()),
            Self::SystemdCredential(name) => write!(f, "systemd credential `{name}`"),
            Self::Vault { source, .. } => write!(f, "the key of `{source}` in the vault"),
        }
    }
}

impl SecretRef {
    /// The same as the source itself knows it: what its declaration says of the vault means its own key there.
    pub(crate) fn of_source(self, name: &str, its_owner: Option<&str>) -> Self {
        match self {
            Self::Vault { .. } => Self::Vault {
                source: name.to_owned(),
                owner: its_owner.map(str::to_owned),
            },
            outside => outside,
        }
    }

    /// What a person does to provide it, such as "set `GUARDIAN_KEY`".
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Env(name) => format!("set `{name}`"),
            Self::File(path) => format!("put it into `{}`", path.display()),
            Self::SystemdCredential(name) => {
                format!("add `LoadCredential={name}:PATH` to the service")
            }
            Self::Vault { source, .. } => format!(
                "claim it with `gather sources claim {source}`; `gather secrets status` says how the vault stands"
            ),
        }
    }
}

/// `text` with every secret replaced by `***`, as it stands and as it looks in an address.
pub(crate) fn redact(text: &str, secrets: &[SecretString]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets {
        let plain = secret.expose_secret();
        if plain.is_empty() {
            continue;
        }
        let form: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
        let percent = form.replace('+', "%20");
        for shape in [plain, &form, &percent] {
            if clean.contains(shape) {
                clean = clean.replace(shape, "***");
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_plain_and_encoded() {
        let secrets = [SecretString::from("a&b+c d")];
        for text in ["x=a&b+c d!", "x=a%26b%2Bc+d!", "x=a%26b%2Bc%20d!"] {
            assert_eq!(redact(text, &secrets), "x=***!");
        }
    }

    #[test]
    fn an_empty_secret_hides_nothing() {
        assert_eq!(redact("abc", &[SecretString::from("")]), "abc");
    }
}
