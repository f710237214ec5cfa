//! What is in the vault: sealed in the database, opened by its key only, and lost by no mishap.

use std::{fs, path::PathBuf};

use gather_run::{KeyPlace, Plan, Vault, VaultError, find_secret};
use gather_sources::Config;
use gather_store::{SourceRef, Store};
use jiff::Timestamp;
use secrecy::ExposeSecret;

const URL: &str = "https://user-canary:word-canary@bank.example/simplefin";

/// A database and a key file of its own.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    pub(crate) store: Store,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("gather.db")).unwrap();
        Self { dir, store }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.path("gather.key")
    }

    pub(crate) fn vault(&self) -> Vault {
        Vault::new(self.store.clone(), KeyPlace::File(self.key_file()))
    }
}

pub(crate) fn of(name: &str) -> SourceRef<'_> {
    SourceRef { name, owner: None }
}

pub(crate) fn keep(vault: &Vault, name: &str, key: &str) -> Result<(), VaultError> {
    vault.keep(of(name), &key.into(), Timestamp::UNIX_EPOCH)
}

pub(crate) fn key(vault: &Vault, name: &str) -> Result<Option<String>, VaultError> {
    let found = vault.key_of(of(name))?;
    Ok(found.map(|key| key.expose_secret().to_owned()))
}

#[test]
fn a_key_comes_back_and_is_in_no_file_of_the_database() {
    let place = Place::new();
    let vault = place.vault();
    assert_eq!(key(&vault, "bank").unwrap(), None);
    keep(&vault, "bank", "before").unwrap();
    keep(&vault, "bank", URL).unwrap();
    keep(&vault, "other", "of another").unwrap();
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), URL);
    assert_eq!(key(&vault, "other").unwrap().unwrap(), "of another");
    // A vault opened later, as another process does.
    assert_eq!(key(&place.vault(), "bank").unwrap().unwrap(), URL);
    for entry in fs::read_dir(place.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for part in ["user-canary", "word-canary", "bank.example"] {
            let found = bytes.windows(part.len()).any(|w| w == part.as_bytes());
            assert!(!found, "{part} in {}", path.display());
        }
    }
    assert!(vault.forget(of("bank")).unwrap());
    assert_eq!(key(&vault, "bank").unwrap(), None);
    assert_eq!(key(&vault, "other").unwrap().unwrap(), "of another");
}

#[test]
fn a_missing_key_is_named_and_replaced_by_no_new_one() {
    let place = Place::new();
    let vault = place.vault();
    keep(&vault, "bank", URL).unwrap();
    let id = vault.status().unwrap().keys[0].id.clone();
    let away = place.path("away");
    fs::rename(place.key_file(), &away).unwrap();

    let error = key(&vault, "bank").unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, VaultError::NoKey { .. }), "{said}");
    assert!(
        said.contains(&id) && said.contains("`bank`") && said.contains("gather.key"),
        "{said}"
    );
    for refused in [
        vault.prepare().unwrap_err(),
        keep(&vault, "bank", "new").unwrap_err(),
        keep(&vault, "second", "new").unwrap_err(),
        vault.rotate(Timestamp::UNIX_EPOCH).map(drop).unwrap_err(),
    ] {
        assert!(matches!(refused, VaultError::NoKey { .. }), "{refused}");
    }
    assert!(!place.key_file().exists());

    fs::rename(&away, place.key_file()).unwrap();
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), URL);
    assert_eq!(key(&vault, "second").unwrap(), None);
}

