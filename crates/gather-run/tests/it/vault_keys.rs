//! The vault's keys: where they are, who may read them, how they are rotated.

use std::{fs, path::Path};

use gather_run::{KeyPlace, Vault, VaultError};
use jiff::Timestamp;

use crate::vault::{Place, keep, key};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn ids(vault: &Vault) -> Vec<String> {
    let keys = vault.status().unwrap().keys;
    keys.into_iter().map(|key| key.id).collect()
}

#[test]
fn a_named_file_goes_before_a_credential_and_that_before_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().display().to_string();
    let find = |named: Option<&str>, credentials: bool, config: Option<&str>| {
        let var = |name: &str| match name {
            "GATHER_KEY_FILE" => named.map(str::to_owned),
            "CREDENTIALS_DIRECTORY" => credentials.then(|| folder.clone()),
            "HOME" => Some("/user".to_owned()),
            _ => None,
        };
        KeyPlace::find(&var, config.map(Path::new)).unwrap()
    };
    let beside = KeyPlace::File("/etc/gather.key".into());
    assert_eq!(find(None, false, Some("/etc/gather.toml")), beside);
    assert_eq!(find(Some(""), true, Some("/etc/gather.toml")), beside);
    let home = KeyPlace::File("/user/.config/gather/gather.key".into());
    assert_eq!(find(None, false, None), home);
    let credential = dir.path().join("gather-key");
    fs::write(&credential, "x").unwrap();
    assert_eq!(
        find(None, true, Some("/etc/gather.toml")),
        KeyPlace::Credential(credential)
    );
    assert_eq!(
        find(Some("/run/k"), true, None),
        KeyPlace::File("/run/k".into())
    );
    assert_eq!(KeyPlace::find(&|_| None, None), None);
}

#[test]
fn the_first_key_is_made_with_its_folder_for_the_owner_alone() {
    let place = Place::new();
    let file = place.path("new/folder/gather.key");
    let vault = Vault::new(place.store.clone(), KeyPlace::File(file.clone()));
    assert!(vault.status().unwrap().keys.is_empty());
    assert!(!file.exists(), "looking makes nothing");
    vault.prepare().unwrap();
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    let before = fs::read(&file).unwrap();
    vault.prepare().unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    let place = Place::new();
    let vault = place.vault();
    keep(&vault, "bank", "k").unwrap();
    for exposed in [0o644, 0o640, 0o604, 0o620] {
        set_mode(&place.key_file(), exposed);
        for error in [
            key(&vault, "bank").map(drop).unwrap_err(),
            keep(&vault, "bank", "new").unwrap_err(),
            vault.rotate(AT).map(drop).unwrap_err(),
            vault.forget_old_keys().map(drop).unwrap_err(),
        ] {
            let said = error.to_string();
            assert!(matches!(error, VaultError::Exposed { .. }), "{said}");
            assert!(said.contains(&format!("mode {exposed:03o}")), "{said}");
        }
        let problem = vault.status().unwrap().problem.unwrap();
        assert!(problem.contains("chmod 600"), "{problem}");
    }
    set_mode(&place.key_file(), 0o400);
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), "k");
}

#[test]
fn a_rotation_seals_everything_anew_and_keeps_the_old_key_until_it_is_told_to_forget() {
    let place = Place::new();
    let vault = place.vault();
    keep(&vault, "bank", "one").unwrap();
    keep(&vault, "other", "two").unwrap();
    let old = ids(&vault).remove(0);
    let backup = place.path("backup.db");
    place.store.check().unwrap();
    rusqlite::Connection::open(place.path("gather.db"))
        .unwrap()
        .execute("VACUUM INTO ?1", [backup.to_str().unwrap()])
        .unwrap();
    let backup = Vault::new(
        gather_store::Store::open(backup).unwrap(),
        KeyPlace::File(place.key_file()),
    );

    let rotated = vault.rotate(AT).unwrap();
    assert_eq!((rotated.secrets, &rotated.old), (2, &vec![old.clone()]));
    assert_ne!(rotated.key_id, old);
    assert_eq!(ids(&vault), [old.clone(), rotated.key_id.clone()]);
    let status = vault.status().unwrap();
    assert!(status.keys[1].seals && !status.keys[0].seals);
    let sealed_with = status.secrets.iter().map(|secret| &secret.key_id);
    assert!(sealed_with.clone().all(|id| *id == rotated.key_id));
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), "one");
    assert_eq!(key(&vault, "other").unwrap().unwrap(), "two");
    assert_eq!(key(&backup, "bank").unwrap().unwrap(), "one");
    assert_eq!(mode(&place.key_file()), 0o600);

    assert_eq!(vault.forget_old_keys().unwrap(), [old]);
    assert_eq!(vault.forget_old_keys().unwrap(), [""; 0]);
    assert_eq!(ids(&vault), [rotated.key_id]);
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), "one");
    let lost = key(&backup, "bank").unwrap_err();
    assert!(matches!(lost, VaultError::NoKey { .. }), "{lost}");
}

