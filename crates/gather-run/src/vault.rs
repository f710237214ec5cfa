//! The vault: keys that gather obtained itself, sealed in the database under a key that is elsewhere.
//!
//! What a provider hands out once, such as SimpleFIN's access URL, has to be kept by gather. It is sealed with
//! AES-256-GCM, bound to its source and purpose, and opened only when a request is about to be made of it. Whoever has
//! only the database, or only the key, has nothing.
//!
//! The key file and the rows of the database change under the database's write lock, so that nothing is ever sealed with
//! a key that another process is taking away. A missing or wrong key is an error; nothing is overwritten because of it.
//!
//! Not here: secrets that a person keeps (`files`), how a key is spelled and used (`seal`), its file (`keys`).

mod error;
mod keys;
mod seal;

use std::{error::Error as _, path::Path};

use gather_sources::SecretRef;
use gather_store::{SealedSecret, SourceRef, Store};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

pub use error::VaultError;
pub use keys::KeyPlace;
use keys::Ring;
use seal::{Key, NotOpened};

use crate::files;

/// The one thing that sources keep here: their key.
const KEY: &str = "key";

/// The vault of one database.
#[derive(Debug, Clone)]
pub struct Vault {
    store: Store,
    place: KeyPlace,
}

/// How the vault stands.
#[derive(Debug, Clone, Serialize)]
pub struct VaultStatus {
    /// Where its key is, or would be made.
    pub place: KeyPlace,
    /// The keys that are there; the last one seals. Empty before the first secret, and when they cannot be used.
    pub keys: Vec<VaultKey>,
    /// Why they cannot be used.
    pub problem: Option<String>,
    /// What is sealed, by source.
    pub secrets: Vec<VaultSecret>,
}

/// A key of the vault, which is told by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VaultKey {
    /// A digest of the key, 16 hexadecimal digits.
    pub id: String,
    /// Whether new secrets are sealed with it.
    pub seals: bool,
    /// How many secrets of this database it opens.
    pub secrets: usize,
}

/// A sealed secret, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VaultSecret {
    /// The source it belongs to.
    pub source: String,
    /// Whose source that is; `None`: shared by everybody.
    pub owner: Option<String>,
    /// The key that seals it.
    pub key_id: String,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// Why it cannot be opened; it was tried.
    pub problem: Option<String>,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rotated {
    /// The key that seals from now on.
    pub key_id: String,
    /// How many secrets were sealed with it.
    pub secrets: usize,
    /// Older keys that are still there, though nothing in this database needs them: a backup or another database may.
    pub old: Vec<String>,
}

impl Vault {
    /// The vault of a database, with its key at a place that [`KeyPlace::find`] finds. Reads nothing yet.
    #[must_use]
    pub fn new(store: Store, place: KeyPlace) -> Self {
        Self { store, place }
    }

    /// Makes sure that a secret could be kept now: there is a key, or one is made. To be called before a secret is
    /// obtained that is handed out only once.
    ///
    /// # Errors
    /// As [`keep`](Self::keep).
    pub fn prepare(&self) -> Result<(), VaultError> {
        self.store.change_secrets(|all| {
            self.sealing(all)?;
            Ok(Vec::new())
        })?
    }

    /// Seals the key of a source and keeps it in place of the one before. Makes the vault's key where there is none
    /// and nothing is sealed yet.
    ///
    /// # Errors
    /// When the vault's key is missing, readable for others, or none at all, and when the database cannot be written.
    /// What was kept before is untouched then.
    pub fn keep(
        &self,
        source: SourceRef<'_>,
        key: &SecretString,
        at: Timestamp,
    ) -> Result<(), VaultError> {
        self.store.change_secrets(|all| {
            let ring = self.sealing(all)?;
            let secret = SealedSecret {
                source: source.name.to_owned(),
                owner: source.owner.map(str::to_owned),
                purpose: KEY.to_owned(),
                key_id: String::new(),
                sealed: Vec::new(),
                at,
            };
            Ok(vec![seal(ring.last(), secret, key, at)?])
        })?
    }

