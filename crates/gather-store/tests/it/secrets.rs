//! Sealed secrets are kept by source and purpose, follow their source, and change all together or not at all.

use gather_store::{SealedSecret, SourceRef, Store};
use jiff::Timestamp;

use crate::support::Fixture;

fn sealed(source: &str, owner: Option<&str>, bytes: &[u8]) -> SealedSecret {
    SealedSecret {
        source: source.to_owned(),
        owner: owner.map(str::to_owned),
        purpose: "key".to_owned(),
        key_id: "k1".to_owned(),
        sealed: bytes.to_owned(),
        at: Timestamp::UNIX_EPOCH,
    }
}

fn keep(store: &Store, secret: SealedSecret) {
    let kept: Result<(), ()> = store.change_secrets(|_| Ok(vec![secret])).unwrap();
    kept.unwrap();
}

fn bytes(store: &Store, name: &str, owner: Option<&str>) -> Option<Vec<u8>> {
    let found = store.secret(SourceRef { name, owner }, "key").unwrap();
    found.map(|secret| secret.sealed)
}

#[test]
fn a_secret_is_replaced_by_the_next_of_its_source_and_purpose() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    keep(store, sealed("bank", None, b"one"));
    keep(store, sealed("other", None, b"other"));
    keep(store, sealed("bank", None, b"two"));
    assert_eq!(bytes(store, "bank", None).unwrap(), b"two");
    assert_eq!(store.secrets().unwrap().len(), 2);
    let bank = SourceRef {
        name: "bank",
        owner: None,
    };
    assert_eq!(store.secret(bank, "token").unwrap(), None);
    assert!(store.forget_secret(bank, "key").unwrap());
    assert!(!store.forget_secret(bank, "key").unwrap());
    assert_eq!(bytes(store, "bank", None), None);
    assert_eq!(bytes(store, "other", None).unwrap(), b"other");
}

#[test]
fn what_was_shared_is_also_its_later_owners_and_never_another_users() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    keep(store, sealed("bank", None, b"shared"));
    assert_eq!(bytes(store, "bank", Some("ann")).unwrap(), b"shared");
    let bank = SourceRef {
        name: "bank",
        owner: Some("ann"),
    };
    store.begin_run(Timestamp::UNIX_EPOCH, &[bank]).unwrap();
    assert_eq!(bytes(store, "bank", Some("ann")).unwrap(), b"shared");
    assert_eq!(bytes(store, "bank", Some("ben")), None);
    assert_eq!(bytes(store, "bank", None), None);
    keep(store, sealed("bank", Some("ben"), b"of ben"));
    assert_eq!(bytes(store, "bank", Some("ann")).unwrap(), b"shared");
    assert_eq!(bytes(store, "bank", Some("ben")).unwrap(), b"of ben");
}

#[test]
fn a_change_that_fails_leaves_every_secret_as_it_was() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    keep(store, sealed("a", None, b"a"));
    keep(store, sealed("b", None, b"b"));
    let failed = store.change_secrets(|all| {
        assert_eq!(all.len(), 2);
        Err("no key")
    });
    assert_eq!(failed.unwrap(), Err("no key"));
    let nameless: Result<Result<(), ()>, _> = store.change_secrets(|all| {
        let mut changed = all.to_vec();
        changed[0].sealed = b"changed".to_vec();
        changed[1].source.clear();
        Ok(changed)
    });
    assert!(nameless.is_err());
    assert_eq!(bytes(store, "a", None).unwrap(), b"a");
    assert_eq!(bytes(store, "b", None).unwrap(), b"b");
}