#[test]
fn a_key_that_something_still_needs_is_not_forgotten() {
    let place = Place::new();
    let vault = place.vault();
    keep(&vault, "bank", "one").unwrap();
    let needed = ids(&vault).remove(0);
    let other = Place::new();
    other.vault().prepare().unwrap();
    // Somebody added a key by hand, and nothing was sealed with it yet.
    let both = [place.key_file(), other.key_file()].map(|path| fs::read(path).unwrap());
    fs::write(place.key_file(), both.concat()).unwrap();
    assert_eq!(ids(&vault).len(), 2);
    assert!(vault.forget_old_keys().unwrap().is_empty());
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), "one");
    vault.rotate(AT).unwrap();
    assert!(vault.forget_old_keys().unwrap().contains(&needed));
}

#[test]
fn a_rotation_changes_nothing_when_one_secret_cannot_be_opened() {
    let place = Place::new();
    let vault = place.vault();
    keep(&vault, "bank", "one").unwrap();
    keep(&vault, "other", "two").unwrap();
    rusqlite::Connection::open(place.path("gather.db"))
        .unwrap()
        .execute(
            "UPDATE secrets SET sealed = x'01' WHERE source_id = (SELECT id FROM sources WHERE name = 'other')",
            [],
        )
        .unwrap();
    let before = fs::read(place.key_file()).unwrap();
    let error = vault.rotate(AT).unwrap_err();
    assert!(error.to_string().contains("`other`"), "{error}");
    assert_eq!(fs::read(place.key_file()).unwrap(), before);
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), "one");
    keep(&vault, "other", "claimed again").unwrap();
    assert_eq!(vault.rotate(AT).unwrap().secrets, 2);
}

#[test]
fn a_credential_is_read_and_never_made_or_changed() {
    let (place, made) = (Place::new(), Place::new());
    let credential = place.path("gather-key");
    let vault = Vault::new(
        place.store.clone(),
        KeyPlace::Credential(credential.clone()),
    );
    let error = vault.prepare().unwrap_err();
    assert!(error.to_string().contains("systemd credential"), "{error}");
    assert!(!credential.exists());

    made.vault().prepare().unwrap();
    let first = fs::read(made.key_file()).unwrap();
    fs::write(&credential, &first).unwrap();
    // As systemd hands them out.
    set_mode(&credential, 0o440);
    keep(&vault, "bank", "one").unwrap();
    for refused in [
        vault.rotate(AT).map(drop),
        vault.forget_old_keys().map(drop),
    ] {
        let error = refused.unwrap_err();
        assert!(matches!(error, VaultError::NotOurs { .. }), "{error}");
    }
    assert_eq!(fs::read(&credential).unwrap(), first);

    made.vault().rotate(AT).unwrap();
    set_mode(&credential, 0o640);
    fs::copy(made.key_file(), &credential).unwrap();
    let rotated = vault.rotate(AT).unwrap();
    assert_eq!((rotated.secrets, rotated.old.len()), (1, 1));
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), "one");
}

#[test]
fn a_line_that_is_no_key_is_named() {
    let place = Place::new();
    let vault = place.vault();
    for (text, line, what) in [
        ("# a\n\nhello!\n", "line 3", "not Base64"),
        ("", "line 1", "there is no key"),
        ("# nothing\n", "line 1", "there is no key"),
        (
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "line 1",
            "not random",
        ),
        ("c2hvcnQ=\n", "line 1", "not 32 bytes"),
    ] {
        fs::write(place.key_file(), text).unwrap();
        set_mode(&place.key_file(), 0o600);
        let error = vault.prepare().unwrap_err().to_string();
        assert!(error.contains(line) && error.contains(what), "{error}");
        assert!(!error.contains("hello"), "{error}");
        assert_eq!(fs::read_to_string(place.key_file()).unwrap(), text);
    }
    fs::remove_file(place.key_file()).unwrap();
    fs::create_dir(place.key_file()).unwrap();
    set_mode(&place.key_file(), 0o700);
    let error = vault.prepare().unwrap_err().to_string();
    assert!(error.contains("cannot be read"), "{error}");
}

#[test]
fn a_link_to_the_key_stays_one_and_a_file_without_a_last_line_end_is_no_trouble() {
    let place = Place::new();
    let vault = place.vault();
    let real = place.path("real.key");
    vault.prepare().unwrap();
    let text = fs::read_to_string(place.key_file()).unwrap();
    fs::write(&real, text.trim_end()).unwrap();
    set_mode(&real, 0o600);
    fs::remove_file(place.key_file()).unwrap();
    std::os::unix::fs::symlink(&real, place.key_file()).unwrap();

    keep(&vault, "bank", "one").unwrap();
    vault.rotate(AT).unwrap();
    assert_eq!(vault.forget_old_keys().unwrap().len(), 1);
    assert!(place.key_file().is_symlink());
    assert_eq!(mode(&real), 0o600);
    assert_eq!(key(&vault, "bank").unwrap().unwrap(), "one");
    let comments = text.lines().filter(|line| line.starts_with('#')).count();
    let kept = fs::read_to_string(&real).unwrap();
    assert_eq!(kept.lines().count(), comments + 1, "{kept}");
}