    /// The key of a source; `None`: none was kept.
    ///
    /// # Errors
    /// When the vault's key is missing or another one, when what is sealed was changed by somebody, and when database
    /// or key cannot be read.
    pub fn key_of(&self, source: SourceRef<'_>) -> Result<Option<SecretString>, VaultError> {
        let mut tried = String::new();
        loop {
            let Some(sealed) = self.store.secret(source, KEY)? else {
                return Ok(None);
            };
            match self.open(&sealed, self.place.read()?.as_ref()) {
                // Another process may have sealed it anew between the two readings.
                Err(VaultError::NoKey { key_id, .. }) if key_id != tried => tried = key_id,
                opened => return opened.map(Some),
            }
        }
    }

    /// Forgets the key of a source; `false`: none was kept.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget(&self, source: SourceRef<'_>) -> Result<bool, VaultError> {
        Ok(self.store.forget_secret(source, KEY)?)
    }

    /// How the vault stands: which keys there are, and whether each secret really opens.
    ///
    /// # Errors
    /// When the database cannot be read. Trouble with the key is part of the status.
    pub fn status(&self) -> Result<VaultStatus, VaultError> {
        let sealed = self.store.secrets()?;
        let (ring, problem) = match self.place.read() {
            Ok(ring) => (ring, None),
            Err(error) => (None, Some(told(&error))),
        };
        let secrets: Vec<_> = sealed
            .iter()
            .map(|secret| VaultSecret {
                source: secret.source.clone(),
                owner: secret.owner.clone(),
                key_id: secret.key_id.clone(),
                sealed_at: secret.at,
                problem: self
                    .open(secret, ring.as_ref())
                    .err()
                    .map(|error| told(&error)),
            })
            .collect();
        let keys = ring.iter().flat_map(|ring| {
            ring.keys().iter().map(|key| VaultKey {
                id: key.id().to_owned(),
                seals: key.id() == ring.last().id(),
                secrets: sealed.iter().filter(|one| one.key_id == key.id()).count(),
            })
        });
        Ok(VaultStatus {
            keys: keys.collect(),
            place: self.place.clone(),
            problem,
            secrets,
        })
    }

    /// Adds a new key and seals everything with it. The keys before it stay in the file, for backups and other databases,
    /// until [`forget_old_keys`](Self::forget_old_keys). Where the key is a credential, which only its operator can
    /// change, everything is sealed with the last key there.
    ///
    /// # Errors
    /// As [`keep`](Self::keep), when one of the secrets cannot be opened, and [`VaultError::NotOurs`] when everything
    /// is sealed with the last key of a credential already. Nothing is sealed anew then.
    pub fn rotate(&self, at: Timestamp) -> Result<Rotated, VaultError> {
        let mut rotated = None;
        self.store.change_secrets(|all| {
            let ring = self.sealing(all)?;
            // All of them before anything changes.
            let opened = all
                .iter()
                .map(|secret| self.open(secret, Some(&ring)))
                .collect::<Result<Vec<_>, _>>()?;
            let ring = match &self.place {
                KeyPlace::File(_) => self.place.append(&Key::random()?)?,
                KeyPlace::Credential(path) => {
                    if all.iter().all(|secret| secret.key_id == ring.last().id()) {
                        return Err(VaultError::NotOurs { path: path.clone() });
                    }
                    ring
                }
            };
            let (last, old) = ring.split_last();
            rotated = Some(Rotated {
                key_id: last.id().to_owned(),
                secrets: all.len(),
                old: old.iter().map(|key| key.id().to_owned()).collect(),
            });
            let each = all.iter().cloned().zip(&opened);
            each.map(|(secret, plain)| seal(last, secret, plain, at))
                .collect()
        })??;
        Ok(rotated.expect("set before the work ends well"))
    }

    /// Takes out of the key file what nothing in this database needs any more, and returns the ids of those keys. What
    /// backups and other databases have sealed with them is lost.
    ///
    /// # Errors
    /// [`VaultError::NotOurs`] for a credential; when the file cannot be written. It is as it was then.
    pub fn forget_old_keys(&self) -> Result<Vec<String>, VaultError> {
        let mut gone = Vec::new();
        self.store.change_secrets(|all| {
            gone = self
                .place
                .forget(&|id| all.iter().any(|secret| secret.key_id == id))?;
            Ok::<_, VaultError>(Vec::new())
        })??;
        Ok(gone)
    }

    /// The keys to seal with, made where there are none. A key is never made while something is sealed with another:
    /// that one is missing, and somebody has to know.
    fn sealing(&self, all: &[SealedSecret]) -> Result<Ring, VaultError> {
        match (self.place.read()?, all.first()) {
            (Some(ring), _) => Ok(ring),
            (None, None) => self.place.make(),
            (None, Some(secret)) => Err(self.no_key(secret, None)),
        }
    }

    fn open(&self, secret: &SealedSecret, ring: Option<&Ring>) -> Result<SecretString, VaultError> {
        let key = ring
            .and_then(|ring| ring.find(&secret.key_id))
            .ok_or_else(|| self.no_key(secret, ring))?;
        key.open(&secret.source, &secret.purpose, &secret.sealed)
            .map_err(|NotOpened| VaultError::Changed {
                source_name: secret.source.clone(),
                key_id: secret.key_id.clone(),
            })
    }

    fn no_key(&self, secret: &SealedSecret, ring: Option<&Ring>) -> VaultError {
        VaultError::NoKey {
            source_name: secret.source.clone(),
            key_id: secret.key_id.clone(),
            place: self.place.clone(),
            found: ring.map(|ring| ring.last().id().to_owned()),
        }
    }
}