#[test]
fn another_key_opens_nothing_and_destroys_nothing() {
    let (place, other) = (Place::new(), Place::new());
    let vault = place.vault();
    keep(&vault, "bank", URL).unwrap();
    other.vault().prepare().unwrap();
    let right = fs::read(place.key_file()).unwrap();
    fs::copy(other.key_file(), place.key_file()).unwrap();

    let error = key(&vault, "bank").unwrap_err().to_string();
    let wrong = &other.vault().status().unwrap().keys[0].id;
    assert!(error.contains(&format!("(there is {wrong})")), "{error}");
    let rotated = vault.rotate(Timestamp::UNIX_EPOCH);
    assert!(matches!(rotated, Err(VaultError::NoKey { .. })));
    let status = vault.status().unwrap();
    assert!(status.secrets[0].problem.is_some() && status.problem.is_none());
    assert_eq!((status.keys.len(), status.keys[0].secrets), (1, 0));

    fs::write(place.key_file(), right).unwrap();
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), URL);
}

#[test]
fn what_is_moved_to_another_source_does_not_open() {
    let place = Place::new();
    let vault = place.vault();
    keep(&vault, "bank", URL).unwrap();
    keep(&vault, "mine", "mine").unwrap();
    let database = rusqlite::Connection::open(place.path("gather.db")).unwrap();
    let changed = database
        .execute(
            "UPDATE secrets SET sealed = (SELECT x.sealed FROM secrets x JOIN sources s ON s.id = x.source_id
                                           WHERE s.name = 'bank')
              WHERE source_id = (SELECT id FROM sources WHERE name = 'mine')",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    let error = key(&vault, "mine").unwrap_err();
    assert!(matches!(error, VaultError::Changed { .. }), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), URL);
}

#[test]
fn a_source_is_asked_with_its_key_from_the_vault() {
    let place = Place::new();
    let vault = place.vault();
    let config = Config::parse(
        "[source.news]\nurl = \"https://n.example/list\"\nkey = { vault = true }\narticle = { id = \".id\", title = \".t\" }\n",
        "gather.toml",
    )
    .unwrap();
    let var = |_: &str| None;
    let plan = |vault: Option<&Vault>| {
        Plan::new(&config, &|secret| {
            find_secret(&var, &|| Ok(vault.cloned()), secret)
        })
    };
    for missing in [plan(None), plan(Some(&vault))] {
        assert_eq!(
            missing.unready()[0].reason,
            "the key of `news` in the vault is not there: it was never claimed"
        );
    }
    keep(&vault, "news", "k-canary").unwrap();
    let ready = plan(Some(&vault));
    let source = ready.sources().next().unwrap();
    let ask = source.first_asks().remove(0);
    let sent = ask
        .headers()
        .iter()
        .find(|(name, _)| name == "authorization");
    assert_eq!(sent.unwrap().1.expose_secret(), "Bearer k-canary");

    fs::remove_file(place.key_file()).unwrap();
    let reason = plan(Some(&vault)).unready()[0].reason.clone();
    assert!(reason.contains("put it back there"), "{reason}");
}

#[test]
fn keys_kept_read_and_rotated_at_the_same_moment_are_all_there_afterwards() {
    let place = Place::new();
    let names: Vec<_> = (0..6).map(|number| format!("bank {number}")).collect();
    keep(&place.vault(), &names[0], "first").unwrap();
    std::thread::scope(|scope| {
        for name in &names {
            // Each with a store of its own, as processes have.
            let vault = Vault::new(
                Store::open(place.path("gather.db")).unwrap(),
                KeyPlace::File(place.key_file()),
            );
            scope.spawn(move || {
                for round in 0..8 {
                    let value = format!("{name}, round {round}");
                    keep(&vault, name, &value).unwrap();
                    assert_eq!(key(&vault, name).unwrap().unwrap(), value);
                    if round % 3 == 0 {
                        vault.rotate(Timestamp::UNIX_EPOCH).unwrap();
                    }
                    vault.forget_old_keys().unwrap();
                }
            });
        }
    });
    let vault = place.vault();
    for name in &names {
        let last = format!("{name}, round 7");
        assert_eq!(key(&vault, name).unwrap().unwrap(), last);
    }
    let status = vault.status().unwrap();
    assert_eq!(status.keys.len(), 1, "{status:?}");
    assert_eq!(status.keys[0].secrets, names.len());
}
