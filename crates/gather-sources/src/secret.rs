//! Where a secret is found, and how it is kept out of what people read.
//!
//! A declaration only ever names a secret; whoever runs the program looks it up. Redaction is by value, so that a
//! key is hidden wherever it turns up, also percent-encoded in an address.

mod spelled;

use std::{fmt, path::PathBuf};

use gather_records::Record;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

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

/// Shorter secrets may be words of the data; longer ones are there only because a server repeats them.
const SHORTEST_IN_DATA: usize = 12;

/// What stands where a secret was.
const HIDDEN: &str = "***";

/// `text` with every secret replaced by `***`, however it is spelled there.
pub(crate) fn redact(text: &str, secrets: &[SecretString]) -> String {
    let secrets: Vec<_> = secrets.iter().map(bytes).collect();
    hide(text, &secrets).unwrap_or_else(|| text.to_owned())
}

fn bytes(secret: &SecretString) -> &[u8] {
    secret.expose_secret().as_bytes()
}

/// The text without the secrets in it; `None`: there are none.
fn hide(text: &str, secrets: &[&[u8]]) -> Option<String> {
    let found = spelled::find(text, secrets);
    let first = found.first()?.start;
    let mut clean = text[..first].to_owned();
    for (place, range) in found.iter().enumerate() {
        clean.push_str(HIDDEN);
        let next = found.get(place + 1).map_or(text.len(), |next| next.start);
        clean.push_str(&text[range.end..next]);
    }
    Some(clean)
}

/// Takes secrets out of records: some APIs repeat the key in the addresses that they hand out.
pub(crate) fn redact_records(records: &mut [Record], secrets: &[SecretString]) {
    let long = secrets.iter().map(bytes);
    let long: Vec<_> = long
        .filter(|secret| secret.len() >= SHORTEST_IN_DATA)
        .collect();
    if long.is_empty() {
        return;
    }
    let clean = |text: &mut String| {
        if let Some(clean) = hide(text, &long) {
            *text = clean;
        }
    };
    let each = |texts: &mut [&mut Option<String>]| {
        texts
            .iter_mut()
            .filter_map(|text| text.as_mut())
            .for_each(clean)
    };
    for record in records {
        match record {
            Record::Article(article) => {
                clean(&mut article.id);
                each(&mut [
                    &mut article.title,
                    &mut article.author,
                    &mut article.summary,
                    &mut article.section,
                ]);
                if let Some(content) = &mut article.content {
                    clean(&mut content.html);
                }
                if let Some(url) = &article.url
                    && let Some(clean) = hide(url.as_str(), &long)
                {
                    article.url = Url::parse(&clean).ok();
                }
            }
            Record::Account(account) => {
                clean(&mut account.id);
                clean(&mut account.name);
            }
            Record::Transaction(transaction) => {
                clean(&mut transaction.id);
                each(&mut [
                    &mut transaction.account,
                    &mut transaction.description,
                    &mut transaction.category,
                    &mut transaction.payee,
                ]);
            }
            Record::Budget(budget) => {
                clean(&mut budget.id);
                clean(&mut budget.category);
            }
            Record::Rate(_) => {}
        }
    }
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