fn seal(
    key: &Key,
    secret: SealedSecret,
    plain: &SecretString,
    at: Timestamp,
) -> Result<SealedSecret, VaultError> {
    let sealed = key.seal(&secret.source, &secret.purpose, plain.expose_secret())?;
    Ok(SealedSecret {
        key_id: key.id().to_owned(),
        sealed,
        at,
        ..secret
    })
}

/// Looks a secret up wherever its declaration says it is. `vault` is asked only for what is in it; `None`: there is no
/// database yet.
///
/// # Errors
/// In words for a person, as [`read_secret`](crate::read_secret).
pub fn find_secret(
    var: &dyn Fn(&str) -> Option<String>,
    vault: &dyn Fn() -> Result<Option<Vault>, String>,
    secret: &SecretRef,
) -> Result<SecretString, String> {
    let SecretRef::Vault { source, owner } = secret else {
        return files::read_secret(var, secret);
    };
    let source = SourceRef {
        name: source,
        owner: owner.as_deref(),
    };
    let found = match vault()? {
        Some(vault) => vault.key_of(source).map_err(|error| told(&error))?,
        None => None,
    };
    found.ok_or_else(|| "is not there: it was never claimed".to_owned())
}

/// An error with its causes.
fn told(error: &VaultError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl KeyPlace {
    /// Where the vault's key is: the file that `GATHER_KEY_FILE` names, else the systemd credential `gather-key` where
    /// there is one, else `gather.key` beside the configuration (`config`, or gather's own folder for it). `None`: there
    /// is no such folder, since there is no home.
    #[must_use]
    pub fn find(var: &dyn Fn(&str) -> Option<String>, config: Option<&Path>) -> Option<Self> {
        if let Some(named) = var("GATHER_KEY_FILE").filter(|path| !path.is_empty()) {
            return Some(Self::File(named.into()));
        }
        if let Some(folder) = var("CREDENTIALS_DIRECTORY") {
            let credential = Path::new(&folder).join("gather-key");
            // One that is there and cannot be read is an error later, not a reason to look elsewhere.
            if credential.symlink_metadata().is_ok() {
                return Some(Self::Credential(credential));
            }
        }
        match config {
            Some(file) => Some(Self::File(file.with_file_name("gather.key"))),
            None => Some(Self::File(files::config_dir(var)?.join("gather.key"))),
        }
    }
}
